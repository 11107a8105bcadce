//! Debian packages: installs those of a list that are missing, and looks up programs that come
//! from them.
//!
//! Only the machine's own package sources are used here. The one package that they lack in a
//! usable version (wasi-libc) is downloaded by `offline` without changing them.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

/// Installs the packages of `names` that are missing; without a missing one, does nothing.
/// `purpose` ends the sentence "… for": "the browser tests".
///
/// # Errors
/// When packages are missing and this machine or this user cannot install them; the message says
/// which ones to install.
pub(crate) fn ensure_packages(names: &[&str], purpose: &str) -> Result<()> {
    let missing: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !is_installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if find_on_path("apt-get").is_none() {
        bail!(
            "install what the Debian packages `{list}` contain, they are needed for {purpose}, \
             and run this again"
        );
    }
    let Some(mut update) = apt_get() else {
        bail!("run `apt-get install {list}` as root, for {purpose}, and run this again");
    };
    run_logged(
        "Reading the package lists",
        "apt-update",
        update.arg("update"),
    )?;
    let Some(mut install) = apt_get() else {
        return Ok(());
    };
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&missing);
    run_logged(
        &format!("Installing {list} for {purpose}"),
        "apt-install",
        &mut install,
    )
}

/// Whether a Debian package is installed and configured.
pub(crate) fn is_installed(name: &str) -> bool {
    query(command("dpkg-query").args(["--show", "--showformat", "${db:Status-Status}", name]))
        .is_some_and(|status| status == "installed")
}

/// The directory with `initdb`, `postgres` and `psql`: the newest of Debian's, or the one on `PATH`.
pub(crate) fn postgres_bin_dir() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .map(|(major, path)| (major, path.join("bin")))
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .max();
    match newest {
        Some((_, bin)) => Some(bin),
        None => Some(find_on_path("initdb")?.parent()?.to_path_buf()),
    }
}

/// A Chromium or Chrome that the browser tests can drive.
pub(crate) fn chromium() -> Option<PathBuf> {
    [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    .into_iter()
    .find_map(find_on_path)
}

/// `apt-get`, with the rights to install; `None` when there is no way to get them unasked.
fn apt_get() -> Option<Command> {
    let is_root = query(command("id").arg("-u")).is_some_and(|id| id == "0");
    let mut apt_get = if is_root {
        command("apt-get")
    } else {
        query(command("sudo").args(["-n", "true"]))?;
        let mut sudo = command("sudo");
        sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    apt_get.env("DEBIAN_FRONTEND", "noninteractive");
    Some(apt_get)
}
