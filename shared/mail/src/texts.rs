//! The texts of a shop's mails: what the shop says of itself in one of its languages, and its templates.
//!
//! They come from the published version ([`crate::PublishedTexts`]); a template that the shop has not
//! replaced is built in.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use souk_catalogue::Market;
use souk_domain::{Locale, MailKind, Money};
use souk_ports::PortError;
use souk_shop::{Direction, LanguagePack, Shop};

use crate::render::Language;
use crate::template::Template;

/// The built-in templates in CBOR, made by `build.rs` from `templates/KIND.LANG.md`.
const BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/templates.cbor"));

/// Gives the texts of the shop as they are now.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait MailTexts {
    /// The texts for a buyer with this language tag: in the language of the shop that is the
    /// longest one which the tag begins with (lookup of RFC 4647), else in the shop's own.
    ///
    /// # Errors
    /// When their owner does not answer, or has none yet; the mails are tried again later.
    async fn texts(&self, language: Option<&str>) -> Result<Rc<ShopTexts>, PortError>;
}

/// What a shop says in mails in one of its languages.
#[derive(Debug)]
pub struct ShopTexts {
    /// What the shop says about itself.
    pub shop: Rc<Shop>,
    /// The markets of the shop; none in one without terms.
    pub markets: Rc<[Market]>,
    /// The language.
    pub locale: Locale,
    /// How the language writes, and its words for the lines of an account.
    pub pack: LanguagePack,
    /// Templates of the shop's own in this language.
    pub templates: BTreeMap<MailKind, Template>,
}

/// Templates by language and name of their kind.
type BuiltIn = BTreeMap<String, Vec<(String, Template)>>;

fn built_in() -> &'static BuiltIn {
    static TEMPLATES: OnceLock<BuiltIn> = OnceLock::new();
    TEMPLATES.get_or_init(|| minicbor::decode(BUILT_IN).expect("build.rs has written it"))
}

/// The language of built-in templates that is used where a language has none.
const FALLBACK: &str = "en";

/// The code of the language whose built-in templates mails in a language are written with: its own,
/// that which its code begins with, or English.
pub fn built_in_language(code: &str) -> &'static str {
    let mut range = code;
    loop {
        if let Some((known, _)) = built_in().get_key_value(&range.to_ascii_lowercase()) {
            return known;
        }
        range = range
            .rsplit_once('-')
            .map_or(FALLBACK, |(shorter, _)| shorter);
    }
}

/// The language of a shop for a buyer with this language tag.
pub(crate) fn language_of(shop: &Shop, wanted: Option<&str>) -> Locale {
    let mut range = wanted.unwrap_or_default();
    while !range.is_empty() {
        let is_it = |locale: &Locale| {
            range.eq_ignore_ascii_case(locale.code())
                || range.eq_ignore_ascii_case(shop.tag(*locale))
        };
        if let Some(found) = shop.locales().find(is_it) {
            return found;
        }
        range = range.rsplit_once('-').map_or("", |(shorter, _)| shorter);
    }
    shop.own()
}

impl ShopTexts {
    /// The shop's name.
    pub fn name(&self) -> &str {
        self.shop.name.get(self.locale)
    }

    /// Where its buyers ask: an e-mail address.
    pub fn contact(&self) -> Option<&str> {
        self.shop.contact.email.as_deref()
    }

    /// The account for transfers, line by line; empty where the shop takes none.
    pub fn account(&self) -> Vec<String> {
        let Some(account) = &self.shop.payment.account else {
            return Vec::new();
        };
        let line = |key: &str, value: &str| match self.word(key) {
            Some(word) => format!("{word}: {value}"),
            None => value.to_owned(),
        };
        let mut lines = vec![
            line("transfer_holder", &account.holder),
            line("transfer_account", &account.number),
        ];
        let bic = account.bic.as_deref();
        lines.extend(bic.map(|bic| line("transfer_bic", bic)));
        let bank = account.bank.as_deref();
        lines.extend(bank.map(|bank| line("transfer_bank", bank)));
        let note = account.note.get(self.locale);
        if !note.is_empty() {
            lines.push(note.to_owned());
        }
        lines
    }

    /// An amount as the language writes it.
    pub fn money(&self, amount: Money) -> String {
        self.pack.formats.money(amount)
    }

    /// A moment in milliseconds since 1970, by the clocks of the shop.
    pub fn moment(&self, at_ms: i64) -> String {
        let east_s = self.shop.east_s(at_ms);
        self.pack.formats.date_time(at_ms, east_s)
    }

    /// The template of a kind, and the language that it is written in.
    pub fn template(&self, kind: MailKind) -> (Language<'_>, &Template) {
        let code = self.locale.code();
        if let Some(own) = self.templates.get(&kind) {
            return (self.own_language(), own);
        }
        let known = built_in_language(code);
        let mut of_kind = built_in()[known].iter();
        let found = of_kind.find(|(name, _)| name == kind.name());
        let template = &found.expect("build.rs wants each kind").1;
        let is_own = code.split('-').next() == Some(known);
        let language = match is_own {
            true => self.own_language(),
            // Of the built-in ones every language is written from the left to the right.
            false => Language {
                code: known,
                tag: known,
                is_rtl: false,
            },
        };
        (language, template)
    }

    fn own_language(&self) -> Language<'_> {
        let language = self.shop.language(self.locale);
        Language {
            code: language.map_or(FALLBACK, |language| &language.code),
            tag: self.shop.tag(self.locale),
            is_rtl: language.is_some_and(|language| language.direction == Direction::Rtl),
        }
    }

    fn word(&self, key: &str) -> Option<&str> {
        let words = &self.pack.words;
        let place = words.binary_search_by(|(known, _)| known.as_str().cmp(key));
        place.ok().map(|place| words[place].1.as_str())
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::Text;
    use souk_shop::Account;

    use super::*;

    fn shop(codes: &[(&str, &str)]) -> Shop {
        let language = |&(code, tag): &(&str, &str)| souk_shop::Language {
            code: code.to_owned(),
            tag: tag.to_owned(),
            ..souk_shop::Language::default()
        };
        Shop {
            languages: codes.iter().map(language).collect(),
            ..Shop::default()
        }
    }

    fn texts(shop: Shop, wanted: Option<&str>) -> ShopTexts {
        ShopTexts {
            locale: language_of(&shop, wanted),
            shop: Rc::new(shop),
            markets: Rc::default(),
            pack: LanguagePack::default(),
            templates: BTreeMap::new(),
        }
    }

    #[test]
    fn the_buyer_gets_the_nearest_language_of_the_shop() {
        let shop = shop(&[("en", "en"), ("zh", "zh-Hans"), ("de-ch", "de-CH")]);
        for (wanted, found) in [
            (None, "en"),
            (Some(""), "en"),
            (Some("zh-Hans"), "zh"),
            (Some("zh-Hans-CN"), "zh"),
            (Some("ZH"), "zh"),
            (Some("de-CH-1996"), "de-ch"),
            (Some("de"), "en"),
            (Some("fr"), "en"),
        ] {
            assert_eq!(language_of(&shop, wanted).code(), found, "{wanted:?}");
        }
    }

    #[test]
    fn every_built_in_language_has_every_kind() {
        let codes: Vec<_> = built_in().keys().map(String::as_str).collect();
        assert_eq!(codes, ["de", "en", "zh"]);
        for code in codes {
            let texts = texts(shop(&[(code, code)]), None);
            for kind in MailKind::ALL {
                assert_eq!(texts.template(kind).0.code, code);
            }
        }
    }

    #[test]
    fn a_language_without_templates_has_those_of_its_base_or_english_ones() {
        let written_in = |wanted| {
            let shop = shop(&[("ar", "ar"), ("de-at", "de-AT")]);
            let texts = texts(shop, Some(wanted));
            let (language, _) = texts.template(MailKind::Shipped);
            (language.code.to_owned(), language.tag.to_owned())
        };
        assert_eq!(written_in("ar"), ("en".to_owned(), "en".to_owned()));
        assert_eq!(
            written_in("de-AT"),
            ("de-at".to_owned(), "de-AT".to_owned())
        );
    }

    #[test]
    fn an_account_has_the_words_of_its_language() {
        let mut of_shop = shop(&[("de", "de")]);
        of_shop.payment.account = Some(Account {
            holder: "Kontor".to_owned(),
            number: "DE02 1203".to_owned(),
            bic: Some("BYLADEM1001".to_owned()),
            bank: None,
            note: Text::new("Danke"),
        });
        let mut texts = texts(of_shop, None);
        texts.pack.words = vec![
            ("transfer_account".to_owned(), "IBAN".to_owned()),
            ("transfer_holder".to_owned(), "Kontoinhaber".to_owned()),
        ];
        let lines = [
            "Kontoinhaber: Kontor",
            "IBAN: DE02 1203",
            "BYLADEM1001",
            "Danke",
        ];
        assert_eq!(texts.account(), lines);
    }
}
