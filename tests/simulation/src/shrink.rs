//! Makes a plan that fails smaller, as long as it fails the same rule.

use crate::plan::Plan;
use crate::run::{Outcome, run};

/// Runs that are tried at most.
const RUNS_MAX: usize = 400;

/// The smallest plan that was found, and its run.
pub fn shrink(
    plan: &Plan,
    outcome: Outcome,
    mut tried: impl FnMut(usize, &Plan),
) -> (Plan, Outcome) {
    let rule = outcome.failure.as_ref().map(|failure| failure.rule.clone());
    let (mut plan, mut outcome) = (plan.clone(), outcome);
    let mut runs = 0;
    'smaller: loop {
        for candidate in plan.smaller() {
            // Another seed may fail where this one happens not to any more.
            for step in 0..4_u64 {
                if runs == RUNS_MAX {
                    return (plan, outcome);
                }
                runs += 1;
                let seed = candidate.seed.wrapping_add(step * 0x1_0000_0000);
                let candidate = Plan {
                    seed,
                    ..candidate.clone()
                };
                let found = run(&candidate);
                if found.failure.as_ref().map(|failure| &failure.rule) == rule.as_ref() {
                    tried(runs, &candidate);
                    (plan, outcome) = (candidate, found);
                    continue 'smaller;
                }
            }
        }
        return (plan, outcome);
    }
}
