//! Changes and what is due by the clock: decided on what is stored, stored, and published.
//!
//! Several instances may write at the same moment. The store takes a state only in the place of the
//! one that it was made of; an instance that was slower reads again and decides once more, at most
//! [`ATTEMPTS_MAX`] times.

use souk_operations::{Change, Command, Operations, Pulse, Record, Refused};
use souk_operations_store::{OperationsStore, Stored};
use souk_sql::StoreError;

use crate::PulsePublisher;

/// From one pulse to the next while a level is above 0 or a switch is set, in milliseconds.
pub const PUBLISH_MS: i64 = 1_000;

/// How often a decision is made before its caller has to try again. Each attempt that is lost is a
/// change of another instance that got through.
const ATTEMPTS_MAX: u32 = 8;

/// The use case, over a store and a way to edges.
pub struct Service<'a, S, P> {
    /// Levels, switches and the journal.
    pub store: &'a S,
    /// The way to edges.
    pub publisher: &'a P,
    /// Gets one line for each failure.
    pub log: &'a dyn Fn(&str),
    /// 16 unpredictable bytes.
    pub random: &'a dyn Fn() -> [u8; 16],
}

/// A change that a person or a program wants.
pub(crate) struct Wanted {
    pub(crate) command: Command,
    pub(crate) who: String,
    /// May be empty.
    pub(crate) reason: String,
}

/// A state that is about to be stored, and what the journal gets with it.
struct Draft {
    state: Operations,
    records: Vec<Record>,
}

impl Draft {
    /// What is stored, but for what is due: that ends first, so that the journal has everything in
    /// the order in which it happened.
    fn of(stored: Operations, now_ms: i64) -> Self {
        let mut draft = Self {
            state: stored,
            records: Vec::new(),
        };
        if let Some(ended) = draft.state.end_due(now_ms) {
            draft.add(ended);
        }
        draft
    }

    fn add(&mut self, Change { next, record }: Change) {
        self.state = next;
        self.records.push(record);
    }
}

impl<S: OperationsStore, P: PulsePublisher> Service<'_, S, P> {
    /// Makes a change and publishes it: the number of its record, or why it cannot be done.
    pub(crate) async fn change(
        &self,
        wanted: &Wanted,
        now_ms: i64,
    ) -> Result<Result<u64, Refused>, StoreError> {
        let Wanted {
            command,
            who,
            reason,
        } = wanted;
        for _ in 0..ATTEMPTS_MAX {
            let Stored { version, state } = self.store.read().await?;
            let mut draft = Draft::of(state, now_ms);
            match draft.state.change(command.clone(), who, reason, now_ms) {
                Ok(change) => draft.add(change),
                Err(refused) => return Ok(Err(refused)),
            }
            let record = draft.state.journal().records();
            if let Some(pulse) = self.keep(version, draft, now_ms).await? {
                self.publish(&pulse).await;
                return Ok(Ok(record));
            }
        }
        Err(lost())
    }

    /// Ends what is due at `now_ms`, in milliseconds since 1970, and publishes a pulse, unless
    /// everything is on and edges know that. May be called at any rate, and by several instances at
    /// the same moment.
    ///
    /// # Errors
    /// Those of the store. A pulse that does not get through is logged.
    pub async fn tick(&self, now_ms: i64) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            let Stored { version, state } = self.store.read().await?;
            let draft = Draft::of(state, now_ms);
            let is_quiet = draft.records.is_empty() && !draft.state.is_active();
            if is_quiet && self.publisher.has(draft.state.stamp()).await {
                return Ok(());
            }
            if let Some(pulse) = self.keep(version, draft, now_ms).await? {
                self.publish(&pulse).await;
                return Ok(());
            }
        }
        Err(lost())
    }

    /// When [`Service::tick`] has something to do next, in milliseconds since 1970 and not before
    /// `now_ms`; `None` while everything is on and edges know that.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let state = self.store.read().await?.state;
        let soon_ms = now_ms + PUBLISH_MS;
        if state.is_active() {
            let end_ms = state.next_end_ms().unwrap_or(soon_ms);
            return Ok(Some(end_ms.clamp(now_ms, soon_ms)));
        }
        let is_known = self.publisher.has(state.stamp()).await;
        Ok((!is_known).then_some(soon_ms))
    }

    /// Stores a draft in the place of the state with this version, with the stamp of its pulse, which
    /// may be published from then on. `None`: another instance was quicker.
    async fn keep(
        &self,
        version: i64,
        draft: Draft,
        now_ms: i64,
    ) -> Result<Option<Pulse>, StoreError> {
        let Draft { mut state, records } = draft;
        let pulse = state.next_pulse(Vec::new(), now_ms);
        let is_stored = self.store.replace(version, &state, &records).await?;
        Ok(is_stored.then_some(pulse))
    }

    pub(crate) fn random_32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&(self.random)());
        second.copy_from_slice(&(self.random)());
        bytes
    }

    async fn publish(&self, pulse: &Pulse) {
        let blob = match pulse.encode() {
            Ok(blob) => blob,
            Err(error) => return (self.log)(&error.to_string()),
        };
        if let Err(error) = self.publisher.publish(pulse.stamp, blob).await {
            (self.log)(&format!("pulse {}: {error}", pulse.stamp));
        }
    }
}

fn lost() -> StoreError {
    let reason = format!("other instances were quicker {ATTEMPTS_MAX} times");
    StoreError::Transient(reason)
}
