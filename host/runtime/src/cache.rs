//! What plugins keep between completions: lists that are costly to get.
//!
//! Entries are in memory, for as long as the host is. A plugin sees what the same component put for
//! the same credentials, and nothing else.

use crate::conversation::error::{Error, ErrorKind};
use crate::credentials::{Credential, Identity as Secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most bytes of a key and of a value, and most entries of one plugin. The largest list there is, of
/// all models of a region with their details, has some hundred kilobytes.
const KEY_BYTES: usize = 1 << 10;
const VALUE_BYTES: usize = 1 << 20;
const ENTRIES: usize = 64;

/// SHA-256 of a component: which plugin it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(component: &[u8]) -> Self {
        Self(Sha256::digest(component).into())
    }
}

/// Whose credentials they are. Tells nothing about them, being keyed with what only this host knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity([u8; 32]);

/// Whose entries they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) plugin: Digest,
    pub(crate) identity: Identity,
}

/// An entry that was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) value: String,
    pub(crate) age: Duration,
    pub(crate) fresh: bool,
}

/// The entries of all plugins of a host.
pub(crate) struct DiscoveryCache {
    ttl: Duration,
    secret: [u8; 64],
    plugins: Mutex<HashMap<Digest, Kept>>,
}

/// What one plugin keeps.
#[derive(Default)]
struct Kept {
    entries: HashMap<(Identity, String), Entry>,
    /// Whether it was told of what is too large.
    warned: bool,
}

struct Entry {
    value: String,
    since: Instant,
}

impl DiscoveryCache {
    /// A cache whose entries are fresh for a time.
    ///
    /// # Errors
    ///
    /// Kind `internal` when the system gives no random bytes.
    pub(crate) fn new(ttl: Duration) -> Result<Self, Error> {
        let mut secret = [0; 64];
        let random = rustls::crypto::ring::default_provider().secure_random;
        random
            .fill(&mut secret)
            .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random bytes"))?;
        Ok(Self { ttl, secret, plugins: Mutex::default() })
    }

    /// Whose credentials they are: the same for the same access key or token, as long as this lives.
    pub(crate) fn identity(&self, credential: &Credential) -> Identity {
        let (kind, name) = match &credential.identity {
            Secret::BearerToken(token) => ("bearer-token:", token.as_str()),
            Secret::AccessKey { id, .. } => ("access-key:", id.as_str()),
        };
        let mac = Hmac::<Sha256>::new(&self.secret.into());
        Identity(mac.chain_update(kind).chain_update(name).finalize().into_bytes().into())
    }

    /// The entry under a key.
    pub(crate) fn get(&self, owner: &Owner, key: &str, now: Instant) -> Option<Found> {
        self.with(|plugins| {
            let kept = plugins.get(&owner.plugin)?;
            let entry = kept.entries.get(&(owner.identity, key.to_owned()))?;
            let age = now.saturating_duration_since(entry.since);
            Some(Found { value: entry.value.clone(), age, fresh: age < self.ttl })
        })
    }

    /// Puts an entry, in the place of the plugin's oldest when it has as many as it may. One that is
    /// too large is not kept, and the log told once.
    pub(crate) fn put(&self, owner: &Owner, key: String, value: String, now: Instant) {
        self.with(|plugins| {
            let kept = plugins.entry(owner.plugin).or_default();
            if key.len() > KEY_BYTES || value.len() > VALUE_BYTES {
                if !std::mem::replace(&mut kept.warned, true) {
                    let (key, value) = (key.len(), value.len());
                    tracing::warn!(key, value, "a plugin's list is too large to be kept");
                }
                return;
            }
            let key = (owner.identity, key);
            if kept.entries.len() >= ENTRIES && !kept.entries.contains_key(&key) {
                kept.drop_oldest();
            }
            kept.entries.insert(key, Entry { value, since: now });
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Digest, Kept>) -> T) -> T {
        work(&mut self.plugins.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn drop_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.since);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.entries.remove(&key);
        }
    }
}

impl fmt::Debug for DiscoveryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscoveryCache").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn cache(ttl: Duration) -> DiscoveryCache {
        DiscoveryCache::new(ttl).unwrap()
    }

    fn owner(cache: &DiscoveryCache, plugin: &str, credential: &Credential) -> Owner {
        Owner { plugin: Digest::of(plugin.as_bytes()), identity: cache.identity(credential) }
    }

    fn key(id: &str, secret: &str) -> Credential {
        Credential::access_key(id, secret, None, "test")
    }

    #[test]
    fn an_entry_is_fresh_for_its_time_and_kept_beyond_it() {
        let (cache, now) = (cache(HOUR), Instant::now());
        let me = owner(&cache, "p", &key("id", "s"));
        assert_eq!(cache.get(&me, "k", now), None);
        cache.put(&me, "k".to_owned(), "1".to_owned(), now);
        for (age, fresh) in [
            (Duration::ZERO, true),
            (HOUR - Duration::from_nanos(1), true),
            (HOUR, false),
            (HOUR * 99, false),
        ] {
            let found = Found { value: "1".to_owned(), age, fresh };
            assert_eq!(cache.get(&me, "k", now + age), Some(found));
        }
        cache.put(&me, "k".to_owned(), "2".to_owned(), now + HOUR);
        let found = cache.get(&me, "k", now + HOUR).unwrap();
        assert_eq!((found.value.as_str(), found.fresh), ("2", true));
    }

    #[test]
    fn with_no_time_at_all_nothing_is_fresh() {
        let (cache, now) = (cache(Duration::ZERO), Instant::now());
        let me = owner(&cache, "p", &key("id", "s"));
        cache.put(&me, "k".to_owned(), "1".to_owned(), now);
        let found = cache.get(&me, "k", now).unwrap();
        assert_eq!((found.value.as_str(), found.fresh), ("1", false));
    }

    #[test]
    fn plugins_and_identities_do_not_see_each_others_entries() {
        let (cache, now) = (cache(HOUR), Instant::now());
        let token = |token: &str| Credential::bearer_token(token, "test");
        let me = owner(&cache, "p", &key("id", "s"));
        cache.put(&me, "k".to_owned(), "1".to_owned(), now);
        for other in [
            owner(&cache, "q", &key("id", "s")),
            owner(&cache, "p", &key("other", "s")),
            owner(&cache, "p", &token("id")),
        ] {
            assert_eq!(cache.get(&other, "k", now), None);
        }
        // The same key pair after its secret was changed, as an account is the same.
        assert!(cache.get(&owner(&cache, "p", &key("id", "new")), "k", now).is_some());
    }

    #[test]
    fn identities_tell_nothing_outside_their_host() {
        let credential = key("id", "s");
        assert!(cache(HOUR).identity(&credential) != cache(HOUR).identity(&credential));
    }

    #[test]
    fn the_oldest_entry_makes_room_and_others_plugins_keep_theirs() {
        let (cache, now) = (cache(HOUR), Instant::now());
        let me = owner(&cache, "p", &key("id", "s"));
        let other = owner(&cache, "q", &key("id", "s"));
        cache.put(&other, "k".to_owned(), "1".to_owned(), now);
        for i in 0..=ENTRIES as u64 {
            cache.put(&me, i.to_string(), "1".to_owned(), now + Duration::from_secs(i));
        }
        assert_eq!(cache.get(&me, "0", now), None);
        for i in 1..=ENTRIES {
            assert!(cache.get(&me, &i.to_string(), now).is_some(), "{i}");
        }
        // One that is there already needs no room.
        cache.put(&me, "1".to_owned(), "2".to_owned(), now + HOUR);
        assert!(cache.get(&me, "2", now).is_some());
        assert!(cache.get(&other, "k", now).is_some());
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let (cache, now) = (cache(HOUR), Instant::now());
        let me = owner(&cache, "p", &key("id", "s"));
        let text = |length: usize| "x".repeat(length);
        cache.put(&me, text(KEY_BYTES), text(VALUE_BYTES), now);
        assert!(cache.get(&me, &text(KEY_BYTES), now).is_some());
        cache.put(&me, text(KEY_BYTES + 1), text(1), now);
        assert_eq!(cache.get(&me, &text(KEY_BYTES + 1), now), None);
        cache.put(&me, "k".to_owned(), text(VALUE_BYTES + 1), now);
        assert_eq!(cache.get(&me, "k", now), None);
    }

    #[test]
    fn debug_shows_no_entry_and_no_secret() {
        let (cache, now) = (cache(HOUR), Instant::now());
        let me = owner(&cache, "p", &key("id", "s"));
        cache.put(&me, "hunter".to_owned(), "hunter".to_owned(), now);
        assert_eq!(format!("{cache:?}"), "DiscoveryCache { ttl: 3600s, .. }");
    }
}
