//! `cargo xtask sizes`: budgets of what is deployed, and what it consists of.

mod by_crate;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::{Compression, write::GzEncoder};

use crate::build::{BUNDLE, Platforms, Script, component};
use crate::paths;
use crate::setup::{self, Purpose};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Each Spin component, uncompressed.
const COMPONENT_BYTES_GOAL: usize = 2 * MIB;
/// What the storefront may have while it misses the goal; more fails. The last 100 are for the peak,
/// which may have as many on Workers.
const STOREFRONT_BYTES_MAX: usize = COMPONENT_BYTES_GOAL + 450 * KIB + 100 * KIB;

/// Arguments of `cargo xtask sizes`.
#[derive(Debug, Args)]
pub(crate) struct SizesArgs {
    /// Builds the scripts of Workers with the names of their functions, and says how much of the code
    /// each crate is.
    #[arg(long)]
    by_crate: bool,
    /// This script alone.
    #[arg(long, value_enum)]
    script: Option<Script>,
}

/// A Workers script: its WASM and its glue, gzipped, as Cloudflare counts it. The smallest plan takes
/// 3 MB; the smaller a script is, the sooner a new isolate answers.
const fn gzip_bytes_max(script: Script) -> usize {
    match script {
        // 120 of them for the search, 120 for prices and the checkout, and 100 for the peak.
        Script::Storefront => 940 * KIB,
        Script::Origin => 600 * KIB,
        Script::Backoffice => 500 * KIB,
        Script::Payments => 350 * KIB,
        Script::Mail | Script::Operations => 300 * KIB,
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When something is larger than its budget, or was not built.
pub(crate) fn run(args: &SizesArgs) -> Result<()> {
    let root = paths::repo_root()?;
    let one = args.script.map(|script| [script]);
    let scripts = one.as_ref().map_or(&Script::ALL[..], |one| &one[..]);
    if args.by_crate {
        let toolchain = setup::ensure(Purpose::Dev)?;
        for &script in scripts {
            by_crate::report(&toolchain, script)?;
        }
        return Ok(());
    }
    match args.script {
        Some(script) => check_script(&root, script),
        None => check(&root, Platforms::All),
    }
}

/// Measures what was built.
///
/// # Errors
/// When something is larger than its budget, or was not built.
pub(crate) fn check(root: &Path, on: Platforms) -> Result<()> {
    println!("\n== Sizes");
    if on.include_workers() {
        for script in Script::ALL {
            check_script(root, script)?;
        }
    }
    if on.include_spin() {
        for script in Script::ALL {
            let name = format!("Spin component {}", script.name());
            let bytes = read(root, component(script))?.len();
            if bytes > COMPONENT_BYTES_GOAL {
                let over = (bytes - COMPONENT_BYTES_GOAL).div_ceil(KIB);
                println!("{name}: {over} KiB over its goal");
            }
            let most = match script {
                Script::Storefront => STOREFRONT_BYTES_MAX,
                Script::Origin
                | Script::Backoffice
                | Script::Payments
                | Script::Mail
                | Script::Operations => COMPONENT_BYTES_GOAL,
            };
            within(&name, bytes, most)?;
        }
    }
    Ok(())
}

/// Measures one script of Workers.
///
/// # Errors
/// When it is larger than its budget, or was not built.
pub(crate) fn check_script(root: &Path, script: Script) -> Result<()> {
    let mut bytes = 0;
    for file in BUNDLE {
        bytes += gzip_bytes(&read(root, script.bundle().join(file))?)?;
    }
    let what = format!("Workers script {}, gzipped", script.name());
    within(&what, bytes, gzip_bytes_max(script))
}

fn read(root: &Path, file: impl AsRef<Path>) -> Result<Vec<u8>> {
    let file = file.as_ref();
    fs::read(root.join(file))
        .with_context(|| format!("{} is missing: cargo xtask build", file.display()))
}

fn within(what: &str, bytes: usize, bytes_max: usize) -> Result<()> {
    println!(
        "{what}: {} KiB of {} KiB",
        bytes.div_ceil(1024),
        bytes_max / 1024
    );
    if bytes > bytes_max {
        bail!("{what} is {} bytes over its budget", bytes - bytes_max);
    }
    Ok(())
}

fn gzip_bytes(file: &[u8]) -> Result<usize> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(file)?;
    Ok(gzip.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_its_budget_fails() {
        assert!(within("it", 10, 10).is_ok());
        assert!(within("it", 11, 10).is_err());
        assert!(gzip_bytes(&[0; 100_000]).unwrap() < 1_000);
    }
}
