//! Routes of the payments function.
//!
//! `/payments/v1/…` is called by our own functions alone: the platform lets no other request get
//! there. The webhooks are public, one for each provider, and believe what the provider has signed.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use souk_ports::PaymentsPort;
use souk_protocol::payments::{
    self, BeginPayment, BeginReply, PaymentMethods, ReturnedReply, ShopperReturned,
    WEBHOOK_BYTES_MAX, WorkReport,
};
use souk_service_http::{BodyError, empty as status, json, never_cached};
use souk_settings::is_loopback_url;

use crate::completion::Payments;
use crate::figures::Figures;
use crate::providers::AnyProvider;
use crate::trouble::Trouble;
use crate::webhook::{Delivery, WebhookError};

/// Answers one request. `providers` are those that are set up: the first opens new pages, each of
/// them settles what was begun with it, and without any the shop takes no cards. `log` gets one
/// line for each failure and for what an operator should know; the response never carries it.
pub async fn handle<E: PaymentsPort>(
    request: Request<Bytes>,
    edge: &E,
    providers: &[&dyn AnyProvider],
    figures: &Figures,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let payments = Payments::new(edge, providers, request.headers(), figures, &log);
    let outcome = answer(&request, &payments).await;
    let mut response = outcome.unwrap_or_else(|trouble| {
        log(&format!("{}: {trouble}", request.uri().path()));
        figures.failures.add_one();
        status(match trouble.is_transient() {
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::INTERNAL_SERVER_ERROR,
        })
    });
    never_cached(&mut response);
    response
}

async fn answer<E: PaymentsPort>(
    request: &Request<Bytes>,
    payments: &Payments<'_, E>,
) -> Result<Response<Bytes>, Trouble> {
    let is_on = !payments.providers.is_empty();
    let post = request.method() == Method::POST;
    match request.uri().path() {
        payments::METHODS_PATH => Ok(json(&PaymentMethods {
            card: is_on,
            card_min: card_min(request, payments.providers),
            page_origins: page_origins(payments.providers),
        })),
        payments::BEGIN_PATH if post => match (is_on, read::<BeginPayment>(request)) {
            (false, _) => Ok(json(&BeginReply::Off)),
            (true, Some(begin)) if !may_serve(payments, &begin.return_url) => {
                Ok(json(&BeginReply::Off))
            }
            (true, Some(begin)) => Ok(json(&payments.begin(&begin).await?)),
            (true, None) => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        payments::RETURNED_PATH if post => match (is_on, read::<ShopperReturned>(request)) {
            (false, _) => Ok(json(&ReturnedReply::Off)),
            (true, Some(returned)) if !may_serve(payments, &returned.shop) => {
                Ok(json(&ReturnedReply::Off))
            }
            (true, Some(returned)) => Ok(json(&payments.returned(&returned).await?)),
            (true, None) => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        payments::WORK_PATH if post => match is_on {
            true => Ok(json(&payments.work().await?)),
            false => Ok(json(&WorkReport::default())),
        },
        payments::LIST_PATH if post => match read(request) {
            Some(asked) => match payments.list(&asked).await? {
                Some(listed) => Ok(json(&listed)),
                None => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
            },
            None => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        payments::BOOK_PATH if post => match read(request) {
            Some(named) => match payments.book(named).await? {
                Some(()) => Ok(status(StatusCode::NO_CONTENT)),
                None => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
            },
            None => Ok(status(StatusCode::UNPROCESSABLE_ENTITY)),
        },
        path => match provider_of(path, payments.providers) {
            Some(provider) if post => webhook(request, payments, provider).await,
            Some(_) => Ok(method_not_allowed()),
            None => Ok(status(StatusCode::NOT_FOUND)),
        },
    }
}

/// Whether shoppers of the shop at this address may pay here. The address comes from the storefront,
/// so this holds although this function's own `BASE_URL` is missing, which is a setting of each
/// function.
fn may_serve<E: PaymentsPort>(payments: &Payments<'_, E>, shop: &str) -> bool {
    if is_loopback_url(shop) {
        return true;
    }
    let mut providers = payments.providers.iter();
    let Some(test) = providers.find(|provider| provider.is_for_loopback()) else {
        return true;
    };
    (payments.log)(&format!(
        "no card is taken: {} has a key for test payments or a sandbox, and the shop is not on the \
         loopback: set a key for real money and BASE_URL of the payments function, or \
         PAYMENTS_TEST_MODE to true if test payments are meant",
        test.name()
    ));
    false
}

/// The provider whose webhook has this path, if it is set up.
fn provider_of<'a>(path: &str, providers: &[&'a dyn AnyProvider]) -> Option<&'a dyn AnyProvider> {
    let name = payments::provider_of_webhook(path)?;
    let found = providers.iter().find(|provider| provider.name() == name);
    found.copied()
}

/// The least that the provider takes which opens new pages.
fn card_min(request: &Request<Bytes>, providers: &[&dyn AnyProvider]) -> i64 {
    let query = request.uri().query().unwrap_or_default();
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let currency = parameters.find(|(name, _)| *name == payments::CURRENCY);
    match (providers.first(), currency) {
        (Some(provider), Some((_, currency))) => provider.amount_min(currency),
        (None, _) | (_, None) => 0,
    }
}

/// Where the pages are, each place once.
fn page_origins(providers: &[&dyn AnyProvider]) -> Vec<String> {
    let origins = providers.iter().map(|provider| provider.page_origin());
    let mut origins: Vec<_> = origins.map(str::to_owned).collect();
    origins.sort();
    origins.dedup();
    origins
}

async fn webhook<E: PaymentsPort>(
    request: &Request<Bytes>,
    payments: &Payments<'_, E>,
    provider: &dyn AnyProvider,
) -> Result<Response<Bytes>, Trouble> {
    let body = request.body();
    if body.len() > WEBHOOK_BYTES_MAX {
        return Ok(BodyError::TooLarge.response(WEBHOOK_BYTES_MAX));
    }
    let delivery = Delivery {
        headers: request.headers(),
        body,
        now_ms: payments.edge.now_ms(),
    };
    match provider.read(&delivery) {
        Ok(event) => {
            payments.figures.webhooks_accepted.add_one();
            payments.handle_event(provider, &event).await?;
            Ok(status(StatusCode::OK))
        }
        Err(error) => {
            payments.figures.count_refused(&error);
            if let Some(refused) = payments.figures.refusals_to_log(delivery.now_ms) {
                let name = provider.name();
                (payments.log)(&format!(
                    "deliveries refused since the last such line: {refused}; the latest one, of \
                     {name}: {error}"
                ));
            }
            let code = match &error {
                WebhookError::NoSecret => StatusCode::SERVICE_UNAVAILABLE,
                WebhookError::Forged(_) | WebhookError::OtherMode | WebhookError::NoEvent => {
                    StatusCode::BAD_REQUEST
                }
            };
            Ok(refusal(code, &error.to_string()))
        }
    }
}

fn method_not_allowed() -> Response<Bytes> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    let allow = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// A refusal with a text for the provider's own list of failed deliveries.
fn refusal(code: StatusCode, text: &str) -> Response<Bytes> {
    let mut response = status(code);
    *response.body_mut() = format!("{text}\n").into();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Option<T> {
    souk_json::read(request.body()).ok()
}
