//! Souk on Spin: mails. The only component that reaches the provider of mails.
//!
//! Its public route is the address for the provider's events and nothing else, so all the rest that it
//! answers comes from the back office, by service chaining.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use souk_mail::{Figures, Published, PublishedTexts, Settings};
use souk_ports::OutboundHttp;
use souk_protocol::mail::{EVENT_BYTES_MAX, EVENTS_PATH};
use souk_settings::{Loopback, gate};
use souk_spin_platform::{FullResponse, SpinEdge, give, keep, now_ms, take, values};
use spin_sdk::http::Request;
use spin_sdk::http_service;
use spin_sdk::wasip3::wit_bindgen::spawn;

thread_local! {
    static FIGURES: &'static Figures = Box::leak(Box::default());
    static PUBLISHED: &'static Published = Box::leak(Box::default());
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
}

/// The settings of the deployment, read by the first request of an instance; `None`: they are wrong.
async fn settings() -> Option<&'static Settings> {
    if let Some(settings) = SETTINGS.with(|cell| cell.get().copied()) {
        return settings;
    }
    let values = values(&Settings::NAMES).await;
    // Another request of the same instance may have been quicker; its settings are equal.
    SETTINGS.with(|cell| *cell.get_or_init(|| keep(Settings::read(&values))))
}

#[http_service]
async fn mail(request: Request) -> FullResponse {
    let request = match take(request, EVENT_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(EVENT_BYTES_MAX)),
    };
    let Some(settings) = settings().await else {
        return give(souk_settings::closed());
    };
    let log = |line: &str| eprintln!("{line}");
    // The back office reaches everything else, at a host that no client can name.
    if request.uri().path() == EVENTS_PATH
        && let Err(turned_away) = gate(&settings.address, Loopback::AsOthers, &request, log)
    {
        return give(*turned_away);
    }
    let published = PUBLISHED.with(|published| *published);
    let texts = PublishedTexts::new(&SpinEdge, published);
    let figures = FIGURES.with(|figures| *figures);
    let response = souk_mail::handle(request, &SpinEdge, &texts, settings, figures, log).await;
    let collector = settings.collector.as_ref();
    if let Some(report) = collector.and_then(|it| figures.report_due(it, now_ms())) {
        spawn(async move {
            if let Err(error) = SpinEdge.fetch(report).await {
                eprintln!("report of figures: {error}");
            }
        });
    }
    give(response)
}
