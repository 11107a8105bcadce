//! The counts of searches on SQLite, over a driver for each place where SQLite lives.
//!
//! Not here: the statements about the help (`help`).

use souk_domain::{LanguageCode, may_be_slug, may_be_tallied};
use souk_protocol::staff::{REPORTED_FROM, REPORTED_MAX};
use souk_protocol::tallies::{BATCH_TALLIES_MAX, PopularQuery, Subject, Tally};
use souk_sql::{SqliteDriver, SqliteSession, StoreError, json, keep_write_ahead_log, migrate};

use crate::{
    ANSWERS_A_DAY_KEPT, DAYS_KEPT, POPULAR_DAYS, POPULAR_DAYS_MIN, POPULAR_FROM,
    QUERIES_A_DAY_KEPT, QUERIES_A_DAY_MAX, QUESTIONS_A_DAY_KEPT, Report, SearchTallies, help,
};

/// Where it is written which migrations a database has.
const LEDGER: &str = "search_migration";

/// What a database must have. A migration that was ever released is not changed; a new one is
/// appended. Every name begins with `search_`, because the tables share a database with others.
const MIGRATIONS: &[&[&str]] = &[TABLES, help::TABLES];

const TABLES: &[&str] = &[
    "CREATE TABLE search_tally (
        day INTEGER NOT NULL,
        locale TEXT NOT NULL,
        query TEXT NOT NULL,
        searches INTEGER NOT NULL,
        zero INTEGER NOT NULL,
        corrected INTEGER NOT NULL,
        clicks INTEGER NOT NULL,
        PRIMARY KEY (day, locale, query)
    ) STRICT, WITHOUT ROWID",
    // At least as many as the day has queries: what was added since they were counted.
    "CREATE TABLE search_day (
        day INTEGER PRIMARY KEY,
        added INTEGER NOT NULL
    ) STRICT",
];

const ADD: &str = "INSERT INTO search_tally
        (day, locale, query, searches, zero, corrected, clicks)
    SELECT ?2, value ->> 'locale', value ->> 'query', value ->> 'searches', value ->> 'zero',
        value ->> 'corrected', value ->> 'clicks'
        FROM json_each(?1) WHERE value ->> 'subject' IS NULL
    ON CONFLICT DO UPDATE SET searches = searches + excluded.searches, zero = zero + excluded.zero,
        corrected = corrected + excluded.corrected, clicks = clicks + excluded.clicks";
const NOTE_ADDED: &str = "INSERT INTO search_day (day, added) VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET added = added + excluded.added RETURNING added";
/// Drops the queries of a day that were counted least often.
const TRIM: &str = "DELETE FROM search_tally WHERE day = ?1 AND (locale, query) IN (
    SELECT locale, query FROM search_tally WHERE day = ?1
    ORDER BY searches + clicks DESC, locale, query LIMIT -1 OFFSET ?2)";
const COUNT: &str = "UPDATE search_day
    SET added = (SELECT count(*) FROM search_tally WHERE day = ?1)
        + (SELECT count(*) FROM search_question WHERE day = ?1)
        + (SELECT count(*) FROM search_answer WHERE day = ?1) WHERE day = ?1";
/// Days that are over for long, with the last of them.
const FORGET: [&str; 4] = [
    "DELETE FROM search_tally WHERE day <= ?1",
    "DELETE FROM search_question WHERE day <= ?1",
    "DELETE FROM search_answer WHERE day <= ?1",
    "DELETE FROM search_day WHERE day <= ?1",
];
/// The report as JSON, by the engine.
const REPORT: &str = "WITH counted AS (
        SELECT query, locale, sum(searches) AS searches, sum(zero) AS zero, sum(clicks) AS clicks
        FROM search_tally WHERE day > ?1 - ?2 AND day <= ?1 GROUP BY locale, query)
    SELECT json_object(
        'top', json((SELECT json_group_array(json_object('query', query, 'locale', locale,
                'count', searches, 'clicks', clicks))
            FROM (SELECT * FROM counted WHERE searches >= ?3
                ORDER BY searches DESC, query, locale LIMIT ?4))),
        'zero', json((SELECT json_group_array(json_object('query', query, 'locale', locale,
                'count', zero))
            FROM (SELECT * FROM counted WHERE zero >= ?3
                ORDER BY zero DESC, query, locale LIMIT ?4))))";

const POPULAR: &str = "SELECT locale, query FROM search_tally
    WHERE day > ?1 - ?2 AND day <= ?1 GROUP BY locale, query
    HAVING sum(searches) >= ?3 AND sum(searches > 0) >= ?4 AND 2 * sum(zero) < sum(searches)
    ORDER BY sum(searches) DESC, query, locale LIMIT ?5";

/// The counts of searches on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteSearchTallies<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteSearchTallies<D> {
    /// The counts over a driver whose database is set up.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Makes the tables that are missing; one cheap look when none is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        keep_write_ahead_log(&self.driver).await?;
        migrate(&self.driver, LEDGER, MIGRATIONS).await
    }
}

impl<D: SqliteDriver> SearchTallies for SqliteSearchTallies<D> {
    async fn add(&self, batch: &[u8], day: i64) -> Result<(), StoreError> {
        let mut tallies: Vec<Tally> = souk_json::read(batch)
            .map_err(|_| StoreError::Rejected("this is no batch of tallies".to_owned()))?;
        tallies.truncate(BATCH_TALLIES_MAX);
        tallies.retain(|tally| {
            let may_be_kept = match tally.subject {
                Subject::Search | Subject::Question => may_be_tallied(&tally.query),
                Subject::Answer => may_be_slug(&tally.query),
            };
            may_be_kept && LanguageCode::parse(&tally.locale).is_ok()
        });
        if tallies.is_empty() {
            return Ok(());
        }
        let added = i64::try_from(tallies.len()).unwrap_or(i64::MAX);
        let text = json(&tallies);
        self.driver
            .write(async |session| {
                for add in [ADD].into_iter().chain(help::ADD) {
                    let batch = [text.as_str().into(), day.into()];
                    session.execute(add, &batch).await?;
                }
                let noted = [day.into(), added.into()];
                let noted = session.execute(NOTE_ADDED, &noted).await?;
                if noted.first().map(|row| row.integer(0)).transpose()? > Some(QUERIES_A_DAY_MAX) {
                    for (trim, kept) in [
                        (TRIM, QUERIES_A_DAY_KEPT),
                        (help::TRIM_QUESTIONS, QUESTIONS_A_DAY_KEPT),
                        (help::TRIM_ANSWERS, ANSWERS_A_DAY_KEPT),
                    ] {
                        session.execute(trim, &[day.into(), kept.into()]).await?;
                    }
                    session.execute(COUNT, &[day.into()]).await?;
                }
                for forget in FORGET {
                    session.execute(forget, &[(day - DAYS_KEPT).into()]).await?;
                }
                Ok(())
            })
            .await
    }

    async fn report(&self, about: Report, days: i64, day: i64) -> Result<String, StoreError> {
        let statement = match about {
            Report::Searches => REPORT,
            Report::Help => help::REPORT,
        };
        let (from, max) = (REPORTED_FROM.into(), REPORTED_MAX.into());
        let parameters = [day.into(), days.into(), from, max];
        let report = self
            .driver
            .run(async |session| session.execute(statement, &parameters).await);
        let rows = report.await?;
        let row = rows.first();
        let row = row.ok_or_else(|| StoreError::Corrupt("a report without a row".to_owned()))?;
        Ok(row.text(0)?.to_owned())
    }

    async fn popular(&self, limit: i64, day: i64) -> Result<Vec<PopularQuery>, StoreError> {
        let bounds = [day, POPULAR_DAYS, POPULAR_FROM, POPULAR_DAYS_MIN, limit];
        let parameters = bounds.map(Into::into);
        let rows = self
            .driver
            .run(async |session| session.execute(POPULAR, &parameters).await);
        let rows = rows.await?;
        let queries = rows.iter().map(|row| {
            Ok(PopularQuery {
                locale: row.text(0)?.to_owned(),
                query: row.text(1)?.to_owned(),
            })
        });
        queries.collect()
    }
}
