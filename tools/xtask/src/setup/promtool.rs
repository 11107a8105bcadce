//! `promtool`, which evaluates the rules of docs/alerts.yml; only tests need it.
//!
//! It comes with Debian's package `prometheus`, which is unpacked beside the other tools and not
//! installed: installing it would start a server.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::lock::SetupLock;
use crate::paths::{self, find_on_path};
use crate::process::{command, run_logged};

const TITLE: &str = "Downloading promtool";
/// Where the package has it.
const PROGRAM: &str = "usr/bin/promtool";

/// The program: that of the machine, or the one of the cache, which is downloaded when it is not there.
///
/// # Errors
/// When there is none and `apt-get` brings none.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(program) = find_on_path("promtool") {
        return Ok(program);
    }
    let cache = paths::cache_dir()?;
    let destination = cache.join("promtool");
    if !destination.join(PROGRAM).is_file() {
        let lock = SetupLock::acquire(&cache)?;
        lock.install_directory(&destination, download)
            .context("put promtool, which comes with Prometheus, on PATH and run this again")?;
    }
    Ok(destination.join(PROGRAM))
}

fn download(directory: &Path) -> Result<()> {
    let mut download = command("apt-get");
    download
        .current_dir(directory)
        // The folder is private to this user, so apt's own download user could not write here.
        .args(["-o", "APT::Sandbox::User=", "download", "prometheus"]);
    run_logged(TITLE, "promtool-download", &mut download)?;
    let package = fs::read_dir(directory)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("the download of promtool brought no package")?;
    let mut unpack = command("dpkg");
    unpack.arg("-x").arg(&package).arg(directory);
    run_logged(TITLE, "promtool-unpack", &mut unpack)?;
    fs::remove_file(package).context("remove the package of promtool")
}
