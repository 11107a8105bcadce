//! A store and edges in memory, and the back office that asks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use souk_operations::{Allowed, Change, Command, Level, Operations, Pulse, Rate, Record};
use souk_operations_service::{PulsePublisher, Service};
use souk_operations_store::rates::{MemoryCounters, RateCounters};
use souk_operations_store::{
    KeepRoom, KeepSignals, OperationsStore, SampleBatch, Series, Stored, StoredRoom, StoredSignals,
};
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::operations::{
    CHANGE_PATH, ChangeOperations, ChangeReply, OperationsChange, SWITCHES_PATH, Standing,
    TICK_PATH,
};
use souk_protocol::origin::{
    ReadSession, SESSION_PATH, SessionLevel, SessionOrder, SessionStanding,
};
use souk_service_http::{get, post};
use souk_sql::{StoreError, json};

/// The moment at which a test begins, in milliseconds since 1970.
pub(crate) const NOW_MS: i64 = 1_790_000_000_000;

/// A store as the contract has it.
#[derive(Default)]
pub(crate) struct Memory {
    stored: RefCell<Stored>,
    lines: RefCell<Vec<String>>,
    /// So many of the next writes come after one of another instance.
    pub(crate) rivals: Cell<u32>,
    pub(crate) fails: RefCell<Option<StoreError>>,
    pub(crate) writes: Cell<u32>,
    pub(crate) rooms: RefCell<BTreeMap<u32, StoredRoom>>,
    batches: Cell<i64>,
    signals: RefCell<StoredSignals>,
    seconds: RefCell<BTreeMap<i64, Vec<u8>>>,
    minutes: RefCell<BTreeMap<i64, Vec<u8>>>,
    counters: MemoryCounters,
}

impl Memory {
    fn write(&self, next: Operations, records: &[Record]) {
        let mut stored = self.stored.borrow_mut();
        stored.version += 1;
        stored.state = next;
        self.lines.borrow_mut().extend(records.iter().map(json));
    }

    /// Another instance changes the level.
    fn rival(&self) {
        let command = Command::Level {
            level: Level::new(1).expect("a level"),
            until_ms: None,
        };
        let before = self.state();
        let change = before.change(command, "another instance", "", NOW_MS);
        let Change { next, record } = change.expect("a level can be changed");
        self.write(next, &[record]);
    }

    fn keep_signals(&self, signals: &KeepSignals) {
        let mut stored = self.signals.borrow_mut();
        stored.kept.clone_from(&signals.kept);
        stored.batches.retain(|batch| batch.number > signals.taken);
        for entry in &signals.entries {
            let mut series = self.of(entry.series).borrow_mut();
            series.insert(entry.at, entry.body.clone());
        }
    }

    fn of(&self, series: Series) -> &RefCell<BTreeMap<i64, Vec<u8>>> {
        match series {
            Series::Seconds => &self.seconds,
            Series::Minutes => &self.minutes,
        }
    }

    /// Batches of samples that no step has taken.
    pub(crate) fn signals_left(&self) -> usize {
        self.signals.borrow().batches.len()
    }

    pub(crate) fn state(&self) -> Operations {
        self.stored.borrow().state.clone()
    }

    /// The whole journal as JSON lines.
    pub(crate) fn journal(&self) -> String {
        let lines = self.lines.borrow();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The records of the journal.
    pub(crate) fn records(&self) -> Vec<Record> {
        let lines = self.lines.borrow();
        let read = |line: &String| serde_json::from_str(line).expect("a record");
        lines.iter().map(read).collect()
    }
}

impl OperationsStore for Memory {
    async fn read(&self) -> Result<Stored, StoreError> {
        match self.fails.borrow().clone() {
            Some(error) => Err(error),
            None => Ok(self.stored.borrow().clone()),
        }
    }

    async fn replace(
        &self,
        version: i64,
        next: &Operations,
        records: &[Record],
        rooms: &[KeepRoom],
        signals: Option<&KeepSignals>,
    ) -> Result<bool, StoreError> {
        if let Some(left) = self.rivals.get().checked_sub(1) {
            self.rivals.set(left);
            self.rival();
        }
        if self.stored.borrow().version != version {
            return Ok(false);
        }
        self.writes.set(self.writes.get() + 1);
        self.write(next.clone(), records);
        if let Some(signals) = signals {
            self.keep_signals(signals);
        }
        let mut known = self.rooms.borrow_mut();
        for room in rooms {
            let stored = known.entry(room.session).or_default();
            stored.kept.clone_from(&room.kept);
            stored.batches.retain(|(number, _)| *number > room.taken);
        }
        Ok(true)
    }

    async fn room(&self, session: u32) -> Result<StoredRoom, StoreError> {
        let rooms = self.rooms.borrow();
        Ok(rooms.get(&session).cloned().unwrap_or_default())
    }

    async fn add_batch(&self, session: u32, body: &str) -> Result<bool, StoreError> {
        self.batches.set(self.batches.get() + 1);
        let mut rooms = self.rooms.borrow_mut();
        let batches = &mut rooms.entry(session).or_default().batches;
        batches.push((self.batches.get(), body.to_owned()));
        Ok(true)
    }

    async fn keep_rooms_of(&self, sessions: &[u32]) -> Result<(), StoreError> {
        let mut rooms = self.rooms.borrow_mut();
        rooms.retain(|session, _| sessions.contains(session));
        Ok(())
    }

    async fn signals(&self) -> Result<StoredSignals, StoreError> {
        Ok(self.signals.borrow().clone())
    }

    async fn add_samples(&self, body: &str, at_ms: i64) -> Result<bool, StoreError> {
        self.batches.set(self.batches.get() + 1);
        let batch = SampleBatch {
            number: self.batches.get(),
            at_ms,
            body: body.to_owned(),
        };
        self.signals.borrow_mut().batches.push(batch);
        Ok(true)
    }

    async fn series(&self, series: Series, after: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let entries = self.of(series).borrow();
        let later = entries.range(after + 1..);
        Ok(later.map(|(at, body)| (*at, body.clone())).collect())
    }

    async fn journal(&self, after: u64, limit: u64) -> Result<String, StoreError> {
        let lines = self.lines.borrow();
        let lines = lines.iter().skip(after.try_into().unwrap_or(usize::MAX));
        let lines = lines.take(limit.try_into().unwrap_or(usize::MAX));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }
}

impl RateCounters for Memory {
    async fn take(&self, name: &str, rate: Rate, now_ms: i64) -> Result<Allowed, StoreError> {
        self.counters.take(name, rate, now_ms).await
    }
}

/// Edges, and the way to them.
#[derive(Default)]
pub(crate) struct Edges<'a> {
    store: Option<&'a Memory>,
    pub(crate) pulses: RefCell<Vec<Pulse>>,
    pub(crate) is_away: Cell<bool>,
}

impl PulsePublisher for Edges<'_> {
    async fn has(&self, stamp: u64) -> bool {
        let pulses = self.pulses.borrow();
        pulses.last().is_some_and(|pulse| pulse.stamp >= stamp)
    }

    async fn publish(&self, stamp: u64, pulse: Vec<u8>) -> Result<(), PortError> {
        let stored = self.store.map(|store| store.state().stamp());
        assert!(stored >= Some(stamp), "it is stored before it is published");
        if self.is_away.get() {
            return Err(PortError::Transient("away".to_owned()));
        }
        let pulse = Pulse::decode(&pulse).expect("a pulse");
        assert_eq!(pulse.stamp, stamp);
        self.pulses.borrow_mut().push(pulse);
        Ok(())
    }
}

/// The origin of a sale with one item.
#[derive(Default)]
pub(crate) struct Origin {
    pub(crate) level: Cell<SessionLevel>,
    pub(crate) orders: RefCell<Vec<SessionOrder>>,
    pub(crate) is_away: Cell<bool>,
    pub(crate) asked: RefCell<Vec<ReadSession>>,
}

impl OriginClient for Origin {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        if self.is_away.get() {
            return Err(PortError::Transient("away".to_owned()));
        }
        assert_eq!(request.uri().path(), SESSION_PATH);
        let asked: ReadSession = serde_json::from_slice(request.body()).expect("a question");
        let orders = self.orders.borrow();
        let later = orders.iter().filter(|order| order.number > asked.after);
        let standing = SessionStanding {
            levels: vec![self.level.get(); asked.skus.len()],
            orders: later.cloned().collect(),
        };
        self.asked.borrow_mut().push(asked);
        Ok(Response::new(json(&standing).into()))
    }
}

impl Clock for Origin {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    async fn pause_ms(&self, _ms: u32) {}
}

/// A shop's deployable `operations`, at a moment.
pub(crate) struct Shop<'a> {
    pub(crate) store: &'a Memory,
    pub(crate) edges: Edges<'a>,
    pub(crate) origin: Origin,
    pub(crate) log: RefCell<Vec<String>>,
    pub(crate) now_ms: Cell<i64>,
}

impl<'a> Shop<'a> {
    pub(crate) fn over(store: &'a Memory) -> Self {
        let edges = Edges {
            store: Some(store),
            ..Edges::default()
        };
        Self {
            store,
            edges,
            origin: Origin::default(),
            log: RefCell::default(),
            now_ms: Cell::new(NOW_MS),
        }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    fn with<T>(
        &self,
        work: impl AsyncFnOnce(&Service<'_, Memory, Edges<'a>, Origin>, i64) -> T,
    ) -> T {
        let log = |line: &str| self.log.borrow_mut().push(line.to_owned());
        let service = Service {
            store: self.store,
            publisher: &self.edges,
            origin: &self.origin,
            log: &log,
            random: &|| [7; 16],
        };
        block_on(work(&service, self.now_ms.get()))
    }

    pub(crate) fn send(&self, request: &Request<Bytes>) -> Response<Bytes> {
        self.with(async |service, now_ms| service.handle(request, now_ms).await)
    }

    pub(crate) fn get(&self, address: &str) -> Response<Bytes> {
        self.send(&get(address))
    }

    pub(crate) fn ask(&self, asked: &ChangeOperations) -> Response<Bytes> {
        self.send(&post(CHANGE_PATH, json(asked)))
    }

    /// A change by Ada.
    pub(crate) fn change(&self, change: OperationsChange) -> ChangeReply {
        let response = self.ask(&by_ada(change));
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(response.body()).expect("a reply")
    }

    pub(crate) fn tick(&self) {
        let response = self.send(&post(TICK_PATH, ""));
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }

    /// Until the next tick that has something to do.
    pub(crate) fn next_in_ms(&self) -> Option<i64> {
        let next_ms = self.with(async |service, now_ms| service.next_ms(now_ms).await);
        let next_ms = next_ms.expect("the store answers");
        next_ms.map(|next_ms| next_ms - self.now_ms.get())
    }

    pub(crate) fn standing(&self, query: &str) -> Standing {
        let response = self.get(&format!("{SWITCHES_PATH}{query}"));
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(response.body()).expect("how everything stands")
    }

    /// The stamps of the pulses that edges got.
    pub(crate) fn stamps(&self) -> Vec<u64> {
        let pulses = self.edges.pulses.borrow();
        pulses.iter().map(|pulse| pulse.stamp).collect()
    }
}

pub(crate) fn by_ada(change: OperationsChange) -> ChangeOperations {
    ChangeOperations {
        who: "Ada".to_owned(),
        reason: "a crowd".to_owned(),
        change,
    }
}

pub(crate) fn level(level: u8) -> OperationsChange {
    let until_ms = None;
    OperationsChange::Level { level, until_ms }
}

pub(crate) fn switch(switch: &str, state: &str, until_ms: i64) -> OperationsChange {
    OperationsChange::Switch {
        switch: switch.to_owned(),
        state: state.to_owned(),
        until_ms,
    }
}
