//! Quotes in the shape of the public API: the one place where an answer of the engine becomes JSON,
//! for the storefront and for `souk terms quote`.
//!
//! - `json`: the text of a quote;
//! - `options`: options of lines: what an offer has, and what a buyer says of them.
//!
//! Not here: what a cart costs (`souk-pricing`), the signed text that names a quote (the storefront).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod json;
mod options;

use souk_pricing::{
    Adjustment, Allocation, NotApplied, PickupPoint, Quote, QuotedLine, Subject, Target, Taxes,
    Terms,
};
use souk_protocol::options::GivenOptions;
use souk_protocol::quotes;

pub use self::json::json;
pub use self::options::{choose, offered, texts};

/// What the answer of the engine names by places.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The terms that the cart was priced by.
    pub terms: &'a Terms,
    /// The lines, in their order.
    pub lines: &'a [AskedLine<'a>],
    /// The codes that the buyer has given, in their order.
    pub codes: &'a [String],
    /// Code of the language of titles.
    pub language: &'a str,
}

/// A line of a cart that was priced.
#[derive(Debug, Clone, Copy)]
pub struct AskedLine<'a> {
    /// What is bought.
    pub sku: &'a str,
    /// What the buyer says of its options, as [`choose`] has checked it.
    pub options: &'a GivenOptions,
}

impl Asked<'_> {
    /// The quote; without what a shop signs.
    pub fn answer(&self, quote: &Quote) -> quotes::Quote {
        let lines = quote.lines.iter().zip(self.lines);
        let adjustments = quote.adjustments.iter();
        let not_applied = quote.not_applied.iter();
        let duty = &quote.duty;
        quotes::Quote {
            quote: None,
            expires_at: None,
            market: self.terms.markets[quote.market].id.clone(),
            currency: quote.currency.code().to_owned(),
            lines: lines
                .map(|(line, asked)| self.quoted(quote, line, asked))
                .collect(),
            adjustments: adjustments.map(|one| self.adjustment(one)).collect(),
            not_applied: not_applied.map(|one| self.refused(one)).collect(),
            delivery_options: self.options(quote),
            subtotal: quote.subtotal,
            shipping: quote.shipping,
            tax: self.taxes(&quote.tax),
            duty: (!duty.parts.is_empty()).then(|| self.taxes(duty)),
            total: quote.total,
            due: quote.due,
        }
    }

    fn options(&self, quote: &Quote) -> Vec<quotes::DeliveryOption> {
        let options = quote.delivery_options.iter().map(|option| {
            let method = &self.terms.methods[option.method];
            quotes::DeliveryOption {
                id: method.id.clone(),
                title: method.title.get(self.language).to_owned(),
                price: option.price,
                days: method.days.map(|days| {
                    [days.min, days.max].map(|days| days.saturating_add(quote.lead_days))
                }),
                points: method
                    .points
                    .iter()
                    .map(|point| self.point(point))
                    .collect(),
            }
        });
        options.collect()
    }

    fn point(&self, point: &PickupPoint) -> quotes::PickupPoint {
        quotes::PickupPoint {
            id: point.id.clone(),
            title: point.title.get(self.language).to_owned(),
            address: point.address.clone(),
        }
    }

    fn quoted(
        &self,
        quote: &Quote,
        line: &QuotedLine,
        asked: &AskedLine<'_>,
    ) -> quotes::QuotedLine {
        quotes::QuotedLine {
            sku: asked.sku.to_owned(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            subtotal: line.subtotal,
            discount: line.discount,
            total: line.total,
            options: options::named(self.terms, self.language, quote.currency, asked.options),
        }
    }

    fn adjustment(&self, one: &Adjustment) -> quotes::Adjustment {
        let promotion = &self.terms.promotions[one.promotion];
        quotes::Adjustment {
            promotion: promotion.id.clone(),
            title: promotion.title.get(self.language).to_owned(),
            code: one.code.map(|code| self.codes[code].clone()),
            class: one.class.name().to_owned(),
            amount: one.amount,
            allocations: one.allocations.iter().map(allocation).collect(),
        }
    }

    fn refused(&self, one: &NotApplied) -> quotes::NotApplied {
        let reason = one.reason.name().to_owned();
        match one.subject {
            Subject::Promotion(place) => quotes::NotApplied {
                promotion: Some(self.terms.promotions[place].id.clone()),
                code: None,
                reason,
            },
            Subject::Code(place) => quotes::NotApplied {
                promotion: None,
                code: Some(self.codes[place].clone()),
                reason,
            },
        }
    }

    fn taxes(&self, taxes: &Taxes) -> quotes::Taxes {
        let parts = taxes.parts.iter().map(|part| {
            let rate = &self.terms.rates[part.rate];
            quotes::TaxPart {
                name: rate.name.clone(),
                percent: rate.percent.to_string(),
                base: part.base,
                amount: part.amount,
            }
        });
        quotes::Taxes {
            included: taxes.is_included,
            total: taxes.total,
            parts: parts.collect(),
        }
    }
}

fn allocation(one: &Allocation) -> quotes::Allocation {
    let (line, delivery) = match one.target {
        Target::Line(line) => (Some(line), false),
        Target::Delivery => (None, true),
    };
    quotes::Allocation {
        line,
        delivery,
        amount: one.amount,
    }
}
