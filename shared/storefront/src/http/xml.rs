//! XML: what sitemaps and feeds have in common.

use std::fmt::Write;

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_domain::Locale;
use souk_pages::{format, links};
use souk_shop::Shop as ShopSettings;

use crate::http::reply::{self, CachePolicy};

/// What every file begins with.
pub(crate) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A page in a sitemap.
pub(crate) struct Listed {
    /// Its path, without a language.
    pub(crate) path: String,
    /// When it last changed, in milliseconds since 1970.
    pub(crate) modified_at_ms: Option<i64>,
    /// The languages that it is written in; `None` for all of the shop's.
    pub(crate) languages: Option<Vec<Locale>>,
}

/// When a page or a file last changed. Source: sitemaps.org, "lastmod", a W3C date and time. A
/// catalogue without dates gets no such element.
pub(crate) fn last_modified(ms_since_1970: i64) -> String {
    match format::timestamp(ms_since_1970) {
        Some(moment) if ms_since_1970 > 0 => format!("<lastmod>{moment}</lastmod>"),
        Some(_) | None => String::new(),
    }
}

/// A sitemap of pages of a market, each in every language that it has there; `all` are those of the
/// market. Pages of further markets are named by each page itself (`souk-pages`), because every country
/// is a language of its own there.
pub(crate) fn url_set(
    base_url: &str,
    shop: &ShopSettings,
    all: &[Locale],
    pages: &[Listed],
) -> String {
    let base = escape(base_url);
    let mut xml = String::from(HEAD);
    xml.push_str(
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n",
    );
    // A shop of one language has no alternates.
    let is_tagged = all.iter().all(|locale| locale.market() == 0) && shop.languages.len() > 1;
    for page in pages {
        let path = escape(&page.path);
        let date = page.modified_at_ms.map(last_modified).unwrap_or_default();
        let is_in = |locale: &&Locale| match &page.languages {
            Some(written) => written.iter().any(|one| one.place() == locale.place()),
            None => true,
        };
        let languages: Vec<_> = all.iter().filter(is_in).copied().collect();
        let alternates = match is_tagged {
            true => links::alternates(shop, &languages),
            false => Vec::new(),
        };
        for locale in &languages {
            let prefix = locale.path_prefix();
            write!(xml, "<url><loc>{base}{prefix}{path}</loc>{date}")
                .expect("a String takes all text");
            for (tag, other) in &alternates {
                write!(
                    xml,
                    "<xhtml:link rel=\"alternate\" hreflang=\"{tag}\" href=\"{base}{}{path}\"/>",
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

/// A sitemap as a response.
pub(crate) fn reply(xml: String) -> Response<Bytes> {
    reply::body(
        StatusCode::OK,
        "application/xml; charset=utf-8",
        CachePolicy::Page,
        xml,
    )
}

/// A text between tags or in an attribute. Characters that XML 1.0 has no place for are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' => escaped.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}
