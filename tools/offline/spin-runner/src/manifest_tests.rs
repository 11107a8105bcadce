//! What the manifest reader accepts, and the sentences with which it refuses.

use super::*;

const MINIMAL: &str = r#"
spin_manifest_version = 2
[application]
name = "shop"
[[trigger.http]]
route = "/..."
component = "web"
[component.web]
source = "web.wasm"
"#;

fn parse(text: &str) -> Result<Manifest> {
    Manifest::parse(text, PathBuf::from("/shop"))
}

/// The error of the minimal manifest after one replacement.
fn error_after(from: &str, to: &str) -> String {
    assert!(MINIMAL.contains(from), "{from}");
    format!("{:#}", parse(&MINIMAL.replacen(from, to, 1)).expect_err(to))
}

#[test]
fn a_minimal_manifest_is_read() {
    let manifest = parse(MINIMAL).unwrap();
    assert_eq!(manifest.name, "shop");
    assert_eq!(manifest.triggers[0].route.as_deref(), Some("/..."));
    assert_eq!(
        manifest.components["web"].source,
        Path::new("/shop/web.wasm")
    );
}

#[test]
fn a_full_component_is_read() {
    let manifest = parse(
        r#"
spin_manifest_version = 2
[application]
name = "shop"
version = "1.0.0"
authors = ["A"]
description = "d"
[variables]
host = { default = "h", description = "d" }
token = { required = true, secret = true }
[[trigger.http]]
route = "/..."
component = "web"
[[trigger.http]]
id = "o"
route = { private = true }
component = "origin"
executor = { type = "http" }
[component.origin]
source = "o.wasm"
sqlite_databases = ["default"]
[component.web]
source = "target/web.wasm"
description = "d"
allowed_outbound_hosts = ["http://origin.spin.internal", "https://{{ host }}"]
key_value_stores = ["default"]
environment = { MODE = "dev" }
[component.web.variables]
address = "https://{{ host }}/"
[component.web.build]
command = "cargo build"
watch = ["src"]
[component.web.tool.x]
any = 1
"#,
    )
    .unwrap();
    assert_eq!(manifest.triggers[1].route, None);
    assert!(manifest.variables["token"].required);
    let web = &manifest.components["web"];
    assert_eq!(web.key_value_stores, ["default"]);
    assert_eq!(web.environment["MODE"], "dev");
    assert_eq!(web.variables["address"], "https://{{ host }}/");
    assert_eq!(manifest.components["origin"].sqlite_databases, ["default"]);
}

#[test]
fn what_is_not_implemented_is_named_and_refused() {
    let source = "source = \"web.wasm\"";
    let with = |line: &str| format!("{source}\n{line}");
    let cases = [
        (source, with("files = [\"a\"]"), "`files` is not supported"),
        (
            source,
            with("ai_models = [\"llama\"]"),
            "`ai_models` is not supported",
        ),
        (
            source,
            with("allowed_http_hosts = [\"a\"]"),
            "`allowed_http_hosts` is not supported",
        ),
        (
            source,
            with("dependencies = { a = \"1\" }"),
            "`dependencies` is not supported",
        ),
        (
            source,
            with("key_value_stores = [\"other\"]"),
            "needs a runtime-config file",
        ),
        (
            source,
            with("sqlite_databases = [\"other\"]"),
            "needs a runtime-config file",
        ),
        (
            source,
            "source = { url = \"u\", digest = \"d\" }".to_owned(),
            "only a local file",
        ),
        (source, with("colour = \"red\""), "unknown field `colour`"),
        (
            "[[trigger.http]]",
            "[[trigger.redis]]".to_owned(),
            "trigger type `redis` is not supported",
        ),
        (
            "component = \"web\"",
            "static_response = {}".to_owned(),
            "`static_response` is not supported",
        ),
        (
            "component = \"web\"",
            "component = { source = \"a\" }".to_owned(),
            "inline component",
        ),
        (
            "component = \"web\"",
            "component = \"web\"\nexecutor = { type = \"wagi\" }".to_owned(),
            "executor `wagi` is not supported",
        ),
    ];
    for (from, to, expected) in cases {
        let error = error_after(from, &to);
        assert!(error.contains(expected), "{to}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn what_is_invalid_is_refused() {
    let cases = [
        ("version = 2", "version = 1", "only version 2 is supported"),
        (
            "component = \"web\"",
            "component = \"shop\"",
            "component `shop`, which is not declared",
        ),
        ("component = \"web\"", "", "names no component"),
        (
            "route = \"/...\"",
            "route = { private = false }",
            "private = true",
        ),
        ("route = \"/...\"", "route = 1", "a route must be a string"),
        ("route = \"/...\"", "", "missing field `route`"),
        (
            "[application]",
            "[variables]\nA = { default = \"\" }\n[application]",
            "no variable name",
        ),
        (
            "[application]",
            "[variables]\na = {}\n[application]",
            "either `required = true` or a default",
        ),
        ("name = \"shop\"", "name = ", "line 4"),
    ];
    for (from, to, expected) in cases {
        let error = error_after(from, to);
        assert!(error.contains(expected), "{to}: {error}");
    }
}

#[test]
fn an_application_without_triggers_is_refused() {
    let text = "spin_manifest_version = 2\n[application]\nname = \"shop\"";
    assert!(
        parse(text)
            .unwrap_err()
            .to_string()
            .contains("nothing to serve")
    );
}
