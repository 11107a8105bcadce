//! What came of an experiment, in the form in which the Chaos Toolkit writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What came of an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journal {
    /// What was run.
    pub experiment: Value,
    /// When it began, as RFC 3339.
    pub start: String,
    /// When it ended.
    pub end: String,
    /// Seconds between the two.
    pub duration: f64,
    /// How it ended.
    pub status: Status,
    /// Whether the steady state did not hold after the method.
    pub deviated: bool,
    /// The steady state before and after.
    pub steady_states: SteadyStates,
    /// What the method did.
    pub run: Vec<Run>,
    /// What the rollbacks did.
    pub rollbacks: Vec<Run>,
}

/// How an experiment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It came to its end.
    Completed,
    /// A probe of the steady state could not look.
    Failed,
}

/// The steady state, as it was found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SteadyStates {
    /// Before the method; none where there is no hypothesis.
    pub before: Option<State>,
    /// After it; none where it was not run.
    pub after: Option<State>,
    /// This runner looks before and after only.
    pub during: Vec<State>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// Whether all probes are within their tolerances.
    pub steady_state_met: bool,
    /// Up to the first that is not.
    pub probes: Vec<Run>,
}

/// An activity that was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Which.
    pub activity: Value,
    /// What it gave; null where it failed.
    pub output: Value,
    /// When it began, as RFC 3339.
    pub start: String,
    /// When it ended.
    pub end: String,
    /// Seconds between the two.
    pub duration: f64,
    /// Whether it gave an output.
    pub status: RunStatus,
    /// Of a probe of the steady state: whether its output is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance_met: Option<bool>,
    /// Why there is no output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exception: Vec<String>,
}

/// Whether an activity gave an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It did, whatever that says.
    Succeeded,
    /// It did not.
    Failed,
}

impl Run {
    /// What the activity is called.
    pub fn name(&self) -> &str {
        self.activity["name"].as_str().unwrap_or_default()
    }
}

impl Journal {
    /// Whether the steady state held before and after.
    pub fn is_passed(&self) -> bool {
        let states = [&self.steady_states.before, &self.steady_states.after];
        let mut states = states.into_iter().flatten();
        self.status == Status::Completed
            && !self.deviated
            && states.all(|state| state.steady_state_met)
    }

    /// The probe that stopped it, and whether that was before the method.
    pub fn broken(&self) -> Option<(&Run, bool)> {
        let states = [
            (&self.steady_states.before, true),
            (&self.steady_states.after, false),
        ];
        states.into_iter().find_map(|(state, is_before)| {
            let state = state.as_ref().filter(|state| !state.steady_state_met)?;
            Some((state.probes.last()?, is_before))
        })
    }
}
