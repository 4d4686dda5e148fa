//! What requests go through: a host with a plugin.

use super::answer::Answer;
use super::render::Render;
use super::saved::SavedImages;
use crate::args::chat::Connection;
use crate::failure::Failure;
use bedrock_converse_component::COMPONENT;
use converse_host::{Error, ErrorKind, Host, Provider, Request};
use futures::StreamExt as _;
use std::path::Path;

/// Most events between two flushes.
const BATCH: usize = 64;

pub(crate) struct Session {
    pub(crate) host: Host,
    pub(crate) provider: Provider,
}

impl Session {
    pub(crate) async fn open(connection: &Connection) -> Result<Self, Failure> {
        let host = host(connection)?;
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
                for file in images.save(finished)? {
                    renderer.saved(&file)?;
                }
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

fn host(connection: &Connection) -> Result<Host, Failure> {
    let mut builder = Host::builder();
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
