//! The load generator beside a server whose response times can be computed: what it measures, and what
//! HdrHistogram for Python reads in its log.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::command;

/// How long the checks of the repository let the judge's run last.
pub(crate) const IN_CHECKS: &str = "4s";

/// Measures a server that stands still, and reads the log back; `program` is `souk-load`.
///
/// # Errors
/// When a percentile is not what can be computed.
pub(crate) fn check(root: &Path, program: &Path, python: &Path, lasts: &str) -> Result<()> {
    let scratch = root.join("target/load");
    fs::create_dir_all(&scratch).context("the folder for the log")?;
    let log = scratch.join("standstill.hlog");
    let mut measure = command(program);
    measure
        .args(["standstill", "--for", lasts, "--log"])
        .arg(&log);
    if !measure
        .status()
        .context("the generator cannot be started")?
        .success()
    {
        bail!("the generator measures something else than can be computed");
    }
    let mut compare = command(python);
    compare.env("PYTHONDONTWRITEBYTECODE", "1");
    compare
        .arg(root.join("tests/load/judge.py"))
        .arg(&log)
        .arg(lasts.trim_end_matches('s'));
    if !compare
        .status()
        .context("Python cannot be started")?
        .success()
    {
        bail!("HdrHistogram reads something else in the log than can be computed");
    }
    Ok(())
}
