//! `souk tick`: the scheduler of a shop on Spin, which has no alarm of its own.
//!
//! One call expires holds, delivers messages, publishes availability and learns from orders. Calls may overlap or fail:
//! work that is due stays due until the next one.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Arguments of `souk tick`.
#[derive(Args)]
pub(crate) struct TickArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Repeats the call at this interval, in seconds, until it is stopped.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
}

/// Runs the subcommand.
///
/// # Errors
/// When a single call fails; with `--every` a failure is only reported.
pub(crate) fn run(args: &TickArgs) -> Result<()> {
    let client = args.shop.client()?;
    let Some(every) = args.every.map(Duration::from_secs) else {
        let trouble = tick(&client);
        ensure!(trouble.is_empty(), "{trouble}");
        return Ok(());
    };
    let mut report = Report::default();
    loop {
        let started = Instant::now();
        if let Some(line) = report.line(&tick(&client)) {
            eprintln!("{line}");
        }
        thread::sleep(every.saturating_sub(started.elapsed()));
    }
}

/// What went wrong; empty when nothing did.
fn tick(client: &StaffClient) -> String {
    match client.post(staff::TICK, &()) {
        Ok(done) => done.failures.join("; "),
        Err(error) => format!("{error:#}"),
    }
}

/// Reports a repeated failure once, not at every call.
#[derive(Default)]
struct Report {
    is_failing: bool,
}

impl Report {
    fn line(&mut self, trouble: &str) -> Option<String> {
        let was_failing = std::mem::replace(&mut self.is_failing, !trouble.is_empty());
        match (was_failing, self.is_failing) {
            (false, true) => Some(format!("tick: {trouble}")),
            (true, false) => Some("tick: works again".to_owned()),
            (true, true) | (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_reported_when_it_begins_and_when_it_ends() {
        let mut report = Report::default();
        let lines: Vec<_> = ["", "busy", "busy", "", ""]
            .iter()
            .filter_map(|trouble| report.line(trouble))
            .collect();
        assert_eq!(lines, ["tick: busy", "tick: works again"]);
    }
}
