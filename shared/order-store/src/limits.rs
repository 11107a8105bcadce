//! What a deployment allows one order, buyer and client.
//!
//! Not here: the rule (`souk_domain::decide_lines`), the accounts that count (`allowances`).

use souk_domain::OrderLimits;

/// Most units of a limit that is set: more than an order may have of a hundred lines.
pub const LIMIT_UNITS_MAX: u32 = 1_000_000;

/// The limits of a deployment; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of one SKU in one order.
    pub units_per_line: u32,
    /// Units in one order.
    pub units_per_order: u32,
    /// Units in the unpaid orders of one buyer.
    pub unpaid_units_per_buyer: u32,
    /// Whether it is the default, and so not for the local clients of a shop without a public
    /// address.
    pub is_buyer_default: bool,
    /// Units in the unpaid orders of one client.
    pub unpaid_units_per_client: u32,
    /// Percent of a SKU's units that may be in unpaid orders; 0 and 100: all.
    pub unpaid_percent_per_sku: u8,
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits {
        units_per_line: 0,
        units_per_order: 0,
        unpaid_units_per_buyer: 0,
        is_buyer_default: false,
        unpaid_units_per_client: 0,
        unpaid_percent_per_sku: 0,
    };

    /// More than a household buys of anything, and less than a small shop has. An address is
    /// perhaps that of an office, or one that a mobile network gives to many subscribers, so a
    /// client may have as much as ten buyers.
    /// All units of a SKU may be in unpaid orders: the last ones sell as fast as the first.
    pub const DEFAULT: Limits = Limits {
        units_per_line: 20,
        units_per_order: 100,
        unpaid_units_per_buyer: 30,
        is_buyer_default: true,
        unpaid_units_per_client: 300,
        unpaid_percent_per_sku: 100,
    };

    /// What they say of an order by itself.
    pub fn of_order(&self) -> OrderLimits {
        let some = |units: u32| (units > 0).then_some(units);
        OrderLimits {
            units_per_line: some(self.units_per_line),
            units_per_order: some(self.units_per_order),
        }
    }
}
