//! How many units of a SKU there are, and where they went.

use crate::{Money, Sku};

/// Most units of one SKU in one order line.
pub const QUANTITY_MAX: u32 = 10_000;

/// A number of units that can be ordered: 1 to [`QUANTITY_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(u32);

/// Why a number is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {QUANTITY_MAX}")]
pub struct QuantityError;

impl Quantity {
    /// Checks the bounds.
    ///
    /// # Errors
    /// When the number is 0 or above [`QUANTITY_MAX`].
    pub fn new(units: u32) -> Result<Self, QuantityError> {
        if (1..=QUANTITY_MAX).contains(&units) {
            Ok(Self(units))
        } else {
            Err(QuantityError)
        }
    }

    /// The number of units.
    pub fn units(self) -> u32 {
        self.0
    }
}

/// The stock account of one SKU.
///
/// At every instant `supplied = available + held + sold`, and none is negative. The stores keep
/// both rules as constraints of their own, so that no code path can break them unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StockLevel {
    /// Every unit that ever came in, less what was written off.
    pub supplied: i64,
    /// Units that can still be ordered.
    pub available: i64,
    /// Units promised to orders that wait for their payment.
    pub held: i64,
    /// Units that belong to orders.
    pub sold: i64,
}

impl StockLevel {
    /// Whether the account adds up.
    pub fn balances(&self) -> bool {
        self.available >= 0
            && self.held >= 0
            && self.sold >= 0
            && self.supplied == self.available + self.held + self.sold
    }
}

/// A change of a stock account, by a number of units. The ledger of stock is a list of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// Units come in.
    Supply,
    /// Units are counted that are still to be made or bought in.
    Backorder,
    /// Units are promised to an order that waits for its payment.
    Hold,
    /// Units go to an order.
    Sell,
    /// Promised units go to their order.
    Settle,
    /// Promised units can be ordered again.
    Release,
    /// Units of an order can be ordered again.
    Restock,
    /// Units of an order came back and cannot be sold again.
    Discard,
    /// Units that were counted before they were there are not made or bought in after all.
    Unorder,
    /// Units that can be ordered are found to be missing or broken.
    WriteOff,
    /// Units that can be ordered go to another store of the same shop.
    Depart,
    /// Units come from another store of the same shop.
    Arrive,
}

impl Movement {
    /// Every kind that a store knows which keeps all units of the shop.
    pub const ALL: [Movement; 10] = [
        Movement::Supply,
        Movement::Backorder,
        Movement::Hold,
        Movement::Sell,
        Movement::Settle,
        Movement::Release,
        Movement::Restock,
        Movement::Discard,
        Movement::Unorder,
        Movement::WriteOff,
    ];

    /// The kinds between the stores of a shop that has several.
    pub const BETWEEN_STORES: [Movement; 2] = [Movement::Depart, Movement::Arrive];

    /// What one unit of it adds to an account.
    pub fn unit(self) -> StockLevel {
        let [supplied, available, held, sold] = match self {
            Movement::Supply | Movement::Backorder | Movement::Arrive => [1, 1, 0, 0],
            Movement::Hold => [0, -1, 1, 0],
            Movement::Sell => [0, -1, 0, 1],
            Movement::Settle => [0, 0, -1, 1],
            Movement::Release => [0, 1, -1, 0],
            Movement::Restock => [0, 1, 0, -1],
            Movement::Discard => [-1, 0, 0, -1],
            Movement::Unorder | Movement::WriteOff | Movement::Depart => [-1, -1, 0, 0],
        };
        StockLevel {
            supplied,
            available,
            held,
            sold,
        }
    }
}

/// What the origin sells under a SKU: the price that counts and the stock behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The variant.
    pub sku: Sku,
    /// The price of one unit.
    pub unit_price: Money,
    /// What the shopper reads on the order.
    pub title: String,
    /// The product's slug.
    pub slug: String,
    /// Whether units may be sold that are not there yet ("continue selling when out of stock").
    pub backorder: bool,
    /// The account.
    pub level: StockLevel,
}
