//! `souk advise`: before something is full, what it is, when, and what to do about it.
//!
//! - `limits`: what counts as full; `watch`: when to speak.
//!
//! Invariant: no advice without the numbers that it follows from. Nothing is changed here: a person does
//! what is advised, or a plan that people have approved.

mod limits;
mod watch;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use self::limits::{Limit, limits};
use self::watch::{FULL, Reason, Watch};

/// Arguments of `souk advise`.
#[derive(Args)]
pub(crate) struct AdviseArgs {
    /// Signals over time: a CSV with t,signal,value, t in seconds.
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
    /// What is full when, by `souk capacity --json`; without it what docs/capacity.md has measured.
    #[arg(long, value_name = "FILE")]
    capacity: Option<PathBuf>,
    /// As JSON lines.
    #[arg(long)]
    json: bool,
}

/// An advice.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Advice {
    t: f64,
    signal: String,
    value: f64,
    capacity: f64,
    /// `value` over `capacity`.
    load: f64,
    /// In so many seconds it reaches 70 %; 0 where it has; `None` where it does not rise.
    reaches_70_in_s: Option<f64>,
    r#do: String,
    #[serde(skip)]
    unit: String,
}

/// A value of a trace.
#[derive(Debug, PartialEq)]
struct Value {
    t: f64,
    signal: String,
    value: f64,
}

/// Runs the subcommand.
///
/// # Errors
/// When a file cannot be read, with the line of what is wrong.
pub(crate) fn run(args: &AdviseArgs) -> Result<()> {
    let name = args.trace.display();
    let file = File::open(&args.trace).with_context(|| format!("read {name}"))?;
    let limits = limits(args.capacity.as_deref())?;
    let values = read(BufReader::new(file)).with_context(|| name.to_string())?;
    let advices = advise(&values, &limits).with_context(|| name.to_string())?;
    for advice in &advices {
        match args.json {
            true => println!("{}", serde_json::to_string(advice)?),
            false => println!("{}", advice.text()),
        }
    }
    if advices.is_empty() && !args.json {
        println!("nothing came near {:.0} % of what it can be", FULL * 100.0);
    }
    Ok(())
}

fn read(lines: impl BufRead) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.with_context(|| format!("line {number}"))?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if number == 1 {
            ensure!(
                line == "t,signal,value",
                "line 1: the first line is t,signal,value"
            );
        } else if !line.is_empty() {
            let value = value(line);
            values.push(value.with_context(|| {
                format!(
                    "line {number}: a line is a time in seconds, the name of a signal, and a number"
                )
            })?);
        }
    }
    Ok(values)
}

fn value(line: &str) -> Option<Value> {
    let mut cells = line.split(',').map(str::trim);
    let (t, signal, value) = (cells.next()?, cells.next()?, cells.next()?);
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    let is_whole = cells.next().is_none() && !signal.is_empty();
    Some(Value {
        t: number(t)?,
        signal: signal.to_owned(),
        value: number(value)?,
    })
    .filter(|_| is_whole)
}

fn advise(values: &[Value], limits: &[Limit]) -> Result<Vec<Advice>> {
    let mut watched: BTreeMap<&str, (Watch, f64)> = BTreeMap::new();
    let mut advices = Vec::new();
    for Value { t, signal, value } in values {
        let limit = limits.iter().find(|limit| limit.signal == *signal);
        let Some((limit, capacity)) = limit.and_then(|one| Some((one, one.capacity?))) else {
            continue;
        };
        let (watch, last) = watched
            .entry(signal)
            .or_insert((Watch::default(), f64::NEG_INFINITY));
        ensure!(
            *t > *last,
            "{signal}: the time {t} does not come after {last}"
        );
        *last = *t;
        if let Some(reason) = watch.see(*t, *value, capacity) {
            advices.push(Advice::of(*t, *value, capacity, limit, reason));
        }
    }
    Ok(advices)
}

impl Advice {
    fn of(t: f64, value: f64, capacity: f64, limit: &Limit, reason: Reason) -> Self {
        // What would be half full by then.
        let times = (reason.expected.max(value) / (0.5 * capacity)).max(1.1);
        let numbers = [
            (
                "{pace}",
                format!("{:.0}", (0.5 * capacity).floor().max(1.0)),
            ),
            ("{times}", format!("{times:.1}")),
            // Half of what a client may try by default.
            ("{tries}", "15".to_owned()),
            ("{capacity}", format!("{capacity:.0}")),
        ];
        let action = numbers
            .iter()
            .fold(limit.r#do.clone(), |text, (name, number)| {
                text.replace(name, number)
            });
        Self {
            t,
            signal: limit.signal.clone(),
            value,
            capacity,
            load: value / capacity,
            reaches_70_in_s: reason.in_s,
            r#do: action,
            unit: limit.unit.clone(),
        }
    }

    fn text(&self) -> String {
        let Self {
            t,
            signal,
            value,
            capacity,
            load,
            reaches_70_in_s,
            r#do,
            unit,
        } = self;
        let full = FULL * 100.0;
        let when = match reaches_70_in_s {
            Some(0.0) => format!("above {full:.0} %"),
            Some(in_s) => format!("{full:.0} % in {in_s:.0} s"),
            None => "and does not rise".to_owned(),
        };
        let load = load * 100.0;
        format!(
            "t={t} {signal}: {value:.0} of {capacity:.0} {unit} ({load:.0} %), {when}: {}",
            r#do
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(text: &str) -> Result<Vec<Advice>> {
        advise(&read(text.as_bytes())?, &limits(None)?)
    }

    #[test]
    fn an_advice_has_its_numbers_and_comes_before_70_percent() {
        let lines = (0..200).map(|t| format!("{t},orders.rate,{}\n{t},other,9e9\n", 100 + 4 * t));
        let text = format!("t,signal,value\n{}", lines.collect::<String>());
        let advices = trace(&text).unwrap();
        let [advice] = &advices[..] else {
            panic!("{advices:?}");
        };
        // 70 % of 750 are 525.
        assert!(
            advice.value < 525.0 && advice.capacity == 750.0,
            "{advice:?}"
        );
        let at = advice.t + advice.reaches_70_in_s.unwrap();
        assert!((at - 106.25).abs() < 1.0, "{at}");
        assert!(
            advice.r#do.contains("lets 375 orders through"),
            "{}",
            advice.r#do
        );
        let said = advice.text();
        assert!(
            said.contains("of 750 orders/s") && !said.contains('{'),
            "{said}"
        );
        let json = serde_json::to_value(advice).unwrap();
        assert_eq!(json["signal"], "orders.rate");
    }

    #[test]
    fn a_signal_without_a_capacity_gives_no_advice() {
        let text = "t,signal,value\n1,requests.rate,1000000\n";
        assert_eq!(trace(text).unwrap(), []);
        let dir = std::env::temp_dir().join(format!("souk-advise-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("capacity.json");
        let prediction = r#"{"peak":{"requests_per_s":1000,"orders_per_s":40},"resources":[
            {"resource":"origin","capacity":500,"load":0.08,"full_at_factor":12},
            {"resource":"hottest SKU","capacity":400,"load":0.1,"full_at_factor":10},
            {"resource":"cores of the functions","capacity":2,"load":0.5,"full_at_factor":2}]}"#;
        std::fs::write(&path, prediction).unwrap();
        let limits = limits(Some(&path)).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        let capacity = |signal: &str| {
            let limit = limits.iter().find(|limit| limit.signal == signal);
            limit.unwrap().capacity
        };
        // 40 orders are a tenth of what one SKU takes.
        assert_eq!(capacity("orders.rate"), Some(400.0));
        assert_eq!(capacity("requests.rate"), Some(2_000.0));
        assert_eq!(capacity("pages.p99"), Some(3_000.0));
    }

    #[test]
    fn what_is_no_trace_is_named_with_its_line() {
        for (text, words) in [
            ("t,value\n", "line 1"),
            ("t,signal,value\n1,a\n", "line 2"),
            ("t,signal,value\n1,a,1\n2,a,x\n", "line 3"),
            ("t,signal,value\n1,a,1,2\n", "line 2"),
            (
                "t,signal,value\n2,orders.rate,1\n1,orders.rate,1\n",
                "does not come after 2",
            ),
        ] {
            let said = format!("{:#}", trace(text).unwrap_err());
            assert!(said.contains(words), "{text}: {said}");
        }
    }
}
