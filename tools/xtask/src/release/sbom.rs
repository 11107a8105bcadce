//! The bill of materials: which crates are in what is deployed, as CycloneDX 1.6 in JSON.
//!
//! Crates are those that the functions depend on, without those of tests; where they come from and
//! which content they have is what `Cargo.lock` says, which the build is held to.
//! Source: cyclonedx.org, specification 1.6; package-url, type `cargo`.
//!
//! Not here: npm packages, of which none is deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::process;

/// Packages that are deployed begin with these.
const DEPLOYED: [&str; 2] = ["souk-workers-", "souk-spin-"];

/// The bill of the functions at a commit.
///
/// # Errors
/// When Cargo does not know the dependencies, or the lock file does not fit.
pub(super) fn cyclone_dx(root: &Path, commit: &str) -> Result<Vec<u8>> {
    let mut cargo = process::command("cargo");
    cargo
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(root);
    let output = cargo.output().context("cargo cannot be started")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("read Cargo.lock")?;
    let bill = bill(&metadata, &checksums(&lock), commit)?;
    Ok(serde_json::to_vec_pretty(&bill)?)
}

/// The checksum of each package of the lock file, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let line = package.lines().find_map(|line| {
                line.strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix(" = \""))
            });
            line.map(|rest| rest.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) =
            (value("name"), value("version"), value("checksum"))
        {
            all.insert((name, version), sum);
        }
    }
    all
}

fn bill(
    metadata: &Value,
    checksums: &BTreeMap<(String, String), String>,
    commit: &str,
) -> Result<Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<String, Value> = list(&metadata["packages"])
        .into_iter()
        .map(|package| (text(&package["id"]), package))
        .collect();
    let links: BTreeMap<String, BTreeSet<String>> = list(&metadata["resolve"]["nodes"])
        .into_iter()
        .map(|node| {
            let others = list(&node["deps"]).into_iter().filter(|other| {
                let kinds = list(&other["dep_kinds"]);
                kinds.iter().any(|kind| kind["kind"] != "dev")
            });
            let others = others.map(|other| text(&other["pkg"])).collect();
            (text(&node["id"]), others)
        })
        .collect();
    let is_root = |package: &Value| {
        let name = text(&package["name"]);
        DEPLOYED.iter().any(|begin| name.starts_with(begin))
    };
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = packages
        .iter()
        .filter(|(_, package)| is_root(package))
        .map(|(id, _)| id.clone())
        .collect();
    ensure!(!next.is_empty(), "no package is deployed");
    while let Some(id) = next.pop() {
        if reached.insert(id.clone()) {
            next.extend(links.get(&id).into_iter().flatten().cloned());
        }
    }
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for id in &reached {
        let package = packages
            .get(id)
            .with_context(|| format!("cargo metadata names {id} and does not have it"))?;
        components.push(component(package, checksums));
        let others = links.get(id).into_iter().flatten();
        let others = others.filter_map(|other| packages.get(other)).map(purl);
        let others: BTreeSet<String> = others.collect();
        dependencies.push(json!({"ref": purl(package), "dependsOn": others}));
    }
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "souk", "version": commit,
                "bom-ref": format!("souk@{commit}")},
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let (name, version) = (text(&package["name"]), text(&package["version"]));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "purl": purl(package),
        "name": name,
        "version": version,
    });
    if let Some(licence) = package["license"].as_str() {
        // The old way to write a choice; SPDX has a word for it.
        let expression = licence.replace('/', " OR ");
        component["licenses"] = json!([{"expression": expression}]);
    }
    if let Some(sum) = checksums.get(&(name, version)) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    component
}

fn purl(package: &Value) -> String {
    format!(
        "pkg:cargo/{}@{}",
        text(&package["name"]),
        text(&package["version"])
    )
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_has_what_is_deployed_and_nothing_of_tests() {
        let node = |id: &str, others: &[(&str, Value)]| {
            let deps: Vec<_> = others
                .iter()
                .map(|(other, kind)| json!({"pkg": other, "dep_kinds": [{"kind": kind}]}))
                .collect();
            json!({"id": id, "deps": deps})
        };
        let package = |name: &str, licence: Value| json!({"id": name, "name": name, "version": "1.2.3", "license": licence});
        let normal = Value::Null;
        let metadata = json!({
            "packages": [
                package("souk-spin-origin", json!("MIT")), package("http", json!("MIT/Apache-2.0")),
                package("tempfile", json!("MIT")), package("xtask", json!("MIT")),
                package("cc", normal.clone()),
            ],
            "resolve": {"nodes": [
                node("souk-spin-origin", &[("http", normal.clone()), ("tempfile", json!("dev"))]),
                node("http", &[("cc", json!("build"))]),
                node("xtask", &[("tempfile", normal)]), node("tempfile", &[]), node("cc", &[]),
            ]},
        });
        let lock = "version = 4\n\n[[package]]\nname = \"http\"\nversion = \"1.2.3\"\n\
            source = \"registry\"\nchecksum = \"00ff\"\n\n[[package]]\nname = \"xtask\"\n\
            version = \"1.2.3\"\n";
        let bill = bill(&metadata, &checksums(lock), "abc").unwrap();
        let names = bill["components"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["cc", "http", "souk-spin-origin"]);
        let http = &bill["components"][1];
        assert_eq!(http["purl"], "pkg:cargo/http@1.2.3");
        assert_eq!(http["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(http["hashes"][0]["content"], "00ff");
        let of_origin = &bill["dependencies"][2];
        assert_eq!(of_origin["dependsOn"], json!(["pkg:cargo/http@1.2.3"]));
    }
}
