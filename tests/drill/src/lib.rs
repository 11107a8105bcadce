//! Runs drills: experiments in the format of the [Chaos Toolkit](https://chaostoolkit.org), which is
//! JSON. What it says of one is what `chaos run` says, status and deviation.
//!
//! - [`Experiment`]: a file that was read and checked.
//! - [`run`]: the steady state, the method, the steady state again, the rollbacks.
//! - [`Journal`]: what came of it.
//!
//! Of the format it has what a drill needs: providers `http` and `process`, tolerances (a value, a
//! list, `regex`, `range`), configuration and secrets with variables of the environment, pauses,
//! activities in the background, references, extensions. What it does not have (Python, controls,
//! JSON paths, dry runs) is refused, never passed over.
//!
//! It differs in one way: rollbacks are always played, as with `chaos run --rollback-strategy always`.
//!
//! Not here: the shop that a drill is about (`souk-e2e`).

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod check;
mod environment;
mod experiment;
mod journal;
mod provider;
mod runner;
mod tolerance;
mod variables;

pub use check::Invalid;
pub use environment::Environment;
pub use experiment::{Activity, ActivityKind, Experiment, Hypothesis, Method, Provider};
pub use journal::{Journal, Run, RunStatus, State, Status};
pub use runner::{Progress, run};
pub use variables::Variables;
