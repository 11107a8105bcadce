//! Repairs in the staff API: the origin corrects what the audit names.
//!
//! Not here: what is right (`souk_domain::Recount`), and drift that only the staff can resolve.

use bytes::Bytes;
use http::Request;
use souk_ports::BackOffice;
use souk_protocol::limits;
use souk_protocol::origin::{REPAIRS_PATH, RepairBooks, RepairReply, Subject};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, RepairRequest, StaffToken};

use crate::origin::write;
use crate::reply::{Outcome, invalid, key_reused, replayed, reply};
use crate::request::{body, idempotency_key};

/// Asks the origin for a repair, or for what it would be.
pub(crate) async fn repair<D: BackOffice>(
    back_office: &D,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let key = idempotency_key(request.headers())?;
    let asked = body(staff::REPAIR, request)?;
    let message = RepairBooks {
        by_name: Some(caller.name.clone()),
        key: key.to_owned(),
        home: None,
        subject: subject(&asked)?,
        reason: asked.reason,
        preview: asked.preview,
    };
    let done = |repair| reply(staff::REPAIR, &repair);
    match write(back_office, REPAIRS_PATH, &message).await? {
        RepairReply::Done { repair } | RepairReply::Would { repair } => Ok(done(repair)),
        RepairReply::Already { repair } => Ok(replayed(done(repair))),
        RepairReply::KeyUsedForSomethingElse => Err(key_reused("another repair or a receipt")),
        RepairReply::Unknown => Err(not_known(message.subject).into()),
        RepairReply::Short { sku, units } => {
            let detail = format!(
                "orders were promised {units} more units of {sku} than ever came in: index at \
                 least {units} with a receipt, or cancel orders; then repair, and count the shelf"
            );
            let mut problem = Problem::new(ProblemKind::Conflict).detail(detail);
            problem.sku = Some(sku);
            Err(problem.into())
        }
    }
}

fn subject(asked: &RepairRequest) -> Result<Subject, Problem> {
    let chars = asked.reason.chars().count();
    if asked.reason.trim().is_empty() || chars > limits::NOTE_CHARS_MAX {
        let detail = format!("1 to {} characters", limits::NOTE_CHARS_MAX);
        return Err(invalid("/reason", detail));
    }
    match (&asked.sku, &asked.order, &asked.allowance) {
        (Some(sku), None, None) if !sku.is_empty() => Ok(Subject::Sku(sku.clone())),
        (None, Some(order), None) if !order.is_empty() => Ok(Subject::Order(order.clone())),
        (None, None, Some(account)) if !account.is_empty() => {
            Ok(Subject::Allowance(account.clone()))
        }
        (Some(_), None, None) => Err(invalid("/sku", "a SKU as the audit names it".to_owned())),
        (None, None, Some(_)) => {
            let detail = "an allowance as the audit names it".to_owned();
            Err(invalid("/allowance", detail))
        }
        (None, Some(_), None) => {
            let detail = "an order's number as the audit names it".to_owned();
            Err(invalid("/order", detail))
        }
        _ => {
            let detail = "a SKU, an order or an allowance, and one of them".to_owned();
            Err(invalid("", detail))
        }
    }
}

fn not_known(subject: Subject) -> Problem {
    match subject {
        Subject::Sku(sku) => {
            let detail = format!("the shop has no account for {sku}: publish it first");
            let mut problem = Problem::new(ProblemKind::UnknownSku).detail(detail);
            problem.sku = Some(sku);
            problem
        }
        Subject::Order(_) | Subject::Allowance(_) => Problem::new(ProblemKind::NotFound),
    }
}
