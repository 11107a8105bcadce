//! Queues in the staff API: how they stand, and requeueing dead messages.

use bytes::Bytes;
use http::Request;
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::origin::{self, Queue, QueueDepth, Replayed};
use souk_protocol::staff::{self, QueueReport};
use souk_service_http::{get, json_bytes, post};

use crate::origin::{forward, passed_on, read};
use crate::reply::{Failure, Outcome, reply};
use crate::request::body;

/// How the queues and the order index stand.
pub(crate) async fn report<D: BackOffice, B: OrderIndex>(back_office: &D, index: &B) -> Outcome {
    let queues = backlog(back_office).await?;
    let index = index.condition().await?;
    Ok(reply(staff::REPORT_QUEUES, &QueueReport { queues, index }))
}

async fn backlog<D: BackOffice>(back_office: &D) -> Result<Vec<QueueDepth>, Failure> {
    let response = passed_on(back_office.send(get(origin::BACKLOG_PATH)).await?)?;
    read(response.body())
}

/// Requeues dead messages, at whichever step they were dead-lettered.
pub(crate) async fn replay<D: BackOffice, B: OrderIndex>(
    back_office: &D,
    index: &B,
    request: &Request<Bytes>,
) -> Outcome {
    let replay = body(staff::REPLAY_QUEUE, request)?;
    let onward = post(origin::REPLAY_PATH, json_bytes(&replay));
    let answer = passed_on(back_office.send(onward).await?)?;
    let mut replayed: Replayed = read(answer.body())?;
    match replay.queue {
        Queue::BackOffice => replayed.messages += index.requeue(back_office.now_ms()).await?,
        Queue::Payments | Queue::Holds | Queue::Mails => {}
    }
    Ok(reply(staff::REPLAY_QUEUE, &replayed))
}

/// Has the next orders sent to the order index again. The first step forgets what it has: events of
/// orders that the origin does not know any more would stay for ever.
pub(crate) async fn rebuild<D: BackOffice, B: OrderIndex>(
    back_office: &D,
    index: &B,
    request: Request<Bytes>,
) -> Outcome {
    let asked = body(staff::REBUILD_ORDER_INDEX, &request)?;
    if asked.after.is_empty() {
        index.clear().await?;
    }
    forward(back_office, request, origin::REQUEUE_PATH).await
}
