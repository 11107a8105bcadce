//! The ways of delivery that there are for a cart and a place, and what they cost.

use std::cmp::Reverse;

use super::answer::DeliveryOption;
use super::cart::Cart;
use crate::place::Closeness;
use crate::{DeliveryRate, Method, MethodKind, Place, Terms};

/// What delivery depends on.
pub(super) struct Parcel<'a> {
    pub(super) terms: &'a Terms,
    pub(super) market: usize,
    pub(super) place: &'a Place,
    pub(super) cart: &'a Cart,
    /// What the lines cost after line promotions.
    pub(super) cost: i64,
}

/// How closely a rate is meant: without a zone least, of zones that are as close the first.
type Meant = Option<(Closeness, Reverse<u16>)>;

impl Parcel<'_> {
    /// The options, in the order of the terms.
    pub(super) fn options(&self) -> Vec<DeliveryOption> {
        let methods = self.terms.methods.iter().enumerate();
        let options = methods.filter_map(|(method, one)| {
            let price = self.price(one)?;
            Some(DeliveryOption { method, price })
        });
        options.collect()
    }

    fn price(&self, method: &Method) -> Option<i64> {
        let market = &self.terms.markets[self.market];
        let is_here = |&number: &u16| usize::from(number) == self.market;
        let is_offered = method.markets.is_empty() || method.markets.iter().any(is_here);
        let is_reached = match method.kind {
            MethodKind::Pickup => true,
            MethodKind::Ship => market.delivers_to(&self.place.country),
        };
        if !is_offered || !is_reached {
            return None;
        }
        let rates = method.rates.iter();
        let meant: Vec<(Meant, &DeliveryRate, i64)> = rates
            .filter_map(|rate| Some((self.meant(rate)?, rate, rate.amount.of(market.currency)?)))
            .collect();
        let closest = meant.iter().map(|(meant, ..)| meant).max()?;
        let fitting = meant
            .iter()
            .filter(|(meant, rate, _)| meant == closest && self.fits(rate));
        fitting.map(|(_, _, amount)| *amount).min()
    }

    /// How closely the rate is meant for the place; `None` where it is for other places.
    fn meant(&self, rate: &DeliveryRate) -> Option<Meant> {
        let Some(number) = rate.zone else {
            return Some(None);
        };
        let zone = self.terms.zone(number)?;
        let closeness = zone.area.closeness(self.place)?;
        Some(Some((closeness, Reverse(number))))
    }

    fn fits(&self, rate: &DeliveryRate) -> bool {
        let currency = self.terms.markets[self.market].currency;
        let is_dear = match rate.subtotal_min.of(currency) {
            Some(least) => self.cost >= least,
            None => rate.subtotal_min.is_empty(),
        };
        let is_light = rate
            .weight_max_g
            .is_none_or(|most| self.cart.weight_g <= most);
        is_dear && is_light
    }
}
