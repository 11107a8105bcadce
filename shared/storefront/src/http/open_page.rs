//! What a page needs before it is known which one it is: the markets and languages of the shop, which
//! its address may begin with, and the texts of the language.
//!
//! A page about a failure must not depend on what failed: without a catalogue the shop speaks as it
//! did when this instance last read one, or English.

use std::rc::Rc;

use souk_pages::words::Words;
use souk_ports::Edge;
use souk_shop::CountryNames;

use crate::catalogue::error::ReadError;
use crate::catalogue::version::Version;
use crate::http::route::{self, Found};
use crate::http::shop::Shop;

impl<E: Edge> Shop<'_, E> {
    /// Reads what the shop says about itself and finds the page of the request.
    pub(crate) async fn open_page(&mut self) -> Found {
        let version = match self.reader().await {
            Ok(reader) => Some(reader.version),
            Err(_) => self.instance.published.last(),
        };
        if let Some(version) = &version {
            self.about = version.shop.clone();
            self.markets = version.markets.clone();
        }
        let request = &self.incoming.request;
        let (locale, path) = route::split_locale(request.uri().path(), &self.about, &self.markets);
        let found = route::of_page(request.method(), path);
        self.locale = locale;
        if let Some(version) = version
            && let Some(words) = self.read_words(&version).await
        {
            self.words = words;
        }
        if let Ok((endpoint, _)) = &found
            && endpoint.shows_countries()
        {
            self.countries = self.read_countries().await;
        }
        found
    }

    /// Names of countries in the page's language; without them they are English.
    async fn read_countries(&self) -> Option<CountryNames> {
        let blob = self.words.countries?;
        let reader = self.reader().await.ok()?;
        let names = match reader.blob(blob).await {
            Ok(blob) => CountryNames::decode(&blob).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        names
            .inspect_err(|error| self.log_failure("with English names of countries", error))
            .ok()
    }

    /// The texts of the page's language. A version that lacks them is set aside, and the one before
    /// it read instead.
    async fn read_words(&self, version: &Version) -> Option<Rc<Words>> {
        match version.words(&self.tiers(), self.locale).await {
            Ok(words) => Some(words),
            Err(ReadError::Broken { version, .. }) => {
                let now_ms = self.edge.now_ms();
                self.instance.published.set_aside(version, now_ms);
                self.opened.take();
                let before = self.reader().await.ok()?;
                before.words(self.locale).await.ok()
            }
            Err(error) => {
                self.log_failure("without the texts of its language", &error.to_string());
                None
            }
        }
    }
}
