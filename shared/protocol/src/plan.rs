//! The plan of a night, between the back office and the store `operations`, and as the staff see it.
//!
//! Not here: what a plan says (`souk_operations::plan`), which travels as the text that people approved.

use serde::{Deserialize, Serialize};

/// `GET`: → [`PlanStanding`].
pub const PLAN_PATH: &str = "/operations/v1/plan";

/// How the plan stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStanding {
    /// The plan that is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed: Option<ArmedPlan>,
    /// Who has approved which plan, the one that was approved last at the end.
    pub approvals: Vec<PlanApproval>,
}

/// A plan that is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmedPlan {
    /// SHA-256 of the canonical plan, in hexadecimal digits.
    pub hash: String,
    /// When it was armed, in milliseconds since 1970.
    pub armed_at_ms: i64,
    /// Up to when it was carried out, in milliseconds since 1970.
    pub carried_out_at_ms: i64,
    /// Its steps, in its order.
    pub steps: Vec<StepStanding>,
}

/// How a step stands. All moments are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepStanding {
    /// Its id.
    pub id: String,
    /// What it begins with: `when`, `at` or `task`.
    pub begins: String,
    /// `waiting`, `resting` (its conditions have to stop holding before it fires again) or `in_force`;
    /// a task is `open`, `late` or `done`.
    pub state: String,
    /// How often it has fired.
    pub episode: u64,
    /// What it sets, as the plan has it; the text of a task.
    pub does: Vec<String>,
    /// When it fired, while it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fired_at_ms: Option<i64>,
    /// When it ends at the latest, while it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at_ms: Option<i64>,
    /// When it fires next by the clock, or a task is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at_ms: Option<i64>,
    /// Who does the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who has done it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_by: Option<String>,
}

/// Who has approved a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanApproval {
    /// Of the plan.
    pub hash: String,
    /// Names of tokens.
    pub names: Vec<String>,
}

/// A plan that is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmPlan {
    /// The canonical JSON (RFC 8785) of the plan, as a text.
    pub plan: String,
    /// SHA-256 of it, in hexadecimal digits.
    pub hash: String,
}

/// What is wanted of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It comes into force.
    Fired,
    /// It ends.
    Ended,
    /// Its task is done.
    Done,
}
