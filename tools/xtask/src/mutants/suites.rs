//! Builds and runs the suites that must find the planted bugs.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::copy::Copy;
use super::list::Place;
use crate::process::command;

/// Timeout of a suite; a suite that hangs has found the mutant too.
const SUITE_MAX: Duration = Duration::from_secs(600);
/// Seeds for the simulation; a sound tree takes about a sixth of a second for each.
const SEEDS: &str = "150";
/// Seeds for the simulated sale; each takes about as long.
const SALES: &str = "100";
/// What a simulation prints before the rule that does not hold.
const BROKEN: &str = "fails: Some(Failure { rule: \"";

/// A suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    /// The table and the properties of an order's life.
    Life,
    /// The rule of prior prices, beside the rest of the prices.
    PriorPrices,
    /// The contract of the order store on SQLite.
    Sqlite,
    /// What a submit on SQLite does when the books change in between.
    StaleSqlite,
    /// The contract on SQLite through batches, and rules of batches alone.
    Batches,
    /// The simulated world.
    Simulation,
    /// The contract of the order store on PostgreSQL.
    Postgres,
    /// What a submit on PostgreSQL does when the books change in between.
    StalePostgres,
    /// Rules of accounts that are split into buckets.
    Buckets,
    /// The contract on PostgreSQL through groups, and rules of groups alone.
    Groups,
    /// Where SKUs, keys and orders belong, and the calls between shards.
    Places,
    /// An origin of several stores.
    Shards,
    /// The encoding of sold-out holds, and how long they are valid.
    SoldOutHold,
    /// What the storefront does with sold-out holds.
    Edge,
    /// The contract of the store of staff tokens.
    StaffTokens,
    /// Who may do what in the staff API.
    StaffAccess,
    /// Copies that are put back.
    Backup,
    /// What is sealed anew when a key changes.
    Keys,
    /// The parts of the search.
    SearchParts,
    /// The search from products to answers.
    Search,
    /// The rules of the waiting room.
    Room,
    /// The rules of switches, levels, the pulse and the journal.
    Operations,
    /// The simulated sale.
    Peak,
    /// The ladder, capacity and advice of the program `souk`.
    Advice,
    /// Traces.
    Traces,
    /// Whole replays.
    Replays,
    /// The turns of a pool.
    Balancer,
    /// A pool of origins at the edge.
    Pool,
}

impl Suite {
    /// In the order in which they are run.
    pub(super) const ALL: [Suite; 28] = [
        Suite::Life,
        Suite::PriorPrices,
        Suite::Places,
        Suite::Shards,
        Suite::SoldOutHold,
        Suite::Edge,
        Suite::StaffTokens,
        Suite::StaffAccess,
        Suite::Keys,
        Suite::Backup,
        Suite::Sqlite,
        Suite::StaleSqlite,
        Suite::Batches,
        Suite::Simulation,
        Suite::Postgres,
        Suite::StalePostgres,
        Suite::Buckets,
        Suite::Groups,
        Suite::SearchParts,
        Suite::Search,
        Suite::Room,
        Suite::Operations,
        Suite::Peak,
        Suite::Advice,
        Suite::Traces,
        Suite::Replays,
        Suite::Balancer,
        Suite::Pool,
    ];

    /// Its name in the output.
    pub(super) fn name(self) -> &'static str {
        match self {
            Suite::Life => "life of an order",
            Suite::PriorPrices => "prior prices",
            Suite::Sqlite => "contract on SQLite",
            Suite::StaleSqlite => "stale reads on SQLite",
            Suite::Batches => "batches",
            Suite::Simulation => "simulation",
            Suite::Postgres => "contract on PostgreSQL",
            Suite::StalePostgres => "stale reads on PostgreSQL",
            Suite::Buckets => "buckets",
            Suite::Groups => "groups",
            Suite::Places => "places",
            Suite::Shards => "several stores",
            Suite::SoldOutHold => "sold_out_holds",
            Suite::Edge => "sold-out holds, tokens, the room and releases at the edge",
            Suite::StaffTokens => "contract of staff tokens",
            Suite::StaffAccess => "access of the staff",
            Suite::Backup => "backup",
            Suite::Keys => "keys",
            Suite::SearchParts => "parts of the search",
            Suite::Search => "search",
            Suite::Room => "rules of the room",
            Suite::Operations => "rules of switches and the journal",
            Suite::Peak => "simulated sale",
            Suite::Advice => "ladder, capacity and advice",
            Suite::Traces => "traces",
            Suite::Replays => "replays",
            Suite::Balancer => "turns of a pool",
            Suite::Pool => "pool of origins",
        }
    }

    /// Whether it could find a mutant in such a place.
    pub(super) fn is_for(self, place: Place) -> bool {
        match place {
            Place::Postgres => matches!(
                self,
                Suite::Postgres | Suite::StalePostgres | Suite::Buckets | Suite::Groups
            ),
            Place::Sqlite => matches!(
                self,
                Suite::Sqlite | Suite::StaleSqlite | Suite::Batches | Suite::Simulation
            ),
            Place::Domain => {
                matches!(self, Suite::Life | Suite::Sqlite | Suite::Simulation)
            }
            Place::Pricing => matches!(self, Suite::PriorPrices),
            Place::Origin => matches!(self, Suite::Sqlite | Suite::Simulation),
            Place::Shards => matches!(self, Suite::Places | Suite::Shards | Suite::Simulation),
            Place::Recovery => matches!(self, Suite::Keys | Suite::Backup),
            Place::Edge => matches!(self, Suite::SoldOutHold | Suite::Edge | Suite::Simulation),
            Place::Search => matches!(self, Suite::SearchParts | Suite::Search),
            Place::Room => matches!(self, Suite::Room | Suite::Peak),
            Place::Operations => matches!(self, Suite::Operations | Suite::Peak),
            Place::Advice => matches!(self, Suite::Advice),
            Place::Pool => matches!(self, Suite::Balancer | Suite::Pool),
            Place::Replay => matches!(self, Suite::Traces | Suite::Replays),
            Place::Staff => matches!(self, Suite::StaffTokens | Suite::StaffAccess),
        }
    }

    /// The name of its program in the messages of cargo.
    fn target(self) -> &'static str {
        match self {
            Suite::Life => "life",
            Suite::PriorPrices => "souk_pricing",
            Suite::Sqlite => "sqlite",
            Suite::StaleSqlite => "stale",
            Suite::Batches => "batches",
            Suite::Simulation => "simulate",
            Suite::Postgres => "postgres",
            Suite::StalePostgres => "stale_postgres",
            Suite::Buckets => "buckets",
            Suite::Groups => "groups",
            Suite::Places => "souk_sharding",
            Suite::Shards => "shards",
            Suite::SoldOutHold => "souk_stock_signals",
            Suite::StaffTokens => "staff_tokens",
            Suite::Edge | Suite::StaffAccess | Suite::Pool => "use_cases",
            Suite::Balancer => "souk_origin_pool",
            Suite::Backup => "backup",
            Suite::Keys => "keys",
            Suite::SearchParts => "souk_search",
            Suite::Search => "index",
            Suite::Room => "souk_room",
            Suite::Operations => "souk_operations",
            Suite::Peak => "peak",
            Suite::Advice => "souk",
            Suite::Traces => "souk_replay",
            Suite::Replays => "replays",
        }
    }

    /// What cargo builds for it: the task, the package and which of its programs.
    fn built_by(
        self,
    ) -> (
        &'static [&'static str],
        &'static str,
        &'static [&'static str],
    ) {
        const TEST: &[&str] = &["test", "--no-run"];
        match self {
            Suite::Life => (TEST, "souk-domain", &["--test", "life"]),
            Suite::PriorPrices => (TEST, "souk-pricing", &["--lib"]),
            Suite::Sqlite => (TEST, "souk-contract", &["--test", "sqlite"]),
            Suite::StaleSqlite => (TEST, "souk-contract", &["--test", "stale"]),
            Suite::Batches => (TEST, "souk-contract", &["--test", "batches"]),
            Suite::Simulation => (&["build"], "souk-simulation", &["--bin", "simulate"]),
            Suite::Postgres => (TEST, "souk-contract", &["--test", "postgres"]),
            Suite::StalePostgres => (TEST, "souk-contract", &["--test", "stale_postgres"]),
            Suite::Buckets => (TEST, "souk-contract", &["--test", "buckets"]),
            Suite::Groups => (TEST, "souk-contract", &["--test", "groups"]),
            Suite::Places => (TEST, "souk-sharding", &["--lib"]),
            Suite::Shards => (TEST, "souk-contract", &["--test", "shards"]),
            Suite::SoldOutHold => (TEST, "souk-stock-signals", &["--lib"]),
            Suite::StaffTokens => (TEST, "souk-contract", &["--test", "staff_tokens"]),
            Suite::Edge | Suite::StaffAccess | Suite::Pool => {
                (TEST, "souk-storefront", &["--test", "use_cases"])
            }
            Suite::Balancer => (TEST, "souk-origin-pool", &["--lib"]),
            Suite::Backup => (TEST, "souk-contract", &["--test", "backup"]),
            Suite::Keys => (TEST, "souk-contract", &["--test", "keys"]),
            Suite::SearchParts => (TEST, "souk-search", &["--lib"]),
            Suite::Search => (TEST, "souk-search-build", &["--test", "index"]),
            Suite::Room => (TEST, "souk-room", &["--lib"]),
            Suite::Operations => (TEST, "souk-operations", &["--lib"]),
            Suite::Peak => (&["build"], "souk-peak", &["--bin", "peak"]),
            Suite::Advice => (TEST, "souk", &["--bin", "souk"]),
            Suite::Traces => (TEST, "souk-replay", &["--lib"]),
            Suite::Replays => (TEST, "souk-replay", &["--test", "replays"]),
        }
    }

    /// The arguments of its program.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Suite::Simulation => &["--seeds", SEEDS, "--keep"],
            Suite::Peak => &["--seeds", SALES, "--keep"],
            Suite::Edge => &["sold_out_holds::", "order_tokens::", "room::", "releases::"],
            Suite::StaffAccess => &["staff_access::"],
            Suite::Pool => &["pool::"],
            Suite::Advice => &["ladder::", "capacity::", "advise::"],
            Suite::Life
            | Suite::Balancer
            | Suite::PriorPrices
            | Suite::Sqlite
            | Suite::StaleSqlite
            | Suite::Batches
            | Suite::Postgres
            | Suite::StalePostgres
            | Suite::Buckets
            | Suite::Groups
            | Suite::Places
            | Suite::Shards
            | Suite::SoldOutHold
            | Suite::StaffTokens
            | Suite::Backup
            | Suite::Keys
            | Suite::SearchParts
            | Suite::Search
            | Suite::Room
            | Suite::Operations
            | Suite::Traces
            | Suite::Replays => &[],
        }
    }
}

/// The result of a suite.
pub(super) enum Verdict {
    /// It passed.
    Fine,
    /// What found the mutant.
    Found(String),
}

/// Cargo's message for a suite that does not compile.
#[derive(Debug)]
pub(super) struct DoesNotCompile(pub(super) String);

/// Builds a suite, which takes only what it needs, and runs it.
pub(super) fn run(copy: &Copy, suite: Suite) -> Result<Result<Verdict, DoesNotCompile>> {
    let program = match build(copy, suite)? {
        Ok(program) => program,
        Err(words) => return Ok(Err(words)),
    };
    let mut command = Command::new(program);
    command.args(suite.arguments());
    // A suite writes files beside its sources: those of the copy.
    command.current_dir(copy.root());
    let Some((fine, words)) = run_for(&mut command, SUITE_MAX)? else {
        let hangs = format!("not over after {} s", SUITE_MAX.as_secs());
        return Ok(Ok(Verdict::Found(hangs)));
    };
    if fine {
        return Ok(Ok(Verdict::Fine));
    }
    Ok(Ok(Verdict::Found(match suite {
        Suite::Simulation | Suite::Peak => broken_rule(&words),
        Suite::Life
        | Suite::PriorPrices
        | Suite::Sqlite
        | Suite::StaleSqlite
        | Suite::Batches
        | Suite::Postgres
        | Suite::StalePostgres
        | Suite::Buckets
        | Suite::Groups
        | Suite::Places
        | Suite::Shards
        | Suite::SoldOutHold
        | Suite::Edge
        | Suite::StaffTokens
        | Suite::StaffAccess
        | Suite::Backup
        | Suite::Keys
        | Suite::SearchParts
        | Suite::Search
        | Suite::Room
        | Suite::Operations
        | Suite::Advice
        | Suite::Traces
        | Suite::Replays
        | Suite::Balancer
        | Suite::Pool => failed_tests(&words),
    })))
}

fn build(copy: &Copy, suite: Suite) -> Result<Result<PathBuf, DoesNotCompile>> {
    let (task, package, program) = suite.built_by();
    let mut cargo = command("cargo");
    cargo.current_dir(copy.root()).args(task);
    cargo.args(["--package", package]).args(program);
    cargo.args(["--quiet", "--message-format", "json"]);
    cargo.env("CARGO_TARGET_DIR", copy.target());
    // Without debug information they are linked in half the time.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    let output = cargo.output().context("cargo cannot be started")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        return Ok(Err(DoesNotCompile(words)));
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        let program = message["executable"].as_str();
        if let (Some(program), true) = (program, message["target"]["name"] == suite.target()) {
            return Ok(Ok(PathBuf::from(program)));
        }
    }
    bail!("cargo names no program of {}", suite.name())
}

fn broken_rule(words: &str) -> String {
    let rule = words
        .split(BROKEN)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let seed = words
        .split("seed ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    match (rule, seed) {
        (Some(rule), Some(seed)) => format!("{rule} (seed {seed})"),
        _ => "it ended without a word".to_owned(),
    }
}

fn failed_tests(words: &str) -> String {
    let failed: Vec<_> = words
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
        .collect();
    match failed.as_slice() {
        [] => "it ended without a word".to_owned(),
        [one] => (*one).to_owned(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

/// Runs a program, and ends it when it takes too long. Whether it succeeded, and what it wrote.
fn run_for(command: &mut Command, limit: Duration) -> Result<Option<(bool, String)>> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().context("a suite cannot be started")?;
    let Some(mut output) = child.stdout.take() else {
        bail!("a suite has no output");
    };
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut words = Vec::new();
        // Ends when the program does; after the timeout the receiver is gone.
        let _ = output.read_to_end(&mut words);
        let _ = sender.send(words);
    });
    let words = receiver.recv_timeout(limit);
    if words.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    reader
        .join()
        .map_err(|_| anyhow::anyhow!("the reader of a suite's output stopped"))?;
    Ok(words.ok().map(|words| {
        (
            status.success(),
            String::from_utf8_lossy(&words).into_owned(),
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_found_a_mutant_is_named() {
        let words = "test a ... ok\ntest b::c ... FAILED\ntest d ... FAILED\n";
        assert_eq!(failed_tests(words), "b::c and 1 more");
        let words = "seed 7 fails: Some(Failure { rule: \"a hold ends\", found: \"x\" })";
        assert_eq!(broken_rule(words), "a hold ends (seed 7)");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let ended = run_for(Command::new("sleep").arg("60"), Duration::from_millis(20));
        assert!(ended.unwrap().is_none());
        let done = run_for(Command::new("echo").arg("x"), Duration::from_secs(60)).unwrap();
        assert_eq!(done, Some((true, "x\n".to_owned())));
    }
}
