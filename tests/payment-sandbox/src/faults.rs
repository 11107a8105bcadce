//! What can go wrong on the way to a provider and back, on request.

use std::collections::VecDeque;
use std::time::Duration;

/// What is asked of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Opening a page.
    Open,
    /// Reading a page.
    ReadPage,
    /// Closing a page.
    Close,
    /// Reading a payment.
    ReadPayment,
    /// Listing payments.
    ListPayments,
    /// Capturing.
    Capture,
    /// Voiding.
    Void,
    /// Refunding.
    Refund,
    /// Listing refunds.
    ListRefunds,
    /// Listing disputes.
    ListDisputes,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    LoseRequest,
    /// It is carried out, and its reply is lost.
    LoseReply,
    /// It is answered with this status, and nothing is carried out.
    Answer(u16),
    /// It is answered with this status, and the answer is kept under its idempotency key.
    AnswerAndKeep(u16),
    /// It is carried out, and answered after this long. The same key is busy until then.
    Delay(Duration),
}

/// How events reach the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Webhooks {
    /// How often each one is delivered.
    pub copies: u32,
    /// The newest first, of those that wait.
    pub reversed: bool,
    /// None is delivered until it is released.
    pub held: bool,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            copies: 1,
            reversed: false,
            held: false,
        }
    }
}

/// Faults that wait for their step.
#[derive(Debug, Default)]
pub(crate) struct Plan(VecDeque<(Step, Fault)>);

impl Plan {
    pub(crate) fn add(&mut self, step: Step, fault: Fault) {
        self.0.push_back((step, fault));
    }

    pub(crate) fn take(&mut self, step: Step) -> Option<Fault> {
        let place = self.0.iter().position(|(of, _)| *of == step)?;
        self.0.remove(place).map(|(_, fault)| fault)
    }
}
