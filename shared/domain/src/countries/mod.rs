//! Names of countries and territories, by the code that ISO 3166-1 alpha-2 gives them; `AC`, `TA`
//! and `XK`, which it leaves open, are those that posts and carriers use.
//!
//! Not here: what an address of each needs (`souk-addresses`).

mod names;

use crate::Locale;

/// The name of a country; `None` for what is no code of one.
pub fn country_name(locale: Locale, code: &str) -> Option<&'static str> {
    let (_, en, zh) = names::NAMES.iter().find(|(known, ..)| *known == code)?;
    Some(match locale {
        Locale::En => en,
        Locale::Zh => zh,
    })
}

/// Code and name of every country, in the order in which people look names up in the language.
pub fn all(locale: Locale) -> impl Iterator<Item = (&'static str, &'static str)> {
    (0..names::NAMES.len()).map(move |place| match locale {
        Locale::En => (names::NAMES[place].0, names::NAMES[place].1),
        Locale::Zh => {
            let place = usize::from(names::CHINESE_ORDER[place]);
            (names::NAMES[place].0, names::NAMES[place].2)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_252_countries_with_names_in_every_language() {
        for locale in Locale::ALL {
            let codes: BTreeSet<_> = all(locale).map(|(code, _)| code).collect();
            let names: BTreeSet<_> = all(locale).map(|(_, name)| name).collect();
            assert_eq!((codes.len(), names.len()), (252, 252), "{locale:?}");
            assert!(all(locale).all(|(code, name)| country_name(locale, code) == Some(name)));
        }
        assert!(all(Locale::Zh).all(|(_, name)| !name.is_ascii()));
        let name = |code| country_name(Locale::En, code);
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
        assert!(before(Locale::En, "AF", "AX") && before(Locale::En, "AX", "AL"));
        assert!(before(Locale::En, "ZM", "ZW") && before(Locale::En, "TN", "TR"));
        // Ādì, Déguó, Fǎguó, Zhōngguó.
        assert!(before(Locale::Zh, "AL", "DE") && before(Locale::Zh, "DE", "FR"));
        assert!(before(Locale::Zh, "FR", "CN"));
    }
}
