//! Payments on Workers: in the same script, called by the storefront without a way over the
//! network; the providers are reached by `fetch`.
//!
//! The providers of the deployment are composed here: [`Configured`], the headers, [`handle`].

use bytes::Bytes;
use http::{Request, Response};
use js_sys::Uint8Array;
use souk_payments::{AnyProvider, ProviderSettings, SettingsError, Variables};
use souk_payments_stripe::{self as stripe, Stripe};
use souk_ports::{OutboundHttp, PaymentsClient, PortError};
use souk_protocol::payments;
use worker::{Env, Fetch, Headers, Method, RequestInit, RequestRedirect, console_error};

use crate::edge::{WorkersEdge, transient};
use crate::settings::settings;

/// Headers of the providers' answers that are looked at.
const ANSWER: [&str; 1] = stripe::ANSWER_HEADERS;
/// Headers of the providers' deliveries that are looked at.
pub(crate) const EVENT_HEADERS: [&str; 2] = [stripe::SIGNATURE_HEADER, "traceparent"];

/// The providers that the deployment has set up.
pub(crate) struct Configured {
    stripe: Option<stripe::Settings>,
}

/// The settings of the deployment.
///
/// # Errors
/// When they contradict each other.
pub(crate) fn read(env: &Env) -> Result<Configured, SettingsError> {
    Ok(Configured {
        stripe: settings_of(env)?,
    })
}

fn settings_of<S: ProviderSettings>(env: &Env) -> Result<Option<S>, SettingsError> {
    let value = |name: &str| {
        env.var(&name.to_ascii_uppercase())
            .map(|value| value.to_string())
    };
    let variables = S::VARIABLES.iter();
    let variables: Variables = variables
        .map(|&name| (name, value(name).unwrap_or_default()))
        .collect();
    S::read(&variables)
}

/// Whether shoppers and providers may reach this path from outside.
pub(crate) fn is_public(path: &str) -> bool {
    payments::provider_of_webhook(path).is_some()
}

/// Answers a request to payments.
///
/// # Errors
/// When the settings contradict each other.
pub(crate) async fn handle(
    request: Request<Bytes>,
    edge: &WorkersEdge,
) -> Result<Response<Bytes>, PortError> {
    let settings = settings(edge.env());
    let log = |line: &str| console_error!("payments: {line}");
    match &settings.payments {
        Ok(configured) => {
            let stripe = configured.stripe.as_ref();
            let stripe = stripe.map(|settings| Stripe::new(edge, settings));
            let stripe = stripe.iter().map(|provider| provider as &dyn AnyProvider);
            let providers: Vec<_> = stripe.collect();
            Ok(souk_payments::handle(request, edge, &providers, log).await)
        }
        Err(error) => {
            log(&error.to_string());
            Err(PortError::Unsupported(error.to_string()))
        }
    }
}

/// Lets payments do what is due.
pub(crate) async fn work(edge: &WorkersEdge) {
    let request = Request::post(payments::WORK_PATH).body(Bytes::new());
    let request = request.expect("a path of the protocol is a URI");
    match handle(request, edge).await {
        Ok(response) if !response.status().is_success() => {
            console_error!("payments: work: {}", response.status());
        }
        Ok(_) => {}
        Err(error) => console_error!("payments: work: {error}"),
    }
}

impl PaymentsClient for WorkersEdge {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        handle(request, self).await
    }
}

impl OutboundHttp for WorkersEdge {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let (parts, body) = request.into_parts();
        let headers = Headers::new();
        for (name, value) in &parts.headers {
            let value = value.to_str().map_err(transient)?;
            headers.set(name.as_str(), value).map_err(transient)?;
        }
        let mut init = RequestInit::new();
        init.with_method(Method::from(parts.method.as_str().to_owned()))
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual);
        if !body.is_empty() {
            init.with_body(Some(Uint8Array::from(body.as_ref()).into()));
        }
        let url = parts.uri.to_string();
        let request = worker::Request::new_with_init(&url, &init).map_err(transient)?;
        let mut answer = Fetch::Request(request).send().await.map_err(transient)?;
        let mut response = Response::builder().status(answer.status_code());
        for name in ANSWER {
            if let Some(value) = answer.headers().get(name).map_err(transient)? {
                response = response.header(name, value);
            }
        }
        let body = answer.bytes().await.map_err(transient)?;
        response.body(body.into()).map_err(transient)
    }
}
