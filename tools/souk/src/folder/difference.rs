//! What a publish of a folder would change.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};
use souk_catalogue::Collections;
use souk_shop_folder::sales::id_of;
use souk_shop_folder::terms::{KINDS, Kind, statements_of};
use souk_shop_folder::{Change, Files, Part, changes, search, statements};

use super::assemble::Assembled;
use super::published::PublishedFolder;
use crate::catalogue::publish::Comparison;
use crate::catalogue::standing::ShopWide;
use crate::client::StaffClient;

/// Lines of a list that are printed.
const LINES_MAX: usize = 40;
/// Characters of a value that are printed.
const VALUE_CHARS_MAX: usize = 60;

/// Names that are new, differ and are gone.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Named {
    fn between<T: PartialEq>(old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) -> Self {
        let names = |from: &BTreeMap<String, T>, fits: &dyn Fn(&String, &T) -> bool| {
            let names = from.iter().filter(|(name, value)| fits(name, value));
            names.map(|(name, _)| name.clone()).collect()
        };
        Self {
            added: names(new, &|name, _| !old.contains_key(name)),
            changed: names(new, &|name, value| {
                old.get(name).is_some_and(|old| old != value)
            }),
            removed: names(old, &|name, _| !new.contains_key(name)),
        }
    }

    fn json(&self) -> Value {
        json!({ "added": self.added, "changed": self.changed, "removed": self.removed })
    }

    fn print(&self, what: &str) {
        let all = self.added.len() + self.changed.len() + self.removed.len();
        if all == 0 {
            return;
        }
        println!(
            "{} {what} added, {} changed, {} removed",
            self.added.len(),
            self.changed.len(),
            self.removed.len()
        );
        let marked = |mark: char, names: &[String]| -> Vec<String> {
            names
                .iter()
                .map(|name| format!("  {mark} {name}"))
                .collect()
        };
        let lines = [
            marked('~', &self.changed),
            marked('-', &self.removed),
            marked('+', &self.added),
        ];
        let lines = lines.concat();
        lines
            .iter()
            .take(LINES_MAX)
            .for_each(|line| println!("{line}"));
        if all > LINES_MAX {
            println!("  … and {} more", all - LINES_MAX);
        }
    }
}

/// A whole difference.
pub(super) struct Difference<'a> {
    comparison: &'a Comparison,
    currency: &'a str,
    published_currency: Option<&'a str>,
    kept: &'a [Part],
    /// Keys of `shop.toml`, `theme.toml` and `words/`.
    settings: Vec<Change>,
    looks: Vec<Change>,
    words: Vec<Change>,
    /// Rules of `search.toml`.
    search: Named,
    /// What the files of the terms list, kind by kind.
    terms: Vec<(Kind, Named)>,
    sales: Named,
    plan: Named,
    content: Named,
    mails: Named,
    pictures: Named,
    collections: Named,
    redirects: Named,
    languages: Named,
}

/// Compares a folder with what is published.
pub(super) fn between<'a>(
    client: &StaffClient,
    assembled: &'a Assembled,
    published: Option<&PublishedFolder>,
    published_shop: &'a ShopWide,
    comparison: &'a Comparison,
) -> Result<Difference<'a>> {
    let small = |path: &str| !matches!(Part::of(path), Some(Part::Products | Part::Pictures));
    let old = match published {
        Some(published) => published.files(client, small)?,
        None => Files::new(),
    };
    let new = &assembled.files;
    let of_part = |part| toml_changes(&old, new, part);
    let catalogue = &assembled.loaded.catalogue;
    let listed = published_shop.collections.iter();
    let listed = listed.filter(|one| one.slug != Collections::ALL);
    let collections = listed.map(|one| {
        let text = [&one.title, &one.description].map(|text| format!("{text:?}"));
        (one.slug.clone(), text)
    });
    let redirects = published_shop.redirects.iter();
    let redirects = redirects.map(|one| (one.from.clone(), one.to.clone()));
    let new_collections = catalogue.collections.iter().map(|one| {
        let text = [&one.title, &one.description].map(|text| format!("{text:?}"));
        (one.slug.clone(), text)
    });
    let new_redirects = catalogue.redirects.iter();
    let new_redirects = new_redirects.map(|one| (one.from.clone(), one.to.clone()));
    let languages = |shop: Option<&souk_shop::Shop>| -> BTreeMap<String, ()> {
        let languages = shop.into_iter().flat_map(|shop| &shop.languages);
        languages.map(|one| (one.code.clone(), ())).collect()
    };
    let old_languages = languages(published.and_then(|published| published.shop.as_ref()));
    let new_languages = assembled.languages();
    Ok(Difference {
        comparison,
        currency: &catalogue.currency,
        published_currency: published_shop.currency.as_deref(),
        kept: &assembled.kept,
        settings: of_part(Part::Settings),
        looks: of_part(Part::Theme),
        words: of_part(Part::Words),
        search: Named::between(&rules(&old), &rules(new)),
        terms: KINDS.map(|kind| (kind, terms(kind, &old, new))).into(),
        sales: Named::between(&sales(&old), &sales(new)),
        plan: file_changes(&old, new, Part::Plan),
        content: file_changes(&old, new, Part::Content),
        mails: file_changes(&old, new, Part::Mails),
        pictures: pictures(published, new),
        collections: Named::between(&collections.collect(), &new_collections.collect()),
        redirects: Named::between(&redirects.collect(), &new_redirects.collect()),
        languages: Named::between(
            &old_languages,
            &new_languages
                .iter()
                .map(|code| (code.clone(), ()))
                .collect(),
        ),
    })
}

fn toml_changes(old: &Files, new: &Files, part: Part) -> Vec<Change> {
    let paths: BTreeSet<_> = old
        .keys()
        .chain(new.keys())
        .filter(|path| Part::of(path) == Some(part))
        .collect();
    let text = |files: &Files, path: &str| {
        let content = files.get(path)?;
        Some(String::from_utf8_lossy(content).into_owned())
    };
    let changed = paths
        .into_iter()
        .flat_map(|path| changes(path, text(old, path).as_deref(), text(new, path).as_deref()));
    changed.collect()
}

/// The rules of a search; one that is changed is another one.
fn rules(files: &Files) -> BTreeMap<String, ()> {
    let content = files.get(search::SEARCH_FILE);
    let text = String::from_utf8_lossy(content.map_or(&[], Vec::as_slice));
    let rules = statements(search::SEARCH_FILE, &text).into_iter();
    rules.map(|rule| (rule, ())).collect()
}

/// The things of a kind that differ in the files of the terms.
fn terms(kind: Kind, old: &Files, new: &Files) -> Named {
    let of = |files: &Files| {
        let content = files.get(kind.file);
        let text = String::from_utf8_lossy(content.map_or(&[], Vec::as_slice));
        statements_of(kind, &text)
    };
    Named::between(&of(old), &of(new))
}

/// What each sale says; comments, order and layout do not count.
fn sales(files: &Files) -> BTreeMap<String, BTreeSet<String>> {
    let sales = files.iter().filter_map(|(path, content)| {
        let text = String::from_utf8_lossy(content);
        Some((id_of(path)?.to_owned(), statements(path, &text)))
    });
    sales.collect()
}

fn file_changes(old: &Files, new: &Files, part: Part) -> Named {
    let of_part = |files: &Files| -> BTreeMap<String, Vec<u8>> {
        let files = files
            .iter()
            .filter(|(path, _)| Part::of(path) == Some(part));
        files
            .map(|(path, content)| (path.clone(), content.clone()))
            .collect()
    };
    Named::between(&of_part(old), &of_part(new))
}

/// Pictures by their names alone: those that differ show in what shows them.
fn pictures(published: Option<&PublishedFolder>, new: &Files) -> Named {
    let is_picture = |path: &&str| Part::of(path) == Some(Part::Pictures);
    let old = published
        .into_iter()
        .flat_map(|published| published.paths());
    let old = old
        .filter(is_picture)
        .map(|path| (path.to_owned(), ()))
        .collect();
    let new = new.keys().map(String::as_str).filter(is_picture);
    let new = new.map(|path| (path.to_owned(), ())).collect();
    Named::between(&old, &new)
}

impl Difference<'_> {
    /// For programs.
    pub(super) fn json(&self) -> Value {
        let keys = |changes: &[Change]| -> Vec<Value> {
            let keys = changes.iter().map(
                |one| json!({ "file": one.file, "key": one.key, "old": one.old, "new": one.new }),
            );
            keys.collect()
        };
        let old = self.published_currency;
        let kept: Vec<_> = self.kept.iter().map(|part| part.name()).collect();
        json!({
            "same": self.comparison.is_same,
            "blobs": self.comparison.new_blobs,
            "kept": kept,
            "currency": match old == Some(self.currency) {
                true => Value::Null,
                false => json!({ "old": old, "new": self.currency }),
            },
            "languages": self.languages.json(),
            "settings": keys(&self.settings),
            "looks": keys(&self.looks),
            "words": keys(&self.words),
            "search": self.search.json(),
            "terms": self.terms_json(),
            "sales": self.sales.json(),
            "plan": self.plan.json(),
            "pages": self.content.json(),
            "mails": self.mails.json(),
            "pictures": self.pictures.json(),
            "collections": self.collections.json(),
            "redirects": self.redirects.json(),
            "products": self.comparison.changes.json(self.currency),
        })
    }

    fn terms_json(&self) -> Value {
        let kinds = self.terms.iter();
        kinds
            .map(|(kind, named)| (kind.name.to_owned(), named.json()))
            .collect()
    }

    /// For people.
    pub(super) fn print(&self) {
        if !self.kept.is_empty() {
            println!("{}", super::kept(self.kept));
        }
        self.languages.print("languages");
        print_keys("settings", &self.settings);
        print_keys("looks", &self.looks);
        print_keys("words", &self.words);
        self.search.print("search rules");
        for (kind, named) in &self.terms {
            named.print(kind.what);
        }
        self.plan.print("plans");
        self.content.print("documents");
        self.mails.print("mails");
        self.pictures.print("pictures");
        // Currency, collections, redirects and sales are printed with the products.
        self.comparison.changes.print(self.currency);
        match self.comparison.is_same {
            true => println!("what is published is the same"),
            false => println!(
                "nothing was changed; publishing would write {} blobs",
                self.comparison.new_blobs
            ),
        }
    }
}

fn print_keys(what: &str, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    println!("{what}: {} changed", changes.len());
    let short = |value: &Option<String>| match value {
        None => "none".to_owned(),
        Some(text) if text.chars().count() > VALUE_CHARS_MAX => {
            let start: String = text.chars().take(VALUE_CHARS_MAX).collect();
            format!("'{start}…'")
        }
        Some(text) => format!("'{text}'"),
    };
    for one in changes.iter().take(LINES_MAX) {
        let (old, new) = (short(&one.old), short(&one.new));
        println!("  ~ {} {}: {old} → {new}", one.file, one.key);
    }
    if changes.len() > LINES_MAX {
        println!("  … and {} more", changes.len() - LINES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_new_differ_and_are_gone_are_told_apart() {
        let map = |list: &[(&str, i32)]| -> BTreeMap<String, i32> {
            list.iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect()
        };
        let named = Named::between(
            &map(&[("a", 1), ("b", 1), ("c", 1)]),
            &map(&[("a", 1), ("b", 2), ("d", 1)]),
        );
        let expected = Named {
            added: vec!["d".to_owned()],
            changed: vec!["b".to_owned()],
            removed: vec!["c".to_owned()],
        };
        assert_eq!(named, expected);
    }
}
