//! What a shop has said about prices: markets, delivery, tax, promotions, as one blob.

use minicbor::{Decode, Encode};
use souk_domain::Currency;

use crate::amounts::code;
use crate::blob::{self, BlobError};
use crate::{Chosen, Facts, LineOption, Method, Promotion, Stamp, TaxRate, Title, Zone};

/// Everything that a quote needs besides the facts of its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Terms {
    /// At least one; the first one has the empty path.
    #[n(0)]
    pub markets: Vec<Market>,
    /// In the merchant's order.
    #[n(1)]
    pub zones: Vec<Zone>,
    /// In the order in which they are shown.
    #[n(2)]
    pub methods: Vec<Method>,
    /// Ids of the tax categories.
    #[n(3)]
    pub categories: Vec<String>,
    /// In the merchant's order.
    #[n(4)]
    pub rates: Vec<TaxRate>,
    /// In any order.
    #[n(5)]
    pub promotions: Vec<Promotion>,
    /// What buyers may choose for lines, in the merchant's order.
    #[n(6)]
    #[cbor(default)]
    pub options: Vec<LineOption>,
}

/// A part of the world with a currency and rules of its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Market {
    /// As the API names it.
    #[n(0)]
    pub id: String,
    /// What addresses of its pages begin with, without `/`; empty in the first one.
    #[n(1)]
    pub path: String,
    /// Of every amount in it.
    #[cbor(n(2), with = "code")]
    pub currency: Currency,
    /// ISO 3166-1 codes of the countries that are delivered to; none: all.
    #[n(3)]
    pub countries: Vec<String>,
    /// IANA name of the time zone in which its promotions begin and end.
    #[n(4)]
    pub time_zone: String,
    /// Whether prices include tax.
    #[n(5)]
    pub tax: TaxMode,
    /// What tax is rounded on.
    #[n(6)]
    pub tax_rounding: TaxRounding,
    /// How delivery is taxed.
    #[n(7)]
    pub delivery_tax: DeliveryTax,
    /// Codes of its languages; none: all of the shop's.
    #[n(8)]
    pub languages: Vec<String>,
    /// As shoppers read it; `None`: by its id.
    #[n(9)]
    pub title: Option<Title>,
}

impl Market {
    /// One for every country and in every language, without a path.
    pub fn plain(id: &str, currency: Currency) -> Self {
        Self {
            id: id.to_owned(),
            path: String::new(),
            currency,
            countries: Vec::new(),
            time_zone: "UTC".to_owned(),
            tax: TaxMode::default(),
            tax_rounding: TaxRounding::default(),
            delivery_tax: DeliveryTax::default(),
            languages: Vec::new(),
            title: None,
        }
    }

    /// What it is called in a language.
    pub fn name(&self, language: &str) -> &str {
        let title = self.title.as_ref();
        title.map_or(&self.id, |title| title.get(language))
    }

    /// Whether it delivers to a country, given by its ISO 3166-1 code.
    pub fn delivers_to(&self, country: &str) -> bool {
        let is_it = |code: &String| code.eq_ignore_ascii_case(country);
        self.countries.is_empty() || self.countries.iter().any(is_it)
    }
}

/// Whether prices include tax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum TaxMode {
    /// They do.
    #[default]
    #[n(0)]
    Included,
    /// It is added to them.
    #[n(1)]
    Added,
}

/// What tax is rounded on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum TaxRounding {
    /// Each line.
    #[default]
    #[n(0)]
    Line,
    /// The sum of all lines with the same rates.
    #[n(1)]
    Order,
}

/// How delivery is taxed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeliveryTax {
    /// Like goods without a category.
    #[default]
    #[n(0)]
    Standard,
    /// Like the goods in the parcel, in proportion to what they cost.
    #[n(1)]
    ProRata,
    /// Not at all.
    #[n(2)]
    None,
}

/// Why terms cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// Too many promotions.
    #[error("there are {0} promotions; {max} are possible", max = Terms::PROMOTIONS_MAX)]
    Promotions(usize),
    /// Too many bytes.
    #[error("all of it takes {0} bytes; {max} are possible", max = Terms::BYTES_MAX)]
    Bytes(usize),
}

impl Terms {
    /// Most bytes of the blob: 256 KiB.
    pub const BYTES_MAX: usize = 256 * 1_024;
    /// Most promotions.
    pub const PROMOTIONS_MAX: usize = 500;
    /// Most options of lines.
    pub const OPTIONS_MAX: usize = 100;

    /// The blob. The same terms give the same bytes.
    ///
    /// # Errors
    /// When there is too much of something.
    pub fn encode(&self) -> Result<Vec<u8>, TermsError> {
        if self.promotions.len() > Self::PROMOTIONS_MAX {
            return Err(TermsError::Promotions(self.promotions.len()));
        }
        let blob = blob::encode(self);
        match blob.len() {
            0..=Self::BYTES_MAX => Ok(blob),
            bytes => Err(TermsError::Bytes(bytes)),
        }
    }

    /// Reads the blob.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn decode(blob: &[u8]) -> Result<Self, BlobError> {
        blob::decode("terms", blob)
    }

    /// The hash by which orders name these terms.
    pub fn stamp(&self) -> Stamp {
        Stamp::of(&blob::encode(self))
    }

    /// The terms of a shop that has said no more than its currency: one market for every country,
    /// without tax.
    pub fn plain(market: &str, currency: Currency, time_zone: &str, methods: Vec<Method>) -> Self {
        let market = Market {
            time_zone: time_zone.to_owned(),
            ..Market::plain(market, currency)
        };
        Self {
            markets: vec![market],
            methods,
            ..Self::default()
        }
    }

    /// A way of delivery by its id.
    pub fn method(&self, id: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.id == id)
    }

    /// A zone with its place, by its number in rates.
    pub(crate) fn zone(&self, number: u16) -> Option<&Zone> {
        self.zones.get(usize::from(number))
    }

    /// The options that an offer has in a currency, in the merchant's order.
    pub fn options_of(
        &self,
        facts: &Facts,
        currency: Currency,
    ) -> impl Iterator<Item = &LineOption> {
        let options = self.options.iter();
        options.filter(move |option| option.is_offered(facts, currency))
    }

    /// What the chosen options add to the price of a unit, in minor units, and to the days of the
    /// delivery; `None` where they are not those that the offer can be bought with.
    pub(crate) fn surcharge(
        &self,
        facts: &Facts,
        currency: Currency,
        chosen: &Chosen,
    ) -> Option<(i64, u16)> {
        let (mut sum, mut lead_days, mut found) = (0_i64, 0, 0);
        for option in self.options_of(facts, currency) {
            match chosen.get(&option.id) {
                Some(choice) => {
                    let surcharge = option.surcharge(choice.as_deref(), currency)?;
                    sum = sum.saturating_add(surcharge);
                    lead_days = lead_days.max(option.lead_days);
                    found += 1;
                }
                None if option.is_required => return None,
                None => {}
            }
        }
        (found == chosen.len()).then_some((sum, lead_days))
    }
}
