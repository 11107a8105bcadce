//! Numbers of clients, by which their requests are counted (`souk_operations::Allowed`): the port, and
//! one in memory.
//!
//! A number that is lost lets its client have a whole quota once more, and nothing else. So an object may
//! keep numbers in memory alone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use souk_operations::{Allowed, Rate};
use souk_sql::StoreError;

/// Counts requests of clients.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait RateCounters {
    /// Whether a request of this name is allowed at a moment, in milliseconds since 1970; counts it if it
    /// is.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take(&self, name: &str, rate: Rate, now_ms: i64) -> Result<Allowed, StoreError>;
}

/// Names that are counted in memory, at most: beyond, a name that is new is not counted.
const NAMES_MAX: usize = 100_000;

/// Counts in memory.
#[derive(Debug, Default)]
pub struct MemoryCounters(RefCell<BTreeMap<String, i64>>);

impl RateCounters for MemoryCounters {
    async fn take(&self, name: &str, rate: Rate, now_ms: i64) -> Result<Allowed, StoreError> {
        let numbers = &mut *self.0.borrow_mut();
        let known = numbers.get(name).copied();
        let allowed = rate.allow(known.unwrap_or_default(), now_ms);
        if let Allowed::Yes { state, .. } = allowed {
            if known.is_none() && numbers.len() >= NAMES_MAX {
                numbers.retain(|_, number| *number > now_ms.saturating_mul(1_000));
            }
            if known.is_some() || numbers.len() < NAMES_MAX {
                numbers.insert(name.to_owned(), state);
            }
        }
        Ok(allowed)
    }
}
