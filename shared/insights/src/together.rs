//! What is bought together: the cosine of two items, shrunk where few orders have both.
//!
//! `score = c / (sqrt(a * b) + 10)`, with `c` orders that have both, `a` and `b` that have each.
//! Without the 10, three chance orders of two rare items would stand above a hundred of two that go
//! together. On the Online Retail data of UCI lists of 12 made so predict more than all pairs do.

use std::collections::HashMap;

use souk_catalogue::SlugHash;

use crate::history::{BASKET_ITEMS_MAX, History};
use crate::pairs::Pairs;

/// Items in a list.
pub const LIST_MAX: usize = 12;
/// Orders that have to have both items of a pair: fewer could tell of one buyer.
pub const PAIR_ORDERS_MIN: u32 = 3;
/// What is added to the root of the product.
pub const SHRINKAGE: u64 = 10;
/// The score of one: scores are fractions of it and always less.
pub const SCORE_ONE: u64 = 1 << 16;
/// The greatest score.
const SCORE_MAX: u16 = u16::MAX;

/// Steps of a whole number that the root is computed in.
const ROOT_STEPS: u64 = 1 << 8;

/// A product that is bought together with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// Its slug.
    pub slug: SlugHash,
    /// Of [`SCORE_ONE`].
    pub score: u16,
}

/// An item that is bought together with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Its name.
    pub item: String,
    /// Of [`SCORE_ONE`].
    pub score: u16,
}

/// What is known of an item that stood in orders beside another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// The hash of its name.
    pub slug: SlugHash,
    /// Orders that have both.
    pub both: u32,
    /// Orders that have this one.
    pub orders: u64,
}

/// The list of an item that `orders` orders have: of all that it met, the closest first.
pub fn closest(orders: u64, met: impl IntoIterator<Item = Met>) -> Vec<Together> {
    let enough = met.into_iter().filter(|one| one.both >= PAIR_ORDERS_MIN);
    let scored = enough.map(|one| {
        let score = score(one.both, orders, one.orders);
        (u64::from(SCORE_MAX - score), one.slug.0)
    });
    let list = Pairs::new(scored.collect());
    let closest = list.as_slice().iter().take(LIST_MAX);
    let together = |&(distance, slug): &(u64, u64)| Together {
        slug: SlugHash(slug),
        score: SCORE_MAX - u16::try_from(distance).expect("it comes from a score"),
    };
    closest.map(together).collect()
}

/// For each item what is bought with it, the closest first, by the names of the items. An item
/// without a list is left out.
pub fn bought_together(history: &History) -> Vec<(String, Vec<Companion>)> {
    let names = history.names();
    let hashes: Vec<_> = names.iter().map(|name| SlugHash::of(name)).collect();
    let named: HashMap<SlugHash, &str> =
        hashes.iter().copied().zip(names.iter().copied()).collect();
    let baskets: Vec<&[u32]> = history
        .baskets()
        .map(|basket| basket.items.as_slice())
        .filter(|items| items.len() <= BASKET_ITEMS_MAX)
        .collect();
    let mut baskets_of = vec![Vec::new(); names.len()];
    for (place, items) in baskets.iter().enumerate() {
        for &item in *items {
            baskets_of[item as usize].push(place);
        }
    }
    let orders = |item: u32| baskets_of[item as usize].len() as u64;
    let mut both = vec![0_u32; names.len()];
    let mut lists = Vec::new();
    for (item, own) in (0_u32..).zip(&baskets_of) {
        let mut met = Vec::new();
        for &place in own {
            for &other in baskets[place] {
                let count = &mut both[other as usize];
                if *count == 0 {
                    met.push(other);
                }
                *count += 1;
            }
        }
        let met = met.into_iter().filter_map(|other| {
            let both = std::mem::take(&mut both[other as usize]);
            (other != item).then(|| Met {
                slug: hashes[other as usize],
                both,
                orders: orders(other),
            })
        });
        let list = closest(orders(item), met);
        if !list.is_empty() {
            let list = list.into_iter().map(|one| Companion {
                item: named[&one.slug].to_owned(),
                score: one.score,
            });
            lists.push((names[item as usize].to_owned(), list.collect()));
        }
    }
    lists.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    lists
}

/// The score of a pair that `both` orders have, and `one` and `other` orders one of.
fn score(both: u32, one: u64, other: u64) -> u16 {
    let root = (one * other * ROOT_STEPS * ROOT_STEPS).isqrt();
    let score = u64::from(both) * ROOT_STEPS * SCORE_ONE / (root + SHRINKAGE * ROOT_STEPS);
    u16::try_from(score.clamp(1, SCORE_MAX.into())).expect("it is a score")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn history(orders: &[(usize, &[&str])]) -> History {
        let mut history = History::default();
        let mut number = 0;
        for (times, items) in orders {
            for _ in 0..*times {
                number += 1;
                for item in *items {
                    history.add(&format!("{number}"), item, 1);
                }
            }
        }
        history
    }

    fn list(history: &History, of: &str) -> Vec<(String, u16)> {
        let lists = bought_together(history).into_iter();
        let mut lists = lists.filter(|(item, _)| item == of);
        let list = lists.next().map(|(_, list)| list).unwrap_or_default();
        list.into_iter().map(|one| (one.item, one.score)).collect()
    }

    #[test]
    fn scores_are_shrunk_cosines() {
        // c / (sqrt(a * b) + 10) of 65,536, computed by hand.
        for (both, one, other, expected) in [
            (3, 3, 3, 15_123),
            (100, 100, 100, 59_578),
            (4, 4, 9, 16_384),
            (1, 1_000_000, 1_000_000, 1),
        ] {
            assert_eq!(score(both, one, other), expected, "{both} {one} {other}");
        }
    }

    #[test]
    fn a_pair_of_two_orders_is_in_no_list() {
        let seldom = history(&[(2, &["lamp", "bulb"]), (9, &["lamp"])]);
        assert_eq!(bought_together(&seldom), []);
        let enough = history(&[(3, &["lamp", "bulb"]), (9, &["lamp"])]);
        assert_eq!(list(&enough, "lamp"), [("bulb".to_owned(), 12_288)]);
    }

    #[test]
    fn a_large_basket_says_nothing() {
        let names: Vec<String> = (0..=BASKET_ITEMS_MAX).map(|n| format!("i{n}")).collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(bought_together(&history(&[(5, &all)])), []);
        let most = history(&[(5, &all[1..])]);
        assert_eq!(list(&most, "i1").len(), LIST_MAX);
    }

    #[test]
    fn what_is_as_close_stands_by_the_hash_of_its_name() {
        let names = ["a", "b", "c", "d", "e"];
        let found = list(&history(&[(4, &names)]), "a");
        let found: Vec<_> = found.iter().map(|(item, _)| item.as_str()).collect();
        let mut expected = names[1..].to_vec();
        expected.sort_by_key(|name| SlugHash::of(name));
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn the_order_of_lines_decides_nothing_and_every_pair_is_counted(
            lines in prop::collection::vec((0..12_u8, 0..8_u8), 0..120),
            turned in any::<prop::sample::Index>(),
        ) {
            let read = |lines: &[(u8, u8)]| {
                let mut history = History::default();
                for (order, item) in lines {
                    history.add(&order.to_string(), &item.to_string(), 1);
                }
                history
            };
            let lists = bought_together(&read(&lines));
            let mut other = lines.clone();
            let by = if other.is_empty() { 0 } else { turned.index(other.len()) };
            other.rotate_left(by);
            other.reverse();
            prop_assert_eq!(&lists, &bought_together(&read(&other)));
            let orders_of = |item: &str| {
                let item: u8 = item.parse().unwrap();
                let mut orders: Vec<u8> =
                    lines.iter().filter(|line| line.1 == item).map(|line| line.0).collect();
                orders.sort_unstable();
                orders.dedup();
                orders
            };
            for (item, list) in &lists {
                prop_assert!(list.len() <= LIST_MAX);
                prop_assert!(list.is_sorted_by(|a, b| a.score >= b.score));
                let own = orders_of(item);
                for companion in list {
                    let other = orders_of(&companion.item);
                    let both = own.iter().filter(|order| other.contains(order)).count();
                    prop_assert!(both >= PAIR_ORDERS_MIN as usize && companion.item != *item);
                    let both = u32::try_from(both).unwrap();
                    let expected = score(both, own.len() as u64, other.len() as u64);
                    prop_assert_eq!(companion.score, expected);
                }
            }
        }
    }
}
