//! Queues in the staff API: how they stand, and bringing back what was given up.

use bytes::Bytes;
use http::Request;
use souk_ports::BackOffice;
use souk_protocol::back_office::QueueReport;
use souk_protocol::life::{self, Queue, QueueDepth, Replay, Replayed};
use souk_service_http::{get, json};

use crate::courier::post;
use crate::order_index::OrderIndex;
use crate::orders::{body, read};
use crate::staff::{Failure, Outcome, passed_on};

/// How the queues and the order index stand.
pub(crate) async fn report<D: BackOffice, B: OrderIndex>(back_office: &D, index: &B) -> Outcome {
    let queues = backlog(back_office).await?;
    let index = index.condition().await?;
    Ok(json(&QueueReport { queues, index }))
}

async fn backlog<D: BackOffice>(back_office: &D) -> Result<Vec<QueueDepth>, Failure> {
    let response = passed_on(back_office.send(get(life::BACKLOG_PATH)).await?)?;
    read(response.body())
}

/// Requeues dead messages, at whichever step they were dead-lettered.
pub(crate) async fn replay<D: BackOffice, B: OrderIndex>(
    back_office: &D,
    index: &B,
    request: &Request<Bytes>,
) -> Outcome {
    let replay: Replay = body(request)?;
    let answer = post(back_office, life::REPLAY_PATH, souk_sql::json(&replay)).await?;
    let mut replayed: Replayed = read(&answer)?;
    match replay.queue {
        Queue::BackOffice => replayed.messages += index.requeue(back_office.now_ms()).await?,
        Queue::Payments | Queue::Holds => {}
    }
    Ok(json(&replayed))
}
