//! An order index under test, and the words that the statements use.

use souk_protocol::mail::FailedMail;
use souk_protocol::order_index::{
    Counted, DeadLetter, EVENT_MESSAGES_MAX, EventMessage, IngestOutcome, PairCount, PairMet,
};
use souk_protocol::staff::{
    ImportCounts, IndexedOrder, OrderIndexCondition, OrderTotal, Worklist, WorklistQuery,
};
use souk_sql::StoreError;

use crate::{OrderCounts as _, OrderIndex};

/// When the event messages of every test are ingested, unless the test says otherwise.
pub(super) const NOW_MS: i64 = 1_790_000_000_000;

/// Tries of a call that the engine was too busy for.
const TRIES_MAX: usize = 200;

/// An engine under test.
pub trait Fixture: Sync {
    /// The order index on it.
    type OrderIndex: OrderIndex;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// An order index over this database; called on several threads.
    fn open(&self) -> Self::OrderIndex;

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;

    /// Every text in the database, wherever it stands.
    fn dump(&self) -> String;
}

/// An order index and its engine.
pub(super) struct Index<F: Fixture> {
    pub(super) fixture: F,
    index: F::OrderIndex,
}

impl<F: Fixture> Index<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let index = fixture.open();
        Self { fixture, index }
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> T {
        self.fixture.block_on(work).expect("the engine answers")
    }

    pub(super) fn ingest(&self, messages: &[EventMessage]) -> Vec<IngestOutcome> {
        self.ingest_at(messages, NOW_MS)
    }

    /// In as many calls as are needed.
    pub(super) fn ingest_at(&self, messages: &[EventMessage], now_ms: i64) -> Vec<IngestOutcome> {
        let calls = messages.chunks(EVENT_MESSAGES_MAX);
        let taken = calls.flat_map(|call| ingest(&self.fixture, &self.index, call, now_ms));
        taken.collect()
    }

    pub(super) fn worklist(&self, query: &WorklistQuery) -> Worklist {
        self.wait(self.index.worklist(query))
    }

    pub(super) fn order(&self, order: &str) -> Option<IndexedOrder> {
        self.wait(self.index.order(order))
    }

    pub(super) fn totals(&self) -> Vec<OrderTotal> {
        let mut totals = self.wait(self.index.totals());
        totals.sort_by(|a, b| (a.status.name(), &a.currency).cmp(&(b.status.name(), &b.currency)));
        totals
    }

    pub(super) fn failed_mails(&self) -> Vec<FailedMail> {
        self.wait(self.index.failed_mails())
    }

    pub(super) fn condition(&self) -> OrderIndexCondition {
        self.wait(self.index.condition())
    }

    pub(super) fn dead_letter(&self, messages: &[DeadLetter]) {
        self.wait(self.index.dead_letter(messages, NOW_MS));
    }

    pub(super) fn requeue(&self) -> i64 {
        self.wait(self.index.requeue(NOW_MS))
    }

    pub(super) fn clear(&self) {
        self.wait(self.index.clear());
    }

    pub(super) fn counted(&self, now_ms: i64) -> Counted {
        self.wait(self.index.counted(now_ms))
    }

    pub(super) fn keep_build(&self, before: &str, build: &str) -> bool {
        self.wait(self.index.keep_build(before, build))
    }

    pub(super) fn most_ordered(&self, weights: &[i64], limit: i64) -> Vec<String> {
        let products = self.weighed(weights, limit).into_iter();
        products.map(|(product, _)| product).collect()
    }

    /// The same with what their orders weigh.
    pub(super) fn weighed(&self, weights: &[i64], limit: i64) -> Vec<(String, i64)> {
        self.wait(self.index.most_ordered(weights, limit)).products
    }

    pub(super) fn most_met(&self, orders_min: i64, limit: i64) -> Vec<PairMet> {
        self.wait(self.index.most_met(orders_min, limit))
    }

    pub(super) fn note_sold_out(&self, skus: &[u32], today: i64, since_day: i64) -> Vec<u32> {
        self.wait(self.index.note_sold_out(skus, today, since_day))
    }

    /// A page after a pair.
    pub(super) fn page(&self, after: &(String, String), orders_min: i64) -> Vec<PairCount> {
        self.wait(self.index.pairs(after, orders_min))
    }

    pub(super) fn import(&self, counts: &ImportCounts) -> Result<(), StoreError> {
        self.fixture.block_on(self.index.import(counts))
    }

    /// Everything that can be asked about some orders.
    pub(super) fn everything(
        &self,
        orders: &[&str],
    ) -> (Vec<Option<IndexedOrder>>, Vec<OrderTotal>) {
        let indexed = orders.iter().map(|order| self.order(order));
        (indexed.collect(), self.totals())
    }
}

/// Ingests event messages, again when the engine was busy, as a courier does.
pub(super) fn ingest<F: Fixture>(
    fixture: &F,
    index: &F::OrderIndex,
    messages: &[EventMessage],
    now_ms: i64,
) -> Vec<IngestOutcome> {
    for _ in 0..TRIES_MAX {
        match fixture.block_on(index.ingest(messages, now_ms)) {
            Ok(taken) => return taken,
            Err(StoreError::Transient(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the engine was busy {TRIES_MAX} times")
}
