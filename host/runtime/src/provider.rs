//! A loaded plugin.

use crate::catalog::Bill;
use crate::completion::{Completion, Running};
use crate::conversation::error::{Error, ErrorKind};
use crate::conversation::request::Request;
use crate::conversation::response::Response;
use crate::host::Timeouts;
use crate::sandbox::call::within;
use crate::sandbox::link::{Engines, LoadReport};
use crate::sandbox::plugin::{Instance, NON_STREAMING, Plugin, TOKEN_COUNTER};
use crate::sandbox::state::Shared;
use crate::wit::v0_1::{CONTRACT, provider, request as to_contract, response};
use std::fmt;
use std::sync::Arc;

/// What a plugin says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Provider id, such as `amazon-bedrock`.
    pub id: String,
    /// Other names the provider goes by.
    pub aliases: Vec<String>,
    /// Name of the API it speaks, such as `bedrock-converse-stream`.
    pub api: String,
    /// Name for people.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// What it can do beyond plain text.
    pub abilities: Vec<String>,
}

/// A plugin, compiled and ready. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Provider {
    shared: Arc<Shared>,
    loaded: Arc<Loaded>,
}

struct Loaded {
    plugin: Plugin,
    description: Description,
    report: LoadReport,
}

impl Provider {
    pub(crate) async fn load(
        engines: Arc<Engines>,
        shared: Arc<Shared>,
        component: &[u8],
    ) -> Result<Self, Error> {
        let limit = shared.limits.component_bytes;
        if component.len() > limit {
            let message = format!("the plugin has {} bytes, more than {limit}", component.len());
            return Err(Error::new(ErrorKind::Plugin, message));
        }
        let (plugin, report) = engines.compile(component.to_vec()).await?;
        let description = describe(&shared, &plugin).await?;
        tracing::debug!(?description, ?report, "plugin loaded");
        let loaded = Loaded { plugin, description, report };
        Ok(Self { shared, loaded: Arc::new(loaded) })
    }

    /// What the plugin said it is when it was loaded.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.loaded.description
    }

    /// Asks the plugin anew what it is, in an instance of its own.
    ///
    /// # Errors
    ///
    /// Kind [`Plugin`](ErrorKind::Plugin) when it breaks.
    pub async fn describe(&self) -> Result<Description, Error> {
        describe(&self.shared, &self.loaded.plugin).await
    }

    /// The version of the contract the plugin is built for.
    #[must_use]
    pub fn contract(&self) -> &str {
        CONTRACT
    }

    /// How the plugin was loaded.
    #[must_use]
    pub fn load_report(&self) -> LoadReport {
        self.loaded.report
    }

    /// Sends a request and waits until the service accepts or refuses it.
    ///
    /// Must be called within a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// What the service, the plugin or the host has against the request, or what is in its way.
    pub async fn start(&self, request: Request) -> Result<Completion, Error> {
        let mut instance = self.instantiate().await?;
        let guest =
            instance.export(|store, instance| self.plugin().provider.load(store, instance))?;
        let bill = self.bill(&request);
        let request = to_contract(request);
        let mut store = instance.store;
        let meter = store.data().meter();
        let Timeouts { response, idle, .. } = self.shared.timeouts;
        let call = guest.call_start(&mut store, &request);
        let completion = within(response, LATE, &meter, call).await?;
        Ok(Completion::new(Running { store, guest, completion, idle, bill }))
    }

    /// Sends a request and waits for the whole answer, for at most [`Timeouts::response`].
    ///
    /// [`start`](Self::start) serves better where the answer is shown as it comes, or may take long.
    /// Must be called within a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); kind [`Unsupported`](ErrorKind::Unsupported) when the plugin has no
    /// answers in one piece.
    pub async fn complete(&self, request: Request) -> Result<Response, Error> {
        let Some(non_streaming) = &self.plugin().non_streaming else {
            return Err(self.lacks("answers in one piece", NON_STREAMING));
        };
        let mut instance = self.instantiate().await?;
        let guest = instance.export(|store, instance| non_streaming.load(store, instance))?;
        let bill = self.bill(&request);
        let request = to_contract(request);
        let meter = instance.store.data().meter();
        let call = guest.call_complete(&mut instance.store, &request);
        let answer = within(self.shared.timeouts.response, LATE, &meter, call).await?;
        instance.store.data().hooks.completed.set();
        let mut response = response(answer);
        response.summary.cost = bill.cost(&response.summary);
        Ok(response)
    }

    /// How many input tokens the service would count for a request, within [`Timeouts::response`].
    ///
    /// Must be called within a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); kind [`Unsupported`](ErrorKind::Unsupported) when the plugin, or the
    /// model, cannot count tokens.
    pub async fn count_tokens(&self, request: Request) -> Result<u64, Error> {
        let Some(token_counter) = &self.plugin().token_counter else {
            return Err(self.lacks("token counts", TOKEN_COUNTER));
        };
        let mut instance = self.instantiate().await?;
        let guest = instance.export(|store, instance| token_counter.load(store, instance))?;
        let request = to_contract(request);
        let meter = instance.store.data().meter();
        let call = guest.call_count_tokens(&mut instance.store, &request);
        let tokens = within(self.shared.timeouts.response, LATE, &meter, call).await?;
        instance.store.data().hooks.completed.set();
        Ok(tokens)
    }

    fn plugin(&self) -> &Plugin {
        &self.loaded.plugin
    }

    async fn instantiate(&self) -> Result<Instance, Error> {
        let permit = self.shared.room.completion()?;
        self.plugin().instantiate(&self.shared, permit).await
    }

    fn bill(&self, request: &Request) -> Bill {
        Bill::new(request, self.shared.prices.clone())
    }

    fn lacks(&self, what: &str, interface: &str) -> Error {
        let Description { id, version, .. } = self.description();
        let message = format!("the plugin {id} {version} has no {what}: it lacks {interface}");
        Error::new(ErrorKind::Unsupported, message)
    }
}

const LATE: &str = "the service did not answer within";

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("description", self.description()).finish_non_exhaustive()
    }
}

/// Asks a plugin what it is, and sees that what else it exports is as the contract says.
async fn describe(shared: &Arc<Shared>, plugin: &Plugin) -> Result<Description, Error> {
    let permit = shared.room.description().await?;
    let mut instance = plugin.instantiate(shared, permit).await?;
    if let Some(non_streaming) = &plugin.non_streaming {
        instance.export(|store, instance| non_streaming.load(store, instance))?;
    }
    if let Some(token_counter) = &plugin.token_counter {
        instance.export(|store, instance| token_counter.load(store, instance))?;
    }
    let guest = instance.export(|store, instance| plugin.provider.load(store, instance))?;
    let meter = instance.store.data().meter();
    let described = meter.run(guest.call_describe(&mut instance.store));
    let described =
        tokio::time::timeout(shared.timeouts.response, described).await.map_err(|_| {
            Error::new(ErrorKind::Plugin, "the plugin takes too long to say what it is")
        })?;
    let provider::Description { id, aliases, api, name, version, abilities } =
        described.map_err(|trap| Error::plugin("the plugin does not say what it is", &trap))?;
    Ok(Description { id, aliases, api, name, version, abilities })
}
