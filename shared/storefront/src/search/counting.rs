//! Which requests count: searches of the page and the API, and products that are opened from the
//! results; questions that the page of the help answers, and answers that are opened from there.
//!
//! Only the first page of results without filters counts; other pages belong to the same search. A
//! click is a request for the page of a product whose `Referer` is a page of results of this shop, or
//! for an answer of the help whose `Referer` is a page of answers.
//!
//! Not here: what is counted of them and what never is (`tally`).

use bytes::Bytes;
use http::{HeaderValue, header};
use souk_domain::Locale;
use souk_ports::Edge;
use souk_protocol::tallies::Subject;
use souk_search::query::Answer;
use souk_shop::ContentKind;

use crate::http::route::{self, Endpoint, split_locale};
use crate::http::shop::Shop;
use crate::instance::Instance;
use crate::search::SearchHead;
use crate::search::query::SearchQuery;
use crate::search::tally::{Counts, Searched, words};

impl SearchQuery {
    /// What the search counts as; `None` where it is not counted. `answer` is absent where a rule of the
    /// shop answers with a page.
    pub(crate) fn counts_as(
        &self,
        head: &SearchHead,
        locale: Locale,
        answer: Option<&Answer>,
    ) -> Option<Searched> {
        if !self.is_first() || self.is_narrowed() {
            return None;
        }
        let outcome = match answer {
            Some(answer) if answer.total == 0 => Counts::Zero,
            Some(answer) if !answer.corrections.is_empty() => Counts::Corrected,
            Some(_) | None => Counts::Found,
        };
        let words = words(&head.searcher.analyser(locale), &self.text)?;
        Some(Searched::new(Subject::Search, locale, words, outcome))
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Counts the page of a product, or an answer, where the request follows a link of a page of
    /// results.
    pub(crate) fn count_click(&self) {
        let referer = self.incoming.request.headers().get(header::REFERER);
        if let Some(Ok(referer)) = referer.map(HeaderValue::to_str) {
            let (address, now_ms) = (self.incoming.address(), self.edge.now_ms());
            count_click(&address, referer, now_ms, self.instance);
        }
    }
}

/// The batch that is due after a response, if one is, for [`souk_ports::TallySender`]. It is sent
/// after the response: no shopper waits for it.
pub fn tallies_due(instance: &Instance, now_ms: i64) -> Option<Bytes> {
    let batch = instance.tallies.due(now_ms)?;
    Some(
        serde_json::to_vec(&batch)
            .expect("plain texts and numbers")
            .into(),
    )
}

/// Counts a request for the page of a product, or for an answer, that follows a link of a page of
/// results: `referer` is the value of its header `Referer`, `address` its own whole URL.
pub fn count_click(address: &str, referer: &str, now_ms: i64, instance: &Instance) {
    if !["/search?", "/help?"]
        .iter()
        .any(|page| referer.contains(page))
    {
        return;
    }
    if let Some((subject, locale, query)) = clicked(address, referer, instance) {
        instance.count(subject, locale, &query, Counts::Click, now_ms);
    }
}

/// What a link leads to that was on a page of results, with the language and the words of that page;
/// for an answer its slug. `None` also where the instance has not searched in this version yet, and
/// so cannot fold words.
fn clicked(address: &str, referer: &str, instance: &Instance) -> Option<(Subject, Locale, String)> {
    let version = instance.published.last()?;
    let head = version.search.get()?;
    let (own, opened) = split_host(address)?;
    let (host, path) = split_host(referer)?;
    let (path, query) = path.split_once('?').filter(|_| host == own)?;
    let (locale, path) = split_locale(path, &version.shop, &version.markets);
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let (_, text) = parameters.find(|(name, _)| name == "q")?;
    let words = words(&head.searcher.analyser(locale), &text)?;
    let opened = opened.split('?').next().unwrap_or_default();
    let (locale_opened, opened) = split_locale(opened, &version.shop, &version.markets);
    match (route::page(opened)?, route::page(path)?.0) {
        ((Endpoint::Product, _), Endpoint::Search) => Some((Subject::Search, locale, words)),
        ((Endpoint::Document(ContentKind::Help), slug), Endpoint::Documents(ContentKind::Help)) => {
            Some((Subject::Answer, locale_opened, slug))
        }
        _ => None,
    }
}

/// The host of a URL with its port, and the path with what follows it.
fn split_host(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    rest.find('/').map(|path| rest.split_at(path))
}
