//! Where the tools keep files that can be made again.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The directory of what these programs keep between runs: `$XDG_CACHE_HOME/souk`, or
/// `~/.cache/souk`. All of it can be deleted at any time.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache_dir() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|value| Path::new(value).is_absolute()) {
        Some(cache) => PathBuf::from(cache),
        None => env::home_dir()
            .context("set HOME: what is kept between runs is in ~/.cache/souk")?
            .join(".cache"),
    };
    Ok(base.join("souk"))
}
