//! What a quote says. Things of the terms are named by their places there, codes by their places in
//! the context.

use std::ops::Range;

use souk_domain::Currency;

use crate::{Class, Promotion, Terms, share_of_units};

/// What a cart costs, and why. All amounts are minor units of one currency, and none is negative.
///
/// `total = subtotal − the adjustments + shipping + duty`, and tax where it is not included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Place of the market.
    pub market: usize,
    /// Of every amount.
    pub currency: Currency,
    /// In the order of the cart.
    pub lines: Vec<QuotedLine>,
    /// What is taken off, in the order in which it was computed.
    pub adjustments: Vec<Adjustment>,
    /// Codes and promotions that do nothing, and why: every code, and of promotions that need none those
    /// about which a buyer could do something.
    pub not_applied: Vec<NotApplied>,
    /// The ways of delivery that there are for this cart and place.
    pub delivery_options: Vec<DeliveryOption>,
    /// Working days that the options of the lines add to those of any delivery.
    pub lead_days: u16,
    /// The lines before anything is taken off.
    pub subtotal: i64,
    /// The chosen delivery before anything is taken off; 0 where none is chosen.
    pub shipping: i64,
    /// Tax.
    pub tax: Taxes,
    /// Duty, which is always added.
    pub duty: Taxes,
    /// What the order costs.
    pub total: i64,
    /// What is left to pay of the total; an order of which nothing is left needs no payment.
    pub due: i64,
}

impl Quote {
    /// Whether a promotion takes something off that may be used so often only. `terms` are those that it
    /// was made by.
    pub fn is_limited(&self, terms: &Terms) -> bool {
        let used = self.adjustments.iter();
        let mut used = used.filter_map(|one| terms.promotions.get(one.promotion));
        used.any(Promotion::is_limited)
    }
}

/// A line with its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedLine {
    /// How many units.
    pub quantity: u32,
    /// Price of one unit with its options.
    pub unit_price: i64,
    /// The price that it is compared with, with the same options.
    pub compare_at: Option<i64>,
    /// `unit_price · quantity`.
    pub subtotal: i64,
    /// What promotions of lines and of the order take off it.
    pub discount: i64,
    /// `subtotal − discount`.
    pub total: i64,
    /// The tax that is in `total`, or comes to it.
    pub tax: i64,
    /// The duty that comes to `total`.
    pub duty: i64,
}

/// What units of a line cost, and so what is given back for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnitAmounts {
    /// Their share of the line's total.
    pub total: i64,
    /// Of its tax.
    pub tax: i64,
    /// Of its duty.
    pub duty: i64,
}

impl QuotedLine {
    /// The amounts of some of its units, counted from 0; units that it does not have count nothing. All
    /// units together have the amounts of the line, however they are divided.
    pub fn units(&self, units: Range<u32>) -> UnitAmounts {
        let share = |amount: i64| {
            let until = |unit: u32| share_of_units(amount, self.quantity, unit);
            (until(units.end) - until(units.start)).max(0)
        };
        UnitAmounts {
            total: share(self.total),
            tax: share(self.tax),
            duty: share(self.duty),
        }
    }
}

/// What a promotion takes off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Its place.
    pub promotion: usize,
    /// The place of the code that unlocked it.
    pub code: Option<usize>,
    /// What it takes from.
    pub class: Class,
    /// The sum of the allocations.
    pub amount: i64,
    /// What it takes off each line, or off delivery; without those that get nothing.
    pub allocations: Vec<Allocation>,
}

/// A part of an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    /// What it is taken off.
    pub target: Target,
    /// How much.
    pub amount: i64,
}

/// What an allocation is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The line at this place.
    Line(usize),
    /// The price of delivery.
    Delivery,
}

/// A promotion or a code that does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotApplied {
    /// Which.
    pub subject: Subject,
    /// Why.
    pub reason: Reason,
}

/// What does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The promotion at this place, which needs no code.
    Promotion(usize),
    /// The code at this place.
    Code(usize),
}

/// Why a promotion or a code does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No promotion has this code.
    UnknownCode,
    /// The promotion has not begun.
    NotStarted,
    /// It is over.
    Ended,
    /// It does not run in this market.
    WrongMarket,
    /// It is for members.
    NeedsMember,
    /// The cart lacks amount or units.
    MinimumNotMet,
    /// Nothing in the cart is reduced by it, or the member's tier is another.
    NotEligible,
    /// Others, which it does not combine with, take off more.
    NotCombinable,
    /// Every use is taken.
    UsedUp,
    /// The buyer has used it.
    AlreadyUsed,
    /// The shop has taken it back.
    Revoked,
    /// The shop does without it for a while.
    Suspended,
}

impl Reason {
    /// As the API names it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::UnknownCode => "unknown-code",
            Reason::NotStarted => "not-started",
            Reason::Ended => "ended",
            Reason::WrongMarket => "wrong-market",
            Reason::NeedsMember => "needs-member",
            Reason::MinimumNotMet => "minimum-not-met",
            Reason::NotEligible => "not-eligible",
            Reason::NotCombinable => "not-combinable",
            Reason::UsedUp => "used-up",
            Reason::AlreadyUsed => "already-used",
            Reason::Revoked => "revoked",
            Reason::Suspended => "suspended",
        }
    }
}

/// A way of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryOption {
    /// Place of the method.
    pub method: usize,
    /// What it costs before anything is taken off.
    pub price: i64,
}

/// Tax, or duty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taxes {
    /// Whether it is in the prices; else it is added to them.
    pub is_included: bool,
    /// The sum of the parts, and of lines and delivery.
    pub total: i64,
    /// That of delivery.
    pub delivery: i64,
    /// A part for each name and percentage, in the order of the terms.
    pub parts: Vec<TaxPart>,
}

/// The tax of one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxPart {
    /// Place of the rate that names it.
    pub rate: usize,
    /// What it is paid on, without tax.
    pub base: i64,
    /// How much.
    pub amount: i64,
}

/// Why there is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// No market has this id.
    #[error("there is no such market")]
    UnknownMarket,
    /// More lines than an order may have.
    #[error("a cart has up to {max} lines", max = souk_domain::LINES_MAX)]
    TooManyLines,
    /// The offer of the line at this place has no price here and now.
    #[error("line {0} is not sold in this market")]
    NotSold(usize),
    /// The options of the line at this place are not those that its offer can be bought with here.
    #[error("the options of line {0} are not possible")]
    Options(usize),
    /// The chosen method does not exist, or not for this cart and place.
    #[error("this delivery is not possible")]
    DeliveryUnavailable,
    /// An amount is beyond [`souk_domain::Money::AMOUNT_MAX`].
    #[error("the amount is too large")]
    TooLarge,
}
