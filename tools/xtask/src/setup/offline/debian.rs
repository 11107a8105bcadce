//! A Rust toolchain with the WASM targets from Debian packages, for machines on which rustup cannot
//! download them.
//!
//! The packages bring a compiler and the source of its standard library, but no compiled WASM
//! targets. So the library is compiled here once, and a toolchain directory is put together that
//! refers to the packages' files and adds the targets:
//! `bin/` (the compiler, told where its files are), `lib/rustlib/HOST` (Debian's, and LLVM's linker
//! under the names that the compiler expects) and `lib/rustlib/TARGET` (compiled here).
//!
//! Invariant: nothing outside the tool cache is written, except that the packages are installed and
//! the toolchain is linked in rustup as `souk` (so that `cargo +souk` works by hand).

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result, bail};

use super::wasi_libc;
use crate::{
    paths::find_on_path,
    process::{command, query, run_logged},
    setup::{apt, lock::SetupLock, versions},
};

const PACKAGES: [&str; 5] = [
    "lld-22",
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const RUSTLIB: &str = "/usr/lib/rustlib";

/// What the WebAssembly linker is called in the package `lld-22`, and the name of the same program
/// that needs to be told which linker to be.
const WASM_LD: &str = "/usr/bin/wasm-ld-22";
const LLD: &str = "/usr/bin/lld-22";

/// Where a finished toolchain keeps the identity of the compiler it belongs to.
const STAMP: &str = "souk-compiler";

/// The toolchain directory, when it is complete and belongs to the installed compiler.
pub(crate) fn find(cache: &Path) -> Option<PathBuf> {
    let toolchain = toolchain_dir(cache);
    let stamp = fs::read_to_string(toolchain.join(STAMP)).ok()?;
    (stamp == compiler_identity()?).then_some(toolchain)
}

/// Installs the packages, compiles the standard library and puts the toolchain together.
///
/// # Errors
/// When a package cannot be installed, or a step fails; the message says which.
pub(crate) fn install(cache: &Path, lock: &SetupLock) -> Result<PathBuf> {
    apt::ensure_packages(&PACKAGES, "compiling to WASM")?;
    let identity = compiler_identity()
        .with_context(|| format!("reinstall the Debian package rustc-web, {RUSTC} is missing"))?;
    let host = host_triple()?;
    let toolchain = toolchain_dir(cache);
    let libc = wasi_libc::fetch(cache, lock)?;
    lock.install_directory(&toolchain, |partial| {
        let compiled = compile_std(&partial.join("std"))?;
        for target in versions::WASM_TARGETS {
            let library = partial.join("lib/rustlib").join(target).join("lib");
            copy_libraries(&compiled.join(target).join("release/deps"), &library)?;
        }
        let self_contained = partial.join("lib/rustlib/wasm32-wasip2/lib/self-contained");
        fs::create_dir_all(&self_contained)?;
        for file in wasi_libc::FILES {
            fs::copy(libc.join(file), self_contained.join(file))
                .with_context(|| format!("copy {file} of wasi-libc"))?;
        }
        add_host(&partial.join("lib/rustlib"), &host)?;
        add_programs(&partial.join("bin"), &toolchain)?;
        fs::remove_dir_all(partial.join("std")).context("remove the build directory")?;
        fs::write(partial.join(STAMP), &identity).context("write the toolchain's stamp")
    })?;
    link_in_rustup(&toolchain);
    Ok(toolchain)
}

fn toolchain_dir(cache: &Path) -> PathBuf {
    cache.join(format!("rust-wasm-{}", versions::DEBIAN_TOOLCHAIN_RECIPE))
}

/// Changes whenever the packaged compiler is replaced: its size and modification time.
fn compiler_identity() -> Option<String> {
    let metadata = fs::metadata(RUSTC).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!(
        "{} bytes, modified at {} s",
        metadata.len(),
        modified.as_secs()
    ))
}

fn host_triple() -> Result<String> {
    let text = query(command(RUSTC).arg("-vV")).context("reinstall the package rustc-web")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .context("reinstall the package rustc-web, it does not name its host")?
        .to_owned())
}

/// Compiles the standard library for every target from an empty crate; returns Cargo's output
/// directory.
fn compile_std(directory: &Path) -> Result<PathBuf> {
    fs::create_dir_all(directory.join("src"))?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\n[workspace]\n";
    fs::write(directory.join("Cargo.toml"), manifest)?;
    fs::write(directory.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = command(CARGO);
    cargo
        .current_dir(directory)
        .args([
            "build",
            "--release",
            "-Zbuild-std=std,panic_abort,proc_macro",
        ])
        .args(
            versions::WASM_TARGETS
                .iter()
                .flat_map(|target| ["--target", target]),
        )
        .env("RUSTC", RUSTC)
        // The packaged compiler is a stable one; only this step needs an unstable option.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without bitcode, link-time optimisation later fails: "Can't find section .llvmbc".
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", directory.join("target"));
    for name in [
        "RUSTUP_TOOLCHAIN",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "LD_LIBRARY_PATH",
    ] {
        cargo.env_remove(name);
    }
    run_logged(
        "Compiling Rust's standard library to WASM",
        "rust-std",
        &mut cargo,
    )?;
    Ok(directory.join("target"))
}

/// Copies the compiled libraries, except that of the empty crate.
fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, to.join(name)).with_context(|| format!("copy {name}"))?;
        }
    }
    Ok(())
}

/// Refers to Debian's host libraries and tools, and adds the linker under the names that the
/// compiler looks for.
fn add_host(rustlib: &Path, host: &str) -> Result<()> {
    let debian = Path::new(RUSTLIB).join(host);
    let bin = rustlib.join(host).join("bin");
    fs::create_dir_all(bin.join("gcc-ld"))?;
    symlink(debian.join("lib"), rustlib.join(host).join("lib"))?;
    symlink(LLD, bin.join("rust-lld"))?;
    for (name, program) in [("wasm-ld", WASM_LD), ("ld.lld", "/usr/bin/ld.lld-22")] {
        symlink(program, bin.join("gcc-ld").join(name))?;
    }
    // Copied, because it looks for `gcc-ld/wasm-ld` beside the file that it really is.
    fs::copy(
        debian.join("bin/wasm-component-ld"),
        bin.join("wasm-component-ld"),
    )
    .context("reinstall the package rust-web-llvm, wasm-component-ld is missing")?;
    Ok(())
}

/// Debian's compiler with the sysroot at `toolchain`, and Debian's Cargo.
fn add_programs(bin: &Path, toolchain: &Path) -> Result<()> {
    let Some(sysroot) = toolchain.to_str().filter(|path| !path.contains('\'')) else {
        bail!("set XDG_CACHE_HOME to a path of plain characters");
    };
    fs::create_dir_all(bin)?;
    for name in ["rustc", "rustdoc"] {
        let script = format!("#!/bin/sh\nexec /usr/bin/{name} --sysroot '{sysroot}' \"$@\"\n");
        let path = bin.join(name);
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    symlink(CARGO, bin.join("cargo")).context("link cargo")
}

/// For `cargo +souk` by hand. The tasks use the directory, so a failure does no harm.
fn link_in_rustup(toolchain: &Path) {
    if find_on_path("rustup").is_some() {
        query(
            command("rustup")
                .args(["toolchain", "link", "souk"])
                .arg(toolchain),
        );
    }
}
