//! What a request may say to set the level or a switch.
//!
//! Every member that is wrong has an entry in the problem, with a JSON pointer. What may be set is
//! `souk_operations`'.

use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::{Map, Value};
use souk_operations::control::MANUAL_MS_MAX;
use souk_operations::{Level, Setting, Switch};
use souk_protocol::operations::OperationsChange;
use souk_protocol::problem::Problem;
use souk_protocol::staff::BY_LEVEL;

use crate::members::Mistakes;
use crate::request::json;

/// A change that may be sent to the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) change: OperationsChange,
    /// Empty where none is given.
    pub(super) reason: String,
}

/// [`souk_protocol::staff::SetSwitches`] before its members are looked at; `null` is no member.
#[derive(Deserialize)]
struct Members {
    level: Option<Value>,
    switch: Option<Value>,
    state: Option<Value>,
    until: Option<Value>,
    reason: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// How a switch is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Set(Setting),
    ByLevel,
}

/// Reads a request at `now_ms`, in milliseconds since 1970.
///
/// # Errors
/// 400 for what is no JSON object, 422 with everything else that is wrong.
pub(super) fn read(request: &Request<Bytes>, now_ms: i64) -> Result<Wish, Problem> {
    let members: Members = json(request)?;
    let mut reader = Reader {
        now_ms,
        mistakes: Mistakes::default(),
    };
    reader.mistakes.note_others("", &members.others);
    let change = reader.change(&members);
    let reason = reader.mistakes.reason(members.reason.as_ref());
    let wish = change.map(|change| Wish { change, reason });
    reader.mistakes.unless_any(wish)
}

/// Reads members, and keeps what is wrong with them.
struct Reader {
    now_ms: i64,
    mistakes: Mistakes,
}

impl Reader {
    /// Notes what is wrong with a member, which then has no value.
    fn wrong<T>(&mut self, pointer: &str, detail: impl Into<String>) -> Option<T> {
        self.mistakes.wrong(pointer, detail)
    }

    fn change(&mut self, members: &Members) -> Option<OperationsChange> {
        let until = members.until.as_ref();
        match (&members.level, &members.switch, &members.state) {
            (Some(level), None, None) => self.level_change(level, until),
            (None, Some(switch), state) => self.switch_change(switch, state.as_ref(), until),
            (None, None, Some(_)) => self.wrong("/switch", "the switch that is to stand so"),
            (None, None, None) => self.wrong("", "a level, or a switch and its state"),
            (Some(_), Some(_), _) | (Some(_), None, Some(_)) => {
                self.wrong("/level", "either a level, or a switch and its state")
            }
        }
    }

    fn level_change(&mut self, level: &Value, until: Option<&Value>) -> Option<OperationsChange> {
        let number = level.as_u64().and_then(|number| number.try_into().ok());
        let level = number.and_then(Level::new);
        if level.is_none() {
            let detail = format!("a number from 0 to {}", Level::MAX);
            self.mistakes.note("/level", detail);
        }
        let until_ms = match until {
            Some(until) => Some(self.until(until)?),
            None => None,
        };
        Some(OperationsChange::Level {
            level: level?.number(),
            until_ms,
        })
    }

    fn switch_change(
        &mut self,
        switch: &Value,
        state: Option<&Value>,
        until: Option<&Value>,
    ) -> Option<OperationsChange> {
        let switch = self.switch(switch);
        let state = self.state(switch, state);
        let until_ms = match (state, until) {
            (Some(State::ByLevel), Some(_)) => {
                self.wrong("/until", "a switch that goes by the level has no end")
            }
            (Some(State::Set(_)), None) => {
                self.wrong("/until", "the moment at which it ends, at most a day ahead")
            }
            (_, Some(until)) => self.until(until),
            (Some(State::ByLevel) | None, None) => None,
        };
        let name = switch?.name().to_owned();
        match state? {
            State::ByLevel => Some(OperationsChange::ByLevel { switch: name }),
            State::Set(setting) => Some(OperationsChange::Switch {
                switch: name,
                state: setting.name().to_owned(),
                until_ms: until_ms?,
            }),
        }
    }

    fn switch(&mut self, switch: &Value) -> Option<Switch> {
        let Some(known) = switch.as_str().and_then(Switch::parse) else {
            let known = Switch::ALL.iter().filter(|one| !one.is_protected());
            let names: Vec<_> = known.map(|one| one.name()).collect();
            return self.wrong("/switch", format!("one of {}", names.join(", ")));
        };
        if known.is_protected() {
            return self.wrong("/switch", "it is protected: it is always on");
        }
        Some(known)
    }

    /// `switch` is `None` where it is not known: then there is nothing to compare the state with.
    fn state(&mut self, switch: Option<Switch>, state: Option<&Value>) -> Option<State> {
        let name = state.and_then(Value::as_str);
        let state = match name {
            Some(BY_LEVEL) => Some(State::ByLevel),
            name => name.and_then(Setting::parse).map(State::Set),
        };
        let may_be = |switch: Switch| match state {
            Some(State::ByLevel) => true,
            Some(State::Set(setting)) => switch.may_be(setting),
            None => false,
        };
        match switch {
            Some(switch) if !may_be(switch) => {
                let settings = switch.settings().iter().map(|one| one.name());
                let names: Vec<_> = settings.collect();
                let detail = format!("one of on, {}, {BY_LEVEL}", names.join(", "));
                self.wrong("/state", detail)
            }
            Some(_) | None => state,
        }
    }

    fn until(&mut self, until: &Value) -> Option<i64> {
        let ms = self.mistakes.moment_ms("/until", Some(until))?;
        match ms - self.now_ms {
            ..=0 => self.wrong("/until", "a moment that is still to come"),
            1..=MANUAL_MS_MAX => Some(ms),
            _ => self.wrong("/until", "a moment within the next 24 hours"),
        }
    }
}
