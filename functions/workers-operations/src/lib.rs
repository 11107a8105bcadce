//! Souk on Cloudflare Workers: levels, switches, the journal and the pulse in a Durable Object, reached
//! by the back office only.
//!
//! Its class is [`operations::Operations`]; there is one object for the shop.
//!
//! Bindings: its own object `OPERATIONS`, and `AVAILABILITY` of the origin's script, which takes the
//! pulse to edges. It has no settings and no secrets.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod counters;
mod operations;
mod publisher;

use souk_workers_platform::objects;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, event};

#[event(start)]
fn start() {
    souk_workers_platform::start(&[]);
    objects::open_to_calls("Operations");
    objects::open_to_calls("Counters");
}

/// The script has no public route and answers nothing but through its object.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    worker::Response::error("not found", 404).map(Into::into)
}
