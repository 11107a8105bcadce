//! Promotions: what is taken off, for whom, when, and beside what.
//!
//! Not here: promotions of class `sale`, which are prices from a moment on ([`crate::Price`]).

use minicbor::{Decode, Encode};

use crate::{Amounts, CodeHash, Percent, Title};

/// What a promotion takes from. They are computed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Class {
    /// Each line by itself.
    #[n(0)]
    Line,
    /// The lines together.
    #[n(1)]
    Order,
    /// The price of delivery.
    #[n(2)]
    Delivery,
}

impl Class {
    /// As files and the API name it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Line => "line",
            Class::Order => "order",
            Class::Delivery => "delivery",
        }
    }
}

/// A promotion.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Promotion {
    /// The merchant's name for it, unique among promotions.
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Title,
    /// What it takes from.
    #[n(2)]
    pub class: Class,
    /// In which markets, and when.
    #[n(3)]
    pub runs: Vec<Run>,
    /// Tiers of the members that it is for; none: everybody.
    #[n(4)]
    pub tiers: Vec<String>,
    /// The highest comes first.
    #[n(5)]
    pub priority: i32,
    /// Promotions of one group never combine.
    #[n(6)]
    pub group: Option<String>,
    /// Whether it combines with none.
    #[n(7)]
    pub is_exclusive: bool,
    /// Classes of the promotions that it combines with, if they name its class as well.
    #[n(8)]
    pub stacks_with: Vec<Class>,
    /// The codes that unlock it; `None`: it needs none, and an empty list: those of its series.
    #[n(9)]
    pub codes: Option<Vec<CodeHash>>,
    /// What a cart has to have.
    #[n(10)]
    pub when: Minimum,
    /// The number of the group of products that it is for; `None`: everything.
    #[n(11)]
    pub products: Option<u16>,
    /// What it takes off.
    #[n(12)]
    pub action: Action,
    /// The most that it takes off an order.
    #[n(13)]
    pub discount_max: Amounts,
    /// Orders that may use it; the origin counts them.
    #[n(14)]
    pub uses_max: Option<u32>,
    /// Orders of one buyer that may use it; the origin counts them.
    #[n(15)]
    pub uses_per_buyer_max: Option<u32>,
}

impl Promotion {
    /// Whether it, or a code of it, may be used so often only.
    pub fn is_limited(&self) -> bool {
        self.uses_max.or(self.uses_per_buyer_max).is_some() || self.has_series()
    }

    /// Whether it is unlocked by codes that are good for one order each.
    pub fn has_series(&self) -> bool {
        self.codes.as_ref().is_some_and(Vec::is_empty)
    }
}

/// When a promotion runs in a market: from the first moment until before the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Run {
    /// Place of the market in [`crate::Terms::markets`].
    #[n(0)]
    pub market: u16,
    /// Milliseconds since 1970; `None`: it has begun.
    #[n(1)]
    pub from_ms: Option<i64>,
    /// Milliseconds since 1970; `None`: it does not end.
    #[n(2)]
    pub until_ms: Option<i64>,
}

/// What the products of a promotion have to reach in a cart: both, where both are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Minimum {
    /// What they cost.
    #[n(0)]
    pub subtotal: Amounts,
    /// How many units there are.
    #[n(1)]
    pub units: u32,
}

impl Minimum {
    /// Whether any cart reaches it.
    pub(crate) fn is_none(&self) -> bool {
        self.subtotal.is_empty() && self.units == 0
    }
}

/// What a promotion takes off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// A percentage or an amount.
    #[n(0)]
    Cut(#[n(0)] Cut),
    /// `amount` as often as `every` is reached.
    #[n(1)]
    Every {
        /// The step.
        #[n(0)]
        every: Amounts,
        /// What each step takes off.
        #[n(1)]
        amount: Amounts,
    },
    /// Of `buy + get` units the `get` cheapest are reduced; for lines only.
    #[n(2)]
    BuyGet {
        /// Units at their price.
        #[n(0)]
        buy: u32,
        /// Units that are reduced.
        #[n(1)]
        get: u32,
        /// By how much.
        #[n(2)]
        percent: Percent,
    },
    /// Of the steps that are reached the last.
    #[n(3)]
    Steps(#[n(0)] Vec<Step>),
}

/// A percentage or an amount.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Cut {
    /// Of what is left.
    #[n(0)]
    Percent(#[n(0)] Percent),
    /// Off each unit of a line, off an order, or off delivery.
    #[n(1)]
    Amount(#[n(0)] Amounts),
}

/// A step of [`Action::Steps`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Step {
    /// What has to be reached.
    #[n(0)]
    pub at: Minimum,
    /// What is taken off then.
    #[n(1)]
    pub cut: Cut,
}
