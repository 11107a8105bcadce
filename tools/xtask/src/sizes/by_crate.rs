//! How much of a script's code each crate is.
//!
//! Measured on a build that keeps the names of functions, before `wasm-opt` has shrunk it, so the
//! result is a share. An instance of a generic function counts for the crate of the generic one,
//! and inlined code for its caller's crate.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::build::Script;
use crate::process::run_logged;
use crate::setup::Toolchain;

/// Crates with a smaller share are summed up in one line.
const SHARE_MIN: f64 = 0.005;

/// What a compiled file consists of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    /// Bytes of code by crate.
    code: BTreeMap<String, usize>,
    /// Bytes of constants: texts, tables.
    data: usize,
}

/// Builds a script with names and prints what it consists of.
///
/// # Errors
/// When it does not compile.
pub(super) fn report(toolchain: &Toolchain, script: Script) -> Result<()> {
    let (level, of_script) = Script::PROFILE;
    let target = toolchain.root().join("target/with-names");
    let mut cargo = toolchain.cargo_wasm("wasm32-unknown-unknown");
    cargo
        .arg("--lib")
        .current_dir(toolchain.root().join(script.folder()))
        .env("CARGO_TARGET_DIR", &target)
        .env(level, of_script)
        .env("CARGO_PROFILE_RELEASE_STRIP", "none");
    let title = format!("Compiling the Workers script {} with names", script.name());
    run_logged(&title, "sizes-by-crate", &mut cargo)?;
    let file = script.compiled();
    let file = target.join(file.strip_prefix("target").unwrap_or(&file));
    print(script, &parts(&file)?);
    Ok(())
}

fn print(script: Script, parts: &Parts) {
    let total: usize = parts.code.values().sum();
    println!("\n== {}: {} KiB of code", script.name(), total / 1024);
    let mut crates: Vec<_> = parts.code.iter().collect();
    crates.sort_by_key(|&(name, &bytes)| (std::cmp::Reverse(bytes), name));
    let share = |bytes: usize| bytes as f64 / total.max(1) as f64;
    let mut rest = 0;
    for (name, &bytes) in crates {
        if share(bytes) < SHARE_MIN {
            rest += bytes;
        } else {
            println!(
                "{:>8} KiB {:>5.1} %  {name}",
                bytes / 1024,
                share(bytes) * 100.0
            );
        }
    }
    println!(
        "{:>8} KiB {:>5.1} %  smaller ones",
        rest / 1024,
        share(rest) * 100.0
    );
    println!("{:>8} KiB of constants beside it", parts.data / 1024);
}

fn parts(file: &Path) -> Result<Parts> {
    let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
    parse(&bytes).with_context(|| format!("{} is no WASM", file.display()))
}

fn parse(wasm: &[u8]) -> Result<Parts> {
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    let mut parts = Parts::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, wasmparser::TypeRef::Func(_));
                    imported += u32::from(is_function);
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.range().len()),
            Payload::DataSection(data) => parts.data = data.range().len(),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(sections) = section.as_known() {
                    for section in sections {
                        if let Name::Function(functions) = section? {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index, function.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (index, bytes) in (imported..).zip(bodies) {
        let name = names.get(&index).copied().unwrap_or_default();
        *parts.code.entry(crate_of(name)).or_default() += bytes;
    }
    Ok(parts)
}

/// The crate that a function's mangled name begins with.
fn crate_of(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let path = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // `<&mut dyn core::fmt::Write as …>`.
    let path = path
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ")
        .trim_start_matches("const ");
    match path.split_once("::") {
        Some((name, _)) if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            name.to_owned()
        }
        _ => "(no crate)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_crate_that_its_name_begins_with() {
        let of = |name: &str| crate_of(name);
        assert_eq!(of("_ZN4core3fmt5write17h0123456789abcdefE"), "core");
        let of_trait = "_ZN64_$LT$souk_domain..money..Money$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE";
        assert_eq!(of(of_trait), "souk_domain");
        assert_eq!(of("__wbindgen_malloc"), "(no crate)");
        assert_eq!(of(""), "(no crate)");
    }

    #[test]
    fn code_is_counted_by_the_names_of_functions() {
        // One type, one function of two bytes and one of three, and a name for the first.
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([1, 4, 1, 0x60, 0, 0]);
        wasm.extend([3, 3, 2, 0, 0]);
        wasm.extend([10, 8, 2, 2, 0, 0x0b, 3, 0, 0x01, 0x0b]);
        let name = b"_ZN4core3fmt5write17h0123456789abcdefE";
        let length = u8::try_from(name.len()).unwrap();
        wasm.extend([0, length + 10, 4]);
        wasm.extend(b"name");
        wasm.extend([1, length + 3, 1, 0, length]);
        wasm.extend(name);
        let parts = parse(&wasm).unwrap();
        let code = [("core".to_owned(), 2), ("(no crate)".to_owned(), 3)];
        assert_eq!(
            parts,
            Parts {
                code: code.into(),
                data: 0
            }
        );
    }
}
