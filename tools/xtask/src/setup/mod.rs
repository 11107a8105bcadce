//! `cargo xtask setup`: installs what this repository needs on a developer's machine.
//!
//! One module per tool. Each has two functions: whether the tool is there (files only, no network,
//! a few milliseconds), and its installation. [`ensure`] calls the first for each tool that a task
//! needs, and takes the machine-wide lock only when something is missing.
//!
//! Architecture Invariant: set-up is idempotent and may be interrupted anywhere; see `lock`.

mod apt;
mod cargo_tools;
mod chaos;
mod hdrhistogram;
mod judges;
mod lighthouse;
mod lock;
mod npm;
mod offline;
mod peers;
mod promtool;
mod python;
mod rust_wasm;
mod schemathesis;
mod stripe;
mod toolchain;
mod versions;
mod webhooks;
mod worker_build;

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

pub(crate) use peers::Peers;
pub(crate) use toolchain::{Toolchain, is_quick};

use self::{lock::SetupLock, rust_wasm::WasmRust};
use crate::paths;

/// Arguments of `cargo xtask setup`.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// What the tools are for.
    #[arg(long = "for", value_enum, default_value = "dev")]
    purpose: Purpose,
}

/// What a task needs tools for; each names what must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// Building the Spin components quickly: Rust for WASM only.
    #[value(skip)]
    QuickSpin,
    /// Building the Spin components: also the size optimiser.
    #[value(skip)]
    BuildSpin,
    /// Building and running everything locally.
    Dev,
    /// The whole test suite: also PostgreSQL and a browser.
    Test,
}

impl Purpose {
    const fn needs_workers_tools(self) -> bool {
        match self {
            Self::QuickSpin | Self::BuildSpin => false,
            Self::Dev | Self::Test => true,
        }
    }

    const fn needs_node_programs(self) -> bool {
        match self {
            Self::QuickSpin => false,
            Self::BuildSpin | Self::Dev | Self::Test => true,
        }
    }

    const fn needs_test_services(self) -> bool {
        match self {
            Self::QuickSpin | Self::BuildSpin | Self::Dev => false,
            Self::Test => true,
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When a tool is missing and cannot be brought; one sentence says what to do.
pub(crate) fn run(args: &SetupArgs) -> Result<()> {
    let started = Instant::now();
    let toolchain = ensure(args.purpose)?;
    println!("Rust for WASM: {}", toolchain.rust_name());
    println!("wrangler: {}", toolchain.node_program("wrangler").display());
    if args.purpose.needs_test_services() {
        println!("PostgreSQL: {}", postgres_bin_dir()?.display());
        println!("Browser: {}", chromium()?.display());
    }
    println!("Ready, after {:.1} s.", started.elapsed().as_secs_f32());
    Ok(())
}

/// Installs what `purpose` needs and this machine lacks.
///
/// # Errors
/// When a tool is missing and cannot be brought; one sentence says what to do.
pub(crate) fn ensure(purpose: Purpose) -> Result<Toolchain> {
    let machine = Machine {
        cache: paths::cache_dir()?,
        root: paths::repo_root()?,
    };
    if let Some(toolchain) = machine.find(purpose) {
        return Ok(toolchain);
    }
    let lock = SetupLock::acquire(&machine.cache)?;
    machine.install(purpose, &lock)?;
    machine
        .find(purpose)
        .context("run this again, a tool disappeared while it was set up")
}

/// The directory with PostgreSQL's programs, for tests that start a server of their own.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn postgres_bin_dir() -> Result<PathBuf> {
    apt::postgres_bin_dir().context("run `cargo xtask setup --for test`, PostgreSQL is missing")
}

/// The browser for tests.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn chromium() -> Result<PathBuf> {
    apt::chromium().context("run `cargo xtask setup --for test`, Chromium is missing")
}

/// The program that checks the dependencies.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    cargo_tools::find(&cargo_tools::DENY, &paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, cargo-deny is missing")
}

/// The program `cargo-mutants`, which is installed first where it is missing.
///
/// # Errors
/// When it does not compile; the message carries the end of the log.
pub(crate) fn cargo_mutants() -> Result<PathBuf> {
    let cache = paths::cache_dir()?;
    if let Some(program) = cargo_tools::find(&cargo_tools::MUTANTS, &cache) {
        return Ok(program);
    }
    println!("compiling cargo-mutants, once: a few minutes");
    let lock = SetupLock::acquire(&cache)?;
    cargo_tools::install(&cargo_tools::MUTANTS, &cache, &lock)?;
    cargo_tools::find(&cargo_tools::MUTANTS, &cache).context("cargo-mutants was not installed")
}

/// The program that evaluates rules for alerts, downloaded when it is not there.
///
/// # Errors
/// When there is none and none can be downloaded.
pub(crate) fn promtool() -> Result<PathBuf> {
    promtool::ensure()
}

/// The program that tests the API; started by the Python beside it.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn schemathesis() -> Result<PathBuf> {
    schemathesis::find(&paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, Schemathesis is missing")
}

/// A Python with an independent server of Stripe's API and Stripe's own client.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn stripe() -> Result<PathBuf> {
    stripe::find(&paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, localstripe is missing")
}

/// The Python that finds the Chaos Toolkit.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn chaos() -> Result<PathBuf> {
    chaos::find(&paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, the Chaos Toolkit is missing")
}

/// A Python with the verifier of Standard Webhooks.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn webhooks() -> Result<PathBuf> {
    webhooks::find(&paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, the verifier of webhooks is missing")
}

/// A Python of the machine, 3.11 or newer.
///
/// # Errors
/// When there is none.
pub(crate) fn python() -> Result<PathBuf> {
    python::machine_python()
}

/// A Python with the judges of the search, which are installed first where they are missing.
///
/// # Errors
/// When no Python can make environments, or a package cannot be downloaded.
pub(crate) fn judges() -> Result<PathBuf> {
    let cache = paths::cache_dir()?;
    if let Some(python) = judges::find(&cache) {
        return Ok(python);
    }
    let lock = SetupLock::acquire(&cache)?;
    judges::install(&cache, &lock)?;
    judges::find(&cache).context("the judges of the search were not installed")
}

/// A Python with the judge of the load generator, which is installed first where it is missing.
///
/// # Errors
/// When no Python can make environments, or the package cannot be downloaded.
pub(crate) fn hdrhistogram() -> Result<PathBuf> {
    let cache = paths::cache_dir()?;
    if let Some(python) = hdrhistogram::find(&cache) {
        return Ok(python);
    }
    let lock = SetupLock::acquire(&cache)?;
    hdrhistogram::install(&cache, &lock)?;
    hdrhistogram::find(&cache).context("the judge of the load generator was not installed")
}

/// Other search engines, which are installed first where they are missing.
///
/// # Errors
/// When Python or Node.js is missing or too old, or a package cannot be downloaded.
pub(crate) fn search_peers() -> Result<Peers> {
    let cache = paths::cache_dir()?;
    if let Some(peers) = peers::find(&cache) {
        return Ok(peers);
    }
    let lock = SetupLock::acquire(&cache)?;
    peers::install(&cache, &lock)?;
    peers::find(&cache).context("the other search engines were not installed")
}

/// The directory of Lighthouse's npm packages.
///
/// # Errors
/// When there is none; the message says what to run.
pub(crate) fn lighthouse_modules() -> Result<PathBuf> {
    lighthouse::find(&paths::cache_dir()?)
        .context("run `cargo xtask setup --for test`, Lighthouse is missing")
}

/// Where this set-up looks and installs.
struct Machine {
    cache: PathBuf,
    root: PathBuf,
}

impl Machine {
    /// The toolchain, when nothing that `purpose` needs is missing.
    fn find(&self, purpose: Purpose) -> Option<Toolchain> {
        let rust = match rust_wasm::find(&self.cache)? {
            WasmRust::OfDeveloper => None,
            WasmRust::FromDebian(directory) => Some(directory),
        };
        let worker_tools = worker_build::find(&self.cache);
        let has_test_services = || {
            apt::postgres_bin_dir().is_some()
                && apt::chromium().is_some()
                && cargo_tools::find(&cargo_tools::DENY, &self.cache).is_some()
                && schemathesis::find(&self.cache).is_some()
                && stripe::find(&self.cache).is_some()
                && webhooks::find(&self.cache).is_some()
                && chaos::find(&self.cache).is_some()
                && judges::find(&self.cache).is_some()
                && hdrhistogram::find(&self.cache).is_some()
                && lighthouse::find(&self.cache).is_some()
        };
        if purpose.needs_workers_tools() && worker_tools.is_none()
            || purpose.needs_node_programs() && !npm::is_ready(&self.root)
            || purpose.needs_test_services() && !has_test_services()
        {
            return None;
        }
        Some(Toolchain {
            root: self.root.clone(),
            commit: toolchain::commit(&self.root),
            is_quick: toolchain::is_quick(),
            rust,
            worker_tools: worker_tools.unwrap_or_else(|| self.cache.clone()),
        })
    }

    fn install(&self, purpose: Purpose, lock: &SetupLock) -> Result<()> {
        if rust_wasm::find(&self.cache).is_none() {
            rust_wasm::install(&self.cache, lock)?;
        }
        if purpose.needs_node_programs() && !npm::is_ready(&self.root) {
            npm::install(&self.root)?;
        }
        if purpose.needs_workers_tools() && worker_build::find(&self.cache).is_none() {
            worker_build::install(&self.cache, lock)?;
        }
        if purpose.needs_test_services() {
            if apt::postgres_bin_dir().is_none() {
                apt::ensure_packages(&["postgresql"], "the tests of the transactional origin")?;
            }
            if apt::chromium().is_none() {
                apt::ensure_packages(&["chromium"], "the tests in a browser")?;
            }
            if cargo_tools::find(&cargo_tools::DENY, &self.cache).is_none() {
                cargo_tools::install(&cargo_tools::DENY, &self.cache, lock)?;
            }
            if schemathesis::find(&self.cache).is_none() {
                schemathesis::install(&self.cache, lock)?;
            }
            if stripe::find(&self.cache).is_none() {
                stripe::install(&self.cache, lock)?;
            }
            if chaos::find(&self.cache).is_none() {
                chaos::install(&self.cache, lock)?;
            }
            if webhooks::find(&self.cache).is_none() {
                webhooks::install(&self.cache, lock)?;
            }
            if judges::find(&self.cache).is_none() {
                judges::install(&self.cache, lock)?;
            }
            if hdrhistogram::find(&self.cache).is_none() {
                hdrhistogram::install(&self.cache, lock)?;
            }
            if lighthouse::find(&self.cache).is_none() {
                lighthouse::install(&self.cache, lock)?;
            }
        }
        Ok(())
    }
}
