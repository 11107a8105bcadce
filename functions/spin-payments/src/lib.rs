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

use souk_payments::{AnyProvider, DEPLOYMENT_NAMES, Deployment, Figures, ProviderSettings};
use souk_payments_stripe::{self as stripe, Stripe};
use souk_ports::OutboundHttp;
use souk_protocol::payments::{WEBHOOK_BYTES_MAX, provider_of_webhook};
use souk_service_http::Collector;
use souk_settings::{Loopback, PublicAddress, Reader, SettingsError, Values, gate};
use souk_spin_platform::{FullResponse, SpinEdge, give, keep, now_ms, take, values};
use spin_sdk::http::Request;
use spin_sdk::http_service;
use spin_sdk::wasip3::wit_bindgen::spawn;

/// The providers that the deployment has set up.
struct Configured {
    /// Where the shop is, and so its webhooks.
    address: PublicAddress,
    /// Where figures of all instances are added up.
    collector: Option<Collector>,
    stripe: Option<stripe::Settings>,
}

thread_local! {
    static FIGURES: &'static Figures = Box::leak(Box::default());
    static SETTINGS: OnceCell<Option<&'static Configured>> = const { OnceCell::new() };
}

/// The settings of the deployment, read by the first request of an instance; `None`: they are wrong.
async fn configured() -> Option<&'static Configured> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let names = DEPLOYMENT_NAMES.iter().chain(stripe::Settings::NAMES);
    let values = values(names).await;
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| keep(Configured::read(&values))))
}

impl Configured {
    fn read(values: &Values) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let (deployment, address) = Deployment::read(&mut reader);
        let stripe = stripe::Settings::read(&mut reader, deployment);
        let collector = reader.collector();
        reader.finish(Self {
            address,
            stripe,
            collector,
        })
    }
}

#[http_service]
async fn payments(request: Request) -> FullResponse {
    let request = match take(request, WEBHOOK_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(WEBHOOK_BYTES_MAX)),
    };
    let Some(configured) = configured().await else {
        return give(souk_settings::closed());
    };
    let log = |line: &str| eprintln!("{line}");
    // The other components reach everything else, at a host that no client can name.
    if provider_of_webhook(request.uri().path()).is_some()
        && let Err(turned_away) = gate(&configured.address, Loopback::AsOthers, &request, log)
    {
        return give(*turned_away);
    }
    let stripe = configured.stripe.as_ref();
    let stripe = stripe.map(|settings| Stripe::new(&SpinEdge, settings));
    let stripe = stripe.iter().map(|provider| provider as &dyn AnyProvider);
    let providers: Vec<_> = stripe.collect();
    let figures = FIGURES.with(|figures| *figures);
    let response = souk_payments::handle(request, &SpinEdge, &providers, figures, log).await;
    let collector = configured.collector.as_ref();
    if let Some(report) = collector.and_then(|it| figures.report_due(it, now_ms())) {
        spawn(async move {
            if let Err(error) = SpinEdge.fetch(report).await {
                eprintln!("report of figures: {error}");
            }
        });
    }
    give(response)
}
