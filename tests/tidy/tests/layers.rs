//! Arrows point inward only: functions → use cases → protocol → domain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use souk_tidy::{Manifest, files, manifest, texts};

/// For each shared crate the crates of ours that it may know.
const MAY_KNOW: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("protocol", &["domain"]),
    ("ports", &[]),
    ("catalogue", &["domain"]),
    ("import", &["catalogue", "domain"]),
    ("latch", &[]),
    (
        "origin",
        &[
            "domain", "latch", "ports", "protocol", "sharding", "sql", "vault",
        ],
    ),
    ("sharding", &["ports", "protocol"]),
    ("payments", &["domain", "ports", "protocol"]),
    ("sql", &["ports"]),
    ("vault", &["protocol"]),
    (
        "backoffice",
        &["catalogue", "domain", "ports", "protocol", "sql", "vault"],
    ),
    (
        "storefront",
        &["catalogue", "domain", "latch", "ports", "protocol"],
    ),
];

/// What the innermost layers may take from others.
const INNERMOST: [(&str, &[&str]); 3] = [
    ("domain", &["thiserror"]),
    (
        "protocol",
        &["serde", "serde_json", "souk-domain", "utoipa"],
    ),
    ("ports", &["bytes", "http", "thiserror"]),
];

/// Crates that tie code to a platform.
const SDKS: [&str; 12] = [
    "worker",
    "worker-sys",
    "worker-macros",
    "spin-sdk",
    "wit-bindgen",
    "wasi",
    "wasip2",
    "wasip3",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
];

/// Whole runtimes and the errors of tools: nothing that is deployed or shared needs them.
const TOOLS_ONLY: [&str; 4] = ["anyhow", "async-std", "smol", "tokio"];

/// Names of the dependencies of a manifest: those that are built in, and those of tests.
fn dependencies(manifest: &Manifest) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut built, mut tests) = (BTreeSet::new(), BTreeSet::new());
    let mut read = |table: &Manifest| {
        for (kind, into) in [
            ("dependencies", &mut built),
            ("dev-dependencies", &mut tests),
        ] {
            let names = table.get(kind).and_then(toml::Value::as_table);
            into.extend(names.into_iter().flat_map(|table| table.keys().cloned()));
        }
        let build = table
            .get("build-dependencies")
            .and_then(toml::Value::as_table);
        built.extend(build.into_iter().flat_map(|table| table.keys().cloned()));
    };
    read(manifest);
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(|targets| targets.values()) {
        read(target.as_table().expect("a target is a table"));
    }
    (built, tests)
}

fn crates() -> BTreeMap<String, Manifest> {
    let paths = files("Cargo.toml");
    let folder = |path: &Path| {
        path.parent()
            .expect("a folder")
            .to_string_lossy()
            .into_owned()
    };
    paths
        .iter()
        .map(|path| (folder(path), manifest(path)))
        .collect()
}

#[test]
fn shared_crates_know_only_what_lies_further_in() {
    let crates = crates();
    let shared: Vec<_> = crates
        .keys()
        .filter_map(|path| path.strip_prefix("shared/"))
        .collect();
    let known: BTreeSet<_> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    for name in &shared {
        assert!(
            known.contains(name),
            "shared/{name} has no place among the layers yet"
        );
    }
    for (name, may_know) in MAY_KNOW {
        let (built, _) = dependencies(&crates[&format!("shared/{name}")]);
        for dependency in built.iter().filter_map(|name| name.strip_prefix("souk-")) {
            assert!(
                may_know.contains(&dependency),
                "shared/{name} must not know {dependency}"
            );
        }
    }
}

#[test]
fn the_innermost_crates_take_almost_nothing() {
    let crates = crates();
    for (name, may_take) in INNERMOST {
        let (built, _) = dependencies(&crates[&format!("shared/{name}")]);
        for dependency in &built {
            assert!(
                may_take.contains(&dependency.as_str()),
                "shared/{name} takes {dependency}"
            );
        }
    }
}

#[test]
fn only_functions_know_a_platform() {
    for (path, manifest) in crates() {
        // The floor of the benchmark is the SDKs' own hello world; the local Spin runner reads
        // the interfaces that lie in the SDK's package, and compiles nothing of it.
        let deployed = path.starts_with("functions/")
            || path.starts_with("tests/bench-floor/")
            || path == "tests/spin-runner";
        let (built, tests) = dependencies(&manifest);
        for dependency in built.union(&tests) {
            let name = dependency.as_str();
            assert!(
                deployed || !SDKS.contains(&name),
                "{path} must not know {name}"
            );
            let ours = path.starts_with("functions/") || path.starts_with("shared/");
            assert!(
                !ours || !TOOLS_ONLY.contains(&name),
                "{path} must not need {name}"
            );
        }
    }
}

#[test]
fn every_crate_is_a_member_and_obeys_the_lints() {
    let workspace = manifest("Cargo.toml");
    let workspace = workspace["workspace"].as_table().expect("a workspace");
    let members = texts(workspace, "members");
    for (path, manifest) in crates() {
        assert!(
            members.contains(&path),
            "{path} is no member of the workspace"
        );
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(
            lints,
            Some(&toml::Value::Boolean(true)),
            "{path} has lints of its own"
        );
    }
}
