//! Where levels, switches and the journal are kept: the port, its contract and its engine.
//!
//! The store is that of the deployable `operations` alone: an object of its own on Workers, tables of
//! its own in Spin's SQLite. On Spin several instances write, so a state is replaced only if it still
//! is the one that the next one was made of ([`OperationsStore::replace`]); an instance that was
//! slower decides once more.
//!
//! **Architecture Invariant:** a state and the records of the journal that say how it came to be are
//! stored together or not at all, and a record is never changed or removed: the database refuses it.
//!
//! Not here: what a change is (`souk-operations`), who makes one and when it is tried again
//! (`souk-operations-service`).

#[cfg(feature = "contract")]
pub mod contract;
pub mod sqlite;

use souk_operations::{Operations, Record};
use souk_sql::StoreError;

/// A state as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Grows by one with each state; 0 before the first one.
    pub version: i64,
    /// The state.
    pub state: Operations,
}

/// The store.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OperationsStore {
    /// The state, and the version that it is stored under.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn read(&self) -> Result<Stored, StoreError>;

    /// Puts `next` in the place of the state with this version and appends `records` to the journal,
    /// in one transaction. `false`: another instance was quicker, and nothing was written.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] where a record does not follow on the last one.
    async fn replace(
        &self,
        version: i64,
        next: &Operations,
        records: &[Record],
    ) -> Result<bool, StoreError>;

    /// The records after the one with the number `after`, at most `limit`, in order: JSON lines, each
    /// as it was appended.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn journal(&self, after: u64, limit: u64) -> Result<String, StoreError>;
}
