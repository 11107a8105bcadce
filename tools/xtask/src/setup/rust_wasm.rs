//! A Rust that compiles to WASM: the developer's own with the targets added by rustup, or, where
//! rustup cannot download them, one put together from Debian packages (`offline`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{lock::SetupLock, offline, versions};
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

/// Which Rust builds the functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmRust {
    /// The one that `cargo` is in this directory anyway.
    OfDeveloper,
    /// The toolchain directory put together by `offline`.
    FromDebian(PathBuf),
}

/// The Rust for WASM that is ready to be used; looks only at files, downloads nothing.
pub(crate) fn find(cache: &Path) -> Option<WasmRust> {
    let own = query(command("rustc").args(["--print", "sysroot"]));
    if own.is_some_and(|sysroot| has_targets(Path::new(&sysroot))) {
        return Some(WasmRust::OfDeveloper);
    }
    offline::find(cache).map(WasmRust::FromDebian)
}

/// Installs a Rust for WASM: rustup's targets first, Debian's packages only where that fails.
///
/// # Errors
/// When neither way works; the message says what to do.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<WasmRust> {
    check_version()?;
    let mut rustup = command("rustup");
    rustup.args(["target", "add"]).args(versions::WASM_TARGETS);
    let added = find_on_path("rustup")
        .context("rustup is not on PATH")
        .and_then(|_| {
            run_logged(
                "Adding the WASM targets to Rust",
                "rustup-target",
                &mut rustup,
            )
        });
    if let Err(error) = added {
        if find_on_path("apt-get").is_none() {
            return Err(error.context(format!(
                "run `rustup target add {}`, the functions are compiled to WASM",
                versions::WASM_TARGETS.join(" ")
            )));
        }
        eprintln!("rustup cannot add the WASM targets here; using Debian's packages instead.");
        return offline::install(cache, lock)
            .map(WasmRust::FromDebian)
            .with_context(|| {
                format!(
                    "make `rustup target add {}` work, or else what follows",
                    versions::WASM_TARGETS.join(" ")
                )
            });
    }
    find(cache).context("run `rustup toolchain install stable --force`: its files are incomplete")
}

/// Whether a sysroot has the standard library of every target.
pub(crate) fn has_targets(sysroot: &Path) -> bool {
    versions::WASM_TARGETS.iter().all(|target| {
        fs::read_dir(sysroot.join("lib/rustlib").join(target).join("lib"))
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn check_version() -> Result<()> {
    let minimum = versions::RUST_MINOR_MIN;
    let Some(version) = query(command("rustc").arg("--version")) else {
        bail!("install Rust 1.{minimum} or newer with rustup, `rustc` does not run");
    };
    match minor_version(&version) {
        Some(minor) if minor >= minimum => Ok(()),
        _ => bail!("update Rust to 1.{minimum} or newer (`rustup update`), this is {version}"),
    }
}

/// 95 for `rustc 1.95.0 (59807616e 2026-04-14)`.
pub(crate) fn minor_version(version: &str) -> Option<u32> {
    let number = version.strip_prefix("rustc 1.")?;
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read_from_what_rustc_prints() {
        assert_eq!(
            minor_version("rustc 1.95.0 (59807616e 2026-04-14)"),
            Some(95)
        );
        assert_eq!(
            minor_version("rustc 1.96.0-nightly (abc 2026-03-01)"),
            Some(96)
        );
        assert_eq!(minor_version("rustc 2.0.0"), None);
        assert_eq!(minor_version(""), None);
    }

    #[test]
    fn a_sysroot_without_the_standard_library_has_no_targets() {
        assert!(!has_targets(Path::new("/nonexistent")));
    }
}
