//! What the referee has to know beside the log, and what it finds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// Until every edge knows what the room has called.
pub(crate) const PULSE: Duration = Duration::from_secs(5);

/// What the referee has to know beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// When the sale opened, from the beginning of the run.
    pub opens: Duration,
    /// Units of the sale, if they are known.
    pub units: Option<u32>,
    /// Units that one buyer may have.
    pub limit: u32,
    /// Visitors who came to buy, and not to leave.
    pub buyers: u64,
}

/// What the referee found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether every rule holds.
    pub fair: bool,
    /// Rules that do not hold, and what was found.
    pub broken: Vec<Broken>,
    /// Visitors with a ticket.
    pub tickets: u64,
    /// Visitors who left.
    pub left: u64,
    /// Visitors who learnt of their turn.
    pub called: u64,
    /// Units in orders.
    pub sold: u64,
    /// Visitors who were called and learnt then that nothing is left.
    pub told_sold_out: u64,
    /// Attempts of bots.
    pub guesses: u64,
    /// Answers that were no answer to the question, by request and status.
    pub refused: BTreeMap<String, u64>,
    /// The longest time from when a called visitor left until another one learnt of a turn instead, in
    /// seconds.
    pub abandoned_s: Option<f64>,
    /// From the opening to the last order, in seconds.
    pub sold_within_s: Option<f64>,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Which rule, always in the same words.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

impl Verdict {
    pub(super) fn breaks(&mut self, rule: &'static str, found: String) {
        self.broken.push(Broken { rule, found });
    }
}
