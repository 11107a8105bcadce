//! Makes a table of the texts in `effects/LANGUAGE.toml`: for each language a list of keys and texts.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::Table;

fn main() {
    println!("cargo::rerun-if-changed=effects");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files: Vec<_> = fs::read_dir("effects")
        .expect("the folder stands in the crate")
        .map(|file| file.expect("the folder can be read").path())
        .collect();
    files.sort();
    let mut code = String::from("const EFFECTS: &[(&str, &[(&str, &str)])] = &[\n");
    for file in &files {
        language(&mut code, file);
    }
    code.push_str("];\n");
    let folder = env::var_os("OUT_DIR").expect("Cargo names the folder");
    fs::write(Path::new(&folder).join("effects.rs"), code).expect("the folder can be written");
}

fn language(code: &mut String, file: &Path) {
    let text = fs::read_to_string(file).expect("the file can be read");
    let table: Table = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_stem().expect("LANGUAGE.toml").to_string_lossy();
    let _ = writeln!(code, "    ({name:?}, &[");
    for (switch, settings) in &table {
        let settings = settings.as_table().expect("a table for each switch");
        for (setting, text) in settings {
            let text = text.as_str().expect("a text for each setting");
            let _ = writeln!(code, "        (\"{switch}.{setting}\", {text:?}),");
        }
    }
    code.push_str("    ]),\n");
}
