//! A cart with its prices, and what is left of it while promotions take from it.

use souk_domain::{LINES_MAX, Money};

use super::answer::QuoteError;
use super::bits::{self, BITS};
use super::request::{Context, Line};
use crate::{Market, Promotion, Terms, places};

/// Words of a set of lines.
const WORDS: usize = LINES_MAX.div_ceil(BITS);

/// Some lines of a cart: as bits, to compare them, and as a list, because every promotion goes through
/// its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LineSet {
    bits: [u64; WORDS],
    places: Vec<usize>,
}

impl LineSet {
    /// Adds a line that comes after those that are in it, or is one of them.
    fn insert(&mut self, line: usize) {
        if !self.contains(line) {
            bits::insert(&mut self.bits, line);
            self.places.push(line);
        }
    }

    pub(super) fn contains(&self, line: usize) -> bool {
        bits::contains(&self.bits, line)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn is_disjoint(&self, other: &Self) -> bool {
        !bits::intersect(&self.bits, &other.bits)
    }

    /// Their places, in ascending order.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }
}

/// A line with its prices.
#[derive(Debug, Clone, Copy)]
pub(super) struct CartLine {
    pub(super) quantity: u32,
    pub(super) unit_price: i64,
    pub(super) compare_at: Option<i64>,
    pub(super) subtotal: i64,
}

/// A cart with its prices.
pub(super) struct Cart {
    pub(super) lines: Vec<CartLine>,
    pub(super) subtotal: i64,
    pub(super) weight_g: u64,
    /// The most working days that the options of a line add.
    pub(super) lead_days: u16,
    /// Places of lines, cheapest units first, ties to the earlier line.
    pub(super) by_price: Vec<usize>,
    all: LineSet,
    /// The lines of each group of products that a promotion names.
    groups: Vec<LineSet>,
}

impl Cart {
    pub(super) fn new(
        terms: &Terms,
        market: &Market,
        lines: &[Line<'_>],
        context: &Context<'_>,
    ) -> Result<Self, QuoteError> {
        if lines.len() > LINES_MAX {
            return Err(QuoteError::TooManyLines);
        }
        let groups = terms.promotions.iter().filter_map(|one| one.products);
        let groups = groups.max().map_or(0, |last| usize::from(last) + 1);
        let mut cart = Self {
            lines: Vec::with_capacity(lines.len()),
            subtotal: 0,
            weight_g: 0,
            lead_days: 0,
            by_price: (0..lines.len()).collect(),
            all: LineSet::default(),
            groups: vec![LineSet::default(); groups],
        };
        for (place, line) in lines.iter().enumerate() {
            cart.add(place, line, (terms, market), context.at_ms)?;
        }
        let Self {
            lines, by_price, ..
        } = &mut cart;
        places::sort(by_price, &mut |one, other| {
            lines[one].unit_price.cmp(&lines[other].unit_price)
        });
        Ok(cart)
    }

    fn add(
        &mut self,
        place: usize,
        line: &Line<'_>,
        (terms, market): (&Terms, &Market),
        at_ms: i64,
    ) -> Result<(), QuoteError> {
        let price = line.facts.price(&market.id, at_ms);
        let price = price.ok_or(QuoteError::NotSold(place))?;
        let options = terms.surcharge(line.facts, market.currency, line.options);
        let (surcharge, lead_days) = options.ok_or(QuoteError::Options(place))?;
        self.lead_days = self.lead_days.max(lead_days);
        let quantity = line.quantity.units();
        let with_options = price.minor.max(0).saturating_add(surcharge);
        let unit = Money::new(with_options, market.currency);
        let subtotal = unit.times(quantity).map_err(|_| QuoteError::TooLarge)?;
        let sum = Money::new(self.subtotal, market.currency).plus(subtotal);
        self.subtotal = sum.map_err(|_| QuoteError::TooLarge)?.amount;
        let weight_g = u64::from(line.facts.weight_g) * u64::from(quantity);
        self.weight_g = self.weight_g.saturating_add(weight_g);
        self.all.insert(place);
        for &group in &line.facts.groups {
            if let Some(set) = self.groups.get_mut(usize::from(group)) {
                set.insert(place);
            }
        }
        self.lines.push(CartLine {
            quantity,
            unit_price: unit.amount,
            compare_at: price
                .compare_at_minor
                .map(|price| price.saturating_add(surcharge)),
            subtotal: subtotal.amount,
        });
        Ok(())
    }

    /// The lines that a promotion is for.
    pub(super) fn lines_of(&self, promotion: &Promotion) -> &LineSet {
        match promotion.products {
            Some(group) => &self.groups[usize::from(group)],
            None => &self.all,
        }
    }
}

/// What is left while promotions take from a cart.
#[derive(Debug, Clone)]
pub(super) struct Left {
    /// Of each line, in minor units.
    pub(super) lines: Vec<i64>,
    /// Units of each line that no buy-X-get-Y has used.
    pub(super) units: Vec<u32>,
    /// Of the price of delivery, in minor units.
    pub(super) delivery: i64,
    /// What each line costs as minimums count it: before line promotions for these, after them for
    /// others.
    pub(super) basis: Vec<i64>,
}

impl Left {
    /// Everything.
    pub(super) fn all(cart: &Cart, delivery: i64) -> Self {
        let subtotals: Vec<_> = cart.lines.iter().map(|line| line.subtotal).collect();
        Self {
            lines: subtotals.clone(),
            units: cart.lines.iter().map(|line| line.quantity).collect(),
            delivery,
            basis: subtotals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_its_lines_in_their_order() {
        let mut set = LineSet::default();
        assert!(set.is_empty());
        for line in [0, 63, 64, 64, 99] {
            set.insert(line);
        }
        assert_eq!(set.places(), [0, 63, 64, 99]);
        assert!(set.contains(64) && !set.contains(65));
        let mut other = LineSet::default();
        other.insert(65);
        assert!(set.is_disjoint(&other) && !set.is_disjoint(&set));
    }
}
