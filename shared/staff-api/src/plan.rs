//! The plan of a night, in the staff API.
//!
//! Not here: when steps fire and what they set (the store for operations).

use bytes::Bytes;
use http::Request;
use souk_ports::OperationsClient;
use souk_protocol::operations::OperationsChange;
use souk_protocol::plan::{PLAN_PATH, PlanStanding};
use souk_protocol::staff::{self, SetStep, StaffToken};
use souk_service_http::get;

use crate::operations::{ask, change_by, read};
use crate::reply::{Failure, Outcome, invalid, reply};
use crate::request::body;

/// How it stands.
pub(crate) async fn show<O: OperationsClient>(store: &O) -> Outcome {
    Ok(reply(staff::READ_PLAN, &standing(store).await?))
}

/// Approves, arms or disarms a plan; how it stands then.
pub(crate) async fn set<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    request: &Request<Bytes>,
) -> Outcome {
    let asked = body(staff::SET_PLAN, request)?;
    let change = match (asked.approve, asked.arm, asked.disarm) {
        (Some(hash), None, None) => OperationsChange::ApprovePlan { hash },
        (None, Some(plan), None) => OperationsChange::ArmPlan(plan),
        (None, None, Some(true)) => OperationsChange::DisarmPlan,
        _ => {
            return Err(invalid(
                "",
                "one of approve, arm, and disarm, which is true".to_owned(),
            )
            .into());
        }
    };
    change_by(store, caller, asked.reason, change).await?;
    Ok(reply(staff::SET_PLAN, &standing(store).await?))
}

/// Fires or ends a step, or says that its task is done; how the plan stands then.
pub(crate) async fn set_step<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    step: &str,
    request: &Request<Bytes>,
) -> Outcome {
    let SetStep { state, reason } = body(staff::SET_STEP, request)?;
    let step = step.to_owned();
    let change = OperationsChange::PlanStep { step, state };
    change_by(store, caller, reason, change).await?;
    Ok(reply(staff::SET_STEP, &standing(store).await?))
}

async fn standing<O: OperationsClient>(store: &O) -> Result<PlanStanding, Failure> {
    let answer = ask(store, get(PLAN_PATH)).await?;
    read(answer.body()).map_err(Failure::from)
}
