//! How many may be inside at once.

use super::Terms;

/// How many orders the limit counts as, before there are orders.
const ORDERS_ASSUMED: u64 = 10;

/// How many may be inside: as many as can all take what they may without exceeding what is left. One
/// takes what orders have had on average, and all together a margin of the limit times the square
/// root of their number more, but none more than the limit.
pub(super) fn capacity(available: i64, terms: &Terms, orders: u64, units: u64) -> u64 {
    let available = u64::try_from(available).unwrap_or_default();
    let bound = available * u64::from(terms.overbook_permille);
    let limit = u64::from(terms.limit.max(1));
    let orders = orders + ORDERS_ASSUMED;
    let mean = (units + limit * ORDERS_ASSUMED) * 1_000 / orders;
    let may_take = |inside: u64| {
        let expected = inside * mean + limit * inside.isqrt() * 1_000;
        expected.min(inside * limit * 1_000)
    };
    let (mut low, mut high) = (0, bound / 1_000 + 1);
    while high - low > 1 {
        let middle = low.midpoint(high);
        match may_take(middle) <= bound {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_inside_may_take_what_is_left_and_no_more() {
        let capacity = |available, limit, overbook_permille, orders, units| {
            let terms = Terms {
                limit,
                overbook_permille,
                turn_ms: 300_000,
                hears: true,
            };
            super::capacity(available, &terms, orders, units)
        };
        // available, limit, overbook, orders, units in them: how many may be inside
        for (given, expected) in [
            ((100, 1, 1_000, 0, 0), 100),
            ((100, 1, 1_300, 0, 0), 130),
            ((0, 1, 1_000, 0, 0), 0),
            ((-1, 1, 1_000, 0, 0), 0),
            ((100, 3, 1_000, 0, 0), 33),
            // Orders had one unit each: more fit in, with a margin.
            ((100, 3, 1_000, 990, 990), 74),
            ((3, 3, 1_000, 990, 990), 1),
            ((2, 3, 1_000, 0, 0), 0),
        ] {
            let (available, limit, overbook, orders, units) = given;
            let found = capacity(available, limit, overbook, orders, units);
            assert_eq!(found, expected, "{given:?}");
        }
    }
}
