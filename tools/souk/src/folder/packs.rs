//! What the pages say in each language: the program's texts with those of the folder in their place.

use std::collections::BTreeMap;

use souk_catalogue::Hash;
use souk_domain::Currency;
use souk_shop::{Formats, Language, LanguagePack, MoneyFormat, Plural, Plurals};
use souk_shop_folder::{Files, LanguageData, Part, Problem, WordKey, words};

/// The keys of the pages, plural forms together.
pub(super) fn keys() -> Vec<WordKey> {
    let mut keys: BTreeMap<String, WordKey> = BTreeMap::new();
    for key in souk_pages::words::keys() {
        match key.name.rsplit_once('.') {
            None => {
                keys.insert(
                    key.name.to_owned(),
                    WordKey {
                        key: key.name.to_owned(),
                        english: key.english.to_owned(),
                        is_plural: false,
                    },
                );
            }
            Some((stem, form)) => {
                let word = keys.entry(stem.to_owned()).or_default();
                stem.clone_into(&mut word.key);
                word.is_plural = true;
                if form == Plural::Other.name() {
                    key.english.clone_into(&mut word.english);
                }
            }
        }
    }
    keys.into_values().collect()
}

/// The texts that come with the program in a language; none where it has none.
fn built_in(code: &str) -> Vec<(String, String)> {
    let base = code.split('-').next().unwrap_or_default();
    let words = [code, base]
        .into_iter()
        .find_map(souk_pages::words::built_in);
    let words = words.unwrap_or_default().iter();
    words
        .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
        .collect()
}

/// A text of the pages in a language: the folder's, else the one that comes with the program.
pub(super) fn word(files: &Files, code: &str, key: &str) -> Option<String> {
    let path = format!("words/{code}.toml");
    let text = files
        .get(&path)
        .and_then(|content| std::str::from_utf8(content).ok());
    // What is wrong in the file is reported where it is checked.
    let own = text.map(|text| words::read(&path, text, &keys(), &mut Vec::new()));
    let all = words::overlaid(&built_in(code), own.unwrap_or_default());
    let mut all = all.into_iter();
    all.find(|(known, _)| known == key).map(|(_, text)| text)
}

/// How many texts a language lacks.
pub(super) struct Missing {
    pub(super) language: String,
    pub(super) texts: usize,
    /// The first of their keys.
    pub(super) keys: Vec<String>,
}

/// The languages of a shop with the blobs of their packs.
#[derive(Default)]
pub(super) struct Packs {
    pub(super) languages: Vec<Language>,
    pub(super) blobs: Vec<Vec<u8>>,
    pub(super) missing: Vec<Missing>,
}

/// Keys that are named where texts are missing.
const NAMED_MAX: usize = 5;

/// Reads the words of the folder, and makes the packs; `currencies` are those of further markets.
pub(super) fn packs(
    files: &Files,
    data: &[LanguageData],
    currencies: &[Currency],
    problems: &mut Vec<Problem>,
) -> Packs {
    let keys = keys();
    let mut own: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (path, content) in files
        .iter()
        .filter(|(path, _)| Part::of(path) == Some(Part::Words))
    {
        let code = path.trim_start_matches("words/").trim_end_matches(".toml");
        let known = data.iter().any(|one| one.language.code == code);
        if !known {
            let codes: Vec<_> = data.iter().map(|one| one.language.code.as_str()).collect();
            let reason = format!("the shop does not speak '{code}'");
            let instead = format!(
                "add it to languages in shop.toml, or take the file away; the shop speaks {}",
                codes.join(", ")
            );
            problems.push(Problem::of_file(path, reason, instead));
            continue;
        }
        match std::str::from_utf8(content) {
            Ok(text) => {
                own.insert(code, words::read(path, text, &keys, problems));
            }
            Err(_) => problems.push(Problem::of_file(
                path,
                "the file is not UTF-8",
                "save it as UTF-8",
            )),
        }
    }
    let mut packs = Packs::default();
    for one in data {
        let code = one.language.code.as_str();
        let words = words::overlaid(&built_in(code), own.remove(code).unwrap_or_default());
        let missing = words::missing(&keys, &words, &forms(&one.formats.plurals));
        if !missing.is_empty() {
            packs.missing.push(Missing {
                language: code.to_owned(),
                texts: missing.len(),
                keys: missing
                    .iter()
                    .take(NAMED_MAX)
                    .map(|(key, _)| (*key).to_owned())
                    .collect(),
            });
        }
        let countries = one.countries.encode();
        let pack = LanguagePack {
            words,
            formats: Formats {
                further: amounts(code, currencies),
                ..one.formats.clone()
            },
            countries: Some(Hash::of(&countries)),
        };
        let pack = pack.encode();
        packs.languages.push(Language {
            pack: Some(Hash::of(&pack)),
            ..one.language.clone()
        });
        packs.blobs.extend([countries, pack]);
    }
    packs
}

/// How a language writes amounts in further currencies. One of which CLDR says too little is written
/// with its code.
fn amounts(code: &str, currencies: &[Currency]) -> Vec<MoneyFormat> {
    let known = currencies.iter();
    let known = known.filter_map(|&currency| souk_cldr::language(code, currency).ok());
    known.map(|data| data.formats.money).collect()
}

/// The plural forms of whole numbers in a language.
fn forms(plurals: &Plurals) -> Vec<Plural> {
    let mut forms: Vec<_> = (0..souk_shop::PLURAL_TABLE)
        .map(|number| plurals.of(number))
        .collect();
    forms.push(Plural::Other);
    forms.sort_unstable_by_key(|form| form.name());
    forms.dedup();
    forms
}
