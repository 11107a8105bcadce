//! Which allowances an order takes from: the names of their accounts, how much of each, and the
//! bound. So a further limit is one more [`Wanted`].
//!
//! What an order took of a limit of what is not paid goes back when it is no longer unpaid, and with
//! units that are taken off before. Uses of a
//! promotion, what a buyer has of a sale, and the one order of a ticket are *kept*: they go back when the
//! order comes to nothing, and are taken again when it is reinstated.
//!
//! Invariant: an account's name has no e-mail address and no client's address in it. The edge has
//! made keyed hashes of both. A ticket is named by rank and seed, of which the seed is random or such a
//! hash.
//!
//! Not here: the rule (`souk_domain::decide_lines`), what a deployment allows (`limits`).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use souk_domain::{Allowance, Bound, Limit, Purpose, Sku};
use souk_protocol::origin::SaleTicket;

use crate::pricing::{LimitedUse, Price};
use crate::sales::SaleUse;
use crate::{LoweredTakes, NewOrder};

/// What an order would take from an allowance, as it is written with the order: `taken + units` must
/// be at most `max`, or at most `percent` of what the SKU has and the account counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Wanted {
    /// The name of the account.
    pub account: String,
    /// How much.
    pub units: i64,
    /// The bound in units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The bound in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Of which SKU, with `percent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Whether it goes back only when the order comes to nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub kept: bool,
    #[serde(skip)]
    purpose: Purpose,
}

impl Wanted {
    /// As the rule takes it, with what others have taken.
    pub(crate) fn allowance(&self, taken: i64) -> Option<Allowance> {
        let bound = match (self.max, self.percent, &self.sku) {
            (Some(max), ..) => Bound::Units(max),
            (None, Some(percent), Some(sku)) => Bound::Share {
                sku: Sku::parse(sku).ok()?,
                percent,
            },
            (None, ..) => return None,
        };
        Some(Allowance {
            purpose: self.purpose.clone(),
            account: self.account.clone(),
            units: self.units,
            taken,
            bound,
        })
    }
}

/// What an order would take from allowances, each account once, in the order of their names. It
/// follows from the request alone, but for `is_open`: a SKU that is sold without being there, or of
/// which this store does not know all units, has no share to keep back.
pub fn wanted(new: NewOrder<'_>, is_open: impl Fn(&str) -> bool) -> Vec<Wanted> {
    let (limits, by) = (&new.terms.limits, &new.submit.asked_by);
    let lines = || new.submit.lines.iter();
    let units: i64 = lines().map(|line| i64::from(line.quantity)).sum();
    let mut wanted = Vec::new();
    let mut of_all = |limit: Limit, kind: &str, name: Option<&String>, max: u32| {
        if let Some(name) = name.filter(|_| max > 0) {
            wanted.push(Wanted {
                account: format!("{kind}:{name}"),
                units,
                max: Some(max.into()),
                percent: None,
                sku: None,
                kept: false,
                purpose: Purpose::Limit(limit),
            });
        }
    };
    let buyer = by.buyer.as_ref();
    let buyer = buyer.filter(|_| !(by.is_local && limits.is_buyer_default));
    let max = limits.unpaid_units_per_buyer;
    of_all(Limit::UnpaidUnitsPerBuyer, "buyer", buyer, max);
    let max = limits.unpaid_units_per_client;
    of_all(
        Limit::UnpaidUnitsPerClient,
        "client",
        by.client.as_ref(),
        max,
    );
    let percent = limits.unpaid_percent_per_sku;
    if (1..100).contains(&percent) {
        let mut of_sku = BTreeMap::new();
        for line in lines().filter(|line| !is_open(&line.sku)) {
            *of_sku.entry(&line.sku).or_insert(0) += i64::from(line.quantity);
        }
        wanted.extend(of_sku.into_iter().map(|(sku, units)| Wanted {
            account: format!("sku:{sku}"),
            units,
            max: None,
            percent: Some(percent),
            sku: Some(sku.clone()),
            kept: false,
            purpose: Purpose::Limit(Limit::UnpaidPercentPerSku),
        }));
    }
    if let Price::Quoted(priced) = new.price {
        let uses = priced
            .limited
            .iter()
            .flat_map(|one| uses(one, buyer_of(new)));
        wanted.extend(uses);
        let of_sale = priced.of_sale.iter();
        wanted.extend(of_sale.map(|one| of_buyer(one, buyer_of(new))));
    }
    wanted.extend(new.submit.ticket.as_deref().map(of_ticket));
    wanted
}

/// Orders of which nothing says who buys have one buyer together.
fn buyer_of<'a>(new: NewOrder<'a>) -> &'a str {
    new.submit.asked_by.buyer.as_deref().unwrap_or_default()
}

/// The uses that one order makes of a promotion.
fn uses(limited: &LimitedUse, buyer: &str) -> impl Iterator<Item = Wanted> {
    let LimitedUse {
        promotion,
        max,
        max_per_buyer,
        code,
    } = limited;
    let wanted = |account, max, purpose: fn(String) -> Purpose| Wanted {
        account,
        units: 1,
        max: Some(i64::from(max)),
        percent: None,
        sku: None,
        kept: true,
        purpose: purpose(promotion.clone()),
    };
    let account = format!("promotion:{promotion}");
    let of_buyer = format!("promotion:{promotion}:{buyer}");
    let of_all = max.map(|max| wanted(account, max, Purpose::Uses));
    let of_buyer = max_per_buyer.map(|max| wanted(of_buyer, max, Purpose::UsesOfBuyer));
    let of_code = code.as_ref();
    let of_code = of_code.map(|code| wanted(format!("code:{code}"), 1, Purpose::Uses));
    of_all.into_iter().chain(of_buyer).chain(of_code)
}

/// What a buyer has of an item of a session.
fn of_buyer(one: &SaleUse, buyer: &str) -> Wanted {
    let SaleUse {
        session,
        sku,
        units,
        limit,
    } = one;
    Wanted {
        account: format!("sale:{session}:{buyer}:{sku}"),
        units: i64::from(*units),
        max: Some(i64::from(*limit)),
        percent: None,
        sku: None,
        kept: true,
        purpose: Purpose::UnitsOfSale(sku.clone()),
    }
}

/// The one order of a ticket.
fn of_ticket(ticket: &SaleTicket) -> Wanted {
    let SaleTicket {
        session,
        rank,
        seed,
    } = ticket;
    Wanted {
        account: format!("ticket:{session}:{rank}:{seed}"),
        units: 1,
        max: Some(1),
        percent: None,
        sku: None,
        kept: true,
        purpose: Purpose::Limit(Limit::SaleOrdersPerTicket),
    }
}

/// What an order that is not paid takes when units are taken off: of each SKU so many. `None` where that
/// is what it takes now.
pub(crate) fn lowered(takes: &[Value], removed: &[(&str, u32)]) -> Option<LoweredTakes> {
    let units_of = |sku: Option<&str>| -> i64 {
        let concerned = removed.iter();
        let concerned = concerned.filter(|(other, _)| sku.is_none_or(|sku| sku == *other));
        concerned.map(|(_, units)| i64::from(*units)).sum()
    };
    let (mut left, mut back) = (Vec::new(), Vec::new());
    for one in takes {
        let mut take = one.clone();
        let is_kept = take["kept"].as_bool() == Some(true);
        let has = take["units"].as_i64().unwrap_or(0);
        let goes = if is_kept {
            0
        } else {
            units_of(take["sku"].as_str()).min(has)
        };
        if goes > 0 {
            back.push(json!({"account": take["account"], "units": goes}));
            take["units"] = (has - goes).into();
        }
        if is_kept || has > goes {
            left.push(take);
        }
    }
    (!back.is_empty()).then_some(LoweredTakes { takes: left, back })
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The names of all accounts that an order may take from, whatever its offers say.
pub fn accounts(new: NewOrder<'_>) -> Vec<String> {
    let wanted = wanted(new, |_| false);
    wanted.into_iter().map(|one| one.account).collect()
}
