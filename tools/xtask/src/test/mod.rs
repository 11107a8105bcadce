//! `cargo xtask test`: every check there is, cheapest first.
//!
//! A step that fails ends the run: later steps would only report the same failure. The output of a
//! step goes to the terminal at once; a table at the end shows how long each took.

mod pool;
mod programs;
mod timings;

use std::cell::RefCell;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::advisories::{self, Checked};
use crate::alerts;
use crate::build::{self, Platforms};
use crate::setup::{self, Purpose, Toolchain};
use crate::{
    load_judge, paths, plan_reference, pricing_reference, process, search_reference, sizes,
};
use programs::{Programs, TestProgram};
use timings::Timings;

/// Arguments of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct TestArgs {
    /// Leaves out what needs a runtime, a database server or a browser.
    #[arg(long)]
    fast: bool,
}

/// Packages of the workspace that compile for WASM only.
const OF_WASM: [&str; 16] = [
    "bench-floor-spin",
    "bench-floor-workers",
    "souk-spin-backoffice",
    "souk-spin-mail",
    "souk-spin-operations",
    "souk-spin-origin",
    "souk-spin-payments",
    "souk-spin-platform",
    "souk-spin-storefront",
    "souk-workers-backoffice",
    "souk-workers-mail",
    "souk-workers-operations",
    "souk-workers-origin",
    "souk-workers-payments",
    "souk-workers-platform",
    "souk-workers-storefront",
];
/// Packages whose tests start servers.
const OF_RUNTIMES: [&str; 3] = ["souk-contract", "souk-e2e", SPIN_RUNNER];
const SPIN_RUNNER: &str = "spin-runner";

/// Folder of the contracts on every engine.
const CONTRACT: &str = "tests/contract";
/// Folder of the tests of whole shops.
const END_TO_END: &str = "tests/e2e";

/// When the run began, in seconds since 1970, if `.ci/run` sets it: then the table has a line for
/// the compilation of this program.
const BEGAN: &str = "SOUK_CHECKS_BEGAN";

/// End-to-end suites that load the machine in the same way, and how many of their tests run at a time.
struct Group {
    title: &'static str,
    /// Test programs at the same time, and tests of each.
    at_a_time: (usize, usize),
    suites: &'static [&'static str],
}

/// The test of the room with a crowd, which `cargo xtask load sale` runs with a larger one.
pub(crate) const CROWD: &str = "a_crowd_is_served_fairly_and_bots_get_nothing";

/// The end-to-end suites, the longest of each group first, so that none runs alone at the end. What is
/// not named here has the machine to itself, one test after the other ([`ALONE`]).
const GROUPS: [Group; 3] = [
    // Tests that wait for the opening of a sale nearly all the time: all of them wait together.
    Group {
        title: "End to end: what waits for an opening",
        at_a_time: (2, 12),
        suites: &["room", "sales"],
    },
    // Tests that mostly wait for deadlines and alarms of the shop: four load the machine as much as one
    // of the others. Those in which something has to be quick, such as a crowd within the five seconds of
    // a sold-out hold, are none of them.
    Group {
        title: "End to end: what waits for the shop",
        at_a_time: (2, 4),
        suites: &["payments", "recovery", "back_office", "mail", "faults"],
    },
    // Two of these use both cores: what they check does not depend on how quick the shop is.
    Group {
        title: "End to end on workerd, Spin and PostgreSQL, and in a browser",
        at_a_time: (2, 1),
        suites: &[
            "browser",
            "publishing",
            "switches",
            "pool",
            "releases",
            "plan",
            "drills",
            "searches",
            "stock",
            "shards",
            "terms",
            "reading",
            "folders",
            "prices",
            "tiers",
            "contract",
            "checkout",
            "staff_access",
            "wrong_settings",
            "privacy",
            "repairs",
            "changes",
            "stripe",
        ],
    },
];

/// The group of all other end-to-end suites.
const ALONE: &str = "End to end: what has to be quick";

/// Runs the checks.
///
/// # Errors
/// When one fails, naming it.
pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let started = Instant::now();
    let steps = Steps::new(paths::repo_root()?);
    if let Some(compiled) = since_beginning() {
        steps
            .timings
            .borrow_mut()
            .add("Compiling cargo xtask", compiled);
    }
    let outcome = match args.fast {
        true => fast_checks(&steps).map(|()| String::from("fast checks passed")),
        false => all_checks(&steps)
            .map(|advisories| format!("all checks passed; {}", advisories.sentence())),
    };
    println!("\n{}", steps.timings.borrow().table());
    println!(
        "{}, after {:.0} s",
        outcome?,
        started.elapsed().as_secs_f32()
    );
    Ok(())
}

fn fast_checks(steps: &Steps) -> Result<()> {
    steps.cargo("Formatting", &["fmt", "--all", "--check"])?;
    let programs = steps.compile(&OF_RUNTIMES)?;
    steps.unit_tests(&programs)
}

fn all_checks(steps: &Steps) -> Result<Checked> {
    steps.cargo("Formatting", &["fmt", "--all", "--check"])?;
    let programs = steps.compile(&[])?;
    steps.unit_tests(&programs)?;
    let toolchain = steps.time("Set-up", || setup::ensure(Purpose::Test))?;
    let advisories = steps.dependencies()?;
    steps.time("Rules for alerts", || alerts::check(&steps.root))?;
    steps.search_reference(&programs)?;
    steps.pricing_reference(&programs)?;
    steps.plan_reference(&programs)?;
    steps.load_judge(&programs)?;
    lint_wasm(steps, &toolchain)?;
    steps.time("Building the functions", || build_functions(&toolchain))?;
    sizes::check(&steps.root, Platforms::All)?;
    steps.deploy_dry_run()?;
    steps.machine_code(&programs)?;
    let contract = programs.select(|test| test.folder == Path::new(CONTRACT))?;
    steps.tests("Contracts on every engine", &contract, 2, |_| {})?;
    steps.end_to_end(&programs, &toolchain)?;
    Ok(advisories)
}

/// Builds for Workers and for Spin at the same time: most of the time of a function goes into its
/// link, which one core does alone, and Cargo locks the folder of each profile and target for itself.
fn build_functions(toolchain: &Toolchain) -> Result<()> {
    thread::scope(|scope| {
        let spin = scope.spawn(|| build::build_with(toolchain, Platforms::Spin));
        let workers = build::build_with(toolchain, Platforms::Workers);
        let spin = spin.join();
        workers.and(spin.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// How long ago the run began, if the environment says so.
fn since_beginning() -> Option<Duration> {
    let began: u64 = env::var(BEGAN).ok()?.parse().ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    now.checked_sub(Duration::from_secs(began))
}

/// The functions are linted for the target that they are built for.
fn lint_wasm(steps: &Steps, toolchain: &Toolchain) -> Result<()> {
    for (target, packages) in [
        (
            "wasm32-unknown-unknown",
            &[
                "bench-floor-workers",
                "souk-workers-backoffice",
                "souk-workers-mail",
                "souk-workers-operations",
                "souk-workers-origin",
                "souk-workers-payments",
                "souk-workers-platform",
                "souk-workers-storefront",
            ][..],
        ),
        (
            "wasm32-wasip2",
            &[
                "bench-floor-spin",
                "souk-spin-backoffice",
                "souk-spin-mail",
                "souk-spin-operations",
                "souk-spin-origin",
                "souk-spin-payments",
                "souk-spin-platform",
                "souk-spin-storefront",
            ],
        ),
    ] {
        let mut command = toolchain.lint_wasm(target, packages);
        steps.run(&format!("Lints for {target}"), &mut command)?;
    }
    Ok(())
}

struct Steps {
    root: PathBuf,
    timings: RefCell<Timings>,
}

impl Steps {
    fn new(root: PathBuf) -> Self {
        Self {
            root,
            timings: RefCell::default(),
        }
    }

    /// Runs one step and notes how long it took, also when it fails.
    fn time<T>(&self, title: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {title}");
        let started = Instant::now();
        let outcome = step();
        let took = started.elapsed();
        self.timings.borrow_mut().add(title, took);
        if outcome.is_ok() {
            println!("== {title}: passed after {:.0} s", took.as_secs_f32());
        }
        outcome
    }

    fn cargo(&self, title: &str, args: &[&str]) -> Result<()> {
        self.run(title, process::command("cargo").args(args))
    }

    fn run(&self, title: &str, command: &mut Command) -> Result<()> {
        self.time(title, || {
            let status = command
                .current_dir(&self.root)
                .status()
                .with_context(|| format!("{title}: the tool cannot be started"))?;
            if !status.success() {
                bail!("{title} failed");
            }
            Ok(())
        })
    }

    /// Compiles and lints the tests of all packages of this machine but those `excluded`.
    fn compile(&self, excluded: &[&str]) -> Result<Programs> {
        let excluded = [&OF_WASM, excluded].concat();
        self.time("Compiling and linting the tests", || {
            Programs::compile(&self.root, &excluded)
        })
    }

    /// The tests that start no server.
    fn unit_tests(&self, programs: &Programs) -> Result<()> {
        let servers = [CONTRACT, END_TO_END].map(Path::new);
        let tests = programs.select(|test| !servers.contains(&test.folder.as_path()))?;
        self.tests("Unit and use-case tests", &tests, 2, |_| {})
    }

    /// Runs test programs, `at_a_time` of them at the same time; `prepare` adds arguments and variables.
    fn tests(
        &self,
        title: &str,
        tests: &[&TestProgram],
        at_a_time: usize,
        prepare: impl Fn(&mut Command) + Sync,
    ) -> Result<()> {
        self.time(title, || {
            pool::run(&self.root, tests, at_a_time, &prepare)
                .with_context(|| format!("{title} failed"))
        })
    }

    /// The search beside the scorer that shares no code with it.
    fn search_reference(&self, programs: &Programs) -> Result<()> {
        let (program, python) = (programs.binary("souk-relevance")?, setup::judges()?);
        self.time("The search beside its reference scorer", || {
            search_reference::check(&self.root, program, &python, &search_reference::IN_CHECKS)
        })
    }

    /// The prices of carts beside the program that shares no code with the engine.
    fn pricing_reference(&self, programs: &Programs) -> Result<()> {
        let (souk, python) = (programs.binary("souk")?, setup::python()?);
        self.time("The prices beside their reference", || {
            pricing_reference::check(&self.root, souk, &python, &pricing_reference::IN_CHECKS)
        })
    }

    /// When steps of a plan fire and clear, beside Prometheus.
    fn plan_reference(&self, programs: &Programs) -> Result<()> {
        let (souk, python) = (programs.binary("souk")?, setup::python()?);
        self.time("The plan beside Prometheus", || {
            plan_reference::check(&self.root, souk, &python, &plan_reference::IN_CHECKS)
        })
    }

    /// The load generator beside what can be computed, and HdrHistogram for Python.
    fn load_judge(&self, programs: &Programs) -> Result<()> {
        let (program, python) = (programs.binary("souk-load")?, setup::hdrhistogram()?);
        self.time("The load generator beside its judge", || {
            load_judge::check(&self.root, program, &python, load_judge::IN_CHECKS)
        })
    }

    /// Licences, sources and advisories of the dependencies.
    fn dependencies(&self) -> Result<Checked> {
        let program = setup::cargo_deny()?;
        let mut rest = process::command(&program);
        rest.args([
            "--log-level",
            "error",
            "check",
            "licenses",
            "bans",
            "sources",
        ]);
        self.run("Licences and sources of the dependencies", &mut rest)?;
        advisories::check(&self.root, &program)
    }

    /// The bundles that `npm run deploy` would upload, without a network.
    fn deploy_dry_run(&self) -> Result<()> {
        let mut command = process::command("npm");
        command
            .args(["run", "--silent", "deploy", "--", "--dry-run"])
            .env("WRANGLER_SEND_METRICS", "false");
        self.run("npm run deploy -- --dry-run", &mut command)
    }

    /// Before the first shop on Spin starts: several of them at once would wait for the compiler.
    fn machine_code(&self, programs: &Programs) -> Result<()> {
        let mut command = process::command(programs.binary(SPIN_RUNNER)?);
        command.args(["compile", "--from", "spin.toml"]);
        self.run(
            "Compiling the functions of Spin to machine code",
            &mut command,
        )
    }

    fn end_to_end(&self, programs: &Programs, toolchain: &Toolchain) -> Result<()> {
        let (souk, runner) = (programs.binary("souk")?, programs.binary(SPIN_RUNNER)?);
        let mut cargo = end_to_end(toolchain, souk, runner)?;
        cargo.env("SOUK_LOAD", programs.binary("souk-load")?);
        let prepare = |tests_at_a_time: usize| {
            let cargo = &cargo;
            move |command: &mut Command| {
                command.arg(format!("--test-threads={tests_at_a_time}"));
                for (name, value) in cargo.get_envs() {
                    match value {
                        Some(value) => command.env(name, value),
                        None => command.env_remove(name),
                    };
                }
            }
        };
        for group in &GROUPS {
            let mut tests = Vec::with_capacity(group.suites.len());
            for suite in group.suites {
                let is_it = |test: &TestProgram| is_end_to_end(test) && test.name == *suite;
                tests.extend(programs.select(is_it)?);
            }
            let (programs, threads) = group.at_a_time;
            self.tests(group.title, &tests, programs, prepare(threads))?;
        }
        let named = GROUPS.iter().flat_map(|group| group.suites);
        let is_alone = |test: &TestProgram| {
            is_end_to_end(test) && !named.clone().any(|suite| *suite == test.name)
        };
        let alone = programs.select(is_alone)?;
        self.tests(ALONE, &alone, 1, prepare(1))
    }
}

fn is_end_to_end(test: &TestProgram) -> bool {
    test.folder == Path::new(END_TO_END)
}

/// `cargo test` of the end-to-end suite, with everything that it starts named in its environment:
/// `souk` is the program of that name, `spin_runner` what serves the functions of Spin.
///
/// # Errors
/// When a tool is missing or does not build.
pub(crate) fn end_to_end(
    toolchain: &Toolchain,
    souk: &Path,
    spin_runner: &Path,
) -> Result<Command> {
    let mut command = process::command("cargo");
    command
        .args(["test", "--locked", "--package", "souk-e2e"])
        .env("SOUK_WRANGLER", toolchain.node_program("wrangler"))
        .env("SOUK_NODE_MODULES", toolchain.root().join("node_modules"))
        .env("SOUK_SPIN_RUNNER", spin_runner)
        .env("SOUK_CLI", souk)
        .env("SOUK_CHROMIUM", setup::chromium()?)
        .env("SOUK_LIGHTHOUSE_MODULES", setup::lighthouse_modules()?)
        .env("SOUK_SCHEMATHESIS", setup::schemathesis()?)
        .env("SOUK_STRIPE_PYTHON", setup::stripe()?)
        .env("SOUK_WEBHOOKS_PYTHON", setup::webhooks()?)
        .env("SOUK_CHAOS_PYTHON", setup::chaos()?)
        .env("SOUK_POSTGRES_BIN", setup::postgres_bin_dir()?);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_step_is_timed_also_when_it_fails() {
        let steps = Steps::new(PathBuf::from("/"));
        assert!(
            steps
                .cargo("No such command", &["no-such-command"])
                .is_err()
        );
        assert!(
            steps
                .time("Other", || Ok(7))
                .is_ok_and(|answer| answer == 7)
        );
        let table = steps.timings.borrow().table();
        assert!(
            table.contains("No such command") && table.contains("Other"),
            "{table}"
        );
    }

    #[test]
    fn every_suite_that_is_named_is_a_suite_and_in_one_group() {
        let folder = paths::repo_root().unwrap().join(END_TO_END).join("tests");
        let mut seen = BTreeSet::new();
        for suite in GROUPS.iter().flat_map(|group| group.suites) {
            let file = folder.join(format!("{suite}.rs"));
            assert!(
                file.is_file() || folder.join(suite).join("main.rs").is_file(),
                "{suite}"
            );
            assert!(seen.insert(suite), "{suite} is named twice");
        }
    }
}
