//! Answers of the shop's help to a question: `GET /api/v1/help/search`, and `/help?q=…`.

use http::StatusCode;
use souk_domain::Locale;
use souk_pages::{self as pages, links, paths, view};
use souk_ports::Edge;
use souk_protocol::problem::Problem;
use souk_protocol::search::{HelpAnswer, HelpAnswers};
use souk_search::query::{Need, QUERY_CHARS_MAX};
use souk_search::steer::steer;
use souk_shop::{ContentKind, Entry};

use crate::catalogue::api::read_language;
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::SearchHead;
use crate::search::articles::{ARTICLES_MAX, ArticleQuery, articles};

/// Answers that the API gives.
pub(crate) const ANSWERS_MAX: usize = 10;

/// A question as it was typed, without space around it; empty where nothing was.
///
/// # Errors
/// When it is too long.
pub(crate) fn question<E: Edge>(shop: &Shop<'_, E>) -> Result<String, Problem> {
    let text = shop.incoming.parameter("q").unwrap_or_default();
    let text = text.trim();
    if text.chars().count() > QUERY_CHARS_MAX {
        let detail = format!("has more than {QUERY_CHARS_MAX} characters");
        return Err(reply::invalid("?q", detail));
    }
    Ok(text.to_owned())
}

impl<E: Edge> Shop<'_, E> {
    /// `GET /api/v1/help/search`.
    pub(crate) async fn api_help_search(&self) -> Outcome {
        let text = question(self)?;
        if text.is_empty() {
            return Err(reply::invalid("?q", "is what is searched for").into());
        }
        let reader = self.reader().await?;
        let locale = read_language(self, &reader.version.shop, "locale")?;
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let availability = self.availability().await;
        let content = Content::ApiHelp { text: text.clone() };
        self.cached(content, locale, &reader, &availability, async || {
            let found = answers(&reader, &head, &text, locale, ANSWERS_MAX).await?;
            let items = found.iter().map(|entry| {
                let path = links::page(locale, &paths::content(entry.kind, &entry.slug));
                HelpAnswer {
                    slug: entry.slug.clone(),
                    title: entry.title.get(locale).to_owned(),
                    excerpt: pages::about_entry(entry).get(locale).to_owned(),
                    url: format!("{}{path}", self.incoming.base_url),
                }
            });
            let body = HelpAnswers {
                items: items.collect(),
            };
            Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body))
        })
        .await
    }

    /// `/help?q=…`: the best answers, and then how to reach the shop.
    pub(crate) async fn help_answers(&self, text: &str) -> Outcome {
        let reader = self.reader().await?;
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let availability = self.availability().await;
        let content = Content::Help {
            text: text.to_owned(),
        };
        self.cached(content, self.locale, &reader, &availability, async || {
            let found = answers(&reader, &head, text, self.locale, ARTICLES_MAX).await?;
            let view = view::AnswersView {
                text,
                entries: &found,
            };
            // What was typed stays when the language is changed.
            let list = paths::content_list(ContentKind::Help);
            let path = format!("{list}?{}", links::query(&[("q", text)]));
            let page = pages::answers(&self.site(&reader, &path, false), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}

/// The answers to a question, the best first.
async fn answers<E: Edge>(
    reader: &Reader<'_, E>,
    head: &SearchHead,
    text: &str,
    locale: Locale,
    limit: usize,
) -> Result<Vec<Entry>, ReadError> {
    let steered = steer(&head.rules(locale), &head.searcher.analyser(locale), text);
    let query = ArticleQuery {
        text,
        locale,
        steering: &steered.steering,
        need: Need::Part,
        kind: Some(ContentKind::Help),
        limit,
    };
    articles(reader, head, &query).await
}
