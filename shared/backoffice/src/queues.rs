//! Queues in the staff API: how they stand, and bringing back what was given up.

use bytes::Bytes;
use http::Request;
use souk_ports::Desk;
use souk_protocol::desk::QueueReport;
use souk_protocol::life::{self, Queue, QueueDepth, Replay, Replayed};
use souk_service_http::{get, json};

use crate::book::OrderBook;
use crate::courier::post;
use crate::orders::{body, read};
use crate::staff::{Failure, Outcome, passed_on};

/// How the queues and the book stand.
pub(crate) async fn report<D: Desk, B: OrderBook>(desk: &D, book: &B) -> Outcome {
    let queues = backlog(desk).await?;
    let book = book.condition().await?;
    Ok(json(&QueueReport { queues, book }))
}

async fn backlog<D: Desk>(desk: &D) -> Result<Vec<QueueDepth>, Failure> {
    let response = passed_on(desk.send(get(life::BACKLOG_PATH)).await?)?;
    read(response.body())
}

/// Requeues dead messages, at whichever step they were dead-lettered.
pub(crate) async fn replay<D: Desk, B: OrderBook>(
    desk: &D,
    book: &B,
    request: &Request<Bytes>,
) -> Outcome {
    let replay: Replay = body(request)?;
    let answer = post(desk, life::REPLAY_PATH, souk_sql::json(&replay)).await?;
    let mut replayed: Replayed = read(&answer)?;
    match replay.queue {
        Queue::BackOffice => replayed.messages += book.revive(desk.now_ms()).await?,
        Queue::Payments | Queue::Holds => {}
    }
    Ok(json(&replayed))
}
