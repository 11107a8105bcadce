//! Which document stands in which run.
//!
//! A document keeps its place while its text stays. New and changed ones enter the smallest run; one
//! that is full goes up into the next. Where much of the index is in small runs, all of it is written
//! anew.

use std::collections::HashMap;

use souk_catalogue::Hash;
use souk_search::format::{Deleted, Run};

/// Documents of the small runs, the smallest first.
pub(crate) const RUN_DOCUMENTS_MAX: [usize; 3] = [512, 4096, 32_768];
/// The level of the largest run.
pub(crate) const BASE: u8 = 3;
/// All is written anew where more than one of so many documents is not in the largest run.
const SMALL_SHARE: usize = 4;

/// A run and its documents: their fingerprints, and the place of the product of each that lives.
pub(crate) struct Plan {
    pub(crate) level: u8,
    pub(crate) documents: Vec<(u64, Option<usize>)>,
    /// The run that stands, where its texts are the same.
    pub(crate) kept: Option<Run>,
}

/// A run that is published, with the fingerprints of its documents.
pub(crate) struct Standing {
    pub(crate) run: Run,
    pub(crate) fingerprints: Vec<u64>,
}

/// Plans the runs for products with these fingerprints, in the order of the documents.
pub(crate) fn plan(fingerprints: &[u64], order: &[usize], standing: Vec<Standing>) -> Vec<Plan> {
    grown(fingerprints, order, standing).unwrap_or_else(|| {
        let documents = order
            .iter()
            .map(|&place| (fingerprints[place], Some(place)));
        vec![Plan {
            level: BASE,
            documents: documents.collect(),
            kept: None,
        }]
    })
}

/// The runs that grow from those that stand; `None` where all has to be written anew.
fn grown(fingerprints: &[u64], order: &[usize], standing: Vec<Standing>) -> Option<Vec<Plan>> {
    let mut wanted: HashMap<u64, usize> = order
        .iter()
        .map(|&place| (fingerprints[place], place))
        .collect();
    let mut plans: Vec<Plan> = standing
        .into_iter()
        .map(|one| Plan {
            level: one.run.level,
            documents: one
                .fingerprints
                .iter()
                .map(|print| (*print, wanted.remove(print)))
                .collect(),
            kept: Some(one.run),
        })
        .collect();
    let base = plans.first().filter(|base| base.level == BASE)?;
    let live = base
        .documents
        .iter()
        .filter(|(_, place)| place.is_some())
        .count();
    let outside = order.len() - live;
    let dead = base.documents.len() - live;
    if (outside + dead) * SMALL_SHARE > base.documents.len() {
        return None;
    }
    // What is new, in the order of the documents.
    let mut carry: Vec<_> = order
        .iter()
        .filter(|&&place| wanted.get(&fingerprints[place]) == Some(&place))
        .map(|&place| (fingerprints[place], Some(place)))
        .collect();
    let small_dead = plans.iter().skip(1).any(|plan| has_dead(&plan.documents));
    if carry.is_empty() && dead_is_known(&plans) && !small_dead {
        return Some(plans);
    }
    let mut level = 0;
    loop {
        if let Some(last) = plans.pop_if(|plan| plan.level == level) {
            carry = merged(last.documents, carry);
        }
        if carry.len() <= RUN_DOCUMENTS_MAX[usize::from(level)] {
            break;
        }
        level += 1;
        if level == BASE {
            return None;
        }
    }
    plans.push(Plan {
        level,
        documents: carry,
        kept: None,
    });
    Some(plans)
}

fn has_dead(documents: &[(u64, Option<usize>)]) -> bool {
    documents.iter().any(|(_, place)| place.is_none())
}

/// Whether the documents that are dead are those that the runs name as such.
fn dead_is_known(plans: &[Plan]) -> bool {
    plans.iter().all(|plan| {
        let run = plan.kept.as_ref();
        let deleted = plan.deleted().map(|blob| Hash::of(&blob));
        run.is_some_and(|run| run.deleted == deleted)
    })
}

impl Plan {
    /// The blob that names its dead documents.
    pub(crate) fn deleted(&self) -> Option<Vec<u8>> {
        let documents = (0..).zip(&self.documents);
        let dead = documents.filter(|(_, (_, place))| place.is_none());
        let dead: Vec<u32> = dead.map(|(number, _)| number).collect();
        (!dead.is_empty()).then(|| Deleted::encode(&dead))
    }
}

/// The documents of a run with new ones at the places of its dead ones, then behind: few chunks of
/// cards change.
fn merged(
    mut documents: Vec<(u64, Option<usize>)>,
    new: Vec<(u64, Option<usize>)>,
) -> Vec<(u64, Option<usize>)> {
    let mut new = new.into_iter();
    for slot in &mut documents {
        if slot.1.is_none()
            && let Some(one) = new.next()
        {
            *slot = one;
        }
    }
    documents.extend(new);
    let mut place = 0;
    while place < documents.len() {
        if documents[place].1.is_none() {
            documents.swap_remove(place);
        } else {
            place += 1;
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(level: u8, fingerprints: Vec<u64>) -> Standing {
        let run = Run {
            level,
            ..Run::default()
        };
        Standing { run, fingerprints }
    }

    fn shown(plans: &[Plan]) -> Vec<(u8, usize, usize, bool)> {
        let plans = plans.iter();
        plans
            .map(|plan| {
                let live = plan
                    .documents
                    .iter()
                    .filter(|(_, place)| place.is_some())
                    .count();
                (plan.level, plan.documents.len(), live, plan.kept.is_some())
            })
            .collect()
    }

    #[test]
    fn new_documents_enter_the_smallest_run_and_full_ones_go_up() {
        let plan_of = |prints: std::ops::Range<u64>, standing| {
            let prints: Vec<u64> = prints.collect();
            let order: Vec<usize> = (0..prints.len()).collect();
            plan(&prints, &order, standing)
        };
        assert_eq!(shown(&plan_of(0..3, vec![])), [(BASE, 3, 3, false)]);
        let base = || standing(BASE, (0..10_000).collect());
        assert_eq!(
            shown(&plan_of(0..10_000, vec![base()])),
            [(BASE, 10_000, 10_000, true)]
        );
        let grown = plan_of(1..10_003, vec![base()]);
        assert_eq!(
            shown(&grown),
            [(BASE, 10_000, 9999, true), (0, 3, 3, false)]
        );
        let small = || standing(0, (10_000..10_500).collect());
        let grown = plan_of(0..10_600, vec![base(), small()]);
        assert_eq!(
            shown(&grown),
            [(BASE, 10_000, 10_000, true), (1, 600, 600, false)]
        );
        let grown = plan_of(100..10_500, vec![base(), small()]);
        assert_eq!(
            shown(&grown),
            [(BASE, 10_000, 9900, true), (0, 500, 500, false)]
        );
        assert_eq!(
            shown(&plan_of(0..13_000, vec![base()])),
            [(BASE, 13_000, 13_000, false)]
        );
    }

    #[test]
    fn places_of_dead_documents_are_taken() {
        let old = vec![
            (1, Some(0)),
            (2, None),
            (3, Some(1)),
            (4, None),
            (5, Some(2)),
        ];
        let merged = merged(old, vec![(6, Some(3))]);
        assert_eq!(
            merged,
            [(1, Some(0)), (6, Some(3)), (3, Some(1)), (5, Some(2))]
        );
    }
}
