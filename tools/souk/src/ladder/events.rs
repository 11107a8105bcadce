//! Visits and orders of trials, as JSON lines: `{"switch":"search","off":true,"kind":"visit","cpu_us":900}`.
//!
//! Members that are not named here are passed over. A line that is empty is no event.

use std::collections::BTreeMap;
use std::io::BufRead;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use souk_operations::Switch;

/// The visits and orders of one arm of a trial.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Arm {
    pub(super) visits: u64,
    pub(super) orders: u64,
    /// Processor time of all visits together, in microseconds.
    cpu_us: f64,
}

impl Arm {
    /// Orders of a visit; 0 without visits.
    pub(super) fn conversion(&self) -> f64 {
        match self.visits {
            0 => 0.0,
            visits => self.orders as f64 / visits as f64,
        }
    }

    /// Processor time of a visit, in microseconds; 0 without visits.
    pub(super) fn mean_us(&self) -> f64 {
        match self.visits {
            0 => 0.0,
            visits => self.cpu_us / visits as f64,
        }
    }
}

/// Both arms of the trial of a switch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Trial {
    pub(super) on: Arm,
    pub(super) off: Arm,
}

#[derive(Deserialize)]
struct Event {
    switch: String,
    off: bool,
    kind: Kind,
    cpu_us: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Visit,
    Order,
}

/// Adds up events.
///
/// # Errors
/// With the line of what is no event, or the arm that has more orders than visits.
pub(super) fn trials(lines: impl BufRead) -> Result<BTreeMap<Switch, Trial>> {
    let mut trials: BTreeMap<Switch, Trial> = BTreeMap::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.with_context(|| format!("line {number}"))?;
        if !line.trim().is_empty() {
            add(&mut trials, &line).with_context(|| format!("line {number}"))?;
        }
    }
    for (switch, Trial { on, off }) in &trials {
        for (arm, name) in [(on, "on"), (off, "off")] {
            ensure!(
                arm.orders <= arm.visits,
                "{} {name}: {} orders of {} visits; an order belongs to a visit",
                switch.name(),
                arm.orders,
                arm.visits
            );
        }
    }
    Ok(trials)
}

fn add(trials: &mut BTreeMap<Switch, Trial>, line: &str) -> Result<()> {
    let event: Event = serde_json::from_str(line)?;
    let switch = Switch::parse(&event.switch).filter(|one| !one.is_protected());
    let switch = switch.with_context(|| format!("'{}' is no switch", event.switch))?;
    let trial = trials.entry(switch).or_default();
    let arm = match event.off {
        true => &mut trial.off,
        false => &mut trial.on,
    };
    match event.kind {
        Kind::Visit => {
            let cpu_us = event.cpu_us.context("a visit has cpu_us")?;
            ensure!(cpu_us >= 0.0, "cpu_us is not below 0");
            arm.visits += 1;
            arm.cpu_us += cpu_us;
        }
        Kind::Order => arm.orders += 1,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: &str = r#"{"switch":"search","off":false,"kind":"visit","cpu_us":900}
{"switch":"search","off":false,"kind":"order","cpu_us":5000}

{"switch":"search","off":true,"kind":"visit","cpu_us":300,"at":1}
{"switch":"search","off":true,"kind":"visit","cpu_us":500.5}
"#;

    #[test]
    fn events_are_added_up_by_arm_and_an_order_costs_no_visit() {
        let trials = trials(SOME.as_bytes()).unwrap();
        let Trial { on, off } = trials[&Switch::Search];
        assert_eq!((on.visits, on.orders, off.visits, off.orders), (1, 1, 2, 0));
        assert_eq!((on.mean_us(), off.mean_us()), (900.0, 400.25));
        assert_eq!((on.conversion(), off.conversion()), (1.0, 0.0));
        assert_eq!(
            (Arm::default().conversion(), Arm::default().mean_us()),
            (0.0, 0.0)
        );
    }

    #[test]
    fn what_is_no_event_is_named_with_its_line() {
        let event = r#"{"switch":"search","off":true,"kind":"visit","cpu_us":1}"#;
        for (wrong, words) in [
            (
                event.replace("search", "checkout"),
                "'checkout' is no switch",
            ),
            (event.replace("visit", "glance"), "glance"),
            (event.replace(r#","cpu_us":1"#, ""), "has cpu_us"),
            (event.replace(":1", ":-1"), "not below 0"),
            ("{".to_owned(), "EOF"),
        ] {
            let text = format!("{event}\n{wrong}\n");
            let said = format!("{:#}", trials(text.as_bytes()).unwrap_err());
            assert!(
                said.starts_with("line 2: ") && said.contains(words),
                "{said}"
            );
        }
        let orders = event.replace("visit", "order");
        let said = trials(orders.as_bytes()).unwrap_err().to_string();
        assert!(said.contains("search off: 1 orders of 0 visits"), "{said}");
    }
}
