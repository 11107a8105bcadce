//! Countries and territories, by ISO 3166-1 alpha-2 code: their names, and what an address of each
//! needs.

mod names;
mod rules;

use crate::{LanguageCode, Locale};

pub use rules::{Need, postal_code, region, wrong_postal_code};

/// Whether `code` is the alpha-2 code of a country or territory.
pub fn exists(code: &str) -> bool {
    name(code, Locale::own(LanguageCode::EN)).is_some()
}

/// The name of a country; `None` for what is no code of one.
pub fn name(code: &str, locale: Locale) -> Option<&'static str> {
    let (_, en, zh) = names::NAMES.iter().find(|(known, ..)| *known == code)?;
    Some(if locale.code() == "zh" { zh } else { en })
}

/// Code and name of every country, in the order in which people look names up in the language.
pub fn all(locale: Locale) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_chinese = locale.code() == "zh";
    (0..names::NAMES.len()).map(move |place| match is_chinese {
        false => (names::NAMES[place].0, names::NAMES[place].1),
        true => {
            let place = usize::from(names::CHINESE_ORDER[place]);
            (names::NAMES[place].0, names::NAMES[place].2)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const EN: Locale = Locale::own(LanguageCode::EN);

    fn zh() -> Locale {
        Locale::new(1, LanguageCode::parse("zh").expect("a code"))
    }

    #[test]
    fn there_are_249_countries_with_names_in_every_language() {
        for locale in [EN, zh()] {
            let codes: BTreeSet<_> = all(locale).map(|(code, _)| code).collect();
            let names: BTreeSet<_> = all(locale).map(|(_, name)| name).collect();
            assert_eq!((codes.len(), names.len()), (249, 249), "{locale:?}");
            assert!(all(locale).all(|(code, shown)| name(code, locale) == Some(shown)));
        }
        assert!(all(zh()).all(|(_, name)| !name.is_ascii()));
        assert!(exists("CN") && exists("US") && exists("ZW"));
        assert!(!exists("cn") && !exists("ZZ") && !exists("N A") && !exists(""));
    }

    #[test]
    fn names_are_in_the_order_of_their_language() {
        let place = |locale, code| all(locale).position(|(known, _)| known == code);
        let before = |locale, a, b| place(locale, a) < place(locale, b);
        assert!(before(EN, "AF", "AX") && before(EN, "AX", "AL"));
        assert!(before(EN, "ZM", "ZW") && before(EN, "TN", "TR"));
        // Ādì, Déguó, Fǎguó, Zhōngguó.
        assert!(before(zh(), "AL", "DE") && before(zh(), "DE", "FR"));
        assert!(before(zh(), "FR", "CN"));
    }
}
