//! Takes the white space out of `openapi.json`: the file is for readers of a difference, its bytes
//! are part of every function.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads its package and its environment"
)]

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=openapi.json");
    let text = std::fs::read("openapi.json").expect("openapi.json is committed");
    let document: serde_json::Value = serde_json::from_slice(&text).expect("openapi.json is JSON");
    let folder = std::env::var_os("OUT_DIR").expect("Cargo names OUT_DIR");
    let file = Path::new(&folder).join("openapi.json");
    std::fs::write(file, document.to_string()).expect("OUT_DIR can be written");
}
