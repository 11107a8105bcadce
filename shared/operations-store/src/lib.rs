//! Where levels, switches and the journal are kept: the port, its contract and its engine.
//!
//! The store is that of the deployable `operations` alone: an object of its own on Workers, tables of
//! its own in Spin's SQLite. On Spin several instances write, so a state is replaced only if it still
//! is the one that the next one was made of ([`OperationsStore::replace`]); an instance that was
//! slower decides once more.
//!
//! Beside the state it keeps the waiting rooms of sessions: what the usher of each has to know again, and
//! what edges have reported and no step has taken yet. It keeps the same of the signals, and their values
//! of the last minutes and hours.
//!
//! **Architecture Invariant:** a state and the records of the journal that say how it came to be are
//! stored together or not at all, and a record is never changed or removed: the database refuses it.
//!
//! Not here: what a change is (`souk-operations`), who makes one and when it is tried again
//! (`souk-operations-service`).

#[cfg(feature = "contract")]
pub mod contract;
pub mod rates;
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

/// The waiting room of a session, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredRoom {
    /// What was kept of it last; empty before the first time.
    pub kept: Vec<u8>,
    /// What edges have sent since, the oldest first, at most [`ROOM_BATCHES_TAKEN`]: number and body.
    pub batches: Vec<(i64, String)>,
}

/// What a step keeps of a waiting room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepRoom {
    /// Number of the session.
    pub session: u32,
    /// What the next step has to know.
    pub kept: Vec<u8>,
    /// Batches up to this number are taken and need not be kept; 0: none.
    pub taken: i64,
}

/// Batches that one step takes, at most.
pub const ROOM_BATCHES_TAKEN: u64 = 1_000;
/// Batches of a session that wait for a step, at most: those beyond are refused, and their edges send
/// them again.
pub const ROOM_BATCHES_MAX: u64 = 5_000;

/// What edges have reported of requests, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredSignals {
    /// What was kept with the last step; empty before the first one.
    pub kept: Vec<u8>,
    /// What edges have sent since, the oldest first, at most [`SAMPLE_BATCHES_MAX`].
    pub batches: Vec<SampleBatch>,
}

/// A batch of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleBatch {
    /// Grows with each batch.
    pub number: i64,
    /// When it was stored, in milliseconds since 1970.
    pub at_ms: i64,
    /// As it was sent.
    pub body: String,
}

/// What a step keeps of the signals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeepSignals {
    /// What the next step has to know.
    pub kept: Vec<u8>,
    /// Batches up to this number are taken and need not be kept; 0: none.
    pub taken: i64,
    /// What is added to a series, or put in the place of what it has there.
    pub entries: Vec<KeepEntry>,
}

/// An entry of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepEntry {
    /// Which.
    pub series: Series,
    /// Its place: a second or a minute since 1970.
    pub at: i64,
    /// What it has there.
    pub body: Vec<u8>,
}

/// A series of what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// The values of each second.
    Seconds,
    /// Counts of each minute.
    Minutes,
}

impl Series {
    /// How many places back from the last one it is kept: ten minutes, and six hours.
    pub fn length(self) -> i64 {
        match self {
            Series::Seconds => 600,
            Series::Minutes => 360,
        }
    }
}

/// Batches of samples that wait for a step, at most: those beyond are lost. They are five seconds of
/// instances that send one each for each sample.
pub const SAMPLE_BATCHES_MAX: u64 = 1_000;

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

    /// Puts `next` in the place of the state with this version, appends `records` to the journal, and
    /// keeps `rooms` and `signals`, in one transaction. `false`: another instance was quicker, and nothing
    /// was written.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] where a record does not follow on the last one.
    async fn replace(
        &self,
        version: i64,
        next: &Operations,
        records: &[Record],
        rooms: &[KeepRoom],
        signals: Option<&KeepSignals>,
    ) -> Result<bool, StoreError>;

    /// The waiting room of a session.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn room(&self, session: u32) -> Result<StoredRoom, StoreError>;

    /// Adds what an edge has sent of a session. `false`: too many wait for a step
    /// ([`ROOM_BATCHES_MAX`]), and nothing was written.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn add_batch(&self, session: u32, body: &str) -> Result<bool, StoreError>;

    /// Forgets the waiting rooms of all sessions but these.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn keep_rooms_of(&self, sessions: &[u32]) -> Result<(), StoreError>;

    /// What edges have reported of requests.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn signals(&self) -> Result<StoredSignals, StoreError>;

    /// Adds samples that an edge has sent, at a moment in milliseconds since 1970. `false`: too many
    /// batches wait for a step ([`SAMPLE_BATCHES_MAX`]), and nothing was written.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn add_samples(&self, body: &str, at_ms: i64) -> Result<bool, StoreError>;

    /// The entries of a series after a place, in order.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn series(&self, series: Series, after: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError>;

    /// The records after the one with the number `after`, at most `limit`, in order: JSON lines, each
    /// as it was appended.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn journal(&self, after: u64, limit: u64) -> Result<String, StoreError>;
}
