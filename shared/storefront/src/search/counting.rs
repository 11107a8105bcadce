//! Which requests count: searches of the page and the API, and products that are opened from the
//! results.
//!
//! Only the first page of results without filters counts; other pages belong to the same search. A
//! click is a request for the page of a product whose `Referer` is a page of results of this shop.
//!
//! Not here: what is counted of them and what never is (`tally`).

use bytes::Bytes;
use http::{HeaderValue, header};
use souk_domain::Locale;
use souk_pages::paths;
use souk_ports::Edge;
use souk_search::query::Answer;

use crate::http::route::split_language;
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
        Some(Searched::new(locale, words, outcome))
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Counts the page of a product where the request follows a link of a page of results.
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

/// Counts a request for the page of a product that follows a link of a page of results: `referer` is
/// the value of its header `Referer`, `address` its own whole URL.
pub fn count_click(address: &str, referer: &str, now_ms: i64, instance: &Instance) {
    if !referer.contains("/search?") {
        return;
    }
    if let Some((locale, query)) = clicked(address, referer, instance)
        && !(instance.tallies).add(locale, &query, Counts::Click, now_ms)
    {
        instance.metrics.tallies_lost.add_one();
    }
}

/// The language and the words of the page of results that a link was on. `None` also where the
/// instance has not searched in this version yet, and so cannot fold words.
fn clicked(address: &str, referer: &str, instance: &Instance) -> Option<(Locale, String)> {
    let version = instance.published.last()?;
    let head = version.search.get()?;
    let (own, _) = split_host(address)?;
    let (host, path) = split_host(referer)?;
    let (path, query) = path.split_once('?').filter(|_| host == own)?;
    let (locale, path) = split_language(path, &version.shop);
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let (_, text) = parameters.find(|(name, _)| path == paths::SEARCH && name == "q")?;
    Some((locale, words(&head.searcher.analyser(locale), &text)?))
}

/// The host of a URL with its port, and the path with what follows it.
fn split_host(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    rest.find('/').map(|path| rest.split_at(path))
}
