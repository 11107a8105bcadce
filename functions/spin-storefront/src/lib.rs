//! Souk on Spin: what shoppers and API clients reach.
//!
//! Thin: requests are taken over from the component model, answered by `souk-storefront`, and
//! handed back. An instance serves a limited number of requests (128 by default), 16 at a time,
//! so what it remembers is a cache tier.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod cached_response;

use std::cell::OnceCell;

use souk_ports::{OutboundHttp, TallySender};
use souk_protocol::limits;
use souk_spin_platform::{FullResponse, SpinEdge, give, keep, now_ms, take, values};
use souk_storefront::{Instance, Settings};
use spin_sdk::http::{FromRequest, IntoResponse, Request};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::{service, types};
use spin_sdk::wasip3::wit_bindgen::spawn;

/// Spin writes the address of the connection into this header.
const CLIENT_ADDRESS: &str = "spin-client-addr";

thread_local! {
    static INSTANCE: &'static Instance = Box::leak(Box::new(Instance::new()));
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
}

/// In place of what `#[http_service]` generates, which parses every request before it calls a
/// handler.
struct Storefront;

service::export!(Storefront with_types_in spin_sdk::wasip3);

impl Guest for Storefront {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        let instance = INSTANCE.with(|instance| *instance);
        let cached = cached_response::address_of(&request).and_then(|address| {
            let cookies = || cached_response::cookies(&request);
            let cached = souk_storefront::cached_response(&address, cookies, now_ms(), instance)?;
            if cached.is_result()
                && let Some(referer) = cached_response::referer(&request)
            {
                souk_storefront::count_click(&address, &referer, now_ms(), instance);
            }
            Some(cached)
        });
        match cached {
            Some(cached) => {
                send_tallies(instance);
                report(instance);
                Ok(cached_response::give(&cached))
            }
            None => answer(Request::from_request(request)?, instance)
                .await
                .into_response(),
        }
    }
}

async fn answer(request: Request, instance: &'static Instance) -> FullResponse {
    let request = match take(request, limits::BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(souk_storefront::refuse_body(error)),
    };
    let Some(settings) = settings().await else {
        return give(souk_storefront::closed(&request));
    };
    let log = |line: &str| eprintln!("{line}");
    let response = souk_storefront::handle(request, &SpinEdge, instance, settings, log).await;
    if let Some(report) = souk_storefront::report_due(instance, settings, now_ms()) {
        spawn(async move {
            if let Err(error) = SpinEdge.fetch(report).await {
                eprintln!("report of figures: {error}");
            }
        });
    }
    send_tallies(instance);
    report(instance);
    give(response)
}

/// Sends the counts of searches that are due, after the response.
fn send_tallies(instance: &Instance) {
    if let Some(tallies) = souk_storefront::tallies_due(instance, now_ms()) {
        spawn(async move {
            if let Err(error) = SpinEdge.send_tallies(tallies).await {
                eprintln!("search tallies: {error}");
            }
        });
    }
}

/// Sends what is to be reported to operations, after the response, and waits for what is still to come.
fn report(instance: &'static Instance) {
    if let Some(task) = souk_storefront::to_report(instance, now_ms()) {
        spawn(async move {
            let log = |line: &str| eprintln!("{line}");
            souk_storefront::report(&SpinEdge, instance, task, &log).await;
        });
    }
}

/// The settings of the deployment, read by the first request of an instance; `None`: they are wrong.
async fn settings() -> Option<&'static Settings> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let values = values(&Settings::NAMES).await;
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| keep(Settings::read(&values, CLIENT_ADDRESS))))
}
