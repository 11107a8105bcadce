//! Repairs in the staff API: the origin corrects what the audit names.
//!
//! Not here: what is right (`souk_domain::Recount`), and drift that only the staff can resolve.

use bytes::Bytes;
use http::Request;
use souk_ports::BackOffice;
use souk_protocol::back_office::AskedRepair;
use souk_protocol::limits;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::repair::{REPAIRS_PATH, RepairBooks, RepairReply, Subject};
use souk_service_http::json;

use crate::orders::{body, idempotency_key, invalid, key_reused, read, replayed, write};
use crate::staff::Outcome;

/// Asks the origin for a repair, or for what it would be.
pub(crate) async fn repair<D: BackOffice>(back_office: &D, request: &Request<Bytes>) -> Outcome {
    let key = idempotency_key(request.headers())?;
    let asked: AskedRepair = body(request)?;
    let asked = RepairBooks {
        key: key.to_owned(),
        home: None,
        subject: subject(&asked)?,
        reason: asked.reason,
        preview: asked.preview,
    };
    let answer = write(back_office, REPAIRS_PATH, souk_sql::json(&asked)).await?;
    match read(&answer)? {
        RepairReply::Done { repair } | RepairReply::Would { repair } => Ok(json(&repair)),
        RepairReply::Already { repair } => Ok(replayed(json(&repair))),
        RepairReply::KeyUsedForSomethingElse => Err(key_reused("another repair or a receipt")),
        RepairReply::Unknown => Err(not_known(asked.subject).into()),
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

fn subject(asked: &AskedRepair) -> Result<Subject, Problem> {
    let chars = asked.reason.chars().count();
    if asked.reason.trim().is_empty() || chars > limits::NOTE_CHARS_MAX {
        let detail = format!("1 to {} characters", limits::NOTE_CHARS_MAX);
        return Err(invalid("/reason", detail));
    }
    match (&asked.sku, &asked.order) {
        (Some(sku), None) if !sku.is_empty() => Ok(Subject::Sku(sku.clone())),
        (None, Some(order)) if !order.is_empty() => Ok(Subject::Order(order.clone())),
        (Some(_), None) => Err(invalid("/sku", "a SKU as the audit names it".to_owned())),
        (None, Some(_)) => {
            let detail = "an order's number as the audit names it".to_owned();
            Err(invalid("/order", detail))
        }
        (Some(_), Some(_)) | (None, None) => {
            let detail = "either a SKU or an order".to_owned();
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
        Subject::Order(_) => Problem::new(ProblemKind::NotFound),
    }
}
