//! Souk on Cloudflare Workers: the staff API, the only script that writes the catalogue, with the
//! order index in an object of its own, the consumers of the queues, and the clock.
//!
//! Its public route is `/staff/*`.
//!
//! Bindings: KV `CATALOGUE`; the objects `ORIGIN` of the origin's script and `OPERATIONS` of that of
//! operations; services `PAYMENTS` and `MAIL`; its own object `ORDER_INDEX` ([`order_index::OrderIndex`]), which also keeps the staff
//! tokens and the tallies of searches; secret
//! `STAFF_TOKEN`; variables `BASE_URL`, `REDIRECT_HOSTS`, `DELIVERIES_PER_SECOND` and
//! `ORIGIN_SHARDS`.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod order_index;
mod queue;

use std::cell::OnceCell;

use queue::Carries;
use souk_ports::PortError;
use souk_protocol::limits;
use souk_staff_api::{Access, Settings, Staff};
use souk_workers_platform::WorkersEdge;
use souk_workers_platform::http::{Wanted, declared_length, give, take_body, take_head};
use souk_workers_platform::settings::{keep, values};
use worker::web_sys::{Request, Response};
use worker::{
    Context, Env, MessageBatch, Result, ScheduleContext, ScheduledEvent, console_error, event,
};

/// Requests of the staff. How long a body may be depends on the operation; this is the most.
const WANTED: Wanted = Wanted {
    read: &["authorization"],
    write: &["authorization", "content-type", "idempotency-key"],
    body_bytes_max: limits::UPLOAD_BYTES_MAX,
};

thread_local! {
    static ACCESS: &'static Access = Box::leak(Box::default());
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    souk_workers_platform::start(&[WANTED]);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let head = take_head(&request, request.url(), WANTED)?;
    let Some(settings) = settings(&env) else {
        return give(souk_settings::closed());
    };
    let staff = Staff {
        index: &order_index::index(&env),
        tokens: &order_index::tokens(&env),
        tallies: &order_index::tallies(&env),
        back_office: &WorkersEdge::new(env),
        access: ACCESS.with(|access| *access),
        settings,
        log: &|line: &str| console_error!("{line}"),
    };
    // The token first: of a request that it does not allow no body is read.
    let admitted = match staff.admit(&head).await {
        Ok(admitted) => admitted,
        Err(refused) => return give(refused),
    };
    let _seat = match staff.room(&admitted, declared_length(&request)?).await {
        Ok(seat) => seat,
        Err(refused) => return give(refused),
    };
    let bytes_max = admitted.body_bytes_max();
    match take_body(&request, &head, bytes_max).await? {
        Ok(body) => give(staff.answer(admitted, head.map(|()| body)).await),
        Err(error) => give(error.response(bytes_max)),
    }
}

/// Event messages for the order index, those that were given up, and tallies of searches.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    if queue::consume(&batch, &env).await == Carries::Tallies {
        return Ok(());
    }
    // Events have just happened, and most have a mail; what does not get through now comes with the
    // next minute.
    match souk_staff_api::send_mails(&WorkersEdge::new(env)).await {
        Ok(_) | Err(PortError::Unsupported(_)) => {}
        Err(error @ PortError::Transient(_)) => console_error!("mails: {error}"),
    }
    Ok(())
}

/// A tick, as a scheduler calls for one on Spin. It wakes every shard of the origin, so that no
/// alarm is lost for longer than a minute, and the object of operations, lets payments do what is due, such as a refund that the
/// staff asked for a moment ago, brings event messages to the order index that no queue took, and learns
/// from orders when that is due.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let Some(settings) = settings(&env) else {
        return;
    };
    let per_second = settings.deliveries_per_second;
    let (index, tallies) = (order_index::index(&env), order_index::tallies(&env));
    let edge = WorkersEdge::new(env);
    let log = |line: &str| console_error!("{line}");
    // What failed is logged already, and comes again with the next tick.
    let _done = souk_staff_api::tick(&edge, &index, &tallies, per_second, &log).await;
}

/// The settings of the deployment, read by the first request of an isolate; `None`: they are wrong.
fn settings(env: &Env) -> Option<&'static Settings> {
    SETTINGS.with(|cell| {
        let read = || keep(Settings::read(&values(env, &Settings::NAMES)));
        *cell.get_or_init(read)
    })
}
