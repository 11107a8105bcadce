//! Secrets of the developer's own shop: random, in a `.dev.vars` for each script of Workers, which is
//! never committed. A shop on Spin uses the same ones.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use souk_settings::weakness;

use super::settings::{Setting, value_of};
use crate::build::Script;

const HEADER: &str =
    "# Secrets of the local shop, made by `cargo xtask dev`. Never commit this file.\n";

/// The secrets that every deployment needs.
pub(crate) struct Secrets {
    pub(crate) session_secret: String,
    pub(crate) staff_token: String,
    pub(crate) code_secret: String,
    pub(crate) data_keys: String,
}

impl Secrets {
    /// With those that the run sets.
    pub(crate) fn with(self, settings: &[Setting]) -> Self {
        let set = |name, own: String| value_of(settings, name).map_or(own, str::to_owned);
        Self {
            session_secret: set("session_secret", self.session_secret),
            staff_token: set("staff_token", self.staff_token),
            code_secret: set("code_secret", self.code_secret),
            data_keys: set("data_keys", self.data_keys),
        }
    }
}

/// The file with a script's secrets, from the root; `wrangler dev` reads the one beside each
/// `wrangler.toml`.
pub(crate) const fn file_of(script: Script) -> &'static str {
    match script {
        Script::Storefront => ".dev.vars",
        Script::Origin => "functions/workers-origin/.dev.vars",
        Script::Backoffice => "functions/workers-backoffice/.dev.vars",
        Script::Payments => "functions/workers-payments/.dev.vars",
        Script::Mail => "functions/workers-mail/.dev.vars",
        Script::Operations => "functions/workers-operations/.dev.vars",
    }
}

const SESSION_SECRET: (Script, &str) = (Script::Storefront, "SESSION_SECRET");
const STAFF_TOKEN: (Script, &str) = (Script::Backoffice, "STAFF_TOKEN");
const CODE_SECRET: (Script, &str) = (Script::Origin, "CODE_SECRET");
/// The storefront's, which is the origin's.
const CODE_SECRET_OF_STOREFRONT: (Script, &str) = (Script::Storefront, "CODE_SECRET");
const DATA_KEYS: (Script, &str) = (Script::Origin, "DATA_KEYS");

/// The secrets of the scripts; missing ones are made.
///
/// # Errors
/// When a file cannot be written or lacks a secret.
pub(crate) fn ensure(root: &Path) -> Result<Secrets> {
    // Shops that were made before one of the two was have the other one.
    let known = [CODE_SECRET, CODE_SECRET_OF_STOREFRONT];
    let known = known.into_iter().find_map(|(script, name)| {
        let text = fs::read_to_string(root.join(file_of(script))).ok()?;
        value(&text, name).map(str::to_owned)
    });
    let code_secret = match known {
        Some(known) => known,
        None => hex(&random::<24>()?),
    };
    let data_keys = format!("dev:{}", STANDARD.encode(random::<32>()?));
    for ((script, name), made) in [
        (SESSION_SECRET, hex(&random::<24>()?)),
        (STAFF_TOKEN, hex(&random::<24>()?)),
        (CODE_SECRET, code_secret.clone()),
        (CODE_SECRET_OF_STOREFRONT, code_secret),
        (DATA_KEYS, data_keys),
    ] {
        let path = root.join(file_of(script));
        let mut text = match path.exists() {
            true => {
                fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?
            }
            false => HEADER.to_owned(),
        };
        if value(&text, name).is_some() {
            continue;
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{name} = \"{made}\"\n"));
        write_private(&path, &text).with_context(|| format!("write {}", path.display()))?;
    }
    read(root)
}

/// The secrets of the scripts.
///
/// # Errors
/// When a file is missing or lacks a secret.
pub(crate) fn read(root: &Path) -> Result<Secrets> {
    let find = |(script, name): (Script, &str)| {
        let path = root.join(file_of(script));
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let value = value(&text, name).unwrap_or_default();
        // Keys have names in front, which say nothing about them.
        match weakness(value.rsplit(':').next().unwrap_or_default()) {
            None => Ok(value.to_owned()),
            Some(weakness) => bail!("{name} in {} {}", path.display(), weakness.reason()),
        }
    };
    Ok(Secrets {
        session_secret: find(SESSION_SECRET)?,
        staff_token: find(STAFF_TOKEN)?,
        code_secret: find(CODE_SECRET)?,
        data_keys: find(DATA_KEYS)?,
    })
}

/// Writes a file that its owner alone may read.
///
/// # Errors
/// Those of the file system.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    // It may have been there before, and readable.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
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
    fn a_secret_is_made_once_and_lies_beside_the_script_that_needs_it() {
        let root = std::env::temp_dir().join(format!("souk-dev-secrets-{}", std::process::id()));
        for script in Script::ALL {
            fs::create_dir_all(root.join(script.folder())).unwrap();
        }
        let made = ensure(&root).unwrap();
        let again = ensure(&root).unwrap();
        assert_eq!(made.staff_token, again.staff_token);
        let of = |script| fs::read_to_string(root.join(file_of(script))).unwrap();
        let storefront = of(Script::Storefront);
        assert_eq!(
            value(&storefront, "SESSION_SECRET"),
            Some(made.session_secret.as_str())
        );
        assert!(!storefront.contains("STAFF_TOKEN") && !storefront.contains("DATA_KEYS"));
        assert_eq!(
            [&storefront, &of(Script::Origin)].map(|text| value(text, "CODE_SECRET")),
            [Some(made.code_secret.as_str()); 2]
        );
        let mode = fs::metadata(root.join(".dev.vars")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert_eq!(
            value(&of(Script::Origin), "DATA_KEYS"),
            Some(made.data_keys.as_str())
        );
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn values_are_read_with_and_without_quotes() {
        let text = "# A = \"no\"\nA = \"one\"\nB=two\n C = 'three' \n";
        for (name, expected) in [("A", "one"), ("B", "two"), ("C", "three")] {
            assert_eq!(value(text, name), Some(expected));
        }
        assert_eq!(value(text, "D"), None);
    }
}
