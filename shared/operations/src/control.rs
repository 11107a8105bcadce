//! Changes: from a state, a command and a moment to the next state and the record of the journal.
//!
//! Invariant: every change has a record, also one that the clock makes, and a command that is refused
//! changes nothing. State and record belong into one transaction.
//!
//! Not here: who may give which command (the staff API), and units of a sale (the order store).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use souk_room::{Control, Session};

use crate::journal::{Draft, Journal, Record};
use crate::ladder::{Ladder, Level, Manual};
use crate::pulse::{Pulse, PulseSale, RateLimit, Sampling};
use crate::sale::SaleSecret;
use crate::switch::{Setting, Switch};

/// How long a setting of the staff may last, in milliseconds: a day.
pub const MANUAL_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// Who ends what has an end.
pub const CLOCK: &str = "clock";

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
    sampling: Vec<Sampling>,
    #[n(6)]
    sales: Vec<Sale>,
    #[n(7)]
    journal: Journal,
    /// Of the last pulse.
    #[n(8)]
    stamp: u64,
}

/// A sale that is scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sale {
    /// Its id.
    #[n(0)]
    pub id: String,
    /// In order.
    #[n(1)]
    pub sessions: Vec<Session>,
    /// What the staff want.
    #[n(2)]
    pub control: Control,
    /// The SKUs of the sale, in the order of its items.
    #[n(3)]
    pub skus: Vec<String>,
    /// Units that one buyer may have of all items together, at least 1.
    #[n(4)]
    pub limit: u32,
    /// How much those inside may take of a thousand units that are left, at least 1,000.
    #[n(5)]
    pub overbook_permille: u32,
    /// How long one who was called may buy, in milliseconds.
    #[n(6)]
    pub buy_within_ms: i64,
    /// Of which the keys of its sessions are made; drawn when it is scheduled first.
    #[n(7)]
    pub secret: SaleSecret,
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
    /// Other shares of samples.
    Sampling(Vec<Sampling>),
    /// A sale, new or with other terms; sessions that gather or are over stand as they are.
    Schedule(Sale),
    /// Pauses, resumes or closes a sale.
    Control {
        /// Its id.
        sale: String,
        /// What the staff want.
        control: Control,
    },
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
}

impl Refused {
    /// Whether what is there stands against the command, and not the command itself.
    pub fn is_conflict(&self) -> bool {
        match self {
            Refused::UnknownSale(_) | Refused::SaleBegun(_) | Refused::SaleClosed(_) => true,
            Refused::Impossible { .. } | Refused::Ends | Refused::Sessions(_) => false,
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
    /// The level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// When the level goes back to 0, in milliseconds since 1970; `None`: when it is changed.
    pub fn level_until_ms(&self) -> Option<i64> {
        self.level_until_ms
    }

    /// What is not on at this level.
    pub fn by_level(&self) -> BTreeMap<Switch, Setting> {
        self.ladder.at(self.level)
    }

    /// What the staff have set.
    pub fn manual(&self) -> &[Manual] {
        &self.manual
    }

    /// The stamp of the last pulse; 0 where there was none.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Whether edges have to be kept informed: a level is above 0, or the staff have set a switch.
    pub fn is_active(&self) -> bool {
        self.level > Level::default() || !self.manual.is_empty()
    }

    /// When something ends next, in milliseconds since 1970; also what is due already.
    pub fn next_end_ms(&self) -> Option<i64> {
        let ends = self.manual.iter().map(|one| one.until_ms);
        ends.chain(self.level_until_ms).min()
    }

    /// How many requests a client may send, where the staff have set it.
    pub fn limits(&self) -> &[RateLimit] {
        &self.limits
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
        let what = next.apply(command, now_ms)?;
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
    pub fn next_pulse(&mut self, sales: Vec<PulseSale>, now_ms: i64) -> Pulse {
        let moment = u64::try_from(now_ms).unwrap_or_default();
        self.stamp = moment.max(self.stamp + 1);
        Pulse {
            stamp: self.stamp,
            made_at_ms: now_ms,
            level: self.level,
            by_level: self.by_level(),
            manual: self.manual.clone(),
            limits: self.limits.clone(),
            sampling: self.sampling.clone(),
            sales,
        }
    }

    fn recorded(&self, mut next: Operations, who: &str, what: String, now_ms: i64) -> Change {
        let draft = Draft {
            who: who.to_owned(),
            what,
            effect: self.difference(&next),
        };
        let record = next.journal.append(draft, now_ms);
        Change { next, record }
    }

    /// Which switches stand otherwise; `none` where none does. In the journal what the staff have set
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
        let moved: Vec<_> = moved.collect();
        match moved.is_empty() {
            true => "none".to_owned(),
            false => moved.join(", "),
        }
    }

    /// Makes a command true, and says it.
    fn apply(&mut self, command: Command, now_ms: i64) -> Result<String, Refused> {
        match command {
            Command::Level { level, until_ms } => {
                until_ms.map_or(Ok(()), |until_ms| check_end(until_ms, now_ms))?;
                (self.level, self.level_until_ms) = (level, until_ms);
                let until = until_ms.map_or_else(String::new, |ms| format!(" until {ms}"));
                Ok(format!("level {}{until}", level.number()))
            }
            Command::Set(manual) => self.set(manual, now_ms),
            Command::Unset(switch) => {
                self.manual.retain(|one| one.switch != switch);
                Ok(format!("{} by level", switch.name()))
            }
            Command::Ladder(ladder) => {
                let rungs = ladder.rungs().iter().map(|rung| {
                    let level = rung.level.number();
                    format!("{level} {}", written(rung.switch, rung.setting))
                });
                let what = format!("ladder {}", rungs.collect::<Vec<_>>().join(", "));
                self.ladder = ladder;
                Ok(what)
            }
            Command::Limits(limits) => {
                self.limits = limits;
                let limits = self.limits.iter().map(|limit| {
                    let name = limit.class.name();
                    format!("{name} {} in {} s", limit.quota, limit.window_s)
                });
                let limits: Vec<_> = limits.collect();
                Ok(match limits.is_empty() {
                    true => "default limits".to_owned(),
                    false => format!("limits {}", limits.join(", ")),
                })
            }
            Command::Sampling(sampling) => {
                self.sampling = sampling;
                Ok(format!("{} shares of samples", self.sampling.len()))
            }
            Command::Schedule(sale) => self.schedule(sale, now_ms),
            Command::Control { sale, control } => self.control(sale, control),
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

impl Sale {
    /// The session that edges have to know of at a moment, in milliseconds since 1970: the one that is
    /// on, else the next one, else the last one.
    pub fn session_at(&self, now_ms: i64) -> Option<&Session> {
        let mut sessions = self.sessions.iter();
        let current = sessions.find(|session| now_ms < session.closes_at_ms);
        current.or(self.sessions.last())
    }

    /// The session that closed last before the one that edges have to know of.
    pub fn session_before(&self, now_ms: i64) -> Option<&Session> {
        let number = self.session_at(now_ms)?.number;
        let earlier = self.sessions.iter();
        earlier.take_while(|one| one.number != number).last()
    }

    fn is_long_over(&self, now_ms: i64) -> bool {
        let last = self.sessions.last();
        last.is_none_or(|session| session.closes_at_ms + LONG_MS < now_ms)
    }
}

/// Sales that are over for so long are forgotten with the next one that is scheduled, in milliseconds:
/// a week.
const LONG_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

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
mod tests;
