//! The problems that answer a client whose order is refused or not found.

use souk_domain::{Limit, merchant_sku};
use souk_protocol::origin::SubmitReply;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::public;

use crate::orders::rfc3339;

/// No order has this number and token. The client does not learn which of the two is wrong.
pub(crate) fn no_such_order() -> Problem {
    let detail = "there is no such order, or the token is not its own";
    Problem::new(ProblemKind::NotFound).detail(detail)
}

fn limit_detail(limit: &str, allowed: i64, sku: Option<&str>) -> String {
    let known = Limit::ALL.into_iter().find(|known| known.name() == limit);
    let sku = sku.unwrap_or_default();
    let unpaid = "pay for them, cancel some, or wait until they expire";
    match known {
        Some(Limit::UnitsPerLine) => {
            format!("an order may have {allowed} units of '{sku}' at most")
        }
        Some(Limit::UnitsPerOrder) => format!("an order may have {allowed} units at most"),
        Some(Limit::UnpaidUnitsPerBuyer | Limit::UnpaidUnitsPerClient) => {
            format!("{allowed} units at most may be in orders of yours that are not paid: {unpaid}")
        }
        Some(Limit::UnpaidPercentPerSku) => format!(
            "{allowed} % of '{sku}' are in orders that are not paid, and no more may be: try again \
             later"
        ),
        Some(Limit::SaleUnitsPerBuyer) => {
            let sku = merchant_sku(sku);
            format!("one buyer may have {allowed} units of '{sku}' at most")
        }
        Some(Limit::SaleOrdersPerTicket) => {
            "the ticket has had its order: pay or cancel that one, or \
            ask for another ticket"
                .to_owned()
        }
        Some(Limit::PaymentMinimum) => format!(
            "an order of less than {allowed} minor units cannot be paid by card: choose \
             'on_delivery' or 'transfer', or order more"
        ),
        Some(Limit::OrderTotal) => {
            format!("an order may cost {allowed} minor units at most: order fewer units")
        }
        None => "the shop does not sell so many".to_owned(),
    }
}

/// The problem that reports a refusal.
pub(crate) fn refusal(reply: SubmitReply) -> Problem {
    match reply {
        SubmitReply::ExistsWithDifferentContent => Problem::new(ProblemKind::IdempotencyKeyReused)
            .detail("this key belongs to an order with other content; use a new key"),
        SubmitReply::TermsChanged => Problem::new(ProblemKind::TermsChanged).detail(
            "payment or delivery have changed since: read /api/v1/shop and send the order again",
        ),
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
        SubmitReply::QuoteChanged { .. } => Problem::new(ProblemKind::PriceChanged)
            .detail("the order costs something else now; confirm it"),
        SubmitReply::PromotionUnavailable { promotion, reason } => Problem {
            detail: Some(format!("the promotion '{promotion}' cannot be used")),
            promotion: Some(promotion.into()),
            reason: Some(reason),
            ..Problem::new(ProblemKind::PromotionUnavailable)
        },
        SubmitReply::DeliveryUnavailable => Problem::new(ProblemKind::DeliveryUnavailable).detail(
            "choose another delivery: this one does not reach the address or take the goods",
        ),
        SubmitReply::NotOpen { opens_at_ms } => Problem::new(ProblemKind::NotOpen).detail(format!(
            "the sale opens at {}; send the order again then",
            rfc3339(opens_at_ms)
        )),
        SubmitReply::SaleOver => {
            Problem::new(ProblemKind::SaleOver).detail("order without what is of the sale")
        }
        // Pages show that there are none; only the staff see how many there are.
        SubmitReply::SoldOut { sku, available, .. } => Problem {
            detail: Some(match available {
                ..=0 => format!("'{sku}' is sold out"),
                1.. => format!("there are fewer units of '{sku}' than that; order fewer"),
            }),
            sku: Some(sku),
            available: (available <= 0).then_some(0),
            ..Problem::new(ProblemKind::SoldOut)
        },
        SubmitReply::LimitExceeded { limit, allowed, .. }
            if limit == Limit::PaymentMinimum.name() =>
        {
            let mut problem = Problem::new(ProblemKind::InvalidRequest);
            problem.errors.push(FieldError {
                pointer: "/payment/method".to_owned(),
                detail: limit_detail(&limit, allowed, None),
            });
            problem
        }
        SubmitReply::LimitExceeded {
            limit,
            allowed,
            sku,
        } => Problem {
            detail: Some(limit_detail(&limit, allowed, sku.as_deref())),
            sku,
            limit: Some(limit),
            allowed: Some(allowed),
            ..Problem::new(ProblemKind::LimitExceeded)
        },
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => {
            unreachable!("an order that was placed is not a refusal")
        }
    }
}
