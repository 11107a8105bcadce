//! The pages of documents, and of lists of them. All of them are the same for every shopper.

use http::StatusCode;
use souk_pages::paths::{self, HELPED};
use souk_pages::{self as pages, view};
use souk_ports::Edge;
use souk_protocol::tallies::Subject;
use souk_shop::ContentKind;

use crate::content::cursor::Cursor;
use crate::content::read::open;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::Counts;
use crate::search::help::question;

/// Documents on one page of a list: divisible by 2, 3 and 4 columns.
const LIST_ENTRIES: u32 = 24;

impl<E: Edge> Shop<'_, E> {
    /// `/pages/{slug}`, `/blog/{slug}`, `/help/{slug}`.
    pub(crate) async fn document(&self, kind: ContentKind, slug: &str) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let is_answer = kind == ContentKind::Help;
        let thanks = is_answer && self.incoming.parameter(paths::THANKS).is_some();
        let content = Content::Document {
            kind,
            slug: slug.to_owned(),
            thanks,
        };
        let document = self.cached(content, self.locale, &reader, &signals, async || {
            let opened = open(&reader, &signals, kind, slug, self.locale).await?;
            let opened = opened.ok_or(Failure::NotFound)?;
            let path = paths::content(kind, slug);
            let view = view::DocumentView {
                thanks,
                ..opened.view()
            };
            let page = pages::content(&self.site(&reader, &path, !thanks), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        });
        let document = document.await?;
        if is_answer {
            self.count_click();
        }
        Ok(document)
    }

    /// `POST /help/{slug}/feedback`: whether an answer helped. It is counted and nothing else is kept of
    /// it; the page that thanks is the same for every reader.
    pub(crate) async fn judge_answer(&self, slug: &str) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let mut fields = form_urlencoded::parse(self.incoming.request.body());
        let helped = fields.find(|(name, _)| name == HELPED);
        let counts = match helped.as_ref().map(|(_, value)| &**value) {
            Some("yes") => Counts::Helpful,
            Some("no") => Counts::NotHelpful,
            _ => return Err(reply::invalid(HELPED, "must be yes or no").into()),
        };
        let index = self.reader().await?.content().await?;
        if index.find(ContentKind::Help, slug).is_none() {
            return Err(Failure::NotFound);
        }
        let now_ms = self.edge.now_ms();
        self.instance
            .count(Subject::Answer, self.locale, slug, counts, now_ms);
        Ok(reply::see_other(&self.local(&paths::thanks(slug))))
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
        let signals = self.signals().await;
        let offset = cursor.map_or(0, |cursor| cursor.offset);
        let content = Content::Documents { kind, offset };
        self.cached(content, self.locale, &reader, &signals, async || {
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
