//! Records and changes of orders, from the origin.
//!
//! The origin decides what is legal. This module decides what staff may do at all: what a payment
//! provider reports, and what is due by the clock, is not theirs to do.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::Value;
use souk_domain::OrderId;
use souk_ports::BackOffice;
use souk_protocol::limits;
use souk_protocol::origin::{self, Action, Actor, ChangeOrder, ChangeReply, Status};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, IllegalChange, Permission, StaffToken};
use souk_service_http::get;

use crate::access::forbidden;
use crate::origin::{passed_on, read, write};
use crate::reply::{Outcome, Record, invalid, key_reused, replayed, reply_record};
use crate::request::{KEY_PREFIX, body, idempotency_key};

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

/// A name that an order can have; there is nothing at any other one.
pub(crate) fn known_name(order: &str) -> Result<&str, Problem> {
    match OrderId::parse(order) {
        Ok(id) if id.as_str() == order => Ok(order),
        Ok(_) | Err(_) => Err(Problem::new(ProblemKind::NotFound)),
    }
}

/// The order as the origin has it.
pub(crate) async fn record<D: BackOffice>(
    back_office: &D,
    order: &str,
    caller: &StaffToken,
) -> Outcome {
    let order = known_name(order)?;
    let path = format!("{}?id={order}", origin::RECORD_PATH);
    // An order's name needs no escape.
    let response = back_office.send(get(&path)).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Problem::new(ProblemKind::NotFound).into());
    }
    let response = passed_on(response)?;
    let record: Record = read(response.body())?;
    Ok(reply_record(staff::READ_ORDER, &shown_to(caller, record)))
}

/// What is not personal of the details of an order; what is new there is, until it stands here.
const NOT_PERSONAL: [&str; 3] = ["delivery", "payment", "language"];

/// The record as a caller may see it: without personal fields unless the caller's token allows to
/// see them.
fn shown_to(caller: &StaffToken, mut record: Record) -> Record {
    if let Value::Object(details) = &mut record.order.details
        && !caller.may(Permission::Personal)
    {
        details.retain(|name, _| NOT_PERSONAL.contains(&name.as_str()));
    }
    record
}

/// Changes an order.
pub(crate) async fn change<D: BackOffice>(
    back_office: &D,
    order: &str,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let order = known_name(order)?;
    let key = idempotency_key(request.headers())?;
    let action = body(staff::CHANGE_ORDER, request)?;
    check_action(&action)?;
    check_permission(&action, caller)?;
    let change = ChangeOrder {
        key: format!("{KEY_PREFIX}{key}"),
        order: order.to_owned(),
        by: Actor::Staff,
        by_name: Some(caller.name.clone()),
        action,
    };
    let done = |record: Record| reply_record(staff::CHANGE_ORDER, &shown_to(caller, record));
    let changed: ChangeReply<Value> = write(back_office, origin::CHANGES_PATH, &change).await?;
    match changed {
        ChangeReply::Done { record } => Ok(done(*record)),
        ChangeReply::Already { record } => Ok(replayed(done(*record))),
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

/// Refuses what the caller's token does not allow. The endpoint lets in what moves orders and what
/// moves money; which of them an action does, only its body tells.
fn check_permission(action: &Action, caller: &StaffToken) -> Result<(), Problem> {
    let wanted: &[Permission] = match action {
        Action::ReceivePayment { .. }
        | Action::Refund { .. }
        | Action::SettleRefund { .. }
        | Action::FailRefund { .. } => &[Permission::Money],
        Action::Return { refund, .. } if *refund != Some(0) => {
            &[Permission::Orders, Permission::Money]
        }
        // Goods go without the money that is due for them.
        Action::Ship {
            unpaid_reason: Some(_),
            ..
        } => &[Permission::Orders, Permission::Money],
        Action::Allocate
        | Action::Ship { .. }
        | Action::Deliver
        | Action::Return { .. }
        | Action::Cancel { .. } => &[Permission::Orders],
        // Those that no token allows.
        Action::BeginPayment { .. }
        | Action::DeclinePayment { .. }
        | Action::Authorise { .. }
        | Action::Capture { .. }
        | Action::Void { .. }
        | Action::ReportRefund { .. }
        | Action::OpenDispute { .. }
        | Action::CloseDispute { .. }
        | Action::ReportMail { .. }
        | Action::SetQuantity { .. }
        | Action::SetAddress { .. }
        | Action::Expire => &[],
    };
    match wanted.iter().find(|&&permission| !caller.may(permission)) {
        Some(&permission) => Err(Problem::new(ProblemKind::Unauthorized)
            .with_status(403)
            .detail(forbidden(&[permission]))),
        None => Ok(()),
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
        | Action::OpenDispute { .. }
        | Action::CloseDispute { .. }
        | Action::ReportMail { .. }
        | Action::SetQuantity { .. }
        | Action::SetAddress { .. }
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
                "only the buyer, a payment provider or the clock does this; staff do {}",
                STAFF_ACTIONS.join(", ")
            );
            return Err(invalid("/action", detail));
        }
        Action::ReceivePayment { reference, .. } => vec![("/reference", reference)],
        Action::Cancel { reason } | Action::Refund { reason, .. } => vec![("/reason", reason)],
        Action::Allocate | Action::Deliver => vec![],
        Action::Ship {
            carrier,
            tracking,
            unpaid_reason,
        } => {
            if unpaid_reason
                .as_ref()
                .is_some_and(|reason| reason.trim().is_empty())
            {
                let detail = "say why the parcel goes before the money is there";
                return Err(invalid("/unpaid_reason", detail.to_owned()));
            }
            let mut texts = vec![("/carrier", carrier), ("/tracking", tracking)];
            texts.extend(
                unpaid_reason
                    .iter()
                    .map(|reason| ("/unpaid_reason", reason)),
            );
            texts
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for_staff(action: &str) -> bool {
        let action: Action = serde_json::from_str(action).expect(action);
        check_action(&action).is_ok()
    }

    #[test]
    fn who_may_not_see_personal_fields_sees_no_text_of_an_option() {
        let record = serde_json::json!({
            "order": {
                "id": "1", "status": "confirmed", "placed_at_ms": 0, "currency": "USD", "lines": [],
                "shipping": 0, "total": 0, "details": {"delivery": "post", "payment": "transfer",
                    "note": "Ring twice", "texts": {"0/engraving": "Anna"}},
            },
            "progress": {"status": "confirmed", "revision": 0, "returned": [], "funds": {
                "authorised": 0, "captured": 0, "refunding": 0, "refunded": 0, "disputed": 0}},
            "events": [],
        });
        let record: Record = serde_json::from_value(record).expect("a record");
        let shown = |permissions| {
            let caller = StaffToken {
                name: "packing".to_owned(),
                permissions,
                created_at_ms: 0,
                created_by: "owner".to_owned(),
                expires_at_ms: None,
                last_used_at_ms: None,
            };
            shown_to(&caller, record.clone()).order.details
        };
        let details = serde_json::json!({"delivery": "post", "payment": "transfer"});
        assert_eq!(shown(Vec::new()), details);
        let text = shown(vec![Permission::Personal])["texts"]["0/engraving"].take();
        assert_eq!(text, "Anna");
    }

    #[test]
    fn staff_report_nothing_in_the_name_of_a_provider() {
        for action in [
            r#"{"action":"report_refund","provider":"p","payment":"1","refund":"r","amount":5}"#,
            r#"{"action":"settle_refund","provider":"p","refund":"r","amount":5}"#,
            r#"{"action":"fail_refund","provider":"p","refund":"r","amount":5,"reason":""}"#,
            r#"{"action":"fail_refund","request":3,"refund":"r","amount":5,"reason":""}"#,
            r#"{"action":"authorise","provider":"p","payment":"1","amount":5}"#,
            r#"{"action":"report_mail","mail":"shipped","problem":"bounced","detail":""}"#,
            r#"{"action":"set_quantity","line":0,"quantity":1}"#,
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
