//! What the demo shop says to shoppers: in the program, and on pages of other shops, none of it may
//! stand.

use std::path::{Path, PathBuf};

use toml::Value;

use crate::{read, root};

/// The folder of the demo shop.
const DEMO: &str = "tools/xtask/demo";

/// Bytes of the shortest text that can only be the demo's; shorter ones, such as "Service", are
/// words that any shop uses.
const TELLING_BYTES_MIN: usize = 12;

/// Texts of the settings, promotions and options, titles and summaries of documents, names of products and collections,
/// each in every language.
pub fn demo_texts() -> Vec<String> {
    let folder = root().join(DEMO);
    let mut texts = Vec::new();
    for file in ["shop.toml", "promotions.toml", "options.toml"] {
        collect(&table(&read(folder.join(file))), &mut texts);
    }
    for kind in ["pages", "blog", "help"] {
        for document in listed(&folder.join("content").join(kind)) {
            let text = read(&document);
            let front = text
                .split("+++")
                .nth(1)
                .expect("a document has front matter");
            collect(&table(front), &mut texts);
        }
    }
    for file in ["products.csv", "collections.csv"] {
        texts.extend(titles(&read(folder.join(file))));
    }
    texts.retain(|text| text.len() >= TELLING_BYTES_MIN && !text.starts_with('/'));
    texts.sort();
    texts.dedup();
    texts
}

fn table(text: &str) -> Value {
    Value::Table(text.parse().expect("it is TOML"))
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.trim().to_owned()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Table(table) => table.iter().for_each(|(_, value)| collect(value, texts)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

/// What stands beside a handle, before it or behind it. Titles of the demo have no quotes, and a row
/// of a further variant has none.
fn titles(csv: &str) -> impl Iterator<Item = String> {
    let is_handle =
        |text: &str| text.contains('-') && text.chars().all(|c| c == '-' || c.is_ascii_lowercase());
    csv.lines().filter_map(move |row| {
        let mut fields = row.split(',');
        let pair = (fields.next()?, fields.next()?);
        let title = match (is_handle(pair.0), is_handle(pair.1)) {
            (true, false) => pair.1,
            (false, true) => pair.0,
            (true, true) | (false, false) => return None,
        };
        let is_plain = !title.is_empty() && !title.contains(['"', '<']);
        is_plain.then(|| title.to_owned())
    })
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the demo has such documents");
    entries
        .map(|entry| entry.expect("it can be listed").path())
        .collect()
}
