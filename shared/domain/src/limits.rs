//! Limits: how much of what is for sale one order, one buyer or one client may have.
//!
//! Two kinds. An order by itself has a limit ([`OrderLimits`]). What orders have together is counted
//! by an *allowance*: an account of something that is limited and no unit of stock. An order takes
//! from its allowances as it takes from stock, and [`crate::decide_lines`] says whether it may; they
//! get back what it took when it is no longer unpaid ([`crate::OrderState::is_unpaid`]).
//!
//! Uses of a promotion are counted in the same way, with one difference: they are given back only when
//! the order comes to nothing ([`crate::OrderStatus::is_void`]).
//!
//! What an allowance counts is not known here: its account is a name, and how much the order takes
//! of it is a number.
//!
//! Not here: which accounts an order takes from, what a shop's limits are (`souk-order-store`), how
//! an engine counts (the engines).

use std::collections::BTreeMap;

use crate::{Offer, Sku};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Units of one SKU in one order.
    UnitsPerLine,
    /// Units in one order.
    UnitsPerOrder,
    /// Units in the unpaid orders of one buyer.
    UnpaidUnitsPerBuyer,
    /// Units in the unpaid orders of one client.
    UnpaidUnitsPerClient,
    /// Percent of the units of one SKU that are in unpaid orders.
    UnpaidPercentPerSku,
    /// What one order costs, in minor units. It is no setting: [`crate::Money::AMOUNT_MAX`].
    OrderTotal,
    /// The least that can be paid in the way that the order names, in minor units, for an order that
    /// costs anything. It is the payment provider's.
    PaymentMinimum,
    /// Units of an item of a sale that one buyer may have in a session. It is the sale's.
    SaleUnitsPerBuyer,
    /// Orders with one ticket of a sale's waiting room. It is no setting: one.
    SaleOrdersPerTicket,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Limit; 9] = [
        Limit::UnitsPerLine,
        Limit::UnitsPerOrder,
        Limit::UnpaidUnitsPerBuyer,
        Limit::UnpaidUnitsPerClient,
        Limit::UnpaidPercentPerSku,
        Limit::OrderTotal,
        Limit::PaymentMinimum,
        Limit::SaleUnitsPerBuyer,
        Limit::SaleOrdersPerTicket,
    ];

    /// As a problem and, where there is one, a setting name it.
    pub fn name(self) -> &'static str {
        match self {
            Limit::UnitsPerLine => "units_per_line",
            Limit::UnitsPerOrder => "units_per_order",
            Limit::UnpaidUnitsPerBuyer => "unpaid_units_per_buyer",
            Limit::UnpaidUnitsPerClient => "unpaid_units_per_client",
            Limit::UnpaidPercentPerSku => "unpaid_percent_per_sku",
            Limit::OrderTotal => "order_total",
            Limit::PaymentMinimum => "payment_minimum",
            Limit::SaleUnitsPerBuyer => "sale_units_per_buyer",
            Limit::SaleOrdersPerTicket => "sale_orders_per_ticket",
        }
    }
}

/// Limits of an order by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderLimits {
    /// Units of one SKU; `None`: any number.
    pub units_per_line: Option<u32>,
    /// Units of all lines; `None`: any number.
    pub units_per_order: Option<u32>,
}

/// An allowance, as an order that would take from it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What it is for.
    pub purpose: Purpose,
    /// The name of its account.
    pub account: String,
    /// What the order would take.
    pub units: i64,
    /// What other orders have taken and not given back.
    pub taken: i64,
    /// The most that may be taken, by all orders together.
    pub bound: Bound,
}

/// What an allowance is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A limit of what is not paid, or of the orders of a ticket.
    Limit(Limit),
    /// Uses of a promotion, by its id.
    Uses(String),
    /// Uses of a promotion by one buyer, by its id.
    UsesOfBuyer(String),
    /// Units of what a sale sells, by its SKU.
    UnitsOfSale(String),
}

/// How much may be taken of an allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// So much.
    Units(i64),
    /// A share of a SKU's units: of those that are available and those that are taken. Taking units
    /// does not change it.
    Share {
        /// Of which SKU, which is one of the order's.
        sku: Sku,
        /// 1 to 100.
        percent: u8,
    },
}

/// A limit that an order would exceed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exceeded {
    /// Which.
    pub limit: Limit,
    /// The SKU that it is about, where it is about one.
    pub sku: Option<Sku>,
    /// The limit itself: units, percent or minor units.
    pub allowed: i64,
}

impl OrderLimits {
    /// The first limit that these lines exceed. Lines that name the same SKU are one line.
    pub(crate) fn exceeded<'a>(
        &self,
        lines: impl Iterator<Item = (&'a Sku, i64)>,
    ) -> Option<Exceeded> {
        let mut sums: BTreeMap<&Sku, i64> = BTreeMap::new();
        let mut all = 0;
        for (sku, units) in lines {
            let sum = sums.entry(sku).or_default();
            (*sum, all) = (*sum + units, all + units);
            if let Some(allowed) = self.units_per_line.map(i64::from)
                && *sum > allowed
            {
                return Some(Exceeded {
                    limit: Limit::UnitsPerLine,
                    sku: Some(sku.clone()),
                    allowed,
                });
            }
        }
        let allowed = self.units_per_order.map(i64::from)?;
        (all > allowed).then_some(Exceeded {
            limit: Limit::UnitsPerOrder,
            sku: None,
            allowed,
        })
    }
}

impl Allowance {
    /// What it allows, and the SKU that it is about where it is about one, where the order would take
    /// more.
    pub(crate) fn exceeded(&self, offers: &BTreeMap<Sku, Offer>) -> Option<(i64, Option<Sku>)> {
        let (most, sku, allowed) = match &self.bound {
            Bound::Units(units) => (*units, None, *units),
            Bound::Share { sku, percent } => {
                let available = offers.get(sku).map_or(0, |offer| offer.level.available);
                let units = available.max(0).saturating_add(self.taken);
                let most = share(units, *percent);
                (most, Some(sku.clone()), i64::from(*percent))
            }
        };
        (self.taken.saturating_add(self.units) > most).then_some((allowed, sku))
    }
}

/// So many percent of units, rounded up, and at least one: the last unit of a SKU can be ordered.
pub fn share(units: i64, percent: u8) -> i64 {
    let share = (i128::from(units) * i128::from(percent) + 99) / 100;
    i64::try_from(share).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, Money, Quantity, Refusal, RequestedLine, StockLevel, decide_lines};

    fn sku(text: &str) -> Sku {
        Sku::parse(text).unwrap()
    }

    fn line(name: &str, units: u32) -> RequestedLine {
        RequestedLine {
            sku: sku(name),
            quantity: Quantity::new(units).unwrap(),
            expected_price: None,
        }
    }

    fn offers(available: i64) -> BTreeMap<Sku, Offer> {
        let offer = |name: &str| Offer {
            sku: sku(name),
            unit_price: Money::new(100, Currency::USD),
            title: name.to_owned(),
            slug: String::new(),
            backorder: false,
            level: StockLevel {
                supplied: available,
                available,
                held: 0,
                sold: 0,
            },
        };
        ["a", "b"].map(|name| (sku(name), offer(name))).into()
    }

    fn exceeded(limit: Limit, of: Option<&str>, allowed: i64) -> Option<Refusal> {
        let sku = of.map(sku);
        Some(Refusal::LimitExceeded(Exceeded {
            limit,
            sku,
            allowed,
        }))
    }

    #[test]
    fn an_order_by_itself_has_limits_that_come_before_stock() {
        let limits = OrderLimits {
            units_per_line: Some(3),
            units_per_order: Some(5),
        };
        let refusal = |lines: &[RequestedLine]| {
            let offers = offers(2);
            decide_lines(lines, &offers, &limits, &[]).err()
        };
        let too_many = exceeded(Limit::UnitsPerLine, Some("a"), 3);
        assert_eq!(refusal(&[line("a", 4)]), too_many);
        assert_eq!(refusal(&[line("a", 2), line("a", 2)]), too_many);
        let of_both = [line("a", 3), line("b", 3)];
        assert_eq!(refusal(&of_both), exceeded(Limit::UnitsPerOrder, None, 5));
        assert_eq!(refusal(&[line("a", 2), line("b", 2)]), None);
        let sold_out = refusal(&[line("a", 3)]);
        assert!(matches!(sold_out, Some(Refusal::SoldOut { .. })));
    }

    #[test]
    fn an_allowance_is_for_all_orders_that_take_from_it() {
        let of_buyer = |taken, units| Allowance {
            purpose: Purpose::Limit(Limit::UnpaidUnitsPerBuyer),
            account: "buyer:x".to_owned(),
            units,
            taken,
            bound: Bound::Units(5),
        };
        let refusal = |allowance| {
            let lines = [line("a", 1)];
            decide_lines(&lines, &offers(9), &OrderLimits::default(), &[allowance]).err()
        };
        assert_eq!(refusal(of_buyer(0, 5)), None);
        assert_eq!(refusal(of_buyer(4, 1)), None);
        let too_many = exceeded(Limit::UnpaidUnitsPerBuyer, None, 5);
        assert_eq!(refusal(of_buyer(5, 1)), too_many);
        assert_eq!(refusal(of_buyer(0, 6)), too_many);
        let of_promotion = |purpose: fn(String) -> Purpose| Allowance {
            purpose: purpose("welcome".to_owned()),
            ..of_buyer(5, 1)
        };
        let promotion = "welcome".to_owned();
        let used_up = Some(Refusal::PromotionUsedUp { promotion });
        assert_eq!(refusal(of_promotion(Purpose::Uses)), used_up);
        let promotion = "welcome".to_owned();
        let already_used = Some(Refusal::PromotionAlreadyUsed { promotion });
        assert_eq!(refusal(of_promotion(Purpose::UsesOfBuyer)), already_used);
    }

    #[test]
    fn a_share_is_of_what_is_there_and_what_is_taken_and_never_nothing() {
        let of_sku = |taken| Allowance {
            purpose: Purpose::Limit(Limit::UnpaidPercentPerSku),
            account: "sku:a".to_owned(),
            units: 1,
            taken,
            bound: Bound::Share {
                sku: sku("a"),
                percent: 20,
            },
        };
        // Ten units in all, whatever is taken of them: two of them are a fifth.
        for (available, taken, fits) in [(10, 0, true), (9, 1, true), (8, 2, false)] {
            let lines = [line("a", 1)];
            let limits = OrderLimits::default();
            let decided = decide_lines(&lines, &offers(available), &limits, &[of_sku(taken)]);
            let expected = exceeded(Limit::UnpaidPercentPerSku, Some("a"), 20);
            assert_eq!(decided.err(), expected.filter(|_| !fits), "{available}");
        }
        for (units, percent, most) in [(0, 50, 1), (1, 1, 1), (3, 50, 2), (i64::MAX, 100, i64::MAX)]
        {
            assert_eq!(share(units, percent), most, "{units} {percent}");
        }
    }
}
