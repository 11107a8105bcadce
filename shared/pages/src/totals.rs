//! What a sum consists of, row by row: the same for a cart, the checkout and an order.

use maud::{Markup, html};
use souk_domain::{Currency, Money};
use souk_protocol::origin::{Breakdown, OrderTax, StoredOrder};
use souk_protocol::quotes::{Quote, Taxes};

use crate::lines::total_row;
use crate::view::Site;

/// The parts of a sum, in minor units.
pub(super) struct Totals<'a> {
    currency: Currency,
    subtotal: i64,
    /// What is taken off, with its name.
    adjustments: Vec<(&'a str, i64)>,
    /// `None` where no delivery is chosen.
    shipping: Option<i64>,
    taxes: Vec<TaxRow<'a>>,
    total: i64,
}

struct TaxRow<'a> {
    name: &'a str,
    percent: &'a str,
    amount: i64,
    is_included: bool,
}

impl<'a> Totals<'a> {
    /// Of a quote; `has_delivery` says whether a way of delivery is chosen.
    pub(super) fn of_quote(site: &Site<'_>, quote: &'a Quote, has_delivery: bool) -> Self {
        let adjustments = quote.adjustments.iter();
        let taxes = [Some(&quote.tax), quote.duty.as_ref()];
        Self {
            currency: currency(site, &quote.currency),
            subtotal: quote.subtotal,
            adjustments: adjustments
                .map(|one| (one.title.as_str(), one.amount))
                .collect(),
            shipping: has_delivery.then_some(quote.shipping),
            taxes: taxes.into_iter().flatten().flat_map(of_quote).collect(),
            total: quote.total,
        }
    }

    /// Of the goods of a quote, before delivery and tax.
    pub(super) fn of_goods(site: &Site<'_>, quote: &'a Quote) -> Self {
        let adjustments = quote.adjustments.iter();
        let adjustments: Vec<_> = adjustments
            .filter(|one| one.class != "delivery")
            .map(|one| (one.title.as_str(), one.amount))
            .collect();
        Self {
            currency: currency(site, &quote.currency),
            subtotal: quote.subtotal,
            adjustments,
            shipping: None,
            taxes: Vec::new(),
            total: quote.lines.iter().map(|line| line.total).sum(),
        }
    }

    /// Of an order; `breakdown` is its own.
    pub(super) fn of_order(
        site: &Site<'_>,
        order: &StoredOrder,
        breakdown: Option<&'a Breakdown>,
    ) -> Self {
        let lines = order.lines.iter();
        let adjustments = breakdown.iter().flat_map(|one| &one.adjustments);
        let taxes = breakdown.iter().flat_map(|one| [&one.tax, &one.duty]);
        Self {
            currency: currency(site, &order.currency),
            subtotal: lines
                .map(|line| line.unit_price.saturating_mul(i64::from(line.quantity)))
                .fold(0, i64::saturating_add),
            adjustments: adjustments
                .map(|one| (one.title.as_str(), one.amount))
                .collect(),
            shipping: Some(order.shipping),
            taxes: taxes.flat_map(of_order).collect(),
            total: order.total,
        }
    }

    fn money(&self, site: &Site<'_>, minor: i64) -> String {
        site.words.formats.money(Money::new(minor, self.currency))
    }

    /// The rows of a list of terms. The total is left out where it is the subtotal alone.
    pub(super) fn rows(&self, site: &Site<'_>) -> Markup {
        let words = site.words;
        let money = |minor| self.money(site, minor);
        let added = self.taxes.iter().filter(|tax| !tax.is_included);
        let included = self.taxes.iter().filter(|tax| tax.is_included);
        let is_sum = self.shipping.is_some() || !self.adjustments.is_empty();
        let subtotal_class = if is_sum { "" } else { "total" };
        html! {
            (total_row(subtotal_class, words.subtotal(), &money(self.subtotal)))
            @for (title, amount) in &self.adjustments {
                (total_row("off", title, &money(-amount)))
            }
            @if let Some(shipping) = self.shipping {
                @let shipping = if shipping == 0 { words.free().to_owned() } else { money(shipping) };
                (total_row("", words.shipping(), &shipping))
            }
            @for tax in added {
                (total_row("", &words.tax_added(tax.name, &percent(site, tax)), &money(tax.amount)))
            }
            @if is_sum { (total_row("total", words.total(), &money(self.total))) }
            @for tax in included {
                (total_row("included", &words.tax_included(tax.name, &percent(site, tax)),
                    &money(tax.amount)))
            }
        }
    }
}

/// A percentage with the decimal sign of the page's language.
fn percent(site: &Site<'_>, tax: &TaxRow<'_>) -> String {
    let decimal = &site.words.formats.money.decimal;
    match decimal.is_empty() {
        true => tax.percent.to_owned(),
        false => tax.percent.replace('.', decimal),
    }
}

fn of_quote(taxes: &Taxes) -> impl Iterator<Item = TaxRow<'_>> {
    taxes.parts.iter().map(|part| TaxRow {
        name: &part.name,
        percent: &part.percent,
        amount: part.amount,
        is_included: taxes.included,
    })
}

fn of_order(taxes: &OrderTax) -> impl Iterator<Item = TaxRow<'_>> {
    taxes.parts.iter().map(|part| TaxRow {
        name: &part.name,
        percent: &part.percent,
        amount: part.amount,
        is_included: taxes.included,
    })
}

/// Amounts are in their own currency, whatever the shop sells in today.
fn currency(site: &Site<'_>, code: &str) -> Currency {
    Currency::parse(code).unwrap_or(site.currency)
}

/// A line under a sum where promotions rest for a while.
pub(super) fn suspended(site: &Site<'_>, quote: &Quote) -> Markup {
    let mut reasons = quote.not_applied.iter().map(|one| one.reason.as_str());
    html! {
        @if reasons.any(|reason| reason == "suspended") {
            p.note { (site.words.promotions_suspended()) }
        }
    }
}
