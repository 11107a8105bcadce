//! Souk on Spin: the staff API, the only component that writes the catalogue.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use souk_protocol::limits;
use souk_spin_platform::{FullResponse, SpinEdge, give, take, variable};
use spin_sdk::http::Request;
use spin_sdk::http_service;

#[http_service]
async fn backoffice(request: Request) -> FullResponse {
    let Some(request) = take(request, limits::STAFF_BODY_BYTES_MAX).await else {
        return give(souk_storefront::refuse_large_body());
    };
    let token = variable("staff_token").await;
    let log = |line: &str| eprintln!("{line}");
    give(souk_backoffice::handle(request, &SpinEdge, &token, log).await)
}
