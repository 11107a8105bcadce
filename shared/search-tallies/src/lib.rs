//! How often shoppers searched for what, and how often the help helped: the port to the store that
//! keeps the counts, and its engine.
//!
//! The counts are in the back office's own store, beside the order index: the object of the back
//! office on Workers, its SQLite on Spin. They are kept for [`REPORT_DAYS_MAX`] days, at most
//! [`QUERIES_A_DAY_MAX`] queries for each, so what a stranger invents cannot fill the disk.
//!
//! **Architecture Invariant:** a row is a day, a language, a query or the slug of an answer, and numbers. Nothing says who
//! searched, or when within the day; what may hold personal data is refused here once more
//! ([`souk_domain::may_be_tallied`]).
//!
//! Not here: what is counted and when (`search/tally.rs` of `souk-storefront`), the report's endpoint
//! (`souk-staff-api`), how batches travel (`functions/`).

#[cfg(feature = "contract")]
pub mod contract;
mod help;
mod remote;
pub mod sqlite;

use souk_protocol::staff::REPORT_DAYS_MAX;
use souk_protocol::tallies::PopularQuery;
use souk_sql::StoreError;

pub use remote::{RemoteSearchTallies, serve};

/// Most queries that are kept of a day, those of all languages and of the help together.
pub const QUERIES_A_DAY_MAX: i64 = 20_000;

/// How many of them stay when there are more: those that were counted most often. The distance is
/// what a day may grow by until the next look at all of it.
pub const QUERIES_A_DAY_KEPT: i64 = 15_000;

/// How many questions to the help stay then, and how many answers of it.
pub(crate) const QUESTIONS_A_DAY_KEPT: i64 = 3_000;
pub(crate) const ANSWERS_A_DAY_KEPT: i64 = 1_000;

/// Counts are kept for so many days, today among them.
pub const DAYS_KEPT: i64 = REPORT_DAYS_MAX;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Searches for products: a [`souk_protocol::staff::SearchReport`].
    Searches,
    /// The help: a [`souk_protocol::staff::HelpReport`].
    Help,
}

/// The store of the counts. A call that is repeated counts again.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait SearchTallies {
    /// Adds a batch, a list of [`souk_protocol::tallies::Tally`] as JSON, to the counts of a day, in
    /// days since 1970. Leaves out what may hold personal data, although no edge sends it, and drops
    /// what is too old or too much.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] where it is no batch, without its text; else see [`StoreError`].
    async fn add(&self, batch: &[u8], day: i64) -> Result<(), StoreError>;

    /// What was counted often enough in the last `days` days up to `day`, as JSON.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn report(&self, about: Report, days: i64, day: i64) -> Result<String, StoreError>;

    /// The most frequent queries of the last [`POPULAR_DAYS`] days up to `day`, at most `limit`:
    /// counted [`POPULAR_FROM`] times and on [`POPULAR_DAYS_MIN`] days at least, and found something
    /// more often than not.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn popular(&self, limit: i64, day: i64) -> Result<Vec<PopularQuery>, StoreError>;
}

/// Days that make a query popular.
pub const POPULAR_DAYS: i64 = 30;

/// How often a popular query was counted: fewer could be one shopper's.
pub const POPULAR_FROM: i64 = 20;

/// On how many days a popular query was counted: fewer could be one shopper's, too.
pub const POPULAR_DAYS_MIN: i64 = 3;

/// The day of a moment, in days since 1970.
pub const fn day_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(24 * 60 * 60 * 1000)
}
