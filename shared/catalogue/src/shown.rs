//! The moments at which prices of a version change.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use souk_pricing::Market;

use crate::{Selling, blob::list};

/// Most moments after its publish at which prices of a version change.
pub const INSTANTS_MAX: usize = 1_000;

/// What a version says about the prices that its pages show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Shown {
    /// The markets, the first one among them.
    #[cbor(n(0), with = "list")]
    pub markets: Vec<Market>,
    /// The moments after the publish at which a price changes, in milliseconds since 1970 and in
    /// ascending order: [`INSTANTS_MAX`] at most.
    #[cbor(n(1), with = "list")]
    pub instants_ms: Vec<i64>,
}

impl Shown {
    /// From when until when prices are as they are at a moment, in milliseconds since 1970: the end no
    /// longer belongs to it.
    pub fn period(&self, at_ms: i64) -> (i64, i64) {
        let begun = self.instants_ms.partition_point(|&one| one <= at_ms);
        let from = begun
            .checked_sub(1)
            .and_then(|last| self.instants_ms.get(last));
        let until = self.instants_ms.get(begun);
        let or = |one: Option<&i64>, other| one.copied().unwrap_or(other);
        (or(from, i64::MIN), or(until, i64::MAX))
    }
}

/// The moments after another one at which a price changes, in ascending order.
pub fn instants<'s>(selling: impl Iterator<Item = &'s Selling>, after_ms: i64) -> Vec<i64> {
    let timelines = selling.flat_map(|selling| &selling.prices);
    let moments = timelines.flat_map(|prices| prices.timeline.iter().map(|price| price.from_ms));
    let later: BTreeSet<_> = moments.filter(|&at_ms| at_ms > after_ms).collect();
    later.into_iter().collect()
}
