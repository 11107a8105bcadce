//! The texts of a shop's mails: which languages it has, its templates, its name, its account.
//!
//! This is the one place to plug in what a shop publishes: an implementation of [`MailTexts`] gives a
//! [`ShopTexts`] with the shop's own templates, and what it leaves out is built in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use souk_domain::MailKind;
use souk_ports::PortError;

use crate::template::Template;

/// The built-in templates in CBOR, made by `build.rs` from `templates/KIND.LANG.md`.
const BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/templates.cbor"));

/// Gives the texts of the shop as they are now.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait MailTexts {
    /// The texts.
    ///
    /// # Errors
    /// When their owner does not answer; the mails are tried again later.
    async fn texts(&self) -> Result<ShopTexts, PortError>;
}

/// What a shop says about itself in mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopTexts {
    /// The shop's name.
    pub name: String,
    /// Where its buyers ask: an e-mail address.
    pub contact: Option<String>,
    /// The account for transfers, line by line, such as `IBAN: …`; empty where the shop takes none.
    pub account: Vec<String>,
    /// The languages, the shop's own one first; at least one.
    pub languages: Vec<Language>,
}

/// A language of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// Its code, as in a template's name: `en`, `zh`.
    pub code: String,
    /// What stands before the paths of its pages: empty for the shop's own language, else `/zh`.
    pub path_prefix: String,
    /// Templates of the shop's own.
    pub templates: BTreeMap<MailKind, Template>,
}

impl Language {
    /// A language without templates of the shop's own.
    pub fn new(code: &str, path_prefix: &str) -> Self {
        Self {
            code: code.to_owned(),
            path_prefix: path_prefix.to_owned(),
            templates: BTreeMap::new(),
        }
    }
}

/// Templates by language and name of their kind.
type BuiltIn = BTreeMap<String, Vec<(String, Template)>>;

fn built_in() -> &'static BuiltIn {
    static TEMPLATES: OnceLock<BuiltIn> = OnceLock::new();
    TEMPLATES.get_or_init(|| minicbor::decode(BUILT_IN).expect("build.rs has written it"))
}

/// The language of built-in templates that is used where a language has none.
const FALLBACK: &str = "en";

impl ShopTexts {
    /// The language of a mail for a buyer with this language tag: the longest one that the tag begins
    /// with (lookup of RFC 4647), else the shop's own.
    pub fn language(&self, wanted: Option<&str>) -> &Language {
        let own = self.languages.first().expect("a shop has a language");
        let mut range = wanted.unwrap_or_default();
        while !range.is_empty() {
            let is_it = |language: &&Language| language.code.eq_ignore_ascii_case(range);
            if let Some(found) = self.languages.iter().find(is_it) {
                return found;
            }
            range = range.rsplit_once('-').map_or("", |(shorter, _)| shorter);
        }
        own
    }

    /// The template of a kind in a language, and the code of the language that it is written in.
    pub fn template<'a>(
        &'a self,
        language: &'a Language,
        kind: MailKind,
    ) -> (&'a str, &'a Template) {
        if let Some(own) = language.templates.get(&kind) {
            return (&language.code, own);
        }
        let mut range = language.code.as_str();
        loop {
            let found = built_in().get_key_value(&range.to_ascii_lowercase());
            if let Some((code, templates)) = found {
                let mut of_kind = templates.iter();
                let found = of_kind.find(|(name, _)| name == kind.name());
                return (code, &found.expect("build.rs wants each kind").1);
            }
            range = range
                .rsplit_once('-')
                .map_or(FALLBACK, |(shorter, _)| shorter);
        }
    }
}

/// The texts of a shop that has published none: its name, and the languages of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltInTexts {
    /// The shop's name.
    pub shop_name: String,
}

impl MailTexts for BuiltInTexts {
    async fn texts(&self) -> Result<ShopTexts, PortError> {
        Ok(ShopTexts {
            name: self.shop_name.clone(),
            contact: None,
            account: Vec::new(),
            languages: vec![Language::new("en", ""), Language::new("zh", "/zh")],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(codes: &[&str]) -> ShopTexts {
        ShopTexts {
            name: "Souk".to_owned(),
            contact: None,
            account: Vec::new(),
            languages: codes.iter().map(|code| Language::new(code, "")).collect(),
        }
    }

    #[test]
    fn the_buyer_gets_the_nearest_language_of_the_shop() {
        let shop = shop(&["en", "zh", "de-CH"]);
        for (wanted, found) in [
            (None, "en"),
            (Some(""), "en"),
            (Some("zh-Hans-CN"), "zh"),
            (Some("ZH"), "zh"),
            (Some("de-CH-1996"), "de-CH"),
            (Some("de"), "en"),
            (Some("fr"), "en"),
        ] {
            assert_eq!(shop.language(wanted).code, found, "{wanted:?}");
        }
    }

    #[test]
    fn every_built_in_language_has_every_kind() {
        let codes: Vec<_> = built_in().keys().map(String::as_str).collect();
        assert_eq!(codes, ["de", "en", "zh"]);
        for code in codes {
            let shop = shop(&[code]);
            for kind in MailKind::ALL {
                assert_eq!(shop.template(&shop.languages[0], kind).0, code);
            }
        }
    }

    #[test]
    fn a_language_without_templates_has_english_ones() {
        let shop = shop(&["fr", "de-AT"]);
        let template =
            |language: &Language| shop.template(language, MailKind::Shipped).0.to_owned();
        assert_eq!(template(&shop.languages[0]), "en");
        assert_eq!(template(&shop.languages[1]), "de");
    }
}
