//! Every text that the pages say, in the language of the page.
//!
//! `words/en.toml` has the keys: each is a method of [`Words`], which `build.rs` makes. The texts in
//! other languages come with the published version ([`LanguagePack`]); a text that a language lacks
//! is shown in English, which stands in the program.
//!
//! Not here: texts of the catalogue (`souk_catalogue::Text`), texts of one shop (`souk_shop`).

use std::borrow::Cow;

use souk_catalogue::Hash;
use souk_shop::{Formats, LanguagePack, Plural};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The plural forms, in the order of their places in the table.
const FORMS: [Plural; 6] = [
    Plural::Zero,
    Plural::One,
    Plural::Two,
    Plural::Few,
    Plural::Many,
    Plural::Other,
];

/// The texts of the pages in one language.
#[derive(Debug, Clone)]
pub struct Words {
    /// In the order of `KEYS`; empty where the language has none.
    texts: Vec<Cow<'static, str>>,
    /// How the language writes numbers, amounts and dates.
    pub formats: Formats,
    /// The blob with its names of countries; `None` where English ones are shown.
    pub countries: Option<Hash>,
}

/// A key of the texts, for those who write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name; `products.one` for a plural form.
    pub name: &'static str,
    /// The text in English; empty for a plural form that English does not have.
    pub english: &'static str,
}

/// Every key, those of plural forms next to each other.
pub fn keys() -> impl Iterator<Item = Key> {
    let both = KEYS.iter().zip(ENGLISH);
    both.map(|(&name, english)| Key { name, english })
}

/// Codes of the languages whose texts come with the program.
pub fn built_in_languages() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(code, _)| *code)
}

/// The texts of a language that comes with the program, by key.
pub fn built_in(code: &str) -> Option<&'static [(&'static str, &'static str)]> {
    let known = BUILT_IN.iter().find(|(known, _)| *known == code);
    known.map(|(_, texts)| *texts)
}

impl Words {
    /// The texts in English, as they come with the program.
    pub fn english() -> Self {
        Self {
            texts: ENGLISH.iter().map(|&text| Cow::Borrowed(text)).collect(),
            formats: Formats::default(),
            countries: None,
        }
    }

    /// The texts of a language.
    pub fn of(pack: LanguagePack) -> Self {
        let mut texts = vec![Cow::Borrowed(""); KEYS.len()];
        // Keys that this build does not know are of a newer one.
        for (key, text) in pack.words {
            if let Some(place) = KEYS.iter().position(|known| *known == key) {
                texts[place] = Cow::Owned(text);
            }
        }
        Self {
            texts,
            formats: pack.formats,
            countries: pack.countries,
        }
    }

    fn text(&self, place: usize) -> &str {
        match &*self.texts[place] {
            "" => ENGLISH[place],
            text => text,
        }
    }

    /// The text with a number: the plural forms begin at `place`.
    fn counted(&self, place: usize, count: u64, values: &[(&str, &str)]) -> String {
        let form = self.formats.plurals.of(count);
        let form = FORMS.iter().position(|known| *known == form);
        let other = place + FORMS.len() - 1;
        let own = form.map_or(other, |form| place + form);
        let text = [own, other].into_iter().map(|place| &*self.texts[place]);
        let text = text.into_iter().find(|text| !text.is_empty());
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let count = self.formats.number(count);
        let mut all = vec![("count", count.as_str())];
        all.extend(values);
        fill(text.unwrap_or(ENGLISH[other]), &all)
    }
}

/// A text with values for the names in its braces.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::sample::{chinese, english};

    fn names(text: &str) -> BTreeSet<&str> {
        let parts = text.split('{').skip(1);
        parts.map(|part| part.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_names() {
        let stem = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
        let of = |code| -> BTreeMap<_, _> { built_in(code).unwrap().iter().copied().collect() };
        let english: BTreeMap<&str, &str> = of("en");
        let stems: BTreeSet<_> = english.keys().map(|key| stem(key)).collect();
        for code in built_in_languages() {
            let own: BTreeMap<&str, &str> = of(code);
            let own_stems: BTreeSet<_> = own.keys().map(|key| stem(key)).collect();
            assert_eq!(own_stems, stems, "{code}");
            for (key, text) in &own {
                assert!(!text.trim().is_empty(), "{code} {key}");
                let other = format!("{}.other", stem(key));
                let model = english
                    .get(key)
                    .or_else(|| english.get(other.as_str()))
                    .unwrap();
                let (own, known) = (names(text), names(model));
                // A form for one number may say it in words.
                let missing: Vec<_> = known.difference(&own).filter(|n| **n != "count").collect();
                assert!(own.is_subset(&known) && missing.is_empty(), "{code} {key}");
            }
        }
    }

    #[test]
    fn numbers_take_the_right_form() {
        let (en, zh) = (english(), chinese());
        assert_eq!(en.products(1), "1 product");
        assert_eq!(en.products(2), "2 products");
        assert_eq!(zh.products(1), "1 件商品");
        assert!(en.notice_too_few_left("Cup").contains("lower the quantity"));
        assert!(zh.notice_sold_out("杯子").contains("售罄"));
    }

    #[test]
    fn a_text_that_a_language_lacks_is_shown_in_english() {
        let words = vec![
            ("cart".to_owned(), "Korb".to_owned()),
            ("of_a_newer_build".to_owned(), "…".to_owned()),
        ];
        let words = Words::of(LanguagePack {
            words,
            ..LanguagePack::default()
        });
        assert_eq!((words.cart(), words.checkout()), ("Korb", "Checkout"));
        assert_eq!(words.products(2), "2 products");
    }

    #[test]
    fn braces_that_have_no_value_vanish() {
        assert_eq!(fill("{a} of {b}", &[("a", "1"), ("b", "{a}")]), "1 of {a}");
        assert_eq!(fill("{x}!", &[]), "!");
    }
}
