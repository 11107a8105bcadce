//! A plan as people approve it: canonical JSON (RFC 8785), which is hashed with SHA-256.
//!
//! All values are integers and texts, and every struct has its fields in alphabetical order, so what
//! `serde_json` writes is canonical. A plan that is read has to be so, byte for byte: one content has
//! one hash.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::condition::{Condition, Held};
use super::named;
use crate::ladder::Level;
use crate::pulse::{Counted, RateLimit, RouteClass};
use crate::sale::Sale;
use crate::signals::WINDOW_S;
use crate::switch::{Setting, Switch};

/// Bytes of a plan, at most: as a text in JSON it fits into a request of the staff.
pub const PLAN_BYTES_MAX: usize = 24 * 1024;
/// Steps of a plan, at most.
pub const STEPS_MAX: usize = 50;
/// Conditions, or actions, of one list, at most.
pub const LIST_MAX: usize = 8;
/// The longest time span of a plan, in seconds: a day.
pub const SPAN_S_MAX: u32 = 24 * 60 * 60;
/// Different people who have to approve a plan, at most.
pub const APPROVALS_MAX: u32 = 5;
/// The largest bound in either direction, in millionths: a thousand million.
pub const BOUND_MAX: i64 = 1_000_000_000_000_000;
/// Characters of a task's text and of the name of its owner.
pub const TASK_CHARS_MAX: usize = 200;
/// Bytes of the id of a step.
const STEP_ID_BYTES_MAX: usize = 40;
/// How far an instant may be from an event of a sale, in seconds: 30 days.
const OFFSET_S_MAX: i64 = 30 * 24 * 60 * 60;

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// In the order of the file.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// How many people have to approve the plan for its sake.
    pub approval: u32,
    /// What it begins with.
    pub begin: Begin,
    /// What has to hold soon after it fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// What ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<Held>,
    /// What it sets; nothing for a task.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
    /// Its name, which no other one has.
    pub id: String,
    /// After so many seconds it ends at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_s: Option<u32>,
    /// What becomes of what it has set when it ends; `None`: that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

/// What a step begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// The clock.
    At(At),
    /// A person: what is to be done is no setting of the shop.
    Task(Task),
    /// Signals.
    When(Held),
}

/// When a step fires by the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Once.
    Instant(Instant),
    /// At each session of a sale.
    Sale(SaleMoment),
}

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instant {
    /// In seconds since 1970.
    pub at_s: i64,
}

/// An instant before or after an event of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleMoment {
    /// Which event.
    #[serde(with = "named")]
    pub event: SaleEvent,
    /// So many seconds after it; negative: before it.
    pub offset_s: i64,
    /// The id of the sale.
    pub sale: String,
}

/// Makes an enum of values with names.
macro_rules! names {
    ($(#[doc = $about:literal])+ $type:ident { $(#[doc = $doc:literal] $name:ident $text:literal,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {
            $(#[doc = $doc] $name,)+
        }

        impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// As a plan has it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// From that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

names! {
    /// What happens in a session of a sale.
    SaleEvent {
        /// There are tickets for the draw.
        Gathers "gathers",
        /// It sells.
        Opens "opens",
        /// It does not sell any more.
        Closes "closes",
    }
}

names! {
    /// What a step does with a sale.
    SaleAction {
        /// It sells nothing while the step is in force.
        Pause "pause",
        /// Pauses that steps have made end.
        Resume "resume",
        /// It ends, for good.
        Close "close",
    }
}

named::by_name! { SaleAction SaleEvent }

/// What a person has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Until when.
    pub due: At,
    /// Who: the name of a staff token.
    pub owner: String,
    /// What.
    pub text: String,
}

/// What has to hold soon after a step fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// All of these together, in one second.
    pub all: Vec<Condition>,
    /// Within so many seconds after the one in which the step fired.
    pub within_s: u32,
}

/// What a step sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The level.
    Level(u8),
    /// How many requests a client may send.
    Limit(Limit),
    /// A sale.
    Sale(SaleWish),
    /// A switch.
    Switch(SwitchTo),
}

/// A limit of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Of which requests.
    #[serde(with = "named")]
    pub class: RouteClass,
    /// So many,
    pub quota: u32,
    /// in so many seconds.
    pub window_s: u32,
}

/// What is done with a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleWish {
    /// What.
    #[serde(with = "named")]
    pub action: SaleAction,
    /// The id of the sale.
    pub sale: String,
}

/// How a switch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchTo {
    /// So.
    #[serde(with = "named")]
    pub setting: Setting,
    /// Which.
    #[serde(with = "named")]
    pub switch: Switch,
}

/// What becomes of what a step has set when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// Everything is as if the step had not fired.
    Auto,
    /// These take its place, until the step fires again or the plan is disarmed.
    List(Vec<Action>),
}

/// Why a text is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It has more than [`PLAN_BYTES_MAX`].
    #[error("the plan has {0} bytes, more than {PLAN_BYTES_MAX}")]
    TooLarge(usize),
    /// It does not fit the format.
    #[error("the plan cannot be read: {0}")]
    Malformed(String),
    /// The same content is written otherwise.
    #[error("the plan is no canonical JSON")]
    NotCanonical,
    /// It has none, or more than [`STEPS_MAX`].
    #[error("a plan has 1 to {STEPS_MAX} steps")]
    Steps,
    /// A step is not possible.
    #[error("the step '{0}' {1}")]
    Step(String, &'static str),
}

/// Whether a text can name a step.
pub fn is_step_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=STEP_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_plain)
}

/// What people approve: SHA-256 of a canonical plan, in lower-case hexadecimal digits.
pub fn plan_hash(canonical: &str) -> String {
    let digest = Sha256::digest(canonical);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Plan {
    /// As canonical JSON.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).expect("integers and texts are JSON")
    }

    /// Reads a canonical plan that can be carried out.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(canonical: &str) -> Result<Self, PlanError> {
        if canonical.len() > PLAN_BYTES_MAX {
            return Err(PlanError::TooLarge(canonical.len()));
        }
        let plan: Plan = serde_json::from_str(canonical)
            .map_err(|error| PlanError::Malformed(error.to_string()))?;
        if plan.canonical() != canonical {
            return Err(PlanError::NotCanonical);
        }
        plan.check()?;
        Ok(plan)
    }

    /// How many different people have to approve it.
    pub fn approval(&self) -> u32 {
        let steps = self.steps.iter();
        steps.map(|step| step.approval).max().unwrap_or_default()
    }

    /// Seconds of the longest window of its conditions.
    pub fn over_s(&self) -> u32 {
        let lists = self.steps.iter().flat_map(Step::lists);
        let spans = lists.flatten().map(|condition| condition.over_s);
        spans.max().unwrap_or_default()
    }

    /// Checks that it can be carried out.
    ///
    /// # Errors
    /// With the first thing that cannot.
    pub fn check(&self) -> Result<(), PlanError> {
        if !(1..=STEPS_MAX).contains(&self.steps.len()) {
            return Err(PlanError::Steps);
        }
        for (place, step) in self.steps.iter().enumerate() {
            let is_twice = self.steps[..place].iter().any(|one| one.id == step.id);
            let problem = if is_twice {
                Some("stands twice")
            } else {
                step.problem()
            };
            if let Some(problem) = problem {
                return Err(PlanError::Step(step.id.clone(), problem));
            }
        }
        Ok(())
    }
}

impl Step {
    /// What keeps it from being carried out.
    fn problem(&self) -> Option<&'static str> {
        let spans = [
            self.max_s,
            self.check.as_ref().map(|check| check.within_s),
            self.clear.as_ref().map(|held| held.for_s),
        ];
        let is_task = matches!(self.begin, Begin::Task(_));
        let counts = if is_task { 0..=0 } else { 1..=LIST_MAX };
        let undone = match &self.undo {
            Some(Undo::List(list)) => list.as_slice(),
            Some(Undo::Auto) | None => &[],
        };
        let is_short = |all: &[Condition]| (1..=LIST_MAX).contains(&all.len());
        let mut conditions = self.lists().into_iter().flatten();
        let mut actions = self.actions.iter().chain(undone);
        let problem = match () {
            () if !is_step_id(&self.id) => "has no possible id",
            () if self.approval > APPROVALS_MAX => "needs too many approvals",
            () if !counts.contains(&self.actions.len()) => "does too much, or nothing",
            () if undone.len() > LIST_MAX => "undoes too much",
            () if !self.lists().into_iter().all(is_short) => "has too many conditions, or none",
            () if !conditions.all(Condition::is_possible) => "has a condition that is not possible",
            () if !actions.all(Action::is_possible) => "does what is not possible",
            () if spans.into_iter().flatten().any(|span| span > SPAN_S_MAX) => "lasts too long",
            () if self.max_s == Some(0) => "ends at once",
            () if self.check.as_ref().is_some_and(|check| check.within_s == 0) => {
                "is checked too early"
            }
            () if is_task && (self.clear.is_some() || self.check.is_some()) => "is a task",
            () if is_task && (self.undo.is_some() || self.max_s.is_some()) => "is a task",
            () => return self.begin.problem(),
        };
        Some(problem)
    }

    /// All conditions, list by list.
    fn lists(&self) -> Vec<&[Condition]> {
        let when = match &self.begin {
            Begin::When(held) => Some(held.all.as_slice()),
            Begin::At(_) | Begin::Task(_) => None,
        };
        let clear = self.clear.as_ref().map(|held| held.all.as_slice());
        let check = self.check.as_ref().map(|check| check.all.as_slice());
        [when, clear, check].into_iter().flatten().collect()
    }
}

impl Begin {
    fn problem(&self) -> Option<&'static str> {
        let is_text = |text: &str| {
            let is_long = text.chars().count() > TASK_CHARS_MAX;
            !text.is_empty() && !is_long && !text.chars().any(char::is_control)
        };
        match self {
            Begin::When(held) => (held.for_s > SPAN_S_MAX).then_some("waits too long"),
            Begin::At(at) => (!at.is_possible()).then_some("is too far from its sale"),
            Begin::Task(task) => {
                let is_possible =
                    task.due.is_possible() && is_text(&task.owner) && is_text(&task.text);
                (!is_possible).then_some("is no task with a text, an owner and a time")
            }
        }
    }
}

impl At {
    fn is_possible(&self) -> bool {
        match self {
            At::Instant(instant) => (0..1 << 40).contains(&instant.at_s),
            At::Sale(moment) => !moment.sale.is_empty() && moment.offset_s.abs() <= OFFSET_S_MAX,
        }
    }

    /// Its instants, in milliseconds since 1970: of each session of the sale.
    pub fn moments_ms(&self, sales: &[Sale]) -> Vec<i64> {
        let SaleMoment {
            event,
            offset_s,
            sale,
        } = match self {
            At::Instant(instant) => return vec![instant.at_s * 1_000],
            At::Sale(moment) => moment,
        };
        let sales = sales.iter().filter(|one| one.id == *sale);
        let sessions = sales.flat_map(|sale| &sale.sessions);
        let moments = sessions.map(|session| {
            let event_ms = match event {
                SaleEvent::Gathers => session.gathers_at_ms,
                SaleEvent::Opens => session.opens_at_ms,
                SaleEvent::Closes => session.closes_at_ms,
            };
            event_ms + offset_s * 1_000
        });
        moments.collect()
    }
}

impl Limit {
    /// As edges get it.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit {
            class: self.class,
            counted: Counted::Client,
            quota: self.quota,
            window_s: self.window_s,
        }
    }
}

impl Condition {
    fn is_possible(&self) -> bool {
        let is_short = (1..=WINDOW_S).contains(&i64::from(self.over_s));
        is_short && self.bound_millionths.abs() <= BOUND_MAX
    }
}

impl Action {
    fn is_possible(&self) -> bool {
        match self {
            Action::Level(level) => Level::new(*level).is_some(),
            Action::Limit(limit) => limit.rate_limit().is_possible(),
            Action::Sale(wish) => !wish.sale.is_empty(),
            Action::Switch(SwitchTo { setting, switch }) => {
                !switch.is_protected() && switch.may_be(*setting)
            }
        }
    }
}

/// As a plan writes it.
impl std::fmt::Display for Action {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Action::Level(level) => write!(out, "level {level}"),
            Action::Limit(limit) => {
                let Limit {
                    class,
                    quota,
                    window_s,
                } = limit;
                write!(out, "limit {} {quota} in {window_s} s", class.name())
            }
            Action::Sale(wish) => write!(out, "sale {} {}", wish.sale, wish.action.name()),
            Action::Switch(SwitchTo { setting, switch }) => {
                write!(out, "switch {} {}", switch.name(), setting.name())
            }
        }
    }
}
