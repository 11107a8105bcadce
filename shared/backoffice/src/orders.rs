//! Orders in the staff API: worklists and reports from the order index, records and changes from
//! the origin.
//!
//! What is legal is the origin's to say; what may be staff's at all is said here: what a provider
//! reports and what the clock does is not.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use souk_domain::OrderId;
use souk_ports::{BackOffice, PortError};
use souk_protocol::back_office::{
    self, IllegalChange, Place, Sort, WORKLIST_ITEMS_MAX, WorklistQuery,
};
use souk_protocol::life::{
    self, Action, Actor, ChangeOrder, ChangeReply, OrderRecord, ReceiptReply, StockReceipt,
};
use souk_protocol::limits;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::trade::Status;
use souk_service_http::{get, json};

use crate::order_index::OrderIndex;
use crate::staff::{Failure, Outcome, closed, passed_on};

/// Keys of staff are kept apart from those of shoppers, of a provider and of the clock.
const KEY_PREFIX: &str = "staff/";
const KEY_BYTES_MAX: usize = limits::IDEMPOTENCY_KEY_BYTES_MAX - KEY_PREFIX.len();

/// What staff may do to an order.
const STAFF_ACTIONS: [&str; 9] = [
    "allocate",
    "cancel",
    "deliver",
    "fail_refund",
    "receive_payment",
    "refund",
    "return",
    "settle_refund",
    "ship",
];

/// Orders of the order index that a query asks for.
pub(crate) async fn worklist<B: OrderIndex>(index: &B, query: &str) -> Outcome {
    Ok(json(&index.worklist(&worklist_query(query)?).await?))
}

/// What the order index knows of an order.
pub(crate) async fn indexed<B: OrderIndex>(index: &B, order: &str) -> Outcome {
    match index.order(known_name(order)?).await? {
        Some(indexed) => Ok(json(&indexed)),
        None => Err(Problem::new(ProblemKind::NotFound).into()),
    }
}

/// A name that an order can have; there is nothing at any other one.
fn known_name(order: &str) -> Result<&str, Problem> {
    match OrderId::parse(order) {
        Ok(id) if id.as_str() == order => Ok(order),
        Ok(_) | Err(_) => Err(Problem::new(ProblemKind::NotFound)),
    }
}

fn worklist_query(text: &str) -> Result<WorklistQuery, Problem> {
    let mut query = WorklistQuery {
        status: None,
        sort: Sort::Newest,
        after: None,
        limit: WORKLIST_ITEMS_MAX,
    };
    let mut errors = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let mut wrong = |detail: String| {
            errors.push(FieldError {
                pointer: format!("?{name}"),
                detail,
            });
        };
        match name.as_ref() {
            "status" => match Status::ALL
                .into_iter()
                .find(|status| status.name() == value)
            {
                Some(status) => query.status = Some(status),
                None => wrong(format!(
                    "one of {}",
                    Status::ALL.map(Status::name).join(", ")
                )),
            },
            "sort" => match value.as_ref() {
                "newest" => query.sort = Sort::Newest,
                "oldest" => query.sort = Sort::Oldest,
                _ => wrong("newest or oldest".to_owned()),
            },
            "after" => match place(&value) {
                Some(place) => query.after = Some(place),
                None => wrong("take it from the page before".to_owned()),
            },
            "limit" => match value.parse() {
                Ok(limit @ 1..=WORKLIST_ITEMS_MAX) => query.limit = limit,
                Ok(_) | Err(_) => wrong(format!("a number from 1 to {WORKLIST_ITEMS_MAX}")),
            },
            _ => wrong("there is no such parameter".to_owned()),
        }
    }
    if errors.is_empty() {
        return Ok(query);
    }
    let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
    problem.errors = errors;
    Err(problem)
}

/// What [`back_office::Worklist::after`] says.
fn place(text: &str) -> Option<Place> {
    let (at_ms, order) = text.split_once('.')?;
    let placed_at_ms = at_ms
        .parse()
        .ok()
        .filter(|at_ms| (0..1 << 53).contains(at_ms))?;
    let order = known_name(order).ok()?.to_owned();
    Some(Place {
        placed_at_ms,
        order,
    })
}

/// The order as the origin has it.
pub(crate) async fn record<D: BackOffice>(back_office: &D, order: &str) -> Outcome {
    let order = known_name(order)?;
    let path = format!("{}?id={order}", life::RECORD_PATH);
    // An order's name needs no escape.
    let response = back_office.send(get(&path)).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Problem::new(ProblemKind::NotFound).into());
    }
    let response = passed_on(response)?;
    let record: OrderRecord = read(response.body())?;
    Ok(json(&without_token(record)))
}

/// The token is the shopper's key to the order's page; staff have one of their own to everything.
fn without_token(mut record: OrderRecord) -> OrderRecord {
    record.order.token = String::new();
    record
}

/// Changes an order.
pub(crate) async fn change<D: BackOffice>(
    back_office: &D,
    order: &str,
    request: &Request<Bytes>,
) -> Outcome {
    let order = known_name(order)?;
    let key = idempotency_key(request.headers())?;
    let action: Action = body(request)?;
    check_action(&action)?;
    let asked = ChangeOrder {
        key: format!("{KEY_PREFIX}{key}"),
        order: order.to_owned(),
        token: None,
        by: Actor::Staff,
        action,
    };
    let answer = write(back_office, life::CHANGES_PATH, souk_sql::json(&asked)).await?;
    match read(&answer)? {
        ChangeReply::Done { record } => Ok(json(&without_token(*record))),
        ChangeReply::Already { record } => Ok(replayed(json(&without_token(*record)))),
        ChangeReply::UnknownOrder => Err(Problem::new(ProblemKind::NotFound).into()),
        ChangeReply::KeyUsedForOtherChange => Err(key_reused("another change of this order")),
        ChangeReply::Illegal {
            status,
            problem,
            possible,
            legal,
        } => {
            let legal: Vec<String> = legal
                .into_iter()
                .filter(|name| STAFF_ACTIONS.contains(&name.as_str()))
                .collect();
            let illegal = illegal(status, &problem, possible, legal);
            Ok(souk_service_http::problem(409, &illegal))
        }
    }
}

fn illegal(
    status: Status,
    problem: &str,
    possible: Option<i64>,
    legal: Vec<String>,
) -> IllegalChange {
    let what = match (problem, possible) {
        ("amount", Some(possible)) => format!("the amount is not possible, {possible} is"),
        ("units", _) => "the order has no such units to give back".to_owned(),
        _ => "the order does not allow this now".to_owned(),
    };
    let now = match legal.is_empty() {
        true => "nothing is legal any more".to_owned(),
        false => format!("legal now: {}", legal.join(", ")),
    };
    let detail = format!("{what}; it is {}; {now}", status.name());
    IllegalChange {
        problem: Problem::new(ProblemKind::Conflict).detail(detail),
        order_status: status,
        possible,
        legal,
    }
}

/// Refuses what is not staff's to do, and texts that are too long.
fn check_action(action: &Action) -> Result<(), Problem> {
    let texts: Vec<(&str, &String)> = match action {
        Action::BeginPayment { .. }
        | Action::DeclinePayment { .. }
        | Action::Authorise { .. }
        | Action::Capture { .. }
        | Action::Void { .. }
        | Action::ReportRefund { .. }
        | Action::SettleRefund {
            provider: Some(_), ..
        }
        | Action::FailRefund {
            provider: Some(_), ..
        }
        | Action::FailRefund {
            request: Some(_), ..
        }
        | Action::Expire => {
            let detail = format!(
                "only a payment provider or the clock does this; staff do {}",
                STAFF_ACTIONS.join(", ")
            );
            return Err(invalid("/action", detail));
        }
        Action::ReceivePayment { reference, .. } => vec![("/reference", reference)],
        Action::Cancel { reason } | Action::Refund { reason, .. } => vec![("/reason", reason)],
        Action::Allocate | Action::Deliver => vec![],
        Action::Ship { carrier, tracking } => vec![("/carrier", carrier), ("/tracking", tracking)],
        Action::Return { reason, .. } => vec![("/reason", reason)],
        Action::SettleRefund { refund, .. } => vec![("/refund", refund)],
        Action::FailRefund { refund, reason, .. } => {
            vec![("/refund", refund), ("/reason", reason)]
        }
    };
    let max = limits::NOTE_CHARS_MAX;
    match texts.iter().find(|(_, text)| text.chars().count() > max) {
        Some((pointer, _)) => Err(invalid(pointer, format!("at most {max} characters"))),
        None => Ok(()),
    }
}

/// Books units that come in, or are missing.
pub(crate) async fn receive<D: BackOffice>(back_office: &D, request: &Request<Bytes>) -> Outcome {
    let key = idempotency_key(request.headers())?;
    let receipt: back_office::Receipt = body(request)?;
    check_receipt(&receipt)?;
    let asked = StockReceipt {
        home: None,
        key: key.to_owned(),
        lines: receipt.lines,
        reason: receipt.reason,
    };
    let answer = write(back_office, life::RECEIPTS_PATH, souk_sql::json(&asked)).await?;
    match read(&answer)? {
        ReceiptReply::Done { accounts } => Ok(json(&accounts)),
        ReceiptReply::KeyUsedForOtherReceipt => Err(key_reused("another receipt")),
        ReceiptReply::UnknownSku { sku } => {
            let detail = format!("the shop has no account for {sku}: publish it first");
            let mut problem = Problem::new(ProblemKind::UnknownSku).detail(detail);
            problem.sku = Some(sku);
            Err(problem.into())
        }
        ReceiptReply::TooFew { sku, available } => {
            let detail =
                format!("more units of {sku} are said to be missing than are on the shelf");
            let mut problem = Problem::new(ProblemKind::Conflict).detail(detail);
            (problem.sku, problem.available) = (Some(sku), Some(available));
            Err(problem.into())
        }
    }
}

fn check_receipt(receipt: &back_office::Receipt) -> Result<(), Problem> {
    let max = limits::OFFERS_PER_MESSAGE_MAX;
    if receipt.lines.is_empty() || receipt.lines.len() > max {
        return Err(invalid("/lines", format!("1 to {max} lines")));
    }
    let mut skus = std::collections::BTreeSet::new();
    for (at, line) in receipt.lines.iter().enumerate() {
        if !skus.insert(line.sku.as_str()) {
            return Err(invalid(
                &format!("/lines/{at}/sku"),
                "each SKU once".to_owned(),
            ));
        }
        // As many as the origin takes.
        if line.units == 0 || line.units.unsigned_abs() > 1_000_000_000_000 {
            let detail = "a number of units that is not 0".to_owned();
            return Err(invalid(&format!("/lines/{at}/units"), detail));
        }
    }
    let chars = receipt.reason.chars().count();
    if receipt.reason.trim().is_empty() || chars > limits::NOTE_CHARS_MAX {
        let detail = format!("1 to {} characters", limits::NOTE_CHARS_MAX);
        return Err(invalid("/reason", detail));
    }
    Ok(())
}

pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        let detail = "send a new random key with each change, and the same one when you repeat it";
        return Err(Problem::new(ProblemKind::IdempotencyKeyMissing).detail(detail));
    };
    match key.to_str() {
        Ok(key) if (1..=KEY_BYTES_MAX).contains(&key.len()) => Ok(key),
        Ok(_) | Err(_) => {
            let detail = format!("a key has 1 to {KEY_BYTES_MAX} ASCII characters");
            Err(Problem::new(ProblemKind::InvalidRequest)
                .with_status(400)
                .detail(detail))
        }
    }
}

/// The body as JSON of a shape.
pub(crate) fn body<T: serde::de::DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Problem> {
    // 1,000 lines of a receipt with SKUs of 255 bytes are below 300 KB.
    if request.body().len() > 1024 * 1024 {
        return Err(Problem::new(ProblemKind::BodyTooLarge));
    }
    serde_json::from_slice(request.body()).map_err(|error| {
        let problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
        problem.detail(error.to_string())
    })
}

pub(crate) fn invalid(pointer: &str, detail: String) -> Problem {
    let mut problem = Problem::new(ProblemKind::InvalidRequest);
    problem.errors = vec![FieldError {
        pointer: pointer.to_owned(),
        detail,
    }];
    problem
}

pub(crate) fn key_reused(what: &str) -> Failure {
    let detail = format!("the key was used before for {what}: take a new one");
    Problem::new(ProblemKind::IdempotencyKeyReused)
        .detail(detail)
        .into()
}

/// Asks the origin to write something.
pub(crate) async fn write<D: BackOffice>(
    back_office: &D,
    path: &str,
    body: String,
) -> Result<Bytes, Failure> {
    let json = HeaderValue::from_static("application/json");
    let request = Request::post(path).header(header::CONTENT_TYPE, json);
    let request = request.body(Bytes::from(body));
    let request = request.expect("a path of the protocol is a URI");
    let response = back_office.send(request).await.map_err(unknown)?;
    match response.status() {
        status if status.is_success() => Ok(response.into_body()),
        StatusCode::LOCKED => Err(closed()),
        status => {
            let text = format!("the origin said {status} to {path}");
            Err(unknown(PortError::Transient(text)))
        }
    }
}

/// A write without an answer may have been carried out.
fn unknown(error: PortError) -> Failure {
    match error {
        PortError::Transient(_) => {
            let detail = "send the same request with the same key: it is carried out once";
            Failure::Unknown(
                error,
                Box::new(Problem::new(ProblemKind::OutcomeUnknown).detail(detail)),
            )
        }
        PortError::Unsupported(_) => Failure::Port(error),
    }
}

/// What the origin said.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| PortError::Transient(format!("the origin's reply: {error}")).into())
}

pub(crate) fn replayed(mut response: http::Response<Bytes>) -> http::Response<Bytes> {
    let yes = HeaderValue::from_static("true");
    response.headers_mut().insert("idempotent-replayed", yes);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for_staff(action: &str) -> bool {
        let action: Action = serde_json::from_str(action).expect(action);
        check_action(&action).is_ok()
    }

    #[test]
    fn staff_report_nothing_in_the_name_of_a_provider() {
        for action in [
            r#"{"action":"report_refund","provider":"p","payment":"1","refund":"r","amount":5}"#,
            r#"{"action":"settle_refund","provider":"p","refund":"r","amount":5}"#,
            r#"{"action":"fail_refund","provider":"p","refund":"r","amount":5,"reason":""}"#,
            r#"{"action":"fail_refund","request":3,"refund":"r","amount":5,"reason":""}"#,
            r#"{"action":"authorise","provider":"p","payment":"1","amount":5}"#,
        ] {
            assert!(!is_for_staff(action), "{action}");
        }
        for action in [
            r#"{"action":"refund","amount":5,"reason":"made at the payment provider: x"}"#,
            r#"{"action":"settle_refund","refund":"r","amount":5}"#,
            r#"{"action":"fail_refund","refund":"r","amount":5,"reason":""}"#,
        ] {
            assert!(is_for_staff(action), "{action}");
        }
    }
}
