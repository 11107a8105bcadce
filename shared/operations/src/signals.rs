//! The registry of signals, and their values in each second of the last minutes.
//!
//! A signal has at most one value in a second: milliseconds, a count per second, a count, or a fraction
//! from 0 to 1. A second in which nothing was measured has no value, which is not zero: a condition over
//! it does not hold.
//!
//! Invariant: a window holds at most [`WINDOW_S`] seconds, in order and each once.
//!
//! Not here: how a second is made of samples ([`crate::samples`]), and what follows from a value (the
//! plan).

use std::collections::{BTreeMap, VecDeque};

use minicbor::{Decode, Encode};

/// Seconds that a window holds, at most: ten minutes.
pub const WINDOW_S: i64 = 10 * 60;

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// So many in a second.
    PerSecond,
    /// So many.
    Count,
    /// From 0 to 1.
    Fraction,
}

impl Unit {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Milliseconds => "ms",
            Unit::PerSecond => "per_second",
            Unit::Count => "count",
            Unit::Fraction => "fraction",
        }
    }
}

/// Makes the registry: an enum with what is known of each of its members. The first line of what is
/// written about one is its meaning.
macro_rules! signals {
    ($(#[doc = $meaning:literal] $name:ident $code:literal $text:literal $unit:ident;)+) => {
        /// What is measured in each second.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
        #[cbor(index_only)]
        pub enum Signal {
            $(#[doc = $meaning] #[n($code)] $name,)+
        }

        impl Signal {
            /// Every one, in the order of the registry.
            pub const ALL: &[Signal] = &[$(Signal::$name,)+];

            /// As the API and a plan have it.
            pub fn name(self) -> &'static str {
                match self { $(Signal::$name => $text,)+ }
            }

            /// What its values count.
            pub fn unit(self) -> Unit {
                match self { $(Signal::$name => Unit::$unit,)+ }
            }

            /// What it is, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Signal::$name => $meaning.trim_ascii(),)+ }
            }
        }
    };
}

signals! {
    /// Requests that edges answered, of all that count as traffic of shoppers.
    RequestsRate 0 "requests.rate" PerSecond;
    /// Share of the requests that were answered with a 5xx.
    RequestsErrors 1 "requests.errors" Fraction;
    /// Half of the pages and searches were answered within this time.
    PagesP50 2 "pages.p50" Milliseconds;
    /// Nine of ten pages and searches were answered within this time.
    PagesP90 3 "pages.p90" Milliseconds;
    /// 99 of 100 pages and searches were answered within this time.
    PagesP99 4 "pages.p99" Milliseconds;
    /// 99 of 100 calls of the origin were answered within this time.
    OriginP99 5 "origin.p99" Milliseconds;
    /// Share of the calls of the origin that failed.
    OriginErrors 6 "origin.errors" Fraction;
    /// Orders that were placed.
    OrdersRate 7 "orders.rate" PerSecond;
    /// Orders that were refused, for any reason of the shopper's or of the stock.
    OrdersRefused 8 "orders.refused" PerSecond;
    /// Tickets of the sales that are on that wait to be called.
    RoomWaiting 9 "room.waiting" Count;
    /// Tickets that the sales that are on call.
    RoomCalledRate 10 "room.called_rate" PerSecond;
    /// Units that are left in the sales that are on.
    SaleLeft 11 "sale.left" Count;
    /// Share of the instances that were heard in the last seconds whose last answer had the last change of a switch.
    SwitchesApplied 12 "switches.applied" Fraction;
    /// 99 of 100 requests were answered under a pulse that was at most this old.
    PulseAgeP99 13 "pulse.age_p99" Milliseconds;
    /// Instances that were heard.
    Edges 14 "edges" Count;
}

impl Signal {
    /// From the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// What was measured in a second.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct Second {
    /// Which one, in seconds since 1970.
    #[n(0)]
    pub at_s: i64,
    /// What has a value; all are finite.
    #[n(1)]
    pub values: BTreeMap<Signal, f64>,
}

impl Second {
    /// The values by the names of their signals.
    pub fn by_name(&self) -> BTreeMap<String, f64> {
        let values = self.values.iter();
        values
            .map(|(signal, value)| (signal.name().to_owned(), *value))
            .collect()
    }
}

/// How several seconds become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their mean.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
}

impl Aggregate {
    /// Every one.
    pub const ALL: [Aggregate; 4] = [
        Aggregate::Avg,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Sum,
    ];

    /// As a plan has it.
    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Avg => "avg",
            Aggregate::Min => "min",
            Aggregate::Max => "max",
            Aggregate::Sum => "sum",
        }
    }

    /// From that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Of these values; `None` of none.
    pub fn of(self, values: impl IntoIterator<Item = f64>) -> Option<f64> {
        let mut values = values.into_iter();
        let first = values.next()?;
        Some(match self {
            Aggregate::Min => values.fold(first, f64::min),
            Aggregate::Max => values.fold(first, f64::max),
            Aggregate::Sum => values.fold(first, |sum, value| sum + value),
            Aggregate::Avg => {
                let sum_and_count = (first, 1.0);
                let (sum, count) = values.fold(sum_and_count, |(sum, count), value| {
                    (sum + value, count + 1.0)
                });
                sum / count
            }
        })
    }
}

/// The seconds of the last minutes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window {
    seconds: VecDeque<Second>,
}

impl Window {
    /// Adds a second. One that is not later than the last one is left out, and what is older than
    /// [`WINDOW_S`] before it goes.
    pub fn push(&mut self, second: Second) {
        let last = self.seconds.back();
        if last.is_some_and(|last| last.at_s >= second.at_s) {
            return;
        }
        let first_s = second.at_s - WINDOW_S + 1;
        self.seconds.push_back(second);
        while self.seconds.front().is_some_and(|one| one.at_s < first_s) {
            self.seconds.pop_front();
        }
    }

    /// The seconds, the oldest first.
    pub fn seconds(&self) -> impl DoubleEndedIterator<Item = &Second> {
        self.seconds.iter()
    }

    /// The value of a signal in a second, in seconds since 1970.
    pub fn value(&self, signal: Signal, at_s: i64) -> Option<f64> {
        let at = self.seconds.binary_search_by_key(&at_s, |one| one.at_s);
        self.seconds.get(at.ok()?)?.values.get(&signal).copied()
    }

    /// Over the `over_s` seconds that end with `at_s`, in seconds since 1970; of those that have a
    /// value. `None` where none has one. Prometheus says the same with `avg_over_time(…[10s])`.
    pub fn aggregate(
        &self,
        signal: Signal,
        aggregate: Aggregate,
        over_s: i64,
        at_s: i64,
    ) -> Option<f64> {
        let within = at_s - over_s + 1..=at_s;
        let seconds = self.seconds.iter();
        let seconds = seconds.filter(|one| within.contains(&one.at_s));
        aggregate.of(seconds.filter_map(|one| one.values.get(&signal).copied()))
    }
}

impl FromIterator<Second> for Window {
    fn from_iter<I: IntoIterator<Item = Second>>(seconds: I) -> Self {
        let mut window = Self::default();
        for second in seconds {
            window.push(second);
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn second(at_s: i64, value: f64) -> Second {
        Second {
            at_s,
            values: BTreeMap::from([(Signal::OriginP99, value)]),
        }
    }

    #[test]
    fn names_and_codes_are_unique_and_read_back() {
        let names: BTreeSet<_> = Signal::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), Signal::ALL.len());
        for &signal in Signal::ALL {
            assert_eq!(Signal::parse(signal.name()), Some(signal));
            let code = minicbor::to_vec(signal).unwrap();
            assert_eq!(minicbor::decode::<Signal>(&code).unwrap(), signal);
            assert!(signal.meaning().ends_with('.'), "{signal:?}");
        }
        for aggregate in Aggregate::ALL {
            assert_eq!(Aggregate::parse(aggregate.name()), Some(aggregate));
        }
        assert_eq!((Signal::parse("x"), Aggregate::parse("x")), (None, None));
    }

    #[test]
    fn a_second_is_stored_and_named() {
        let second = second(7, 12.5);
        let blob = minicbor::to_vec(&second).unwrap();
        assert_eq!(minicbor::decode::<Second>(&blob).unwrap(), second);
        let named = BTreeMap::from([("origin.p99".to_owned(), 12.5)]);
        assert_eq!(second.by_name(), named);
    }

    #[test]
    fn an_aggregate_is_over_the_seconds_that_have_a_value() {
        let empty = Second {
            at_s: 3,
            ..Second::default()
        };
        let seconds = [second(1, 8.0), second(2, 2.0), empty, second(4, 5.0)];
        let window: Window = seconds.into_iter().collect();
        let of =
            |aggregate, over_s, at_s| window.aggregate(Signal::OriginP99, aggregate, over_s, at_s);
        let all = Aggregate::ALL.map(|aggregate| of(aggregate, 3, 4));
        assert_eq!(all, [Some(3.5), Some(2.0), Some(5.0), Some(7.0)]);
        assert_eq!(of(Aggregate::Max, 4, 4), Some(8.0));
        assert_eq!(of(Aggregate::Sum, 1, 3), None);
        assert_eq!(of(Aggregate::Sum, 1, 9), None);
        let value = |at_s| window.value(Signal::OriginP99, at_s);
        assert_eq!([value(2), value(3), value(9)], [Some(2.0), None, None]);
        let other = window.aggregate(Signal::Edges, Aggregate::Avg, 9, 9);
        assert_eq!(other, None);
    }

    #[test]
    fn a_window_is_bounded_and_in_order() {
        let mut window = Window::default();
        for at_s in [5, 6, 6, 4, 5 + WINDOW_S, 6 + WINDOW_S] {
            window.push(second(at_s, 1.0));
        }
        let kept: Vec<_> = window.seconds().map(|one| one.at_s).collect();
        assert_eq!(kept, [5 + WINDOW_S, 6 + WINDOW_S]);
        window.push(second(5 + 2 * WINDOW_S, 1.0));
        let kept = window.seconds().count();
        assert_eq!(kept, 2, "the second before is within the window");
    }
}
