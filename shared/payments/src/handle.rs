//! Routes of the payments function.
//!
//! Whoever calls `/payments/v1/…` is one of our own functions: the platform lets nobody else get
//! there. The webhook is public and believes nobody without a signature.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use souk_ports::Till;
use souk_protocol::payments::{
    self, BeginReply, PaymentMethods, ReturnedReply, WEBHOOK_BYTES_MAX, WorkReport,
};
use souk_service_http::{BodyError, empty as status, json, never_cached};

use crate::completion::Cashier;
use crate::origin::Trouble;
use crate::settings::Settings;
use crate::signature;
use crate::stripe::Stripe;
use crate::webhook::Event;

/// Answers one request. `log` gets one line for each failure and for what a person should know;
/// the response never carries it.
pub async fn handle<E: Till>(
    request: Request<Bytes>,
    edge: &E,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let stripe = Stripe::new(edge, settings);
    let cashier = Cashier::new(edge, &stripe, request.headers(), &log);
    let outcome = answer(&request, &cashier, settings).await;
    let mut response = outcome.unwrap_or_else(|trouble| {
        log(&format!("{}: {trouble}", request.uri().path()));
        status(match trouble.is_transient() {
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::INTERNAL_SERVER_ERROR,
        })
    });
    never_cached(&mut response);
    response
}

type OfStripe<'a, 's, E> = Cashier<'a, E, Stripe<'s, E>>;

async fn answer<E: Till>(
    request: &Request<Bytes>,
    cashier: &OfStripe<'_, '_, E>,
    settings: &Settings,
) -> Result<Response<Bytes>, Trouble> {
    let is_on = settings.is_on();
    let post = request.method() == Method::POST;
    match request.uri().path() {
        payments::METHODS_PATH => Ok(json(&PaymentMethods {
            card: is_on,
            page_origin: match is_on {
                true => settings.page_origin.clone(),
                false => String::new(),
            },
        })),
        payments::BEGIN_PATH if post => match (is_on, read(request)) {
            (false, _) => Ok(json(&BeginReply::Off)),
            (true, Some(begin)) => Ok(json(&cashier.begin(&begin).await?)),
            (true, None) => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        payments::RETURNED_PATH if post => match (is_on, read(request)) {
            (false, _) => Ok(json(&ReturnedReply::Off)),
            (true, Some(returned)) => Ok(json(&cashier.returned(&returned).await?)),
            (true, None) => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        payments::WORK_PATH if post => match is_on {
            true => Ok(json(&cashier.work().await?)),
            false => Ok(json(&WorkReport::default())),
        },
        payments::STRIPE_WEBHOOK_PATH if is_on => match post {
            true => webhook(request, cashier, settings).await,
            false => Ok(method_not_allowed()),
        },
        _ => Ok(status(StatusCode::NOT_FOUND)),
    }
}

async fn webhook<E: Till>(
    request: &Request<Bytes>,
    cashier: &OfStripe<'_, '_, E>,
    settings: &Settings,
) -> Result<Response<Bytes>, Trouble> {
    let body = request.body();
    if body.len() > WEBHOOK_BYTES_MAX {
        return Ok(BodyError::TooLarge.response(WEBHOOK_BYTES_MAX));
    }
    if settings.webhook_secrets.is_empty() {
        (cashier.log)("a webhook came, and the deployment has no secret to check it with");
        return Ok(status(StatusCode::SERVICE_UNAVAILABLE));
    }
    let signature = request.headers().get("stripe-signature");
    let signature = signature.and_then(|value| value.to_str().ok());
    let now_s = cashier.edge.now_ms() / 1000;
    let verified = signature::verify(
        signature.unwrap_or_default(),
        body,
        &settings.webhook_secrets,
        now_s,
    );
    if let Err(error) = verified {
        (cashier.log)(&format!("a webhook was refused: {error}"));
        return Ok(refusal(StatusCode::BAD_REQUEST, &error.to_string()));
    }
    match Event::read(body) {
        Ok(event) => cashier.hear(&event).await?,
        Err(error) => {
            (cashier.log)(&format!("a webhook is no event: {error}"));
            return Ok(refusal(StatusCode::BAD_REQUEST, "the body is no event"));
        }
    }
    Ok(status(StatusCode::OK))
}

fn method_not_allowed() -> Response<Bytes> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    let allow = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// For whoever looks at failed deliveries in the provider's dashboard.
fn refusal(code: StatusCode, text: &str) -> Response<Bytes> {
    let mut response = status(code);
    *response.body_mut() = format!("{text}\n").into();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Option<T> {
    serde_json::from_slice(request.body()).ok()
}
