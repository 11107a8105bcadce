//! Souk on Cloudflare Workers: payments. The only script that holds the payment provider's secrets.
//!
//! Messages of the other scripts arrive over their service bindings, with the host
//! [`PAYMENTS_HOST`]; everything else arrives over the public route, which is the webhook's address
//! and nothing more. Two walls stand between the two: the platform's route is exact, so no other
//! path reaches this script from outside; and a request with another host than [`PAYMENTS_HOST`] is
//! answered for that one path only, should a route ever be written too widely. The host cannot be
//! forged from outside, because the platform finds a script by the zone of the request's host, and
//! no zone has a name below `invalid`.
//!
//! Bindings: the objects `ORIGIN` of the origin's script; secrets `STRIPE_SECRET_KEY` and
//! `STRIPE_WEBHOOK_SECRETS`; variables `ORIGIN_SHARDS` and, only if wanted, `STRIPE_PAGE_ORIGIN`.
//! `PAYMENT_SANDBOX_PORT` is for local work.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use bytes::Bytes;
use http::StatusCode;
use souk_payments::{Settings, SettingsError};
use souk_protocol::payments::{STRIPE_WEBHOOK_PATH, WEBHOOK_BYTES_MAX};
use souk_workers_platform::http::{Wanted, give, take};
use souk_workers_platform::settings::{secret, variable};
use souk_workers_platform::{PAYMENTS_HOST, WorkersEdge};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

/// Events of the payment provider, and messages of the other scripts.
const WANTED: Wanted = Wanted {
    read: &[],
    write: &["stripe-signature", "traceparent"],
    body_bytes_max: WEBHOOK_BYTES_MAX,
};

thread_local! {
    static SETTINGS: OnceCell<&'static Settings> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    souk_workers_platform::start(&[WANTED]);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let Some(request) = take(&request, request.url(), WANTED).await? else {
        return give(souk_payments::refuse_large_event());
    };
    let is_ours = request.uri().host() == Some(PAYMENTS_HOST);
    if !is_ours && request.uri().path() != STRIPE_WEBHOOK_PATH {
        return give(status(StatusCode::NOT_FOUND));
    }
    let settings = match settings(&env) {
        Ok(settings) => settings,
        Err(error) => {
            console_error!("{error}");
            return give(status(StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    let edge = WorkersEdge::new(env);
    let log = |line: &str| console_error!("{line}");
    give(souk_payments::handle(request, &edge, settings, log).await)
}

/// The settings of the deployment, read by the first request of an isolate.
///
/// # Errors
/// When they contradict each other.
fn settings(env: &Env) -> std::result::Result<&'static Settings, SettingsError> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return Ok(settings);
    }
    let settings = Settings::new(
        &secret(env, "STRIPE_SECRET_KEY"),
        &secret(env, "STRIPE_WEBHOOK_SECRETS"),
        &variable(env, "PAYMENT_SANDBOX_PORT"),
        &variable(env, "STRIPE_PAGE_ORIGIN"),
    )?;
    Ok(SETTINGS.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(settings)))))
}

fn status(status: StatusCode) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
