//! What the staff say about the plan of a night.

use serde::{Deserialize, Serialize};

use crate::plan::{ArmPlan, StepState};

/// Approves, arms or disarms a plan: one of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPlan {
    /// The hash of a plan that the caller approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<String>,
    /// A plan that is carried out from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<ArmPlan>,
    /// `true`: no plan is carried out, and what steps have set is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disarm: Option<bool>,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Fires or ends a step, or says that its task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetStep {
    /// `fired`, `ended` or `done`.
    pub state: StepState,
    /// Why, for the journal; at most [`REASON_CHARS_MAX`] characters.
    ///
    /// [`REASON_CHARS_MAX`]: crate::operations::REASON_CHARS_MAX
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
