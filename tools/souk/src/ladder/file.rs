//! `ladder.toml`: what is assumed of switches, and what levels 1 to 3 switch.
//!
//! Invariant: what was read is a ladder (`souk_operations::Ladder`), and each switch of an assumption
//! may stand as it says. An error names the line and the column.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use souk_operations::{Ladder, Level, Rung, Setting, Switch};
use souk_shop_folder::assumed::LADDER as ASSUMED;

use crate::toml_file;

/// Its name in the folder of a shop.
pub(crate) const FILE: &str = "ladder.toml";

/// What is assumed of switches.
pub(super) type Assumptions = BTreeMap<Switch, Assumed>;

/// A file that was read.
#[derive(Debug, Default)]
pub(crate) struct LadderFile {
    /// Of each switch at most once.
    pub(super) assumed: Assumptions,
    pub(super) rungs: Vec<Rung>,
}

/// What is assumed of a switch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Assumed {
    /// How it stands where it is not on.
    pub(super) setting: Setting,
    /// Orders of a visit that are lost then.
    pub(super) loss: f64,
    /// The part of the processor time of a visit that is saved, up to 1.
    pub(super) relief: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    assumed: Vec<CheckedAssumed>,
    #[serde(default)]
    rung: Vec<CheckedRung>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawAssumed")]
struct CheckedAssumed(Switch, Assumed);

#[derive(Deserialize)]
#[serde(try_from = "RawRung")]
struct CheckedRung(Rung);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAssumed {
    #[serde(deserialize_with = "movable")]
    switch: Switch,
    #[serde(deserialize_with = "setting")]
    state: Setting,
    #[serde(deserialize_with = "share")]
    loss: f64,
    #[serde(deserialize_with = "share")]
    relief: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRung {
    #[serde(deserialize_with = "level")]
    level: Level,
    #[serde(deserialize_with = "movable")]
    switch: Switch,
    #[serde(deserialize_with = "setting")]
    state: Setting,
}

impl TryFrom<RawAssumed> for CheckedAssumed {
    type Error = String;

    fn try_from(raw: RawAssumed) -> Result<Self, String> {
        check(raw.switch, raw.state)?;
        let assumed = Assumed {
            setting: raw.state,
            loss: raw.loss,
            relief: raw.relief,
        };
        Ok(Self(raw.switch, assumed))
    }
}

impl TryFrom<RawRung> for CheckedRung {
    type Error = String;

    fn try_from(raw: RawRung) -> Result<Self, String> {
        check(raw.switch, raw.state)?;
        Ok(Self(Rung {
            level: raw.level,
            switch: raw.switch,
            setting: raw.state,
        }))
    }
}

fn check(switch: Switch, setting: Setting) -> Result<(), String> {
    match switch.may_be(setting) {
        true => Ok(()),
        false => {
            let names: Vec<_> = switch.settings().iter().map(|one| one.name()).collect();
            let (name, state) = (switch.name(), setting.name());
            Err(format!(
                "'{name}' cannot be '{state}', but {}",
                names.join(" or ")
            ))
        }
    }
}

fn movable<'de, D: Deserializer<'de>>(value: D) -> Result<Switch, D::Error> {
    let name = String::deserialize(value)?;
    let movable = || Switch::ALL.iter().filter(|one| !one.is_protected());
    let found = movable().find(|one| one.name() == name).copied();
    found.ok_or_else(|| {
        let names: Vec<_> = movable().map(|one| one.name()).collect();
        D::Error::custom(format!("'{name}' is none of {}", names.join(", ")))
    })
}

fn setting<'de, D: Deserializer<'de>>(value: D) -> Result<Setting, D::Error> {
    let name = String::deserialize(value)?;
    let found = Setting::parse(&name).filter(|one| *one != Setting::On);
    found.ok_or_else(|| {
        let names: Vec<_> = Setting::ALL[1..].iter().map(|one| one.name()).collect();
        D::Error::custom(format!("'{name}' is none of {}", names.join(", ")))
    })
}

fn level<'de, D: Deserializer<'de>>(value: D) -> Result<Level, D::Error> {
    let number = u8::deserialize(value)?;
    let found = Level::new(number).filter(|_| (1..=3).contains(&number));
    found.ok_or_else(|| D::Error::custom("only levels 1 to 3 can be filled"))
}

fn share<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(value)?;
    match (0.0..=1.0).contains(&number) {
        true => Ok(number),
        false => Err(D::Error::custom("a number from 0 to 1")),
    }
}

impl LadderFile {
    /// Reads a file.
    ///
    /// # Errors
    /// With the place of what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let Raw { assumed, rung } = toml_file::parse(FILE, text)?;
        let mut file = Self::default();
        for CheckedAssumed(switch, known) in assumed {
            let before = file.assumed.insert(switch, known);
            ensure!(
                before.is_none(),
                "two assumptions about '{}'",
                switch.name()
            );
        }
        let rungs = rung.into_iter().map(|CheckedRung(rung)| rung);
        file.rungs = Ladder::new(rungs.collect())?.rungs().to_vec();
        Ok(file)
    }

    /// Reads the file at a path.
    ///
    /// # Errors
    /// When it cannot be read, or with the place of what is wrong in it.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path);
        Self::parse(&text.with_context(|| format!("read {}", path.display()))?)
    }

    /// That of a folder; an empty one where the folder has none.
    ///
    /// # Errors
    /// As of [`LadderFile::read`].
    pub(super) fn of_folder(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        match path.exists() {
            true => Self::read(&path),
            false => Ok(Self::default()),
        }
    }

    /// What is assumed by the file, else by the program.
    pub(super) fn assumptions(&self) -> Assumptions {
        let built_in = Self::parse(ASSUMED).expect("it comes with the program");
        let mut all = built_in.assumed;
        all.extend(&self.assumed);
        all
    }

    /// As a file.
    pub(super) fn text(&self) -> String {
        let mut text =
            "# What levels 1 to 3 switch, as `souk ladder measure` wrote it.\n".to_owned();
        for (switch, assumed) in &self.assumed {
            let Assumed {
                setting,
                loss,
                relief,
            } = assumed;
            let (switch, state) = (switch.name(), setting.name());
            let entry = write!(
                text,
                "\n[[assumed]]\nswitch = \"{switch}\"\nstate = \"{state}\"\nloss = {loss}\nrelief = {relief}\n"
            );
            entry.expect("a text takes all");
        }
        for rung in &self.rungs {
            let (switch, state) = (rung.switch.name(), rung.setting.name());
            let level = rung.level.number();
            let entry = write!(
                text,
                "\n[[rung]]\nlevel = {level}\nswitch = \"{switch}\"\nstate = \"{state}\"\n"
            );
            entry.expect("a text takes all");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        format!("{:#}", LadderFile::parse(text).unwrap_err())
    }

    #[test]
    fn what_is_written_reads_as_it_was() {
        let text = "[[assumed]]\nswitch = \"search\"\nstate = \"static\"\nloss = 0.01\nrelief = 1\n\
            [[rung]]\nlevel = 2\nswitch = \"filters\"\nstate = \"off\"\n\
            [[rung]]\nlevel = 1\nswitch = \"filters\"\nstate = \"reduced\"\n";
        let file = LadderFile::parse(text).unwrap();
        let again = LadderFile::parse(&file.text()).unwrap();
        assert_eq!(again.assumed, file.assumed);
        assert_eq!(again.rungs, file.rungs);
        assert_eq!(file.rungs[0].setting, Setting::Reduced);
        let search = file.assumptions()[&Switch::Search];
        assert_eq!((search.loss, search.relief), (0.01, 1.0));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let rung = |level: &str, switch: &str, state: &str| {
            format!("[[rung]]\nlevel = {level}\nswitch = \"{switch}\"\nstate = \"{state}\"\n")
        };
        for (text, words) in [
            (rung("4", "filters", "off"), "levels 1 to 3"),
            (rung("1", "checkout", "off"), "none of recommendations"),
            (rung("1", "filters", "on"), "none of reduced"),
            (
                rung("1", "suggestions", "reduced"),
                "'suggestions' cannot be 'reduced', but off",
            ),
            ("[[rungs]]\n".to_owned(), "unknown field"),
        ] {
            let said = wrong(&text);
            let place = said.strip_prefix("ladder.toml:").unwrap();
            assert!(
                place.starts_with(|first: char| first.is_ascii_digit()),
                "{said}"
            );
            assert!(said.contains(words), "{said}");
        }
        let twice = "[[assumed]]\nswitch = \"search\"\nstate = \"static\"\nloss = 0\nrelief = 0\n"
            .repeat(2);
        assert!(wrong(&twice).contains("two assumptions"));
        let share = twice.replace("loss = 0", "loss = 1.5");
        assert_eq!(wrong(&share), "ladder.toml:4:8: a number from 0 to 1");
    }
}
