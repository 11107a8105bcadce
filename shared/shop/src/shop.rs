//! The settings of a shop.

use minicbor::{Decode, Encode};
use souk_catalogue::{
    Collections, DecodeError, Hash, Market, Media, Text, decode_blob, encode_blob,
};
use souk_domain::{LanguageCode, Locale};

use crate::{Block, Language, PaymentMethods, Place, Theme};

/// The settings of a shop: the blob that the manifest names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Shop {
    /// Name.
    #[n(0)]
    pub name: Text,
    /// One sentence for search engines and beside the name in the title of the home page.
    #[n(1)]
    pub tagline: Text,
    /// The shop's own language first. At least one.
    #[n(2)]
    pub languages: Vec<Language>,
    /// Logo; where there is none, the name stands in its place.
    #[n(3)]
    pub logo: Option<Media>,
    /// Icon of browser tabs; without one the program's own is shown.
    #[n(4)]
    pub icon: Option<Media>,
    /// How shoppers reach the shop.
    #[n(5)]
    pub contact: Contact,
    /// Who runs the shop.
    #[n(6)]
    pub company: Company,
    /// IANA name of the time zone that moments are shown in, such as `Europe/Berlin`.
    #[n(7)]
    pub time_zone: String,
    /// Offsets of the time zone, in ascending order of their beginnings.
    #[n(8)]
    pub offsets: Vec<Offset>,
    /// The navigation in the header of every page.
    #[n(9)]
    pub navigation: Vec<Place>,
    /// The columns of the footer: each a heading with its links.
    #[n(10)]
    pub footer: Vec<Place>,
    /// A sentence in the footer.
    #[n(11)]
    pub footer_line: Text,
    /// The home page, from top to bottom.
    #[n(12)]
    pub home: Vec<Block>,
    /// How orders can be paid.
    #[n(13)]
    pub payment: PaymentMethods,
    /// Origins (`https://shop.example`) whose pages may call the API.
    #[n(14)]
    pub api_origins: Vec<String>,
    /// Looks.
    #[n(15)]
    pub theme: Theme,
    /// The blob of the [`crate::ContentIndex`]; absent in a shop without content.
    #[n(16)]
    pub content: Option<Hash>,
    /// Cost of express delivery in minor units; absent where only standard delivery is offered.
    #[n(17)]
    pub express_fee_minor: Option<i64>,
    /// ISO 3166-1 code of the country that the shop is in.
    #[n(18)]
    pub country: String,
    /// Templates of mails that the shop replaces, by kind and language: `(kind, language code, blob)`.
    #[n(19)]
    pub mails: Vec<(String, String, Hash)>,
}

/// How shoppers reach the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Contact {
    /// E-mail address.
    #[n(0)]
    pub email: Option<String>,
    /// Telephone number, as people dial it from abroad.
    #[n(1)]
    pub phone: Option<String>,
}

/// Who runs the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Company {
    /// Name of the company or person.
    #[n(0)]
    pub name: Option<String>,
    /// Postal address, a line each.
    #[n(1)]
    pub address: Vec<String>,
    /// Register and number, such as `Amtsgericht Köln, HRB 12345`.
    #[n(2)]
    pub register: Option<String>,
    /// Number for value added tax.
    #[n(3)]
    pub vat_id: Option<String>,
}

/// An offset from UTC and when it begins to be in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Offset {
    /// Beginning, in seconds since 1970.
    #[n(0)]
    pub from_s: i64,
    /// Seconds east of Greenwich.
    #[n(1)]
    pub east_s: i32,
}

impl Shop {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not that of a shop.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        decode_blob("shop", blob)
    }

    /// A shop that has said nothing about itself: its products, in English.
    pub fn plain() -> Self {
        Self {
            name: Text::new("Shop"),
            languages: vec![Language {
                code: "en".to_owned(),
                tag: "en".to_owned(),
                name: "English".to_owned(),
                open_graph: "en_US".to_owned(),
                ..Language::default()
            }],
            home: vec![
                Block::Row {
                    title: Text::default(),
                    collection: Collections::ALL.to_owned(),
                    products: 8,
                },
                Block::Collections {
                    title: Text::default(),
                    collections: Vec::new(),
                },
            ],
            payment: PaymentMethods {
                offered: vec!["on_delivery".to_owned()],
                ..PaymentMethods::default()
            },
            ..Self::default()
        }
    }

    /// The languages of the shop, its own first. A code that is none is left out.
    pub fn locales(&self) -> impl Iterator<Item = Locale> {
        let languages = self.languages.iter().take(Locale::COUNT_MAX).enumerate();
        languages.filter_map(|(place, language)| {
            let code = LanguageCode::parse(&language.code).ok()?;
            Some(Locale::new(u8::try_from(place).ok()?, code))
        })
    }

    /// The shop's own language.
    pub fn own(&self) -> Locale {
        let first = self.locales().next();
        first.unwrap_or(Locale::own(LanguageCode::EN))
    }

    /// The languages of the market at a place, in its order and at least one: addresses do not name the
    /// first. Without markets there is one, with every language.
    pub fn locales_of(&self, markets: &[Market], place: usize) -> Vec<Locale> {
        let market = markets.get(place);
        let mut locales: Vec<_> = match market.map(|market| market.languages.as_slice()) {
            None | Some([]) => self.locales().collect(),
            Some(codes) => {
                let of = |code: &String| self.locales().find(|known| known.code() == code);
                codes.iter().filter_map(of).collect()
            }
        };
        if locales.is_empty() {
            locales.push(self.own());
        }
        let path = market.map_or("", |market| &market.path);
        let number = u8::try_from(place).unwrap_or(u8::MAX);
        for (at, locale) in locales.iter_mut().enumerate() {
            *locale = locale.in_market(number, path, at > 0);
        }
        locales
    }

    /// A language in another market; its first one where that does not have it.
    pub fn in_market(&self, locale: Locale, markets: &[Market], place: usize) -> Locale {
        let locales = self.locales_of(markets, place);
        let same = locales.iter().find(|one| one.place() == locale.place());
        *same.unwrap_or(&locales[0])
    }

    /// What is known of a language of the shop.
    pub fn language(&self, locale: Locale) -> Option<&Language> {
        self.languages.get(locale.place())
    }

    /// The BCP 47 tag of a language of the shop.
    pub fn tag(&self, locale: Locale) -> &str {
        self.language(locale).map_or("en", |language| &language.tag)
    }

    /// Seconds that clocks of the shop are ahead of UTC at a moment, in milliseconds since 1970.
    pub fn east_s(&self, at_ms: i64) -> i32 {
        let at_s = at_ms.div_euclid(1000);
        let after = self.offsets.partition_point(|offset| offset.from_s <= at_s);
        let place = after.saturating_sub(1);
        self.offsets.get(place).map_or(0, |offset| offset.east_s)
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;

    use super::*;

    #[test]
    fn the_offset_in_force_is_the_last_that_has_begun() {
        let offsets = vec![
            Offset {
                from_s: 100,
                east_s: 3_600,
            },
            Offset {
                from_s: 200,
                east_s: 7_200,
            },
        ];
        let shop = Shop {
            offsets,
            ..Shop::default()
        };
        // Before the first one nothing better is known.
        assert_eq!(shop.east_s(0), 3_600);
        assert_eq!(shop.east_s(199_999), 3_600);
        assert_eq!(shop.east_s(200_000), 7_200);
        assert_eq!(Shop::default().east_s(5), 0);
    }

    #[test]
    fn a_market_has_the_languages_that_it_names_in_its_order() {
        let language = |code: &str| Language {
            code: code.to_owned(),
            ..Language::default()
        };
        let shop = Shop {
            languages: ["en", "zh", "de"].map(language).into(),
            ..Shop::plain()
        };
        let market = |path: &str, languages: &[&str]| Market {
            path: path.to_owned(),
            languages: languages.iter().map(|&code| code.to_owned()).collect(),
            ..Market::plain("m", Currency::USD)
        };
        let markets = [
            market("", &["en", "zh"]),
            market("eu", &["de", "en"]),
            market("np", &[]),
            market("old", &["fr"]),
        ];
        let prefixes = |place| {
            let locales = shop.locales_of(&markets, place).into_iter();
            let prefixes = locales.map(|locale| locale.path_prefix().to_string());
            prefixes.collect::<Vec<_>>()
        };
        assert_eq!(prefixes(0), ["", "/zh"]);
        assert_eq!(prefixes(1), ["/eu", "/eu/en"]);
        assert_eq!(prefixes(2), ["/np", "/np/zh", "/np/de"]);
        assert_eq!(prefixes(3), ["/old"]);
        let zh = shop.locales_of(&markets, 0)[1];
        let elsewhere = [1, 2].map(|place| shop.in_market(zh, &markets, place));
        assert_eq!(
            elsewhere.map(|locale| locale.code().to_owned()),
            ["de", "zh"]
        );
        assert_eq!(shop.locales_of(&[], 0), shop.locales().collect::<Vec<_>>());
    }

    #[test]
    fn a_shop_comes_back_from_its_blob() {
        let shop = Shop {
            name: Text::new("Kontor"),
            time_zone: "Europe/Berlin".into(),
            ..Shop::default()
        };
        assert_eq!(Shop::decode(&shop.encode()).unwrap(), shop);
    }
}
