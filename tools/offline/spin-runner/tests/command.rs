//! The command line, of the program itself.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test of a program on a real machine"
)]

use std::fs;
use std::process::{Command, Output, Stdio};

use anyhow::{Result, ensure};

/// The smallest component that there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "shop"
version = "1"
[[trigger.http]]
route = "/..."
component = "web"
[component.web]
source = "web.wasm"
"#;

fn runner(arguments: &[&str], directory: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spin-runner"));
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .concat()
}

fn application() -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("spin.toml"), MANIFEST)?;
    Ok(directory)
}

#[test]
fn a_component_is_compiled_once_however_many_need_it() -> Result<()> {
    let application = application()?;
    let path = application.path();
    fs::write(path.join("web.wasm"), COMPONENT)?;
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(runner(&["compile", "--cache-dir", "cache"], path).spawn()?);
    }
    let mut compiled = 0;
    for one in running {
        let output = one.wait_with_output()?;
        let said = said(&output);
        ensure!(output.status.success(), "{said}");
        compiled += said.matches("Compiled component `web`").count();
    }
    assert_eq!(compiled, 1);
    Ok(())
}

#[test]
fn what_is_missing_or_broken_is_named() -> Result<()> {
    let application = application()?;
    let path = application.path();
    let missing = said(&runner(&["compile", "--cache-dir", "cache"], path).output()?);
    ensure!(
        missing.contains("web.wasm is missing; run `cargo xtask build --on spin`"),
        "{missing}"
    );
    fs::write(path.join("web.wasm"), "no component")?;
    let broken = runner(&["compile", "--cache-dir", "cache"], path).output()?;
    let broken = (broken.status.success(), said(&broken));
    ensure!(
        !broken.0
            && broken
                .1
                .contains("component `web`: the file is not a valid component"),
        "{}",
        broken.1
    );
    // A cache that cannot be written does not keep the application from being served.
    fs::write(path.join("web.wasm"), COMPONENT)?;
    fs::write(path.join("file"), "")?;
    let uncached = runner(&["compile", "--cache-dir", "file/cache"], path).output()?;
    let said = said(&uncached);
    ensure!(
        uncached.status.success() && said.contains("warning: cannot keep"),
        "{said}"
    );
    Ok(())
}
