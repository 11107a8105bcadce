//! Tax and duty of what is left of lines and delivery.
//!
//! Amounts with the same rates are taxed by one formula, line by line or together; the tax is divided
//! among the amounts by what they are, and among the rates by their percentages.

use souk_domain::Currency;

use super::answer::{TaxPart, Taxes};
use crate::place::Closeness;
use crate::{
    DeliveryTax, Market, Percent, Place, TaxMode, TaxRate, TaxRounding, Terms, places, spread,
};

/// Where and when a cart is taxed.
pub(super) struct Taxing<'a> {
    pub(super) terms: &'a Terms,
    pub(super) market: usize,
    pub(super) place: &'a Place,
    /// What the lines cost after all promotions, which exemptions go by.
    pub(super) goods: i64,
}

/// An amount that is taxed.
#[derive(Clone, Copy)]
pub(super) struct Taxed {
    /// The line's place; `None` for delivery.
    pub(super) line: Option<usize>,
    pub(super) amount: i64,
    pub(super) category: Option<u16>,
}

/// Tax of a cart: of each line, and together.
pub(super) struct CartTaxes {
    pub(super) lines: Vec<i64>,
    pub(super) taxes: Taxes,
}

/// Amounts with the same rates.
struct Group {
    /// Places of the rates.
    rates: Vec<usize>,
    amounts: Vec<(Option<usize>, i64)>,
}

impl Taxing<'_> {
    fn market(&self) -> &Market {
        &self.terms.markets[self.market]
    }

    fn currency(&self) -> Currency {
        self.market().currency
    }

    /// Tax of the lines, and of delivery, of which `delivery` is left.
    pub(super) fn tax(&self, lines: &[Taxed], delivery: i64) -> CartTaxes {
        let mut groups = self.groups(lines, false);
        self.add_delivery(delivery, &mut groups);
        let mode = self.market().tax;
        self.computed(lines.len(), groups, mode)
    }

    /// Duty of lines, whose amounts are without tax; it is added.
    pub(super) fn duty(&self, lines: &[Taxed]) -> CartTaxes {
        let groups = self.groups(lines, true);
        self.computed(lines.len(), groups, TaxMode::Added)
    }

    /// Lines by the rates that apply to them.
    fn groups(&self, lines: &[Taxed], is_duty: bool) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut of_category: Vec<(Option<u16>, usize)> = Vec::new();
        for line in lines {
            let mut known = of_category.iter();
            let known = known.find(|(category, _)| *category == line.category);
            let group = match known {
                Some((_, group)) => *group,
                None => {
                    let group = group_of(&mut groups, self.rates(line.category, is_duty));
                    of_category.push((line.category, group));
                    group
                }
            };
            groups[group].amounts.push((line.line, line.amount));
        }
        groups
    }

    fn add_delivery(&self, delivery: i64, groups: &mut Vec<Group>) {
        if delivery == 0 {
            return;
        }
        let sums = groups
            .iter()
            .map(|group| group.amounts.iter().map(|(_, one)| one).sum());
        let sums: Vec<i64> = sums.collect();
        let is_free = sums.iter().all(|&sum| sum == 0);
        match self.market().delivery_tax {
            DeliveryTax::None => {}
            DeliveryTax::ProRata if !is_free => {
                let shares = spread(delivery, &sums);
                for (group, share) in groups.iter_mut().zip(shares) {
                    group.amounts.push((None, share));
                }
            }
            DeliveryTax::Standard | DeliveryTax::ProRata => {
                let group = group_of(groups, self.rates(None, false));
                groups[group].amounts.push((None, delivery));
            }
        }
    }

    /// Places of the rates of a category: of one name the closest, without those that the order is free
    /// of.
    pub(super) fn rates(&self, category: Option<u16>, is_duty: bool) -> Vec<usize> {
        let mut closest: Vec<usize> = Vec::new();
        let rates = &self.terms.rates;
        for (place, rate) in rates.iter().enumerate() {
            let Some(closeness) = self.closeness(rate, category, is_duty) else {
                continue;
            };
            match closest
                .iter_mut()
                .find(|known| rates[**known].name == rate.name)
            {
                None => closest.push(place),
                Some(known) => {
                    if Some(closeness) > self.closeness(&rates[*known], category, is_duty) {
                        *known = place;
                    }
                }
            }
        }
        closest.retain(|&place| !self.is_free_of(&rates[place]));
        closest.sort_unstable();
        closest
    }

    /// How closely a rate is meant: the place counts before the category, that before the market.
    fn closeness(
        &self,
        rate: &TaxRate,
        category: Option<u16>,
        is_duty: bool,
    ) -> Option<(Closeness, bool, bool)> {
        let is_here = rate
            .market
            .is_none_or(|market| usize::from(market) == self.market);
        let is_of = rate.category.is_none() || rate.category == category;
        if !is_here || !is_of || rate.is_duty != is_duty {
            return None;
        }
        let place = rate.area.closeness(self.place)?;
        Some((place, rate.category.is_some(), rate.market.is_some()))
    }

    fn is_free_of(&self, rate: &TaxRate) -> bool {
        let least = rate.free_below.of(self.currency());
        least.is_some_and(|least| self.goods < least)
    }

    fn computed(&self, lines: usize, groups: Vec<Group>, mode: TaxMode) -> CartTaxes {
        let mut computed = CartTaxes {
            lines: vec![0; lines],
            taxes: Taxes {
                is_included: mode == TaxMode::Included,
                ..Taxes::default()
            },
        };
        // Where no rate applies there is nothing to add.
        for group in groups.iter().filter(|group| !group.rates.is_empty()) {
            match self.market().tax_rounding {
                TaxRounding::Order => self.add(&group.rates, &group.amounts, mode, &mut computed),
                TaxRounding::Line => {
                    for amount in &group.amounts {
                        self.add(
                            &group.rates,
                            std::slice::from_ref(amount),
                            mode,
                            &mut computed,
                        );
                    }
                }
            }
        }
        let parts = &computed.taxes.parts;
        let mut order: Vec<usize> = (0..parts.len()).collect();
        places::sort(&mut order, &mut |one, other| {
            parts[one].rate.cmp(&parts[other].rate)
        });
        computed.taxes.parts = order.into_iter().map(|place| parts[place]).collect();
        computed
    }

    /// Adds the tax of amounts that are taxed together.
    fn add(
        &self,
        rates: &[usize],
        amounts: &[(Option<usize>, i64)],
        mode: TaxMode,
        computed: &mut CartTaxes,
    ) {
        let percent = |&place: &usize| self.terms.rates[place].percent;
        let sum = rates
            .iter()
            .map(percent)
            .fold(Percent::default(), Percent::plus);
        let weights: Vec<i64> = amounts.iter().map(|(_, amount)| *amount).collect();
        let whole: i64 = weights.iter().sum();
        let (tax, base) = match mode {
            TaxMode::Included => {
                let tax = sum.within(whole);
                (tax, whole - tax)
            }
            TaxMode::Added => (sum.of(whole), whole),
        };
        let taxes = &mut computed.taxes;
        taxes.total += tax;
        for ((line, _), share) in amounts.iter().zip(spread(tax, &weights)) {
            match line {
                Some(line) => computed.lines[*line] += share,
                None => taxes.delivery += share,
            }
        }
        let weights: Vec<i64> = rates.iter().map(|place| percent(place).weight()).collect();
        for (&rate, amount) in rates.iter().zip(spread(tax, &weights)) {
            self.add_part(TaxPart { rate, base, amount }, &mut taxes.parts);
        }
    }

    /// Parts of one name and percentage are one part, that of the first such rate.
    fn add_part(&self, part: TaxPart, parts: &mut Vec<TaxPart>) {
        let rates = &self.terms.rates;
        let is_same = |other: usize| {
            let (one, other) = (&rates[part.rate], &rates[other]);
            one.name == other.name && one.percent == other.percent
        };
        match parts.iter_mut().find(|known| is_same(known.rate)) {
            Some(known) => {
                known.rate = known.rate.min(part.rate);
                known.base += part.base;
                known.amount += part.amount;
            }
            None => parts.push(part),
        }
    }
}

/// The place of the group with these rates, which is made if there is none.
fn group_of(groups: &mut Vec<Group>, rates: Vec<usize>) -> usize {
    let known = groups.iter().position(|group| group.rates == rates);
    known.unwrap_or_else(|| {
        groups.push(Group {
            rates,
            amounts: Vec::new(),
        });
        groups.len() - 1
    })
}
