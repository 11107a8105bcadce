//! Which products of a listing are wanted. Values of one facet widen, facets narrow.
//!
//! Not here: the grammar of addresses (`souk-storefront`), where the products stand
//! ([`crate::PostingBlock`]).

use crate::{FacetName, ValueKey};

/// What a product has to have. The empty filter lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    groups: Vec<(FacetName, Vec<ValueKey>)>,
    price_min_minor: Option<i64>,
    price_max_minor: Option<i64>,
    /// Place of the market whose prices count.
    market: usize,
    /// Whether the market does not sell everything.
    is_partial: bool,
}

impl Filter {
    /// Products whose lowest price is within these bounds, both included, in minor units.
    pub fn priced(min_minor: Option<i64>, max_minor: Option<i64>) -> Self {
        Self {
            price_min_minor: min_minor,
            price_max_minor: max_minor,
            ..Self::default()
        }
    }

    /// The same by the prices of the market at a place in the shop's list. Where `is_partial`, products
    /// that the market does not sell are not wanted.
    #[must_use]
    pub fn in_market(mut self, market: usize, is_partial: bool) -> Self {
        (self.market, self.is_partial) = (market, is_partial);
        self
    }

    /// Wants at least one of these values as well; without any value no product has one.
    pub fn any_of<'a>(
        mut self,
        facet: &FacetName,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let values = values.into_iter();
        let keys = values.map(|value| ValueKey::of(facet, value)).collect();
        self.groups.push((facet.clone(), keys));
        self
    }

    /// The same without what is wanted of one facet: what its values are counted within.
    pub fn without(&self, facet: &FacetName) -> Self {
        let mut other = self.clone();
        other.groups.retain(|(name, _)| name != facet);
        other
    }

    /// Whether every product is wanted.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && !self.is_priced()
    }

    /// Whether the price matters.
    pub(crate) fn is_priced(&self) -> bool {
        self.is_partial || self.price_min_minor.is_some() || self.price_max_minor.is_some()
    }

    /// Place of the market whose prices count; 0 for the first one.
    pub(crate) fn market(&self) -> usize {
        self.market
    }

    /// For each facet the values of which one is wanted.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[ValueKey]> {
        self.groups.iter().map(|(_, keys)| keys.as_slice())
    }

    /// Whether a product may have this lowest price, in minor units.
    pub(crate) fn takes_price(&self, minor: i64) -> bool {
        self.takes_prices((minor, minor))
    }

    /// Whether a product may have a lowest price between these, in minor units.
    pub(crate) fn takes_prices(&self, (lowest, highest): (i64, i64)) -> bool {
        self.price_min_minor.is_none_or(|min| highest >= min)
            && self.price_max_minor.is_none_or(|max| lowest <= max)
    }
}
