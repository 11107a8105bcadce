//! Souk on Cloudflare Workers: what shoppers and API clients reach.
//!
//! Thin: requests are taken over from JavaScript, answered by `souk-storefront`, and handed back.
//! What an isolate remembers is a cache tier.
//!
//! Bindings: KV `CATALOGUE`; the objects `ORIGIN` and `AVAILABILITY` of the origin's script;
//! services `PAYMENTS`, `BACKOFFICE` and `NEXT`, the build of a release; queue `SEARCH_TALLIES`; secret `SESSION_SECRET`; variables `BASE_URL`,
//! `REDIRECT_HOSTS`, `METRICS_ARE_PUBLIC`, `LIMITS_COUNT_LOOPBACK`, `ORIGIN_SHARDS`,
//! `ORDER_PAGE_OPEN_DAYS`, `FREEZE_MINUTES`, `LANE`, `SECURITY_CONTACT`, `OTLP_METRICS_URL` with the secret
//! `OTLP_AUTHORIZATION`, and `ORIGIN_POOL` and `ORIGIN_POOL_POLICY` with the secret `ORIGIN_TOKEN`.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod cached_response;

use std::cell::OnceCell;

use souk_ports::{OutboundHttp, TallySender};
use souk_protocol::limits;
use souk_storefront::{Instance, Settings};
use souk_workers_platform::http::{self, Wanted};
use souk_workers_platform::settings::{keep, values};
use souk_workers_platform::{WorkersEdge, now_ms};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

/// Cloudflare writes this header over what a client sends.
const CLIENT_ADDRESS: &str = "cf-connecting-ip";

/// Requests of shoppers and API clients.
const WANTED: Wanted = Wanted {
    read: &souk_storefront::READ_HEADERS,
    write: &souk_storefront::WRITE_HEADERS,
    body_bytes_max: limits::BODY_BYTES_MAX,
};

thread_local! {
    static INSTANCE: &'static Instance = Box::leak(Box::new(Instance::new()));
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    souk_workers_platform::start(&[WANTED]);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let url = request.url();
    let instance = INSTANCE.with(|instance| *instance);
    if http::is_unconditional_get(&request)?
        && let Some(cached) =
            souk_storefront::cached_response(&url, || cookies(&request), now_ms(), instance)
    {
        if cached.is_result()
            && let Some(referer) = request.headers().get("referer")?
        {
            souk_storefront::count_click(&url, &referer, now_ms(), instance);
        }
        send_tallies(&env, &context, instance);
        report(&env, &context, instance);
        return cached_response::give(&cached);
    }
    let request = match http::take(&request, url, WANTED).await? {
        Ok(request) => request,
        Err(error) => return http::give(souk_storefront::refuse_body(error)),
    };
    let Some(settings) = settings(&env) else {
        return http::give(souk_storefront::closed(&request));
    };
    let edge = WorkersEdge::of_shop(env.clone());
    let log = |line: &str| console_error!("{line}");
    let response = souk_storefront::handle(request, &edge, instance, settings, log).await;
    if let Some(report) = souk_storefront::report_due(instance, settings, now_ms()) {
        context.wait_until(async move {
            if let Err(error) = edge.fetch(report).await {
                console_error!("report of figures: {error}");
            }
        });
    }
    send_tallies(&env, &context, instance);
    report(&env, &context, instance);
    http::give(response)
}

/// The header `Cookie`.
fn cookies(request: &Request) -> Option<String> {
    request.headers().get("cookie").ok().flatten()
}

/// Sends the counts of searches that are due, after the response.
fn send_tallies(env: &Env, context: &Context, instance: &Instance) {
    if let Some(tallies) = souk_storefront::tallies_due(instance, now_ms()) {
        let edge = WorkersEdge::of_shop(env.clone());
        context.wait_until(async move {
            if let Err(error) = edge.send_tallies(tallies).await {
                console_error!("search tallies: {error}");
            }
        });
    }
}

/// Sends what is to be reported to operations, after the response, and waits for what is still to come.
fn report(env: &Env, context: &Context, instance: &'static Instance) {
    if let Some(task) = souk_storefront::to_report(instance, now_ms()) {
        let edge = WorkersEdge::of_shop(env.clone());
        context.wait_until(async move {
            let log = |line: &str| console_error!("{line}");
            souk_storefront::report(&edge, instance, task, &log).await;
        });
    }
}

/// The settings of the deployment, read by the first request of an isolate; `None`: they are wrong.
fn settings(env: &Env) -> Option<&'static Settings> {
    SETTINGS.with(|cell| {
        let read = || {
            keep(Settings::read(
                &values(env, &Settings::NAMES),
                CLIENT_ADDRESS,
            ))
        };
        *cell.get_or_init(read)
    })
}
