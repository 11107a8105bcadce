//! `/api/v1/content`: documents as JSON.

use http::StatusCode;
use souk_catalogue::Hash;
use souk_domain::Locale;
use souk_pages::view::Site;
use souk_pages::{self as pages, format, links, paths};
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::{limits, public};
use souk_shop::{ContentKind, Entry, Shop as ShopSettings};

use crate::catalogue::api::{product_json, read_limit};
use crate::content::cursor::Cursor;
use crate::content::read::{languages, open};
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Outcome, Shop};
use crate::signals::Badge;

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/content/{kind}`.
    pub(crate) async fn api_documents(&self, kind: ContentKind) -> Outcome {
        let count = read_limit(self)?.unwrap_or(limits::PAGE_ITEMS_DEFAULT);
        let cursor = self.incoming.parameter("cursor");
        let cursor = cursor
            .filter(|text| !text.is_empty())
            .map(|text| Cursor::read(&text, kind))
            .transpose()?;
        let (reader, locale) = self.api_reader("lang").await?;
        let reader = match cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let signals = self.signals().await;
        let offset = cursor.map_or(0, |cursor| cursor.offset);
        let content = Content::ApiDocuments {
            kind,
            offset,
            count,
        };
        self.cached(content, locale, &reader, &signals, async || {
            let index = reader.content().await?;
            let mut entries = index.of(kind).skip(offset as usize);
            let shop = &reader.version.shop;
            let items = entries.by_ref().take(count as usize);
            let items = items.map(|entry| self.document_json(entry, shop, locale));
            let items = items.collect();
            let next = entries.next().map(|_| Cursor {
                version: reader.version.number,
                kind,
                offset: offset.saturating_add(count),
            });
            let page = public::DocumentPage {
                items,
                next: next.map(|cursor| cursor.encode()),
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &page))
        })
        .await
    }

    /// `GET /api/v1/content/{kind}/{slug}`.
    pub(crate) async fn api_document(&self, kind: ContentKind, slug: &str) -> Outcome {
        let (reader, locale) = self.api_reader("lang").await?;
        let signals = self.signals().await;
        let content = Content::ApiDocument {
            kind,
            slug: slug.to_owned(),
        };
        self.cached(content, locale, &reader, &signals, async || {
            let opened = open(&reader, &signals, kind, slug, locale).await?;
            let Some(opened) = opened else {
                let detail = format!("there is no {} '{slug}'", kind.name());
                return Err(Problem::new(ProblemKind::NotFound).detail(detail).into());
            };
            let words = reader.words(locale).await?;
            let site = Site {
                locale,
                base_url: &self.incoming.base_url,
                path: "/",
                shop: &reader.version.shop,
                markets: &reader.version.markets,
                words: &words,
                countries: None,
                collections: reader.version.named_collections(),
                currency: reader.currency(),
                sends_mails: self.settings.sends_mails,
                indexable: false,
                has_search: false,
            };
            let currency = reader.currency().code();
            let products = opened.products();
            let products = products
                .map(|card| product_json(&card.product, currency, locale, &signals, Badge::OnCard));
            let body = public::Document {
                html: Some(pages::document_html(&site, &opened.view())),
                products: Some(products.collect()),
                ..self.document_json(&opened.entry, &reader.version.shop, locale)
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body))
        })
        .await
    }

    /// A document without its text.
    fn document_json(
        &self,
        entry: &Entry,
        shop: &ShopSettings,
        locale: Locale,
    ) -> public::Document {
        let mut written = languages(entry, shop).into_iter();
        let language = match written.any(|one| one.place() == locale.place()) {
            true => locale,
            false => shop.own(),
        };
        let path = links::page(locale, &paths::content(entry.kind, &entry.slug));
        public::Document {
            kind: entry.kind.name().to_owned(),
            slug: entry.slug.clone(),
            title: entry.title.get(locale).to_owned(),
            summary: entry.summary.get(locale).to_owned(),
            tags: entry.tags.clone(),
            language: language.code().to_owned(),
            url: format!("{}{path}", self.incoming.base_url),
            published_at: moment(entry.published_at_ms),
            modified_at: moment(entry.modified_at_ms),
            revision: revision(entry, language).to_string(),
            html: None,
            products: None,
        }
    }
}

/// Names what a document says in a language: its text, title and summary.
fn revision(entry: &Entry, language: Locale) -> Hash {
    let document = entry.documents.get(language.place()).copied().flatten();
    let document = document.map_or_else(String::new, |hash| hash.to_string());
    let said = [entry.title.get(language), entry.summary.get(language)];
    Hash::of(format!("{document}\0{}\0{}", said[0], said[1]).as_bytes())
}

fn moment(at_ms: i64) -> Option<String> {
    (at_ms > 0).then(|| format::timestamp(at_ms)).flatten()
}
