//! What is bought most: an order counts half after [`HALF_LIFE_DAYS`].

use souk_catalogue::SlugHash;

use crate::history::History;

/// Days after which an order counts half.
pub const HALF_LIFE_DAYS: u32 = 30;
/// Items that are named.
pub const POPULAR_MAX: usize = 64;

/// An order counts for so many days, the last one's among them: six half-lives, at the end of which
/// it counts a sixty-fourth.
pub const POPULAR_DAYS: u32 = 180;

/// What an order of the last day counts.
pub(crate) const ORDER_ONE: u64 = 1 << 24;
/// What is left of an order after a day: 2^(-1/30) of 2^32.
const DAY_LEFT: u64 = 4_196_870_107;

/// What an order counts, by its age in days; nothing from [`POPULAR_DAYS`] on.
pub fn order_weights() -> impl Iterator<Item = u64> {
    let next = |weight: &u64| Some((weight * DAY_LEFT) >> 32);
    std::iter::successors(Some(ORDER_ONE), next).take(POPULAR_DAYS as usize)
}

/// The items that most orders have, the most popular first, the last order's day as today.
pub fn popular(history: &History) -> Vec<String> {
    let ordered = most_ordered(history).into_iter().take(POPULAR_MAX);
    ordered.map(|(name, _)| name.to_owned()).collect()
}

/// Every item that has orders which count, with what they count, the most popular first.
pub(crate) fn most_ordered(history: &History) -> Vec<(&str, u64)> {
    let names = history.names();
    let today = history.last_day();
    let weights: Vec<u64> = order_weights().collect();
    let mut counts = vec![0_u64; names.len()];
    for basket in history.baskets() {
        let age = (today - basket.day) as usize;
        let weight = weights.get(age).copied().unwrap_or(0);
        for &item in &basket.items {
            counts[item as usize] += weight;
        }
    }
    let mut items: Vec<_> = names
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (std::cmp::Reverse(count), SlugHash::of(name), name))
        .collect();
    items.sort_unstable();
    items
        .into_iter()
        .map(|(count, _, name)| (name, count.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(orders: &[(u32, u32, &str)]) -> Vec<String> {
        let mut history = History::default();
        for (day, times, item) in orders {
            for number in 0..*times {
                history.add(&format!("{item} {day} {number}"), item, *day);
            }
        }
        popular(&history)
    }

    #[test]
    fn an_order_counts_half_after_thirty_days() {
        assert_eq!(of(&[(100, 10, "new"), (70, 19, "old")]), ["new", "old"]);
        assert_eq!(of(&[(100, 10, "new"), (70, 21, "old")]), ["old", "new"]);
        assert_eq!(of(&[(100, 10, "new"), (40, 41, "old")]), ["old", "new"]);
        // The last day that counts, and the day before it.
        assert_eq!(of(&[(280, 1, "new"), (101, 65, "old")]), ["old", "new"]);
        assert_eq!(of(&[(280, 1, "new"), (100, 99, "old")]), ["new"]);
        assert_eq!(of(&[(9_000, 1, "new"), (1, 900, "old")]), ["new"]);
    }

    #[test]
    fn what_is_as_popular_stands_by_the_hash_of_its_name() {
        let names: Vec<String> = (0..80).map(|number| format!("item-{number}")).collect();
        let orders: Vec<_> = names.iter().map(|name| (5, 2, name.as_str())).collect();
        let mut expected = names.clone();
        expected.sort_by_key(|name| SlugHash::of(name));
        expected.truncate(POPULAR_MAX);
        assert_eq!(of(&orders), expected);
        assert_eq!(of(&[]), [""; 0]);
    }
}
