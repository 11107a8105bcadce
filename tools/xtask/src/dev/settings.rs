//! `--set NAME=VALUE`: a setting of the shop, for one run.
//!
//! A setting has one name on both platforms: that of Spin's variable. Workers have the same one in
//! capitals, and a dot is as good as an underscore (`limits.units_per_line`). What the shop does not
//! know is refused, so a slip is not a test that proves nothing.
//!
//! On Workers the settings stand in the `.dev.vars` of each script, between two marks, for as long
//! as the run lasts: `wrangler dev` puts that file over `[vars]`. A run that was killed leaves them to
//! the next one, which removes them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Platform;
use super::secrets::{file_of, write_private};
use crate::build::Script;

const BEGIN: &str = "# Settings of one run of `cargo xtask dev`.\n";
const END: &str = "# End of these settings.\n";

/// A setting of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// In small letters, with underscores.
    name: String,
    value: String,
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// When it has no `=`, no name, or a value of several lines.
pub(crate) fn parse(text: &str) -> Result<Setting, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("a setting is NAME=VALUE, such as limits.units_per_line=5")?;
    let name = name.trim().to_ascii_lowercase().replace(['.', '-'], "_");
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(format!("'{name}' is no name of a setting"));
    }
    if value.contains(['\n', '\r', '"']) {
        return Err("a value has no quotes and is in one line".to_owned());
    }
    Ok(Setting {
        name,
        value: value.to_owned(),
    })
}

/// Refuses settings that the shop does not have on this platform.
///
/// # Errors
/// When there is one; the text names those that there are.
pub(crate) fn check(root: &Path, on: Platform, settings: &[Setting]) -> Result<()> {
    let known = match on {
        Platform::Workers => names_on_workers(root)?,
        Platform::Spin => names_on_spin(root)?,
    };
    match settings.iter().find(|one| !known.contains(&one.name)) {
        None => Ok(()),
        Some(unknown) => {
            let known: Vec<_> = known.into_iter().collect();
            bail!(
                "the shop has no setting {} on this platform; it has {}",
                unknown.name,
                known.join(", ")
            )
        }
    }
}

fn names_on_spin(root: &Path) -> Result<BTreeSet<String>> {
    Ok(names(&read(&root.join("spin.toml"))?, "[variables]", ""))
}

fn names_on_workers(root: &Path) -> Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for script in Script::ALL {
        all.extend(names(&read(&root.join(config_of(script)))?, "[vars]", ""));
    }
    // Secrets stand in no manifest of Workers.
    let spin = read(&root.join("spin.toml"))?;
    all.extend(names(&spin, "[variables]", "secret = true"));
    all.remove("postgres_url");
    Ok(all)
}

fn config_of(script: Script) -> PathBuf {
    match script {
        Script::Storefront => PathBuf::from("wrangler.toml"),
        other => Path::new(&other.folder()).join("wrangler.toml"),
    }
}

/// The names of a table of a manifest whose lines have a text in them.
fn names(manifest: &str, table: &str, having: &str) -> BTreeSet<String> {
    let lines = manifest.lines().skip_while(|line| line.trim() != table);
    let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.starts_with('#') && line.contains(having));
    let names = lines.filter_map(|line| line.split_once('='));
    names
        .map(|(name, _)| name.trim().to_ascii_lowercase())
        .collect()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// The value of a setting, where the run has one of this name.
pub(crate) fn value_of<'a>(settings: &'a [Setting], name: &str) -> Option<&'a str> {
    let last = settings.iter().rfind(|one| one.name == name);
    last.map(|one| one.value.as_str())
}

/// Gives the settings to `spin up`, over those that it has.
pub(crate) fn set(settings: &[Setting], command: &mut Command) {
    for one in settings {
        souk_launch::set_variable(command, &one.name, &one.value);
    }
}

/// The settings in the files of Workers; taken out again when dropped.
pub(crate) struct Told {
    files: Vec<PathBuf>,
}

impl Told {
    /// Writes the settings into the file of every script; none removes what an earlier run has left.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn workers(root: &Path, settings: &[Setting]) -> Result<Self> {
        let files = Script::ALL.map(|script| root.join(file_of(script)));
        for file in &files {
            tell(file, settings).with_context(|| format!("write {}", file.display()))?;
        }
        Ok(Self {
            files: files.into(),
        })
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        for file in &self.files {
            // If this fails, the next run removes the lines.
            let _ = tell(file, &[]);
        }
    }
}

/// Puts the settings in front of a file, where what other tasks append does not touch them, and the
/// developer's own lines of the same names out of effect: of two the last one counts, so these are
/// written as comments meanwhile.
fn tell(file: &Path, settings: &[Setting]) -> io::Result<()> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let own = without(&text);
    if settings.is_empty() {
        return match (own == text, own.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => fs::remove_file(file),
            (false, false) => write_private(file, &own),
        };
    }
    let mut told = BEGIN.to_owned();
    for one in settings {
        let name = one.name.to_ascii_uppercase();
        told.push_str(&format!("{name}=\"{}\"\n", one.value));
    }
    told.push_str(END);
    for line in own.lines() {
        let name = line.split_once('=').map(|(name, _)| name.trim());
        let is_set = |one: &Setting| name.is_some_and(|name| name.eq_ignore_ascii_case(&one.name));
        let mark = if settings.iter().any(is_set) {
            ASIDE
        } else {
            ""
        };
        told.push_str(&format!("{mark}{line}\n"));
    }
    write_private(file, &told)
}

/// In front of a line that a setting of the run stands for.
const ASIDE: &str = "#aside ";

fn without(text: &str) -> String {
    let rest = match text.split_once(BEGIN) {
        Some((before, told)) => {
            let after = told.split_once(END).map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => text.to_owned(),
    };
    let lines = rest
        .split_inclusive('\n')
        .map(|line| line.strip_prefix(ASIDE).unwrap_or(line));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::dev::secrets::value;

    fn setting(text: &str) -> Setting {
        parse(text).unwrap()
    }

    #[test]
    fn a_setting_has_one_name_on_both_platforms() {
        let one = setting("limits.units_per_line=5");
        assert_eq!(one, setting("LIMITS_UNITS_PER_LINE=5"));
        let mut command = Command::new("spin");
        set(&[one], &mut command);
        let given: Vec<_> = command.get_envs().collect();
        let name = OsStr::new("SPIN_VARIABLE_LIMITS_UNITS_PER_LINE");
        assert_eq!(given, [(name, Some(OsStr::new("5")))]);
        assert_eq!(command.get_args().count(), 0, "for everyone to read");
        assert_eq!(
            setting("base_url=https://a.example/?b=c").value,
            "https://a.example/?b=c"
        );
        for wrong in ["limits", "=5", "a b=1", "a=\"1\"", "a=1\n2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_settings_of_the_shop_are_taken() {
        let root = crate::paths::repo_root().unwrap();
        for on in [Platform::Workers, Platform::Spin] {
            let known = [
                setting("limits.unpaid_percent_per_sku=20"),
                setting("limits.count_loopback=true"),
                setting("session_secret=x"),
            ];
            check(&root, on, &known).unwrap();
            let error = check(&root, on, &[setting("limits.units=1")]).unwrap_err();
            assert!(
                error.to_string().contains("limits_units_per_line"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_run_leaves_the_files_as_it_found_them() {
        let root = std::env::temp_dir().join(format!("souk-dev-set-{}", std::process::id()));
        for script in Script::ALL {
            fs::create_dir_all(root.join(script.folder())).unwrap();
        }
        let file = root.join(file_of(Script::Origin));
        let own = "# mine\nDATA_KEYS = \"dev:x\"\nUNPAID_KEPT_DAYS = \"9\"\n";
        fs::write(&file, own).unwrap();
        let settings = [
            setting("unpaid_kept_days=1"),
            setting("limits.units_per_line=5"),
        ];
        let told = Told::workers(&root, &settings).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(value(&text, "UNPAID_KEPT_DAYS"), Some("1"), "{text}");
        assert_eq!(value(&text, "LIMITS_UNITS_PER_LINE"), Some("5"));
        assert_eq!(value(&text, "DATA_KEYS"), Some("dev:x"));
        assert_eq!(text.matches("\nUNPAID_KEPT_DAYS").count(), 1, "{text}");
        drop(told);
        assert_eq!(fs::read_to_string(&file).unwrap(), own);
        assert!(!root.join(file_of(Script::Payments)).exists());
        let told = Told::workers(&root, &[setting("staff_token=x")]).unwrap();
        for script in Script::ALL {
            let file = fs::metadata(root.join(file_of(script))).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{script:?}");
        }
        drop(told);
        // A run that was killed has left them.
        std::mem::forget(Told::workers(&root, &settings).unwrap());
        drop(Told::workers(&root, &[]).unwrap());
        assert_eq!(fs::read_to_string(&file).unwrap(), own);
        fs::remove_dir_all(&root).unwrap();
    }
}
