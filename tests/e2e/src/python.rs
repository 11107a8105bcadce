//! Judges that others have written, as Python packages.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::tools;

/// Gives JSON to a script of `tests/e2e/` on its standard input: what it prints, or says as an error.
///
/// # Errors
/// When it cannot be started.
pub async fn ask(
    python: impl AsRef<Path>,
    script: impl AsRef<Path>,
    arguments: &[&str],
    input: &Value,
) -> Result<Result<String, String>> {
    let mut child = Command::new(python.as_ref())
        .arg(tools::root().join("tests/e2e").join(script))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("a pipe")?;
    stdin.write_all(input.to_string().as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    })
}
