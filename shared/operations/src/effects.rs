//! What a switch does, in the languages of the program: for the staff, before they move it.
//!
//! The texts are in `effects/LANGUAGE.toml`; a language that has none gets English. They are for the
//! staff alone, so they are in no storefront and a shop does not replace them.

use crate::switch::{Setting, Switch};

include!(concat!(env!("OUT_DIR"), "/effects.rs"));

/// What happens while a switch stands so, in a language by its code; `None` for `on` and for what the
/// switch cannot be.
pub fn effect(switch: Switch, setting: Setting, language: &str) -> Option<&'static str> {
    let key = format!("{}.{}", switch.name(), setting.name());
    let text = |language: &str| {
        let (_, texts) = EFFECTS.iter().find(|(code, _)| *code == language)?;
        let (_, text) = texts.iter().find(|(known, _)| *known == key)?;
        Some(*text)
    };
    text(language).or_else(|| text("en"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_what_each_switch_does_and_nothing_else() {
        let wanted: Vec<_> = Switch::ALL
            .iter()
            .flat_map(|switch| {
                let settings = switch.settings().iter();
                settings.map(|setting| format!("{}.{}", switch.name(), setting.name()))
            })
            .collect();
        let languages: Vec<_> = EFFECTS.iter().map(|(code, _)| *code).collect();
        assert_eq!(languages, ["de", "en", "zh"]);
        for (code, texts) in EFFECTS {
            let mut keys: Vec<_> = texts.iter().map(|(key, _)| (*key).to_owned()).collect();
            let mut wanted = wanted.clone();
            keys.sort();
            wanted.sort();
            assert_eq!(keys, wanted, "{code}");
            assert!(texts.iter().all(|(_, text)| !text.is_empty()), "{code}");
        }
    }

    #[test]
    fn a_language_without_texts_gets_english() {
        let of = |language| effect(Switch::Search, Setting::Closed, language);
        assert_eq!(of("fr"), of("en"));
        assert_ne!(of("de"), of("en"));
        assert_eq!(effect(Switch::Search, Setting::On, "en"), None);
        assert_eq!(effect(Switch::Checkout, Setting::Closed, "en"), None);
    }
}
