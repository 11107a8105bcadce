//! Stems of words, by the language of a page.

use frostem::{Algorithm, Stemmer as Snowball};

/// Shorter words keep their form.
const STEM_CHARS_MIN: usize = 3;

/// Cuts endings off the words of one language. Source: snowballstem.org.
#[derive(Clone, Copy)]
pub struct Stemmer(Option<Snowball>);

impl Stemmer {
    /// For the language with a code such as `de` or `pt-br`; words of a language that has no
    /// algorithm here keep their form. Latin words on Chinese and Japanese pages are English.
    pub fn of(language: &str) -> Self {
        let language = language.split('-').next().unwrap_or_default();
        let algorithm = match language {
            "en" | "zh" | "ja" | "ko" => Algorithm::English,
            "da" => Algorithm::Danish,
            "de" => Algorithm::German,
            "es" => Algorithm::Spanish,
            "fi" => Algorithm::Finnish,
            "fr" => Algorithm::French,
            "hu" => Algorithm::Hungarian,
            "it" => Algorithm::Italian,
            "nb" | "nn" | "no" => Algorithm::Norwegian,
            // The rules of Kraaij and Pohlmann, `Dutch`, are five times as large.
            "nl" => Algorithm::DutchPorter,
            "pl" => Algorithm::Polish,
            "pt" => Algorithm::Portuguese,
            "ro" => Algorithm::Romanian,
            "ru" => Algorithm::Russian,
            "sv" => Algorithm::Swedish,
            "tr" => Algorithm::Turkish,
            _ => return Self(None),
        };
        Self(Some(Snowball::new(algorithm)))
    }

    /// The stem of a folded word of letters.
    pub fn stem(self, word: &str) -> String {
        match self.0 {
            Some(snowball) if word.chars().count() >= STEM_CHARS_MIN => {
                snowball.stem(word).into_owned()
            }
            Some(_) | None => word.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_cut_by_language() {
        for (language, word, stem) in [
            ("en", "laptops", "laptop"),
            ("en", "batteries", "batteri"),
            ("en-gb", "cables", "cabl"),
            ("de", "lampen", "lamp"),
            ("nl", "lampen", "lamp"),
            ("zh", "cases", "case"),
            ("eo", "lampoj", "lampoj"),
            ("en", "as", "as"),
        ] {
            assert_eq!(Stemmer::of(language).stem(word), stem, "{language} {word}");
        }
    }
}
