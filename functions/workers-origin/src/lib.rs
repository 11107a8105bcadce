//! Souk on Cloudflare Workers: the origin in Durable Objects, reached by the other scripts only.
//!
//! Its classes are [`origin::Origin`] (orders and stock, an object for each shard) and
//! [`availability::Availability`] (availability). No deploy of another script restarts these
//! objects.
//!
//! Bindings: its own objects `ORIGIN` and `AVAILABILITY`; queue `ORDER_EVENTS`, without which its
//! messages wait until the back office fetches them; secrets `DATA_KEYS` and `CODE_SECRET`; variables
//! `ARCHIVE_AFTER_DAYS`, `UNPAID_KEPT_DAYS`, `FREEZE_MINUTES`, `LIMITS_*` (five of them), `DELIVERIES_PER_SECOND` and
//! `ORIGIN_SHARDS`.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod alarm;
mod availability;
mod origin;
mod projector;
mod queue;
mod settings;

use souk_workers_platform::objects;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, event};

#[event(start)]
fn start() {
    souk_workers_platform::start(&[]);
    objects::open_to_calls("Origin");
}

/// The script has no public route and answers nothing but through its objects.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    worker::Response::error("not found", 404).map(Into::into)
}
