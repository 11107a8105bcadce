//! Finds the WIT of the locked `spin-sdk` and generates the host bindings from it.
//!
//! The interface definitions stay in the SDK's own package: nothing of them is copied into this
//! repository, so a new SDK in the lock file is at once what this runner implements.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo speaks to build scripts by variables"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

/// The interfaces that the components of this repository import, with the versions of SDK 7.
const IMPORTS: [&str; 4] = [
    "spin:key-value/key-value@3.0.0",
    "spin:sqlite/sqlite@3.1.0",
    "spin:postgres/postgres@4.2.0",
    "spin:variables/variables@3.0.0",
];

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let manifest_dir = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace_lock = manifest_dir.join("../../../Cargo.lock");
    if workspace_lock.exists() {
        println!("cargo::rerun-if-changed={}", workspace_lock.display());
    }

    let wit_dir = spin_sdk_wit_dir(&manifest_dir)?;
    let out_file = PathBuf::from(env::var("OUT_DIR")?).join("bindings.rs");
    fs::write(&out_file, bindings_source(&wit_dir))
        .with_context(|| format!("cannot write {}", out_file.display()))
}

/// Asks cargo where the locked `spin-sdk` lies and returns its `wit` directory.
fn spin_sdk_wit_dir(manifest_dir: &Path) -> Result<PathBuf> {
    // Offline first: a second cargo must not wait for, or touch, the network in a usual build.
    let metadata =
        cargo_metadata(manifest_dir, true).or_else(|_| cargo_metadata(manifest_dir, false))?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata names no packages")?;
    let sdk_manifest = packages
        .iter()
        .find(|package| package["name"] == "spin-sdk")
        .and_then(|package| package["manifest_path"].as_str())
        .context("Cargo.lock has no spin-sdk, whose WIT this runner is generated from")?;
    let wit_dir = Path::new(sdk_manifest).with_file_name("wit");
    ensure!(
        wit_dir.is_dir(),
        "spin-sdk has no WIT directory at {}",
        wit_dir.display()
    );
    Ok(wit_dir)
}

/// Runs `cargo metadata` on this package; only what WASM targets need has to be downloaded.
fn cargo_metadata(manifest_dir: &Path, offline: bool) -> Result<serde_json::Value> {
    let mut command = Command::new(env::var_os("CARGO").context("cargo sets CARGO")?);
    command
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "wasm32-wasip2", "--manifest-path"])
        .arg(manifest_dir.join("Cargo.toml"));
    if offline {
        command.arg("--offline");
    }
    let output = command.output().context("cannot run cargo metadata")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo metadata failed: {stderr}");
    serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")
}

/// The `bindgen!` call, which takes literals only and therefore is written here.
fn bindings_source(wit_dir: &Path) -> String {
    let imports: String = IMPORTS
        .iter()
        .map(|import| format!("import {import};\n"))
        .collect();
    format!(
        r##"wasmtime::component::bindgen!({{
    path: {path:?},
    inline: r#"
        package souk:spin-runner;
        world host {{
            {imports}
        }}
    "#,
    world: "souk:spin-runner/host",
    imports: {{ default: async | trappable }},
    with: {{
        "spin:key-value/key-value.store": crate::key_value::StoreHandle,
        "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
        "spin:postgres/postgres.connection": crate::postgres::Connection,
        "spin:postgres/postgres.connection-builder": crate::postgres::ConnectionBuilder,
    }},
}});
"##,
        path = wit_dir.display().to_string(),
    )
}
