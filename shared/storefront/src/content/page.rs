//! The pages of documents, and of lists of them. All of them are the same for every shopper.

use http::StatusCode;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_shop::ContentKind;

use crate::content::cursor::Cursor;
use crate::content::read::open;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::help::question;

/// Documents on one page of a list: divisible by 2, 3 and 4 columns.
const LIST_ENTRIES: u32 = 24;

impl<E: Edge> Shop<'_, E> {
    /// `/pages/{slug}`, `/blog/{slug}`, `/help/{slug}`.
    pub(crate) async fn document(&self, kind: ContentKind, slug: &str) -> Outcome {
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let content = Content::Document {
            kind,
            slug: slug.to_owned(),
        };
        self.cached(content, self.locale, &reader, &availability, async || {
            let opened = open(&reader, &availability, kind, slug, self.locale).await?;
            let opened = opened.ok_or(Failure::NotFound)?;
            let path = paths::content(kind, slug);
            let page = pages::content(&self.site(&reader, &path, true), &opened.view());
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    /// `/blog`, `/help`, with `?q=` the answers to a question. A shop that has no such documents has no such page.
    pub(crate) async fn documents(&self, kind: ContentKind) -> Outcome {
        let asked = match kind {
            ContentKind::Help => question(self)?,
            ContentKind::Page | ContentKind::Blog => String::new(),
        };
        let cursor = self.incoming.parameter("cursor");
        let cursor = cursor
            .filter(|text| !text.is_empty())
            .map(|text| Cursor::read(&text, kind))
            .transpose()?;
        let reader = self.reader().await?;
        if !asked.is_empty() && reader.has_search() {
            return self.help_answers(&asked).await;
        }
        let reader = match cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let availability = self.availability().await;
        let offset = cursor.map_or(0, |cursor| cursor.offset);
        let content = Content::Documents { kind, offset };
        self.cached(content, self.locale, &reader, &availability, async || {
            let index = reader.content().await?;
            let mut entries = index.of(kind).skip(offset as usize);
            let shown: Vec<_> = entries
                .by_ref()
                .take(LIST_ENTRIES as usize)
                .cloned()
                .collect();
            if shown.is_empty() {
                return Err(Failure::NotFound);
            }
            let next = entries.next().map(|_| Cursor {
                version: reader.version.number,
                kind,
                offset: offset.saturating_add(LIST_ENTRIES),
            });
            let view = view::DocumentsView {
                kind,
                entries: &shown,
                next: next.map(|cursor| cursor.encode()),
            };
            let path = paths::content_list(kind);
            let page = pages::documents(&self.site(&reader, &path, offset == 0), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}
