//! What a shard of the origin does by the clock: it expires holds, sends messages, and follows
//! units that left for another shard.
//!
//! The alarm is set when a request may have left something to do, a moment ahead, so that one alarm
//! serves all orders of that moment. After its work it is set again for what is due next. An object
//! that was just made does not know its alarm and sets it with the first request.
//!
//! Without a queue the messages wait in the outbox for the back office's tick.
//!
//! Not here: what is due (`souk_origin`, `souk_order_index::courier`).

use std::cell::Cell;

use bytes::Bytes;
use http::Request;
use souk_order_index::courier::{Round, deliver};
use souk_ports::{OriginClient, PortError};
use souk_protocol::origin::{self, Queue, QueueDepth, TickReport};
use souk_protocol::shards;
use souk_workers_platform::{WorkersEdge, now_ms, transient};
use worker::{Env, Result, Storage, console_error};

use crate::queue::ToQueue;
use crate::settings::Deployment;

/// From a request to the alarm that it leaves something for. All orders of this time share one.
const DELAY_MS: i64 = 1_000;
/// After an alarm that did not get through.
const AGAIN_MS: i64 = 5_000;
/// From an alarm that left more to do to the next one; others come in between.
const MORE_MS: i64 = 100;
/// Until something between shards is looked at again that waits for its time, or for a shard.
const WAITS_MS: i64 = 1_500;
/// How long an alarm starts new work; an object has 15 minutes.
const BUDGET_MS: i64 = 20_000;

/// When the object's alarm goes off, as far as it knows.
pub(crate) struct Alarm {
    storage: Storage,
    /// `None`: not known; [`NEVER`]: not set.
    at_ms: Cell<Option<i64>>,
}

const NEVER: i64 = i64::MAX;

impl Alarm {
    pub(crate) fn new(storage: Storage) -> Self {
        Self {
            storage,
            at_ms: Cell::new(None),
        }
    }

    /// Makes sure of an alarm soon if a request may have left something to do.
    pub(crate) async fn follow(&self, request: &Request<Bytes>) {
        let at_ms = self.at_ms.get();
        let is_late = at_ms.is_some_and(|at_ms| at_ms > now_ms() + DELAY_MS);
        if at_ms.is_none() || (is_late && leaves_something(request)) {
            self.set(now_ms() + DELAY_MS).await;
        }
    }

    /// Sets the alarm, unless it goes off before that anyway.
    async fn set(&self, at_ms: i64) {
        if self.at_ms.get().is_some_and(|known_ms| known_ms <= at_ms) {
            return;
        }
        // Known before it is so: others of the same moment need not set it too.
        self.at_ms.set(Some(at_ms));
        let after_ms = (at_ms - now_ms()).max(0);
        if let Err(error) = self.storage.set_alarm(after_ms).await {
            console_error!("alarm: {error}");
            self.at_ms.set(None);
        }
    }
}

fn leaves_something(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    request.method() == http::Method::POST
        && [
            origin::ORDERS_PATH,
            origin::CHANGES_PATH,
            // Units that another shard owns go on to it.
            origin::RECEIPTS_PATH,
            origin::REPLAY_PATH,
            origin::TICK_PATH,
            shards::PULL_PATH,
            shards::DELIVER_PATH,
            shards::GROWTH_ROUND_PATH,
        ]
        .contains(&path)
}

/// A shard as its alarm reaches it: alone, without those beside it.
pub(crate) trait Shard: OriginClient {
    /// How many shards there are, as far as this one knows.
    fn shards(&self) -> u16;
}

/// Does what is due and sets the next alarm.
pub(crate) async fn ring<S: Shard>(shard: &S, alarm: &Alarm, env: &Env, deployment: &Deployment) {
    // It has gone off; what comes in from now on sets the next one.
    alarm.at_ms.set(Some(NEVER));
    match work(shard, env, deployment).await {
        Ok(Some(next_ms)) => alarm.set(next_ms).await,
        Ok(None) => {}
        Err(error) => {
            console_error!("alarm: {error}");
            alarm.set(now_ms() + AGAIN_MS).await;
        }
    }
}

/// When there is something to do next.
async fn work<S: Shard>(
    origin: &S,
    env: &Env,
    deployment: &Deployment,
) -> Result<Option<i64>, PortError> {
    let tick = Request::post(origin::TICK_PATH).body(Bytes::new());
    let ticked: TickReport = ask(origin, tick).await?;
    let queue = ToQueue::of(env);
    let delivered = match &queue {
        Some(queue) => Some(send_out(origin, queue, env, deployment).await?),
        // The back office comes for them.
        None => None,
    };
    if ticked.more {
        return Ok(Some(now_ms() + MORE_MS));
    }
    if delivered.is_some_and(|delivered| delivered.more) {
        return Ok(Some(now_ms() + DELAY_MS));
    }
    let depths: Vec<QueueDepth> = ask(
        origin,
        Request::get(origin::BACKLOG_PATH).body(Bytes::new()),
    )
    .await?;
    let ours = depths.iter().filter(|depth| match depth.queue {
        Queue::Holds => true,
        Queue::BackOffice => queue.is_some(),
        Queue::Payments | Queue::Mails => false,
    });
    let due = ours.filter_map(|depth| depth.next_due_ms);
    let due = due.map(|due_ms| due_ms.max(now_ms() + DELAY_MS));
    let again = ticked.waits.then(|| now_ms() + WAITS_MS);
    Ok(due.chain(again).min())
}

async fn send_out<S: Shard>(
    origin: &S,
    queue: &ToQueue,
    env: &Env,
    deployment: &Deployment,
) -> Result<Round, PortError> {
    let pace = deployment.pace(BUDGET_MS, origin.shards());
    let clock = WorkersEdge::new(env.clone());
    let log = |line: &str| console_error!("{line}");
    deliver(origin, queue, &clock, pace, log).await
}

async fn ask<O: OriginClient, T: serde::de::DeserializeOwned>(
    origin: &O,
    request: http::Result<Request<Bytes>>,
) -> Result<T, PortError> {
    let request = request.expect("a path of the protocol is a URI");
    let response = origin.send(request).await?;
    souk_json::read(response.body()).map_err(transient)
}
