//! What the back office asks to change, and whether it can be meant.
//!
//! Not here: whether it may be done (`souk_operations::Operations::change`).

use souk_operations::control::CLOCK;
use souk_operations::{Command, Level, Manual, Setting, Switch};
use souk_protocol::operations::{ChangeOperations, OperationsChange, REASON_CHARS_MAX};

use crate::control::Wanted;

/// The change that is meant.
///
/// # Errors
/// A sentence for the staff.
pub(crate) fn wanted(asked: ChangeOperations) -> Result<Wanted, String> {
    let ChangeOperations {
        who,
        reason,
        change,
    } = asked;
    check_who(&who)?;
    check_text("the reason", &reason)?;
    Ok(Wanted {
        command: command(&change)?,
        who,
        reason,
    })
}

fn check_who(who: &str) -> Result<(), String> {
    if who.trim().is_empty() {
        return Err("the journal needs the name of who changes something".to_owned());
    }
    if who == CLOCK {
        return Err(format!(
            "'{CLOCK}' stands in the journal for what ends by itself: use a token with another name"
        ));
    }
    check_text("the name of who changes something", who)
}

/// A text of the journal has a bound, and is shown in one line.
fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(format!(
            "{what} has more than {REASON_CHARS_MAX} characters"
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(format!(
            "{what} has a control character, such as the end of a line"
        ));
    }
    Ok(())
}

fn command(change: &OperationsChange) -> Result<Command, String> {
    match change {
        OperationsChange::Level { level, until_ms } => {
            let max = Level::MAX;
            let level = Level::new(*level);
            let level = level.ok_or_else(|| format!("a level is a number from 0 to {max}"))?;
            Ok(Command::Level {
                level,
                until_ms: *until_ms,
            })
        }
        OperationsChange::Switch {
            switch,
            state,
            until_ms,
        } => Ok(Command::Set(Manual {
            switch: parse_switch(switch)?,
            setting: parse_setting(state)?,
            until_ms: *until_ms,
        })),
        OperationsChange::ByLevel { switch } => parse_switch(switch).map(Command::Unset),
    }
}

fn parse_switch(name: &str) -> Result<Switch, String> {
    let names = || Switch::ALL.iter().map(|one| one.name());
    Switch::parse(name).ok_or_else(|| {
        let known: Vec<_> = names().collect();
        format!("there is no such switch; there are {}", known.join(", "))
    })
}

fn parse_setting(name: &str) -> Result<Setting, String> {
    Setting::parse(name).ok_or_else(|| {
        let known = Setting::ALL.map(Setting::name);
        format!("a switch is one of {}", known.join(", "))
    })
}
