//! Souk on Spin: what shoppers and API clients reach.
//!
//! Thin: requests are taken over from the component model, answered by `souk-storefront`, and
//! handed back. An instance serves up to 128 requests, 16 at a time, so what it remembers is a
//! cache tier.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod cached_response;

use std::cell::OnceCell;

use souk_protocol::limits;
use souk_spin_platform::{FullResponse, SpinEdge, give, now_ms, take, variable};
use souk_storefront::{Clients, Instance, Settings};
use spin_sdk::http::{FromRequest, IntoResponse, Request};
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::{service, types};

thread_local! {
    static INSTANCE: &'static Instance = Box::leak(Box::new(Instance::new()));
    static SETTINGS: OnceCell<&'static Settings> = const { OnceCell::new() };
}

/// In place of what `#[http_service]` generates, which parses every request before it calls a
/// handler.
struct Storefront;

service::export!(Storefront with_types_in spin_sdk::wasip3);

impl Guest for Storefront {
    async fn handle(request: types::Request) -> Result<types::Response, types::ErrorCode> {
        let instance = INSTANCE.with(|instance| *instance);
        let cached = cached_response::address_of(&request)
            .and_then(|address| souk_storefront::cached_response(&address, now_ms(), instance));
        match cached {
            Some(cached) => Ok(cached_response::give(&cached)),
            None => answer(Request::from_request(request)?, instance)
                .await
                .into_response(),
        }
    }
}

async fn answer(request: Request, instance: &Instance) -> FullResponse {
    let request = match take(request, limits::BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(souk_storefront::refuse_body(error)),
    };
    let settings = settings().await;
    let log = |line: &str| eprintln!("{line}");
    give(souk_storefront::handle(request, &SpinEdge, instance, settings, log).await)
}

/// The settings of the deployment, read by the first request of an instance.
async fn settings() -> &'static Settings {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let clients = Clients::read(
        "spin-client-addr",
        &variable("client_address_header").await,
        &variable("limits_count_loopback").await,
    );
    let settings = Settings {
        clients: clients.unwrap_or_else(|error| {
            eprintln!("{error}; until then it is true");
            Clients {
                address_header: "spin-client-addr".to_owned(),
                count_loopback: true,
            }
        }),
        shop_name: variable("shop_name").await,
        base_url: Some(variable("base_url").await).filter(|url| !url.is_empty()),
        session_secret: variable("session_secret").await,
        express_fee_minor: variable("express_fee_minor").await.parse().unwrap_or(0),
    };
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(settings))))
}
