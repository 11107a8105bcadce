//! The npm packages that `package-lock.json` pins: `wrangler` with `workerd`, `esbuild`, `binaryen`
//! and `playwright-core`, in `node_modules/` at the root of the repository, and the Node that runs
//! them: any Node with npm that is installed fetches the packages, and is not used again.
//!
//! Invariant: the stamp in `node_modules/` is written last and carries the lock file's text, so it
//! is there only when that exact set is installed.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use super::versions;
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

const STAMP: &str = "node_modules/.souk-lock.json";

/// Whether `node_modules/` holds what the lock file says.
pub(crate) fn is_ready(root: &Path) -> bool {
    let lock_file = fs::read(root.join("package-lock.json"));
    matches!((lock_file, fs::read(root.join(STAMP))), (Ok(wanted), Ok(found)) if wanted == found)
}

/// Replaces `node_modules/` with what the lock file says.
///
/// # Errors
/// When Node.js is missing or too old, or a package cannot be downloaded.
pub(crate) fn install(root: &Path) -> Result<()> {
    let lock_file = fs::read(root.join("package-lock.json"))
        .context("restore package-lock.json from version control")?;
    install_locked(root, "Installing the npm packages", "npm-ci")?;
    check_brought_node(root)?;
    fs::write(root.join(STAMP), lock_file).context("write the stamp of the npm packages")
}

/// Installs what the lock file in `directory` says into `node_modules/` beside it, under the title
/// `title`, logging to `LOG_NAME.log`.
///
/// # Errors
/// When Node.js is missing or too old, or a package cannot be downloaded.
pub(super) fn install_locked(directory: &Path, title: &str, log_name: &str) -> Result<()> {
    check_node()?;
    let mut npm = command("npm");
    // No package here needs its install script, so none is run.
    npm.current_dir(directory)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run_logged(title, log_name, &mut npm)
}

/// There is a package with Node for the usual machines; on another one the installed Node is used.
fn check_brought_node(root: &Path) -> Result<()> {
    if root.join("node_modules/.bin/node").is_file() {
        return Ok(());
    }
    let minimum = versions::NODE_MAJOR_OF_WRANGLER;
    let version = query(command("node").arg("--version")).unwrap_or_default();
    match major_version(&version) {
        Some(major) if major >= minimum => Ok(()),
        _ => bail!("install Node.js {minimum} or newer, npm has none for this kind of machine"),
    }
}

fn check_node() -> Result<()> {
    let minimum = versions::NODE_MAJOR_MIN;
    if find_on_path("npm").is_none() {
        bail!("install Node.js {minimum} or newer with npm, it fetches wrangler");
    }
    let version = query(command("node").arg("--version"))
        .with_context(|| format!("install Node.js {minimum} or newer, `node` does not run"))?;
    match major_version(&version) {
        Some(major) if major >= minimum => Ok(()),
        _ => bail!("update Node.js to {minimum} or newer, this is {version}"),
    }
}

/// 20 for `v20.20.2`.
fn major_version(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_node_prints() {
        assert_eq!(major_version("v20.20.2"), Some(20));
        assert_eq!(major_version("20.20.2"), None);
    }

    #[test]
    fn the_lock_file_names_no_registry() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../package-lock.json");
        let lock_file = fs::read_to_string(path).expect("the lock file is in the repository");
        assert!(!lock_file.contains("\"resolved\""));
    }
}
