//! Souk on Cloudflare Workers: the storefront, the staff API, and the origin in Durable Objects.
//!
//! Thin: requests are taken over from JavaScript ([`http`]), answered by the use cases of
//! `shared/`, and handed back. The ports are implemented on [`edge::WorkersEdge`].
//!
//! Bindings: KV `CATALOGUE`; Durable Objects `ORIGIN` ([`origin::Origin`]), `BOARD`
//! ([`board::Board`]) and `DESK` ([`desk::Desk`]); queue `DESK_QUEUE`, without which the origin
//! brings its messages to the book itself; secrets `SESSION_SECRET`, `STAFF_TOKEN`, `DATA_KEYS`,
//! `STRIPE_SECRET_KEY` and `STRIPE_WEBHOOK_SECRETS`; variables `SHOP_NAME`, `BASE_URL`,
//! `EXPRESS_FEE_MINOR`, `DELIVERIES_PER_SECOND`, `CARD_HOLD_MINUTES`, `TRANSFER_HOLD_DAYS`,
//! `ARCHIVE_AFTER_DAYS`, `ORIGIN_SHARDS`, and only if wanted `STRIPE_PAGE_ORIGIN`.
//! `PAYMENT_SANDBOX_PORT` is for local work.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod alarm;
mod board;
mod desk;
mod edge;
mod http;
mod origin;
mod payments;
mod queue;
mod settings;
mod sqlite;

use souk_ports::OriginClient;
use souk_storefront::Instance;
use worker::web_sys::{Request, Response};
use worker::{
    Context, Env, MessageBatch, Result, ScheduleContext, ScheduledEvent, console_error, event,
};

use crate::edge::WorkersEdge;
use crate::settings::settings;

thread_local! {
    /// What this isolate remembers between requests.
    static INSTANCE: &'static Instance = Box::leak(Box::new(Instance::new()));
}

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
    http::intern_names();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let url = request.url();
    let instance = INSTANCE.with(|instance| *instance);
    if http::is_unconditional_get(&request)?
        && let Some(recalled) = souk_storefront::recall(&url, edge::now_ms(), instance)
    {
        return http::give_recalled(&recalled);
    }
    let settings = settings(&env);
    let edge = WorkersEdge::new(env.clone());
    let log = |line: &str| console_error!("{line}");
    if url.split('/').nth(3) == Some("staff") {
        return match http::take(&request, url, http::OF_STAFF).await? {
            Ok(request) => {
                let book = desk::book(&env);
                let staff = &settings.staff;
                http::give(souk_backoffice::handle(request, &edge, &book, staff, log).await)
            }
            Err(error) => http::give(error.response(http::OF_STAFF.body_bytes_max)),
        };
    }
    if payments::is_public(path_of(&url)) {
        return match http::take(&request, url, http::OF_PROVIDER).await? {
            Ok(request) => match payments::handle(request, &edge).await {
                Ok(response) => http::give(response),
                Err(_) => worker::Response::error("payments are not set up", 500).map(Into::into),
            },
            Err(error) => http::give(error.response(http::OF_PROVIDER.body_bytes_max)),
        };
    }
    let response = match http::take(&request, url, http::OF_SHOPPERS).await? {
        Ok(request) => {
            souk_storefront::handle(request, &edge, instance, &settings.storefront, log).await
        }
        Err(error) => souk_storefront::refuse_body(error),
    };
    http::give(response)
}

/// Letters for the book, and those that were given up.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    queue::consume(&batch, &env).await;
    Ok(())
}

/// Wakes every shard of the origin, so that no alarm is lost for longer than a minute, whatever
/// happened to it, and lets payments do what is due, such as a refund that the staff asked for a moment ago.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let edge = WorkersEdge::new(env);
    let tick = ::http::Request::post(souk_protocol::life::TICK_PATH).body(bytes::Bytes::new());
    let tick = tick.expect("a path of the protocol is a URI");
    if let Err(error) = edge.send(tick).await {
        console_error!("tick: {error}");
    }
    payments::work(&edge).await;
}

/// The path in a URL, without its query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}
