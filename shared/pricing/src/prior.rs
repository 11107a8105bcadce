//! The prior price of a reduction, from the ledger of what publishes have said.
//!
//! Source: Directive 98/6/EC, Art. 6a (as amended by Directive (EU) 2019/2161): the lowest price of the
//! 30 days *before the reduction was applied*. It is that of the beginning for as long as the reduction
//! lasts; the lowest of the last 30 days would be the reduced price itself before long. The rule is in
//! the `README.md` of this crate.
//!
//! Not here: where the ledger is kept (`souk-order-store`), who reads it (the program `souk`, which
//! writes each prior price beside its price when it publishes).

use crate::Price;

/// How far before the beginning of a reduction prices count, in milliseconds: 30 days.
pub const PRIOR_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// What a SKU cost in a market, and will cost by what was said last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceHistory {
    /// In ascending order; each is in force until the next one.
    prices: Vec<Price>,
    recorded_ms: Option<i64>,
}

impl PriceHistory {
    /// Adds what a publish has said at a moment, in milliseconds since 1970: it takes the place of
    /// what was said about later, and of nothing that was in force before. `timeline` is in ascending
    /// order; an empty one says that the SKU is not sold.
    ///
    /// A moment before that of the record before, from a clock that went back, counts as that one.
    pub fn record(&mut self, recorded_ms: i64, timeline: &[Price]) {
        let from_ms = self
            .recorded_ms
            .map_or(recorded_ms, |last| last.max(recorded_ms));
        self.recorded_ms = Some(from_ms);
        let kept = self.prices.partition_point(|price| price.from_ms < from_ms);
        self.prices.truncate(kept);
        let begun = timeline.partition_point(|price| price.from_ms <= from_ms);
        let current = begun.checked_sub(1).map(|place| timeline[place]);
        self.prices.push(Price {
            from_ms,
            ..current.unwrap_or_default()
        });
        self.prices.extend(&timeline[begun..]);
        let said = |price: &Price| (price.minor, price.compare_at_minor);
        self.prices
            .dedup_by(|later, earlier| said(later) == said(earlier));
    }

    /// The prices with the prior price of each reduction; each is in force until the next one.
    pub fn prices(&self) -> Vec<Price> {
        let prices = self.prices.iter().enumerate();
        let prices = prices.map(|(place, price)| Price {
            prior_minor: self.prior(place),
            ..*price
        });
        prices.collect()
    }

    /// The prior price of the reduction that is in force at a moment, in minor units; `None` where
    /// there is no reduction, or nothing was sold in the 30 days before it began.
    pub fn prior_at(&self, at_ms: i64) -> Option<i64> {
        let begun = self.prices.partition_point(|price| price.from_ms <= at_ms);
        self.prior(begun.checked_sub(1)?)
    }

    /// Puts prior prices beside the reductions of a timeline that is published at a moment: for one
    /// that lasts as it is, for one to come as it will be, and for one that is over as it was. The
    /// same timeline gets the same prior prices whenever it is published again.
    pub fn put_on(&self, timeline: &mut [Price], now_ms: i64) {
        let mut planned = self.clone();
        planned.record(now_ms, timeline);
        let now_ms = planned.recorded_ms.unwrap_or(now_ms);
        for place in 0..timeline.len() {
            let next = timeline.get(place + 1);
            let last_ms = next.map_or(i64::MAX, |next| next.from_ms.saturating_sub(1));
            let price = &mut timeline[place];
            let at_ms = price.from_ms.max(now_ms.min(last_ms));
            let prior = planned.prior_at(at_ms);
            price.prior_minor = prior.filter(|_| price.is_reduction());
        }
    }

    /// The lowest price of the 30 days before a moment in milliseconds since 1970, in minor units: the
    /// prior price of a reduction that begins then. `None` where nothing was sold in that time.
    pub fn lowest_before(&self, at_ms: i64) -> Option<i64> {
        let first_ms = at_ms.saturating_sub(PRIOR_MS);
        let first = self
            .prices
            .partition_point(|price| price.from_ms <= first_ms);
        let end = self.prices.partition_point(|price| price.from_ms < at_ms);
        let counted = &self.prices[first.saturating_sub(1)..end];
        counted.iter().filter_map(|price| price.minor).min()
    }

    fn prior(&self, place: usize) -> Option<i64> {
        let prices = self.prices.get(..=place)?;
        let others = prices.iter().rposition(|price| !price.is_reduction())?;
        self.lowest_before(prices.get(others + 1)?.from_ms)
    }
}

/// What a SKU costs at least, where goods with two timelines are sold under it: at each moment the
/// lower one of both prices.
pub fn lowest(one: &[Price], other: &[Price]) -> Vec<Price> {
    let both = || one.iter().chain(other);
    let mut instants: Vec<_> = both().map(|price| price.from_ms).collect();
    instants.sort_unstable();
    instants.dedup();
    let at = |timeline: &[Price], at_ms| {
        let begun = timeline.partition_point(|price| price.from_ms <= at_ms);
        begun.checked_sub(1).map(|place| timeline[place])
    };
    let prices = instants.into_iter().map(|from_ms| {
        let sold = [at(one, from_ms), at(other, from_ms)].into_iter().flatten();
        let sold = sold.filter(|price| price.minor.is_some());
        Price {
            from_ms,
            ..sold.min_by_key(|price| price.minor).unwrap_or_default()
        }
    });
    prices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    fn price(day: i64, minor: i64) -> Price {
        Price {
            from_ms: day * DAY_MS,
            minor: Some(minor),
            ..Price::default()
        }
    }

    fn reduced(day: i64, minor: i64) -> Price {
        Price {
            compare_at_minor: Some(1_200),
            ..price(day, minor)
        }
    }

    /// A day, and the prices that a publish of that day records.
    type Record = (i64, Vec<Price>);

    #[test]
    fn the_lowest_price_before_a_moment_is_that_of_thirty_days() {
        let history = history(&[(0, vec![price(0, 900)]), (5, vec![price(5, 1_000)])]);
        let before = |day: i64| history.lowest_before(day * DAY_MS);
        // At day 35 the price of day 0 has just not been in force for 30 days.
        assert_eq!(
            [0, 1, 5, 34, 35].map(before),
            [None, Some(900), Some(900), Some(900), Some(1_000)]
        );
        assert_eq!(before(99), Some(1_000), "it has not changed since");
    }

    fn history(records: &[Record]) -> PriceHistory {
        let mut history = PriceHistory::default();
        for (day, timeline) in records {
            history.record(day * DAY_MS, timeline);
        }
        history
    }

    fn prior(records: &[Record], day: i64) -> Option<i64> {
        history(records).prior_at(day * DAY_MS)
    }

    /// Prices by the days on which they begin.
    fn days(prices: &[Price]) -> Vec<(i64, i64)> {
        let days = prices.iter();
        days.map(|one| (one.from_ms / DAY_MS, one.minor.unwrap()))
            .collect()
    }

    #[test]
    fn a_prior_price_is_the_lowest_of_the_30_days_before_the_reduction_began() {
        let records = |day| {
            [
                (0, vec![price(0, 700)]),
                (10, vec![price(0, 900)]),
                (20, vec![price(0, 1_000)]),
                (day, vec![reduced(0, 800)]),
            ]
        };
        for (day, expected) in [(39, 700), (40, 900), (49, 900), (50, 1_000)] {
            assert_eq!(prior(&records(day), day), Some(expected), "on day {day}");
        }
        assert_eq!(prior(&records(39), 38), None, "no reduction");
    }

    #[test]
    fn a_reduction_keeps_the_prior_price_of_its_beginning() {
        let mut records = vec![
            (0, vec![price(0, 1_000)]),
            (5, vec![reduced(0, 900)]),
            (10, vec![reduced(0, 600)]),
        ];
        for day in [5, 10, 100] {
            assert_eq!(prior(&records, day), Some(1_000), "on day {day}");
        }
        records.push((12, vec![price(0, 1_000)]));
        records.push((13, vec![reduced(0, 800)]));
        assert_eq!(prior(&records, 13), Some(600), "another one began");
    }

    #[test]
    fn a_reduction_that_was_there_first_has_no_prior_price() {
        let first = (3, vec![reduced(0, 800)]);
        assert_eq!(prior(std::slice::from_ref(&first), 3), None);
        let gap = |day| [first.clone(), (4, Vec::new()), (day, vec![reduced(0, 900)])];
        assert_eq!(prior(&gap(40), 40), None, "not sold for more than 30 days");
        assert_eq!(
            prior(&gap(20), 20),
            Some(800),
            "what was not sold begins anew"
        );
    }

    #[test]
    fn a_record_takes_the_place_of_what_was_said_about_later_and_of_nothing_else() {
        let planned = [
            (0, vec![price(0, 1_000), price(2, 500), price(9, 400)]),
            (5, vec![price(0, 1_000)]),
            (4, vec![price(0, 1_100), price(8, 900)]),
        ];
        let prices = history(&planned).prices();
        let expected = [(0, 1_000), (2, 500), (5, 1_100), (8, 900)];
        assert_eq!(days(&prices), expected);
    }

    #[test]
    fn a_timeline_gets_the_same_prior_prices_whenever_it_is_published() {
        let timeline = vec![
            price(0, 1_000),
            reduced(10, 800),
            price(20, 900),
            reduced(30, 700),
        ];
        let published = |history: &PriceHistory, day| {
            let mut timeline = timeline.clone();
            history.put_on(&mut timeline, day * DAY_MS);
            timeline.into_iter().map(|one| one.prior_minor).collect()
        };
        let first: Vec<_> = published(&PriceHistory::default(), 1);
        assert_eq!(first, [None, Some(1_000), None, Some(800)]);
        let recorded = history(&[(1, timeline.clone())]);
        for day in [1, 10, 15, 20, 25, 30, 35, 99] {
            assert_eq!(published(&recorded, day), first, "on day {day}");
        }
    }

    #[test]
    fn a_sku_of_two_goods_costs_the_lower_price() {
        let one = [price(0, 1_000), reduced(5, 800), price(9, 1_000)];
        let other = [price(3, 900), price(7, 700)];
        let expected = [(0, 1_000), (3, 900), (5, 800), (7, 700), (9, 700)];
        assert_eq!(days(&lowest(&one, &other)), expected);
    }
}
