//! Answers of the shop's help to a question: `GET /api/v1/help/search`, and `/help?q=…`.

use http::StatusCode;
use souk_domain::Locale;
use souk_pages::{self as pages, links, paths, view};
use souk_ports::Edge;
use souk_protocol::problem::Problem;
use souk_protocol::search::{HelpAnswer, HelpAnswers};
use souk_protocol::tallies::Subject;
use souk_search::query::{ArticleRequest, Need, QUERY_CHARS_MAX};
use souk_search::steer::steer;
use souk_shop::{ContentKind, Entry};

use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::{Content, HelpShown};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::search::articles::{ARTICLES_MAX, articles};
use crate::search::tally::{Counts, Searched, words};

/// Answers that the API gives.
const ANSWERS_MAX: usize = 10;

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
        let (_, locale) = self.api_reader("locale").await?;
        self.help_reply(&text, locale, HelpShown::Json).await
    }

    /// `/help?q=…`: the best answers, and with `contact=true` how to reach the shop.
    pub(crate) async fn help_answers(&self, text: &str) -> Outcome {
        let shown = match self.read_switch(paths::CONTACT)? {
            true => HelpShown::Contact,
            false => HelpShown::Page,
        };
        self.help_reply(text, self.locale, shown).await
    }

    /// The answers to a question as JSON or as a page: made in one place, which takes less room in the
    /// function.
    async fn help_reply(&self, text: &str, locale: Locale, shown: HelpShown) -> Outcome {
        let api = shown == HelpShown::Json;
        let reader = self.reader().await?;
        let head = reader.search_head().await?.ok_or(Failure::NotFound)?;
        let signals = self.signals().await;
        let content = Content::Help {
            text: text.to_owned(),
            shown,
        };
        self.cached(content, locale, &reader, &signals, async || {
            let steered = steer(&head.rules(locale), &head.searcher.analyser(locale), text);
            let wanted = ArticleRequest {
                text,
                steering: &steered.steering,
                need: Need::Part,
                limit: if api { ANSWERS_MAX } else { ARTICLES_MAX },
            };
            let kind = Some(ContentKind::Help);
            let found = articles(&reader, &head, locale, &wanted, kind).await?;
            if api {
                let items = found.iter().map(|entry| self.help_answer(entry, locale));
                let body = HelpAnswers {
                    items: items.collect(),
                };
                return Ok(reply::json(StatusCode::OK, CachePolicy::Catalogue, &body));
            }
            let is_contact = shown == HelpShown::Contact;
            let outcome = match (is_contact, found.is_empty()) {
                (true, _) => Counts::Contact,
                (false, true) => Counts::Zero,
                (false, false) => Counts::Found,
            };
            let words = words(&head.searcher.analyser(locale), text);
            let question = |words| Searched::new(Subject::Question, locale, words, outcome);
            self.searched.set(words.map(question));
            let view = view::AnswersView {
                text,
                entries: &found,
                is_contact,
            };
            // What was typed stays when the language is changed.
            let list = paths::content_list(ContentKind::Help);
            let path = format!("{list}?{}", links::query(&[("q", text)]));
            let page = pages::answers(&self.site(&reader, &path, false), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    fn help_answer(&self, entry: &Entry, locale: Locale) -> HelpAnswer {
        let article = self.article(entry, locale);
        HelpAnswer {
            slug: article.slug,
            title: article.title,
            excerpt: pages::about_entry(entry).get(locale).to_owned(),
            url: article.url,
        }
    }
}
