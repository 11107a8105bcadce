//! A book under test, and the words that the statements use.

use souk_protocol::desk::{
    BookCondition, BookedOrder, DeadLetter, LETTERS_MAX, Letter, OrderTotal, Taken, Worklist,
    WorklistQuery,
};
use souk_sql::StoreError;

use crate::OrderBook;

/// When the letters of every test are ingested, unless the test says otherwise.
pub(super) const NOW_MS: i64 = 1_790_000_000_000;

/// Tries of a call that the engine was too busy for.
const TRIES_MAX: usize = 200;

/// An engine under test.
pub trait Fixture: Sync {
    /// The book on it.
    type Book: OrderBook;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// A book over this database; called on several threads.
    fn open(&self) -> Self::Book;

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;

    /// Every text in the database, wherever it stands.
    fn dump(&self) -> String;
}

/// A book and its engine.
pub(super) struct Desk<F: Fixture> {
    pub(super) fixture: F,
    book: F::Book,
}

impl<F: Fixture> Desk<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let book = fixture.open();
        Self { fixture, book }
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> T {
        self.fixture.block_on(work).expect("the engine answers")
    }

    pub(super) fn take_in(&self, letters: &[Letter]) -> Vec<Taken> {
        self.take_in_at(letters, NOW_MS)
    }

    /// In as many calls as are needed.
    pub(super) fn take_in_at(&self, letters: &[Letter], now_ms: i64) -> Vec<Taken> {
        let calls = letters.chunks(LETTERS_MAX);
        let taken = calls.flat_map(|call| take_in(&self.fixture, &self.book, call, now_ms));
        taken.collect()
    }

    pub(super) fn worklist(&self, query: &WorklistQuery) -> Worklist {
        self.wait(self.book.worklist(query))
    }

    pub(super) fn order(&self, order: &str) -> Option<BookedOrder> {
        self.wait(self.book.order(order))
    }

    pub(super) fn totals(&self) -> Vec<OrderTotal> {
        let mut totals = self.wait(self.book.totals());
        totals.sort_by(|a, b| (a.status.name(), &a.currency).cmp(&(b.status.name(), &b.currency)));
        totals
    }

    pub(super) fn condition(&self) -> BookCondition {
        self.wait(self.book.condition())
    }

    pub(super) fn bury(&self, letters: &[DeadLetter]) {
        self.wait(self.book.bury(letters, NOW_MS));
    }

    pub(super) fn revive(&self) -> i64 {
        self.wait(self.book.revive(NOW_MS))
    }

    /// Everything that can be asked about some orders.
    pub(super) fn everything(
        &self,
        orders: &[&str],
    ) -> (Vec<Option<BookedOrder>>, Vec<OrderTotal>) {
        let booked = orders.iter().map(|order| self.order(order));
        (booked.collect(), self.totals())
    }
}

/// Takes letters in, again when the engine was busy, as a courier does.
pub(super) fn take_in<F: Fixture>(
    fixture: &F,
    book: &F::Book,
    letters: &[Letter],
    now_ms: i64,
) -> Vec<Taken> {
    for _ in 0..TRIES_MAX {
        match fixture.block_on(book.take_in(letters, now_ms)) {
            Ok(taken) => return taken,
            Err(StoreError::Transient(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the engine was busy {TRIES_MAX} times")
}
