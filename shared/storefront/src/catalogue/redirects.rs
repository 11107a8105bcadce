//! Addresses that redirect: a slash too many, and what the shop's staff have moved.
//!
//! Invariant: a redirect never hides a page. The edge looks for a redirect only where it has no
//! page for a request.
//!
//! A product that is no longer in the catalogue, and has no redirect, is 404 and not 410: it may
//! return with the next version, and a search engine forgets 410 for good.

use http::Method;
use souk_catalogue::path_key;
use souk_domain::Locale;
use souk_ports::Edge;

use crate::http::reply;
use crate::http::route::{self, Endpoint, Found};
use crate::http::shop::{Failure, Outcome, Shop};

impl<E: Edge> Shop<'_, E> {
    /// The answer to a request for which there is nothing: 301, or not found.
    pub(crate) async fn moved(&self, found: &Found) -> Outcome {
        let (method, uri) = (self.incoming.request.method(), self.incoming.request.uri());
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Failure::NotFound);
        }
        if let Some(path) = route::without_slash(uri.path(), &self.about) {
            let location = with_query(path, uri.query());
            return reply::moved(&location).ok_or(Failure::NotFound);
        }
        let Some(path) = path_key(uri.path()).filter(|path| !path.is_empty()) else {
            return Err(Failure::NotFound);
        };
        let reader = self.reader().await?;
        let exists = match found {
            // The page is there, without what its query asks for.
            Ok((Endpoint::Product, slug)) => reader.product(slug).await?.is_some(),
            Ok((Endpoint::Collection, slug)) => reader.version.collections.find(slug).is_some(),
            Ok((Endpoint::Document(kind), slug)) => {
                reader.content().await?.find(*kind, slug).is_some()
            }
            Ok((Endpoint::Documents(kind), _)) => {
                reader.content().await?.of(*kind).next().is_some()
            }
            Ok(_) => true,
            Err(_) => false,
        };
        if exists {
            return Err(Failure::NotFound);
        }
        let (locale, rest) = route::language(&path, &self.about);
        let own = (!locale.is_own()).then_some(rest);
        let target = match (reader.redirect(&path).await?, own) {
            (Some(target), _) => Some(target),
            // A list that knows nothing of languages holds for all of them.
            (None, Some(own)) => reader
                .redirect(own)
                .await?
                .map(|target| in_language(&target, locale)),
            (None, None) => None,
        };
        let target = target.ok_or(Failure::NotFound)?;
        let location = with_query(&target, uri.query());
        let mut response = reply::moved(&location).ok_or(Failure::NotFound)?;
        self.name_version(&reader.version, &mut response);
        Ok(response)
    }
}

/// A path of the shop in a language; what has a host or is in that language already stays.
fn in_language(target: &str, locale: Locale) -> String {
    let prefix = locale.path_prefix().to_string();
    let there = target.strip_prefix(&prefix);
    let there = there.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    if target.starts_with('/') && !there {
        format!("{prefix}{target}")
    } else {
        target.to_owned()
    }
}

/// The address with the query of the request, which says where a shopper came from, unless it has
/// one of its own.
fn with_query(target: &str, query: Option<&str>) -> String {
    let Some(query) = query.filter(|query| !query.is_empty() && !target.contains('?')) else {
        return target.to_owned();
    };
    match target.split_once('#') {
        Some((address, fragment)) => format!("{address}?{query}#{fragment}"),
        None => format!("{target}?{query}"),
    }
}
