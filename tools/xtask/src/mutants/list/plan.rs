//! The plan of a night.

use super::{Mutant, Place, mutant};

const ARMED: &str = "shared/operations/src/plan/armed.rs";
const CONDITION: &str = "shared/operations/src/plan/condition.rs";
const CONTROL: &str = "shared/operations/src/control/plan.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Operations,
        "plan: a step waits a second longer than it says",
        CONDITION,
        "at_s - since_s >= i64::from(self.for_s)",
        "at_s - since_s > i64::from(self.for_s)",
    ),
    mutant(
        Place::Operations,
        "plan: a step that has ended fires again while its conditions hold on",
        ARMED,
        "progress.end(true);",
        "progress.end(false);",
    ),
    mutant(
        Place::Operations,
        "plan: one approval less than is needed is enough",
        CONTROL,
        "unwrap_or(u32::MAX) < needs {",
        "unwrap_or(u32::MAX) < needs.saturating_sub(1) {",
    ),
    mutant(
        Place::Operations,
        "plan: the end of a step takes back what other steps have set",
        CONTROL,
        "self.planned.retain(|one| one.step != id);",
        "self.planned.clear();",
    ),
];
