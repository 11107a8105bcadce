//! What search engines read: `robots.txt` and the sitemaps.

use std::fmt::Write;

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_catalogue::{Collections, ListingOrder, Product, SITEMAP_PRODUCTS};
use souk_pages::{format, paths};
use souk_ports::Edge;
use souk_shop::Shop as ShopSettings;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};

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
        let mut xml = String::from(XML_HEAD);
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
        xml.push_str("</sitemapindex>\n");
        let mut response = xml_reply(xml);
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
            pages.push(("/".to_owned(), None));
            let collections = version.collections.collections.iter();
            pages.extend(collections.map(|c| (paths::collection(&c.slug), None)));
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
                (path, Some(card.modified_at_ms))
            };
            pages.extend(cards.iter().map(page));
        }
        let mut response = xml_reply(url_set(&self.incoming.base_url, &version.shop, &pages));
        self.name_version(version, &mut response);
        Ok(response)
    }
}

const XML_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// When a page or a file last changed. Source: sitemaps.org, "lastmod", a W3C date and time. A
/// catalogue without dates gets no such element.
fn last_modified(ms_since_1970: i64) -> String {
    match format::moment(ms_since_1970) {
        Some((_, moment)) if ms_since_1970 > 0 => format!("<lastmod>{moment}</lastmod>"),
        Some(_) | None => String::new(),
    }
}

fn url_set(base_url: &str, shop: &ShopSettings, pages: &[(String, Option<i64>)]) -> String {
    let base = escape(base_url);
    let mut xml = String::from(XML_HEAD);
    xml.push_str(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    for (path, modified_at_ms) in pages {
        let path = escape(path);
        let date = modified_at_ms.map(last_modified).unwrap_or_default();
        for locale in shop.locales() {
            let prefix = locale.path_prefix();
            write!(xml, "<url><loc>{base}{prefix}{path}</loc>{date}")
                .expect("a String takes all text");
            for other in shop.locales() {
                write!(
                    xml,
                    "<xhtml:link rel=\"alternate\" hreflang=\"{}\" href=\"{base}{}{path}\"/>",
                    shop.tag(other),
                    other.path_prefix()
                )
                .expect("a String takes all text");
            }
            xml.push_str("</url>\n");
        }
    }
    xml.push_str("</urlset>\n");
    xml
}

fn xml_reply(xml: String) -> Response<Bytes> {
    reply::body(
        StatusCode::OK,
        "application/xml; charset=utf-8",
        CachePolicy::Page,
        xml,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}
