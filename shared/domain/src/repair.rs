//! What becomes of a stock account that does not agree with what was written beside it.
//!
//! A rule decides which record counts, never a guess. Orders say what is held and what is sold:
//! they are promises to shoppers. The ledger of movements says what came in. What came in and is
//! not promised can be ordered. Units that a count of the shelf finds or misses are no drift: they
//! are a receipt of their own.
//!
//! Not here: reading the books, and writing a repair down (`souk-order-store`).

use std::ops::{Add, Sub};

use crate::StockLevel;

/// An account with everything that was written beside it, of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recount {
    /// The account as it is.
    pub account: StockLevel,
    /// The sum of its movements.
    pub ledger: StockLevel,
    /// Units of orders that wait for their payment.
    pub held: i64,
    /// Units of orders that were sold and have not come back.
    pub sold: i64,
    /// Whether units may be sold that are not there yet.
    pub backorder: bool,
}

/// How ledger and account come to agree with the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repair {
    /// What became of the account without a movement: with it the ledger gives the account as it
    /// was found.
    pub found: StockLevel,
    /// What is added to both from there.
    pub added: StockLevel,
    /// Units of [`Self::added`] that are still to be made or bought in.
    pub backordered: i64,
}

impl Repair {
    /// Whether nothing drifts.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// More is promised to orders than ever came in, so no account adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{units} units are promised that never came in")]
pub struct Short {
    /// How many units more.
    pub units: i64,
}

impl Recount {
    /// The repair, which is empty where nothing drifts.
    ///
    /// # Errors
    /// When more is promised than came in, and units may not be sold that are not there yet.
    pub fn repair(&self) -> Result<Repair, Short> {
        let left = self.ledger.supplied - self.held - self.sold;
        let backordered = (-left).max(0);
        if backordered > 0 && !self.backorder {
            return Err(Short { units: backordered });
        }
        let right = StockLevel {
            supplied: self.ledger.supplied + backordered,
            available: left + backordered,
            held: self.held,
            sold: self.sold,
        };
        Ok(Repair {
            found: self.account - self.ledger,
            added: right - self.account,
            backordered,
        })
    }
}

impl Add for StockLevel {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            supplied: self.supplied + other.supplied,
            available: self.available + other.available,
            held: self.held + other.held,
            sold: self.sold + other.sold,
        }
    }
}

impl Sub for StockLevel {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            supplied: self.supplied - other.supplied,
            available: self.available - other.available,
            held: self.held - other.held,
            sold: self.sold - other.sold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level([supplied, available, held, sold]: [i64; 4]) -> StockLevel {
        StockLevel {
            supplied,
            available,
            held,
            sold,
        }
    }

    /// Account, ledger, held and sold of the orders → what was found, what is added.
    type Case = ([i64; 4], [i64; 4], [i64; 2], [i64; 4], [i64; 4]);

    #[test]
    fn orders_say_what_is_promised_and_the_ledger_what_came_in() {
        let right = [10, 5, 2, 3];
        let cases: [Case; 6] = [
            // Nothing drifts.
            (right, right, [2, 3], [0; 4], [0; 4]),
            // The account was edited by hand: units sold, and units that came in.
            ([10, 4, 2, 4], right, [2, 3], [0, -1, 0, 1], [0, 1, 0, -1]),
            ([15, 10, 2, 3], right, [2, 3], [5, 5, 0, 0], [-5, -5, 0, 0]),
            // The ledger lost the movements of orders: the account was right.
            (right, [10, 10, 0, 0], [2, 3], [0, -5, 2, 3], [0; 4]),
            // The ledger lost units that came in: a count of the shelf has to say so.
            (right, [8, 3, 2, 3], [2, 3], [2, 2, 0, 0], [-2, -2, 0, 0]),
            // Orders are gone, so the units that they took are no longer promised.
            (right, right, [0, 1], [0; 4], [0, 4, -2, -2]),
        ];
        for (account, ledger, [held, sold], found, added) in cases {
            let recount = Recount {
                account: level(account),
                ledger: level(ledger),
                held,
                sold,
                backorder: false,
            };
            let repair = recount.repair().expect("it can be repaired");
            assert_eq!(repair.found, level(found), "{recount:?}");
            assert_eq!(repair.added, level(added), "{recount:?}");
            assert_eq!(repair.is_empty(), found == [0; 4] && added == [0; 4]);
            let after = recount.account + repair.added;
            assert!(after.balances(), "{after:?}");
            assert_eq!(recount.ledger + repair.found + repair.added, after);
            assert_eq!((after.held, after.sold), (held, sold));
        }
    }

    #[test]
    fn what_never_came_in_is_not_made_up() {
        let mut recount = Recount {
            account: level([10, 7, 1, 2]),
            ledger: level([2, -1, 1, 2]),
            held: 1,
            sold: 2,
            backorder: false,
        };
        assert_eq!(recount.repair(), Err(Short { units: 1 }));
        // The last unit is enough.
        recount.ledger = level([3, 0, 1, 2]);
        let repair = recount.repair().expect("it can be repaired");
        assert_eq!(recount.account + repair.added, level([3, 0, 1, 2]));
    }

    #[test]
    fn what_may_be_sold_before_it_is_there_is_still_to_come() {
        let recount = Recount {
            account: level([10, 7, 1, 2]),
            ledger: level([2, -1, 1, 2]),
            held: 1,
            sold: 2,
            backorder: true,
        };
        let repair = recount.repair().expect("it can be repaired");
        assert_eq!(repair.backordered, 1);
        let after = recount.account + repair.added;
        assert_eq!(after, level([3, 0, 1, 2]));
        assert_eq!(recount.ledger + repair.found + repair.added, after);
    }
}
