//! Takes the white space out of `openapi.json`: the file is for readers of a difference, its bytes
//! are part of every function. Functions whose bytes are counted as they are have it compressed.

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
    let document = document.to_string();
    let compressed = lz4_flex::block::compress_prepend_size(document.as_bytes());
    let folder = Path::new(&folder);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    write("openapi.json", document.as_bytes()).expect("OUT_DIR can be written");
    write("openapi.json.lz4", &compressed).expect("OUT_DIR can be written");
}
