//! Routes of the mail function.
//!
//! `/mail/v1/events` is public, and believes what the provider has signed. The other routes are called
//! by our own functions alone: the platform lets no other request get there.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use souk_origin_client::OriginError;
use souk_protocol::mail::{EVENT_BYTES_MAX, EVENTS_PATH, MailStatus, STATUS_PATH, WORK_PATH};
use souk_service_http::{BodyError, empty as status, json, never_cached};

use crate::events;
use crate::figures::Figures;
use crate::settings::Settings;
use crate::signature::verify;
use crate::texts::MailTexts;
use crate::work::{MailPort, Mails};

/// Answers one request. `log` gets one line for each failure, without a personal field.
pub async fn handle<E: MailPort, T: MailTexts>(
    request: Request<Bytes>,
    edge: &E,
    texts: &T,
    settings: &Settings,
    figures: &Figures,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let mails = Mails::new(edge, settings, texts, request.headers(), figures, &log);
    let outcome = answer(&request, &mails).await;
    let mut response = outcome.unwrap_or_else(|error| {
        log(&format!("{}: {error}", request.uri().path()));
        status(match error {
            OriginError::Silent(_) => StatusCode::SERVICE_UNAVAILABLE,
            OriginError::Corrupt(_) => StatusCode::INTERNAL_SERVER_ERROR,
        })
    });
    never_cached(&mut response);
    response
}

async fn answer<E: MailPort, T: MailTexts>(
    request: &Request<Bytes>,
    mails: &Mails<'_, E, T>,
) -> Result<Response<Bytes>, OriginError> {
    let provider = &mails.settings.provider;
    match (request.uri().path(), request.method()) {
        (WORK_PATH, &Method::POST) => Ok(json(&mails.work().await?)),
        (STATUS_PATH, &Method::GET) => Ok(json(&MailStatus {
            on: provider.is_on(),
            provider: provider.name().to_owned(),
        })),
        (EVENTS_PATH, &Method::POST) => event(request, mails).await,
        (WORK_PATH | EVENTS_PATH, _) => Ok(method_not_allowed("POST")),
        (STATUS_PATH, _) => Ok(method_not_allowed("GET")),
        _ => Ok(status(StatusCode::NOT_FOUND)),
    }
}

async fn event<E: MailPort, T: MailTexts>(
    request: &Request<Bytes>,
    mails: &Mails<'_, E, T>,
) -> Result<Response<Bytes>, OriginError> {
    let (headers, body) = (request.headers(), request.body());
    if body.len() > EVENT_BYTES_MAX {
        return Ok(BodyError::TooLarge.response(EVENT_BYTES_MAX));
    }
    let now_s = mails.edge.now_ms().div_euclid(1_000);
    let id = match verify(headers, body, &mails.settings.event_secrets, now_s) {
        Ok(id) => id,
        Err(error) => {
            mails.figures.events_refused.add_one();
            return Ok(refusal(&error.to_string()));
        }
    };
    match events::read(body) {
        Ok(report) => {
            mails.figures.events_accepted.add_one();
            if let Some(report) = report {
                mails.record(id, report).await?;
            }
            Ok(status(StatusCode::NO_CONTENT))
        }
        Err(_) => {
            mails.figures.events_refused.add_one();
            Ok(refusal("this is no event"))
        }
    }
}

fn method_not_allowed(allowed: &'static str) -> Response<Bytes> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    let allow = HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// A refusal with a text for the provider's own list of failed deliveries.
fn refusal(text: &str) -> Response<Bytes> {
    let mut response = status(StatusCode::BAD_REQUEST);
    *response.body_mut() = format!("{text}\n").into();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
