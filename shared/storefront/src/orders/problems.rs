//! The problems that answer a client whose order is refused or not found.

use souk_protocol::origin::SubmitReply;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::public;

/// No order has this number and token. The client does not learn which of the two is wrong.
pub(crate) fn no_such_order() -> Problem {
    let detail = "there is no such order, or the token is not its own";
    Problem::new(ProblemKind::NotFound).detail(detail)
}

/// The problem that reports a refusal.
pub(crate) fn refusal(reply: SubmitReply) -> Problem {
    match reply {
        SubmitReply::ExistsWithDifferentContent => Problem::new(ProblemKind::IdempotencyKeyReused)
            .detail("this key belongs to an order with other content; use a new key"),
        SubmitReply::UnknownSku { sku } => Problem {
            detail: Some(format!("the shop does not sell '{sku}'")),
            sku: Some(sku),
            ..Problem::new(ProblemKind::UnknownSku)
        },
        SubmitReply::PriceChanged {
            sku,
            unit_price,
            currency,
        } => Problem {
            detail: Some(format!(
                "the price of '{sku}' is another one now; confirm it"
            )),
            sku: Some(sku),
            unit_price: Some(public::Money {
                amount: unit_price,
                currency,
            }),
            ..Problem::new(ProblemKind::PriceChanged)
        },
        // Pages show that there are none; how many there are is told to the staff only.
        SubmitReply::SoldOut { sku, available, .. } => Problem {
            detail: Some(match available {
                ..=0 => format!("'{sku}' is sold out"),
                1.. => format!("there are fewer units of '{sku}' than that; order fewer"),
            }),
            sku: Some(sku),
            available: (available <= 0).then_some(0),
            ..Problem::new(ProblemKind::SoldOut)
        },
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => {
            unreachable!("an order that was placed is not a refusal")
        }
    }
}
