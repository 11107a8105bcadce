//! `search.toml`: what staff steer of the search, as [`SearchRules`].
//!
//! - `keys`: the keys of the file; `base`: the program's own synonyms;
//! - `synonyms`: synonyms and stop words; `queries`: rules of queries; `names`: whether what they name
//!   exists.
//!
//! Invariants: every problem of the file is reported at once, at its place. A file without an error
//! gives rules that fit into their blob, and no rule that another one keeps from ever being used.
//!
//! Contradictions are found by words that are written alike but for capitals and what stands between
//! them: the stems of a language are not known here.

mod base;
mod keys;
mod names;
mod queries;
mod synonyms;

use souk_search::rules::{
    BLOB_BYTES_MAX, Boost, BoostOf, RelatedTypes, SearchRules, SoldOut, Synonyms,
};

pub(crate) use keys::SEARCH_KEYS;
use keys::{SOLD_OUT, SOLD_OUTS};
pub use names::Names;

use crate::document::{Document, Node};
use crate::problem::{Problem, Severity, suggestion};
use crate::shape::{Shape, check};

/// The name of the file in the folder.
pub const SEARCH_FILE: &str = "search.toml";

/// What the file is read with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// Codes of the shop's languages.
    pub languages: &'c [String],
    /// ISO 4217 code of the shop's prices.
    pub currency: &'c str,
    /// What exists in the shop; absent where its products could not be read: names are not checked.
    pub names: Option<&'c Names<'c>>,
    /// How bad it is to name what does not exist: an error in a file that is being published, a
    /// warning in one that stays as it is, because a product that is gone must not stop the others.
    pub missing: Severity,
}

/// Reads the file; a shop without one has the base list of synonyms alone. What comes back has to be
/// used only where no error was added. Names that do not exist are not in it.
pub fn read(text: Option<&str>, context: Context<'_>, problems: &mut Vec<Problem>) -> SearchRules {
    let document = Document::parse(SEARCH_FILE, text.unwrap_or_default(), problems);
    let root = document.root();
    check(&root, &Shape::Table(SEARCH_KEYS), problems);
    let mut reading = Reading {
        context,
        problems,
        rules: SearchRules::default(),
    };
    reading.synonyms(&root);
    reading.related(&root);
    reading.queries(&root);
    reading.boosts(&root);
    reading.rules.sold_out = sold_out(&root);
    let has_base = root.get("base_synonyms").and_then(|node| node.switch());
    if has_base.unwrap_or(true) {
        reading.add_base();
    }
    reading.check_size();
    reading.rules
}

/// A file that is being read.
struct Reading<'r> {
    context: Context<'r>,
    problems: &'r mut Vec<Problem>,
    rules: SearchRules,
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|one: char| !one.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether two rules may be about the same query; `None` is every language.
fn overlap(one: Option<u8>, other: Option<u8>) -> bool {
    one.is_none() || other.is_none() || one == other
}

fn sold_out(root: &Node<'_>) -> SoldOut {
    let name = root.text_of("sold_out");
    let place = SOLD_OUT.iter().position(|known| *known == name);
    place.map_or(SoldOut::default(), |place| SOLD_OUTS[place])
}

/// The tables of a list; none where there is no such list.
fn tables<'a>(root: &Node<'a>, name: &str) -> Vec<Node<'a>> {
    root.get(name).map_or_else(Vec::new, |node| node.items())
}

impl Reading<'_> {
    /// The place of a language of the shop among those of the rules.
    fn place_of(&mut self, code: &str) -> u8 {
        let languages = &mut self.rules.languages;
        let place = languages.iter().position(|known| known == code);
        let place = place.unwrap_or_else(|| {
            languages.push(code.to_owned());
            languages.len() - 1
        });
        u8::try_from(place).expect("a shop has up to 32 languages")
    }

    /// A code of a language that the file names; `Err` where the shop does not speak it.
    fn language_of(&mut self, code: &str, problem: Problem) -> Result<u8, ()> {
        if self.context.languages.iter().any(|known| known == code) {
            return Ok(self.place_of(code));
        }
        let known = self.context.languages.iter().map(String::as_str);
        self.problems.push(Problem {
            instead: suggestion(code, known),
            ..problem
        });
        Err(())
    }

    /// The language of a rule.
    fn language(&mut self, rule: &Node<'_>) -> Result<Option<u8>, ()> {
        let Some(node) = rule.get("language") else {
            return Ok(None);
        };
        let code = node.text().ok_or(())?;
        let reason = format!("'{code}' is none of the shop's languages");
        let problem = node.error(reason, "");
        self.language_of(code, problem).map(Some)
    }

    /// A word, a phrase or a query, with the words that it consists of; `None` where it has none, which
    /// is reported.
    fn phrase(&mut self, node: &Node<'_>) -> Option<(String, Vec<String>)> {
        let text = node.text()?.trim();
        let words = words(text);
        if words.is_empty() {
            // An empty one the shape has reported.
            if !text.is_empty() {
                let reason = format!("'{text}' has neither letters nor digits");
                self.problems.push(node.error(reason, "write a word"));
            }
            return None;
        }
        Some((text.to_owned(), words))
    }

    fn related(&mut self, root: &Node<'_>) {
        let mut seen: Vec<(String, usize)> = Vec::new();
        for rule in tables(root, "related") {
            let product_type = rule.get("type").and_then(|node| self.known_type(&node));
            let related = self.known_types(rule.get("types").as_ref());
            let Some(product_type) = product_type else {
                continue;
            };
            if let Some((_, line)) = seen.iter().find(|(known, _)| *known == product_type) {
                let reason = format!("'{product_type}' has related types at line {line} already");
                let problem = rule.key_error(reason, "put both lists into one");
                self.problems.push(problem);
                continue;
            }
            if related.contains(&product_type) {
                let reason = format!("'{product_type}' is related to itself");
                self.problems
                    .push(rule.key_error(reason, "take it out of types"));
            }
            seen.push((product_type.clone(), rule.line()));
            if !related.is_empty() {
                self.rules.related.push(RelatedTypes {
                    product_type,
                    related,
                });
            }
        }
    }

    fn boosts(&mut self, root: &Node<'_>) {
        const KINDS: [&str; 4] = ["type", "vendor", "tag", "collection"];
        let mut seen: Vec<(BoostOf, usize)> = Vec::new();
        for rule in tables(root, "boosts") {
            let named: Vec<_> = KINDS
                .into_iter()
                .filter_map(|kind| rule.get(kind))
                .collect();
            let [node] = named.as_slice() else {
                let reason = match named.len() {
                    0 => "the boost does not say of which products",
                    _ => "the boost names several things",
                };
                let instead = "write one of type, vendor, tag and collection";
                self.problems.push(rule.key_error(reason, instead));
                continue;
            };
            let of = if rule.get("type").is_some() {
                self.known_type(node).map(BoostOf::Type)
            } else if rule.get("vendor").is_some() {
                self.known_vendor(node).map(BoostOf::Vendor)
            } else if rule.get("tag").is_some() {
                self.known_tag(node).map(BoostOf::Tag)
            } else {
                self.known_collection(node).map(BoostOf::Collection)
            };
            let factor = rule.get("factor").and_then(|node| node.number());
            let (Some(of), Some(factor)) = (of, factor) else {
                continue;
            };
            if let Some((_, line)) = seen.iter().find(|(known, _)| *known == of) {
                let reason = format!("the same products have a boost at line {line} already");
                self.problems
                    .push(rule.key_error(reason, "keep one of the two"));
                continue;
            }
            seen.push((of.clone(), rule.line()));
            // The shape has checked its bounds.
            let percent = (factor * 100.0).round() as u16;
            self.rules.boosts.push(Boost { of, percent });
        }
    }

    /// The program's own synonyms, behind those of the file.
    fn add_base(&mut self) {
        for code in self.context.languages {
            for group in base::groups(code) {
                let language = Some(self.place_of(code));
                let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
                self.rules.synonyms.push(Synonyms {
                    language,
                    words: owned(group.words),
                    finds: owned(group.finds),
                    is_base: true,
                });
            }
        }
    }

    fn check_size(&mut self) {
        let bytes = self.rules.encode().len();
        if bytes <= BLOB_BYTES_MAX {
            return;
        }
        let synonyms = self.rules.synonyms.iter().filter(|one| !one.is_base);
        let own = SearchRules {
            synonyms: synonyms.cloned().collect(),
            ..self.rules.clone()
        };
        let base = bytes - own.encode().len();
        let reason = format!(
            "the rules take {bytes} bytes, and {BLOB_BYTES_MAX} are possible: every search reads them"
        );
        let instead = match base {
            0 => "take rules away".to_owned(),
            base => format!("take rules away; base_synonyms = false frees {base} bytes"),
        };
        let problem = Problem::of_file(SEARCH_FILE, reason, instead);
        self.problems.push(problem);
    }
}
