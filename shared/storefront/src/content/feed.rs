//! The feed of the blog: Atom (RFC 4287), one for each language, with the newest articles.

use std::fmt::Write;

use http::StatusCode;
use souk_pages::{format, paths};
use souk_ports::Edge;
use souk_shop::{ContentKind, Entry};

use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::xml::{self, escape};

/// Articles in the feed.
const FEED_ENTRIES: usize = 50;

impl<E: Edge> Shop<'_, E> {
    /// `/blog/feed.xml`.
    pub(crate) async fn feed(&self) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let content = Content::Feed;
        self.cached(content, self.locale, &reader, &signals, async || {
            let index = reader.content().await?;
            let entries: Vec<_> = index.of(ContentKind::Blog).take(FEED_ENTRIES).collect();
            if entries.is_empty() {
                return Err(Failure::NotFound);
            }
            let content_type = "application/atom+xml; charset=utf-8";
            let xml = self.atom(&entries);
            Ok(reply::body(
                StatusCode::OK,
                content_type,
                CachePolicy::Page,
                xml,
            ))
        })
        .await
    }

    /// With scheme and host, in the language of the request.
    fn address(&self, path: &str) -> String {
        escape(&format!("{}{}", self.incoming.base_url, self.local(path)))
    }

    fn atom(&self, entries: &[&Entry]) -> String {
        let name = escape(self.about.name.get(self.locale));
        let blog = escape(self.words.blog());
        let modified_at_ms = entries.iter().map(|entry| entry.modified_at_ms).max();
        let updated = moment(modified_at_ms.unwrap_or(0));
        let list = self.address(&paths::content_list(ContentKind::Blog));
        let own = self.address(paths::FEED);
        let tag = escape(self.about.tag(self.locale));
        let mut feed = String::from(xml::HEAD);
        let mut put = |text: std::fmt::Arguments<'_>| {
            feed.write_fmt(text).expect("a String takes all text");
        };
        put(format_args!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{tag}\">\n\
             <id>{list}</id><title>{blog} – {name}</title><updated>{updated}</updated>\n\
             <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\
             <link rel=\"alternate\" type=\"text/html\" href=\"{list}\"/>\n\
             <author><name>{name}</name></author>\n"
        ));
        for entry in entries {
            let address = self.address(&paths::content(entry.kind, &entry.slug));
            let title = escape(entry.title.get(self.locale));
            let updated = moment(entry.modified_at_ms);
            put(format_args!(
                "<entry><id>{address}</id><title>{title}</title><updated>{updated}</updated>\
                 <link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>"
            ));
            if entry.published_at_ms > 0 {
                let published = moment(entry.published_at_ms);
                put(format_args!("<published>{published}</published>"));
            }
            let summary = entry.summary.get(self.locale);
            if !summary.is_empty() {
                put(format_args!("<summary>{}</summary>", escape(summary)));
            }
            for tag in &entry.tags {
                put(format_args!("<category term=\"{}\"/>", escape(tag)));
            }
            put(format_args!("</entry>\n"));
        }
        put(format_args!("</feed>\n"));
        feed
    }
}

/// A date and time as RFC 3339 has it.
fn moment(at_ms: i64) -> String {
    format::timestamp(at_ms)
        .or_else(|| format::timestamp(0))
        .unwrap_or_default()
}
