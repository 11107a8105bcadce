//! Souk on Cloudflare Workers: mails. The only script that holds the secrets of the provider of mails.
//!
//! Messages of the back office arrive over its service binding, with the host [`MAIL_HOST`]; everything
//! else arrives over the public route, which is the address for the provider's events and nothing more.
//! `workers-payments` says why a host cannot be forged.
//!
//! Bindings: the objects `ORIGIN` of the origin's script; KV `CATALOGUE`, which it only reads; secrets `SESSION_SECRET` (the storefront's:
//! links in mails have the token that opens their order), `RESEND_API_KEY`, `RESEND_WEBHOOK_SECRETS`
//! and `MAIL_WEBHOOK_SECRET`; variables `MAIL_PROVIDER`, `MAIL_FROM`, `MAIL_WEBHOOK_URL`,
//! `ORIGIN_SHARDS`, `BASE_URL`, `REDIRECT_HOSTS` and `OTLP_METRICS_URL` (with the secret
//! `OTLP_AUTHORIZATION`). `MAIL_OUTBOX_PORT` and `MAIL_SHOP_PORT` are for local work.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use http::StatusCode;
use souk_mail::{Figures, Published, PublishedTexts, Settings};
use souk_ports::OutboundHttp;
use souk_protocol::mail::{EVENT_BYTES_MAX, EVENTS_PATH};
use souk_service_http::empty;
use souk_settings::{Loopback, gate};
use souk_workers_platform::http::{Wanted, give, take};
use souk_workers_platform::settings::{keep, values};
use souk_workers_platform::{MAIL_HOST, WorkersEdge, now_ms};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

/// Events of the provider, and messages of the back office.
const WANTED: Wanted = Wanted {
    read: &[],
    write: &[
        "svix-id",
        "svix-timestamp",
        "svix-signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "traceparent",
    ],
    body_bytes_max: EVENT_BYTES_MAX,
};

thread_local! {
    static FIGURES: &'static Figures = Box::leak(Box::default());
    static PUBLISHED: &'static Published = Box::leak(Box::default());
    static SETTINGS: OnceCell<Option<&'static Settings>> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    souk_workers_platform::start(&[WANTED]);
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    let request = match take(&request, request.url(), WANTED).await? {
        Ok(request) => request,
        Err(error) => return give(error.response(WANTED.body_bytes_max)),
    };
    let is_ours = request.uri().host() == Some(MAIL_HOST);
    if !is_ours && request.uri().path() != EVENTS_PATH {
        return give(empty(StatusCode::NOT_FOUND));
    }
    let Some(settings) = settings(&env) else {
        return give(souk_settings::closed());
    };
    let (edge, reporter) = (WorkersEdge::of_mail(env.clone()), WorkersEdge::of_mail(env));
    let log = |line: &str| console_error!("{line}");
    if !is_ours && let Err(turned_away) = gate(&settings.address, Loopback::AsOthers, &request, log)
    {
        return give(*turned_away);
    }
    let published = PUBLISHED.with(|published| *published);
    let texts = PublishedTexts::new(&edge, published);
    let figures = FIGURES.with(|figures| *figures);
    let response = souk_mail::handle(request, &edge, &texts, settings, figures, log).await;
    let collector = settings.collector.as_ref();
    if let Some(report) = collector.and_then(|it| figures.report_due(it, now_ms())) {
        context.wait_until(async move {
            if let Err(error) = reporter.fetch(report).await {
                console_error!("report of figures: {error}");
            }
        });
    }
    give(response)
}

/// The settings of the deployment, read by the first request of an isolate; `None`: they are wrong.
fn settings(env: &Env) -> Option<&'static Settings> {
    SETTINGS.with(|cell| {
        let read = || keep(Settings::read(&values(env, &Settings::NAMES)));
        *cell.get_or_init(read)
    })
}
