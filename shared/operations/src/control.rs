//! Changes: from a state, a command and a moment to the next state and the record of the journal.
//!
//! Invariant: every change has a record, also one that the clock makes, and a command that is refused
//! changes nothing. State and record belong into one transaction.
//!
//! Not here: who may give which command (the staff API), and units of a sale (the order store).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use souk_room::{Control, Session};

use crate::applied::Watched;
use crate::journal::{Draft, Journal, Record};
use crate::ladder::{Ladder, Level, Manual};
use crate::plan::{Approvals, Armed, PlanError, Planned, Put, planned};
use crate::pulse::{Pulse, PulseSale, RateLimit, RouteClass, Sampling};
use crate::release::{PastRelease, Release, ReleaseChange, name_rule};
use crate::sale::Sale;
use crate::samples::Sample;
use crate::switch::{Setting, Switch};

/// How long a setting of the staff may last, in milliseconds: a day.
pub const MANUAL_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

mod before_checkout;
mod plan;
mod release;

/// Who ends what has an end.
pub const CLOCK: &str = "clock";
/// What the name begins with under which a step of the plan stands in the journal.
pub const PLAN: &str = "plan:";
/// Who has a change once it is applied everywhere.
pub const EDGES: &str = "edges";
/// Who takes a bad release back.
pub const BY_ITSELF: &str = "operations";
/// What the effect of a record says where no switch stands otherwise.
const NO_EFFECT: &str = "none";

/// Everything that is decided here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Operations {
    #[n(0)]
    level: Level,
    /// When the level goes back to 0, in milliseconds since 1970.
    #[n(1)]
    level_until_ms: Option<i64>,
    #[n(2)]
    manual: Vec<Manual>,
    #[n(3)]
    ladder: Ladder,
    #[n(4)]
    limits: Vec<RateLimit>,
    #[n(5)]
    watched: Watched,
    #[n(6)]
    sales: Vec<Sale>,
    #[n(7)]
    journal: Journal,
    /// Of the last pulse.
    #[n(8)]
    stamp: u64,
    /// What the steps that are in force have set.
    #[n(9)]
    planned: Vec<Planned>,
    #[n(10)]
    approvals: Approvals,
    #[n(11)]
    armed: Option<Armed>,
    #[n(12)]
    release: Option<Release>,
    #[n(13)]
    past_release: Option<PastRelease>,
}

/// What can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Another level; `until_ms`: until then, in milliseconds since 1970, else until it is changed.
    Level {
        /// Which.
        level: Level,
        /// When it goes back to 0.
        until_ms: Option<i64>,
    },
    /// A switch by hand.
    Set(Manual),
    /// A switch goes by the level again.
    Unset(Switch),
    /// Other rungs of L1 to L3.
    Ladder(Ladder),
    /// Other limits.
    Limits(Vec<RateLimit>),
    /// A sale, new or with other terms; sessions that gather or are over stand as they are.
    Schedule(Sale),
    /// Pauses, resumes or closes a sale.
    Control {
        /// Its id.
        sale: String,
        /// What the staff want.
        control: Control,
    },
    /// Approves the plan with this hash.
    Approve {
        /// SHA-256 of the canonical plan, in hexadecimal digits.
        hash: String,
    },
    /// Carries a plan out from now on.
    Arm {
        /// As canonical JSON.
        canonical: String,
        /// The hash that was approved.
        hash: String,
    },
    /// Carries no plan out, and takes back what its steps have set.
    Disarm,
    /// A person fires or ends a step, or has done a task.
    Step {
        /// The id of the step.
        step: String,
        /// What is wanted.
        wish: StepWish,
    },
    /// A second build for a share of the shoppers.
    Release(ReleaseChange),
}

/// What a person wants of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepWish {
    /// It comes into force.
    Fire,
    /// It ends.
    End,
    /// The task is done.
    Done,
}

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The switch is protected, or cannot stand so.
    #[error("'{}' cannot be '{}'", .switch.name(), .setting.name())]
    Impossible {
        /// Which.
        switch: Switch,
        /// Where to.
        setting: Setting,
    },
    /// Its end has passed, or is more than a day away.
    #[error("it must end within the next 24 hours")]
    Ends,
    /// No sale has this id.
    #[error("there is no sale '{0}'")]
    UnknownSale(String),
    /// One of its sessions gathers, is open or over: that one stands as it is.
    #[error("a session of the sale '{0}' that has begun cannot be changed")]
    SaleBegun(String),
    /// Closed is for good.
    #[error("the sale '{0}' is closed")]
    SaleClosed(String),
    /// It has no session, or sessions that overlap or have numbers of others.
    #[error("the sessions of the sale '{0}' do not fit")]
    Sessions(String),
    /// It is no plan, or not the one of the hash.
    #[error(transparent)]
    NoPlan(#[from] PlanError),
    /// The hash is that of another plan.
    #[error("the plan has another hash, {0}")]
    OtherPlan(String),
    /// Too few people have approved it.
    #[error("the plan {hash} needs {needs} approvals by different people and has {has}")]
    NotApproved {
        /// Of the plan.
        hash: String,
        /// How many there are.
        has: usize,
        /// How many there have to be.
        needs: u32,
    },
    /// A plan is armed already.
    #[error("the plan {0} is armed; disarm it first")]
    Armed(String),
    /// No plan is armed.
    #[error("no plan is armed")]
    NotArmed,
    /// The plan has no such step.
    #[error("the armed plan has no step '{0}'")]
    UnknownStep(String),
    /// The step cannot be that, or is it already.
    #[error("the step '{0}' {1}")]
    Step(String, &'static str),
    /// Another person has to do the task.
    #[error("the task '{0}' is that of '{1}'")]
    NotOwner(String, String),
    /// Another release is out.
    #[error("the release '{0}' is out; promote it or roll it back first")]
    ReleaseOut(String),
    /// None is out.
    #[error("no release is out; `souk release next NAME` begins one")]
    NoRelease,
    /// It has no such name.
    #[error("{}", name_rule())]
    ReleaseName,
    /// It cannot be given to that many.
    #[error("the share of a release is from 0 to 100 %")]
    ReleaseShare,
    /// It cannot be watched for so long.
    #[error("a release is watched for a minute to a day")]
    ReleaseWindow,
}

impl Refused {
    /// Whether what is there stands against the command, and not the command itself.
    pub fn is_conflict(&self) -> bool {
        match self {
            Refused::UnknownSale(_)
            | Refused::SaleBegun(_)
            | Refused::SaleClosed(_)
            | Refused::NotApproved { .. }
            | Refused::Armed(_)
            | Refused::NotArmed
            | Refused::UnknownStep(_)
            | Refused::Step(..)
            | Refused::NotOwner(..)
            | Refused::ReleaseOut(_)
            | Refused::NoRelease => true,
            Refused::Impossible { .. }
            | Refused::Ends
            | Refused::Sessions(_)
            | Refused::NoPlan(_)
            | Refused::OtherPlan(_)
            | Refused::ReleaseName
            | Refused::ReleaseShare
            | Refused::ReleaseWindow => false,
        }
    }
}

/// A change that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The next state.
    pub next: Operations,
    /// What the journal gets.
    pub record: Record,
}

impl Operations {
    /// The level: that of the staff where they have set one, else the highest of the plan's steps.
    pub fn level(&self) -> Level {
        match self.level > Level::default() {
            true => self.level,
            false => planned::level_of(&self.planned),
        }
    }

    /// When the level goes back to 0, in milliseconds since 1970; `None`: when it is changed.
    pub fn level_until_ms(&self) -> Option<i64> {
        self.level_until_ms
    }

    /// What is not on at this level, and by the steps of the plan that are in force.
    pub fn by_level(&self) -> BTreeMap<Switch, Setting> {
        let mut by_level = self.ladder.at(self.level());
        planned::put_switches(&self.planned, &mut by_level);
        by_level
    }

    /// What levels 1 to 3 switch.
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// What the staff have set.
    pub fn manual(&self) -> &[Manual] {
        &self.manual
    }

    /// The stamp of the last pulse; 0 where there was none.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Whether each second counts: a level is above 0, the staff have set a switch, or a plan is armed.
    pub fn is_active(&self) -> bool {
        self.level > Level::default() || !self.manual.is_empty() || self.armed.is_some()
    }

    /// Whether anything wants to know what edges see: a level is above 0, a switch was moved lately,
    /// a person looks on, a sale gathers or is on, a plan is armed, or a release is watched.
    pub fn wants_samples(&self, now_ms: i64) -> bool {
        let is_on = |sale: &Sale| sale.is_on(now_ms);
        let is_watched = |release: &Release| release.is_watched(now_ms);
        let is_planned = self.level() > Level::default() || self.armed.is_some();
        let is_released = self.release.as_ref().is_some_and(is_watched);
        is_planned || is_released || self.watched.is_on(now_ms) || self.sales.iter().any(is_on)
    }

    /// What is watched of the way of changes to edges.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// A person looks on until then, in milliseconds since 1970.
    pub fn look_on(&mut self, until_ms: i64) {
        let until = &mut self.watched.looked_on_until_ms;
        *until = (*until).max(Some(until_ms));
    }

    /// Sets the shares of samples that edges report while anything wants them.
    pub fn share(&mut self, shares: Vec<Sampling>) {
        self.watched.shares = shares;
    }

    /// Takes what edges have reported, and gives the records that follow from it: which changes are
    /// applied everywhere, which are not in time, and that a release was taken back.
    pub fn observe(&mut self, samples: &[Sample], now_ms: i64) -> Vec<Record> {
        let said = self.watched.observe(samples, now_ms);
        let records = said.into_iter().map(|what| {
            let draft = Draft {
                who: EDGES.to_owned(),
                what,
                effect: NO_EFFECT.to_owned(),
            };
            self.journal.append(draft, now_ms)
        });
        let mut records: Vec<_> = records.collect();
        records.extend(self.watch_release(samples, now_ms));
        records
    }

    /// When something ends next, in milliseconds since 1970; also what is due already.
    pub fn next_end_ms(&self) -> Option<i64> {
        let ends = self.manual.iter().map(|one| one.until_ms);
        ends.chain(self.level_until_ms).min()
    }

    /// How many requests a client may send, where the staff or a step of the plan have set it.
    pub fn limits(&self) -> Vec<RateLimit> {
        let mut limits = self.limits.clone();
        for class in RouteClass::COUNTED {
            if !limits.iter().any(|limit| limit.class == class) {
                limits.extend(planned::limit_of(&self.planned, class));
            }
        }
        limits
    }

    /// The sales.
    pub fn sales(&self) -> &[Sale] {
        &self.sales
    }

    /// The end of the journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What a command makes of this state at `now_ms`, in milliseconds since 1970. `who` gives it for
    /// `reason`, which may be empty.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn change(
        &self,
        command: Command,
        who: &str,
        reason: &str,
        now_ms: i64,
    ) -> Result<Change, Refused> {
        let mut next = self.clone();
        let what = next.apply(command, who, now_ms)?;
        next.pause_sales();
        let what = match reason {
            "" => what,
            reason => format!("{what}: {reason}"),
        };
        Ok(self.recorded(next, who, what, now_ms))
    }

    /// The change that the clock makes at `now_ms`: what the staff have set ends. `None` when nothing
    /// is due.
    pub fn end_due(&self, now_ms: i64) -> Option<Change> {
        let mut next = self.clone();
        let mut ended = Vec::new();
        if next
            .level_until_ms
            .is_some_and(|until_ms| until_ms <= now_ms)
        {
            ended.push(format!("level {}", next.level.number()));
            (next.level, next.level_until_ms) = (Level::default(), None);
        }
        let is_due = |one: &mut Manual| one.until_ms <= now_ms;
        let due = next.manual.extract_if(.., is_due);
        ended.extend(due.map(|one| written(one.switch, one.setting)));
        if ended.is_empty() {
            return None;
        }
        let what = format!("end of {}", ended.join(", "));
        Some(self.recorded(next, CLOCK, what, now_ms))
    }

    /// The next pulse, with the rooms of the sales that are on. It is published once this state is
    /// stored, so no stamp is used for two pulses.
    ///
    /// A stamp is the moment of its pulse, or follows on the stamp before where that one is not
    /// smaller. So a store that was made anew, or put back from a copy, begins above its former stamps,
    /// and edges take its pulses.
    ///
    /// It has the shares of samples where anything wants them.
    pub fn next_pulse(&mut self, sales: Vec<PulseSale>, now_ms: i64) -> Pulse {
        let moment = u64::try_from(now_ms).unwrap_or_default();
        self.stamp = moment.max(self.stamp + 1);
        self.watched.stamped(self.stamp);
        self.watched.is_reported = self.wants_samples(now_ms);
        let sampling = match self.watched.is_reported {
            true => self.watched.shares(),
            false => Vec::new(),
        };
        Pulse {
            stamp: self.stamp,
            made_at_ms: now_ms,
            level: self.level(),
            by_level: self.by_level(),
            manual: self.manual.clone(),
            limits: self.limits(),
            sampling,
            sales,
            release: self.release.as_ref().map(Release::published),
        }
    }

    fn recorded(&self, mut next: Operations, who: &str, what: String, now_ms: i64) -> Change {
        let draft = Draft {
            who: who.to_owned(),
            what,
            effect: self.difference(&next),
        };
        let has_moved = draft.effect != NO_EFFECT;
        let record = next.journal.append(draft, now_ms);
        if has_moved {
            next.watched.moved(record.seq, now_ms);
        }
        Change { next, record }
    }

    /// Which switches and which release stand otherwise; `none` where none does. In the journal what the staff have set
    /// stands until the record that ends it.
    fn difference(&self, next: &Operations) -> String {
        let before_any_end_ms = i64::MIN;
        let state = |of: &Operations, switch| {
            let by_level = of.by_level();
            crate::ladder::state_of(switch, &by_level, &of.manual, before_any_end_ms)
        };
        let moved = Switch::ALL.iter().filter_map(|&switch| {
            let now = state(next, switch);
            (state(self, switch) != now).then(|| written(switch, now))
        });
        let moved: Vec<_> = moved.chain(self.release_difference(next)).collect();
        match moved.is_empty() {
            true => NO_EFFECT.to_owned(),
            false => moved.join(", "),
        }
    }

    /// Makes a command true, and says it.
    fn apply(&mut self, command: Command, who: &str, now_ms: i64) -> Result<String, Refused> {
        match command {
            Command::Level { level, until_ms } => {
                until_ms.map_or(Ok(()), |until_ms| check_end(until_ms, now_ms))?;
                (self.level, self.level_until_ms) = (level, until_ms);
                if level == Level::default() {
                    // What a person puts back is not put forward again by a step that is in force.
                    self.planned.retain(|one| !matches!(one.put, Put::Level(_)));
                }
                let until = until_ms.map_or_else(String::new, |ms| format!(" until {ms}"));
                Ok(format!("level {}{until}", level.number()))
            }
            Command::Set(manual) => self.set(manual, now_ms),
            Command::Unset(switch) => {
                self.manual.retain(|one| one.switch != switch);
                let is_of_it = |put: &Put| matches!(put, Put::Switch(of, _) if *of == switch);
                self.planned.retain(|one| !is_of_it(&one.put));
                Ok(format!("{} by level", switch.name()))
            }
            Command::Ladder(ladder) => {
                let rungs = ladder.rungs().iter().map(|rung| {
                    let level = rung.level.number();
                    format!("{level} {}", written(rung.switch, rung.setting))
                });
                let rungs: Vec<_> = rungs.collect();
                let what = match rungs.is_empty() {
                    true => "empty ladder".to_owned(),
                    false => format!("ladder {}", rungs.join(", ")),
                };
                self.ladder = ladder;
                Ok(what)
            }
            Command::Limits(limits) => Ok(self.limit(limits)),
            Command::Schedule(sale) => self.schedule(sale, now_ms),
            Command::Control { sale, control } => {
                if control == Control::Running {
                    let is_of_it = |put: &Put| matches!(put, Put::Pause(of) if *of == sale);
                    self.planned.retain(|one| !is_of_it(&one.put));
                }
                self.control(sale, control)
            }
            Command::Approve { hash } => Ok(self.approve(&hash, who)),
            Command::Arm { canonical, hash } => self.arm(&canonical, hash, now_ms),
            Command::Disarm => self.disarm(),
            Command::Step { step, wish } => self.step_by_hand(&step, wish, who, now_ms),
            Command::Release(change) => self.change_release(change, who, now_ms),
        }
    }

    /// Sets limits. A limit that is as a step has set it stays the step's; a class that is not named has
    /// its default, whatever a step has set.
    fn limit(&mut self, limits: Vec<RateLimit>) -> String {
        let written = limits.iter().map(|limit| {
            let name = limit.class.name();
            format!("{name} {} in {} s", limit.quota, limit.window_s)
        });
        let written: Vec<_> = written.collect();
        self.planned.retain(|one| match &one.put {
            Put::Limit(put) => limits.iter().any(|limit| limit.class == put.class),
            Put::Level(_) | Put::Switch(..) | Put::Pause(_) => true,
        });
        let was_set = |class| self.limits.iter().any(|limit| limit.class == class);
        let is_planned = |limit: &RateLimit| {
            let planned = planned::limit_of(&self.planned, limit.class);
            planned == Some(*limit) && !was_set(limit.class)
        };
        self.limits = limits.into_iter().filter(|one| !is_planned(one)).collect();
        match written.is_empty() {
            true => "default limits".to_owned(),
            false => format!("limits {}", written.join(", ")),
        }
    }

    fn set(&mut self, manual: Manual, now_ms: i64) -> Result<String, Refused> {
        let Manual {
            switch,
            setting,
            until_ms,
        } = manual;
        if switch.is_protected() || !switch.may_be(setting) {
            return Err(Refused::Impossible { switch, setting });
        }
        check_end(until_ms, now_ms)?;
        self.manual.retain(|one| one.switch != switch);
        self.manual.push(manual);
        Ok(format!("{} until {until_ms}", written(switch, setting)))
    }

    fn schedule(&mut self, sale: Sale, now_ms: i64) -> Result<String, Refused> {
        let id = sale.id.clone();
        let mut sale = sale;
        let known = self.sales.iter().find(|one| one.id == id);
        if let Some(known) = known {
            if known.control == Control::Closed {
                return Err(Refused::SaleClosed(id));
            }
            let mut begun = known
                .sessions
                .iter()
                .filter(|one| one.gathers_at_ms <= now_ms);
            if !begun.all(|session| sale.sessions.contains(session)) {
                return Err(Refused::SaleBegun(id));
            }
            // What was shown of its draws stands.
            sale.secret.clone_from(&known.secret);
            sale.control = known.control;
        }
        let overlap = |two: &[Session]| two[1].gathers_at_ms < two[0].closes_at_ms;
        let others = self.sales.iter().filter(|one| one.id != id);
        let mut numbers: Vec<_> = others
            .chain([&sale])
            .flat_map(|one| one.sessions.iter().map(|session| session.number))
            .collect();
        numbers.sort_unstable();
        let is_twice = numbers.windows(2).any(|two| two[0] == two[1]);
        if sale.sessions.is_empty() || sale.sessions.windows(2).any(overlap) || is_twice {
            return Err(Refused::Sessions(id));
        }
        self.sales
            .retain(|one| one.id != id && !one.is_long_over(now_ms));
        let count = sale.sessions.len();
        self.sales.push(sale);
        Ok(format!("sale {id}, {count} sessions"))
    }

    fn control(&mut self, id: String, control: Control) -> Result<String, Refused> {
        let Some(sale) = self.sales.iter_mut().find(|one| one.id == id) else {
            return Err(Refused::UnknownSale(id));
        };
        if sale.control == Control::Closed {
            return Err(Refused::SaleClosed(id));
        }
        sale.control = control;
        Ok(match control {
            Control::Running => format!("resume sale {id}"),
            Control::Paused => format!("pause sale {id}"),
            Control::Closed => format!("close sale {id}"),
        })
    }
}

fn check_end(until_ms: i64, now_ms: i64) -> Result<(), Refused> {
    let allowed = now_ms + 1..=now_ms + MANUAL_MS_MAX;
    allowed
        .contains(&until_ms)
        .then_some(())
        .ok_or(Refused::Ends)
}

/// As a plan writes it.
fn written(switch: Switch, setting: Setting) -> String {
    format!("{} {}", switch.name(), setting.name())
}

#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod tests;
