//! Souk on Cloudflare Workers: payments. The only script that holds the payment provider's secrets.
//!
//! Messages of the other scripts arrive over their service bindings, with the host
//! [`PAYMENTS_HOST`]; everything else arrives over the public route, which is the webhook's address
//! and nothing more. Two walls stand between the two: the platform's route is exact, so no other
//! path reaches this script from outside; and a request with another host than [`PAYMENTS_HOST`] is
//! answered for that one path only, should a route ever be written too widely. The host cannot be
//! forged from outside, because the platform finds a script by the zone of the request's host, and
//! no zone has a name below `invalid`.
//!
//! Bindings: the objects `ORIGIN` of the origin's script; secrets `STRIPE_SECRET_KEY` and
//! `STRIPE_WEBHOOK_SECRETS`; variables `ORIGIN_SHARDS`, `BASE_URL`, `REDIRECT_HOSTS`,
//! `PAYMENTS_TEST_MODE`, `OTLP_METRICS_URL` (with the secret `OTLP_AUTHORIZATION`) and, only if wanted,
//! `STRIPE_PAGE_ORIGIN`.
//! `PAYMENT_SANDBOX_PORT` is for local work.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

use std::cell::OnceCell;

use http::StatusCode;
use souk_payments::{AnyProvider, DEPLOYMENT_NAMES, Deployment, Figures, ProviderSettings};
use souk_payments_stripe::{self as stripe, Stripe};
use souk_ports::OutboundHttp;
use souk_protocol::payments::{WEBHOOK_BYTES_MAX, provider_of_webhook};
use souk_service_http::{Collector, empty};
use souk_settings::{Loopback, PublicAddress, Reader, SettingsError, Values, gate};
use souk_workers_platform::http::{Wanted, give, take};
use souk_workers_platform::settings::{keep, values};
use souk_workers_platform::{PAYMENTS_HOST, WorkersEdge, now_ms};
use worker::web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, event};

/// Events of payment providers, and messages of the other scripts.
const WANTED: Wanted = Wanted {
    read: &[],
    write: &[stripe::SIGNATURE_HEADER, "traceparent"],
    body_bytes_max: WEBHOOK_BYTES_MAX,
};

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
    static CONFIGURED: OnceCell<Option<&'static Configured>> = const { OnceCell::new() };
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
    let is_ours = request.uri().host() == Some(PAYMENTS_HOST);
    if !is_ours && provider_of_webhook(request.uri().path()).is_none() {
        return give(empty(StatusCode::NOT_FOUND));
    }
    let Some(configured) = configured(&env) else {
        return give(souk_settings::closed());
    };
    let (edge, reporter) = (
        WorkersEdge::of_payments(env.clone()),
        WorkersEdge::of_payments(env),
    );
    let log = |line: &str| console_error!("{line}");
    if !is_ours
        && let Err(turned_away) = gate(&configured.address, Loopback::AsOthers, &request, log)
    {
        return give(*turned_away);
    }
    let stripe = configured.stripe.as_ref();
    let stripe = stripe.map(|settings| Stripe::new(&edge, settings));
    let stripe = stripe.iter().map(|provider| provider as &dyn AnyProvider);
    let providers: Vec<_> = stripe.collect();
    let figures = FIGURES.with(|figures| *figures);
    let response = souk_payments::handle(request, &edge, &providers, figures, log).await;
    let collector = configured.collector.as_ref();
    let report = collector.and_then(|collector| figures.report_due(collector, now_ms()));
    if let Some(report) = report {
        context.wait_until(async move {
            if let Err(error) = reporter.fetch(report).await {
                console_error!("report of figures: {error}");
            }
        });
    }
    give(response)
}

/// The settings of the deployment, read by the first request of an isolate; `None`: they are wrong.
fn configured(env: &Env) -> Option<&'static Configured> {
    CONFIGURED.with(|cell| {
        *cell.get_or_init(|| {
            let names = DEPLOYMENT_NAMES.iter().chain(stripe::Settings::NAMES);
            keep(Configured::read(&values(env, names)))
        })
    })
}

impl Configured {
    fn read(values: &Values) -> std::result::Result<Self, SettingsError> {
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
