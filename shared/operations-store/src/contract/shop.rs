//! A store under test, and the words that the statements use.

use souk_operations::{Allowed, Change, Command, Level, Operations, Rate, Record};
use souk_sql::StoreError;

use crate::rates::RateCounters;
use crate::{KeepRoom, KeepSignals, OperationsStore, Series, Stored, StoredRoom, StoredSignals};

/// The moment of the tests, in milliseconds since 1970.
pub(super) const NOW_MS: i64 = 1_790_000_000_000;

/// An engine under test.
pub trait Fixture: Sync {
    /// The store on it.
    type Store: OperationsStore + RateCounters;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// A store over this database.
    fn open(&self) -> Self::Store;

    /// Makes the tables that are missing.
    fn set_up(&self);

    /// Runs one statement that the store does not know of.
    ///
    /// # Errors
    /// When the engine refuses it.
    fn run(&self, sql: &str) -> Result<(), StoreError>;

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;
}

/// A store and its engine.
pub(super) struct Shop<F: Fixture> {
    pub(super) fixture: F,
    store: F::Store,
}

/// Another level, for a reason.
pub(super) fn level(state: &Operations, number: u8, reason: &str) -> Change {
    let command = Command::Level {
        level: Level::new(number).expect("a level"),
        until_ms: None,
    };
    let change = state.change(command, "Ada", reason, NOW_MS);
    change.expect("a level can always be changed")
}

impl<F: Fixture> Shop<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let store = fixture.open();
        Self { fixture, store }
    }

    pub(super) fn read(&self) -> Stored {
        self.fixture
            .block_on(self.store.read())
            .expect("the engine answers")
    }

    pub(super) fn replace(
        &self,
        version: i64,
        next: &Operations,
        records: &[Record],
    ) -> Result<bool, StoreError> {
        self.fixture
            .block_on(self.store.replace(version, next, records, &[], None))
    }

    /// Changes the level of what is stored.
    pub(super) fn change(&self, number: u8, reason: &str) -> Record {
        let Stored { version, state } = self.read();
        let Change { next, record } = level(&state, number, reason);
        let records = std::slice::from_ref(&record);
        assert_eq!(self.replace(version, &next, records), Ok(true));
        record
    }

    /// Keeps a room beside what is stored.
    pub(super) fn keep(&self, room: KeepRoom) {
        let Stored { version, state } = self.read();
        let rooms = [room];
        let kept = self.store.replace(version, &state, &[], &rooms, None);
        assert_eq!(self.fixture.block_on(kept), Ok(true));
    }

    pub(super) fn room(&self, session: u32) -> StoredRoom {
        let room = self.fixture.block_on(self.store.room(session));
        room.expect("the engine answers")
    }

    /// Whether what an edge has sent is stored.
    pub(super) fn add_batch(&self, session: u32, body: &str) -> bool {
        let added = self.fixture.block_on(self.store.add_batch(session, body));
        added.expect("the engine answers")
    }

    /// Keeps signals beside what is stored.
    pub(super) fn keep_signals(&self, signals: &KeepSignals) {
        let Stored { version, state } = self.read();
        let kept = self.store.replace(version, &state, &[], &[], Some(signals));
        assert_eq!(self.fixture.block_on(kept), Ok(true));
    }

    pub(super) fn signals(&self) -> StoredSignals {
        let signals = self.fixture.block_on(self.store.signals());
        signals.expect("the engine answers")
    }

    /// Whether samples that an edge has sent are stored.
    pub(super) fn add_samples(&self, body: &str, at_ms: i64) -> bool {
        let added = self.fixture.block_on(self.store.add_samples(body, at_ms));
        added.expect("the engine answers")
    }

    pub(super) fn series(&self, series: Series, after: i64) -> Vec<(i64, Vec<u8>)> {
        let entries = self.fixture.block_on(self.store.series(series, after));
        entries.expect("the engine answers")
    }

    pub(super) fn keep_rooms_of(&self, sessions: &[u32]) {
        let kept = self.fixture.block_on(self.store.keep_rooms_of(sessions));
        kept.expect("the engine answers");
    }

    /// Whether a request is allowed by a store over the same database.
    pub(super) fn take(&self, name: &str, rate: Rate, now_ms: i64) -> Allowed {
        let store = self.fixture.open();
        let taken = self.fixture.block_on(store.take(name, rate, now_ms));
        taken.expect("the engine answers")
    }

    /// Records as the journal prints them.
    pub(super) fn journal(&self, after: u64, limit: u64) -> String {
        self.fixture
            .block_on(self.store.journal(after, limit))
            .expect("the engine answers")
    }
}
