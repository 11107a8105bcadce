//! What differs between two TOML files, key by key, or rule by rule where keys are numbers of items.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeValue;

use crate::document::{Document, Node};
use crate::write::quoted;

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

/// What a file says, a line for each value at its top and for each item of a list of tables, without
/// comments and layout: two versions of a file differ in these lines wherever a rule stands in it.
pub fn statements(file: &str, text: &str) -> BTreeSet<String> {
    let document = Document::parse(file, text, &mut Vec::new());
    let mut lines = BTreeSet::new();
    for (name, node) in document.root().entries() {
        match node.value() {
            DeValue::Array(_) => {
                let items = node.items();
                let items = items.iter().map(|item| format!("{name} {}", inline(item)));
                lines.extend(items);
            }
            DeValue::Table(_) => {
                let entries = node.entries();
                let entries = entries
                    .iter()
                    .map(|(key, value)| format!("{name}.{key} = {}", inline(value)));
                lines.extend(entries);
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {
                lines.insert(format!("{name} = {}", inline(&node)));
            }
        }
    }
    lines
}

/// A value on one line.
pub(crate) fn inline(node: &Node<'_>) -> String {
    match node.value() {
        DeValue::Table(_) => {
            let entries = node.entries();
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{key} = {}", inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        DeValue::Array(_) => {
            let items: Vec<_> = node.items().iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::String(text) => quoted(text),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            node.source().to_owned()
        }
    }
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
    fn a_rule_that_moves_is_the_same_statement() {
        let old = "sold_out = 'last'\n[[pins]]\nquery = \"a\"\nproducts = [\"x\", \"y\"]\n";
        let new = "# new\nsold_out = \"last\"\n[[pins]]\nquery = \"b\"\nproducts = [\"z\"]\n\
                   [[pins]]\nquery = 'a'\nproducts = [ 'x', 'y' ] # both\n\
                   [stop_words]\nen = [\"the\"]\n";
        let file = "search.toml";
        let (old, new) = (statements(file, old), statements(file, new));
        assert!(old.is_subset(&new), "{old:?} {new:?}");
        let added: Vec<_> = new.difference(&old).collect();
        let expected = [
            "pins { query = \"b\", products = [\"z\"] }",
            "stop_words.en = [\"the\"]",
        ];
        assert_eq!(added, expected);
    }

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
