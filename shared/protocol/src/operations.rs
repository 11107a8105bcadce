//! What the back office says to the store `operations`, and what it answers: levels, switches, the
//! journal.
//!
//! HTTP with JSON bodies over service chaining, or a call of the object. Nothing here is reachable by
//! shoppers; the back office says who changes something, by the token that it has checked.
//! Business outcomes travel as 200 with a tagged body, as in [`crate::origin`].

use serde::{Deserialize, Serialize};

use crate::plan::{ArmPlan, StepState};
use crate::release::ReleaseWish;

/// `GET`, with [`LANGUAGE`]: → [`Standing`].
pub const SWITCHES_PATH: &str = "/operations/v1/switches";
/// Parameter of [`SWITCHES_PATH`]: the language of the effects; English where it has none.
pub const LANGUAGE: &str = "language";
/// `POST`: [`ChangeOperations`] → [`ChangeReply`].
pub const CHANGE_PATH: &str = "/operations/v1/change";
/// `GET`, with [`AFTER`]: records of the journal as JSON lines, in order, at most
/// [`JOURNAL_RECORDS_MAX`]; none where there are no more.
pub const JOURNAL_PATH: &str = "/operations/v1/journal";
/// The media type of JSON lines, as which the journal is read.
pub const JOURNAL_MEDIA_TYPE: &str = "application/jsonl";
/// Parameter of [`JOURNAL_PATH`]: the number of the record after which it begins; 0 for all.
pub const AFTER: &str = "after";
/// `POST` without a body: ends what is due, and publishes the pulse → nothing.
pub const TICK_PATH: &str = "/operations/v1/tick";

/// Records in one answer of [`JOURNAL_PATH`].
pub const JOURNAL_RECORDS_MAX: u64 = 500;
/// Characters of a reason and of a name of who changes something.
pub const REASON_CHARS_MAX: usize = 500;

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// 0 (everything on) to 5.
    pub level: u8,
    /// When the level goes back to 0, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_until_ms: Option<i64>,
    /// Every switch, in the order of the registry.
    pub switches: Vec<SwitchStanding>,
    /// Of the last pulse.
    pub stamp: u64,
    /// How many records the journal has.
    pub records: u64,
    /// The hash of the last record.
    pub head: String,
    /// How many requests a client may send, of each class that is counted.
    #[serde(default)]
    pub limits: Vec<RequestLimit>,
    /// Sales with a waiting room of which a session is not over for more than a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sales: Vec<SaleStanding>,
    /// What levels 1 to 3 switch, by level.
    #[serde(default)]
    pub ladder: Vec<LadderRung>,
}

/// How a switch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchStanding {
    /// Its name.
    pub switch: String,
    /// How it stands now.
    pub state: String,
    /// How it stands by the level.
    pub by_level: String,
    /// Until when it stands as the staff have set it, in milliseconds since 1970; `None`: it goes by
    /// the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// How else it may stand, and what happens then. Empty for what is protected.
    pub settings: Vec<SettingEffect>,
}

/// What a setting does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingEffect {
    /// Its name.
    pub state: String,
    /// A sentence for the staff.
    pub effect: String,
}

/// A change by a person or a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOperations {
    /// Who: the name of the token.
    pub who: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
    /// What.
    pub change: OperationsChange,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationsChange {
    /// The level.
    Level {
        /// 0 to 5.
        level: u8,
        /// When it goes back to 0, in milliseconds since 1970; `None`: when it is changed.
        until_ms: Option<i64>,
    },
    /// A switch stands so, whatever the level is.
    Switch {
        /// Which.
        switch: String,
        /// How it stands.
        state: String,
        /// Until then, in milliseconds since 1970, at most a day from now.
        until_ms: i64,
    },
    /// A switch goes by the level again.
    ByLevel {
        /// Which.
        switch: String,
    },
    /// How many requests a client may send; classes that are not named have their defaults.
    Limits {
        /// Each class once.
        limits: Vec<RequestLimit>,
    },
    /// What levels 1 to 3 switch, in the place of what they switch now.
    Ladder {
        /// In any order.
        rungs: Vec<LadderRung>,
    },
    /// A sale gets a waiting room, or other terms as long as no session of it gathers.
    Schedule(Box<ScheduledSale>),
    /// A sale is paused, goes on, or ends for good.
    Control {
        /// Its id.
        sale: String,
        /// What is wanted.
        control: SaleControl,
    },
    /// Approves the plan with this hash.
    ApprovePlan {
        /// SHA-256 of the canonical plan, in hexadecimal digits.
        hash: String,
    },
    /// Carries a plan out.
    ArmPlan(ArmPlan),
    /// Carries no plan out, and takes back what its steps have set.
    DisarmPlan,
    /// Fires or ends a step by hand, or says that its task is done.
    PlanStep {
        /// The id of the step.
        step: String,
        /// What is wanted.
        state: StepState,
    },
    /// Begins, changes or ends a release.
    Release(ReleaseWish),
}

/// How many requests of a class one client may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLimit {
    /// `order`, `ticket` or `secret`.
    pub class: String,
    /// So many,
    pub quota: u32,
    /// in so many seconds.
    pub window_s: u32,
}

/// A switch that is moved from a level on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderRung {
    /// 1 to 3.
    pub level: u8,
    /// Which.
    pub switch: String,
    /// How it stands then.
    pub state: String,
}

/// What is wanted of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleControl {
    /// It goes by the clock.
    Running,
    /// It sells nothing until it goes on.
    Paused,
    /// It is over, before its end.
    Closed,
}

impl SaleControl {
    /// Every one.
    pub const ALL: [SaleControl; 3] = [Self::Running, Self::Paused, Self::Closed];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }
}

/// A sale, as the usher of its waiting room has to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledSale {
    /// Its id.
    pub id: String,
    /// In the order of time.
    pub sessions: Vec<SaleSession>,
    /// The SKUs of the sale (`sale:ID:SKU`), in the order of its items.
    pub skus: Vec<String>,
    /// Units that one buyer may have of all items together: the sum of their limits.
    pub limit: u32,
    /// How much those who are called may take of a thousand units that are left, at least 1,000.
    pub overbook_permille: u32,
    /// How long one who was called may buy, in milliseconds.
    pub buy_within_ms: i64,
}

/// A session of a sale, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleSession {
    /// Its number.
    pub number: u32,
    /// From when there are tickets for the draw.
    pub gathers_at_ms: i64,
    /// From when it sells.
    pub opens_at_ms: i64,
    /// From when it does not.
    pub closes_at_ms: i64,
}

/// How a sale with a waiting room stands, for the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleStanding {
    /// Its id.
    pub id: String,
    /// What the staff want of it: a [`SaleControl::name`].
    pub control: String,
    /// The session that is on, or comes next, or was the last.
    pub session: SaleSession,
    /// `announced`, `gathering`, `open`, `paused`, `resting`, `sold_out` or `over`.
    pub state: String,
    /// Tickets that were issued for the draw.
    pub drawn: u64,
    /// Tickets that were issued in all.
    pub tickets: u64,
    /// How many of a thousand are still there.
    pub present_permille: u32,
    /// Tickets that were called.
    pub called: u64,
    /// Of these, those whose turn is over.
    pub missed: u64,
    /// Those who are called in a minute.
    pub called_per_minute: u32,
    /// Orders with a ticket.
    pub orders: u64,
    /// Units that can be ordered, of all items.
    pub available: i64,
    /// Units of orders that wait for their payment.
    pub held: i64,
    /// When the usher made its last step, in milliseconds since 1970; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stepped_at_ms: Option<i64>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReply {
    /// It is stored, with the record of this number in the journal.
    Changed {
        /// Of the record.
        record: u64,
    },
    /// Nothing was changed: what is asked for cannot be meant.
    Refused {
        /// A sentence for the staff.
        reason: String,
    },
    /// Nothing was changed: what is there stands against it.
    Conflict {
        /// A sentence for the staff.
        reason: String,
    },
}
