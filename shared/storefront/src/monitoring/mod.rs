//! What an operator's monitoring reads: counters of the instance, and the origin's report.

pub(crate) mod metrics;
pub(crate) mod origin_report;
pub(crate) mod probes;
