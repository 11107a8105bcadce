//! After the sell-out: how many attempts to buy reach the origin.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::Request;
use serde::Serialize;

use super::Visited;
use crate::connections::Answer;
use crate::generator::Generator;

/// The counter of an edge, in the text of `/metrics`.
const ORIGIN_CALLS: &str = "souk_origin_calls_total ";

/// What became of attempts after the sell-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AfterSellOut {
    /// Orders that were sent.
    pub attempts: u64,
    /// Those that were placed.
    pub placed: u64,
    /// Requests to the origin meanwhile, with those of reading the counters: three at most.
    pub origin_calls: u64,
}

impl AfterSellOut {
    /// Whether less than one in a hundred attempts reached the origin, and none bought anything.
    pub fn holds(&self) -> bool {
        self.placed == 0 && self.origin_calls * 100 < self.attempts
    }
}

/// Sends orders of visitors who were never called, one after the other, so that one instance of the edge
/// answers all of them and its counters tell everything.
///
/// # Errors
/// When the shop shows no counters, or another instance answered in between.
pub async fn attempts_after_sell_out(
    generator: &Generator,
    visited: &Visited,
    attempts: u64,
) -> Result<AfterSellOut> {
    let before = origin_calls(generator).await?;
    let mut placed = 0;
    for attempt in 0..attempts {
        let visitor = u32::try_from(attempt % 1_000)? + 20_000_000;
        let key = format!("late-{attempt}");
        let answered = visited.shop.attempt(visitor, &key).await;
        placed += u64::from((200..300).contains(&answered.status()));
    }
    let after = origin_calls(generator).await?;
    let origin_calls = after.checked_sub(before);
    Ok(AfterSellOut {
        attempts,
        placed,
        origin_calls: origin_calls.context("another instance answered")?,
    })
}

/// Whether everybody may read the counters of the edge.
///
/// # Errors
/// When the shop does not answer.
pub(super) async fn shows_counters(generator: &Generator) -> Result<bool> {
    Ok(metrics(generator).await?.status == 200)
}

async fn metrics(generator: &Generator) -> Result<Answer> {
    let step = generator.step("metrics");
    let request = Request::get("/metrics").body(Bytes::new())?;
    Ok(generator.send(step, generator.now(), request).await?)
}

async fn origin_calls(generator: &Generator) -> Result<u64> {
    let answer = metrics(generator).await?;
    ensure!(
        answer.status == 200,
        "/metrics answers {}: the shop shows its counters with METRICS_ARE_PUBLIC",
        answer.status
    );
    let text = String::from_utf8_lossy(&answer.body);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(ORIGIN_CALLS));
    Ok(line
        .context("no counter of calls of the origin")?
        .trim()
        .parse()?)
}
