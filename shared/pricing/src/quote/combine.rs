//! Which promotions are used together: the conflict-free set that takes off most.
//!
//! Promotions that are linked by conflicts, directly or by others, are decided together: exactly up to
//! [`EXACT_MAX`] of them, beyond that the one that takes off most goes first.

use super::bits::{self, BITS};
use super::cart::Cart;
use super::eligible::Candidate;
use crate::{Class, places};

/// Promotions in conflict among which the best set is found exactly.
const EXACT_MAX: usize = 16;

/// Whether each candidate is used. Candidates come highest priority first, then by id.
pub(super) fn chosen(candidates: &[Candidate<'_>], cart: &Cart) -> Vec<bool> {
    let conflicts = Conflicts::between(candidates, cart);
    let mut chosen = vec![false; candidates.len()];
    for linked in conflicts.linked() {
        let used = match linked.len() {
            // In conflict with none.
            1 => linked,
            0..=EXACT_MAX => best(&linked, candidates, &conflicts),
            _ => greedy(&linked, candidates, &conflicts),
        };
        for place in used {
            chosen[place] = true;
        }
    }
    chosen
}

/// Which candidates do not combine, as a row of bits for each.
struct Conflicts {
    words: usize,
    rows: Vec<u64>,
}

impl Conflicts {
    fn between(candidates: &[Candidate<'_>], cart: &Cart) -> Self {
        let words = candidates.len().div_ceil(BITS);
        let mut rows = vec![0; words * candidates.len()];
        let stacking = Stacking::of(candidates, words);
        for (place, row) in rows.chunks_exact_mut(words.max(1)).enumerate() {
            stacking.find_conflicts(place, candidates, row);
            if candidates[place].promotion.class == Class::Line {
                Stacking::combine_disjoint(place, candidates, cart, row);
            }
        }
        Self { words, rows }
    }

    fn row(&self, place: usize) -> &[u64] {
        &self.rows[place * self.words..][..self.words]
    }

    fn has(&self, place: usize, other: usize) -> bool {
        bits::contains(self.row(place), other)
    }

    /// Candidates in sets that no conflict links, each in ascending order.
    fn linked(&self) -> Vec<Vec<usize>> {
        let count = self.rows.len().checked_div(self.words).unwrap_or(0);
        let mut rest = vec![0; self.words];
        (0..count).for_each(|place| bits::insert(&mut rest, place));
        let mut sets = Vec::new();
        while let Some(first) = bits::next(&rest, 0) {
            bits::remove(&mut rest, first);
            let mut set = vec![first];
            let mut at = 0;
            while let Some(&place) = set.get(at) {
                for (word, (conflicts, rest)) in self.row(place).iter().zip(&mut rest).enumerate() {
                    let mut found = conflicts & *rest;
                    *rest &= !found;
                    while found != 0 {
                        set.push(word * BITS + found.trailing_zeros() as usize);
                        found &= found - 1;
                    }
                }
                at += 1;
            }
            set.sort_unstable();
            sets.push(set);
        }
        sets
    }
}

/// Classes of promotions.
const CLASSES: usize = 3;

/// What decides whether promotions combine: sets of those that are not exclusive, by classes.
struct Stacking {
    /// Those of each class.
    of: [Vec<u64>; CLASSES],
    /// Those that name each class.
    with: [Vec<u64>; CLASSES],
}

impl Stacking {
    fn of(candidates: &[Candidate<'_>], words: usize) -> Self {
        let none = || [(); CLASSES].map(|()| vec![0; words]);
        let (mut of, mut with) = (none(), none());
        let candidates = candidates.iter().enumerate();
        for (place, one) in candidates.filter(|(_, one)| !one.promotion.is_exclusive) {
            bits::insert(&mut of[one.promotion.class as usize], place);
            for &class in &one.promotion.stacks_with {
                bits::insert(&mut with[class as usize], place);
            }
        }
        Self { of, with }
    }

    /// Finds those that one does not combine with, whatever lines they are for.
    fn find_conflicts(&self, place: usize, candidates: &[Candidate<'_>], row: &mut [u64]) {
        let one = candidates[place].promotion;
        if !one.is_exclusive {
            let with_it = &self.with[one.class as usize];
            for &class in &one.stacks_with {
                let words = self.of[class as usize].iter().zip(with_it);
                for (combine, (of, with_it)) in row.iter_mut().zip(words) {
                    *combine |= of & with_it;
                }
            }
        }
        row.iter_mut().for_each(|word| *word = !*word);
        // Bits of no candidate, and its own.
        let used = candidates.len() % BITS;
        if used > 0
            && let Some(last) = row.last_mut()
        {
            *last &= !(u64::MAX << used);
        }
        if one.group.is_some() {
            for (other, candidate) in candidates.iter().enumerate() {
                if candidate.promotion.group == one.group {
                    bits::insert(row, other);
                }
            }
        }
        bits::remove(row, place);
    }

    /// Line promotions on different lines combine all the same.
    fn combine_disjoint(place: usize, candidates: &[Candidate<'_>], cart: &Cart, row: &mut [u64]) {
        let lines = cart.lines_of(candidates[place].promotion);
        let mut next = bits::next(row, 0);
        while let Some(other) = next {
            let promotion = candidates[other].promotion;
            if promotion.class == Class::Line && lines.is_disjoint(cart.lines_of(promotion)) {
                bits::remove(row, other);
            }
            next = bits::next(row, other + 1);
        }
    }
}

/// The set with the greatest sum. Of several that with the candidate of the highest rank that is not in
/// all of them.
fn best(linked: &[usize], candidates: &[Candidate<'_>], conflicts: &Conflicts) -> Vec<usize> {
    let mask = |&place: &usize| {
        let others = linked.iter().enumerate();
        let others = others.filter(|(_, other)| conflicts.has(place, **other));
        others.fold(0_u32, |mask, (at, _)| mask | 1 << at)
    };
    let mut search = Search {
        values: linked
            .iter()
            .map(|&place| candidates[place].value)
            .collect(),
        masks: linked.iter().map(mask).collect(),
        best: 0,
        best_sum: -1,
    };
    search.go(0, 0, 0);
    let used = linked.iter().enumerate();
    let used = used.filter(|(at, _)| search.best >> at & 1 == 1);
    used.map(|(_, &place)| place).collect()
}

/// A search that tries sets with the candidates of the highest rank first, so that the first of equal
/// sums is the one that is meant.
struct Search {
    values: Vec<i64>,
    /// For each candidate the bits of those that it does not combine with.
    masks: Vec<u32>,
    best: u32,
    best_sum: i64,
}

impl Search {
    fn go(&mut self, at: usize, used: u32, sum: i64) {
        let is_free = |place: usize, masks: &[u32]| masks[place] & used == 0;
        let rest = (at..self.values.len()).filter(|&place| is_free(place, &self.masks));
        let most = rest.fold(sum, |sum, place| sum.saturating_add(self.values[place]));
        if most <= self.best_sum {
            return;
        }
        if at == self.values.len() {
            (self.best, self.best_sum) = (used, sum);
            return;
        }
        if is_free(at, &self.masks) {
            self.go(at + 1, used | 1 << at, sum.saturating_add(self.values[at]));
        }
        self.go(at + 1, used, sum);
    }
}

/// The one that takes off most first, ties by rank, then each that combines with those before it.
fn greedy(linked: &[usize], candidates: &[Candidate<'_>], conflicts: &Conflicts) -> Vec<usize> {
    let mut order = linked.to_vec();
    places::sort(&mut order, &mut |one, other| {
        candidates[other].value.cmp(&candidates[one].value)
    });
    let mut used = vec![0_u64; conflicts.words];
    order.retain(|&place| {
        let is_free = !bits::intersect(conflicts.row(place), &used);
        if is_free {
            bits::insert(&mut used, place);
        }
        is_free
    });
    order
}
