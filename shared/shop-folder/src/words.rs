//! `words/LANG.toml`: texts of the shop's own pages, in a new language or instead of the program's.
//!
//! Invariant: a text has the placeholders of its key, all of them and no others, so that no page
//! shows a brace and no number gets lost.
//!
//! Not here: which keys there are and the texts that the program brings (`souk-pages`).

use std::collections::{BTreeMap, BTreeSet};

use souk_shop::Plural;
use toml::de::DeValue;

use crate::document::{Document, Node};
use crate::problem::{Problem, suggestion};
use crate::shape::{Shape, check};

/// The folder of the files.
pub const WORDS_FOLDER: &str = "words";

/// The plural forms of CLDR, as tables of a text have them.
pub(crate) const PLURAL_FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// Bytes of a text at most.
const TEXT_BYTES_MAX: usize = 2_000;

/// A text of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordKey {
    /// Its name.
    pub key: String,
    /// What it says in English; in the form `other` where it has several.
    pub english: String,
    /// Whether it has a form for each plural.
    pub is_plural: bool,
}

impl WordKey {
    /// The names in braces.
    fn placeholders(&self) -> BTreeSet<String> {
        placeholders(&self.english).unwrap_or_default()
    }

    pub(crate) fn says(&self) -> String {
        format!("In English: {}", self.english)
    }
}

/// Reads the file of a language: texts by key, with the plural form behind a point
/// (`products.one`), in ascending order.
///
/// `known` are the keys of the pages; where it is empty, keys are not checked.
pub fn read(
    file: &str,
    text: &str,
    known: &[WordKey],
    problems: &mut Vec<Problem>,
) -> Vec<(String, String)> {
    let document = Document::parse(file, text, problems);
    let root = document.root();
    check(&root, &Shape::Texts, problems);
    let known: BTreeMap<_, _> = known.iter().map(|one| (one.key.as_str(), one)).collect();
    let mut words = BTreeMap::new();
    for (key, node) in root.entries() {
        let word = known.get(key).copied();
        if word.is_none() && !known.is_empty() {
            let instead = suggestion(key, known.keys().copied());
            problems.push(node.key_error(format!("no text has the key '{key}'"), instead));
            continue;
        }
        match node.value() {
            DeValue::Table(_) => read_forms(key, &node, word, &mut words, problems),
            _ if word.is_some_and(|word| word.is_plural) => {
                // One text for every number: languages such as Chinese have one form.
                if let Some(text) = read_text(&node, word, Plural::Other, problems) {
                    words.insert(format!("{key}.other"), text);
                }
            }
            _ => {
                if let Some(text) = read_text(&node, word, Plural::Other, problems) {
                    words.insert(key.to_owned(), text);
                }
            }
        }
    }
    words.into_iter().collect()
}

fn read_forms(
    key: &str,
    node: &Node<'_>,
    word: Option<&WordKey>,
    words: &mut BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) {
    if word.is_some_and(|word| !word.is_plural) {
        let instead = format!("write {key} = \"…\"");
        return problems.push(node.key_error("this text has one form for every number", instead));
    }
    for (name, form) in node.entries() {
        let Some(plural) = PLURAL_FORMS.iter().position(|one| *one == name) else {
            let instead = suggestion(name, PLURAL_FORMS);
            problems.push(form.key_error(format!("'{name}' is no plural form"), instead));
            continue;
        };
        let plural = FORMS[plural];
        if let Some(text) = read_text(&form, word, plural, problems) {
            words.insert(format!("{key}.{name}"), text);
        }
    }
    if node.get("other").is_none() {
        let instead = "write other = \"…\": it is shown where no other form fits";
        problems.push(node.key_error("the form 'other' is missing", instead));
    }
}

/// In the order of [`PLURAL_FORMS`].
const FORMS: [Plural; 6] = [
    Plural::Zero,
    Plural::One,
    Plural::Two,
    Plural::Few,
    Plural::Many,
    Plural::Other,
];

fn read_text(
    node: &Node<'_>,
    word: Option<&WordKey>,
    form: Plural,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let text = node.text()?;
    if text.len() > TEXT_BYTES_MAX {
        let reason = format!("the text has {} bytes", text.len());
        problems.push(node.error(reason, format!("{TEXT_BYTES_MAX} are possible")));
        return None;
    }
    let used = match placeholders(text) {
        Ok(used) => used,
        Err(reason) => {
            problems.push(node.error(reason, "names stand in braces: {count}"));
            return None;
        }
    };
    if let Some(word) = word {
        let needed = word.placeholders();
        for name in used.difference(&needed) {
            let reason = format!("this text knows no {{{name}}}");
            let instead = match needed.is_empty() {
                true => "it has no placeholders".to_owned(),
                false => suggestion(name, needed.iter().map(String::as_str)),
            };
            problems.push(node.error(reason, instead));
        }
        // "One product" need not say its number.
        let may_omit = |name: &str| {
            name == "count" && matches!(form, Plural::Zero | Plural::One | Plural::Two)
        };
        for name in needed.difference(&used).filter(|name| !may_omit(name)) {
            let reason = format!("{{{name}}} is missing");
            problems.push(node.error(reason, format!("in English it is: {}", word.english)));
        }
    }
    Some(text.to_owned())
}

/// The names in braces.
fn placeholders(text: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(start) = rest.find(['{', '}']) {
        let inner = &rest[start + 1..];
        let end = inner.find(['{', '}']);
        match (rest.as_bytes()[start], end) {
            (b'{', Some(end)) if inner.as_bytes()[end] == b'}' => {
                let name = &inner[..end];
                let known = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
                if name.is_empty() || !name.bytes().all(known) {
                    return Err(format!("'{{{name}}}' is no placeholder"));
                }
                names.insert(name.to_owned());
                rest = &inner[end + 1..];
            }
            _ => return Err("a brace has no partner".to_owned()),
        }
    }
    Ok(names)
}

/// Keys that neither the program nor the folder has a text for in a language. `plurals` are the
/// forms that the language has.
pub fn missing<'k>(
    known: &'k [WordKey],
    words: &[(String, String)],
    plurals: &[Plural],
) -> Vec<(&'k str, Option<Plural>)> {
    let has: BTreeSet<&str> = words.iter().map(|(key, _)| key.as_str()).collect();
    let mut missing = Vec::new();
    for word in known {
        if !word.is_plural {
            if !has.contains(word.key.as_str()) {
                missing.push((word.key.as_str(), None));
            }
            continue;
        }
        let other = format!("{}.{}", word.key, Plural::Other.name());
        if !has.contains(other.as_str()) {
            missing.push((word.key.as_str(), Some(Plural::Other)));
            continue;
        }
        // A text that has one form for every number is complete; one that has some of the language's
        // forms is not.
        let has_form =
            |plural: &Plural| has.contains(format!("{}.{}", word.key, plural.name()).as_str());
        let others = plurals.iter().filter(|plural| **plural != Plural::Other);
        if !others.clone().any(has_form) {
            continue;
        }
        for &plural in others {
            if !has.contains(format!("{}.{}", word.key, plural.name()).as_str()) {
                missing.push((word.key.as_str(), Some(plural)));
            }
        }
    }
    missing
}

/// The program's texts with those of the folder in their place.
pub fn overlaid(program: &[(String, String)], own: Vec<(String, String)>) -> Vec<(String, String)> {
    // A text with forms is replaced as a whole: forms of two authors do not fit together.
    let stem = |key: &str| {
        let (stem, form) = key.rsplit_once('.')?;
        PLURAL_FORMS.contains(&form).then(|| stem.to_owned())
    };
    let replaced: BTreeSet<_> = own.iter().filter_map(|(key, _)| stem(key)).collect();
    let kept = program.iter().filter(|(key, _)| {
        let stem = stem(key);
        stem.is_none_or(|stem| !replaced.contains(&stem))
    });
    let mut all: BTreeMap<_, _> = kept.cloned().collect();
    all.extend(own);
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<WordKey> {
        let key = |key: &str, english: &str, is_plural| WordKey {
            key: key.to_owned(),
            english: english.to_owned(),
            is_plural,
        };
        vec![
            key("cart", "Cart", false),
            key("checkout", "Checkout", false),
            key("products", "{count} products", true),
            key("paid_by", "Paid by {name} on {date}", false),
        ]
    }

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        read("words/de.toml", text, &known(), &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_of_words_is_read_with_its_plural_forms() {
        let text = "cart = \"Warenkorb\"\nproducts = { one = \"Ein Artikel\", other = \"{count} Artikel\" }\n";
        let mut problems = Vec::new();
        let words = read("words/de.toml", text, &known(), &mut problems);
        assert_eq!(problems, []);
        let words: Vec<_> = words
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let expected = [
            ("cart", "Warenkorb"),
            ("products.one", "Ein Artikel"),
            ("products.other", "{count} Artikel"),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn every_fault_is_named_with_what_would_be_right() {
        let text = "kart = \"Warenkorb\"\n\
                    paid_by = \"Bezahlt von {nmae}\"\n\
                    checkout = { other = \"Kasse\" }\n\
                    cart = \"Korb {\"\n\
                    [products]\nfew = \"{count} Artikel\"\nsingle = \"Artikel\"\n";
        let file = "words/de.toml";
        assert_eq!(
            problems(text),
            [
                format!("{file}:1:1: kart: no text has the key 'kart'; did you mean cart?"),
                format!("{file}:2:11: paid_by: this text knows no {{nmae}}; did you mean name?"),
                format!(
                    "{file}:2:11: paid_by: {{date}} is missing; in English it is: Paid by {{name}} on {{date}}"
                ),
                format!(
                    "{file}:2:11: paid_by: {{name}} is missing; in English it is: Paid by {{name}} on {{date}}"
                ),
                format!(
                    "{file}:3:1: checkout: this text has one form for every number; write checkout = \"…\""
                ),
                format!(
                    "{file}:4:8: cart: a brace has no partner; names stand in braces: {{count}}"
                ),
                format!(
                    "{file}:7:1: products.single: 'single' is no plural form; known here: zero, one, two, few, many, other"
                ),
                format!(
                    "{file}:5:2: products: the form 'other' is missing; write other = \"…\": it is shown where no other form fits"
                ),
            ]
        );
    }

    #[test]
    fn missing_texts_are_counted_by_form() {
        let words = [("cart", "购物车"), ("products.other", "{count} 件")];
        let words = words.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let known = known();
        let chinese = missing(&known, &words, &[Plural::Other]);
        assert_eq!(chinese, [("checkout", None), ("paid_by", None)]);
        let english = missing(&known, &words, &[Plural::One, Plural::Other]);
        assert_eq!(english, chinese, "one form for every number is a choice");
        let polish = [Plural::One, Plural::Few, Plural::Other];
        let words = [words[1].clone(), ("products.one".into(), "{count}".into())];
        let polish = missing(&known, &words, &polish);
        assert!(
            polish.contains(&("products", Some(Plural::Few))),
            "{polish:?}"
        );
    }

    #[test]
    fn own_words_replace_those_of_the_program_with_all_their_forms() {
        let list = |words: &[(&str, &str)]| -> Vec<(String, String)> {
            let owned = words
                .iter()
                .map(|(key, text)| ((*key).into(), (*text).into()));
            owned.collect()
        };
        let program = list(&[
            ("cart", "Cart"),
            ("p.one", "one"),
            ("p.other", "many"),
            ("x", "X"),
        ]);
        let own = list(&[("cart", "Basket"), ("p.other", "all")]);
        let expected = list(&[("cart", "Basket"), ("p.other", "all"), ("x", "X")]);
        assert_eq!(overlaid(&program, own), expected);
    }
}
