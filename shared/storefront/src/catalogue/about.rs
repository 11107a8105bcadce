//! `/api/v1/shop`: what the shop says about itself, as JSON.

use http::StatusCode;
use souk_catalogue::Market;
use souk_ports::Edge;
use souk_pricing::TaxMode;
use souk_protocol::public;

use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Outcome, Shop};

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/shop`.
    pub(crate) async fn api_shop(&self) -> Outcome {
        let (reader, locale) = self.api_reader("lang").await?;
        let about = &reader.version.shop;
        let currency = reader.currency().code();
        // Payments are asked only where the version offers cards.
        let published = self.offered(true).await;
        let cards = published.has("card") && self.payment_methods(currency).await.card;
        let offered = self.offered(cards).await;
        let signals = self.signals().await;
        let content = Content::ApiShop { cards };
        self.cached(content, locale, &reader, &signals, async || {
            let codes = about.locales().map(|locale| locale.code().to_owned());
            let body = public::Shop {
                name: about.name.get(locale).to_owned(),
                languages: codes.collect(),
                currency: currency.to_owned(),
                markets: reader.version.markets.iter().map(market_json).collect(),
                payment_methods: offered.names().map(str::to_owned).collect(),
                contact: public::Contact {
                    email: about.contact.email.clone(),
                    phone: about.contact.phone.clone(),
                },
                catalogue_version: reader.version.number,
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body))
        })
        .await
    }
}

fn market_json(market: &Market) -> public::Market {
    public::Market {
        id: market.id.clone(),
        path: market.path.clone(),
        currency: market.currency.code().to_owned(),
        countries: market.countries.clone(),
        languages: market.languages.clone(),
        tax: match market.tax {
            TaxMode::Included => "included",
            TaxMode::Added => "added",
        }
        .to_owned(),
    }
}
