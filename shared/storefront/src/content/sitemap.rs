//! The sitemap of documents.

use souk_pages::paths;
use souk_ports::Edge;
use souk_shop::ContentKind;

use crate::content::read::languages;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::xml::{self, Listed};

impl<E: Edge> Shop<'_, E> {
    /// Lists and documents, each in the languages that it is written in.
    pub(crate) async fn content_sitemap(&self, market: usize) -> Outcome {
        let reader = self.reader().await?;
        let index = reader.content().await?;
        let shop = &reader.version.shop;
        let mut pages = Vec::new();
        for kind in [ContentKind::Blog, ContentKind::Help] {
            if let Some(modified_at_ms) = index.of(kind).map(|entry| entry.modified_at_ms).max() {
                pages.push(Listed {
                    path: paths::content_list(kind),
                    modified_at_ms: Some(modified_at_ms),
                    languages: None,
                });
            }
        }
        pages.extend(index.entries.iter().map(|entry| Listed {
            path: paths::content(entry.kind, &entry.slug),
            modified_at_ms: Some(entry.modified_at_ms),
            languages: Some(languages(entry, shop)),
        }));
        if pages.is_empty() {
            return Err(Failure::NotFound);
        }
        let all = shop.locales_of(&reader.version.markets, market);
        let set = xml::url_set(&self.incoming.base_url, shop, &all, &pages);
        let mut response = xml::reply(set);
        self.name_version(&reader, None, &mut response);
        Ok(response)
    }
}
