//! Names of countries and territories, by the code that ISO 3166-1 alpha-2 gives them; `AC`, `TA`
//! and `XK`, which it leaves open, are those that posts and carriers use.
//!
//! Not here: what an address of each needs (`souk-addresses`).

mod names;

use crate::Locale;

/// The name of a country; `None` for what is no code of one.
pub fn country_name(locale: Locale, code: &str) -> Option<&'static str> {
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
    use crate::LanguageCode;

    const EN: Locale = Locale::own(LanguageCode::EN);

    fn zh() -> Locale {
        Locale::new(1, LanguageCode::parse("zh").expect("a code"))
    }

    #[test]
    fn there_are_252_countries_with_names_in_every_language() {
        for locale in [EN, zh()] {
            let codes: BTreeSet<_> = all(locale).map(|(code, _)| code).collect();
            let names: BTreeSet<_> = all(locale).map(|(_, name)| name).collect();
            assert_eq!((codes.len(), names.len()), (252, 252), "{locale:?}");
            assert!(all(locale).all(|(code, name)| country_name(locale, code) == Some(name)));
        }
        assert!(all(zh()).all(|(_, name)| !name.is_ascii()));
        let name = |code| country_name(EN, code);
        assert_eq!((name("XK"), name("CN")), (Some("Kosovo"), Some("China")));
        assert!(
            ["cn", "ZZ", "N A", ""]
                .into_iter()
                .all(|code| name(code).is_none())
        );
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
