//! The plan of a night: steps that begin by signals, by the clock or by a person, what they set, and
//! when that ends.
//!
//! - [`compiled`]: a plan as people approve it, canonical JSON with a hash; [`condition`]: whether a
//!   condition holds in a second; [`armed`]: the state of the steps of an armed plan, second by second;
//!   [`planned`]: what steps have set, and what of it counts; [`approvals`]: who has approved what.
//!
//! **Architecture Invariants:** a plan decides nothing in a second that was decided before: what is
//! stored says up to which second it was carried out. What a step sets lies beside what people have set
//! and never replaces it.
//!
//! Not here: `plan.toml` and what is unwise in it (`souk-shop-folder`), the records of the journal
//! ([`crate::control`]).

pub mod approvals;
pub mod armed;
pub mod compiled;
pub mod condition;
mod named;
pub mod planned;

#[cfg(test)]
pub(crate) mod tests;

pub use approvals::Approvals;
pub use armed::{Armed, Event, Happened, Phase, Progress};
pub use compiled::{
    Action, At, Begin, Check, Instant, Limit, Plan, PlanError, SaleAction, SaleEvent, SaleMoment,
    SaleWish, Step, SwitchTo, Task, Undo, is_step_id, plan_hash,
};
pub use condition::{Comparison, Condition, Held, MILLION};
pub use planned::{Planned, Put};
