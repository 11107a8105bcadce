//! How often a list names what an order has: one item of each order is hidden, and the others say
//! ten items that it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use souk_insights::{Companion, History};

/// Items that may be named.
const NAMED: usize = 10;

/// How often the hidden item was among those named.
pub(crate) struct HitRate {
    tests: usize,
    lists: usize,
    popular: usize,
}

impl fmt::Display for HitRate {
    #[expect(clippy::cast_precision_loss, reason = "shown with four digits")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |hits: usize| hits as f64 / self.tests.max(1) as f64;
        let (lists, popular) = (rate(self.lists), rate(self.popular));
        write!(
            out,
            "hit rate at {NAMED} of {} orders: {lists:.4}; of the most bought items: {popular:.4}, \
             {:.1} times less",
            self.tests,
            lists / popular.max(f64::MIN_POSITIVE)
        )
    }
}

/// Measures the lists of `history` on orders that were held out, those of two known items and more.
/// The item that is hidden is chosen by the order's place, so that every run hides the same ones.
pub(crate) fn measure(
    history: &History,
    lists: &[(String, Vec<Companion>)],
    held_out: &History,
) -> HitRate {
    let lists: BTreeMap<&str, &[Companion]> = (lists.iter())
        .map(|(item, list)| (item.as_str(), list.as_slice()))
        .collect();
    let known: BTreeSet<&str> = history.item_names().collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in history.basket_names().flatten() {
        *counts.entry(item).or_default() += 1;
    }
    let mut popular: Vec<_> = counts.into_iter().collect();
    popular.sort_by_key(|(item, count)| (std::cmp::Reverse(*count), *item));
    let mut rate = HitRate {
        tests: 0,
        lists: 0,
        popular: 0,
    };
    for (place, basket) in held_out.basket_names().enumerate() {
        let mut items: Vec<&str> = basket.filter(|item| known.contains(item)).collect();
        items.sort_unstable();
        if items.len() < 2 {
            continue;
        }
        // A step that is prime to most sizes of baskets.
        let hidden = items.remove(place * 7919 % items.len());
        rate.tests += 1;
        rate.lists += usize::from(named(&lists, &items).contains(&hidden));
        let mut others = popular.iter().filter(|(item, _)| !items.contains(item));
        rate.popular += usize::from(others.by_ref().take(NAMED).any(|(item, _)| *item == hidden));
    }
    rate
}

/// The items with the highest sums of scores in the lists of a basket.
fn named<'a>(lists: &BTreeMap<&str, &'a [Companion]>, basket: &[&str]) -> Vec<&'a str> {
    let mut sums: BTreeMap<&str, u32> = BTreeMap::new();
    for companion in basket
        .iter()
        .filter_map(|item| lists.get(item))
        .copied()
        .flatten()
    {
        if !basket.contains(&companion.item.as_str()) {
            *sums.entry(&companion.item).or_default() += u32::from(companion.score);
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(item, sum)| (std::cmp::Reverse(*sum), *item));
    sums.into_iter().take(NAMED).map(|(item, _)| item).collect()
}

#[cfg(test)]
mod tests {
    use souk_insights::bought_together;

    use super::*;

    #[test]
    fn what_always_goes_together_is_always_named() {
        let history = |orders: std::ops::Range<u32>| {
            let mut history = History::default();
            for order in orders {
                let pair = order % 40;
                for half in ["a", "b"] {
                    history.add(&format!("{order:04}"), &format!("{pair}{half}"), order);
                }
            }
            history
        };
        let (made_from, held_out) = (history(0..200), history(200..240));
        let lists = bought_together(&made_from);
        let rate = measure(&made_from, &lists, &held_out);
        assert_eq!((rate.tests, rate.lists), (40, 40));
        assert!(rate.popular < 20, "{rate}");
    }
}
