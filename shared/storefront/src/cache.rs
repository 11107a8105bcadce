//! What the caches of an instance have in common: a bound in bytes, and one fetch at a time for each
//! key.
//!
//! Not here: what is cached (each cache has its own module), how long it is trusted.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use lru::LruCache;
use souk_ports::is_within;

/// How often, and how long at a time, a request waits for another one's fetch of the same key.
pub(crate) const COALESCE_WAITS: u32 = 400;
pub(crate) const COALESCE_WAIT_MS: u32 = 5;

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
            .is_some_and(|(started, _)| is_within(FETCH_MS_MAX, *started, now_ms))
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

impl<K: std::hash::Hash + Eq, V> ByteBudget<K, V> {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            entries: RefCell::new(LruCache::unbounded()),
            used: Cell::new(0),
            bytes_max,
        }
    }

    /// Bytes of the values that are kept at the moment.
    pub(crate) fn used(&self) -> usize {
        self.used.get()
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
