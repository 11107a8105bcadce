//! `cargo xtask build`: the deployable WASM of both platforms.
//!
//! Every `wrangler.toml` and `spin.toml` name this task as their build command, so `wrangler dev`,
//! `wrangler deploy`, `spin build` and the tests all build the same way.
//! Cargo decides what has changed; this module only skips the steps after Cargo.

mod core_module;
mod order;
mod runner;
mod spin;
mod stamp;
mod workers;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::setup::{self, Purpose, Toolchain};
use crate::sizes;

pub(crate) use runner::runner;
pub(crate) use spin::component;
pub(crate) use workers::{BUNDLE, Script};

/// Arguments of `cargo xtask build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Which platform to build for.
    #[arg(long, value_enum, default_value = "all")]
    on: Platforms,
    /// This script of Workers alone, as its `wrangler.toml` asks for.
    #[arg(long, value_enum, conflicts_with = "on")]
    script: Option<Script>,
}

/// One platform, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platforms {
    /// Cloudflare Workers: `index.js` and `index_bg.wasm` of each script, in `build/NAME/`.
    Workers,
    /// Spin: one component per function, in `build/spin/`.
    Spin,
    /// Both.
    All,
}

impl Platforms {
    /// Whether Workers is one of them.
    pub(crate) const fn include_workers(self) -> bool {
        match self {
            Self::Workers | Self::All => true,
            Self::Spin => false,
        }
    }

    /// Whether Spin is one of them.
    pub(crate) const fn include_spin(self) -> bool {
        match self {
            Self::Spin | Self::All => true,
            Self::Workers => false,
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// Those of [`build`], and when something is too large to be deployed.
pub(crate) fn run(args: &BuildArgs) -> Result<()> {
    if let Some(script) = args.script {
        let toolchain = setup::ensure(Purpose::Dev)?;
        workers::build(&toolchain, &[script])?;
        if toolchain.is_quick() {
            return Ok(());
        }
        return sizes::check_script(toolchain.root(), script);
    }
    let toolchain = build(args.on)?;
    if toolchain.is_quick() {
        // Budgets are for what is deployed.
        return Ok(());
    }
    sizes::check(toolchain.root(), args.on)
}

/// Sets up what the build needs, then builds what has changed; with which tools.
///
/// # Errors
/// When a tool cannot be brought, or the code does not compile.
pub(crate) fn build(on: Platforms) -> Result<Toolchain> {
    let purpose = match on {
        Platforms::Workers | Platforms::All => Purpose::Dev,
        Platforms::Spin if setup::is_quick() => Purpose::QuickSpin,
        Platforms::Spin => Purpose::BuildSpin,
    };
    let toolchain = setup::ensure(purpose)?;
    build_with(&toolchain, on)?;
    Ok(toolchain)
}

/// Builds what has changed with these tools.
///
/// # Errors
/// When the code does not compile.
pub(crate) fn build_with(toolchain: &Toolchain, on: Platforms) -> Result<()> {
    if on.include_workers() {
        workers::build(toolchain, &Script::ALL)?;
    }
    if on.include_spin() {
        spin::build(toolchain)?;
    }
    Ok(())
}
