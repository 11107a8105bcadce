//! Which promotions are used together: the conflict-free set that takes off most.
//!
//! Promotions that are linked by conflicts, directly or by others, are decided together: exactly up to
//! [`EXACT_MAX`] of them, beyond that the one that takes off most goes first.

use super::cart::{Cart, LineSet};
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

/// Bits of a word.
const BITS: usize = u64::BITS as usize;

/// Which candidates do not combine, as a row of bits for each.
struct Conflicts {
    words: usize,
    rows: Vec<u64>,
}

impl Conflicts {
    fn between(candidates: &[Candidate<'_>], cart: &Cart) -> Self {
        let traits: Vec<_> = candidates.iter().map(|one| Traits::of(one, cart)).collect();
        let words = candidates.len().div_ceil(BITS);
        let mut conflicts = Self {
            words,
            rows: vec![0; words * candidates.len()],
        };
        for (place, one) in traits.iter().enumerate() {
            for (other_place, other) in traits.iter().enumerate().take(place) {
                if !one.combines_with(other) {
                    conflicts.add(place, other_place);
                    conflicts.add(other_place, place);
                }
            }
        }
        conflicts
    }

    fn add(&mut self, place: usize, other: usize) {
        self.rows[place * self.words + other / BITS] |= 1 << (other % BITS);
    }

    fn row(&self, place: usize) -> &[u64] {
        &self.rows[place * self.words..][..self.words]
    }

    fn has(&self, place: usize, other: usize) -> bool {
        self.row(place)[other / BITS] >> (other % BITS) & 1 == 1
    }

    /// Candidates in sets that no conflict links, each in ascending order.
    fn linked(&self) -> Vec<Vec<usize>> {
        let count = self.rows.len().checked_div(self.words).unwrap_or(0);
        let mut is_found = vec![false; count];
        let mut sets = Vec::new();
        for first in 0..count {
            if is_found[first] {
                continue;
            }
            is_found[first] = true;
            let mut set = vec![first];
            let mut next = 0;
            while let Some(&place) = set.get(next) {
                for (other, is_found) in is_found.iter_mut().enumerate().skip(first) {
                    if !*is_found && self.has(place, other) {
                        *is_found = true;
                        set.push(other);
                    }
                }
                next += 1;
            }
            set.sort_unstable();
            sets.push(set);
        }
        sets
    }
}

/// What decides whether two promotions combine.
struct Traits<'c> {
    class: Class,
    /// The bit of its class, and those of the classes that it names.
    class_bit: u8,
    stacks_with: u8,
    is_exclusive: bool,
    group: Option<&'c str>,
    lines: &'c LineSet,
}

impl<'c> Traits<'c> {
    fn of(candidate: &Candidate<'c>, cart: &'c Cart) -> Self {
        let promotion = candidate.promotion;
        let bit = |class: Class| 1 << class as u8;
        let classes = promotion.stacks_with.iter();
        Self {
            class: promotion.class,
            class_bit: bit(promotion.class),
            stacks_with: classes.fold(0, |bits, &class| bits | bit(class)),
            is_exclusive: promotion.is_exclusive,
            group: promotion.group.as_deref(),
            lines: cart.lines_of(promotion),
        }
    }

    fn combines_with(&self, other: &Self) -> bool {
        let are_of_lines = self.class == Class::Line && other.class == Class::Line;
        if are_of_lines && self.lines.is_disjoint(other.lines) {
            return true;
        }
        let is_mutual =
            self.stacks_with & other.class_bit != 0 && other.stacks_with & self.class_bit != 0;
        let is_in_group = self.group.is_some() && self.group == other.group;
        is_mutual && !self.is_exclusive && !other.is_exclusive && !is_in_group
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
        let mut words = conflicts.row(place).iter().zip(&used);
        let is_free = words.all(|(conflicts, used)| conflicts & used == 0);
        if is_free {
            used[place / BITS] |= 1 << (place % BITS);
        }
        is_free
    });
    order
}
