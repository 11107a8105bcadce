//! Requests once more: those of an access log, or of a crowd that is made up, against the production
//! code of the storefront, the origin and the waiting room, in one process.
//!
//! - [`trace`]: the file; [`record`]: from an access log to a trace, without personal data; [`make`]: a
//!   crowd of a flash sale;
//! - [`run`]: the requests at their moments on a simulated clock; [`Report`]: what came of them.
//!
//! Everything follows from the trace and the seed, so the same run gives the same bytes.
//!
//! Not here: faults (`tests/simulation`, `tests/peak`), real runtimes (`tests/e2e`, `tests/load`). What a
//! trace does not say is made up, and `docs/replay.md` says what.

mod edge;
pub mod make;
mod origin;
pub mod record;
mod report;
mod room;
mod route;
mod run;
mod shop;
pub mod trace;
mod visitor;
mod world;

pub use report::Report;
pub use run::run;
pub use trace::Trace;
