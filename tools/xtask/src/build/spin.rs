//! The Spin components, where `spin.toml` looks for them: `build/spin/`.
//!
//! As with the scripts of Workers, Cargo decides what has changed, and the size optimiser runs when the
//! compiled file differs from the one that the component was made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};

use super::stamp::Stamp;
use super::{Script, core_module};
use crate::process::{self, run_logged};
use crate::setup::Toolchain;

const TARGET: &str = "wasm32-wasip2";

/// What the profile `release` is changed to: they are built for size, with inlining. Reads are as fast
/// as built for speed, within what two runs differ; an instance begins with fewer pages of memory.
const OPT_LEVEL: (&str, &str) = ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s");

/// Fewer functions are put into their callers than this level has it (50): less code, while loops are
/// compiled as before.
const INLINING: (&str, &str) = (
    "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
    "-Cllvm-args=-inline-threshold=35",
);

/// What Rust uses of WASM by itself for this target.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Lets the optimiser take a constant below 1 KiB that is added to a pointer into the load or store that
/// follows: a hundredth less code in the storefront. This has another result only where the sum wraps
/// round to the first KiB of the memory. Rust has the end of the stack there, and whatever is on the stack
/// is reached from below it; a stack that is too full traps as before.
const LOW_MEMORY: &str = "--low-memory-unused";

/// Where the component of a function is, from the root of the repository.
pub(crate) fn component(script: Script) -> PathBuf {
    Path::new("build/spin").join(file(script))
}

fn file(script: Script) -> String {
    format!("souk_spin_{}.wasm", script.name())
}

/// Compiles the components, and optimises those that have changed.
///
/// # Errors
/// When one does not compile or cannot be optimised.
pub(crate) fn build(toolchain: &Toolchain) -> Result<()> {
    let mut cargo = toolchain.cargo_wasm(TARGET);
    for script in Script::ALL {
        cargo.args(["--package", &format!("souk-spin-{}", script.name())]);
    }
    // A quick build has its own profile.
    if !toolchain.is_quick() {
        let (level, of_components) = OPT_LEVEL;
        cargo.env(level, of_components);
        let (flags, less_inlining) = INLINING;
        cargo.env(flags, less_inlining);
    }
    run_logged("Compiling the Spin components", "build-spin", &mut cargo)?;
    // Two at a time: the optimiser works for the most part on one core.
    for two in Script::ALL.chunks(2) {
        thread::scope(|scope| {
            let begun = two
                .iter()
                .map(|&script| scope.spawn(move || finish(toolchain, script)));
            let begun: Vec<_> = begun.collect();
            begun.into_iter().try_for_each(process::joined)
        })?;
    }
    Ok(())
}

/// Makes the component that is deployed of the compiled one.
fn finish(toolchain: &Toolchain, script: Script) -> Result<()> {
    let (root, name) = (toolchain.root(), script.name());
    let work = root.join("target").join(TARGET);
    let compiled = work.join("release").join(file(script));
    let compiled = fs::read(&compiled).with_context(|| format!("read {}", compiled.display()))?;
    let lock_file = fs::read(root.join("package-lock.json")).unwrap_or_default();
    let tools = toolchain.worker_tools_name();
    let stamp = Stamp::of([compiled.as_slice(), lock_file.as_slice(), tools.as_bytes()]);
    let stamp_path = work.join(format!("souk-spin-{name}.stamp"));
    let out = root.join(component(script));
    if out.is_file() && stamp.is_at(&stamp_path) {
        return Ok(());
    }
    // The stamp goes first so that it never outlives the component.
    Stamp::remove(&stamp_path)?;
    fs::create_dir_all(root.join("build/spin")).context("make the directory build/spin")?;
    let component = match toolchain.is_quick() {
        true => compiled,
        false => optimised(toolchain, script, &compiled)?,
    };
    fs::write(&out, component).with_context(|| format!("write {}", out.display()))?;
    stamp.write(&stamp_path)
}

/// The component with its program optimised: Cargo's result is an eighth larger.
fn optimised(toolchain: &Toolchain, script: Script, component: &[u8]) -> Result<Vec<u8>> {
    let name = script.name();
    let file = toolchain
        .root()
        .join(format!("target/{TARGET}/souk-spin-{name}.core.wasm"));
    let program = core_module::find(component)?;
    fs::write(&file, &component[program.clone()])
        .with_context(|| format!("write {}", file.display()))?;
    let mut wasm_opt = toolchain.wasm_opt();
    wasm_opt
        .args(FEATURES)
        .args(["-Oz", LOW_MEMORY])
        .args([&file, Path::new("-o"), &file]);
    run_logged(
        &format!("Optimising the Spin component {name}"),
        &format!("build-spin-{name}-optimise"),
        &mut wasm_opt,
    )?;
    let optimised = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
    core_module::replace(component, program, &optimised)
}
