//! `souk switches`: the level and the switches of a shop at its peak, and what they do.
//!
//! Not here: which switches there are and how they may stand (`souk_operations`, by way of the shop's
//! answer), the journal of what was set (`journal`).

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use souk_protocol::endpoint::Endpoint;
use souk_protocol::operations::{LANGUAGE, Standing, SwitchStanding};
use souk_protocol::staff::{self, BY_LEVEL, SetSwitches};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::orders::{moment, table};
use crate::shop::ShopArgs;

/// Arguments of `souk switches`.
#[derive(Args)]
pub(crate) struct SwitchesArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Says what switches do in this language: en, de, zh.
    #[arg(long, global = true, value_name = "CODE", default_value = "en", value_parser = language)]
    language: String,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    task: Option<SwitchesTask>,
}

#[derive(Subcommand)]
enum SwitchesTask {
    /// Shows the level and every switch, or everything that one switch may be.
    Show {
        /// Which.
        switch: Option<String>,
    },
    /// Sets a switch for a while, whatever the level is.
    Set {
        /// Which.
        switch: String,
        /// How it is to stand: on, or another of its settings; by_level lets it go by the level again.
        state: String,
        #[command(flatten)]
        end: EndArgs,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Sets the level: 0 is everything on, 5 only what is needed to buy.
    Level {
        /// Which.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=5))]
        level: u8,
        #[command(flatten)]
        end: EndArgs,
        /// Why, for the journal.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// When a setting ends, within a day.
#[derive(Args)]
#[group(multiple = false)]
struct EndArgs {
    /// Ends after this time: 90s, 30m, 2h; at most 24h.
    #[arg(long = "for", value_name = "TIME", value_parser = span_ms)]
    span_ms: Option<i64>,
    /// Ends at this moment: 2027-11-11T02:00:00Z, or with another offset from UTC.
    #[arg(long, value_name = "MOMENT", value_parser = until)]
    until: Option<String>,
}

impl EndArgs {
    /// As RFC 3339; `None` where neither is given.
    fn until(&self, now_ms: i64) -> Option<String> {
        let after = self.span_ms.map(|span_ms| rfc3339(now_ms + span_ms));
        after.or_else(|| self.until.clone())
    }
}

/// A number of seconds, minutes or hours, in milliseconds.
pub(crate) fn span_ms(text: &str) -> Result<i64, String> {
    let wrong = || "a time such as 90s, 30m or 2h, at most 24h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let unit_ms = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    let number: u32 = digits.parse().map_err(|_| wrong())?;
    let span_ms = i64::from(number) * unit_ms;
    match span_ms {
        1..=86_400_000 => Ok(span_ms),
        _ => Err(wrong()),
    }
}

fn until(text: &str) -> Result<String, String> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("a moment such as 2027-11-11T02:00:00Z".to_owned()),
    }
}

fn language(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match text.bytes().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("the code of a language, such as de".to_owned()),
    }
}

pub(crate) fn rfc3339(ms: i64) -> String {
    let minute = moment(ms).replace(' ', "T");
    let (seconds, ms) = (ms / 1_000 % 60, ms % 1_000);
    format!("{minute}:{seconds:02}.{ms:03}Z")
}

/// What time it is by the clock of this machine, in milliseconds since 1970.
pub(crate) fn clock_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    i64::try_from(now.as_millis()).context("the clock of this machine")
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer, or refuses; the message says what is possible.
pub(crate) fn run(args: &SwitchesArgs) -> Result<()> {
    let task = args.task.as_ref();
    let now_ms = clock_ms()?;
    let wish = match task {
        None | Some(SwitchesTask::Show { .. }) => None,
        Some(SwitchesTask::Set {
            switch,
            state,
            end,
            reason,
        }) => Some(switch_wish(switch, state, end.until(now_ms), reason)?),
        Some(SwitchesTask::Level { level, end, reason }) => Some(SetSwitches {
            level: Some(*level),
            until: end.until(now_ms),
            reason: given(reason),
            ..SetSwitches::default()
        }),
    };
    let client = args.shop.client()?;
    let standing: Standing = match &wish {
        Some(wish) => client.put_json(in_language(staff::SET_SWITCHES, &args.language), wish)?,
        None => client.get(in_language(staff::READ_SWITCHES, &args.language))?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&standing)?);
        return Ok(());
    }
    let text = match task {
        Some(SwitchesTask::Show { switch: Some(name) }) => show_one(&standing, name)?,
        _ => show(&standing),
    };
    print!("{text}");
    Ok(())
}

fn in_language<Q>(
    endpoint: Endpoint<Q, Standing>,
    language: &str,
) -> souk_protocol::endpoint::Address<Q, Standing> {
    endpoint.query(&format!("{LANGUAGE}={language}"))
}

fn switch_wish(
    switch: &str,
    state: &str,
    until: Option<String>,
    reason: &str,
) -> Result<SetSwitches> {
    ensure!(
        until.is_some() || state == BY_LEVEL,
        "say when it ends: --for 30m or --until 2027-11-11T02:00:00Z, at most a day ahead"
    );
    Ok(SetSwitches {
        level: None,
        switch: Some(switch.to_owned()),
        state: Some(state.to_owned()),
        until,
        reason: given(reason),
    })
}

fn given(reason: &str) -> Option<String> {
    (!reason.is_empty()).then(|| reason.to_owned())
}

fn show(standing: &Standing) -> String {
    let until = standing.level_until_ms.map_or_else(String::new, until_text);
    let Standing {
        level,
        records,
        head,
        ..
    } = standing;
    let rows = standing.switches.iter().map(|one| {
        [
            one.switch.clone(),
            one.state.clone(),
            one.by_level.clone(),
            one.until_ms.map_or_else(String::new, moment),
            effect(one).to_owned(),
        ]
    });
    let switches = table(
        ["SWITCH", "STATE", "BY LEVEL", "UNTIL (UTC)", "EFFECT"],
        rows,
    );
    format!("level {level}{until}\n\n{switches}\njournal: {records} records, head {head}\n")
}

/// A switch with everything that it may be.
fn show_one(standing: &Standing, name: &str) -> Result<String> {
    let mut switches = standing.switches.iter();
    let one = switches.find(|one| one.switch == name).with_context(|| {
        let names = standing.switches.iter().map(|one| one.switch.as_str());
        let names: Vec<_> = names.collect();
        format!("there is no switch '{name}', but {}", names.join(", "))
    })?;
    let SwitchStanding {
        state, by_level, ..
    } = one;
    let until = one.until_ms.map_or_else(String::new, until_text);
    let mut text = format!("{name} is {state}{until}; by the level it is {by_level}\n\n");
    if one.settings.is_empty() {
        return Ok(text + PROTECTED + "\n");
    }
    let rows = one.settings.iter();
    let rows = rows.map(|setting| [setting.state.clone(), setting.effect.clone()]);
    text += &table(["MAY BE", "EFFECT"], rows);
    Ok(text)
}

/// Instead of the effect of a switch that is always on.
const PROTECTED: &str = "(protected: always on)";

fn until_text(ms: i64) -> String {
    format!(" until {} UTC", moment(ms))
}

/// What a switch does as it stands; empty where that is nothing.
fn effect(one: &SwitchStanding) -> &str {
    let mut settings = one.settings.iter();
    match settings.find(|setting| setting.state == one.state) {
        Some(setting) => &setting.effect,
        None if one.settings.is_empty() => PROTECTED,
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use souk_protocol::operations::SettingEffect;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        switches: SwitchesArgs,
    }

    fn parsed(line: &str) -> Result<Option<SwitchesTask>, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.switches.task)
    }

    #[test]
    fn a_time_has_one_unit_and_is_at_most_a_day() {
        for (text, ms) in [("90s", 90_000), ("30m", 1_800_000), ("24h", 86_400_000)] {
            assert_eq!(span_ms(text), Ok(ms), "{text}");
        }
        for wrong in [
            "",
            "m",
            "30",
            "0m",
            "25h",
            "1.5h",
            "-3m",
            "1d",
            "3µ",
            "99999999999s",
        ] {
            assert!(span_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_end_is_a_moment_from_now_or_as_it_is_given() {
        let Ok(Some(SwitchesTask::Set { end, .. })) = parsed("s set search closed --for 90s")
        else {
            panic!("a switch with an end");
        };
        let until = end.until(1_790_000_000_123).expect("an end");
        assert_eq!(until, "2026-09-21T14:14:50.123Z");
        let read = OffsetDateTime::parse(&until, &Rfc3339).expect("RFC 3339");
        assert_eq!(read.unix_timestamp_nanos(), 1_790_000_090_123_000_000);
        let moment = "2027-11-11T02:00:00+08:00";
        let line = format!("s level 3 --reason sale --until {moment}");
        let Ok(Some(SwitchesTask::Level { end, level, .. })) = parsed(&line) else {
            panic!("a level with an end");
        };
        assert_eq!((level, end.until(0).as_deref()), (3, Some(moment)));
        for wrong in [
            "s level 6",
            "s level -1",
            "s level 3 --until tomorrow",
            "s level 3 --for 1h --until 2027-11-11T02:00:00Z",
            "s set search",
            "s --language d&e",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        assert!(matches!(parsed("s"), Ok(None)));
    }

    #[test]
    fn only_a_switch_that_goes_by_the_level_needs_no_end() {
        assert!(switch_wish("search", "closed", None, "").is_err());
        let wish = switch_wish("search", BY_LEVEL, None, "").expect("a wish");
        let json = serde_json::to_value(wish).expect("JSON");
        let wanted = serde_json::json!({"switch": "search", "state": "by_level"});
        assert_eq!(json, wanted);
    }

    fn standing() -> Standing {
        let one = |switch: &str, state: &str, until_ms, settings| SwitchStanding {
            switch: switch.to_owned(),
            state: state.to_owned(),
            by_level: "on".to_owned(),
            until_ms,
            settings,
        };
        let closed = SettingEffect {
            state: "closed".to_owned(),
            effect: "The search is closed.".to_owned(),
        };
        let settings = vec![closed];
        Standing {
            level: 2,
            level_until_ms: Some(1_790_000_000_000),
            switches: vec![
                one(
                    "search",
                    "closed",
                    Some(1_790_000_000_000),
                    settings.clone(),
                ),
                one("listings", "on", None, settings),
                one("cart", "on", None, Vec::new()),
            ],
            stamp: 3,
            records: 7,
            head: "abc".to_owned(),
            limits: Vec::new(),
            sales: Vec::new(),
            ladder: Vec::new(),
        }
    }

    #[test]
    fn a_table_says_how_everything_stands_and_what_that_does() {
        assert_eq!(
            show(&standing()),
            "level 2 until 2026-09-21 14:13 UTC\n\n\
             SWITCH    STATE   BY LEVEL  UNTIL (UTC)       EFFECT\n\
             search    closed  on        2026-09-21 14:13  The search is closed.\n\
             listings  on      on\n\
             cart      on      on                          (protected: always on)\n\n\
             journal: 7 records, head abc\n"
        );
    }

    #[test]
    fn one_switch_says_what_it_may_be() {
        let text = show_one(&standing(), "search").expect("a switch");
        assert_eq!(
            text,
            "search is closed until 2026-09-21 14:13 UTC; by the level it is on\n\n\
             MAY BE  EFFECT\nclosed  The search is closed.\n"
        );
        let text = show_one(&standing(), "cart").expect("a switch");
        assert!(text.ends_with("(protected: always on)\n"), "{text}");
        let unknown = show_one(&standing(), "serach").expect_err("no switch");
        assert!(unknown.to_string().contains("search, listings, cart"));
    }
}
