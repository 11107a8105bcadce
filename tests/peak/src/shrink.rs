//! Makes a plan that fails smaller, as long as it fails the same rule.

use crate::plan::Plan;
use crate::run::{Outcome, run};

/// Runs that are tried at most.
const RUNS_MAX: usize = 150;

/// The smallest plan that was found, and its run.
pub fn shrink(
    plan: &Plan,
    outcome: Outcome,
    mut tried: impl FnMut(usize, &Plan),
) -> (Plan, Outcome) {
    let rule = outcome.failure.as_ref().map(|failure| failure.rule);
    let (mut plan, mut outcome) = (plan.clone(), outcome);
    let mut runs = 0;
    'smaller: loop {
        for candidate in plan.smaller() {
            if runs == RUNS_MAX {
                break 'smaller;
            }
            runs += 1;
            let found = run(&candidate);
            if found.failure.as_ref().map(|failure| failure.rule) == rule {
                tried(runs, &candidate);
                (plan, outcome) = (candidate, found);
                continue 'smaller;
            }
        }
        break;
    }
    (plan, outcome)
}
