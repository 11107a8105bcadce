//! The store of tallies in another process. A call is a line with its name, a number and the day, and
//! behind it the batch that is added:
//!
//! | name | number | answer |
//! |---|---|---|
//! | `add` | 0 | nothing |
//! | `searches`, `help` | days of the report | the report |
//! | `popular` | most queries | a list of [`PopularQuery`] |
//!
//! Neither end takes a batch or a report apart on the way. Not here: how a call travels
//! (`functions/`).

use bytes::Bytes;
use http::Response;
use souk_protocol::tallies::PopularQuery;
use souk_sql::remote::{self, StoreClient};
use souk_sql::{StoreError, json};

use crate::{Report, SearchTallies};

/// What errors and log lines call it.
const STORE: &str = "store of search tallies";

/// The store at the other end of a client.
#[derive(Debug, Clone, Copy)]
pub struct RemoteSearchTallies<C> {
    client: C,
}

impl<C: StoreClient> RemoteSearchTallies<C> {
    /// A store over a client.
    pub fn new(client: C) -> Self {
        Self { client }
    }

    async fn ask(
        &self,
        name: &str,
        number: i64,
        day: i64,
        batch: &[u8],
    ) -> Result<String, StoreError> {
        let mut call = format!("{name} {number} {day}\n").into_bytes();
        call.extend_from_slice(batch);
        let answer = remote::ask(&self.client, STORE, call).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

const ADD: &str = "add";
const SEARCHES: &str = "searches";
const HELP: &str = "help";
const POPULAR: &str = "popular";

impl<C: StoreClient> SearchTallies for RemoteSearchTallies<C> {
    async fn add(&self, batch: &[u8], day: i64) -> Result<(), StoreError> {
        self.ask(ADD, 0, day, batch).await.map(drop)
    }

    async fn report(&self, about: Report, days: i64, day: i64) -> Result<String, StoreError> {
        let name = match about {
            Report::Searches => SEARCHES,
            Report::Help => HELP,
        };
        self.ask(name, days, day, &[]).await
    }

    async fn popular(&self, limit: i64, day: i64) -> Result<Vec<PopularQuery>, StoreError> {
        remote::ask_json(&self.client, STORE, format!("{POPULAR} {limit} {day}\n")).await
    }
}

/// Answers one call of a [`RemoteSearchTallies`], where the tallies are. `log` gets a line for each
/// failure.
pub async fn serve<T: SearchTallies>(
    tallies: &T,
    call: &[u8],
    log: impl Fn(&str),
) -> Response<Bytes> {
    remote::answer(STORE, answer(tallies, call).await, log)
}

async fn answer<T: SearchTallies>(tallies: &T, call: &[u8]) -> Result<String, StoreError> {
    let end = call.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (line, batch) = call.split_at(end);
    let line = std::str::from_utf8(line).unwrap_or_default();
    let (name, number, day) =
        parts(line).ok_or_else(|| StoreError::Rejected("this is no call".to_owned()))?;
    match name {
        ADD => tallies.add(batch, day).await.map(|()| String::new()),
        SEARCHES => tallies.report(Report::Searches, number, day).await,
        HELP => tallies.report(Report::Help, number, day).await,
        POPULAR => Ok(json(&tallies.popular(number, day).await?)),
        _ => Err(StoreError::Rejected("there is no such call".to_owned())),
    }
}

/// Name, number and day of a call.
fn parts(line: &str) -> Option<(&str, i64, i64)> {
    let (name, numbers) = line.split_once(' ')?;
    let (number, day) = numbers.split_once(' ')?;
    Some((name, number.parse().ok()?, day.parse().ok()?))
}
