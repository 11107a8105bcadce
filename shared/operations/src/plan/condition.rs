//! Conditions over signals, and whether they hold in a second.
//!
//! A condition looks at the seconds that end with the one it is asked about. A second without a value
//! is left out, and without any value the condition does not hold. That is what Prometheus does with
//! `avg_over_time(…[9500ms]) > 400` for a window of 10 s.

use serde::{Deserialize, Serialize};

use super::named;
use crate::signals::{Aggregate, Signal, Window};

/// Bounds are in millionths, so that a plan has integers alone.
pub const MILLION: i64 = 1_000_000;

/// How a value is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It is larger.
    Above,
    /// It is as large, or larger.
    AtLeast,
    /// It is smaller.
    Below,
    /// It is as small, or smaller.
    AtMost,
}

impl Comparison {
    /// Every one; those of two characters first, as a reader has to try them.
    pub const ALL: [Comparison; 4] = [Self::AtLeast, Self::AtMost, Self::Above, Self::Below];

    /// As a plan has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    /// From that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
        }
    }
}

named::by_name! { Comparison }

/// A condition: an aggregate of a signal over the last seconds, compared with a bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// How the seconds become one value.
    #[serde(with = "named")]
    pub aggregate: Aggregate,
    /// In millionths of the signal's unit.
    pub bound_millionths: i64,
    /// How it is compared.
    #[serde(with = "named")]
    pub comparison: Comparison,
    /// So many seconds.
    pub over_s: u32,
    /// Of what.
    #[serde(with = "named")]
    pub signal: Signal,
}

impl Condition {
    /// The bound in the signal's unit.
    pub fn bound(&self) -> f64 {
        // Both are whole numbers below 2^53, so the quotient is the number nearest to the decimal.
        self.bound_millionths as f64 / MILLION as f64
    }

    /// Whether it holds in a second, in seconds since 1970.
    pub fn holds(&self, window: &Window, at_s: i64) -> bool {
        let value = window.aggregate(self.signal, self.aggregate, self.over_s.into(), at_s);
        value.is_some_and(|value| self.comparison.holds(value, self.bound()))
    }

    /// Whether it cannot hold together with `other`: it is about the same value, and its bound lies
    /// strictly beyond that of the other one.
    pub fn excludes(&self, other: &Condition) -> bool {
        use Comparison::{Above, AtLeast, AtMost, Below};
        let is_same = (self.aggregate, self.signal, self.over_s)
            == (other.aggregate, other.signal, other.over_s);
        let is_beyond = match (other.comparison, self.comparison) {
            (Above | AtLeast, Below | AtMost) => self.bound_millionths < other.bound_millionths,
            (Below | AtMost, Above | AtLeast) => self.bound_millionths > other.bound_millionths,
            (Above | AtLeast, Above | AtLeast) | (Below | AtMost, Below | AtMost) => false,
        };
        is_same && is_beyond
    }
}

/// Conditions that have to hold together for a while: in each second from `for_s` seconds ago to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// All of these.
    pub all: Vec<Condition>,
    /// So many seconds; 0: now.
    pub for_s: u32,
}

impl Held {
    /// Looks at a second, and says whether they have held for long enough. `since_s` is the first
    /// second from which on they have held in each, and is kept from one second to the next.
    pub(super) fn look(&self, window: &Window, at_s: i64, since_s: &mut Option<i64>) -> bool {
        if !all_hold(&self.all, window, at_s) {
            *since_s = None;
            return false;
        }
        let since_s = *since_s.get_or_insert(at_s);
        at_s - since_s >= i64::from(self.for_s)
    }
}

/// Whether all hold in a second.
pub(super) fn all_hold(all: &[Condition], window: &Window, at_s: i64) -> bool {
    all.iter().all(|condition| condition.holds(window, at_s))
}
