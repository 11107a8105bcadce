//! The values of a second, from the requests that edges have reported in it.
//!
//! A sample stands for as many requests as its weight says: the inverse of the share that its edge
//! reported then. So counts are right on average whatever the shares were, and a quantile is that of
//! all requests as far as samples show it: of few samples the 99th percentile is the slowest one.
//!
//! Not here: how samples travel (`souk_protocol::samples`), which share is reported
//! ([`crate::shares`]), when a change has arrived everywhere ([`crate::applied`]).

use std::collections::BTreeMap;

use crate::pulse::RouteClass;
use crate::signals::{Second, Signal};

/// A request that an edge has answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Names the instance.
    pub edge: u64,
    /// When it was answered, by the clock of the store, in milliseconds since 1970.
    pub at_ms: i64,
    /// It stands for so many requests, at least 1.
    pub weight: f64,
    /// Which kind of request it was.
    pub class: RouteClass,
    /// The hundreds of the status of its response.
    pub status: u8,
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// What the origin did for it, if it was asked.
    pub origin: Option<OriginCall>,
    /// Whether it was to place an order.
    pub places: bool,
    /// The stamp of the pulse that the instance had.
    pub stamp: u64,
    /// How old that pulse was, in milliseconds, as far as that is known.
    pub pulse_age_ms: Option<u32>,
    /// The lane of a release, for a request that could have got into either one. One that was forwarded is
    /// reported by both lanes: [`second`] gets it once, from the build that has answered it.
    pub lane: Option<Lane>,
}

/// Which lane a sample is of, and which one has reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The stable build has answered a shopper who has a bucket.
    Stable,
    /// The build of the release has answered, and says so itself.
    Next,
    /// The build of the release was to answer, as the stable one has seen it.
    Forwarded,
}

impl Lane {
    /// Every one, in the order of their numbers.
    pub const ALL: [Lane; 3] = [Lane::Stable, Lane::Next, Lane::Forwarded];

    /// The number that a sample has for it, from 1.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// From that number; `None` for 0, which is no lane, and for others.
    pub fn of_number(number: u8) -> Option<Self> {
        let place = usize::from(number).checked_sub(1)?;
        Self::ALL.get(place).copied()
    }
}

/// A call of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginCall {
    /// How long it took, in milliseconds.
    pub ms: u32,
    /// Whether no answer came.
    pub has_failed: bool,
}

/// What is known of a second besides its samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// How long it was in truth, in milliseconds, above 0: since the step before.
    pub length_ms: i64,
    /// The calls of the origin by the ushers.
    pub origin: Vec<OriginCall>,
    /// Of the sales that are on; `None` where none is.
    pub sales: Option<SalesNow>,
    /// How many instances were heard in the last seconds, and how many of them have the last change.
    pub edges: (u32, u32),
}

/// The sales that are on, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SalesNow {
    /// Tickets that wait.
    pub waiting: u64,
    /// Tickets that are called in a minute.
    pub called_per_minute: u32,
    /// Units that are left.
    pub left: i64,
    /// Orders with a ticket since the step before.
    pub orders: u64,
}

/// The values of a second, in seconds since 1970.
pub fn second(at_s: i64, samples: &[Sample], known: &Known) -> Second {
    let mut values = BTreeMap::new();
    let seconds = known.length_ms.max(1) as f64 / 1_000.0;
    let weight_of = |is: &dyn Fn(&Sample) -> bool| {
        let counted = samples.iter().filter(|sample| is(sample));
        counted.map(|sample| sample.weight).sum::<f64>()
    };
    let all = weight_of(&|_| true);
    if all > 0.0 {
        values.insert(Signal::RequestsRate, all / seconds);
        let errors = weight_of(&|sample| sample.status >= 5);
        values.insert(Signal::RequestsErrors, errors / all);
        let placed = weight_of(&|sample| sample.places && sample.status < 4);
        values.insert(Signal::OrdersRate, placed / seconds);
        let refused = weight_of(&|sample| sample.places && sample.status == 4);
        values.insert(Signal::OrdersRefused, refused / seconds);
    }
    let is_page = |sample: &&Sample| matches!(sample.class, RouteClass::Read | RouteClass::Search);
    let pages = samples.iter().filter(is_page);
    let pages = Weighted::of(pages.map(|sample| (sample.ms, sample.weight)));
    insert(&mut values, Signal::PagesP50, pages.quantile(0.5));
    insert(&mut values, Signal::PagesP90, pages.quantile(0.9));
    insert(&mut values, Signal::PagesP99, pages.quantile(0.99));
    origin(&mut values, samples, &known.origin);
    let ages = samples.iter().filter_map(|sample| {
        let age_ms = sample.pulse_age_ms?;
        Some((age_ms, sample.weight))
    });
    insert(
        &mut values,
        Signal::PulseAgeP99,
        Weighted::of(ages).quantile(0.99),
    );
    if let Some(sales) = &known.sales {
        values.insert(Signal::RoomWaiting, sales.waiting as f64);
        let called = f64::from(sales.called_per_minute) / 60.0;
        values.insert(Signal::RoomCalledRate, called);
        values.insert(Signal::SaleLeft, sales.left as f64);
        // The store knows each order of a sale; samples also know the others.
        let orders = sales.orders as f64 / seconds;
        let rate = values.entry(Signal::OrdersRate).or_default();
        *rate = rate.max(orders);
    }
    let (edges, applied) = known.edges;
    values.insert(Signal::Edges, f64::from(edges));
    if edges > 0 {
        let share = f64::from(applied) / f64::from(edges);
        values.insert(Signal::SwitchesApplied, share);
    }
    Second { at_s, values }
}

/// What the origin did, for edges and for ushers.
fn origin(values: &mut BTreeMap<Signal, f64>, samples: &[Sample], ushers: &[OriginCall]) {
    let sampled = samples.iter().filter_map(|sample| {
        let call = sample.origin?;
        Some((call, sample.weight))
    });
    let calls = sampled.chain(ushers.iter().map(|call| (*call, 1.0)));
    let calls: Vec<_> = calls.collect();
    let all: f64 = calls.iter().map(|(_, weight)| weight).sum();
    if all > 0.0 {
        let failed = calls.iter().filter(|(call, _)| call.has_failed);
        let failed: f64 = failed.map(|(_, weight)| weight).sum();
        values.insert(Signal::OriginErrors, failed / all);
    }
    let times = Weighted::of(calls.iter().map(|(call, weight)| (call.ms, *weight)));
    insert(values, Signal::OriginP99, times.quantile(0.99));
}

fn insert(values: &mut BTreeMap<Signal, f64>, signal: Signal, value: Option<f64>) {
    if let Some(value) = value {
        values.insert(signal, value);
    }
}

/// Times in milliseconds with their weights, the smallest first.
struct Weighted(Vec<(u32, f64)>);

impl Weighted {
    fn of(times: impl Iterator<Item = (u32, f64)>) -> Self {
        let mut times: Vec<_> = times.collect();
        times.sort_unstable_by_key(|(ms, _)| *ms);
        Self(times)
    }

    /// The smallest time within which this share of the requests was answered.
    fn quantile(&self, share: f64) -> Option<f64> {
        let all: f64 = self.0.iter().map(|(_, weight)| weight).sum();
        let mut below = 0.0;
        let mut times = self.0.iter();
        let found = times.find(|(_, weight)| {
            below += weight;
            below >= share * all
        });
        let found = found.or(self.0.last());
        found.map(|(ms, _)| f64::from(*ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(class: RouteClass, ms: u32, weight: f64) -> Sample {
        Sample {
            edge: 1,
            at_ms: 0,
            weight,
            class,
            status: 2,
            ms,
            origin: None,
            places: false,
            stamp: 1,
            pulse_age_ms: Some(ms * 2),
            lane: None,
        }
    }

    fn known() -> Known {
        Known {
            length_ms: 1_000,
            ..Known::default()
        }
    }

    #[test]
    fn a_second_without_samples_has_no_value_but_the_number_of_edges() {
        let second = second(7, &[], &known());
        let edges = BTreeMap::from([(Signal::Edges, 0.0)]);
        assert_eq!((second.at_s, second.values), (7, edges));
    }

    #[test]
    fn samples_count_by_the_share_that_was_reported() {
        let read = sample(RouteClass::Read, 10, 100.0);
        let order = Sample {
            places: true,
            ..sample(RouteClass::Order, 50, 2.0)
        };
        let refused = Sample { status: 4, ..order };
        let broken = Sample {
            status: 5,
            ..sample(RouteClass::Cart, 9, 5.0)
        };
        let known = Known {
            length_ms: 2_000,
            edges: (4, 3),
            ..known()
        };
        let samples = [read, read, order, order, refused, broken];
        let values = second(0, &samples, &known).values;
        let of = |signal| values.get(&signal).copied();
        assert_eq!(of(Signal::RequestsRate), Some(105.5));
        assert_eq!(of(Signal::RequestsErrors), Some(5.0 / 211.0));
        assert_eq!(of(Signal::OrdersRate), Some(2.0));
        assert_eq!(of(Signal::OrdersRefused), Some(1.0));
        assert_eq!(of(Signal::SwitchesApplied), Some(0.75));
        assert_eq!(of(Signal::Edges), Some(4.0));
        assert_eq!(of(Signal::OriginP99), None);
        assert_eq!(of(Signal::PagesP99), Some(10.0), "an order is no page");
    }

    #[test]
    fn quantiles_are_those_of_the_requests_and_not_of_the_samples() {
        let many = (1..=98).map(|ms| sample(RouteClass::Read, ms, 1.0));
        let slow = sample(RouteClass::Search, 900, 2.0);
        let samples: Vec<_> = many.chain([slow]).collect();
        let values = second(0, &samples, &known()).values;
        let pages = [Signal::PagesP50, Signal::PagesP90, Signal::PagesP99];
        let pages = pages.map(|signal| values[&signal]);
        assert_eq!(pages, [50.0, 90.0, 900.0]);
        assert_eq!(values[&Signal::PulseAgeP99], 1_800.0);
        let rare = [
            sample(RouteClass::Read, 1, 1_000.0),
            sample(RouteClass::Read, 900, 1.0),
        ];
        let values = second(0, &rare, &known()).values;
        assert_eq!(values[&Signal::PagesP99], 1.0);
    }

    #[test]
    fn the_origin_is_seen_by_edges_and_by_ushers() {
        let call = |ms, has_failed| OriginCall { ms, has_failed };
        let order = Sample {
            origin: Some(call(40, false)),
            ..sample(RouteClass::Order, 50, 3.0)
        };
        let known = Known {
            origin: vec![call(700, true)],
            ..known()
        };
        let values = second(0, &[order], &known).values;
        assert_eq!(values[&Signal::OriginErrors], 0.25);
        assert_eq!(values[&Signal::OriginP99], 700.0);
    }

    #[test]
    fn a_sale_has_signals_without_any_sample() {
        let sales = SalesNow {
            waiting: 9,
            called_per_minute: 30,
            left: 4,
            orders: 3,
        };
        let known = Known {
            length_ms: 500,
            sales: Some(sales),
            ..known()
        };
        let values = second(0, &[], &known).values;
        let wanted = [
            (Signal::OrdersRate, 6.0),
            (Signal::RoomWaiting, 9.0),
            (Signal::RoomCalledRate, 0.5),
            (Signal::SaleLeft, 4.0),
            (Signal::Edges, 0.0),
        ];
        assert_eq!(values, BTreeMap::from(wanted));
    }
}
