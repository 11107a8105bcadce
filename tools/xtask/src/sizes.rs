//! Budgets of what is deployed.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

use crate::build::Platforms;

const MIB: usize = 1024 * 1024;

/// The Workers script: its WASM and its glue, gzipped, as Cloudflare counts it. The smallest plan
/// takes 3 MB; the less there is, the sooner a new isolate answers.
const WORKERS_GZIP_BYTES_MAX: usize = MIB + MIB / 4;
/// Each Spin component, as it lies.
const COMPONENT_BYTES_MAX: usize = 2 * MIB;

const WORKERS: [&str; 2] = ["build/index_bg.wasm", "build/index.js"];
const COMPONENTS: [&str; 4] = [
    "souk_spin_storefront",
    "souk_spin_backoffice",
    "souk_spin_origin",
    "souk_spin_payments",
];

/// Measures what was built.
///
/// # Errors
/// When something is larger than its budget, or was not built.
pub(crate) fn check(root: &Path, on: Platforms) -> Result<()> {
    println!("\n== Sizes");
    if on.include_workers() {
        let mut bytes = 0;
        for file in WORKERS {
            bytes += gzip_bytes(&read(root, file)?)?;
        }
        within("Workers script, gzipped", bytes, WORKERS_GZIP_BYTES_MAX)?;
    }
    if on.include_spin() {
        for name in COMPONENTS {
            let file = format!("target/wasm32-wasip2/release/{name}.wasm");
            within(name, read(root, &file)?.len(), COMPONENT_BYTES_MAX)?;
        }
    }
    Ok(())
}

fn read(root: &Path, file: &str) -> Result<Vec<u8>> {
    fs::read(root.join(file)).with_context(|| format!("{file} is missing: cargo xtask build"))
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
