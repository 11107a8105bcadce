//! Souk on Cloudflare Workers: what shoppers and API clients reach.
//!
//! Thin: requests are taken over from JavaScript, answered by `souk-storefront`, and handed back.
//! What an isolate remembers is a cache tier.
//!
//! Bindings: KV `CATALOGUE`; the objects `ORIGIN` and `AVAILABILITY` of the origin's script;
//! service `PAYMENTS`; secret `SESSION_SECRET`; variables `SHOP_NAME`, `BASE_URL`,
//! `EXPRESS_FEE_MINOR`, `LIMITS_COUNT_LOOPBACK` and `ORIGIN_SHARDS`.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod cached_response;

use std::cell::OnceCell;

use souk_protocol::limits;
use souk_storefront::{Clients, Instance, Settings};
use souk_workers_platform::http::{self, Wanted};
use souk_workers_platform::settings::{secret, variable};
use souk_workers_platform::{WorkersEdge, now_ms};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

/// Requests of shoppers and API clients.
const WANTED: Wanted = Wanted {
    read: &souk_storefront::READ_HEADERS,
    write: &souk_storefront::WRITE_HEADERS,
    body_bytes_max: limits::BODY_BYTES_MAX,
};

thread_local! {
    static INSTANCE: &'static Instance = Box::leak(Box::new(Instance::new()));
    static SETTINGS: OnceCell<&'static Settings> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    souk_workers_platform::start(&[WANTED]);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let url = request.url();
    let instance = INSTANCE.with(|instance| *instance);
    if http::is_unconditional_get(&request)?
        && let Some(cached) = souk_storefront::cached_response(&url, now_ms(), instance)
    {
        return cached_response::give(&cached);
    }
    let request = match http::take(&request, url, WANTED).await? {
        Ok(request) => request,
        Err(error) => return http::give(souk_storefront::refuse_body(error)),
    };
    let settings = settings(&env);
    let edge = WorkersEdge::new(env);
    let log = |line: &str| console_error!("{line}");
    http::give(souk_storefront::handle(request, &edge, instance, settings, log).await)
}

/// The settings of the deployment, read by the first request of an isolate.
fn settings(env: &Env) -> &'static Settings {
    SETTINGS.with(|cell| {
        *cell.get_or_init(|| {
            Box::leak(Box::new(Settings {
                clients: clients(env),
                shop_name: variable(env, "SHOP_NAME"),
                base_url: Some(variable(env, "BASE_URL")).filter(|url| !url.is_empty()),
                session_secret: secret(env, "SESSION_SECRET"),
                express_fee_minor: variable(env, "EXPRESS_FEE_MINOR").parse().unwrap_or(0),
            }))
        })
    })
}

/// Cloudflare writes the header over what a client sends.
fn clients(env: &Env) -> Clients {
    let header = "cf-connecting-ip";
    let clients = Clients::read(header, "", &variable(env, "LIMITS_COUNT_LOOPBACK"));
    clients.unwrap_or_else(|error| {
        console_error!("{error}; until then it is true");
        Clients {
            address_header: header.to_owned(),
            count_loopback: true,
        }
    })
}
