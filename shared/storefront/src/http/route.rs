//! Which address means what.

use percent_encoding::percent_decode_str;
use souk_domain::Locale;
use souk_protocol::problem::ProblemKind;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Home,
    Collection(String),
    Product(String),
    Cart,
    Checkout,
    Order(String),
    Pay(String),
    Developers,
    ApiProducts,
    ApiProduct(String),
    ApiOrders,
    ApiOrder(String),
    ApiOrderEvents(String),
    ApiPayment(String),
    OpenApi,
    Asset(String),
    Media(String),
    Robots,
    SitemapIndex,
    Sitemap(u32),
    Health,
    Ready,
    Metrics,
    /// `type` of a problem: an address that explains it.
    Problem(ProblemKind),
    Unknown,
}

impl Route {
    /// The methods that the route answers, as in `Allow`.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        match self {
            Route::Cart | Route::Checkout => &["GET", "HEAD", "POST"],
            Route::ApiOrders | Route::ApiPayment(_) | Route::Pay(_) => &["POST"],
            Route::Home
            | Route::Collection(_)
            | Route::Product(_)
            | Route::Order(_)
            | Route::Developers
            | Route::ApiProducts
            | Route::ApiProduct(_)
            | Route::ApiOrder(_)
            | Route::ApiOrderEvents(_)
            | Route::OpenApi
            | Route::Asset(_)
            | Route::Media(_)
            | Route::Robots
            | Route::SitemapIndex
            | Route::Sitemap(_)
            | Route::Health
            | Route::Ready
            | Route::Metrics
            | Route::Problem(_)
            | Route::Unknown => &["GET", "HEAD"],
        }
    }
}

/// Reads a path: the language of its page, and what it names.
pub(crate) fn parse(path: &str) -> (Locale, Route) {
    let zh = Locale::Zh.path_prefix();
    match path.strip_prefix(zh) {
        Some("" | "/") => (Locale::Zh, Route::Home),
        Some(rest) if rest.starts_with('/') => match page(rest) {
            Some(route) => (Locale::Zh, route),
            None => (Locale::Zh, Route::Unknown),
        },
        _ => (
            Locale::En,
            page(path).or_else(|| plain(path)).unwrap_or(Route::Unknown),
        ),
    }
}

/// The path without the slashes at its end, if it is a page then. A page has one address.
pub(crate) fn without_slash(path: &str) -> Option<&str> {
    let plain = path.trim_end_matches('/');
    let own = plain.strip_prefix(Locale::Zh.path_prefix());
    let own = own.filter(|rest| rest.starts_with('/')).unwrap_or(plain);
    (plain.len() < path.len() && page(own).is_some()).then_some(plain)
}

fn page(path: &str) -> Option<Route> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    match segments.as_slice() {
        [""] => Some(Route::Home),
        ["cart"] => Some(Route::Cart),
        ["checkout"] => Some(Route::Checkout),
        ["developers"] => Some(Route::Developers),
        ["collections", slug] => Some(Route::Collection(decode(slug)?)),
        ["products", slug] => Some(Route::Product(decode(slug)?)),
        ["orders", id] => Some(Route::Order(decode(id)?)),
        ["orders", id, "pay"] => Some(Route::Pay(decode(id)?)),
        _ => None,
    }
}

fn plain(path: &str) -> Option<Route> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    match segments.as_slice() {
        ["api", "v1", "products"] => Some(Route::ApiProducts),
        ["api", "v1", "products", slug] => Some(Route::ApiProduct(decode(slug)?)),
        ["api", "v1", "orders"] => Some(Route::ApiOrders),
        ["api", "v1", "orders", id] => Some(Route::ApiOrder(decode(id)?)),
        ["api", "v1", "orders", id, "events"] => Some(Route::ApiOrderEvents(decode(id)?)),
        ["api", "v1", "orders", id, "payment"] => Some(Route::ApiPayment(decode(id)?)),
        ["openapi.json"] => Some(Route::OpenApi),
        ["assets", name] => Some(Route::Asset(decode(name)?)),
        ["media", name] => Some(Route::Media(decode(name)?)),
        ["robots.txt"] => Some(Route::Robots),
        ["sitemap.xml"] => Some(Route::SitemapIndex),
        ["sitemaps", name] => {
            let number = name.strip_prefix("products-")?.strip_suffix(".xml")?;
            number.parse().ok().map(Route::Sitemap)
        }
        ["healthz"] => Some(Route::Health),
        ["readyz"] => Some(Route::Ready),
        ["metrics"] => Some(Route::Metrics),
        ["problems", name] => ProblemKind::ALL
            .into_iter()
            .find(|kind| kind.name() == *name)
            .map(Route::Problem),
        _ => None,
    }
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty() && text.len() <= 255).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_have_a_slash_to_lose() {
        let cases = [
            ("/products/mug/", Some("/products/mug")),
            ("/products/mug//", Some("/products/mug")),
            ("/zh/collections/tea/", Some("/zh/collections/tea")),
            ("/cart/", Some("/cart")),
            ("/products/mug", None),
            ("/products/", None),
            ("/", None),
            ("//", None),
            ("/zh/", None),
            ("//evil.example/", None),
            ("/api/v1/products/", None),
        ];
        for (path, plain) in cases {
            assert_eq!(without_slash(path), plain, "{path}");
        }
    }

    #[test]
    fn paths_name_routes() {
        let cases = [
            ("/", Locale::En, Route::Home),
            ("/zh", Locale::Zh, Route::Home),
            ("/zh/", Locale::Zh, Route::Home),
            ("/zhuang", Locale::En, Route::Unknown),
            ("/products/mug", Locale::En, Route::Product("mug".into())),
            (
                "/zh/products/%E8%8C%B6",
                Locale::Zh,
                Route::Product("茶".into()),
            ),
            ("/products/", Locale::En, Route::Unknown),
            ("/products/a/b", Locale::En, Route::Unknown),
            ("/products/%ff", Locale::En, Route::Unknown),
            ("/zh/api/v1/products", Locale::Zh, Route::Unknown),
            (
                "/api/v1/products/mug",
                Locale::En,
                Route::ApiProduct("mug".into()),
            ),
            ("/sitemaps/products-3.xml", Locale::En, Route::Sitemap(3)),
            (
                "/problems/sold-out",
                Locale::En,
                Route::Problem(ProblemKind::SoldOut),
            ),
            ("/problems/odd", Locale::En, Route::Unknown),
            ("/sitemaps/products-x.xml", Locale::En, Route::Unknown),
            ("//", Locale::En, Route::Unknown),
            ("", Locale::En, Route::Unknown),
        ];
        for (path, locale, route) in cases {
            assert_eq!(parse(path), (locale, route), "{path}");
        }
    }
}
