//! Souk on Spin: payments. The only component that reaches the payment provider.
//!
//! Its public route is the webhook's address and nothing else, so whatever else it answers comes
//! from the other components, by service chaining.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use http::StatusCode;
use souk_payments::{Settings, SettingsError};
use souk_protocol::payments::WEBHOOK_BYTES_MAX;
use souk_service_http::empty;
use souk_spin_platform::{FullResponse, SpinEdge, give, take, variable};
use spin_sdk::http::Request;
use spin_sdk::http_service;

thread_local! {
    static SETTINGS: OnceCell<&'static Settings> = const { OnceCell::new() };
}

/// The settings of the deployment, read by the first request of an instance.
async fn settings() -> Result<&'static Settings, SettingsError> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return Ok(settings);
    }
    let settings = Settings::new(
        &variable("stripe_secret_key").await,
        &variable("stripe_webhook_secrets").await,
        &variable("payment_sandbox_port").await,
        &variable("stripe_page_origin").await,
    )?;
    // Another request of the same instance may have been quicker; its settings are equal.
    Ok(SETTINGS.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(settings)))))
}

#[http_service]
async fn payments(request: Request) -> FullResponse {
    let request = match take(request, WEBHOOK_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(WEBHOOK_BYTES_MAX)),
    };
    let settings = match settings().await {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}");
            return give(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    let log = |line: &str| eprintln!("{line}");
    give(souk_payments::handle(request, &SpinEdge, settings, log).await)
}
