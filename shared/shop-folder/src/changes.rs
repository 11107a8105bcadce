//! What differs between two TOML files, key by key.

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::document::{Document, Node};

/// A key of which the values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub file: String,
    /// The key with those above it, such as `payment.account.number`.
    pub key: String,
    /// What it was; `None` where it is new.
    pub old: Option<String>,
    /// What it is; `None` where it is gone.
    pub new: Option<String>,
}

/// The keys of which the values differ; comments, order and layout do not count. A file that is
/// absent has no keys.
pub fn changes(file: &str, old: Option<&str>, new: Option<&str>) -> Vec<Change> {
    let (mut before, after) = (values(file, old), values(file, new));
    let mut found: Vec<Change> = after
        .into_iter()
        .filter_map(|(key, new)| {
            let old = before.remove(&key);
            (old.as_ref() != Some(&new)).then(|| Change {
                file: file.to_owned(),
                key,
                old,
                new: Some(new),
            })
        })
        .collect();
    found.extend(before.into_iter().map(|(key, old)| Change {
        file: file.to_owned(),
        key,
        old: Some(old),
        new: None,
    }));
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}

fn values(file: &str, text: Option<&str>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    if let Some(text) = text {
        let document = Document::parse(file, text, &mut Vec::new());
        collect(&document.root(), &mut values);
    }
    values
}

fn collect(node: &Node<'_>, values: &mut BTreeMap<String, String>) {
    match node.value() {
        DeValue::Table(_) => {
            let entries = node.entries();
            entries.iter().for_each(|(_, value)| collect(value, values));
        }
        DeValue::Array(_) => node.items().iter().for_each(|item| collect(item, values)),
        DeValue::String(text) => {
            values.insert(node.path.clone(), text.to_string());
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            values.insert(node.path.clone(), node.source().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_are_listed_and_layout_is_not() {
        let old = "name = 'Kontor'\nlanguages = ['de', 'en']\n[contact]\nphone = '+49 1'\n";
        let new = "# a comment\ncontact = { email = \"a@b.example\" }\nname = \"Kontor\"\n\
                   languages = [\"de\", \"fr\"]\n";
        let found = changes("shop.toml", Some(old), Some(new));
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.key.as_str(), one.old.as_deref(), one.new.as_deref()))
            .collect();
        let expected = [
            ("contact.email", None, Some("a@b.example")),
            ("contact.phone", Some("+49 1"), None),
            ("languages[2]", Some("en"), Some("fr")),
        ];
        assert_eq!(found, expected);
        assert_eq!(changes("shop.toml", Some(old), Some(old)), []);
        assert_eq!(changes("shop.toml", None, Some("a = 1")).len(), 1);
    }
}
