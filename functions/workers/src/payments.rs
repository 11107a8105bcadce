//! Payments on Workers: in the same script, called by the storefront without a way over the
//! network; the provider is reached by `fetch`.

use bytes::Bytes;
use http::{Request, Response};
use js_sys::Uint8Array;
use souk_payments::{Settings, SettingsError};
use souk_ports::{OutboundHttp, PaymentsClient, PortError};
use souk_protocol::payments;
use worker::{Env, Fetch, Headers, Method, RequestInit, RequestRedirect, console_error};

use crate::edge::{WorkersEdge, transient};
use crate::settings::settings;

/// Headers of the provider's answers that somebody looks at.
const ANSWER: [&str; 1] = ["idempotent-replayed"];

/// The settings of the deployment.
///
/// # Errors
/// When they contradict each other.
pub(crate) fn read(env: &Env) -> Result<Settings, SettingsError> {
    let text = |name: &str| {
        env.var(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    Settings::new(
        &text("STRIPE_SECRET_KEY"),
        &text("STRIPE_WEBHOOK_SECRETS"),
        &text("PAYMENT_SANDBOX_PORT"),
        &text("STRIPE_PAGE_ORIGIN"),
    )
}

/// Whether shoppers and the provider may reach this path from outside.
pub(crate) fn is_public(path: &str) -> bool {
    path == payments::STRIPE_WEBHOOK_PATH
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
        Ok(settings) => Ok(souk_payments::handle(request, edge, settings, log).await),
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
