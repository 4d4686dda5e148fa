//! What requests go through: a host with a plugin.

use super::answer::{Answer, Finished};
use super::render::Render;
use super::saved::SavedImages;
use crate::args::chat::Connection;
use crate::failure::Failure;
use bedrock_converse_component::COMPONENT;
use converse_host::{Error, ErrorKind, Host, Provider, Request, Timeouts};
use futures::StreamExt as _;
use std::path::Path;
use std::time::Duration;

/// Most events between two flushes.
const BATCH: usize = 64;

/// For an answer in one piece, of which nothing is seen while it is made.
const WHOLE: Duration = Duration::from_secs(15 * 60);

pub(crate) struct Session {
    pub(crate) host: Host,
    pub(crate) provider: Provider,
}

impl Session {
    /// `whole` leaves time for answers in one piece.
    pub(crate) async fn open(connection: &Connection, whole: bool) -> Result<Self, Failure> {
        let host = host(connection, whole)?;
        let provider = load(&host, connection.plugin.as_deref()).await?;
        tracing::info!(
            region = host.region(),
            plugin = provider.description().id,
            version = provider.description().version,
            cached = provider.load_report().cache_hit,
            compile = ?provider.load_report().compile,
            "ready"
        );
        Ok(Self { host, provider })
    }

    /// Streams an answer: to the renderer as it comes, and into `answer` for the conversation to go
    /// on. Ends well only after the service said that the answer is complete.
    pub(crate) async fn stream(
        &self,
        request: Request,
        renderer: &mut dyn Render,
        answer: &mut Answer,
        images: Option<&mut SavedImages>,
    ) -> Result<(), Failure> {
        let model = request.model.clone();
        match stream(&self.provider, request, renderer, answer, images).await {
            Err(failure) => Err(failure.with_hint(&self.host, &model).await),
            complete => complete,
        }
    }

    /// Waits for an answer in one piece.
    pub(crate) async fn complete(
        &self,
        request: Request,
        renderer: &mut dyn Render,
        answer: &mut Answer,
        images: Option<&mut SavedImages>,
    ) -> Result<(), Failure> {
        let model = request.model.clone();
        let response = match self.provider.complete(request).await {
            Ok(response) => response,
            Err(error) => return Err(Failure::from(error).with_hint(&self.host, &model).await),
        };
        renderer.whole(&response)?;
        *answer = Answer::whole(response);
        if let Some(images) = images {
            answer.finished().try_for_each(|finished| save(images, finished, renderer))?;
        }
        Ok(renderer.flush()?)
    }

    /// How many tokens a request has.
    pub(crate) async fn count(&self, request: Request) -> Result<u64, Failure> {
        let model = request.model.clone();
        match self.provider.count_tokens(request).await {
            Ok(tokens) => Ok(tokens),
            Err(error) => Err(Failure::from(error).with_hint(&self.host, &model).await),
        }
    }
}

async fn stream(
    provider: &Provider,
    request: Request,
    renderer: &mut dyn Render,
    answer: &mut Answer,
    mut images: Option<&mut SavedImages>,
) -> Result<(), Failure> {
    let mut batches = provider.start(request).await?.ready_chunks(BATCH);
    while let Some(batch) = batches.next().await {
        for event in batch {
            let event = event?;
            let finished = answer.apply(&event);
            renderer.event(&event, finished)?;
            if let (Some(images), Some(finished)) = (&mut images, finished) {
                save(images, finished, renderer)?;
            }
            if answer.summary().is_some() {
                return Ok(renderer.flush()?);
            }
        }
        renderer.flush()?;
    }
    Err(Error::new(ErrorKind::Truncated, "the answer ended, but was not said to be complete")
        .into())
}

fn save(
    images: &mut SavedImages,
    finished: &Finished,
    renderer: &mut dyn Render,
) -> Result<(), Failure> {
    for file in images.save(finished)? {
        renderer.saved(&file)?;
    }
    Ok(())
}

fn host(connection: &Connection, whole: bool) -> Result<Host, Failure> {
    let mut builder = Host::builder();
    if whole {
        let mut timeouts = Timeouts::default();
        timeouts.response = WHOLE;
        builder = builder.timeouts(timeouts);
    }
    if let Some(region) = &connection.region {
        builder = builder.region(region);
    }
    if let Some(url) = &connection.endpoint_url {
        builder = builder.endpoint_url(url);
    }
    let on_command_line = connection.region.is_some() || connection.endpoint_url.is_some();
    builder.build().map_err(|error| match error.kind() {
        ErrorKind::InvalidRequest if on_command_line => Failure::Usage(error.message().to_owned()),
        _ => error.into(),
    })
}

async fn load(host: &Host, plugin: Option<&Path>) -> Result<Provider, Error> {
    match plugin {
        Some(path) => host.load_file(path).await,
        None => host.load(COMPONENT).await,
    }
}
