//! A store of tallies under test, and the words that the statements use.

use souk_protocol::staff::{HelpReport, QueryCount, SearchReport};
use souk_protocol::tallies::{BATCH_TALLIES_MAX, Subject, Tally};
use souk_sql::StoreError;

use crate::{Report, SearchTallies};

/// The day of the tests, in days since 1970.
pub(super) const TODAY: i64 = 20_717;

/// An engine under test.
pub trait Fixture: Sync {
    /// The store on it.
    type SearchTallies: SearchTallies;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// A store over this database.
    fn open(&self) -> Self::SearchTallies;

    /// How many queries, questions and answers are stored, of all days.
    fn stored(&self) -> i64;

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;
}

/// A store and its engine.
pub(super) struct Shop<F: Fixture> {
    pub(super) fixture: F,
    store: F::SearchTallies,
}

/// A query that was searched for so often, with results, in English.
pub(super) fn tally(query: &str, searches: u32) -> Tally {
    Tally {
        locale: "en".to_owned(),
        query: query.to_owned(),
        searches,
        ..Tally::default()
    }
}

/// A question to the help that was asked so often and has answers.
pub(super) fn question(query: &str, searches: u32) -> Tally {
    Tally {
        subject: Subject::Question,
        ..tally(query, searches)
    }
}

/// An answer that was opened so often.
pub(super) fn answer(slug: &str, clicks: u32) -> Tally {
    Tally {
        subject: Subject::Answer,
        clicks,
        ..tally(slug, 0)
    }
}

/// A row of the report.
pub(super) fn row(query: &str, count: i64, clicks: Option<i64>) -> QueryCount {
    QueryCount {
        query: query.to_owned(),
        locale: "en".to_owned(),
        count,
        clicks,
    }
}

impl<F: Fixture> Shop<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let store = fixture.open();
        Self { fixture, store }
    }

    pub(super) fn add(&self, tallies: &[Tally], day: i64) {
        // As batches of an edge.
        for tallies in tallies.chunks(BATCH_TALLIES_MAX) {
            let batch = souk_sql::json(&tallies);
            let added = self.fixture.block_on(self.store.add(batch.as_bytes(), day));
            added.expect("the engine answers");
        }
    }

    pub(super) fn receive(&self, batch: &str) -> Result<(), StoreError> {
        self.fixture
            .block_on(self.store.add(batch.as_bytes(), TODAY))
    }

    /// The texts of the popular queries.
    pub(super) fn popular(&self, limit: i64) -> Vec<String> {
        let queries = self.fixture.block_on(self.store.popular(limit, TODAY));
        let queries = queries.expect("the engine answers").into_iter();
        queries.map(|popular| popular.query).collect()
    }

    pub(super) fn report(&self, days: i64) -> SearchReport {
        let report = self.report_about(Report::Searches, days);
        serde_json::from_str(&report).expect("a report")
    }

    pub(super) fn help_report(&self, days: i64) -> HelpReport {
        let report = self.report_about(Report::Help, days);
        serde_json::from_str(&report).expect("a report")
    }

    fn report_about(&self, about: Report, days: i64) -> String {
        let report = self.store.report(about, days, TODAY);
        self.fixture.block_on(report).expect("the engine answers")
    }
}
