//! What an instance remembers between requests: a cache tier, never a place for truth.
//!
//! Everything here may vanish at any moment. Blobs are immutable, so they stay until their room
//! is needed; rendered pages are keyed by all that they depend on, so they never go stale either.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use lru::LruCache;
use souk_protocol::payments::PaymentMethods;

use crate::availability::Availability;
use crate::catalogue::CurrentVersion;
use crate::metrics::Metrics;
use crate::origin::Guard;
use crate::origin::sold_out_holds::SoldOutHolds;
use crate::response_cache::StoredResponse;
use crate::scrape::Scrape;

/// Bytes of blobs that an instance keeps. A Workers isolate has 128 MB for everything.
pub const BLOB_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of finished responses that an instance keeps, and of what adapters make of them.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of addresses that an instance knows finished responses for: about ten thousand.
const ADDRESS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The memory of an instance.
#[derive(Debug, Default)]
pub struct Instance {
    pub(crate) blobs: ByteBudget<String, Bytes>,
    pub(crate) responses: ByteBudget<String, Rc<StoredResponse>>,
    /// Keys of `responses` by the addresses that were answered with them.
    pub(crate) addresses: ByteBudget<String, String>,
    pub(crate) current: RefCell<Option<CurrentVersion>>,
    pub(crate) availability: RefCell<Option<Availability>>,
    /// How cards are taken, and when that was asked.
    pub(crate) payment_methods: RefCell<Option<(i64, PaymentMethods)>>,
    pub(crate) in_flight: Fetches,
    pub(crate) guard: Guard,
    pub(crate) sold_out_holds: SoldOutHolds,
    pub(crate) scrape: Scrape,
    /// Counters since the instance began.
    pub metrics: Metrics,
}

impl Instance {
    /// An instance that remembers nothing yet.
    pub fn new() -> Self {
        Self {
            blobs: ByteBudget::new(BLOB_BYTES_MAX),
            responses: ByteBudget::new(RESPONSE_BYTES_MAX),
            addresses: ByteBudget::new(ADDRESS_BYTES_MAX),
            ..Self::default()
        }
    }

    /// Number of the version that was seen last.
    pub(crate) fn current_version(&self) -> Option<u64> {
        self.current.borrow().as_ref().map(CurrentVersion::number)
    }

    /// Bytes kept at the moment: blobs and responses.
    pub fn bytes_kept(&self) -> (usize, usize) {
        (self.blobs.used.get(), self.responses.used.get())
    }
}

/// A fetch that has not ended after this long counts as abandoned: a runtime may drop a request
/// whose client has disconnected without running it to its end.
pub(crate) const FETCH_MS_MAX: i64 = 2_000;

/// What is being fetched: for each key since when, and the ticket of the request that fetches it.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    since: RefCell<HashMap<String, (i64, u64)>>,
    tickets: Cell<u64>,
}

impl Fetches {
    /// `None` when another request is fetching the key.
    pub(crate) fn begin(&self, key: &str, now_ms: i64) -> Option<InFlight<'_>> {
        let mut since = self.since.borrow_mut();
        if since
            .get(key)
            .is_some_and(|(started, _)| now_ms - started < FETCH_MS_MAX)
        {
            return None;
        }
        let ticket = self.tickets.get() + 1;
        self.tickets.set(ticket);
        since.insert(key.to_owned(), (now_ms, ticket));
        Some(InFlight {
            fetches: self,
            key: key.to_owned(),
            ticket,
        })
    }
}

/// Marks a key as being fetched until dropped.
pub(crate) struct InFlight<'a> {
    fetches: &'a Fetches,
    key: String,
    ticket: u64,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut since = self.fetches.since.borrow_mut();
        if since
            .get(&self.key)
            .is_some_and(|(_, ticket)| *ticket == self.ticket)
        {
            since.remove(&self.key);
        }
    }
}

/// A least-recently-used map bounded by the bytes of its values.
#[derive(Debug)]
pub(crate) struct ByteBudget<K: std::hash::Hash + Eq, V> {
    entries: RefCell<LruCache<K, (V, usize)>>,
    used: Cell<usize>,
    bytes_max: usize,
}

impl<K: std::hash::Hash + Eq, V> Default for ByteBudget<K, V> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<K: std::hash::Hash + Eq, V> ByteBudget<K, V> {
    fn new(bytes_max: usize) -> Self {
        Self {
            entries: RefCell::new(LruCache::unbounded()),
            used: Cell::new(0),
            bytes_max,
        }
    }

    pub(crate) fn get<Q, R>(&self, key: &Q, read: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        self.entries
            .borrow_mut()
            .get(key)
            .map(|(value, _)| read(value))
    }

    /// Keeps a value, dropping the least recently used ones for its room. A value larger than a
    /// quarter of the budget is not kept.
    pub(crate) fn put(&self, key: K, value: V, bytes: usize) {
        if bytes > self.bytes_max / 4 {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        let mut used = self.used.get() + bytes;
        if let Some((_, replaced)) = entries.put(key, (value, bytes)) {
            used -= replaced;
        }
        while used > self.bytes_max {
            let Some((_, (_, dropped))) = entries.pop_lru() else {
                break;
            };
            used -= dropped;
        }
        self.used.set(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_makes_room() {
        let budget = ByteBudget::<&str, u8>::new(100);
        for key in ["a", "b", "c", "d"] {
            budget.put(key, 0, 25);
        }
        assert!(budget.get("a", |_| ()).is_some());
        budget.put("e", 0, 20);
        assert!(budget.get("b", |_| ()).is_none(), "b was the oldest");
        assert!(budget.get("a", |_| ()).is_some());
        assert_eq!(budget.used.get(), 95);
        budget.put("e", 0, 10);
        assert_eq!(budget.used.get(), 85);
        budget.put("huge", 0, 26);
        assert!(budget.get("huge", |_| ()).is_none());
    }

    #[test]
    fn one_fetch_at_a_time_for_each_key() {
        let fetches = Fetches::default();
        let first = fetches.begin("k", 0);
        assert!(first.is_some() && fetches.begin("k", 1).is_none());
        assert!(fetches.begin("other", 1).is_some());
        drop(first);
        assert!(fetches.begin("k", 2).is_some());
    }

    #[test]
    fn an_abandoned_fetch_does_not_block_its_key() {
        let fetches = Fetches::default();
        let abandoned = fetches.begin("k", 0);
        let second = fetches.begin("k", FETCH_MS_MAX);
        assert!(second.is_some());
        drop(abandoned);
        assert!(
            fetches.begin("k", FETCH_MS_MAX + 1).is_none(),
            "the second is still under way"
        );
    }
}
