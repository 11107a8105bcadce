//! Addresses that lead to a page under another address: written in another way, as another shop
//! system writes them, or moved by the shop's staff. Each leads there in one step.
//!
//! Invariant: a redirect never hides a page. The edge looks for a redirect only where it has no
//! page for a request.
//!
//! A product that is no longer in the catalogue, and has no redirect, is 404 and not 410: it may
//! return with the next version, and a search engine forgets 410 for good.

use http::Method;
use percent_encoding::percent_decode_str;
use souk_catalogue::{Collections, path_key};
use souk_domain::{Locale, canonical_name};
use souk_pages::paths;
use souk_ports::Edge;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::reply;
use crate::http::route::{self, Endpoint, Found};
use crate::http::shop::{Failure, Outcome, Shop};

/// Parameters that mean something for one product or one listing alone: ours, and those of Shopify.
const OF_ONE_PAGE: [&str; 8] = [
    "variant", "cursor", "sort", "sort_by", "page", "vendor", "type", "tag",
];
/// What the names of others begin with.
const OF_ONE_PAGE_PREFIXES: [&str; 3] = ["option.", "price.", "filter."];

/// Where an address leads.
struct Target {
    address: String,
    /// Whether it is the same page or product, so that every parameter still means the same.
    is_same: bool,
}

impl Target {
    fn same(address: String) -> Self {
        Self {
            address,
            is_same: true,
        }
    }

    fn other(address: String) -> Self {
        Self {
            address,
            is_same: false,
        }
    }
}

impl<E: Edge> Shop<'_, E> {
    /// The answer to a request for which there is nothing: 301, or not found.
    pub(crate) async fn moved(&self, found: &Found) -> Outcome {
        let (method, uri) = (self.incoming.request.method(), self.incoming.request.uri());
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Failure::NotFound);
        }
        let (_, own) = route::split_locale(uri.path(), &self.about, &self.markets);
        if found.is_ok() && route::page(own).is_none() {
            // An address for programs.
            return Err(Failure::NotFound);
        }
        if matches!(found, Ok((Endpoint::Buy, _))) {
            // A code is written in one way only.
            return Err(Failure::NotFound);
        }
        let reader = self.reader().await?;
        let target = find(&reader, uri.path()).await?;
        let Target { address, is_same } = target.ok_or(Failure::NotFound)?;
        let query = uri.query().map(|query| match is_same {
            true => query.to_owned(),
            false => without_what_is_of_one_page(query),
        });
        let location = with_query(&address, query.as_deref());
        let mut response = reply::moved(&location).ok_or(Failure::NotFound)?;
        self.name_version(&reader, None, &mut response);
        Ok(response)
    }
}

async fn find<E: Edge>(reader: &Reader<'_, E>, raw: &str) -> Result<Option<Target>, ReadError> {
    let decode = |path| percent_decode_str(path).decode_utf8();
    // A slash that is encoded is part of a name.
    let (Ok(decoded), Ok(trimmed)) = (decode(raw), decode(raw.trim_end_matches('/'))) else {
        return Ok(None);
    };
    if decoded.starts_with("//") {
        return Ok(None);
    }
    let trimmed = &*trimmed;
    let canonical = canonical_name(trimmed);
    let (locale, own) = split(reader, &canonical);
    let page = match route::page(split(reader, trimmed).1) {
        // The number of an order has its case.
        Some((Endpoint::Order, _)) if trimmed == decoded => return Ok(None),
        Some((Endpoint::Order, order)) => Some(format!("/orders/{}", paths::segment(&order))),
        _ => page_at(reader, own).await?,
    };
    match page {
        // The page is there, without what its query asks for.
        Some(_) if *decoded == *canonical => return Ok(None),
        Some(page) if page == "/" => {
            return Ok(Some(Target::same(locale.path_prefix().to_string())));
        }
        Some(page) => return Ok(Some(Target::same(in_language(locale, page)))),
        None => {}
    }
    let keys = path_key(raw).into_iter().chain([canonical.to_string()]);
    for key in keys {
        if let Some(target) = reader.redirect(&key).await? {
            return Ok(Some(Target::other(target)));
        }
        // A list that knows nothing of markets and languages holds for all of them.
        let (locale, own) = split(reader, &key);
        if own.len() < key.len()
            && let Some(target) = reader.redirect(own).await?
        {
            return Ok(Some(Target::other(in_language(locale, target))));
        }
    }
    let target = of_another_system(reader, own).await?;
    Ok(target.map(|target| Target {
        address: in_language(locale, target.address),
        ..target
    }))
}

/// The market and the language of a path, and the rest of it.
fn split<'p, E>(reader: &Reader<'_, E>, path: &'p str) -> (Locale, &'p str) {
    let version = &reader.version;
    route::split_locale(path, &version.shop, &version.markets)
}

/// The address of the page that a canonical path names, if there is one.
async fn page_at<E: Edge>(reader: &Reader<'_, E>, own: &str) -> Result<Option<String>, ReadError> {
    let Some((endpoint, slug)) = route::page(own) else {
        return Ok(None);
    };
    Ok(match endpoint {
        Endpoint::Product => {
            let product = reader.product(&slug).await?;
            product.map(|product| paths::product(&product.slug))
        }
        Endpoint::Collection => {
            let collection = reader.version.collections.find(&slug);
            collection.map(|collection| paths::collection(&collection.slug))
        }
        Endpoint::Document(kind) => {
            let content = reader.content().await?;
            let entry = content.find(kind, &slug);
            entry.map(|entry| paths::content(kind, &entry.slug))
        }
        Endpoint::Documents(kind) => {
            let content = reader.content().await?;
            let first = content.of(kind).next();
            first.map(|_| paths::content_list(kind))
        }
        _ => Some(own.to_owned()),
    })
}

/// What Shopify has at an address that this shop does not have.
async fn of_another_system<E: Edge>(
    reader: &Reader<'_, E>,
    own: &str,
) -> Result<Option<Target>, ReadError> {
    let segments: Vec<_> = own.split('/').skip(1).collect();
    match segments.as_slice() {
        ["products"] => {
            let all = paths::collection(Collections::ALL);
            Ok(reader.version.all().map(|_| Target::other(all)))
        }
        ["collections", _, "products", slug] => match reader.product(slug).await? {
            Some(product) => Ok(Some(Target::same(paths::product(&product.slug)))),
            None => {
                let moved = reader.redirect(&format!("/products/{slug}")).await?;
                Ok(moved.map(Target::other))
            }
        },
        _ => Ok(None),
    }
}

/// A path of the shop in its part of a market and language; what has a host or is there already stays.
fn in_language(locale: Locale, target: String) -> String {
    let prefix = locale.path_prefix().to_string();
    let there = target.strip_prefix(&prefix);
    let there = there.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    match target.starts_with('/') && !there {
        true => format!("{prefix}{target}"),
        false => target,
    }
}

/// A query without the parameters that meant something for the page that moved. The others say
/// where a shopper came from.
fn without_what_is_of_one_page(query: &str) -> String {
    let stays = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        let of_one_page = OF_ONE_PAGE.contains(&&*name)
            || OF_ONE_PAGE_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix));
        !of_one_page
    };
    let pairs: Vec<_> = query.split('&').filter(stays).collect();
    pairs.join("&")
}

/// The address with a query, unless it has one of its own.
fn with_query(target: &str, query: Option<&str>) -> String {
    let Some(query) = query.filter(|query| !query.is_empty() && !target.contains('?')) else {
        return target.to_owned();
    };
    match target.split_once('#') {
        Some((address, fragment)) => format!("{address}?{query}#{fragment}"),
        None => format!("{target}?{query}"),
    }
}
