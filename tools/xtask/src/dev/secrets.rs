//! Secrets of the developer's own shop: random, in `.dev.vars`, which is never committed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The secrets that every deployment needs.
pub(crate) struct Secrets {
    pub(crate) session_secret: String,
    pub(crate) staff_token: String,
    pub(crate) data_keys: String,
}

/// The secrets of `.dev.vars`; what is missing there is made.
///
/// # Errors
/// When the file cannot be written or lacks a secret.
pub(crate) fn ensure(root: &Path) -> Result<Secrets> {
    let path = root.join(".dev.vars");
    let header =
        "# Secrets of the local shop, made by `cargo xtask dev`. Never commit this file.\n";
    let mut text = match path.exists() {
        true => fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?,
        false => header.to_owned(),
    };
    let data_keys = format!("dev:{}", STANDARD.encode(random::<32>()?));
    let made = [
        ("SESSION_SECRET", hex(&random::<24>()?)),
        ("STAFF_TOKEN", hex(&random::<24>()?)),
        ("DATA_KEYS", data_keys),
    ];
    let missing: Vec<_> = made
        .iter()
        .filter(|(name, _)| value(&text, name).is_none())
        .collect();
    if !missing.is_empty() {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        for (name, secret) in missing {
            text.push_str(&format!("{name} = \"{secret}\"\n"));
        }
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
        data_keys: value(&text, "DATA_KEYS").unwrap_or_default().to_owned(),
    })
}

pub(super) fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
}

pub(super) fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
