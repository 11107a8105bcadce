//! The scripts of Cloudflare Workers, where each one's `wrangler.toml` looks for its bundle:
//! `build/NAME/index.js`.
//!
//! Cargo compiles first, and only Cargo decides what has changed. The steps after it
//! (`wasm-bindgen`, `wasm-opt`, `esbuild`, the order of functions, together some seconds) run only
//! when the compiled file differs from the one that the bundle was made of.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::order;
use super::stamp::Stamp;
use crate::process::{self, run_logged};
use crate::setup::Toolchain;

const TARGET: &str = "wasm32-unknown-unknown";

/// What a bundle consists of.
pub(crate) const BUNDLE: [&str; 2] = ["index.js", "index_bg.wasm"];

/// A script, by the name that it has on both platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Script {
    /// Pages, the public API, carts, checkout.
    Storefront,
    /// Orders, stock and availability.
    Origin,
    /// The staff API, the order index, the queues' consumers.
    Backoffice,
    /// The provider's webhook, and calls to the provider.
    Payments,
    /// Mails, and what their provider reports.
    Mail,
    /// Levels, switches, the journal and the pulse.
    Operations,
}

impl Script {
    /// Every script.
    pub(crate) const ALL: [Self; 6] = [
        Self::Storefront,
        Self::Origin,
        Self::Backoffice,
        Self::Payments,
        Self::Mail,
        Self::Operations,
    ];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Storefront => "storefront",
            Self::Origin => "origin",
            Self::Backoffice => "backoffice",
            Self::Payments => "payments",
            Self::Mail => "mail",
            Self::Operations => "operations",
        }
    }

    /// Its package's folder, from the root of the repository.
    pub(crate) fn folder(self) -> String {
        format!("functions/workers-{}", self.name())
    }

    /// What Cargo makes, from the root of the repository.
    pub(crate) fn compiled(self) -> PathBuf {
        let file = format!("souk_workers_{}.wasm", self.name());
        Path::new("target").join(TARGET).join("release").join(file)
    }

    /// What it changes of the profile `release`. How long an isolate takes to start depends on its
    /// size, so all are built for size; `Cargo.toml` names the packages whose loops are inlined all the
    /// same, those of the order rule among them. Most reads of the storefront find a finished response,
    /// which is little code.
    pub(crate) const PROFILE: (&'static str, &'static str) =
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");

    /// The folder of its bundle, from the root of the repository.
    pub(crate) fn bundle(self) -> PathBuf {
        Path::new("build").join(self.name())
    }
}

/// Compiles and bundles what has changed of these scripts. Some are bundled while the next ones are
/// compiled: both are for the most part the work of one core. A bundle begins with a call of Cargo, which
/// waits for the script that is being compiled, so two are in the making.
///
/// # Errors
/// When one does not compile or cannot be bundled.
pub(crate) fn build(toolchain: &Toolchain, scripts: &[Script]) -> Result<()> {
    thread::scope(|scope| {
        let mut bundled = VecDeque::new();
        for &script in scripts {
            compile(toolchain, script)?;
            bundled.push_back(scope.spawn(move || bundle(toolchain, script)));
            if bundled.len() > 2 {
                bundled.pop_front().map_or(Ok(()), process::joined)?;
            }
        }
        bundled.into_iter().try_for_each(process::joined)
    })
}

fn compile(toolchain: &Toolchain, script: Script) -> Result<()> {
    // The same call of Cargo as `worker-build` makes, from the same directory, so that the call of
    // `worker-build` has nothing left to compile.
    let mut cargo = toolchain.cargo_wasm(TARGET);
    let folder = toolchain.root().join(script.folder());
    cargo.arg("--lib").current_dir(folder);
    profile(toolchain, &mut cargo);
    run_logged(
        &format!("Compiling the Workers script {}", script.name()),
        &format!("build-workers-{}", script.name()),
        &mut cargo,
    )
}

/// Both calls of Cargo must have the same arguments, or the second one compiles again. A quick
/// build has its own profile.
fn profile(toolchain: &Toolchain, command: &mut Command) {
    if !toolchain.is_quick() {
        let (name, value) = Script::PROFILE;
        command.env(name, value);
    }
}

fn bundle(toolchain: &Toolchain, script: Script) -> Result<()> {
    let (root, name) = (toolchain.root(), script.name());
    let compiled = script.compiled();
    let compiled = fs::read(root.join(&compiled)).with_context(|| {
        let (folder, compiled) = (script.folder(), compiled.display());
        format!("make {folder} a `cdylib` named souk_workers_{name}, {compiled} is missing")
    })?;
    let lock_file = fs::read(root.join("package-lock.json")).unwrap_or_default();
    let tools = toolchain.worker_tools_name();
    let stamp = Stamp::of([compiled.as_slice(), lock_file.as_slice(), tools.as_bytes()]);
    let out = root.join(script.bundle());
    let is_bundled = BUNDLE.iter().all(|file| out.join(file).is_file());
    let stamp_path = root.join(format!("target/{TARGET}/souk-workers-{name}.stamp"));
    if is_bundled && stamp.is_at(&stamp_path) {
        return Ok(());
    }
    // Its own steps are atomic; the stamp goes first so that it never outlives its bundle.
    Stamp::remove(&stamp_path)?;
    fs::create_dir_all(&out).with_context(|| format!("make {}", out.display()))?;
    let mut worker_build = toolchain.worker_build()?;
    worker_build
        .current_dir(root.join(script.folder()))
        .args(toolchain.is_quick().then_some("--no-opt"))
        .args(["--release", "--out-dir"])
        .arg(&out);
    profile(toolchain, &mut worker_build);
    run_logged(
        &format!("Bundling the Workers script {name}"),
        &format!("build-workers-{name}-bundle"),
        &mut worker_build,
    )?;
    if !toolchain.is_quick() {
        put_in_order(toolchain, script)?;
    }
    stamp.write(&stamp_path)
}

/// Puts the functions of a bundled module in the order that gzip compresses best.
fn put_in_order(toolchain: &Toolchain, script: Script) -> Result<()> {
    let [_, wasm] = BUNDLE;
    let wasm = toolchain.root().join(script.bundle()).join(wasm);
    let module = fs::read(&wasm).with_context(|| format!("read {}", wasm.display()))?;
    let ordered = order::put_in_order(&module)?;
    fs::write(&wasm, ordered).with_context(|| format!("write {}", wasm.display()))
}
