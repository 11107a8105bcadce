//! Following an order without waiting for it: `Prefer: respond-async` (RFC 7240) and the stream of
//! its events.
//!
//! An order that is answered with 202 has its units like any other. What the client does not wait
//! for is the rest: payment, packing, shipping.
//!
//! A function has no place to keep a connection open, and needs none: each answer to an
//! `EventSource` brings what has happened since the last one and says when to reconnect (WHATWG
//! HTML, 9.2). So following costs nothing between two looks, and survives every restart.
//!
//! Not here: the order as JSON (`api`).

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use souk_ports::Edge;
use souk_protocol::origin::{OrderRecord, Status, StoredOrder};
use souk_protocol::public;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::json::{event_json, rfc3339};
use crate::orders::old::forget_texts;
use crate::orders::{api_paths, problems};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const EVENT_STREAM: &str = "text/event-stream";

/// When to look again at an order that waits for its payment, or that could not be read.
const RETRY_SOON_MS: u32 = 5_000;
/// When to look again at an order that waits for people.
const RETRY_LATER_MS: u32 = 60_000;

/// Whether a client asks to be answered as soon as the order is safe.
pub(crate) fn prefers_async(headers: &HeaderMap) -> bool {
    let all = headers.get_all(PREFER);
    let mut preferences = all
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','));
    preferences.any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(RESPOND_ASYNC)
    })
}

/// 202 for an order that is placed.
pub(crate) fn accepted(order: &StoredOrder, token: String) -> Response<Bytes> {
    let status_url = api_paths::order_opened(&order.id, &token);
    let body = public::AcceptedOrder {
        id: order.id.clone(),
        status: order.status.name().to_owned(),
        events_url: api_paths::order_events(&order.id, &token),
        token,
        status_url: status_url.clone(),
    };
    let mut response = reply::json(StatusCode::ACCEPTED, CachePolicy::Private, &body);
    reply::set_location(&mut response, &status_url);
    let applied = HeaderValue::from_static(RESPOND_ASYNC);
    response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    response
}

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/orders/{id}/events?token=`.
    pub(crate) async fn api_order_events(&self, id: &str) -> Outcome {
        let token = self.incoming.order_token();
        let record = match self.order(id, &token).await {
            Ok(Some(record)) => record,
            Ok(None) => return Err(problems::no_such_order().into()),
            // An `EventSource` that gets another status than 200 stops for good.
            Err(Failure::Unavailable(text) | Failure::OutcomeUnknown(text)) => {
                self.log_failure("unavailable", &text);
                return Ok(reconnect_after(RETRY_SOON_MS));
            }
            Err(Failure::Busy { retry_after_s }) => {
                return Ok(reconnect_after(retry_after_s.saturating_mul(1_000)));
            }
            Err(Failure::Closed) => return Ok(reconnect_after(RETRY_SOON_MS)),
            Err(
                other @ (Failure::Problem(_)
                | Failure::NotFound
                | Failure::Forbidden
                | Failure::SwitchedOff(_)
                | Failure::Broken { .. }
                | Failure::Internal(_)),
            ) => return Err(other),
        };
        let seen = self.incoming.request.headers().get(LAST_EVENT_ID);
        let seen = seen.and_then(|value| value.to_str().ok());
        // An ID that is no number is not ours: send all events; the client can tell them apart.
        let seen = seen.and_then(|text| text.trim().parse().ok());
        Ok(stream(&record, seen, self.is_closed(&record)))
    }
}

/// The events after `seen`, the last one that the client has; without free texts when the order is
/// closed.
fn stream(record: &OrderRecord, seen: Option<u32>, is_closed: bool) -> Response<Bytes> {
    let news = record.events.iter();
    let news: Vec<_> = news
        .filter(|event| seen.is_none_or(|seen| event.sequence > seen))
        .collect();
    if seen.is_some() && news.is_empty() && is_settled(record) {
        // Tells an EventSource to stop.
        let mut response = events(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(http::header::CONTENT_TYPE);
        return response;
    }
    let mut text = format!("retry: {}\n\n", retry_ms(record));
    let order = &record.order;
    if seen.is_none() {
        let placed = public::OrderEvent {
            at: rfc3339(order.placed_at_ms),
            event: "placed".to_owned(),
            amount: None,
            line: None,
            quantity: None,
            reason: None,
            carrier: None,
            tracking: None,
        };
        write_event(&mut text, 0, &placed);
    }
    for recorded in news {
        let Some(mut event) = event_json(recorded, &order.currency) else {
            continue;
        };
        if is_closed {
            forget_texts(&mut event);
        }
        write_event(&mut text, recorded.sequence, &event);
    }
    events(text)
}

fn write_event(text: &mut String, sequence: u32, event: &public::OrderEvent) {
    // JSON has no line breaks outside of its strings, and escapes those inside.
    let json = serde_json::to_string(event).expect("plain structs with text keys become JSON");
    let name = &event.event;
    write!(text, "id: {sequence}\nevent: {name}\ndata: {json}\n\n")
        .expect("a String takes every write");
}

fn events(text: String) -> Response<Bytes> {
    reply::body(StatusCode::OK, EVENT_STREAM, CachePolicy::Private, text)
}

fn reconnect_after(ms: u32) -> Response<Bytes> {
    events(format!("retry: {ms}\n\n"))
}

fn retry_ms(record: &OrderRecord) -> u32 {
    match record.progress.status {
        Status::AwaitingPayment => RETRY_SOON_MS,
        Status::Confirmed
        | Status::Allocated
        | Status::Shipped
        | Status::Delivered
        | Status::Returned
        | Status::Cancelled
        | Status::Expired => RETRY_LATER_MS,
    }
}

/// Whether nothing is expected to happen any more.
fn is_settled(record: &OrderRecord) -> bool {
    let ended = match record.progress.status {
        Status::AwaitingPayment | Status::Confirmed | Status::Allocated | Status::Shipped => false,
        Status::Delivered | Status::Returned | Status::Cancelled | Status::Expired => true,
    };
    let funds = record.progress.funds;
    ended && funds.refunding == 0 && funds.authorised == 0
}
