//! Reads the tree, so that tests can hold it to the house's rules.
//!
//! Not here: the rules themselves (`tests/`).

mod demo;

use std::fs;
use std::path::{Path, PathBuf};

pub use demo::demo_texts;

/// A manifest as a tree of values.
pub type Manifest = toml::Table;

/// Folders of code, from the root.
pub const CODE: [&str; 4] = ["functions", "shared", "tests", "tools"];

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate lies two folders deep")
        .to_owned()
}

/// The text of a file, by its path from the root.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A TOML file, by its path from the root.
pub fn manifest(path: impl AsRef<Path>) -> Manifest {
    let path = path.as_ref();
    let text = read(path);
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below [`CODE`] whose name ends so, as paths from the root, in order.
pub fn files(ending: &str) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    for folder in CODE {
        collect(&root.join(folder), ending, &mut found);
    }
    let mut paths: Vec<_> = found
        .iter()
        .map(|path| path.strip_prefix(&root).expect("below the root").to_owned())
        .collect();
    paths.sort();
    paths
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            // Folders of tools, not of ours.
            if !matches!(name.as_str(), "target" | "node_modules" | "build")
                && !name.starts_with('.')
            {
                collect(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// The documents of the repository and its manifests: Markdown, TOML and YAML at the root and in
/// `docs`, as paths from the root, in order.
pub fn documents() -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    for folder in [root.clone(), root.join("docs")] {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        found.extend(
            entries
                .map(|entry| entry.expect("a folder entry").path())
                .filter(|path| {
                    let ending = path.extension().and_then(|ending| ending.to_str());
                    matches!(ending, Some("md" | "toml" | "yml"))
                })
                .map(|path| path.strip_prefix(&root).expect("below the root").to_owned()),
        );
    }
    found.sort();
    found
}

/// The list of texts under a key; empty when there is none.
pub fn texts(table: &Manifest, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(toml::Value::as_array);
    let texts = list.into_iter().flatten().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
