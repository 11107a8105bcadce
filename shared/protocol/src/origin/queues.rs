//! Queues of messages about orders, and what is due by the clock.

use serde::{Deserialize, Serialize};

use super::changes::RecordedEvent;
use super::orders::{SealedDetails, StoredOrder};

/// `POST`: [`Claim`] → list of [`Message`].
pub const CLAIM_PATH: &str = "/trade/v1/queues/claim";

/// `POST`: list of [`Settlement`] → 204. At most [`CLAIM_MAX`].
pub const SETTLE_PATH: &str = "/trade/v1/queues/settle";

/// `POST`: [`Replay`] → [`Replayed`].
pub const REPLAY_PATH: &str = "/trade/v1/queues/replay";

/// `GET`: → list of [`QueueDepth`].
pub const BACKLOG_PATH: &str = "/trade/v1/queues";

/// `POST` without a body: expires holds whose deadline is over → [`TickReport`].
pub const TICK_PATH: &str = "/trade/v1/tick";

/// Most messages in one claim and one settlement.
pub const CLAIM_MAX: usize = 100;

/// Whose work a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Orders and their changes, for the back office's own store.
    BackOffice,
    /// Orders for which the payment provider has something to do.
    Payments,
    /// Holds, due when they expire.
    Holds,
    /// Events about which the buyer gets a mail.
    Mails,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Queue; 4] = [
        Queue::BackOffice,
        Queue::Payments,
        Queue::Holds,
        Queue::Mails,
    ];

    /// As it is stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            Queue::BackOffice => "back_office",
            Queue::Payments => "payments",
            Queue::Holds => "holds",
            Queue::Mails => "mails",
        }
    }
}

/// Asks for messages that are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Of which queue.
    pub queue: Queue,
    /// 1 to [`CLAIM_MAX`].
    pub limit: u32,
    /// How long no other caller gets them, in milliseconds (visibility timeout).
    pub visibility_ms: i64,
    /// Only of this order; absent for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// A message that was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Names it in a settlement.
    pub id: i64,
    /// The order's number.
    pub order: String,
    /// Place of the event in the order's history; 0 for placing. Together with the order it
    /// identifies the message for consumers.
    pub sequence: u32,
    /// How often it was claimed, this time included. A settlement repeats it: one that arrives
    /// after the message was claimed again changes nothing.
    pub attempts: u32,
    /// What happened; only in the queue of the back office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<News>,
}

/// What is delivered to the back office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// An order was placed.
    Placed {
        /// As it was placed. Personal fields are sealed, if the shop seals them.
        order: Box<StoredOrder<SealedDetails>>,
    },
    /// Something happened to an order.
    Changed {
        /// What.
        event: RecordedEvent,
    },
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Which.
    pub id: i64,
    /// As claimed: an engine may give the number of a message that is gone to another one.
    pub order: String,
    /// As claimed.
    pub sequence: u32,
    /// As claimed.
    pub attempts: u32,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Settled,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "settled", rename_all = "snake_case")]
pub enum Settled {
    /// It was delivered or done.
    Done,
    /// Not now.
    Retry {
        /// After how many milliseconds.
        after_ms: i64,
        /// Why.
        error: String,
    },
    /// Dead-lettered: it is not retried, and the staff have to handle it.
    Dead {
        /// Why.
        error: String,
    },
}

/// Requeues dead messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Which queue.
    pub queue: Queue,
}

/// How many messages were requeued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Number.
    pub messages: i64,
}

/// How much waits in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueDepth {
    /// Which.
    pub queue: Queue,
    /// Messages that are due, or claimed and not settled.
    pub waiting: i64,
    /// For how long the oldest of them has been due, in milliseconds; 0 when there is none.
    pub oldest_age_ms: i64,
    /// When the next message is due, or was, in milliseconds since 1970; absent when none waits
    /// for its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due_ms: Option<i64>,
    /// Dead messages, which wait for the staff.
    pub dead: i64,
}

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TickReport {
    /// Orders that expired.
    pub expired: u32,
    /// Orders that went into the archive.
    #[serde(default)]
    pub archived: u32,
    /// Orders that were never paid and are deleted.
    #[serde(default)]
    pub thinned_out: u32,
    /// Whether there is more to do at once.
    pub more: bool,
    /// Whether something between shards waits for its time.
    #[serde(default)]
    pub waits: bool,
}
