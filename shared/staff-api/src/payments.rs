//! Payments in the staff API: what the providers have and the books do not.
//!
//! One request compares one page of payments, so that its work has a bound; the origin is asked for
//! each order once.
//!
//! Not here: what the providers have, and how a payment is booked (the payments function).

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{Request, Response, StatusCode};
use souk_ports::{BackOffice, PortError};
use souk_protocol::origin::{Event, RECORD_PATH};
use souk_protocol::payments::{BOOK_PATH, LIST_PATH, ListPayments, TakenPayment, TakenPayments};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::staff::{self, Mismatch, UnmatchedPayment, UnmatchedPayments};
use souk_service_http::{get, json_bytes, post};

use crate::orders::known_name;
use crate::origin::{passed_on, read};
use crate::reply::{Failure, Outcome, Record, reply};
use crate::request::body;

/// Orders that the origin is asked for at the same time.
const READS: usize = 8;
/// Longest position of a page: the name of a provider, and its name of a payment.
const AFTER_BYTES_MAX: usize = 300;

/// What is wrong with a position that no page has.
const NO_PAGE: (&str, &str) = ("?after", "take it from the page before");

/// Compares a page of payments with the books.
pub(crate) async fn unmatched<D: BackOffice>(back_office: &D, query: &str) -> Outcome {
    let asked = asked(query)?;
    let answer = back_office.ask_payments(post(LIST_PATH, json_bytes(&asked)));
    let listed: TakenPayments = match answer.await {
        Ok(response) => read(&succeeded(response, NO_PAGE)?)?,
        // A deployment without payments has taken none.
        Err(PortError::Unsupported(_)) => TakenPayments::default(),
        Err(error) => return Err(error.into()),
    };
    let records = records(back_office, &listed.payments).await?;
    let compared = u32::try_from(listed.payments.len()).unwrap_or(u32::MAX);
    let payments = listed.payments.into_iter();
    let payments = payments.filter_map(|taken| {
        let record = records.get(&taken.order).and_then(Option::as_ref);
        mismatch(taken, record)
    });
    let page = UnmatchedPayments {
        compared,
        payments: payments.collect(),
        after: listed.after,
    };
    Ok(reply(staff::LIST_UNMATCHED_PAYMENTS, &page))
}

/// Has what the provider knows of a payment booked on its order.
pub(crate) async fn book<D: BackOffice>(back_office: &D, request: &Request<Bytes>) -> Outcome {
    let named = body(staff::BOOK_PAYMENT, request)?;
    let answer = back_office.ask_payments(post(BOOK_PATH, json_bytes(&named)));
    let unknown = ("/provider", "a payment provider that is set up");
    succeeded(answer.await?, unknown)?;
    Ok(souk_service_http::empty(StatusCode::NO_CONTENT))
}

fn succeeded(answer: Response<Bytes>, (pointer, detail): (&str, &str)) -> Result<Bytes, Failure> {
    match answer.status() {
        status if status.is_success() => Ok(answer.into_body()),
        StatusCode::UNPROCESSABLE_ENTITY => Err(wrong(pointer, detail)),
        status => Err(PortError::Transient(format!("payments said {status}")).into()),
    }
}

/// What the query asks for.
fn asked(query: &str) -> Result<ListPayments, Failure> {
    let (mut since_ms, mut after) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "since" => since_ms = value.parse().ok().filter(|ms| (0..1 << 53).contains(ms)),
            "after" if value.len() <= AFTER_BYTES_MAX => after = Some(value.into_owned()),
            "after" => return Err(wrong(NO_PAGE.0, NO_PAGE.1)),
            other => return Err(wrong(&format!("?{other}"), "there is no such parameter")),
        }
    }
    let since_ms = since_ms.ok_or_else(|| wrong("?since", "a moment in milliseconds since 1970"));
    Ok(ListPayments {
        since_ms: since_ms?,
        after,
    })
}

fn wrong(pointer: &str, detail: &str) -> Failure {
    let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
    problem.errors = vec![FieldError {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    }];
    problem.into()
}

/// The orders of payments, those that there are.
async fn records<D: BackOffice>(
    back_office: &D,
    payments: &[TakenPayment],
) -> Result<BTreeMap<String, Option<Record>>, Failure> {
    let mut records = BTreeMap::new();
    for payment in payments {
        records.insert(payment.order.clone(), None);
    }
    // No order has another name; it may be one of another shop with the same account.
    let names = records.keys().filter_map(|name| known_name(name).ok());
    let names: Vec<String> = names.map(str::to_owned).collect();
    for some in names.chunks(READS) {
        let found = some.iter().map(|name| record(back_office, name));
        let found = try_join_all(found).await?;
        records.extend(some.iter().cloned().zip(found));
    }
    Ok(records)
}

async fn record<D: BackOffice>(back_office: &D, order: &str) -> Result<Option<Record>, Failure> {
    // An order's name needs no escape.
    let path = format!("{RECORD_PATH}?id={order}");
    let response = back_office.send(get(&path)).await?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        _ => read(passed_on(response)?.body()).map(Some),
    }
}

/// The payment, if the books do not have all of it.
fn mismatch(taken: TakenPayment, record: Option<&Record>) -> Option<UnmatchedPayment> {
    let booked = record.map_or(0, |record| booked(&taken, record));
    let left = taken.authorised + taken.captured - taken.refunded;
    let mismatch = match record {
        None if left > 0 => Some(Mismatch::UnknownOrder),
        Some(_) if left > booked => Some(Mismatch::NotBooked),
        // What went back of another payment than the order's is none of its books.
        Some(record) if booked > 0 => lacks(&taken, record),
        Some(_) | None => None,
    };
    mismatch.map(|mismatch| UnmatchedPayment {
        taken,
        mismatch,
        booked,
    })
}

/// What the books lack of the money that went away from the payment of an order.
fn lacks(taken: &TakenPayment, record: &Record) -> Option<Mismatch> {
    let funds = &record.progress.funds;
    let lost = |event: &Event| match event {
        Event::DisputeLost { amount, .. } => *amount,
        _ => 0,
    };
    let lost: i64 = record.events.iter().map(|one| lost(&one.event)).sum();
    if taken.refunded > funds.refunded - lost + funds.refunding {
        return Some(Mismatch::RefundNotBooked);
    }
    // A bank may name more than was left of a payment; the books have what was.
    let has_more = funds.captured - funds.refunding - funds.refunded - funds.disputed > 0;
    let took_more = taken.disputed + taken.lost > funds.disputed + lost;
    let has_decided = taken.disputed < funds.disputed;
    (has_decided || (took_more && has_more)).then_some(Mismatch::DisputeNotBooked)
}

/// What the history of an order has of a payment.
fn booked(taken: &TakenPayment, record: &Record) -> i64 {
    let of_it = |provider: &str, payment: &str| {
        provider == taken.provider
            && payment == taken.payment
            && taken.currency == record.order.currency
    };
    let amount = |event: &Event| {
        if let Event::PaymentCaptured {
            provider,
            payment,
            amount,
            ..
        } = event
            && of_it(provider, payment)
        {
            return *amount;
        }
        if let Event::PaymentAuthorised {
            provider,
            payment,
            amount,
        } = event
            && taken.captured == 0
            && of_it(provider, payment)
        {
            return *amount;
        }
        0
    };
    let events = record.events.iter();
    events.map(|recorded| amount(&recorded.event)).sum()
}
