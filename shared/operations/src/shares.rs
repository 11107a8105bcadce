//! Which share of the requests edges report, so that about [`SAMPLES_PER_S`] arrive whatever the traffic.
//!
//! Classes are treated alike: one with few requests is reported whole, so that orders are seen beside a
//! hundred times as many pages, and what it leaves goes to the others (max-min fairness).
//! A share is a function of the rate that was seen under the shares before, which samples show by their
//! weights. Of a class of which nothing was seen it grows step by step, because nothing says how much
//! comes.
//!
//! Not here: when anything is wanted ([`crate::applied`]), and the bound of one instance, which holds
//! while traffic rises faster than shares fall (the storefront).

use crate::pulse::{RouteClass, Sampling};

/// Samples that are wanted in a second.
pub const SAMPLES_PER_S: f64 = 200.0;
/// A share that is everything.
pub const WHOLE: u32 = 1_000_000;
/// A share of a class of which no rate was ever seen.
const FIRST: u32 = WHOLE / 10;
/// In one step a share grows by this factor at most.
const GROWTH: u32 = 4;

/// The shares of a shop of which no rate was ever seen.
pub fn first() -> Vec<Sampling> {
    let classes = RouteClass::ALL.into_iter();
    let first = classes.map(|class| Sampling {
        class,
        per_million: FIRST,
    });
    first.collect()
}

/// The next shares. `before`: those in force; `rates`: requests in a second of each class, in the order
/// of [`RouteClass::ALL`], as far as samples show them.
pub fn next(before: &[Sampling], rates: [f64; RouteClass::ALL.len()]) -> Vec<Sampling> {
    let shares = fair(rates);
    let classes = RouteClass::ALL.into_iter().zip(shares);
    let next = classes.map(|(class, fair)| {
        let grown = of(before, class).saturating_mul(GROWTH).min(WHOLE);
        let per_million = fair.min(grown);
        Sampling { class, per_million }
    });
    next.collect()
}

/// The share of a class that edges report by a pulse; none where it has none.
pub fn published(sampling: &[Sampling], class: RouteClass) -> u32 {
    let mut shares = sampling.iter();
    let share = shares.find(|share| share.class == class);
    share.map_or(0, |share| share.per_million.min(WHOLE))
}

/// The share of a class, or the first one.
fn of(before: &[Sampling], class: RouteClass) -> u32 {
    match published(before, class) {
        0 => FIRST,
        share => share,
    }
}

/// The shares by rates alone. The smallest class takes what it needs, at most an equal part of what is
/// left for it and those after it.
fn fair(rates: [f64; RouteClass::ALL.len()]) -> [u32; RouteClass::ALL.len()] {
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|&one, &other| rates[one].total_cmp(&rates[other]));
    let mut shares = [WHOLE; RouteClass::ALL.len()];
    let mut left = SAMPLES_PER_S;
    for (at, &class) in order.iter().enumerate() {
        let classes_left = (rates.len() - at) as f64;
        let taken = rates[class].min(left / classes_left);
        left -= taken;
        if taken < rates[class] {
            let share = taken / rates[class] * f64::from(WHOLE);
            // Never nothing: it would not be seen again.
            shares[class] = (share as u32).max(1);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(of: &[Sampling], class: RouteClass) -> u32 {
        published(of, class)
    }

    #[test]
    fn a_small_class_is_reported_whole_beside_a_large_one() {
        let before = next(&[], [0.0; 6]);
        let before = next(&before, [0.0; 6]);
        assert!(before.iter().all(|share| share.per_million == WHOLE));
        let shares = next(&before, [50_000.0, 20.0, 0.0, 0.0, 30.0, 0.0]);
        let read = share(&shares, RouteClass::Read);
        assert_eq!(read, 3_000, "150 of 50,000");
        for class in [RouteClass::Search, RouteClass::Order, RouteClass::Secret] {
            assert_eq!(share(&shares, class), WHOLE, "{class:?}");
        }
    }

    #[test]
    fn a_class_of_which_nothing_was_seen_grows_step_by_step() {
        let first = next(&[], [0.0; 6]);
        assert_eq!(share(&first, RouteClass::Read), FIRST * GROWTH);
        let low = [Sampling {
            class: RouteClass::Read,
            per_million: 100,
        }];
        let grown = next(&low, [0.0; 6]);
        assert_eq!(share(&grown, RouteClass::Read), 400);
    }

    #[test]
    fn a_class_without_a_share_is_not_reported() {
        assert_eq!(published(&[], RouteClass::Read), 0);
    }

    proptest! {
        #[test]
        fn shares_fit_the_rates_and_use_what_there_is(rates in prop::array::uniform6(0.0..1e6_f64)) {
            let shares = fair(rates);
            let arriving = rates.iter().zip(shares).map(|(rate, share)| rate * f64::from(share) / 1e6);
            let arriving: f64 = arriving.sum();
            // A share is rounded down to a millionth, and is at least one.
            prop_assert!(arriving <= SAMPLES_PER_S + 6.0, "{arriving}");
            let all: f64 = rates.iter().sum();
            prop_assert!(arriving >= all.min(SAMPLES_PER_S) - 6.0, "{arriving} of {all}");
        }
    }
}
