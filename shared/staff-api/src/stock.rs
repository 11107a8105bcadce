//! Units that come in, or are found to be missing.

use bytes::Bytes;
use http::Request;
use souk_ports::BackOffice;
use souk_protocol::limits;
use souk_protocol::origin::{RECEIPTS_PATH, ReceiptReply, StockReceipt};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, Receipt, StaffToken};

use crate::origin::write;
use crate::reply::{Outcome, invalid, key_reused, reply};
use crate::request::{body, idempotency_key};

/// Books units that come in, or are missing.
pub(crate) async fn receive<D: BackOffice>(
    back_office: &D,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let key = idempotency_key(request.headers())?;
    let receipt = body(staff::RECEIVE_STOCK, request)?;
    check_receipt(&receipt)?;
    let receipt = StockReceipt {
        by_name: Some(caller.name.clone()),
        home: None,
        key: key.to_owned(),
        lines: receipt.lines,
        reason: receipt.reason,
    };
    match write(back_office, RECEIPTS_PATH, &receipt).await? {
        ReceiptReply::Done { accounts } => Ok(reply(staff::RECEIVE_STOCK, &accounts)),
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

fn check_receipt(receipt: &Receipt) -> Result<(), Problem> {
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
