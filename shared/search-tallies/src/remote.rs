//! The store of tallies in another process. A call is a line with two numbers, the days that a report
//! covers (0: none is asked for; less than 0: the other way round the most popular queries that are
//! asked for) and the day, and behind it the batch that is added. Neither end
//! takes a batch or a report apart on the way.
//!
//! Not here: how a call travels (`functions/`).

use bytes::Bytes;
use http::Response;
use souk_protocol::tallies::PopularQuery;
use souk_sql::remote::{self, StoreClient};
use souk_sql::{StoreError, json};

use crate::SearchTallies;

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

    async fn ask(&self, days: i64, day: i64, batch: &[u8]) -> Result<String, StoreError> {
        let mut call = format!("{days} {day}\n").into_bytes();
        call.extend_from_slice(batch);
        let answer = remote::ask(&self.client, STORE, call).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl<C: StoreClient> SearchTallies for RemoteSearchTallies<C> {
    async fn add(&self, batch: &[u8], day: i64) -> Result<(), StoreError> {
        self.ask(0, day, batch).await.map(drop)
    }

    async fn report(&self, days: i64, day: i64) -> Result<String, StoreError> {
        self.ask(days, day, &[]).await
    }

    async fn popular(&self, limit: i64, day: i64) -> Result<Vec<PopularQuery>, StoreError> {
        remote::ask_json(&self.client, STORE, format!("{} {day}\n", -limit)).await
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
    let numbers = line.split_once(' ');
    let numbers = numbers.and_then(|(days, day)| Some((days.parse().ok()?, day.parse().ok()?)));
    match numbers {
        Some((0, day)) => tallies.add(batch, day).await.map(|()| String::new()),
        Some((limit @ ..0, day)) => Ok(json(&tallies.popular(-limit, day).await?)),
        Some((days, day)) => tallies.report(days, day).await,
        None => Err(StoreError::Rejected("this is no call".to_owned())),
    }
}
