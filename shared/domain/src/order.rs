//! Orders: what is asked for, what is refused and why, what is placed.

use std::collections::BTreeMap;

use crate::{Allowance, Exceeded, Limit, Money, Offer, OrderLimits, Purpose, Quantity, Sku};

/// Most lines in one order.
pub const LINES_MAX: usize = 100;

/// A line as the buyer asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedLine {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
    /// The unit price that the buyer was shown, when the client says so.
    pub expected_price: Option<Money>,
}

/// How the buyer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    /// Cash or card to the courier: the units are sold when the order is placed.
    OnDelivery,
    /// Bank transfer: the units are held until the money arrives.
    Transfer,
    /// By card through the payment provider: the units are held until it vouches for the amount.
    Card,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderStatus {
    /// Stock is held; the money has not arrived.
    AwaitingPayment,
    /// Stock is sold; the parcel can be packed.
    Confirmed,
    /// The units are put aside for packing.
    Allocated,
    /// The parcel is on its way.
    Shipped,
    /// The parcel has arrived.
    Delivered,
    /// All units came back.
    Returned,
    /// It was given up; its units are back.
    Cancelled,
    /// It was not paid in time; its units are back.
    Expired,
}

impl OrderStatus {
    /// Whether the order has come to nothing: what it had goes back.
    pub fn is_void(self) -> bool {
        match self {
            OrderStatus::Cancelled | OrderStatus::Expired => true,
            OrderStatus::AwaitingPayment
            | OrderStatus::Confirmed
            | OrderStatus::Allocated
            | OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::Returned => false,
        }
    }

    /// Whether the units of the order are sold, but for those that were returned.
    pub fn is_sold(self) -> bool {
        match self {
            OrderStatus::Confirmed
            | OrderStatus::Allocated
            | OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::Returned => true,
            OrderStatus::AwaitingPayment | OrderStatus::Cancelled | OrderStatus::Expired => false,
        }
    }
}

/// Money of one order, in minor units of its currency. None is negative, and
/// `refunding + refunded + disputed <= captured`; the stores keep both rules as constraints of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funds {
    /// The provider vouches for it and has not taken it.
    pub authorised: i64,
    /// Was taken, whether or not it went back since.
    pub captured: i64,
    /// Is to go back.
    pub refunding: i64,
    /// Went back.
    pub refunded: i64,
    /// Was taken back by the buyer's bank, which has yet to decide whose it is.
    pub disputed: i64,
}

/// What the life of an order needs to know of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineState {
    /// Units ordered.
    pub quantity: u32,
    /// Units of those that are left that were not there when the order was placed.
    pub backordered: u32,
    /// Units ordered that the buyer has taken off before the order was packed.
    pub removed: u32,
    /// Units of those that are left that came back.
    pub returned: u32,
}

impl LineState {
    /// Units that are wanted, or were sent out.
    pub fn left(&self) -> u32 {
        self.quantity.saturating_sub(self.removed)
    }

    /// How many of `units` that are taken off need not be made or bought in: those go first.
    pub(crate) fn unordered(&self, units: u32) -> u32 {
        self.backordered.min(units)
    }
}

/// A payment at a provider. Two providers may give the same name, so the name alone does not
/// identify it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentId {
    /// The provider's name.
    pub provider: String,
    /// The provider's name of the payment.
    pub id: String,
}

/// An order as far as its life depends on it. See [`crate::decide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    /// Where it stands.
    pub status: OrderStatus,
    /// How it is paid.
    pub method: PaymentMethod,
    /// What is to be paid, in minor units.
    pub total: i64,
    /// What was to be paid when the order was placed, in minor units.
    pub placed_total: i64,
    /// Until when its units are held, in milliseconds since 1970; `None` when they are not, or for
    /// good.
    pub hold_until_ms: Option<i64>,
    /// What was paid.
    pub funds: Funds,
    /// The payment that was authorised last, which paid what a provider has in `funds`.
    pub payment: Option<PaymentId>,
    /// In their order.
    pub lines: Vec<LineState>,
}

impl OrderState {
    /// Whether the order has units that are not paid for: it waits for its payment, or was confirmed
    /// without one (to be paid on delivery, or for nothing) and has not been sent. Sending it is a
    /// decision of the staff. An order that is no longer unpaid never is again.
    pub fn is_unpaid(&self) -> bool {
        match self.status {
            OrderStatus::AwaitingPayment => true,
            OrderStatus::Confirmed | OrderStatus::Allocated => {
                let first = self.method.first_status(self.placed_total);
                let was_confirmed = first == OrderStatus::Confirmed;
                was_confirmed && self.funds.captured == 0
            }
            OrderStatus::Shipped
            | OrderStatus::Delivered
            | OrderStatus::Returned
            | OrderStatus::Cancelled
            | OrderStatus::Expired => false,
        }
    }
}

impl PaymentMethod {
    /// Where an order with this payment starts. `total` is what is to be paid, in minor units: an
    /// order that costs nothing waits for no payment.
    pub fn first_status(self, total: i64) -> OrderStatus {
        match self {
            PaymentMethod::OnDelivery => OrderStatus::Confirmed,
            PaymentMethod::Transfer | PaymentMethod::Card if total == 0 => OrderStatus::Confirmed,
            PaymentMethod::Transfer | PaymentMethod::Card => OrderStatus::AwaitingPayment,
        }
    }
}

/// Why an order was not placed. Business outcomes, not errors: nothing was written.
/// The order of the variants is the order in which they are looked for, but for limits of the order
/// by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The shop does not sell this.
    UnknownSku {
        /// The first such SKU, in the order of the lines.
        sku: Sku,
    },
    /// The price is not the one that the buyer was shown.
    PriceChanged {
        /// The first such SKU, in the order of the lines.
        sku: Sku,
        /// The price that counts.
        unit_price: Money,
    },
    /// There are too few units.
    SoldOut {
        /// The first such SKU, in the order of the lines.
        sku: Sku,
        /// How many can still be ordered.
        available: i64,
    },
    /// The shop does not sell so many, or for so much, to one order, buyer or client. Limits of the order by itself
    /// are looked for before stock, so an order for more than they allow does not learn the stock.
    LimitExceeded(Exceeded),
    /// Every use of a promotion is taken.
    PromotionUsedUp {
        /// Its id.
        promotion: String,
    },
    /// The buyer has had every use of a promotion that one buyer may have.
    PromotionAlreadyUsed {
        /// Its id.
        promotion: String,
    },
}

/// The offers of the lines, in their order.
///
/// # Errors
/// [`Refusal::UnknownSku`]
pub fn find_offers<'o>(
    lines: &[RequestedLine],
    offers: &'o BTreeMap<Sku, Offer>,
) -> Result<Vec<&'o Offer>, Refusal> {
    let found = lines.iter().map(|line| {
        let offer = offers.get(&line.sku);
        offer.ok_or_else(|| Refusal::UnknownSku {
            sku: line.sku.clone(),
        })
    });
    found.collect()
}

/// Compares the prices that the buyer was shown with those that count, which are in the order of the
/// lines.
///
/// # Errors
/// [`Refusal::PriceChanged`]
pub fn check_prices(lines: &[RequestedLine], prices: &[Money]) -> Result<(), Refusal> {
    let mut priced = lines.iter().zip(prices);
    let changed =
        priced.find(|(line, price)| line.expected_price.is_some_and(|one| one != **price));
    match changed {
        Some((line, price)) => Err(Refusal::PriceChanged {
            sku: line.sku.clone(),
            unit_price: *price,
        }),
        None => Ok(()),
    }
}

/// Decides whether the lines can be sold out of `offers` and `allowances`; gives for each line how many
/// of its units are not there and are to be made or bought.
///
/// The decision is pure: a store reads the offers of all lines and what is taken of the allowances,
/// calls this, and writes what it says in the same transaction. Lines that name the same SKU share
/// its stock.
///
/// # Errors
/// The first refusal, in the order that [`Refusal`] gives.
pub fn decide_lines(
    lines: &[RequestedLine],
    offers: &BTreeMap<Sku, Offer>,
    limits: &OrderLimits,
    allowances: &[Allowance],
) -> Result<Vec<u32>, Refusal> {
    let found = find_offers(lines, offers)?;
    let units_of = |line: &RequestedLine| i64::from(line.quantity.units());
    let units = lines.iter().map(|line| (&line.sku, units_of(line)));
    if let Some(exceeded) = limits.exceeded(units) {
        return Err(Refusal::LimitExceeded(exceeded));
    }
    let mut left: BTreeMap<&Sku, i64> = BTreeMap::new();
    let mut missing = Vec::with_capacity(lines.len());
    for (line, offer) in lines.iter().zip(found) {
        let left = left.entry(&line.sku).or_insert(offer.level.available);
        let wanted = units_of(line);
        if *left < wanted && !offer.backorder {
            return Err(Refusal::SoldOut {
                sku: line.sku.clone(),
                available: offer.level.available,
            });
        }
        let backordered = (wanted - (*left).max(0)).max(0);
        *left -= wanted - backordered;
        missing.push(u32::try_from(backordered).expect("at most the quantity of the line"));
    }
    let mut refusals = allowances.iter();
    match refusals.find_map(|allowance| refusal_of(allowance, offers)) {
        Some(refusal) => Err(refusal),
        None => Ok(missing),
    }
}

/// The refusal of an order that would take more of an allowance than there is.
fn refusal_of(allowance: &Allowance, offers: &BTreeMap<Sku, Offer>) -> Option<Refusal> {
    let (allowed, sku) = allowance.exceeded(offers)?;
    Some(match &allowance.purpose {
        &Purpose::Limit(limit) => Refusal::LimitExceeded(Exceeded {
            limit,
            sku,
            allowed,
        }),
        Purpose::UnitsOfSale(sku) => Refusal::LimitExceeded(Exceeded {
            limit: Limit::SaleUnitsPerBuyer,
            sku: Sku::parse(sku).ok(),
            allowed,
        }),
        Purpose::Uses(promotion) => Refusal::PromotionUsedUp {
            promotion: promotion.clone(),
        },
        Purpose::UsesOfBuyer(promotion) => Refusal::PromotionAlreadyUsed {
            promotion: promotion.clone(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, StockLevel};

    fn offers(list: &[(&str, i64, i64, bool)]) -> BTreeMap<Sku, Offer> {
        list.iter()
            .map(|&(sku, price, available, backorder)| {
                let sku = Sku::parse(sku).unwrap();
                let level = StockLevel {
                    supplied: available,
                    available,
                    held: 0,
                    sold: 0,
                };
                let unit_price = Money::new(price, Currency::USD);
                let offer = Offer {
                    sku: sku.clone(),
                    unit_price,
                    title: sku.to_string(),
                    slug: String::new(),
                    backorder,
                    level,
                };
                (sku, offer)
            })
            .collect()
    }

    fn line(sku: &str, units: u32, expected: Option<i64>) -> RequestedLine {
        RequestedLine {
            sku: Sku::parse(sku).unwrap(),
            quantity: Quantity::new(units).unwrap(),
            expected_price: expected.map(|amount| Money::new(amount, Currency::USD)),
        }
    }

    #[test]
    fn the_first_refusal_in_the_declared_order_is_given() {
        let offers = offers(&[
            ("a", 100, 3, false),
            ("b", 50, 0, false),
            ("c", 70, 1, true),
        ]);
        let sku = |text| Sku::parse(text).unwrap();
        let cases = [
            (vec![line("a", 3, None)], None),
            (
                vec![line("a", 4, None)],
                Some(Refusal::SoldOut {
                    sku: sku("a"),
                    available: 3,
                }),
            ),
            (
                vec![line("a", 2, None), line("a", 2, None)],
                Some(Refusal::SoldOut {
                    sku: sku("a"),
                    available: 3,
                }),
            ),
            (
                vec![line("b", 1, None), line("x", 1, None)],
                Some(Refusal::UnknownSku { sku: sku("x") }),
            ),
            (
                vec![line("b", 1, None), line("a", 1, Some(99))],
                Some(Refusal::PriceChanged {
                    sku: sku("a"),
                    unit_price: Money::new(100, Currency::USD),
                }),
            ),
            (vec![line("a", 1, Some(100))], None),
            (vec![line("c", 5, None)], None),
        ];
        for (lines, refusal) in cases {
            let decided = find_offers(&lines, &offers).and_then(|found| {
                let prices: Vec<_> = found.iter().map(|offer| offer.unit_price).collect();
                check_prices(&lines, &prices)?;
                decide_lines(&lines, &offers, &OrderLimits::default(), &[])
            });
            assert_eq!(decided.err(), refusal, "{lines:?}");
        }
    }

    #[test]
    fn units_that_are_not_there_are_backordered_only_where_the_offer_allows_it() {
        let offers = offers(&[("c", 70, 1, true)]);
        let lines = [line("c", 2, None), line("c", 3, None)];
        let missing = decide_lines(&lines, &offers, &OrderLimits::default(), &[]);
        assert_eq!(missing, Ok(vec![1, 3]));
    }

    #[test]
    fn an_order_for_nothing_waits_for_no_payment() {
        use PaymentMethod as M;
        for (method, total, status) in [
            (M::Card, 0, OrderStatus::Confirmed),
            (M::Transfer, 0, OrderStatus::Confirmed),
            (M::OnDelivery, 0, OrderStatus::Confirmed),
            (M::Card, 1, OrderStatus::AwaitingPayment),
            (M::Transfer, 1, OrderStatus::AwaitingPayment),
            (M::OnDelivery, 1, OrderStatus::Confirmed),
        ] {
            assert_eq!(method.first_status(total), status, "{method:?} {total}");
        }
    }

    #[test]
    fn what_is_paid_sent_or_over_is_not_unpaid() {
        use OrderStatus as S;
        let state = |status, method, total, captured| OrderState {
            status,
            method,
            total,
            placed_total: total,
            hold_until_ms: None,
            funds: Funds {
                captured,
                ..Funds::default()
            },
            payment: None,
            lines: vec![],
        };
        for (status, method, total, captured, unpaid) in [
            (S::AwaitingPayment, PaymentMethod::Transfer, 100, 0, true),
            (S::AwaitingPayment, PaymentMethod::Card, 100, 0, true),
            (S::Confirmed, PaymentMethod::Card, 100, 0, false),
            (S::Confirmed, PaymentMethod::OnDelivery, 100, 0, true),
            (S::Allocated, PaymentMethod::OnDelivery, 100, 0, true),
            (S::Confirmed, PaymentMethod::OnDelivery, 100, 100, false),
            (S::Shipped, PaymentMethod::OnDelivery, 100, 0, false),
            (S::Cancelled, PaymentMethod::OnDelivery, 100, 0, false),
            (S::Expired, PaymentMethod::Transfer, 100, 0, false),
            // For nothing, so confirmed at once in any way.
            (S::Confirmed, PaymentMethod::Card, 0, 0, true),
            (S::Confirmed, PaymentMethod::Transfer, 0, 0, true),
            (S::Shipped, PaymentMethod::Card, 0, 0, false),
        ] {
            let state = state(status, method, total, captured);
            assert_eq!(state.is_unpaid(), unpaid, "{status:?} {method:?} {total}");
        }
    }
}
