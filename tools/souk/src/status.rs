//! `souk status`: how the shop stands, on one screen: level, switches and whether they are applied,
//! signals, sales, and the newest records of the journal.
//!
//! With `--watch` edges report for as long as a person looks on.
//!
//! Not here: what a signal is (`souk_operations`), how a sale stands in all its figures (`souk sale
//! status`).

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stdout};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use souk_operations::{Aggregate, Record};
use souk_protocol::operations::{AFTER, Standing};
use souk_protocol::samples::{SINCE, SignalStanding, SignalsStanding};
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::orders::table;
use crate::shop::ShopArgs;
use crate::switches::rfc3339;

/// Between two looks.
const REFRESH: Duration = Duration::from_secs(1);
/// Clears a terminal, and goes to its first place.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";
/// Over how many seconds a signal is shown beside its value now.
const MINUTE_S: i64 = 60;
/// Records of the journal that are shown.
const RECORDS: u64 = 6;
/// Columns of a screen; a longer line is cut.
const COLUMNS: usize = 100;

/// Arguments of `souk status`.
#[derive(Args)]
pub(crate) struct StatusArgs {
    /// Shows it anew each second, until it is interrupted.
    #[arg(long)]
    watch: bool,
    /// As JSON; with --watch one line each second.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Everything that a look shows.
struct Seen {
    standing: Standing,
    signals: SignalsStanding,
    /// The newest ones, the oldest first.
    records: Vec<Record>,
}

/// Shows how the shop stands.
///
/// # Errors
/// When the shop does not answer; with `--watch` that is shown, and the next look follows.
pub(crate) fn run(args: &StatusArgs) -> Result<()> {
    let client = args.shop.client()?;
    if !args.watch {
        print!("{}", look(&client, args)?);
        return Ok(());
    }
    let clear = match stdout().is_terminal() && !args.json {
        true => CLEAR,
        false => "",
    };
    loop {
        match look(&client, args) {
            Ok(text) => print!("{clear}{text}"),
            Err(error) => eprintln!("{clear}{error:#}"),
        }
        stdout().flush().context("show how the shop stands")?;
        std::thread::sleep(REFRESH);
    }
}

fn look(client: &StaffClient, args: &StatusArgs) -> Result<String> {
    let seen = see(client, args.watch)?;
    match (args.json, args.watch) {
        (false, _) => Ok(screen(&seen)),
        (true, false) => Ok(serde_json::to_string_pretty(&in_json(&seen))? + "\n"),
        (true, true) => Ok(in_json(&seen).to_string() + "\n"),
    }
}

fn see(client: &StaffClient, watches: bool) -> Result<Seen> {
    let standing: Standing = client.get(staff::READ_SWITCHES)?;
    let since_s = crate::switches::clock_ms()? / 1_000 - 2 * MINUTE_S;
    let query = format!("{SINCE}={since_s}&watch={watches}");
    let signals = client.get(staff::READ_SIGNALS.query(&query))?;
    let after = standing.records.saturating_sub(RECORDS);
    let journal = client.read(&staff::READ_JOURNAL.query(&format!("{AFTER}={after}")))?;
    let journal = String::from_utf8(journal).context("the journal is no text")?;
    let records = journal.lines().map(serde_json::from_str);
    let records = records.collect::<Result<_, _>>();
    Ok(Seen {
        standing,
        signals,
        records: records.context("a record of the journal")?,
    })
}

/// The screen of a person who runs the night.
fn screen(seen: &Seen) -> String {
    let parts = [
        heading(seen),
        signals(&seen.signals),
        sales(&seen.standing),
        records(&seen.records),
    ];
    let parts = parts.iter().filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.map(String::as_str).collect();
    let text = parts.join("\n");
    let lines = text
        .lines()
        .map(|line| match line.char_indices().nth(COLUMNS) {
            Some((end, _)) => format!("{}…\n", &line[..end]),
            None => format!("{line}\n"),
        });
    lines.collect()
}

fn heading(seen: &Seen) -> String {
    let Seen {
        standing, signals, ..
    } = seen;
    let until = standing
        .level_until_ms
        .map_or_else(String::new, |ms| format!(" until {}", time_of_day(ms)));
    let mut text = format!(
        "{} UTC   level {}{until}\n",
        rfc3339(signals.now_ms)
            .replace('T', " ")
            .trim_end_matches('Z'),
        standing.level
    );
    let moved = standing.switches.iter().filter(|one| one.state != "on");
    let moved = moved.map(|one| match one.until_ms {
        Some(ms) => format!("{} {} until {}", one.switch, one.state, time_of_day(ms)),
        None => format!("{} {}", one.switch, one.state),
    });
    let moved: Vec<_> = moved.collect();
    let moved = match moved.is_empty() {
        true => "everything on".to_owned(),
        false => moved.join(", "),
    };
    // Writing into a text cannot fail.
    let _ = writeln!(text, "switches: {moved}");
    let _ = writeln!(text, "{}", applied(signals));
    text
}

/// Whether what was changed has arrived.
fn applied(signals: &SignalsStanding) -> String {
    let value = |name: &str| {
        let mut all = signals.signals.iter();
        all.find(|one| one.signal == name).and_then(|one| one.value)
    };
    let Some(share) = value("switches.applied") else {
        return "applied: no instance reports".to_owned();
    };
    let edges = value("edges").unwrap_or_default();
    let mut text = format!("applied: on {:.0} % of {edges:.0} instances", share * 100.0);
    for change in &signals.applying {
        let for_s = (signals.now_ms - change.changed_at_ms) / 1_000;
        let _ = write!(text, "; record {} on its way for {for_s} s", change.record);
    }
    text
}

fn signals(standing: &SignalsStanding) -> String {
    let now_s = standing.now_ms / 1_000;
    let within = now_s - MINUTE_S..=now_s + 1;
    let rows = standing.signals.iter().map(|signal| {
        let seconds = standing.seconds.iter();
        let seconds = seconds.filter(|second| within.contains(&second.at_s));
        let values: Vec<_> = seconds
            .filter_map(|second| second.values.get(&signal.signal).copied())
            .collect();
        let of = |aggregate: Aggregate| aggregate.of(values.iter().copied());
        [
            signal.signal.clone(),
            shown(signal, signal.value),
            shown(signal, of(Aggregate::Avg)),
            shown(signal, of(Aggregate::Min)),
            shown(signal, of(Aggregate::Max)),
        ]
    });
    table(["SIGNAL", "NOW", "1 MIN AVG", "MIN", "MAX"], rows)
}

/// A value with its unit; `-` where there is none.
fn shown(signal: &SignalStanding, value: Option<f64>) -> String {
    let Some(value) = value else {
        return "-".to_owned();
    };
    match signal.unit.as_str() {
        "ms" => format!("{value:.0} ms"),
        "per_second" => format!("{value:.1}/s"),
        "fraction" => format!("{:.2} %", value * 100.0),
        _ => format!("{value:.0}"),
    }
}

fn sales(standing: &Standing) -> String {
    if standing.sales.is_empty() {
        return String::new();
    }
    let rows = standing.sales.iter().map(|sale| {
        [
            sale.id.clone(),
            sale.state.clone(),
            sale.tickets.saturating_sub(sale.called).to_string(),
            sale.called.to_string(),
            sale.called_per_minute.to_string(),
            sale.orders.to_string(),
            sale.available.to_string(),
            sale.held.to_string(),
        ]
    });
    let titles = [
        "SALE",
        "STATE",
        "WAITING",
        "CALLED",
        "PER MINUTE",
        "ORDERS",
        "LEFT",
        "HELD",
    ];
    table(titles, rows)
}

fn records(records: &[Record]) -> String {
    let rows = records.iter().rev().map(|record| {
        [
            record.seq.to_string(),
            time_of_day(record.at),
            record.who.clone(),
            record.what.clone(),
        ]
    });
    table(["RECORD", "UTC", "WHO", "WHAT"], rows)
}

/// The time of a moment, such as `14:13:20`.
fn time_of_day(ms: i64) -> String {
    let text = rfc3339(ms);
    let time = text.split_once('T').map_or("", |(_, time)| time);
    time.split('.').next().unwrap_or_default().to_owned()
}

fn in_json(seen: &Seen) -> serde_json::Value {
    let Seen {
        standing, signals, ..
    } = seen;
    let switches = standing.switches.iter().filter(|one| one.state != "on");
    let switches = switches.map(|one| (one.switch.clone(), json!(one.state)));
    let switches: serde_json::Map<_, _> = switches.collect();
    let values = signals.signals.iter().filter_map(|one| {
        let value = one.value?;
        Some((one.signal.clone(), json!(value)))
    });
    let values: serde_json::Map<_, _> = values.collect();
    json!({
        "at_ms": signals.now_ms,
        "level": standing.level,
        "switches": switches,
        "signals": values,
        "applying": signals.applying,
        "sales": standing.sales,
        "journal": seen.records,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use souk_operations::{Draft, Journal, Signal};
    use souk_protocol::operations::{SaleSession, SaleStanding, SwitchStanding};
    use souk_protocol::samples::{ApplyingChange, SignalsSecond};

    use super::*;

    const NOW_MS: i64 = 1_790_000_000_500;

    fn seen() -> Seen {
        let switch = |switch: &str, state: &str, until_ms| SwitchStanding {
            switch: switch.to_owned(),
            state: state.to_owned(),
            by_level: "on".to_owned(),
            until_ms,
            settings: Vec::new(),
        };
        let sale = SaleStanding {
            id: "drop".to_owned(),
            control: "running".to_owned(),
            session: SaleSession {
                number: 1,
                gathers_at_ms: 0,
                opens_at_ms: 0,
                closes_at_ms: 0,
            },
            state: "open".to_owned(),
            drawn: 900,
            tickets: 1_000,
            present_permille: 900,
            called: 60,
            missed: 3,
            called_per_minute: 120,
            orders: 41,
            available: 12,
            held: 4,
            stepped_at_ms: None,
        };
        let value = |signal: Signal| match signal {
            Signal::RequestsRate => Some(812.04),
            Signal::RequestsErrors => Some(0.001),
            Signal::PagesP99 => Some(38.0),
            Signal::SwitchesApplied => Some(0.75),
            Signal::Edges => Some(4.0),
            _ => None,
        };
        let signals = Signal::ALL.iter().map(|&signal| SignalStanding {
            signal: signal.name().to_owned(),
            unit: signal.unit().name().to_owned(),
            meaning: signal.meaning().to_owned(),
            value: value(signal),
        });
        let second = |ago_s: i64, rate: f64| SignalsSecond {
            at_s: NOW_MS / 1_000 - ago_s,
            values: BTreeMap::from([("requests.rate".to_owned(), rate)]),
        };
        let mut journal = Journal::default();
        let record = |what: &str| Draft {
            who: "anna".to_owned(),
            what: what.to_owned(),
            effect: "none".to_owned(),
        };
        let records = vec![
            journal.append(record("level 2: a crowd"), NOW_MS - 9_500),
            journal.append(
                record("record 1 is applied everywhere after 1.2 s"),
                NOW_MS - 500,
            ),
        ];
        Seen {
            standing: Standing {
                level: 2,
                level_until_ms: Some(NOW_MS + 3_600_000),
                switches: vec![
                    switch("search", "static", None),
                    switch("filters", "off", Some(NOW_MS + 60_000)),
                    switch("cart", "on", None),
                ],
                stamp: 9,
                records: 2,
                head: String::new(),
                limits: Vec::new(),
                ladder: Vec::new(),
                sales: vec![sale],
            },
            signals: SignalsStanding {
                now_ms: NOW_MS,
                watched_until_ms: None,
                signals: signals.collect(),
                seconds: vec![second(90, 9_000.0), second(2, 700.0), second(1, 900.0)],
                applying: vec![ApplyingChange {
                    record: 2,
                    changed_at_ms: NOW_MS - 1_900,
                }],
                windows: Vec::new(),
            },
            records,
        }
    }

    #[test]
    fn one_screen_says_how_the_shop_stands() {
        let text = screen(&seen());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "2026-09-21 14:13:20.500 UTC   level 2 until 15:13:20",
                "switches: search static, filters off until 14:14:20",
                "applied: on 75 % of 4 instances; record 2 on its way for 1 s",
            ]
        );
        for line in [
            "requests.rate     812.0/s  800.0/s    700.0/s  900.0/s",
            "requests.errors   0.10 %   -          -        -",
            "pages.p99         38 ms    -          -        -",
            "drop  open   940      60      120         41      12    4",
            "2       14:13:20  anna  record 1 is applied everywhere after 1.2 s",
            "1       14:13:11  anna  level 2: a crowd",
        ] {
            assert!(lines.contains(&line), "{line}\n{text}");
        }
        assert!(lines.len() <= 30, "{} lines are no screen", lines.len());
    }

    #[test]
    fn a_shop_in_which_nothing_happens_says_so() {
        let mut seen = seen();
        seen.standing.switches.clear();
        seen.standing.sales.clear();
        for signal in &mut seen.signals.signals {
            signal.value = None;
        }
        let text = screen(&seen);
        assert!(text.contains("\nswitches: everything on\napplied: no instance reports\n"));
        assert!(!text.contains("SALE"), "{text}");
    }

    #[test]
    fn a_long_line_does_not_break_the_screen() {
        let mut seen = seen();
        seen.records[0].what = "ü".repeat(300);
        let text = screen(&seen);
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert_eq!(longest, Some(COLUMNS + 1));
    }

    #[test]
    fn a_line_of_json_has_what_has_a_value() {
        let line = in_json(&seen());
        assert_eq!(
            line["switches"],
            json!({"search": "static", "filters": "off"})
        );
        assert_eq!(line["signals"]["pages.p99"], 38.0);
        assert!(line["signals"].get("origin.p99").is_none());
        assert_eq!(line["applying"][0]["record"], 2);
    }
}
