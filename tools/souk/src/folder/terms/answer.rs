//! A quote as the JSON of `POST /api/v1/quotes`, without what a shop signs.

use serde_json::{Value, json};
use souk_pricing::{Adjustment, Allocation, NotApplied, Subject, Target, Taxes, Terms};

use super::quote::Priced;

/// The quote. `duty` is there only where there is any.
pub(super) fn json(terms: &Terms, priced: &Priced<'_>) -> Value {
    let quote = &priced.quote;
    let lines = quote.lines.iter().zip(&priced.skus).map(|(line, sku)| {
        json!({
            "sku": sku,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "subtotal": line.subtotal,
            "discount": line.discount,
            "total": line.total,
        })
    });
    let options = quote.delivery_options.iter().map(|option| {
        let method = &terms.methods[option.method];
        json!({
            "id": method.id,
            "title": method.title.get(priced.language),
            "price": option.price,
            "days": method.days.map(|days| [days.min, days.max]),
        })
    });
    let adjustments = quote
        .adjustments
        .iter()
        .map(|one| adjustment(terms, priced, one));
    let not_applied = quote
        .not_applied
        .iter()
        .map(|one| refused(terms, priced, one));
    let mut answer = json!({
        "market": terms.markets[quote.market].id,
        "currency": quote.currency.code(),
        "lines": lines.collect::<Vec<_>>(),
        "adjustments": adjustments.collect::<Vec<_>>(),
        "not_applied": not_applied.collect::<Vec<_>>(),
        "delivery_options": options.collect::<Vec<_>>(),
        "subtotal": quote.subtotal,
        "shipping": quote.shipping,
        "tax": taxes(terms, &quote.tax),
        "total": quote.total,
        "due": quote.due,
    });
    if !quote.duty.parts.is_empty() {
        answer["duty"] = taxes(terms, &quote.duty);
    }
    answer
}

fn adjustment(terms: &Terms, priced: &Priced<'_>, one: &Adjustment) -> Value {
    let promotion = &terms.promotions[one.promotion];
    let allocations = one.allocations.iter().map(allocation);
    json!({
        "promotion": promotion.id,
        "title": promotion.title.get(priced.language),
        "code": one.code.map(|code| &priced.codes[code]),
        "class": one.class.name(),
        "amount": one.amount,
        "allocations": allocations.collect::<Vec<_>>(),
    })
}

fn allocation(one: &Allocation) -> Value {
    match one.target {
        Target::Line(line) => json!({ "line": line, "amount": one.amount }),
        Target::Delivery => json!({ "delivery": true, "amount": one.amount }),
    }
}

fn refused(terms: &Terms, priced: &Priced<'_>, one: &NotApplied) -> Value {
    let reason = one.reason.name();
    match one.subject {
        Subject::Promotion(place) => {
            json!({ "promotion": terms.promotions[place].id, "reason": reason })
        }
        Subject::Code(place) => json!({ "code": priced.codes[place], "reason": reason }),
    }
}

fn taxes(terms: &Terms, taxes: &Taxes) -> Value {
    let parts = taxes.parts.iter().map(|part| {
        let rate = &terms.rates[part.rate];
        json!({
            "name": rate.name,
            "percent": rate.percent.to_string(),
            "base": part.base,
            "amount": part.amount,
        })
    });
    json!({
        "included": taxes.is_included,
        "total": taxes.total,
        "parts": parts.collect::<Vec<_>>(),
    })
}
