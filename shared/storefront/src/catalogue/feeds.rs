//! What search engines read: `robots.txt` and the sitemaps.

use std::fmt::Write;

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_catalogue::{Collections, ListingOrder, Product, SITEMAP_PRODUCTS};
use souk_pages::paths;
use souk_ports::Edge;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::xml::{self, Listed, escape, last_modified};

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn robots(&self) -> Response<Bytes> {
        // Without a catalogue there are no pages in further languages.
        let reader = self.reader().await.ok();
        let about = reader.map_or_else(|| self.about.clone(), |reader| reader.version.shop.clone());
        let base = &self.incoming.base_url;
        let mut text = String::from("User-agent: *\n");
        for path in ["cart", "checkout", "orders/"] {
            for locale in about.locales() {
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
        let files = reader.version.manifest.sitemaps.iter();
        let dates = files.map(|file| Some(file.modified_at_ms));
        for (number, date) in std::iter::once(None).chain(dates).enumerate() {
            let date = date.map(last_modified).unwrap_or_default();
            writeln!(
                xml,
                "<sitemap><loc>{base}/sitemaps/products-{number}.xml</loc>{date}</sitemap>"
            )
            .expect("a String takes all text");
        }
        if reader.version.shop.content.is_some() {
            writeln!(
                xml,
                "<sitemap><loc>{base}/sitemaps/content.xml</loc></sitemap>"
            )
            .expect("a String takes all text");
        }
        xml.push_str("</sitemapindex>\n");
        let mut response = xml::reply(xml);
        self.name_version(&reader.version, &mut response);
        Ok(response)
    }

    /// File 0 names the home page and the collections, file n the n-th thousand of products.
    pub(crate) async fn sitemap(&self, name: &str) -> Outcome {
        let number = name.strip_prefix("products-");
        let number = number.and_then(|rest| rest.strip_suffix(".xml")?.parse().ok());
        let number: u32 = number.ok_or(Failure::NotFound)?;
        let reader = self.reader().await?;
        let version = &reader.version;
        let mut pages = Vec::new();
        if number == 0 {
            pages.push(listed("/".to_owned(), None));
            let collections = version.collections.collections.iter();
            pages.extend(collections.map(|c| listed(paths::collection(&c.slug), None)));
        } else {
            let all = version
                .collections
                .find(Collections::ALL)
                .ok_or(Failure::NotFound)?;
            let start = (number - 1).saturating_mul(SITEMAP_PRODUCTS);
            let (cards, _) = reader
                .cards(all, ListingOrder::Title, start, SITEMAP_PRODUCTS)
                .await?;
            if cards.is_empty() {
                return Err(Failure::NotFound);
            }
            let page = |card: &Product| {
                let path = paths::product(&card.slug);
                listed(path, Some(card.modified_at_ms))
            };
            pages.extend(cards.iter().map(page));
        }
        let mut response = xml::reply(xml::url_set(&self.incoming.base_url, &version.shop, &pages));
        self.name_version(version, &mut response);
        Ok(response)
    }
}

/// A page that exists in every language of the shop.
fn listed(path: String, modified_at_ms: Option<i64>) -> Listed {
    Listed {
        path,
        modified_at_ms,
        languages: None,
    }
}
