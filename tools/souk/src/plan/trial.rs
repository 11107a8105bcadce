//! `souk plan try`: when steps would have fired and cleared on a trace of signals.
//!
//! It runs what a shop runs, second by second, without what steps set.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use souk_operations::plan::{Armed, Event, Happened, Plan};
use souk_operations::{Second, Signal, Window};

use super::file::{FileArgs, read};

/// The first line of a trace.
const HEAD: &str = "t,signal,value";
/// Seconds of a trace, at most: a week.
const TRACE_S_MAX: i64 = 7 * 24 * 60 * 60;

/// Arguments of `souk plan try`.
#[derive(Args)]
pub(super) struct TryArgs {
    #[command(flatten)]
    file: FileArgs,
    /// A CSV with the columns t (whole seconds), signal and value; a second without a value has none.
    #[arg(long, value_name = "FILE.csv")]
    trace: PathBuf,
}

/// A line of what is printed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line<'p> {
    t: i64,
    step: &'p str,
    event: &'static str,
}

/// Prints the lines.
///
/// # Errors
/// With everything that is wrong in the file; when the trace is none, with its line.
pub(super) fn run(args: &TryArgs) -> Result<()> {
    let read = read(&args.file)?;
    let file = args.trace.display();
    let text = fs::read_to_string(&args.trace).with_context(|| file.to_string())?;
    let trace = trace(&text).with_context(|| file.to_string())?;
    let mut out = io::stdout().lock();
    for line in lines(&read.plan, &trace) {
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

/// The values of a trace, by their seconds.
fn trace(text: &str) -> Result<BTreeMap<i64, Second>> {
    let mut lines = (1..).zip(text.lines());
    let head = lines.next().map(|(_, head)| head.trim());
    ensure!(head == Some(HEAD), "line 1: the columns are {HEAD}");
    let mut seconds: BTreeMap<i64, Second> = BTreeMap::new();
    for (number, line) in lines {
        if line.trim().is_empty() {
            continue;
        }
        let (at_s, signal, value) = values(line).with_context(|| format!("line {number}"))?;
        let second = seconds.entry(at_s).or_default();
        second.at_s = at_s;
        let known = second.values.insert(signal, value);
        ensure!(
            known.is_none(),
            "line {number}: {} has two values",
            signal.name()
        );
    }
    let times = seconds.keys().next().zip(seconds.keys().next_back());
    let lasts_s = times.map_or(0, |(first_s, last_s)| last_s - first_s);
    ensure!(lasts_s <= TRACE_S_MAX, "a trace lasts a week at most");
    Ok(seconds)
}

fn values(line: &str) -> Result<(i64, Signal, f64)> {
    let cells: Vec<_> = line.split(',').map(str::trim).collect();
    let [t, signal, value] = cells[..] else {
        bail!("a line has t, signal and value");
    };
    let at_s = t
        .parse()
        .with_context(|| format!("'{t}' is no whole second"))?;
    let signal = Signal::parse(signal).with_context(|| {
        let names = Signal::ALL.iter().map(|one| one.name());
        souk_shop_folder::suggestion(signal, names.collect::<Vec<_>>())
    })?;
    let number = value.parse().ok().filter(|value: &f64| value.is_finite());
    let number = number.with_context(|| format!("'{value}' is no number"))?;
    Ok((at_s, signal, number))
}

/// What happens in the seconds of a trace, in order.
fn lines<'p>(plan: &'p Plan, trace: &BTreeMap<i64, Second>) -> Vec<Line<'p>> {
    let times = trace.keys().next().zip(trace.keys().next_back());
    let Some((&first_s, &last_s)) = times else {
        return Vec::new();
    };
    let mut armed = Armed::new(plan, first_s - 1, 0);
    let mut window = Window::default();
    let mut lines = Vec::new();
    for at_s in first_s..=last_s {
        let empty = || Second {
            at_s,
            ..Second::default()
        };
        window.push(trace.get(&at_s).cloned().unwrap_or_else(empty));
        let events = armed.next(plan, &window, &[], at_s).unwrap_or_default();
        lines.extend(events.into_iter().filter_map(|event| line(plan, event)));
    }
    lines
}

fn line(plan: &Plan, event: Event) -> Option<Line<'_>> {
    let name = match event.what {
        Happened::Fired => "fired",
        Happened::Cleared | Happened::Expired => "cleared",
        Happened::Checked(_) | Happened::Unchecked | Happened::Late => return None,
    };
    Some(Line {
        t: event.at_s,
        step: &plan.steps[event.step].id,
        event: name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"
[[step]]
id = "slow"
when = { all = ["avg origin.p99 over 2s > 400ms"], for = "2s" }
clear = { all = ["avg origin.p99 over 2s < 200ms"], for = "1s" }
do = ["level 2"]
undo = "auto"
max = "30m"
"#;

    fn of(values: &[(i64, i64)]) -> Vec<(i64, String)> {
        let plan = souk_shop_folder::plan::read(PLAN, &[], &mut Vec::new()).unwrap();
        let rows = values
            .iter()
            .map(|(t, value)| format!("{t},origin.p99,{value}\n"));
        let trace = trace(&format!("{HEAD}\n{}", rows.collect::<String>())).unwrap();
        let lines = lines(&plan, &trace);
        lines
            .iter()
            .map(|line| (line.t, line.event.to_owned()))
            .collect()
    }

    #[test]
    fn a_step_fires_and_clears_when_its_conditions_have_held() {
        let values = [
            (0, 100),
            (1, 900),
            (2, 900),
            (3, 500),
            (4, 100),
            (5, 100),
            (7, 100),
        ];
        // The mean of two seconds is above from 1 to 3, and below from 5 on, also at 6.
        let fired = (3, "fired".to_owned());
        assert_eq!(of(&values), [fired.clone(), (6, "cleared".to_owned())]);
        // One second less.
        assert_eq!(of(&[(1, 900), (2, 100), (3, 100)]), []);
        // A window without a value does not hold.
        let values = [(1, 900), (2, 900), (5, 900), (6, 900), (7, 900)];
        assert_eq!(of(&values), [fired]);
        assert_eq!(of(&[]), []);
    }

    #[test]
    fn a_line_says_what_happened() {
        let line = Line {
            t: 12,
            step: "slow",
            event: "fired",
        };
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(text, r#"{"t":12,"step":"slow","event":"fired"}"#);
    }

    #[test]
    fn what_is_no_trace_is_named_with_its_line() {
        for (text, reason) in [
            ("time,signal,value\n", "line 1"),
            ("t,signal,value\n1,origin.p99\n", "line 2"),
            ("t,signal,value\n\n1.5,origin.p99,1\n", "line 3"),
            ("t,signal,value\n1,origin.p98,1\n", "line 2"),
            ("t,signal,value\n1,origin.p99,NaN\n", "line 2"),
            ("t,signal,value\n1,edges,1\n1,edges,2\n", "line 3"),
            ("t,signal,value\n1,edges,1\n999999999,edges,2\n", "a week"),
        ] {
            let error = trace(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
