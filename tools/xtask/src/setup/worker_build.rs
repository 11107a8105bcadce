//! `worker-build` and `wasm-bindgen`, compiled once per pair of versions into the tool cache.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{apt, lock::SetupLock, versions};
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
};

/// One program of one crate, as `cargo install` names them.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// Quick to compile matters here: these programs run for seconds at a time.
    pub(super) opt_level: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool {
        name: "worker-build",
        version: versions::WORKER_BUILD,
        arguments: &["worker-build", "--bin", "worker-build"],
        // It only starts other programs.
        opt_level: "0",
    },
    Tool {
        name: "wasm-bindgen",
        version: versions::WASM_BINDGEN,
        // Its default features bring a TLS library, for a test runner that is not used here.
        arguments: &[
            "wasm-bindgen-cli",
            "--bin",
            "wasm-bindgen",
            "--no-default-features",
        ],
        // It reads and writes megabytes of WASM.
        opt_level: "1",
    },
];

/// What Cargo says when a locked version is not in the registry that it uses.
const VERSION_IS_MISSING: &str = "failed to select a version";

/// The directory with both programs, when they are installed.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let bin = directory(cache).join("bin");
    TOOLS
        .iter()
        .all(|tool| bin.join(tool.name).is_file())
        .then_some(bin)
}

/// Compiles both programs: a few minutes on two cores, once.
///
/// # Errors
/// When one does not compile; the message carries the end of the log.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<PathBuf> {
    if find_on_path("apt-get").is_some() && !has_openssl() {
        apt::ensure_packages(&["pkg-config", "libssl-dev"], "compiling worker-build")?;
    }
    lock.install_directory(&directory(cache), |partial| {
        let target = partial.join("target");
        for tool in &TOOLS {
            install_tool(tool, partial, &target)?;
        }
        fs::remove_dir_all(&target).context("remove the build directory of the tools")
    })?;
    find(cache).context("remove ~/.cache/souk and run this again, the tools are incomplete")
}

/// First with the versions that the tool was released with. A registry mirror may lack one of
/// those, so then with the newest compatible ones.
pub(super) fn install_tool(tool: &Tool, root: &Path, target: &Path) -> Result<()> {
    let title = format!("Compiling {} {} (once)", tool.name, tool.version);
    let cargo = |locked: bool| {
        let mut cargo = command("cargo");
        cargo
            .arg("install")
            .args(tool.arguments)
            .args(["--version", tool.version, "--root"])
            .arg(root)
            .args(locked.then_some("--locked"))
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", tool.opt_level)
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo
    };
    match run_logged(&title, tool.name, &mut cargo(true)) {
        Err(error) if format!("{error:#}").contains(VERSION_IS_MISSING) => {
            eprintln!("{title}: trying again with the newest dependencies that fit");
            run_logged(&title, tool.name, &mut cargo(false))
        }
        outcome => outcome,
    }
}

fn directory(cache: &Path) -> PathBuf {
    let versions: Vec<String> = TOOLS
        .iter()
        .map(|tool| format!("{}-{}", tool.name, tool.version))
        .collect();
    cache.join(format!("tools-{}", versions.join("-")))
}

fn has_openssl() -> bool {
    query(command("pkg-config").args(["--exists", "openssl"])).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installation_is_named_by_both_versions() {
        let name = directory(Path::new("/cache"));
        let name = name.to_str().expect("the test's path is plain");
        assert!(name.contains(versions::WORKER_BUILD) && name.contains(versions::WASM_BINDGEN));
    }

    #[test]
    fn wasm_bindgen_has_the_version_of_the_lock_file() {
        let lock_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
        let Ok(lock_file) = fs::read_to_string(lock_file) else {
            return;
        };
        let Some(found) = lock_file
            .split("name = \"wasm-bindgen\"\nversion = \"")
            .nth(1)
        else {
            return;
        };
        assert!(found.starts_with(&format!("{}\"", versions::WASM_BINDGEN)));
    }
}
