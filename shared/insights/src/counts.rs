//! Orders as numbers that can be added to those of other orders: how many have a pair of products, and
//! how many have a product on a day. Products are the hashes of their slugs.
//!
//! The lists and the popular products that follow from the counts are those of the orders, except
//! that a product keeps the [`MET_MAX`] companions that it met most often.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use souk_catalogue::SlugHash;

use crate::factors::RANKED_MAX;
use crate::history::{BASKET_ITEMS_MAX, History};
use crate::popular::POPULAR_DAYS;
use crate::together::PAIR_ORDERS_MIN;

/// Companions of a product that are kept: four times what a list names, so that counts of other
/// orders can change which ones these are.
pub const MET_MAX: usize = 48;
/// Products whose days are kept, those that most orders have: as many as a root names.
pub const DAYS_PRODUCTS_MAX: usize = RANKED_MAX;

/// How many orders have two products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairCount {
    /// A product.
    pub product: SlugHash,
    /// Another one; the same one for how many orders have the product.
    pub companion: SlugHash,
    /// How many.
    pub orders: u32,
}

/// How many orders of a day have a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayCount {
    /// Days since 1970.
    pub day: u32,
    /// The product.
    pub product: SlugHash,
    /// How many.
    pub orders: u32,
}

/// What orders come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many there are.
    pub orders: u32,
    /// The day of the last one, in days since 1970.
    pub last_day: u32,
    /// Both ways, ascending.
    pub pairs: Vec<PairCount>,
    /// Ascending.
    pub days: Vec<DayCount>,
}

/// Counts orders whose items are slugs of products.
pub fn counts(history: &History) -> Counts {
    let names = history.names();
    let hashes: Vec<SlugHash> = names.iter().map(|name| SlugHash::of(name)).collect();
    Counts {
        orders: u32::try_from(history.orders()).unwrap_or(u32::MAX),
        last_day: history.last_day(),
        pairs: pairs(history, &hashes),
        days: days(history, &hashes),
    }
}

fn pairs(history: &History, hashes: &[SlugHash]) -> Vec<PairCount> {
    let mut met: Vec<HashMap<u32, u32>> = vec![HashMap::new(); hashes.len()];
    let small = history
        .baskets()
        .filter(|basket| basket.items.len() <= BASKET_ITEMS_MAX);
    for basket in small {
        for &item in &basket.items {
            for &other in &basket.items {
                *met[item as usize].entry(other).or_default() += 1;
            }
        }
    }
    let mut pairs = Vec::new();
    for (item, met) in (0_u32..).zip(&met) {
        let product = hashes[item as usize];
        let pair = |(&other, &orders): (&u32, &u32)| PairCount {
            product,
            companion: hashes[other as usize],
            orders,
        };
        pairs.extend(met.get_key_value(&item).map(pair));
        let enough =
            |(other, orders): &(&u32, &u32)| **other != item && **orders >= PAIR_ORDERS_MIN;
        let mut others: Vec<PairCount> = met.iter().filter(enough).map(pair).collect();
        others.sort_unstable_by(|a, b| b.orders.cmp(&a.orders).then(a.companion.cmp(&b.companion)));
        others.truncate(MET_MAX);
        pairs.extend(others);
    }
    pairs.sort_unstable();
    pairs
}

fn days(history: &History, hashes: &[SlugHash]) -> Vec<DayCount> {
    let last_day = history.last_day();
    let mut days: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let mut totals = vec![0_u32; hashes.len()];
    for basket in history.baskets() {
        if last_day - basket.day >= POPULAR_DAYS {
            continue;
        }
        for &item in &basket.items {
            *days.entry((basket.day, item)).or_default() += 1;
            totals[item as usize] += 1;
        }
    }
    let mut most: Vec<_> = totals.iter().zip(hashes).collect();
    most.sort_unstable_by(|(a, one), (b, other)| b.cmp(a).then(one.cmp(other)));
    let kept: BTreeSet<SlugHash> = most
        .into_iter()
        .take(DAYS_PRODUCTS_MAX)
        .map(|(_, hash)| *hash)
        .collect();
    let counts = days.into_iter().map(|((day, item), orders)| DayCount {
        day,
        product: hashes[item as usize],
        orders,
    });
    let mut days: Vec<DayCount> = counts.filter(|day| kept.contains(&day.product)).collect();
    days.sort_unstable();
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Met, bought_together, closest};

    fn history() -> History {
        let mut history = History::default();
        for product in 0..40_u32 {
            for order in 0..2 + product % 5 {
                for near in 0..4 {
                    let name = format!("{product}-{order}");
                    history.add(
                        &name,
                        &format!("product-{}", product + near),
                        20_000 - order,
                    );
                }
            }
        }
        history
    }

    #[test]
    fn lists_by_counts_are_those_of_the_orders() {
        let history = history();
        let counts = counts(&history);
        let own: HashMap<SlugHash, u64> = (counts.pairs.iter())
            .filter(|pair| pair.product == pair.companion)
            .map(|pair| (pair.product, pair.orders.into()))
            .collect();
        for (slug, list) in bought_together(&history) {
            let product = SlugHash::of(&slug);
            let met = counts
                .pairs
                .iter()
                .filter(|pair| pair.product == product && pair.companion != product);
            let met = met.map(|pair| Met {
                slug: pair.companion,
                both: pair.orders,
                orders: own[&pair.companion],
            });
            let expected = list.iter().map(|one| (SlugHash::of(&one.item), one.score));
            let found = closest(own[&product], met);
            assert!(
                found.iter().map(|one| (one.slug, one.score)).eq(expected),
                "{slug}"
            );
        }
        assert_eq!((counts.orders, counts.last_day), (160, 20_000));
        let ordered: u32 = counts.days.iter().map(|day| day.orders).sum();
        assert_eq!(ordered, 4 * 160);
    }

    #[test]
    fn a_product_keeps_what_it_met_most_often_and_no_pair_of_two_orders() {
        let mut history = History::default();
        for other in 0..60_u32 {
            for order in 0..2 + other {
                let name = format!("{other}-{order}");
                history.add(&name, "lamp", 1);
                history.add(&name, &format!("other-{other}"), 1);
            }
        }
        let lamp = SlugHash::of("lamp");
        let counts = counts(&history);
        let met =
            (counts.pairs.iter()).filter(|pair| pair.product == lamp && pair.companion != lamp);
        let mut orders: Vec<u32> = met.map(|pair| pair.orders).collect();
        orders.sort_unstable();
        assert_eq!(orders, (61 - 47..=61).collect::<Vec<_>>());
        let seldom = SlugHash::of("other-0");
        let of_seldom = counts.pairs.iter().filter(|pair| pair.product == seldom);
        assert_eq!(
            of_seldom.map(|pair| pair.companion).collect::<Vec<_>>(),
            [seldom]
        );
    }

    #[test]
    fn days_that_count_no_more_are_left_out() {
        let mut history = History::default();
        history.add("old", "lamp", 1_000);
        history.add("kept", "lamp", 1_001);
        history.add("last", "lamp", 1_180);
        let days = counts(&history).days;
        assert_eq!(
            days.iter().map(|day| day.day).collect::<Vec<_>>(),
            [1_001, 1_180]
        );
    }
}
