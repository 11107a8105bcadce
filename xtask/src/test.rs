//! `cargo xtask test`: every check there is, cheapest first.
//!
//! A step that fails ends the run: what comes after it would only repeat the news. What a step
//! prints goes to the terminal as it comes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::advisories::{self, Checked};
use crate::build::{self, Platforms};
use crate::setup::{self, Purpose, Toolchain};
use crate::{paths, process, sizes};

/// Arguments of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct TestArgs {
    /// Leaves out what needs a runtime, a database server or a browser.
    #[arg(long)]
    fast: bool,
}

/// Packages of the workspace that compile for WASM only.
const OF_WASM: [&str; 12] = [
    "bench-floor-spin",
    "bench-floor-workers",
    "souk-spin-backoffice",
    "souk-spin-origin",
    "souk-spin-payments",
    "souk-spin-platform",
    "souk-spin-storefront",
    "souk-workers-backoffice",
    "souk-workers-origin",
    "souk-workers-payments",
    "souk-workers-platform",
    "souk-workers-storefront",
];
/// Suites that start servers.
const OF_RUNTIMES: [&str; 3] = ["souk-contract", "souk-e2e", "spin-runner"];

/// End-to-end suites that spend their time on deadlines and alarms of the shop: three of their tests
/// at a time leave the machine as busy as one of the others.
const WAITING: [&str; 2] = ["desk", "payments"];

/// Runs the checks.
///
/// # Errors
/// When one fails, naming it.
pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let started = Instant::now();
    let root = paths::repo_root()?;
    let steps = Steps { root: root.clone() };
    steps.cargo("Formatting", &["fmt", "--all", "--check"])?;
    let mut lint = vec!["clippy", "--workspace", "--all-targets"];
    lint.extend(without(&OF_WASM));
    if args.fast {
        lint.extend(without(&OF_RUNTIMES));
    }
    lint.extend(["--", "-D", "warnings"]);
    steps.cargo("Lints", &lint)?;
    let mut unit = vec!["test", "--workspace"];
    unit.extend(without(&OF_WASM));
    unit.extend(without(&OF_RUNTIMES));
    steps.cargo("Unit and use-case tests", &unit)?;
    if args.fast {
        println!(
            "\nfast checks passed, after {:.0} s",
            started.elapsed().as_secs_f32()
        );
        return Ok(());
    }
    let toolchain = setup::ensure(Purpose::Test)?;
    let advisories = steps.dependencies()?;
    lint_wasm(&steps, &toolchain)?;
    build::build(Platforms::All)?;
    sizes::check(&root, Platforms::All)?;
    steps.deploy_dry_run()?;
    steps.cargo(
        "Tests of the Spin runner",
        &["test", "--package", "spin-runner", "--profile", "tool"],
    )?;
    steps.cargo(
        "Order store contract on every engine",
        &["test", "--package", "souk-contract"],
    )?;
    steps.end_to_end(&toolchain)?;
    println!(
        "\nall checks passed, after {:.0} s; {}",
        started.elapsed().as_secs_f32(),
        advisories.sentence()
    );
    Ok(())
}

fn without(packages: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    packages.iter().flat_map(|package| ["--exclude", package])
}

/// The functions are linted for the target that they are built for.
fn lint_wasm(steps: &Steps, toolchain: &Toolchain) -> Result<()> {
    for (target, packages) in [
        (
            "wasm32-unknown-unknown",
            &[
                "bench-floor-workers",
                "souk-workers-backoffice",
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
}

impl Steps {
    fn cargo(&self, title: &str, args: &[&str]) -> Result<()> {
        self.run(title, process::command("cargo").args(args))
    }

    fn run(&self, title: &str, command: &mut Command) -> Result<()> {
        println!("\n== {title}");
        let started = Instant::now();
        let status = command
            .current_dir(&self.root)
            .status()
            .with_context(|| format!("{title}: the tool cannot be started"))?;
        if !status.success() {
            bail!("{title} failed");
        }
        println!(
            "== {title}: passed after {:.0} s",
            started.elapsed().as_secs_f32()
        );
        Ok(())
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

    fn end_to_end(&self, toolchain: &Toolchain) -> Result<()> {
        let mut waiting = end_to_end(toolchain)?;
        waiting.args(WAITING.iter().flat_map(|suite| ["--test", suite]));
        waiting.args(["--", "--test-threads=3"]);
        self.run("End to end: what waits for the shop", &mut waiting)?;
        let mut others = end_to_end(toolchain)?;
        others.arg("--lib");
        for suite in suites(&self.root)? {
            if !WAITING.contains(&suite.as_str()) {
                others.args(["--test", &suite]);
            }
        }
        others.args(["--", "--test-threads=1"]);
        self.run(
            "End to end on workerd, Spin and PostgreSQL, and in a browser",
            &mut others,
        )
    }
}

/// The suites of `tests/e2e`, by name: a file or a folder for each.
fn suites(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("tests/e2e/tests");
    let entries = fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_suite = path.join("main.rs").is_file() || path.extension() == Some("rs".as_ref());
        if let (true, Some(name)) = (is_suite, path.file_stem()) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// `cargo test` of the end-to-end suite, with everything that it starts named in its environment.
///
/// # Errors
/// When a tool is missing or does not build.
pub(crate) fn end_to_end(toolchain: &Toolchain) -> Result<Command> {
    let runner = build::runner(toolchain)?;
    let mut command = process::command("cargo");
    command
        .args(["test", "--package", "souk-e2e"])
        .env("SOUK_WRANGLER", toolchain.node_program("wrangler"))
        .env("SOUK_NODE_MODULES", toolchain.root().join("node_modules"))
        .env("SOUK_SPIN_RUNNER", runner)
        .env(
            "SOUK_XTASK",
            std::env::current_exe().context("find this program")?,
        )
        .env("SOUK_CHROMIUM", setup::chromium()?)
        .env("SOUK_LIGHTHOUSE_MODULES", setup::lighthouse_modules()?)
        .env("SOUK_SCHEMATHESIS", setup::schemathesis()?)
        .env("SOUK_STRIPE_PYTHON", setup::stripe()?)
        .env("SOUK_POSTGRES_BIN", setup::postgres_bin_dir()?);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_is_found() {
        let suites = suites(&paths::repo_root().unwrap()).unwrap();
        for suite in WAITING.into_iter().chain(["crashes", "shards"]) {
            assert!(suites.iter().any(|name| name == suite), "{suite}");
        }
    }
}
