//! The C library that `wasm32-wasip2` programs are linked with, from a newer Debian release than
//! the machine's: the package is `Architecture: all`, so it fits any.
//!
//! Invariant: the machine's package sources, package lists and installed packages stay as they are.
//! A private source and a private list directory are used, with the mirror and the keyring that the
//! machine already trusts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::process::{command, query, run_logged};
use crate::setup::lock::SetupLock;

/// What the compiler takes from the library.
pub(crate) const FILES: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// Where the package keeps them.
const DIRECTORY: &str = "usr/lib/wasm32-wasip2";

const TITLE: &str = "Fetching wasi-libc";

/// The directory that holds [`FILES`], downloaded when it is not there yet.
///
/// # Errors
/// When no Debian mirror is configured or none of its releases has a usable package.
pub(crate) fn fetch(cache: &Path, lock: &SetupLock) -> Result<PathBuf> {
    let installed = Path::new("/").join(DIRECTORY);
    if is_complete(&installed) {
        return Ok(installed);
    }
    let destination = cache.join("wasi-libc");
    if !is_complete(&destination.join(DIRECTORY)) {
        let mirror = mirror()?;
        lock.install_directory(&destination, |partial| download(partial, &mirror))?;
    }
    Ok(destination.join(DIRECTORY))
}

/// A mirror of Debian's main archive, as configured on this machine.
#[derive(Debug, PartialEq, Eq)]
struct Mirror {
    uri: String,
    release: String,
}

fn mirror() -> Result<Mirror> {
    let targets = query(command("apt-get").args([
        "indextargets",
        "--format",
        "$(LABEL)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)",
        "Created-By: Packages",
    ]));
    parse_mirror(&targets.unwrap_or_default()).context(
        "run `apt-get update` with a Debian mirror in the package sources, wasi-libc comes from it",
    )
}

/// The first entry of the release itself: not of its updates, not of its security archive.
fn parse_mirror(targets: &str) -> Option<Mirror> {
    targets.lines().find_map(|line| {
        let [label, component, codename, uri] =
            line.split('|').collect::<Vec<_>>().try_into().ok()?;
        (label == "Debian" && component == "main" && !codename.contains('-')).then(|| Mirror {
            uri: uri.to_owned(),
            release: codename.to_owned(),
        })
    })
}

/// Backports first: their list is a fiftieth of the size of the rolling release's.
fn download(directory: &Path, mirror: &Mirror) -> Result<()> {
    let mut failure = None;
    for suite in [format!("{}-backports", mirror.release), "sid".to_owned()] {
        match download_from(directory, mirror, &suite) {
            Ok(()) if is_complete(&directory.join(DIRECTORY)) => return Ok(()),
            Ok(()) => {}
            Err(error) => failure = Some(error),
        }
    }
    let advice = "install a wasi-libc of 2024 or newer that contains wasm32-wasip2";
    match failure {
        Some(error) => Err(error.context(advice)),
        None => bail!(advice),
    }
}

fn download_from(directory: &Path, mirror: &Mirror, suite: &str) -> Result<()> {
    let apt = directory.join(format!("apt-{suite}"));
    fs::create_dir_all(apt.join("lists/partial"))?;
    let source = format!("deb {} {suite} main\n", mirror.uri);
    fs::write(apt.join("private.list"), source).context("write the private package source")?;
    let options = [
        format!(
            "Dir::Etc::sourcelist={}",
            apt.join("private.list").display()
        ),
        "Dir::Etc::sourceparts=/dev/null".to_owned(),
        format!("Dir::State::lists={}", apt.join("lists").display()),
        "Dir::Cache::pkgcache=".to_owned(),
        "Dir::Cache::srcpkgcache=".to_owned(),
        "Acquire::Languages=none".to_owned(),
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
        // Everything is private to this user, so apt's own download user could not write here.
        "APT::Sandbox::User=".to_owned(),
    ];
    let apt_get = |action: &[&str]| {
        let mut command = command("apt-get");
        command
            .current_dir(&apt)
            .args(options.iter().flat_map(|option| ["-o", option]));
        command.args(action);
        command
    };
    run_logged(TITLE, "wasi-libc-update", &mut apt_get(&["update"]))?;
    run_logged(
        TITLE,
        "wasi-libc-download",
        &mut apt_get(&["download", "wasi-libc"]),
    )?;
    let package = fs::read_dir(&apt)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("the download of wasi-libc brought no package")?;
    let mut unpack = command("dpkg");
    unpack.arg("-x").arg(&package).arg(directory);
    run_logged(TITLE, "wasi-libc-unpack", &mut unpack)?;
    fs::remove_dir_all(&apt).context("remove the private package lists")
}

fn is_complete(directory: &Path) -> bool {
    FILES.iter().all(|file| directory.join(file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_that_of_the_release_and_not_of_its_security_archive() {
        let targets = "Debian-Security|main|bookworm-security|http://one.example/security/\n\
                       Debian|main|bookworm-updates|http://two.example/debian/\n\
                       Debian|contrib|bookworm|http://three.example/debian/\n\
                       Debian|main|bookworm|http://four.example/debian/";
        let expected = Mirror {
            uri: "http://four.example/debian/".to_owned(),
            release: "bookworm".to_owned(),
        };
        assert_eq!(parse_mirror(targets), Some(expected));
        assert_eq!(
            parse_mirror("node|main|nodistro|http://five.example/"),
            None
        );
    }
}
