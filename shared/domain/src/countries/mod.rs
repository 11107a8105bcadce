//! Names of countries and territories in English, by the code that ISO 3166-1 alpha-2 gives them;
//! `AC`, `TA` and `XK`, which it leaves open, are those that posts and carriers use.
//!
//! Not here: names in other languages, which come with the published version (`souk-shop`), and what
//! an address of each needs (`souk-addresses`).

mod names;

/// The English name of a country; `None` for what is no code of one.
pub fn country_name(code: &str) -> Option<&'static str> {
    let mut names = names::NAMES.iter();
    names
        .find(|(known, _)| *known == code)
        .map(|(_, name)| *name)
}

/// Code and English name of every country, in the order of the names.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    names::NAMES.into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_252_countries_each_with_a_name() {
        let codes: BTreeSet<_> = all().map(|(code, _)| code).collect();
        let names: BTreeSet<_> = all().map(|(_, name)| name).collect();
        assert_eq!((codes.len(), names.len()), (252, 252));
        assert!(all().all(|(code, name)| country_name(code) == Some(name)));
        assert_eq!(country_name("XK"), Some("Kosovo"));
        for code in ["cn", "ZZ", "N A", ""] {
            assert_eq!(country_name(code), None, "{code}");
        }
    }

    #[test]
    fn names_are_in_the_order_in_which_people_look_them_up() {
        let place = |code| all().position(|(known, _)| known == code);
        let before = |a, b| place(a) < place(b);
        assert!(before("AF", "AX") && before("AX", "AL"));
        assert!(before("ZM", "ZW") && before("TN", "TR"));
    }
}
