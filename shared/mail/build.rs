//! Puts the built-in templates into their compact form, so that no function parses Markdown.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "parts of the crate, read here for its build"
)]

use std::collections::BTreeMap;
use std::path::Path;

use souk_domain::MailKind;

#[path = "src/parse.rs"]
mod parse;
#[path = "src/template/mod.rs"]
mod template;

fn main() {
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=src/parse.rs");
    println!("cargo::rerun-if-changed=src/template");
    let mut languages: BTreeMap<String, Vec<(String, template::Template)>> = BTreeMap::new();
    let files = std::fs::read_dir("templates").expect("the folder of templates");
    for file in files {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.expect("a name in UTF-8");
        let Some((kind_name, language)) = name
            .strip_suffix(".md")
            .and_then(|name| name.split_once('.'))
        else {
            panic!("templates/{name} is not called KIND.LANG.md");
        };
        let kind = MailKind::parse(kind_name);
        let kind = kind.unwrap_or_else(|| panic!("templates/{name}: no such kind of mail"));
        let text = std::fs::read_to_string(&path).expect("a text");
        let parsed = parse::parse(&text, kind);
        let parsed = parsed.unwrap_or_else(|error| panic!("templates/{name}: {error}"));
        let of_language = languages.entry(language.to_owned()).or_default();
        of_language.push((kind_name.to_owned(), parsed));
    }
    for (language, templates) in &languages {
        let missing = MailKind::ALL.iter().find(|kind| {
            let is_it = |(name, _): &(String, template::Template)| name == kind.name();
            !templates.iter().any(is_it)
        });
        if let Some(kind) = missing {
            panic!("templates/{}.{language}.md is missing", kind.name());
        }
    }
    for templates in languages.values_mut() {
        templates.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let out = std::env::var("OUT_DIR").expect("Cargo sets it");
    let bytes = minicbor::to_vec(&languages).expect("plain structs become CBOR");
    std::fs::write(Path::new(&out).join("templates.cbor"), bytes).expect("written");
}
