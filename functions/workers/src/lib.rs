//! Souk on Cloudflare Workers: the storefront, the staff API, and the origin in Durable Objects.
//!
//! Thin: requests are taken over from JavaScript ([`http`]), answered by the use cases of
//! `shared/`, and handed back. The ports are implemented on [`edge::WorkersEdge`].
//!
//! Bindings: KV `CATALOGUE`; Durable Objects `ORIGIN` ([`origin::Origin`]) and `BOARD`
//! ([`board::Board`]); secrets `SESSION_SECRET` and `STAFF_TOKEN`; variables `SHOP_NAME`,
//! `BASE_URL`, `EXPRESS_FEE_MINOR`.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod board;
mod edge;
mod http;
mod origin;
mod settings;
mod sqlite;

use souk_storefront::Instance;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

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
    let edge = WorkersEdge::new(env);
    let log = |line: &str| console_error!("{line}");
    if url.split('/').nth(3) == Some("staff") {
        return match http::take(&request, url, http::OF_STAFF).await? {
            Some(request) => {
                let token = &settings.staff_token;
                http::give(souk_backoffice::handle(request, &edge, token, log).await)
            }
            None => http::give(souk_storefront::refuse_large_body()),
        };
    }
    let response = match http::take(&request, url, http::OF_SHOPPERS).await? {
        Some(request) => {
            souk_storefront::handle(request, &edge, instance, &settings.storefront, log).await
        }
        None => souk_storefront::refuse_large_body(),
    };
    http::give(response)
}
