//! What one promotion takes off, of what is left.
//!
//! Not here: whether it runs and for whom (`eligible`), and which promotions combine (`combine`).

use souk_domain::Currency;

use super::answer::Reason;
use super::cart::{Cart, Left, LineSet};
use crate::{Action, Class, Cut, Minimum, Percent, Promotion, Step, share_of_units, spread};

/// A promotion at work.
#[derive(Clone, Copy)]
pub(super) struct Taking<'a> {
    pub(super) promotion: &'a Promotion,
    pub(super) cart: &'a Cart,
    pub(super) currency: Currency,
}

/// What the lines of a promotion have together.
struct Reached {
    /// What they cost as minimums count it.
    cost: i64,
    units: u64,
}

impl<'a> Taking<'a> {
    fn lines(self) -> &'a LineSet {
        self.cart.lines_of(self.promotion)
    }

    /// How much it takes off. For a line promotion `shares` gets what it takes off each line.
    ///
    /// # Errors
    /// When it takes nothing: why.
    pub(super) fn amount(self, left: &Left, shares: &mut Vec<i64>) -> Result<i64, Reason> {
        if self.lines().is_empty() {
            return Err(Reason::NotEligible);
        }
        let minimum = &self.promotion.when;
        // Most promotions have none, and then the lines need not be counted.
        if !minimum.is_none() && !self.is_met(minimum, &self.reached(left)) {
            return Err(Reason::MinimumNotMet);
        }
        let amount = match self.promotion.class {
            Class::Line => self.of_lines(left, shares)?,
            Class::Order => {
                let lines = self.lines().places().iter();
                self.of_whole(lines.map(|&line| left.lines[line]).sum(), left)?
            }
            Class::Delivery => self.of_whole(left.delivery, left)?,
        };
        match amount {
            0 => Err(Reason::NotEligible),
            amount => Ok(amount),
        }
    }

    /// What an order promotion that takes an amount takes off each line.
    pub(super) fn spread(self, amount: i64, left: &Left) -> Vec<i64> {
        let weight = |(line, &left)| match self.lines().contains(line) {
            true => left,
            false => 0,
        };
        let weights: Vec<_> = left.lines.iter().enumerate().map(weight).collect();
        spread(amount, &weights)
    }

    fn reached(self, left: &Left) -> Reached {
        let lines = self.lines().places().iter();
        let none = Reached { cost: 0, units: 0 };
        lines.fold(none, |sum, &line| Reached {
            cost: sum.cost + left.basis[line],
            units: sum.units + u64::from(self.cart.lines[line].quantity),
        })
    }

    fn is_met(self, minimum: &Minimum, reached: &Reached) -> bool {
        let cost = match minimum.subtotal.of(self.currency) {
            Some(least) => reached.cost >= least,
            None => minimum.subtotal.is_empty(),
        };
        cost && reached.units >= u64::from(minimum.units)
    }

    /// Of the steps that are reached the last one in the list.
    fn step(self, steps: &'a [Step], left: &Left) -> Result<&'a Cut, Reason> {
        let reached = self.reached(left);
        let mut steps = steps.iter().rev();
        let step = steps.find(|step| self.is_met(&step.at, &reached));
        step.map(|step| &step.cut).ok_or(Reason::MinimumNotMet)
    }

    /// The most that it may take.
    fn capped(self, amount: i64) -> i64 {
        let cap = self.promotion.discount_max.of(self.currency);
        cap.map_or(amount, |cap| amount.min(cap))
    }

    fn minor(self, cut: &Cut, whole: i64) -> i64 {
        match cut {
            Cut::Percent(percent) => percent.of(whole).min(whole),
            Cut::Amount(amounts) => amounts.of(self.currency).unwrap_or(0).min(whole),
        }
    }

    /// What is taken off an order, or off delivery, of which `whole` is left.
    fn of_whole(self, whole: i64, left: &Left) -> Result<i64, Reason> {
        let amount = match &self.promotion.action {
            Action::Cut(cut) => self.minor(cut, whole),
            Action::Every { every, amount } => {
                let cost = self.reached(left).cost;
                let every = every.of(self.currency);
                let times = every.and_then(|every| cost.checked_div(every));
                let times = times.filter(|&times| times > 0);
                let times = times.ok_or(Reason::MinimumNotMet)?;
                let each = amount.of(self.currency).unwrap_or(0);
                each.saturating_mul(times).min(whole)
            }
            Action::Steps(steps) => self.minor(self.step(steps, left)?, whole),
            // Units are of lines.
            Action::BuyGet { .. } => 0,
        };
        Ok(self.capped(amount))
    }

    fn of_lines(self, left: &Left, shares: &mut Vec<i64>) -> Result<i64, Reason> {
        shares.clear();
        shares.resize(self.cart.lines.len(), 0);
        match &self.promotion.action {
            Action::Cut(cut) => self.cut_lines(cut, left, shares),
            Action::Steps(steps) => self.cut_lines(self.step(steps, left)?, left, shares),
            Action::Every { every, amount } => {
                let every = every.of(self.currency).unwrap_or(0);
                let each = amount.of(self.currency).unwrap_or(0);
                let mut is_met = false;
                for &line in self.lines().places() {
                    let times = left.basis[line].checked_div(every).unwrap_or(0);
                    is_met |= times > 0;
                    shares[line] = each.saturating_mul(times).min(left.lines[line]);
                }
                if !is_met {
                    return Err(Reason::MinimumNotMet);
                }
            }
            Action::BuyGet { buy, get, percent } => {
                let used = self.used(left, *buy, *get).ok_or(Reason::MinimumNotMet)?;
                self.reward(&used, *percent, left, shares);
            }
        }
        let amount: i64 = shares.iter().sum();
        let capped = self.capped(amount);
        if capped < amount {
            *shares = spread(capped, shares);
        }
        Ok(capped)
    }

    fn cut_lines(self, cut: &Cut, left: &Left, shares: &mut [i64]) {
        let lines = self.lines().places().iter();
        match cut {
            Cut::Percent(percent) => {
                for &line in lines {
                    let left = left.lines[line];
                    shares[line] = percent.of(left).min(left);
                }
            }
            Cut::Amount(amounts) => {
                let amount = amounts.of(self.currency).unwrap_or(0);
                for &line in lines {
                    let units = i64::from(self.cart.lines[line].quantity);
                    shares[line] = amount.saturating_mul(units).min(left.lines[line]);
                }
            }
        }
    }

    fn reward(self, used: &[UsedUnits], percent: Percent, left: &Left, shares: &mut [i64]) {
        for one in used {
            let left = left.lines[one.line];
            let part = share_of_units(left, self.cart.lines[one.line].quantity, one.rewarded);
            shares[one.line] = percent.of(part).min(part);
        }
    }

    /// The units that a promotion of this kind uses; `None` where they are too few for one reward.
    fn used(self, left: &Left, buy: u32, get: u32) -> Option<Vec<UsedUnits>> {
        let by_price = self.cart.by_price.iter().copied();
        let lines: Vec<_> = by_price
            .filter(|&line| self.lines().contains(line))
            .collect();
        let units = lines
            .iter()
            .map(|&line| u64::from(left.units[line]))
            .sum::<u64>();
        let times = units.checked_div(u64::from(buy) + u64::from(get))?;
        if times == 0 {
            return None;
        }
        let mut used: Vec<_> = lines.iter().map(|&line| UsedUnits::none(line)).collect();
        let mut rewarded = times * u64::from(get);
        for one in &mut used {
            one.rewarded = up_to(left.units[one.line], &mut rewarded);
        }
        let mut bought = times * u64::from(buy);
        for one in used.iter_mut().rev() {
            one.bought = up_to(left.units[one.line] - one.rewarded, &mut bought);
        }
        Some(used)
    }

    /// Notes which units the promotion has used, so that no other one uses them.
    pub(super) fn use_units(self, left: &mut Left) {
        if let Action::BuyGet { buy, get, .. } = self.promotion.action
            && self.promotion.class == Class::Line
        {
            for one in self.used(left, buy, get).unwrap_or_default() {
                left.units[one.line] -= one.rewarded + one.bought;
            }
        }
    }
}

/// Units of a line that a buy-X-get-Y uses.
struct UsedUnits {
    line: usize,
    rewarded: u32,
    bought: u32,
}

impl UsedUnits {
    fn none(line: usize) -> Self {
        Self {
            line,
            rewarded: 0,
            bought: 0,
        }
    }
}

/// As many units of `there` as are still wanted.
fn up_to(there: u32, wanted: &mut u64) -> u32 {
    let taken = u32::try_from(*wanted).map_or(there, |wanted| wanted.min(there));
    *wanted -= u64::from(taken);
    taken
}
