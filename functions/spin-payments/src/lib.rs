//! Souk on Spin: payments. The only component that reaches payment providers, which are composed
//! here.
//!
//! Its public routes are the webhooks' addresses and nothing else, so all the rest that it answers
//! comes from the other components, by service chaining.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use http::StatusCode;
use souk_payments::{AnyProvider, ProviderSettings, SettingsError, Variables};
use souk_payments_stripe::{self as stripe, Stripe};
use souk_protocol::payments::WEBHOOK_BYTES_MAX;
use souk_service_http::empty;
use souk_spin_platform::{FullResponse, SpinEdge, give, take, variable};
use spin_sdk::http::Request;
use spin_sdk::http_service;

/// The providers that the deployment has set up.
struct Configured {
    stripe: Option<stripe::Settings>,
}

thread_local! {
    static SETTINGS: OnceCell<&'static Configured> = const { OnceCell::new() };
}

/// The settings of the deployment, read by the first request of an instance.
async fn configured() -> Result<&'static Configured, SettingsError> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return Ok(settings);
    }
    let configured = Configured {
        stripe: settings_of().await?,
    };
    // Another request of the same instance may have been quicker; its settings are equal.
    Ok(SETTINGS.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(configured)))))
}

async fn settings_of<S: ProviderSettings>() -> Result<Option<S>, SettingsError> {
    let mut variables = Vec::new();
    for &name in S::VARIABLES {
        variables.push((name, variable(name).await));
    }
    S::read(&Variables::from_iter(variables))
}

#[http_service]
async fn payments(request: Request) -> FullResponse {
    let request = match take(request, WEBHOOK_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(WEBHOOK_BYTES_MAX)),
    };
    let configured = match configured().await {
        Ok(configured) => configured,
        Err(error) => {
            eprintln!("{error}");
            return give(empty(StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    let log = |line: &str| eprintln!("{line}");
    let stripe = configured.stripe.as_ref();
    let stripe = stripe.map(|settings| Stripe::new(&SpinEdge, settings));
    let stripe = stripe.iter().map(|provider| provider as &dyn AnyProvider);
    let providers: Vec<_> = stripe.collect();
    give(souk_payments::handle(request, &SpinEdge, &providers, log).await)
}
