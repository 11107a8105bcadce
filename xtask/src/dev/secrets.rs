//! Secrets of the developer's own shop: random, in `.dev.vars`, which is never committed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The secrets that every deployment needs.
pub(crate) struct Secrets {
    pub(crate) session_secret: String,
    pub(crate) staff_token: String,
}

/// The secrets of `.dev.vars`, which is made when there is none.
///
/// # Errors
/// When the file cannot be written or lacks a secret.
pub(crate) fn ensure(root: &Path) -> Result<Secrets> {
    let path = root.join(".dev.vars");
    if !path.exists() {
        let text = format!(
            "# Secrets of the local shop, made by `cargo xtask dev`. Never commit this file.\n\
             SESSION_SECRET = \"{}\"\nSTAFF_TOKEN = \"{}\"\n",
            random()?,
            random()?
        );
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    read(root)
}

/// The secrets of `.dev.vars`.
///
/// # Errors
/// When there is no such file or it lacks a secret.
pub(crate) fn read(root: &Path) -> Result<Secrets> {
    let path = root.join(".dev.vars");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let find = |name: &str| match value(&text, name) {
        Some(value) if value.len() >= 16 => Ok(value.to_owned()),
        _ => bail!(
            "{} needs {name} with at least 16 characters",
            path.display()
        ),
    };
    Ok(Secrets {
        session_secret: find("SESSION_SECRET")?,
        staff_token: find("STAFF_TOKEN")?,
    })
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
}

fn random() -> Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_and_without_quotes() {
        let text = "# A = \"no\"\nA = \"one\"\nB=two\n C = 'three' \n";
        for (name, expected) in [("A", "one"), ("B", "two"), ("C", "three")] {
            assert_eq!(value(text, name), Some(expected));
        }
        assert_eq!(value(text, "D"), None);
    }
}
