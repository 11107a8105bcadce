//! The programs of this repository that tasks start, compiled when a task first needs them.
//!
//! They are separate programs so that this one stays quick to compile; see `main.rs`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::{command, run_logged};

/// The program `souk`, which operates a running shop.
///
/// # Errors
/// When it does not compile.
pub(crate) fn souk(root: &Path) -> Result<PathBuf> {
    build(root, "souk", "Compiling the program souk")
}

/// The payment provider of a shop on this machine.
///
/// # Errors
/// When it does not compile.
pub(crate) fn payment_sandbox(root: &Path) -> Result<PathBuf> {
    let package = "souk-payment-sandbox";
    build(root, package, "Compiling the payment sandbox")
}

/// The load generator.
///
/// # Errors
/// When it does not compile.
pub(crate) fn load(root: &Path) -> Result<PathBuf> {
    build(root, "souk-load", "Compiling the load generator")
}

/// The outbox of mails.
///
/// # Errors
/// When it does not compile.
pub(crate) fn mail_outbox(root: &Path) -> Result<PathBuf> {
    build(root, "souk-mail-outbox", "Compiling the outbox of mails")
}

/// Where a program is that was built in `dev`.
pub(crate) fn built(root: &Path, program: &str) -> PathBuf {
    target(root).join("debug").join(program)
}

/// Compiles the program of a package that has the package's name, if it has changed.
fn build(root: &Path, package: &str, title: &str) -> Result<PathBuf> {
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--locked", "--package", package])
        .current_dir(root);
    run_logged(title, &format!("build-{package}"), &mut cargo)?;
    Ok(built(root, package))
}

/// Where Cargo puts what it builds for this machine.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
