//! What is known of one request.

use std::time::Duration;

/// Names a kind of request: its place among [`crate::Generator::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(pub usize);

/// One request. Its moments count from the beginning of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// What was asked.
    pub step: Step,
    /// Its place in the plan; `None` where it was not planned beforehand.
    pub place: Option<usize>,
    /// When it was to be sent.
    pub planned: Duration,
    /// When the generator began to send it.
    pub sent: Duration,
    /// When all of the answer was there, or when it was given up.
    pub ended: Duration,
    /// What came.
    pub outcome: Outcome,
    /// Of the answer, as they came over the wire: see [`crate::Answer::bytes`]. 0 without an answer.
    pub bytes: u64,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// An answer with this status.
    Status(u16),
    /// None by the time at which the generator gives up.
    TimedOut,
    /// No connection to the server.
    NotConnected,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

impl Record {
    /// What a visitor waits for: from the planned moment to the whole answer.
    pub fn response(&self) -> Duration {
        self.ended.saturating_sub(self.planned)
    }

    /// What the server takes, with the connection: from sending to the whole answer.
    pub fn service(&self) -> Duration {
        self.ended.saturating_sub(self.sent)
    }

    /// How late the generator itself was.
    pub fn lateness(&self) -> Duration {
        self.sent.saturating_sub(self.planned)
    }
}

impl Outcome {
    /// Whether the time until then says how slow the server is. A connection that is refused is quick
    /// and says nothing.
    pub fn is_timed(self) -> bool {
        matches!(self, Outcome::Status(_) | Outcome::TimedOut)
    }

    /// Its name where it is an error.
    pub fn error(self) -> Option<&'static str> {
        match self {
            Outcome::Status(_) => None,
            Outcome::TimedOut => Some("timed_out"),
            Outcome::NotConnected => Some("not_connected"),
            Outcome::Broken => Some("broken"),
        }
    }
}
