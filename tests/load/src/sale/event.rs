//! What happens in a sale, as its visitors see it: the raw log.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Serialize, Serializer};

/// Something that a visitor did, or learnt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// When it was sent, from the beginning of the run.
    #[serde(rename = "sent_ms", serialize_with = "ms")]
    pub sent: Duration,
    /// When the whole answer was there.
    #[serde(rename = "answered_ms", serialize_with = "ms")]
    pub answered: Duration,
    /// Who.
    pub visitor: u32,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a visitor did, or learnt.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It has a ticket, in this state.
    Ticket(Seen),
    /// It read its ticket.
    Poll(Seen),
    /// It ordered, at the address of its ticket.
    Order {
        /// What came of it.
        outcome: OrderOutcome,
        /// The e-mail address by which the shop knows the buyer.
        buyer: String,
        /// Units that it ordered.
        units: u32,
    },
    /// It left.
    Leaves,
    /// A bot ordered, at an address that it guessed or without a ticket.
    Guess {
        /// The status of the answer.
        status: u16,
    },
    /// The answer was another one than such a request has; it tries again where that helps.
    Refused {
        /// What was asked.
        request: &'static str,
        /// The status of the answer; 0 where there was none.
        status: u16,
    },
}

/// A ticket as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its state.
    pub state: TicketState,
    /// Its place, once that is shown.
    pub rank: Option<String>,
    /// Seconds until it is to be read again.
    pub poll_after_s: u32,
}

/// The state of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Before the opening.
    Gathering,
    /// Its turn is to come.
    Waiting,
    /// It may buy.
    Called,
    /// Its turn is over.
    Missed,
    /// All units are sold.
    SoldOut,
    /// The sale is over.
    Over,
}

impl TicketState {
    /// The state of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "gathering" => TicketState::Gathering,
            "waiting" => TicketState::Waiting,
            "called" => TicketState::Called,
            "missed" => TicketState::Missed,
            "sold_out" => TicketState::SoldOut,
            "over" => TicketState::Over,
            _ => anyhow::bail!("'{name}' is no state of a ticket"),
        })
    }
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// It was placed.
    Placed,
    /// Nothing is left.
    SoldOut,
    /// Another refusal: the kind of the problem.
    Refused(String),
}

/// The raw log of a run, which all visitors write.
#[derive(Debug, Clone, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    pub(super) fn add(&self, event: Event) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
    }

    /// What has happened until now.
    pub fn until_now(&self) -> Vec<Event> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }

    /// Writes what has happened until now, as lines of JSON.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, into: &mut impl Write) -> Result<()> {
        for event in self.until_now() {
            serde_json::to_writer(&mut *into, &event).context("write the raw log")?;
            into.write_all(b"\n").context("write the raw log")?;
        }
        Ok(())
    }
}

fn ms<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_micros() as f64 / 1_000.0)
}
