//! What an operator's monitoring reads: counters of the instance, and the origin's report.

#[cfg(feature = "openapi")]
pub(crate) mod contract;
pub(crate) mod metrics;
pub(crate) mod metrics_access;
pub(crate) mod origin_report;
pub(crate) mod probes;
pub(crate) mod report;
pub(crate) mod samples;
mod sampling;
