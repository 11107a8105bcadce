//! The tools that set-up found or installed, for the tasks that build and run things.
//!
//! Invariant: a command made here downloads nothing by itself; every helper that a tool would fetch
//! is named by path.

use std::{
    env,
    ffi::OsString,
    iter,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process::{command, query};

/// In the environment of a build: the functions are compiled for a quick start, see
/// [`Toolchain::quick`]. A variable, because `wrangler dev` starts the build command by itself.
const QUICK: &str = "SOUK_QUICK_BUILD";

/// The changes of a quick build to the profile `release`. The outputs stay in the same place,
/// because `wrangler.toml` and `spin.toml` name files in there; Cargo keeps the compiled crates of
/// both kinds of build apart.
const QUICK_PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

/// The tools of this repository on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// The root of the repository.
    pub(super) root: PathBuf,
    /// The Rust toolchain that has the WASM targets, where it is not the developer's own.
    pub(super) rust: Option<PathBuf>,
    /// The directory of `worker-build` and `wasm-bindgen`.
    pub(super) worker_tools: PathBuf,
    /// The commit that is built, for `souk_build_info`; empty when there is none. Asked for once,
    /// so that all steps of a build agree.
    pub(super) commit: String,
    /// Whether what is built is for a shop on this machine only.
    pub(super) is_quick: bool,
}

/// Whether the environment asks for a quick build.
pub(crate) fn is_quick() -> bool {
    env::var_os(QUICK).is_some()
}

/// The developer's `SOUK_COMMIT`, or what git says of the tree in `root`. Empty without git, and
/// for a tree with changes, which is no commit.
pub(super) fn commit(root: &Path) -> String {
    if let Ok(given) = env::var("SOUK_COMMIT") {
        return given;
    }
    let git = |args: &[&str]| query(command("git").arg("-C").arg(root).args(args));
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => {
            git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default()
        }
        Some(_) | None => String::new(),
    }
}

impl Toolchain {
    /// The root of the repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The same tools for builds that are quick to make: without link-time optimisation and without
    /// the size optimiser. For a shop on this machine; what is deployed or measured is never made
    /// so.
    pub(crate) fn quick(mut self) -> Self {
        self.is_quick = true;
        self
    }

    /// Whether builds are quick to make.
    pub(crate) fn is_quick(&self) -> bool {
        self.is_quick
    }

    /// Makes the tasks that `command` starts build as this one does.
    pub(crate) fn hand_on(&self, command: &mut Command) {
        if self.is_quick {
            command.env(QUICK, "1");
        }
    }

    /// `cargo build --release --target TARGET` at the root of the repository, into its own
    /// `target/`: `wrangler.toml` and `spin.toml` name files in there, so a `CARGO_TARGET_DIR` of
    /// the developer does not apply. The caller adds the packages.
    pub(crate) fn cargo_wasm(&self, target: &str) -> Command {
        let mut cargo = command("cargo");
        cargo.args(["build", "--locked", "--release", "--target", target]);
        self.build_environment(&mut cargo);
        cargo
    }

    /// Lints packages for a target; where Debian's Rust builds, which has no Clippy, it only checks
    /// them.
    pub(crate) fn lint_wasm(&self, target: &str, packages: &[&str]) -> Command {
        let mut cargo = command("cargo");
        let lints = self.rust.is_none();
        cargo.args([if lints { "clippy" } else { "check" }, "--locked"]);
        cargo.args(["--target", target]);
        cargo.args(packages.iter().flat_map(|package| ["--package", package]));
        if lints {
            cargo.args(["--", "-D", "warnings"]);
        }
        self.build_environment(&mut cargo);
        cargo
    }

    /// `worker-build`, with its helpers named by path. The caller adds directory and arguments.
    ///
    /// # Errors
    /// When the `PATH` of this process cannot be extended.
    pub(crate) fn worker_build(&self) -> Result<Command> {
        let mut worker_build = command(self.worker_tools.join("worker-build"));
        self.build_environment(&mut worker_build);
        worker_build
            .env("WASM_BINDGEN_BIN", self.worker_tools.join("wasm-bindgen"))
            .env("ESBUILD_BIN", self.node_program("esbuild"))
            .env("WASM_OPT_BIN", self.node_program("wasm-opt"))
            .env("PATH", self.path_with_node_programs()?);
        Ok(worker_build)
    }
    /// `wasm-opt`. The caller adds arguments.
    pub(crate) fn wasm_opt(&self) -> Command {
        command(self.node_program("wasm-opt"))
    }

    /// Which Rust compiles to WASM, for messages.
    pub(crate) fn rust_name(&self) -> String {
        match &self.rust {
            None => "this Rust".to_owned(),
            Some(directory) => format!("{}, from Debian packages", directory.display()),
        }
    }

    /// Changes with the version of every tool that makes the bundle, and with how it is made.
    pub(crate) fn worker_tools_name(&self) -> String {
        let quick = if self.is_quick { " quick" } else { "" };
        format!("{}{quick}", self.worker_tools.display())
    }

    /// A program of an npm package, such as `wrangler` or `workerd`. Those that are JavaScript take
    /// the first `node` on PATH.
    pub(crate) fn node_program(&self, name: &str) -> PathBuf {
        self.root.join("node_modules/.bin").join(name)
    }

    /// Makes Cargo build WASM the same way whether this task or `worker-build` calls it.
    fn build_environment(&self, command: &mut Command) {
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"));
        // `worker-build` sets this for its own call of Cargo and a macro reads it, unseen by Cargo:
        // without it here, the two calls could leave different code under one fingerprint.
        command.env("WASM_BINDGEN_USE_JS_SYS", "1");
        command.env("SOUK_COMMIT", &self.commit);
        if self.is_quick {
            command.envs(QUICK_PROFILE);
        }
        if let Some(rust) = &self.rust {
            command
                .env("RUSTUP_TOOLCHAIN", rust)
                .env_remove("RUSTC")
                .env_remove("RUSTDOC");
        }
        // Set by `cargo run` and the `cargo` proxy for the toolchain that runs this task.
        command.env_remove("CARGO").env_remove("LD_LIBRARY_PATH");
    }

    fn path_with_node_programs(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let directories = iter::once(self.root.join("node_modules/.bin"));
        env::join_paths(directories.chain(env::split_paths(&path)))
            .context("move the repository to a path without `:`, PATH cannot hold it")
    }
}
