//! How many orders are refused because a SKU is sold out: when that is worth a sold-out hold. Pure:
//! the caller passes the time in, and nothing here calls anything else.
//!
//! Each instance of the origin counts for itself, in memory only. The count affects nothing but the
//! number of requests that reach the origin: a shop without a crowd never has a sold-out hold, so a
//! unit that is returned there is sold at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use souk_stock_signals::sold_out_hold::{RENEWED_AFTER_MS, set_at_ms};

/// Refusals of one SKU within [`WINDOW_MS`] that are a crowd.
const CROWD: u32 = 16;
const WINDOW_MS: i64 = 1_000;
/// From one attempt to set a sold-out hold to the next: meanwhile the first one reaches the edges.
const PAUSE_MS: i64 = 250;
/// SKUs that are counted at the same time at most.
const SKUS_MAX: usize = 256;

/// Counts the refusals of one instance.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    skus: RefCell<BTreeMap<String, Refusals>>,
}

#[derive(Debug, Clone, Copy)]
struct Refusals {
    since_ms: i64,
    count: u32,
    attempted_ms: Option<i64>,
}

impl Pressure {
    /// No order has been refused.
    pub(crate) const fn new() -> Self {
        Self {
            skus: RefCell::new(BTreeMap::new()),
        }
    }

    /// Takes note of a refusal; true where a sold-out hold is to be set now, or set again.
    pub(crate) fn is_crowd(&self, sku: &str, sold_out_until_ms: Option<i64>, now_ms: i64) -> bool {
        let mut skus = self.skus.borrow_mut();
        if !skus.contains_key(sku) && skus.len() >= SKUS_MAX {
            skus.retain(|_, refusals| !refusals.is_over(now_ms));
            if skus.len() >= SKUS_MAX {
                return false;
            }
        }
        let refusals = skus.entry(sku.to_owned()).or_insert(Refusals {
            since_ms: now_ms,
            count: 0,
            attempted_ms: None,
        });
        if refusals.is_over(now_ms) {
            (refusals.since_ms, refusals.count) = (now_ms, 0);
        }
        refusals.count += 1;
        let wanted = match sold_out_until_ms {
            Some(until_ms) => now_ms - set_at_ms(until_ms) >= RENEWED_AFTER_MS,
            None => refusals.count >= CROWD,
        };
        let attempted_ms = refusals.attempted_ms;
        let is_due = attempted_ms.is_none_or(|at_ms| (now_ms - at_ms).abs() >= PAUSE_MS);
        if wanted && is_due {
            refusals.attempted_ms = Some(now_ms);
        }
        wanted && is_due
    }
}

impl Refusals {
    /// A clock that was set back ends it too.
    fn is_over(&self, now_ms: i64) -> bool {
        !(0..WINDOW_MS).contains(&(now_ms - self.since_ms))
    }
}

#[cfg(test)]
mod tests {
    use souk_stock_signals::sold_out_hold::held_until_ms;

    use super::*;

    /// How many of these refusals of `sku` call for a sold-out hold.
    fn refuse(pressure: &Pressure, sku: &str, moments: impl Iterator<Item = i64>) -> usize {
        moments
            .filter(|&now_ms| pressure.is_crowd(sku, None, now_ms))
            .count()
    }

    #[test]
    fn a_crowd_asks_for_a_sold_out_hold_once_in_a_while() {
        let pressure = Pressure::new();
        assert_eq!(refuse(&pressure, "tea", (0..15).map(|n| n * 10)), 0);
        assert!(pressure.is_crowd("tea", None, 150));
        assert_eq!(refuse(&pressure, "tea", 151..400), 0);
        assert!(pressure.is_crowd("tea", None, 400));
        assert_eq!(refuse(&pressure, "tea", 401..650), 0);
    }

    #[test]
    fn a_few_now_and_then_are_no_crowd() {
        let pressure = Pressure::new();
        // Fifteen a second, for a minute.
        assert_eq!(refuse(&pressure, "tea", (0..900).map(|n| n * 67)), 0);
        // Many, but each of another SKU.
        let skus = (0..1_000).map(|n| format!("sku-{n}"));
        assert!(
            skus.into_iter()
                .all(|sku| !pressure.is_crowd(&sku, None, 70_000))
        );
        assert!(pressure.skus.borrow().len() <= SKUS_MAX);
        // They make room once their second is over.
        assert_eq!(refuse(&pressure, "cup", 80_000..80_016), 1);
    }

    #[test]
    fn a_sold_out_hold_is_set_again_once_it_is_old_enough() {
        let pressure = Pressure::new();
        let until_ms = Some(held_until_ms(10_000));
        let old_ms = 10_000 + RENEWED_AFTER_MS;
        assert!(!pressure.is_crowd("tea", until_ms, old_ms - 1));
        assert!(pressure.is_crowd("tea", until_ms, old_ms));
        assert!(!pressure.is_crowd("tea", until_ms, old_ms + PAUSE_MS - 1));
        assert!(pressure.is_crowd("tea", until_ms, old_ms + PAUSE_MS));
        assert!(!pressure.is_crowd("tea", Some(held_until_ms(old_ms)), old_ms + 1));
    }

    #[test]
    fn a_clock_that_is_set_back_starts_anew() {
        let pressure = Pressure::new();
        assert_eq!(refuse(&pressure, "tea", 10_000..10_016), 1);
        assert_eq!(refuse(&pressure, "tea", 5_000..5_015), 0);
        assert!(pressure.is_crowd("tea", None, 5_015));
    }
}
