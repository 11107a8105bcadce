//! What an address is for, and what of it may be in a trace.
//!
//! Invariant: what may be a secret or of a person is never in a trace: tickets, purchase codes, numbers
//! and tokens of orders are [`OWN`], which stands for that of the visitor, and a search that may not be
//! counted is left out.

use souk_domain::may_be_tallied;

/// Stands for what is the visitor's own.
pub(crate) const OWN: &str = "-";

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    Home,
    Listing,
    Product,
    Search,
    Content,
    Cart,
    Checkout,
    OrderPage,
    Sale,
    Place,
    ProductJson,
    ListingJson,
    SearchJson,
    SaleJson,
    Quote,
    Ticket,
    Poll,
    Order,
    File,
    Other,
}

impl Route {
    /// As the report has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Route::Home => "home",
            Route::Listing => "listing",
            Route::Product => "product",
            Route::Search => "search",
            Route::Content => "content",
            Route::Cart => "cart",
            Route::Checkout => "checkout",
            Route::OrderPage => "order-page",
            Route::Sale => "sale",
            Route::Place => "place",
            Route::ProductJson => "product-json",
            Route::ListingJson => "listing-json",
            Route::SearchJson => "search-json",
            Route::SaleJson => "sale-json",
            Route::Quote => "quote",
            Route::Ticket => "ticket",
            Route::Poll => "poll",
            Route::Order => "order",
            Route::File => "file",
            Route::Other => "other",
        }
    }
}

/// First segments of the addresses of pages and programs.
const FIRST: [&str; 17] = [
    "api",
    "assets",
    "blog",
    "cart",
    "checkout",
    "collections",
    "developers",
    "help",
    "media",
    "orders",
    "pages",
    "problems",
    "products",
    "sales",
    "search",
    "sitemaps",
    "sitemap.xml",
];

/// First segments of what no shopper asks for.
const NO_SHOPPER: [&str; 6] = ["staff", "payments", "mail", "metrics", "healthz", "readyz"];

/// Parameters of a listing that are no person's.
const LISTING: [&str; 6] = ["vendor", "type", "tag", "price.min", "price.max", "sort"];

/// What a request is for, and its address as a trace may have it; `None`: no shopper sends it.
pub(crate) fn of(is_post: bool, target: &str) -> Option<(Route, String)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let segments: Vec<&str> = path.split('/').filter(|one| !one.is_empty()).collect();
    let first = segments.first().copied().unwrap_or_default();
    if NO_SHOPPER.contains(&first) {
        return None;
    }
    let segments = without_locale(&segments);
    let path = format!("/{}", segments.join("/"));
    let found = match (segments, is_post) {
        ([], false) => (Route::Home, path),
        (["products", _], false) => (Route::Product, path),
        (["collections"] | ["collections", _], false) => (Route::Listing, filtered(path, query)),
        (["search"], false) => (Route::Search, searched(path, query)?),
        (["pages" | "blog" | "help", ..], _) => (Route::Content, path),
        (["cart"], _) => (Route::Cart, path),
        (["checkout"], false) => (Route::Checkout, path),
        (["checkout"], true) | (["api", "v1", "orders"], true) => (Route::Order, orders()),
        (["checkout", "quote"] | ["api", "v1", "quotes"], true) => (Route::Quote, quotes()),
        (["orders", ..] | ["api", "v1", "orders", ..], _) => {
            (Route::OrderPage, format!("/orders/{OWN}"))
        }
        (["sales", id], false) => (Route::Sale, format!("/sales/{id}")),
        (["sales", id, "place"], true) | (["api", "v1", "sales", id, "tickets"], true) => {
            (Route::Ticket, format!("/api/v1/sales/{id}/tickets"))
        }
        (["sales", id, "place"], false) => (Route::Place, format!("/sales/{id}/place")),
        (["api", "v1", "sales", id, "tickets", _], false) => {
            (Route::Poll, format!("/api/v1/sales/{id}/tickets/{OWN}"))
        }
        (["sales", id, "buy", _], true) | (["api", "v1", "sales", id, "orders", _], true) => {
            (Route::Order, format!("/api/v1/sales/{id}/orders/{OWN}"))
        }
        (["sales", id, "buy", _], false) => (Route::Sale, format!("/sales/{id}/buy/{OWN}")),
        (["api", "v1", "sales", _], false) => (Route::SaleJson, path),
        (["api", "v1", "products"], false) => (Route::ListingJson, filtered(path, query)),
        (["api", "v1", "products", _], false) => (Route::ProductJson, path),
        (["api", "v1", "search" | "suggest"], false) => (Route::SearchJson, searched(path, query)?),
        (["assets" | "media", ..], false) => (Route::File, path),
        // Whatever else is asked for may have anything in it.
        (_, false) => (Route::Other, "/other".to_owned()),
        (_, true) => return None,
    };
    Some(found)
}

fn orders() -> String {
    "/api/v1/orders".to_owned()
}

fn quotes() -> String {
    "/api/v1/quotes".to_owned()
}

/// The shop of a replay has one market and one language.
fn without_locale<'s, 'p>(segments: &'s [&'p str]) -> &'s [&'p str] {
    let is_locale = |segment: &str| segment.len() <= 8 && !FIRST.contains(&segment);
    let is_page = |rest: &[&str]| rest.first().is_none_or(|first| FIRST.contains(first));
    match segments {
        [market, language, rest @ ..]
            if is_locale(market) && is_locale(language) && !rest.is_empty() && is_page(rest) =>
        {
            rest
        }
        [locale, rest @ ..] if locale.len() == 2 && rest.is_empty() => rest,
        [locale, rest @ ..] if is_locale(locale) && !rest.is_empty() && is_page(rest) => rest,
        _ => segments,
    }
}

fn filtered(path: String, query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let is_known = |name: &str| LISTING.contains(&name) || name.starts_with("option.");
    let kept = pairs.filter(|(name, value)| is_known(name) && may_be_tallied(value));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept);
    match query.finish() {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    }
}

/// `None`: what was searched for may be of a person.
fn searched(path: String, query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let asked = pairs.find(|(name, _)| name == "q");
    let Some((_, asked)) = asked else {
        return Some(path);
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", &asked);
    may_be_tallied(&asked).then(|| format!("{path}?{}", query.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_route_and_nothing_of_a_person() {
        let cases = [
            (false, "/", Route::Home, "/"),
            (false, "/de", Route::Home, "/"),
            (
                false,
                "/eu/de/products/mug?utm=x",
                Route::Product,
                "/products/mug",
            ),
            (
                false,
                "/zh/collections/tea?tag=gift&cursor=secret",
                Route::Listing,
                "/collections/tea?tag=gift",
            ),
            (
                false,
                "/search?q=green+tea&page=2",
                Route::Search,
                "/search?q=green+tea",
            ),
            (
                false,
                "/orders/A7?token=secret",
                Route::OrderPage,
                "/orders/-",
            ),
            (
                true,
                "/api/v1/orders/A7/changes",
                Route::OrderPage,
                "/orders/-",
            ),
            (true, "/checkout", Route::Order, "/api/v1/orders"),
            (
                true,
                "/sales/drop/place",
                Route::Ticket,
                "/api/v1/sales/drop/tickets",
            ),
            (
                false,
                "/api/v1/sales/drop/tickets/secret",
                Route::Poll,
                "/api/v1/sales/drop/tickets/-",
            ),
            (
                true,
                "/sales/drop/buy/secret",
                Route::Order,
                "/api/v1/sales/drop/orders/-",
            ),
            (
                false,
                "/sales/drop/buy/secret",
                Route::Sale,
                "/sales/drop/buy/-",
            ),
            (false, "/wp-login.php?user=li", Route::Other, "/other"),
            (false, "/unknown/li@example.com", Route::Other, "/other"),
        ];
        for (is_post, target, route, address) in cases {
            assert_eq!(
                of(is_post, target),
                Some((route, address.to_owned())),
                "{target}"
            );
        }
        for (is_post, target) in [
            (false, "/staff/v1/orders"),
            (true, "/payments/stripe"),
            (false, "/search?q=li%40example.com"),
            (true, "/anything"),
        ] {
            assert_eq!(of(is_post, target), None, "{target}");
        }
    }
}
