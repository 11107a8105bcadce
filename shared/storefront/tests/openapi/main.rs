//! `openapi.json` is made from the code: the shapes come from the protocol's derives, the bounds
//! from its constants. This test keeps the committed file equal to what the code says, and fails
//! when a change takes something away from clients.

mod breaking;

use std::path::Path;

use serde_json::{Value, json};
use souk_storefront::openapi::document;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
const REWRITE: &str = "UPDATE_OPENAPI=1 cargo test -p souk-storefront --test openapi";

/// The same with the members of every object in order, whatever features `serde_json` has.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort();
            let sorted = names
                .into_iter()
                .map(|name| (name.clone(), sorted(&members[name])));
            Value::Object(sorted.collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_committed_contract_is_what_the_code_says() {
    let document = sorted(&document());
    let committed = std::fs::read_to_string(FILE).expect("openapi.json is committed");
    let committed: Value = serde_json::from_str(&committed).expect("openapi.json is JSON");
    if committed == document {
        return;
    }
    let broken = breaking::changes(&committed, &document);
    let wish = std::env::var_os("UPDATE_OPENAPI").unwrap_or_default();
    assert!(
        broken.is_empty() || wish == "breaking",
        "this takes something away from clients; if that is meant, run \
         UPDATE_OPENAPI=breaking with the command below:\n{}\n{REWRITE}",
        broken.join("\n")
    );
    assert!(
        !wish.is_empty(),
        "openapi.json is not what the code says; rewrite it with\n{REWRITE}\nand commit it"
    );
    let text = serde_json::to_string_pretty(&document).expect("a document is JSON");
    std::fs::write(Path::new(FILE), text + "\n").expect("openapi.json can be written");
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(document: &Value, node: &Value, seen: &mut usize) {
        match node {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').expect("a reference within");
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                    *seen += 1;
                }
                members
                    .values()
                    .for_each(|node| check(document, node, seen));
            }
            Value::Array(items) => items.iter().for_each(|node| check(document, node, seen)),
            _ => {}
        }
    }
    let (document, mut seen) = (document(), 0);
    check(&document, &document, &mut seen);
    assert!(seen > 20, "only {seen} references");
}

#[test]
fn what_is_taken_away_is_noticed() {
    let old = document();
    let change = |pointer: &str, with: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        with(new.pointer_mut(pointer).expect(pointer));
        breaking::changes(&old, &new)
    };
    let remove = |name: &'static str| {
        move |node: &mut Value| {
            node.as_object_mut()
                .expect("an object")
                .remove(name)
                .expect(name);
        }
    };
    let orders = "/paths/~1api~1v1~1orders/post";
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Value));
    let cases: [Case<'_>; 8] = [
        ("/paths", &remove("/api/v1/products")),
        ("/paths/~1api~1v1~1orders", &remove("post")),
        (&format!("{orders}/responses"), &remove("409")),
        ("/components/schemas/Product/properties", &remove("slug")),
        (
            "/components/schemas/Payment/properties/method/enum",
            &|node| {
                node.as_array_mut().expect("an array").pop();
            },
        ),
        ("/components/schemas/OrderRequest/required", &|node| {
            node.as_array_mut().expect("an array").push(json!("note"));
        }),
        (
            "/components/schemas/OrderRequestLine/properties/quantity/type",
            &|node| {
                *node = json!("string");
            },
        ),
        ("/paths/~1api~1v1~1products/get/parameters", &|node| {
            node.as_array_mut().expect("an array").remove(0);
        }),
    ];
    for (pointer, with) in cases {
        assert_eq!(
            change(pointer, with).len(),
            1,
            "{pointer}: {:?}",
            change(pointer, with)
        );
    }
    let harmless = change("/components/schemas/Order/properties", &|node| {
        node["colour"] = json!({"type": "string"});
    });
    assert!(harmless.is_empty(), "{harmless:?}");
    assert!(change("/info/description", &|node| *node = json!("other")).is_empty());
}
