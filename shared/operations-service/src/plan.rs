//! How the plan of a night stands, as the staff see it.

use souk_operations::plan::{Armed, At, Begin, Plan, Progress, Step};
use souk_operations::{Operations, Sale};
use souk_protocol::plan::{ArmedPlan, PlanApproval, PlanStanding, StepStanding};

/// How it stands at a moment, in milliseconds since 1970.
pub(crate) fn plan_standing(stored: &Operations, now_ms: i64) -> PlanStanding {
    let approvals = stored.approvals().all().map(|(hash, names)| PlanApproval {
        hash: hash.to_owned(),
        names: names.to_vec(),
    });
    let armed = stored.armed();
    PlanStanding {
        armed: armed.map(|armed| of_armed(armed, stored.sales(), now_ms)),
        approvals: approvals.collect(),
    }
}

fn of_armed(armed: &Armed, sales: &[Sale], now_ms: i64) -> ArmedPlan {
    // One that this program cannot read is disarmed by the next tick.
    let steps = armed.plan().map_or_else(Vec::new, |Plan { steps }| steps);
    let steps = steps.iter().zip(armed.steps());
    let steps = steps.map(|(step, progress)| of_step(step, progress, sales, now_ms));
    ArmedPlan {
        hash: armed.hash().to_owned(),
        armed_at_ms: armed.armed_at_ms(),
        carried_out_at_ms: armed.seen_s() * 1_000,
        steps: steps.collect(),
    }
}

fn of_step(step: &Step, progress: &Progress, sales: &[Sale], now_ms: i64) -> StepStanding {
    let next_ms = |at: &At| {
        let moments = at.moments_ms(sales).into_iter();
        moments.filter(|&moment_ms| moment_ms > now_ms).min()
    };
    let (begins, next_at_ms, task) = match &step.begin {
        Begin::When(_) => ("when", None, None),
        Begin::At(at) => ("at", next_ms(at), None),
        Begin::Task(task) => ("task", next_ms(&task.due), Some(task)),
    };
    let actions = step.actions.iter().map(ToString::to_string);
    let fired_at_ms = progress.fired_s().map(|fired_s| fired_s * 1_000);
    let max_ms = step.max_s.map(|max_s| i64::from(max_s) * 1_000);
    StepStanding {
        id: step.id.clone(),
        begins: begins.to_owned(),
        state: progress.phase(step).name().to_owned(),
        episode: progress.episode(),
        does: actions.chain(task.map(|task| task.text.clone())).collect(),
        fired_at_ms,
        ends_at_ms: fired_at_ms
            .zip(max_ms)
            .map(|(fired_ms, max_ms)| fired_ms + max_ms),
        next_at_ms,
        owner: task.map(|task| task.owner.clone()),
        done_by: progress.done_by().map(str::to_owned),
    }
}
