//! Which promotions would take something off a cart, each by itself.

use std::cmp::Reverse;

use super::answer::{NotApplied, Reason, Subject};
use super::cart::{Cart, Left};
use super::request::Context;
use super::taken::Taking;
use crate::{Class, CodeHash, Promotion, Terms, places};

/// A promotion that takes something off.
pub(super) struct Candidate<'t> {
    pub(super) place: usize,
    pub(super) promotion: &'t Promotion,
    /// The place of the code that unlocked it.
    pub(super) code: Option<usize>,
    /// What it takes off alone.
    pub(super) value: i64,
}

impl Candidate<'_> {
    /// That it does nothing, where a quote says so: a buyer asked for it by a code, or could do something
    /// about it.
    pub(super) fn refused(&self, reason: Reason) -> Option<NotApplied> {
        let subject = match self.code {
            Some(code) => Subject::Code(code),
            None => Subject::Promotion(self.place),
        };
        let is_said = match reason {
            Reason::NeedsMember
            | Reason::MinimumNotMet
            | Reason::NotCombinable
            | Reason::UsedUp
            | Reason::AlreadyUsed
            | Reason::Revoked
            | Reason::Suspended => true,
            Reason::UnknownCode
            | Reason::NotStarted
            | Reason::Ended
            | Reason::WrongMarket
            | Reason::NotEligible => self.code.is_some(),
        };
        is_said.then_some(NotApplied { subject, reason })
    }
}

/// What promotions are judged by.
pub(super) struct Eligibility<'t, 'a> {
    pub(super) terms: &'t Terms,
    pub(super) market: usize,
    pub(super) context: &'a Context<'a>,
    pub(super) cart: &'a Cart,
    /// Nothing taken off yet.
    pub(super) untouched: &'a Left,
}

impl<'t> Eligibility<'t, '_> {
    /// The promotions that take something off, highest priority first, then by id. What does nothing is
    /// added to `not_applied`.
    pub(super) fn candidates(&self, not_applied: &mut Vec<NotApplied>) -> Vec<Candidate<'t>> {
        let codes = self.context.codes.iter();
        let hashes: Vec<_> = codes.map(|code| CodeHash::of(code.text)).collect();
        let mut is_known = vec![false; hashes.len()];
        let promotions = &self.terms.promotions;
        let mut code_of = vec![None; promotions.len()];
        let mut ranked = Vec::new();
        for (place, promotion) in promotions.iter().enumerate() {
            match self.unlocked(promotion, &hashes, &mut is_known) {
                Unlocked::Free => {}
                Unlocked::By(code) => code_of[place] = Some(code),
                Unlocked::No => continue,
            }
            ranked.push(place);
        }
        let rank = |at: usize| (Reverse(promotions[at].priority), promotions[at].id.as_str());
        places::sort(&mut ranked, &mut |one, other| rank(one).cmp(&rank(other)));
        let mut candidates = Vec::new();
        let mut refused = Vec::new();
        let mut shares = Vec::new();
        for place in ranked {
            let promotion = &promotions[place];
            let mut candidate = Candidate {
                place,
                promotion,
                code: code_of[place],
                value: 0,
            };
            match self.value(promotion, &mut shares) {
                Ok(Some(value)) => {
                    candidate.value = value;
                    candidates.push(candidate);
                }
                Ok(None) => {}
                Err(reason) => refused.extend(candidate.refused(reason)),
            }
        }
        let unknown = is_known
            .iter()
            .enumerate()
            .filter(|(_, is_known)| !**is_known);
        not_applied.extend(unknown.map(|(code, _)| NotApplied {
            subject: Subject::Code(code),
            reason: Reason::UnknownCode,
        }));
        not_applied.extend(refused);
        candidates
    }

    fn unlocked(
        &self,
        promotion: &Promotion,
        hashes: &[CodeHash],
        is_known: &mut [bool],
    ) -> Unlocked {
        let Some(codes) = &promotion.codes else {
            return Unlocked::Free;
        };
        let mut first = Unlocked::No;
        for (place, (given, hash)) in self.context.codes.iter().zip(hashes).enumerate() {
            let is_of_series = given.series_of == Some(promotion.id.as_str());
            if is_of_series || codes.contains(hash) {
                is_known[place] = true;
                if matches!(first, Unlocked::No) {
                    first = Unlocked::By(place);
                }
            }
        }
        first
    }

    /// What it takes off alone; `None` for one of delivery while none is chosen.
    fn value(&self, promotion: &Promotion, shares: &mut Vec<i64>) -> Result<Option<i64>, Reason> {
        self.check_run(promotion)?;
        let mut refused = self.context.refused.iter();
        if let Some((_, reason)) = refused.find(|(id, _)| *id == promotion.id) {
            return Err(*reason);
        }
        if self.cart.lines_of(promotion).is_empty() {
            return Err(Reason::NotEligible);
        }
        self.check_tier(promotion)?;
        if promotion.class == Class::Delivery && self.context.delivery.is_none() {
            return Ok(None);
        }
        let taking = Taking {
            promotion,
            cart: self.cart,
            currency: self.terms.markets[self.market].currency,
        };
        taking.amount(self.untouched, shares).map(Some)
    }

    fn check_run(&self, promotion: &Promotion) -> Result<(), Reason> {
        let mut runs = promotion.runs.iter();
        let run = runs.find(|run| usize::from(run.market) == self.market);
        let run = run.ok_or(Reason::WrongMarket)?;
        let at_ms = self.context.at_ms;
        if run.from_ms.is_some_and(|from_ms| at_ms < from_ms) {
            return Err(Reason::NotStarted);
        }
        match run.until_ms.is_some_and(|until_ms| at_ms >= until_ms) {
            true => Err(Reason::Ended),
            false => Ok(()),
        }
    }

    fn check_tier(&self, promotion: &Promotion) -> Result<(), Reason> {
        if promotion.tiers.is_empty() {
            return Ok(());
        }
        let tier = self.context.tier.ok_or(Reason::NeedsMember)?;
        match promotion.tiers.iter().any(|known| known == tier) {
            true => Ok(()),
            false => Err(Reason::NotEligible),
        }
    }
}

/// Whether a promotion has the code that it needs.
enum Unlocked {
    /// It needs none.
    Free,
    /// The code at this place unlocks it.
    By(usize),
    /// None of the codes does.
    No,
}
