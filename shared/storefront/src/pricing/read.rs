//! Reads the terms of prices of a version.

use std::rc::Rc;

use souk_catalogue::DecodeError;
use souk_domain::{Currency, Locale};
use souk_ports::Edge;
use souk_pricing::{Amount, Amounts, DeliveryRate, Method, MethodKind, Terms, Title};

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::pricing::offer_facts::Remembered;
use crate::pricing::{ONLY_MARKET, ShopTerms};

impl<E: Edge> Reader<'_, E> {
    /// The terms of prices of the version; in one that has published none those that every shop has.
    ///
    /// # Errors
    /// When the store does not answer, lacks the blob, or it is damaged.
    pub(crate) async fn terms(&self) -> Result<Rc<ShopTerms>, ReadError> {
        if let Some(terms) = self.version.prices.get() {
            return Ok(terms.clone());
        }
        let languages = self.version.shop.languages.iter();
        let languages = languages.map(|language| language.code.clone()).collect();
        let (terms, stamp) = match self.version.manifest.pricing {
            Some(hash) => {
                let terms = decode(&self.blob(hash).await?)?;
                let stamp = terms.stamp().to_string();
                (terms, Some(stamp))
            }
            None => (self.usual_terms().await?, None),
        };
        let terms = Rc::new(ShopTerms {
            terms,
            stamp,
            series: self.series.clone(),
            languages,
            remembered: Remembered::default(),
        });
        Ok(self.version.prices.get_or_init(|| terms).clone())
    }

    /// One market for every country, without tax, with the deliveries that the shop's settings have.
    async fn usual_terms(&self) -> Result<Terms, ReadError> {
        let mut titles = [Title::default(), Title::default()];
        for locale in self.version.shop.locales() {
            let words = self.words(locale).await?;
            let texts = [words.delivery_standard(), words.delivery_express()];
            for (title, text) in titles.iter_mut().zip(texts) {
                set_title(title, locale, text);
            }
        }
        let [standard, express] = titles;
        let currency = self.currency();
        let fee = self.version.shop.express_fee_minor;
        let mut methods = vec![method("standard", standard, currency, 0)];
        methods.extend(fee.map(|fee| method("express", express, currency, fee)));
        Ok(Terms::plain(ONLY_MARKET, currency, "UTC", methods))
    }
}

fn set_title(title: &mut Title, locale: Locale, text: &str) {
    match locale.is_own() {
        true => title.own = text.to_owned(),
        false => title
            .others
            .push((locale.code().to_owned(), text.to_owned())),
    }
}

fn method(id: &str, title: Title, currency: Currency, minor: i64) -> Method {
    Method {
        id: id.to_owned(),
        title,
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(vec![Amount { currency, minor }]),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    }
}

fn decode(blob: &[u8]) -> Result<Terms, DecodeError> {
    let damaged = |reason: String| DecodeError {
        what: "terms of prices",
        reason,
    };
    let terms = Terms::decode(blob).map_err(|error| damaged(error.reason))?;
    match terms.markets.is_empty() {
        false => Ok(terms),
        true => Err(damaged("they have no market".to_owned())),
    }
}
