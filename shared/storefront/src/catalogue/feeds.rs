//! What search engines read: `robots.txt` and the sitemaps.

use std::fmt::Write;

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_catalogue::{ListingOrder, Market, Product, SITEMAP_PRODUCTS};
use souk_domain::Locale;
use souk_pages::paths;
use souk_ports::Edge;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::xml::{self, Listed, escape, last_modified};

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn robots(&self) -> Response<Bytes> {
        // Without a catalogue there are no pages of further languages and markets.
        let version = self.reader().await.ok().map(|reader| reader.version);
        let locales: Vec<Locale> = match &version {
            Some(version) => {
                let markets = &version.markets;
                let places = 0..markets.len();
                let of = |place| version.shop.locales_of(markets, place);
                places.flat_map(of).collect()
            }
            None => vec![self.about.own()],
        };
        let base = &self.incoming.base_url;
        let mut text = String::from("User-agent: *\n");
        for path in ["cart", "checkout", "orders/"] {
            for locale in &locales {
                writeln!(text, "Disallow: {}/{path}", locale.path_prefix())
                    .expect("a String takes all text");
            }
        }
        writeln!(text, "Sitemap: {base}/sitemap.xml").expect("a String takes all text");
        let content_type = "text/plain; charset=utf-8";
        reply::body(StatusCode::OK, content_type, CachePolicy::Page, text)
    }

    pub(crate) async fn sitemap_index(&self) -> Outcome {
        let reader = self.reader().await?;
        let base = escape(&self.incoming.base_url);
        let mut xml = String::from(xml::HEAD);
        xml.push_str("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
        let mut put = |name: &str, market: &Market, date: &str| {
            let path = match market.path.as_str() {
                "" => String::new(),
                path => format!("-{path}"),
            };
            writeln!(
                xml,
                "<sitemap><loc>{base}/sitemaps/{name}{path}.xml</loc>{date}</sitemap>"
            )
            .expect("a String takes all text");
        };
        for market in reader.version.markets.iter() {
            let files = reader.version.manifest.sitemaps.iter();
            let dates = files.map(|file| Some(file.modified_at_ms));
            for (number, date) in std::iter::once(None).chain(dates).enumerate() {
                let date = date.map(last_modified).unwrap_or_default();
                put(&format!("products-{number}"), market, &date);
            }
            if reader.version.shop.content.is_some() {
                put("content", market, "");
            }
        }
        xml.push_str("</sitemapindex>\n");
        let mut response = xml::reply(xml);
        self.name_version(&reader, None, &mut response);
        Ok(response)
    }

    /// File 0 names the home page, the list of collections and each of them, file n the n-th thousand of
    /// products. Files of a further market have its path in their names: `products-1-eu.xml`.
    pub(crate) async fn sitemap(&self, name: &str) -> Outcome {
        let name = name.strip_suffix(".xml").ok_or(Failure::NotFound)?;
        let reader = self.reader().await?;
        let of_market = |(place, market): (usize, &Market)| match market.path.as_str() {
            "" => None,
            path => Some((place, name.strip_suffix(path)?.strip_suffix('-')?)),
        };
        let mut markets = reader.version.markets.iter().enumerate();
        let (market, name) = markets.find_map(of_market).unwrap_or((0, name));
        if name == "content" {
            return Box::pin(self.content_sitemap(market)).await;
        }
        let number = name.strip_prefix("products-");
        let number = number.and_then(|number| number.parse().ok());
        let number: u32 = number.ok_or(Failure::NotFound)?;
        let all = (reader.version.shop).locales_of(&reader.version.markets, market);
        let reader = reader.of(all[0]);
        let version = &reader.version;
        let mut pages = Vec::new();
        if number == 0 {
            pages.push(listed("/".to_owned(), None));
            pages.push(listed(paths::COLLECTIONS.to_owned(), None));
            let collections = version.collections.collections.iter();
            let sold = collections.filter(|one| one.products_in(market) > 0);
            pages.extend(sold.map(|c| listed(paths::collection(&c.slug), None)));
        } else {
            let every = version.all().ok_or(Failure::NotFound)?;
            let start = (number - 1).saturating_mul(SITEMAP_PRODUCTS);
            let (cards, total) = reader
                .cards(every, ListingOrder::Title, start, SITEMAP_PRODUCTS)
                .await?;
            if start >= total {
                return Err(Failure::NotFound);
            }
            let page = |card: &Product| {
                let path = paths::product(&card.slug);
                listed(path, Some(card.modified_at_ms))
            };
            pages.extend(cards.iter().map(page));
        }
        let set = xml::url_set(&self.incoming.base_url, &version.shop, &all, &pages);
        let mut response = xml::reply(set);
        self.name_version(&reader, None, &mut response);
        Ok(response)
    }
}

/// A page that exists in every language of the market.
fn listed(path: String, modified_at_ms: Option<i64>) -> Listed {
    Listed {
        path,
        modified_at_ms,
        languages: None,
    }
}
