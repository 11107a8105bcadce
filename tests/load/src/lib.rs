//! The load generator of this repository: an open loop.
//!
//! A [`Plan`] says at which moments which requests are sent. It is a pure function of scenario and seed
//! and is made before anything is sent, so a server that stands still meets as many requests as one that
//! is quick. Each request has three times: when it was planned, when it was sent, when it was answered.
//! What a visitor waits for counts from the planned moment ([`Record::response`]); how late the generator
//! itself was is shown beside it, and makes a run invalid ([`report::LATENESS_MAX`]).
//!
//! - [`scenario`]: the file that says who comes when and what they do; [`plan`] makes the plan of it.
//! - [`generator`]: sends what is planned and keeps a [`Record`] of each request.
//! - [`report`], [`histogram_log`] and [`access_log`]: what the records come to, as JSON, as an
//!   HdrHistogram log, and as the log of a web server.
//! - [`sale`]: the visitors of a flash sale, whose requests depend on answers, and their referee.
//! - [`standstill`]: a server that stands still, which judges the generator.
//!
//! Architecture Invariant: it speaks to loopback addresses only ([`target`]). Closed loops are not here:
//! they find the most that a server does, and are part of `tests/bench`.

#![allow(
    clippy::disallowed_methods,
    reason = "measures a real machine with its real clock"
)]

pub mod access_log;
pub mod arrivals;
pub mod connections;
pub mod generator;
pub mod histogram_log;
pub mod plan;
pub mod progress;
pub mod record;
pub mod report;
pub mod sale;
pub mod scenario;
pub mod standstill;
pub mod target;

pub use connections::{Answer, Unanswered};
pub use generator::Generator;
pub use plan::Plan;
pub use record::Record;
pub use report::Report;
pub use scenario::Scenario;
pub use target::Target;
