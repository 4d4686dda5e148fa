//! Imports, called as a plugin would.

use super::*;
use crate::cache::{Digest, DiscoveryCache};
use crate::catalog::Prices;
use crate::credentials::{CredentialsProvider, EnvCredentials};
use crate::host::Timeouts;
use crate::net::client::client;
use crate::sandbox::limits::Limits;
use crate::sandbox::room::Room;
use crate::sandbox::state::Shared;
use crate::settings::{Settings, Vars};
use std::sync::Mutex;
use std::time::Duration;
use wasmtime::{Engine, Store};

/// An environment whose variables change while the host runs.
#[derive(Clone, Default)]
struct Environment(Arc<Mutex<Vec<(String, String)>>>);

impl Environment {
    fn set(&self, vars: &[(&str, &str)]) {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        *self.0.lock().unwrap() = vars.collect();
    }

    fn vars(&self) -> Vars {
        let vars = Arc::clone(&self.0);
        Vars::new(move |name| {
            let vars = vars.lock().unwrap();
            vars.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        })
    }
}

struct Host {
    shared: Arc<Shared>,
    engine: Engine,
}

fn host(credentials: impl CredentialsProvider + 'static) -> Host {
    let vars = Vars::fixed(&[]);
    let limits = Limits::default();
    let shared = Shared {
        settings: Settings::new(None, None, vars.clone()).unwrap(),
        credentials: Box::new(credentials),
        client: client(Duration::from_secs(1), &vars).unwrap(),
        room: Room::new(&limits),
        limits,
        timeouts: Timeouts::default(),
        prices: Prices::none(),
        discovered: DiscoveryCache::new(Duration::from_secs(3600)).unwrap(),
    };
    Host { shared: Arc::new(shared), engine: Engine::default() }
}

impl Host {
    /// The store of one completion of a plugin.
    fn completion(&self, plugin: &str) -> Store<State> {
        let permit = self.shared.room.completion().unwrap();
        let plugin = Digest::of(plugin.as_bytes());
        State::store(&self.engine, Arc::clone(&self.shared), plugin, permit)
    }
}

async fn put(store: &mut Store<State>, value: &str) {
    let state = store.data_mut();
    discovery_cache::Host::put(state, "models".to_owned(), value.to_owned()).await.unwrap();
}

async fn get(store: &mut Store<State>) -> Option<(String, bool)> {
    let found = discovery_cache::Host::get(store.data_mut(), "models".to_owned()).await.unwrap();
    found.map(|entry| (entry.value, entry.fresh))
}

const KEY: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "s")];
const OTHER: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id2"), ("AWS_SECRET_ACCESS_KEY", "s")];

#[tokio::test]
async fn a_list_serves_later_completions_of_the_same_plugin_and_credentials() {
    let environment = Environment::default();
    environment.set(&KEY);
    let host = host(EnvCredentials::new(environment.vars()));
    put(&mut host.completion("p"), "list").await;
    let list = Some(("list".to_owned(), true));
    assert_eq!(get(&mut host.completion("p")).await, list);
    assert_eq!(get(&mut host.completion("q")).await, None);
    environment.set(&OTHER);
    assert_eq!(get(&mut host.completion("p")).await, None);
    environment.set(&KEY);
    assert_eq!(get(&mut host.completion("p")).await, list);
}

/// The service answered to the credentials the plugin had when it asked.
#[tokio::test]
async fn a_list_is_kept_for_the_credentials_it_was_got_with() {
    let environment = Environment::default();
    environment.set(&KEY);
    let host = host(EnvCredentials::new(environment.vars()));
    let mut store = host.completion("p");
    credentials::Host::get(store.data_mut()).await.unwrap().unwrap();
    environment.set(&OTHER);
    put(&mut store, "list").await;
    assert_eq!(get(&mut host.completion("p")).await, None);
    // Until the plugin takes the new ones.
    credentials::Host::refresh(store.data_mut()).await.unwrap().unwrap();
    assert_eq!(get(&mut store).await, None);
    environment.set(&KEY);
    assert_eq!(get(&mut host.completion("p")).await, Some(("list".to_owned(), true)));
}

#[tokio::test]
async fn nothing_is_kept_for_nobody() {
    let environment = Environment::default();
    let host = host(EnvCredentials::new(environment.vars()));
    put(&mut host.completion("p"), "list").await;
    assert_eq!(get(&mut host.completion("p")).await, None);
}

#[tokio::test]
async fn refreshed_credentials_are_read_anew() {
    let environment = Environment::default();
    environment.set(&[("AWS_BEARER_TOKEN_BEDROCK", "old")]);
    let host = host(EnvCredentials::new(environment.vars()));
    let mut store = host.completion("p");
    let token = |credential: credentials::Credential| match credential.identity {
        credentials::Identity::BearerToken(token) => token,
        credentials::Identity::AccessKey(key) => panic!("{}", key.access_key_id),
    };
    let given = credentials::Host::get(store.data_mut()).await.unwrap().unwrap();
    assert_eq!(token(given), "old");
    environment.set(&[("AWS_BEARER_TOKEN_BEDROCK", "new")]);
    let given = credentials::Host::refresh(store.data_mut()).await.unwrap().unwrap();
    assert_eq!(token(given), "new");
    environment.set(&[]);
    let error = credentials::Host::refresh(store.data_mut()).await.unwrap().unwrap_err();
    assert_eq!(error.kind, types::ErrorKind::Auth);
}
