//! What a plugin's imports do, but for WASI's.

use super::state::State;
use crate::cache::{Found, Owner};
use crate::conversation::error::Error;
use crate::credentials::{Credential, Identity};
use crate::wit::v0_1::{credentials, discovery_cache, endpoints, log, types};
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

impl types::Host for State {}

impl endpoints::Host for State {
    /// What is answered here is what is let out.
    fn resolve(
        &mut self,
        service: String,
        region: Option<String>,
    ) -> wasmtime::Result<Result<endpoints::Endpoint, types::Error>> {
        let resolved = self.shared.settings.resolve(&service, region.as_deref());
        Ok(match resolved {
            Ok((endpoint, origin)) => {
                self.hooks.egress.grant(origin);
                Ok(endpoints::Endpoint { url: endpoint.url, region: endpoint.region })
            }
            Err(error) => Err(error.into()),
        })
    }
}

impl credentials::Host for State {
    async fn get(&mut self) -> wasmtime::Result<Result<credentials::Credential, types::Error>> {
        let shared = Arc::clone(&self.shared);
        let credential = shared.credentials.credential().await;
        Ok(self.given(credential))
    }

    async fn refresh(&mut self) -> wasmtime::Result<Result<credentials::Credential, types::Error>> {
        let shared = Arc::clone(&self.shared);
        let credential = shared.credentials.refresh().await;
        Ok(self.given(credential))
    }
}

impl State {
    /// Remembers whose credentials a plugin is given, since its entries are kept apart by that.
    fn given(
        &mut self,
        credential: Result<Credential, Error>,
    ) -> Result<credentials::Credential, types::Error> {
        let credential = credential?;
        self.identity = Some(self.shared.discovered.identity(&credential));
        Ok(credential.into())
    }

    /// Whose entries the plugin may see: of the credentials it was last given, or would be.
    async fn owner(&mut self) -> Option<Owner> {
        let identity = match self.identity {
            Some(identity) => identity,
            None => {
                let credential = self.shared.credentials.credential().await;
                let identity = self.shared.discovered.identity(&credential.ok()?);
                *self.identity.insert(identity)
            }
        };
        Some(Owner { plugin: self.plugin, identity })
    }
}

impl From<Credential> for credentials::Credential {
    fn from(credential: Credential) -> Self {
        let source = credential.source().to_owned();
        let expires_at = credential
            .expires_at
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map(|since| since.as_secs());
        let identity = match credential.identity {
            Identity::BearerToken(token) => {
                credentials::Identity::BearerToken(token.as_str().to_owned())
            }
            Identity::AccessKey { id, secret, session_token } => {
                credentials::Identity::AccessKey(credentials::AccessKey {
                    access_key_id: id,
                    secret_access_key: secret.as_str().to_owned(),
                    session_token: session_token.map(|token| token.as_str().to_owned()),
                })
            }
        };
        Self { identity, expires_at, source }
    }
}

/// Without credentials there is nobody to keep an entry for.
impl discovery_cache::Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<discovery_cache::Entry>> {
        let Some(owner) = self.owner().await else { return Ok(None) };
        let found = self.shared.discovered.get(&owner, &key, Instant::now());
        Ok(found.map(|Found { value, age, fresh }| discovery_cache::Entry {
            value,
            age_seconds: age.as_secs(),
            fresh,
        }))
    }

    async fn put(&mut self, key: String, value: String) -> wasmtime::Result<()> {
        if let Some(owner) = self.owner().await {
            self.shared.discovered.put(&owner, key, value, Instant::now());
        }
        Ok(())
    }
}

impl log::Host for State {
    fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<types::KeyValue>,
    ) -> wasmtime::Result<()> {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{}={:?}", field.key, field.value)).collect();
        let fields = fields.join(" ");
        // Escaped, so that a plugin cannot write lines of its own into a log.
        let message = message.escape_debug();
        match level {
            log::Level::Trace => tracing::trace!(target: "plugin", "{message} {fields}"),
            log::Level::Debug => tracing::debug!(target: "plugin", "{message} {fields}"),
            log::Level::Info => tracing::info!(target: "plugin", "{message} {fields}"),
            log::Level::Warn => tracing::warn!(target: "plugin", "{message} {fields}"),
            log::Level::Error => tracing::error!(target: "plugin", "{message} {fields}"),
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "imports_tests.rs"]
mod tests;
