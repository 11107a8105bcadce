//! Arrows point inward only: functions → use cases → protocol → domain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use souk_tidy::{Manifest, files, manifest, read, texts};

/// For each shared crate the crates of ours that it may know.
const MAY_KNOW: [(&str, &[&str]); 43] = [
    ("domain", &[]),
    ("addresses", &[]),
    ("json", &[]),
    ("protocol", &["domain"]),
    ("ports", &[]),
    ("pricing", &["domain"]),
    ("quotes", &["domain", "pricing", "protocol"]),
    ("catalogue", &["addresses", "domain", "pricing", "room"]),
    ("import", &["catalogue", "domain"]),
    ("insights", &["catalogue"]),
    ("shop", &["catalogue", "domain", "protocol"]),
    ("content", &["catalogue", "domain", "import", "shop"]),
    ("cldr", &["domain", "shop"]),
    ("search", &["catalogue", "domain"]),
    (
        "search-build",
        &["catalogue", "domain", "search", "stock-signals"],
    ),
    (
        "shop-folder",
        &[
            "catalogue",
            "domain",
            "operations",
            "pricing",
            "room",
            "search",
            "shop",
        ],
    ),
    // The ports of the origin and their rules, which no engine repeats.
    (
        "order-store",
        &[
            "domain",
            "json",
            "pricing",
            "protocol",
            "sql",
            "stock-signals",
        ],
    ),
    (
        "order-store-sqlite",
        &[
            "domain",
            "json",
            "order-store",
            "protocol",
            "sharding",
            "sql",
            "stock-signals",
        ],
    ),
    (
        "order-store-postgres",
        &[
            "domain",
            "json",
            "order-store",
            "protocol",
            "sql",
            "stock-signals",
        ],
    ),
    // No engine: `functions/` compose the two.
    (
        "origin",
        &[
            "domain",
            "json",
            "order-store",
            "ports",
            "pricing",
            "protocol",
            "service-http",
            "settings",
            "stock-signals",
            "vault",
        ],
    ),
    (
        "origin-sharding",
        &[
            "domain",
            "json",
            "order-store",
            "origin",
            "protocol",
            "service-http",
            "sharding",
            "sql",
            "stock-signals",
        ],
    ),
    (
        "order-index",
        &[
            "catalogue",
            "domain",
            "json",
            "ports",
            "protocol",
            "service-http",
            "settings",
            "sql",
        ],
    ),
    ("service-http", &["protocol"]),
    ("settings", &["protocol", "service-http"]),
    (
        "sharding",
        &[
            "domain",
            "json",
            "ports",
            "protocol",
            "service-http",
            "stock-signals",
        ],
    ),
    // The token of an order, which two functions make.
    ("order-token", &["settings"]),
    (
        "origin-client",
        &["json", "ports", "protocol", "service-http"],
    ),
    (
        "origin-pool",
        &[
            "ports",
            "protocol",
            "service-http",
            "settings",
            "stock-signals",
        ],
    ),
    (
        "mail",
        &[
            "catalogue",
            "domain",
            "json",
            "order-token",
            "origin-client",
            "ports",
            "protocol",
            "service-http",
            "settings",
            "shop",
        ],
    ),
    (
        "payments",
        &[
            "json",
            "origin-client",
            "ports",
            "protocol",
            "service-http",
            "settings",
        ],
    ),
    // One crate for each provider: it knows the seam, and the seam knows none of them.
    (
        "payments-stripe",
        &[
            "domain",
            "json",
            "payments",
            "ports",
            "service-http",
            "settings",
        ],
    ),
    ("sql", &["json", "ports"]),
    (
        "staff-api",
        &[
            "catalogue",
            "domain",
            "insights",
            "json",
            "operations",
            "order-index",
            "ports",
            "protocol",
            "room",
            "search-tallies",
            "service-http",
            "settings",
            "sql",
            "staff-tokens",
            "stock-signals",
        ],
    ),
    ("search-tallies", &["domain", "json", "protocol", "sql"]),
    ("staff-tokens", &["json", "protocol", "sql"]),
    (
        "pages",
        &["addresses", "catalogue", "domain", "protocol", "shop"],
    ),
    ("stock-signals", &[]),
    // The waiting room of a sale, and what is switched: pure rules, which every edge links.
    ("room", &[]),
    ("operations", &["room"]),
    ("operations-store", &["operations", "sql"]),
    (
        "operations-service",
        &[
            "domain",
            "json",
            "operations",
            "operations-store",
            "ports",
            "protocol",
            "room",
            "service-http",
            "sql",
        ],
    ),
    ("vault", &["json", "ports", "protocol"]),
    (
        "storefront",
        &[
            "addresses",
            "catalogue",
            "domain",
            "insights",
            "json",
            "operations",
            "order-token",
            "origin-pool",
            "pages",
            "ports",
            "pricing",
            "protocol",
            "quotes",
            "room",
            "search",
            "service-http",
            "settings",
            "shop",
            "stock-signals",
        ],
    ),
];

/// What the innermost layers may take from others.
const INNERMOST: [(&str, &[&str]); 5] = [
    ("addresses", &[]),
    (
        "domain",
        &[
            "iso_currency",
            "thiserror",
            "unicode-normalization",
            "unicode-properties",
        ],
    ),
    ("json", &["serde", "serde_json"]),
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
    let mut add = |table: &Manifest| {
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
    add(manifest);
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(|targets| targets.values()) {
        add(target.as_table().expect("a target is a table"));
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

/// What reads a merchant's files: parsers and sanitisers, which only the program `souk` needs.
const READS_FILES: [&str; 3] = ["souk-content", "souk-import", "souk-shop-folder"];

#[test]
fn no_function_has_what_reads_the_files_of_a_merchant() {
    let crates = crates();
    let mut by_name = BTreeMap::new();
    for (path, manifest) in &crates {
        let name = manifest["package"]["name"].as_str().expect("a name");
        by_name.insert(name, (path, dependencies(manifest).0));
    }
    for name in READS_FILES {
        assert!(by_name.contains_key(name), "{name} is no crate");
    }
    let functions = crates.keys().filter(|path| path.starts_with("functions/"));
    for function in functions {
        let mut seen = BTreeSet::new();
        let (built, _) = dependencies(&crates[function]);
        let mut open: Vec<_> = built.into_iter().collect();
        while let Some(name) = open.pop() {
            assert!(
                !READS_FILES.contains(&name.as_str()),
                "{function} must not need {name}"
            );
            if let Some((_, built)) = by_name.get(name.as_str())
                && seen.insert(name)
            {
                open.extend(built.iter().cloned());
            }
        }
    }
}

/// CLDR and the time zones are some MiB: functions have only the tables that are made of them.
#[test]
fn no_function_links_the_data_of_every_language() {
    for (path, manifest) in crates() {
        let (built, _) = dependencies(&manifest);
        let takes = built.iter().find(|name| {
            name.starts_with("icu_") || ["jiff", "souk-cldr"].contains(&name.as_str())
        });
        let is_tool =
            path == "shared/cldr" || path == "shared/shop-folder" || path.starts_with("tools/");
        assert!(is_tool || takes.is_none(), "{path} must not take {takes:?}");
    }
}

/// What a provider is called stands in its own crate, and where the functions compose it.
#[test]
fn no_shared_crate_names_a_payment_provider_but_its_own() {
    let crates = crates();
    let providers: Vec<_> = crates
        .keys()
        .filter_map(|path| path.strip_prefix("shared/payments-"))
        .collect();
    assert!(providers.contains(&"stripe"), "{providers:?}");
    for path in files(".rs") {
        let name = path.to_string_lossy();
        let neutral = name.starts_with("shared/") && name.contains("/src/");
        if !neutral || name.starts_with("shared/payments-") {
            continue;
        }
        for line in read(&path).lines() {
            let line = line.to_lowercase();
            let is_comment = line.trim_start().starts_with("//");
            for provider in &providers {
                assert!(is_comment || !line.contains(provider), "{name}: {line}");
            }
        }
    }
}

#[test]
fn the_innermost_crates_take_almost_nothing() {
    let crates = crates();
    for (name, allowed) in INNERMOST {
        let (built, _) = dependencies(&crates[&format!("shared/{name}")]);
        for dependency in &built {
            assert!(
                allowed.contains(&dependency.as_str()),
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
            || path == "tools/offline/spin-runner";
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

/// What `cargo xtask` must not take: it is compiled before a task can say anything, and what is
/// heavy belongs into a program that it starts.
const HEAVY: [&str; 12] = [
    "fast_image_resize",
    "hyper",
    "image",
    "reqwest",
    "resvg",
    "rusqlite",
    "rustls",
    "souk-payment-sandbox",
    "spin-runner",
    "tokio",
    "ureq",
    "wasmtime",
];

#[test]
fn the_tasks_are_quick_to_compile() {
    let (built, tests) = dependencies(&crates()["tools/xtask"]);
    for dependency in built.union(&tests) {
        assert!(
            !HEAVY.contains(&dependency.as_str()),
            "tools/xtask must not need {dependency}: start a program that does"
        );
    }
}

/// It is installed by itself, on machines without this repository.
#[test]
fn the_program_of_a_shop_needs_no_repository() {
    let (built, _) = dependencies(&crates()["tools/souk"]);
    let ours: Vec<_> = built
        .iter()
        .filter_map(|name| name.strip_prefix("souk-"))
        .collect();
    assert_eq!(
        ours,
        [
            "catalogue",
            "cldr",
            "content",
            "domain",
            "import",
            "insights",
            "machine",
            "mail",
            "operations",
            "pages",
            "pricing",
            "protocol",
            "quotes",
            "room",
            "search",
            "search-build",
            "shop",
            "shop-folder"
        ]
    );
    for path in files(".rs") {
        if path.starts_with("tools/souk/src") {
            for way in ["CARGO_MANIFEST_DIR", "include_str!", "include_bytes!"] {
                assert!(!read(&path).contains(way), "{}: {way}", path.display());
            }
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
