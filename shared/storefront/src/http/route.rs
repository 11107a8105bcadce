//! Which address means what.
//!
//! Not here: how a table is read (`souk_service_http::find`), what answers (`dispatch`).

use percent_encoding::percent_decode_str;
use souk_catalogue::Market;
use souk_domain::Locale;
use souk_operations::RouteClass;
use souk_protocol::endpoint::Method;
use souk_protocol::quotes::QUOTES_PATH;
use souk_service_http::{Miss, Route, find};
use souk_shop::ContentKind::{self, Blog, Help, Page};
use souk_shop::Shop as ShopSettings;

/// What answers a request. Below some paths lies one name, such as a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Home,
    Collections,
    Collection,
    Product,
    Cart,
    ChangeCart,
    Checkout,
    /// What the checkout shows of a form that is being filled in.
    CheckoutQuote,
    PlaceOrder,
    Order,
    PayOrder,
    OpenOrder,
    ChangeOrder,
    Developers,
    /// A document of a kind.
    Document(ContentKind),
    /// What a reader says of an answer.
    JudgeAnswer,
    /// The list of all documents of a kind.
    Documents(ContentKind),
    /// The feed of the blog.
    Feed,
    /// What the shop says about itself.
    ApiShop,
    /// What is switched off.
    ApiStatus,
    /// A sale.
    Sale,
    ApiSale,
    /// The opening of a sale, for calendars.
    Opening,
    /// A place in the waiting room of a sale.
    Place,
    TakePlace,
    /// Where a ticket that is called buys.
    Buy,
    ChooseItems,
    ApiIssueTicket,
    ApiTicket,
    ApiSaleOrder,
    /// The results of a search.
    Search,
    ApiSearch,
    ApiSuggest,
    ApiHelpSearch,
    ApiDocument(ContentKind),
    ApiDocuments(ContentKind),
    ApiProducts,
    ApiProduct,
    /// What goes with a product.
    ApiProductRecommendations,
    /// What goes with several products.
    ApiRecommendations,
    ApiQuote,
    ApiPlaceOrder,
    ApiOrder,
    ApiOrderEvents,
    ApiPayOrder,
    ApiChangeOrder,
    OpenApi,
    Asset,
    Media,
    Robots,
    SecurityTxt,
    SitemapIndex,
    Sitemap,
    Health,
    Ready,
    Metrics,
    /// `type` of a problem: an address that explains it.
    Problem,
}

impl Endpoint {
    /// Whether it reads or writes an address.
    pub(crate) fn needs_addresses(self) -> bool {
        self.shows_countries()
            || matches!(
                self,
                Endpoint::ApiQuote
                    | Endpoint::ApiPlaceOrder
                    | Endpoint::ApiSaleOrder
                    | Endpoint::ApiChangeOrder
            )
    }

    /// What kind of requests it answers, for samples; `None` where it is no work of the shop: files,
    /// and what machines ask for.
    pub(crate) fn class(self) -> Option<RouteClass> {
        match self {
            Endpoint::Asset
            | Endpoint::Media
            | Endpoint::Robots
            | Endpoint::SecurityTxt
            | Endpoint::SitemapIndex
            | Endpoint::Sitemap
            | Endpoint::Health
            | Endpoint::Ready
            | Endpoint::Metrics
            | Endpoint::OpenApi
            | Endpoint::Problem => None,
            Endpoint::Search
            | Endpoint::ApiSearch
            | Endpoint::ApiSuggest
            | Endpoint::ApiHelpSearch
            | Endpoint::ApiProductRecommendations
            | Endpoint::ApiRecommendations => Some(RouteClass::Search),
            Endpoint::Cart
            | Endpoint::ChangeCart
            | Endpoint::Checkout
            | Endpoint::CheckoutQuote
            | Endpoint::ApiQuote => Some(RouteClass::Cart),
            Endpoint::Place
            | Endpoint::TakePlace
            | Endpoint::Buy
            | Endpoint::ChooseItems
            | Endpoint::ApiIssueTicket
            | Endpoint::ApiTicket => Some(RouteClass::Room),
            Endpoint::PlaceOrder
            | Endpoint::ApiPlaceOrder
            | Endpoint::ApiSaleOrder
            | Endpoint::Order
            | Endpoint::PayOrder
            | Endpoint::ChangeOrder
            | Endpoint::ApiOrder
            | Endpoint::ApiOrderEvents
            | Endpoint::ApiPayOrder
            | Endpoint::ApiChangeOrder => Some(RouteClass::Order),
            Endpoint::OpenOrder => Some(RouteClass::Secret),
            Endpoint::Home
            | Endpoint::Collections
            | Endpoint::Collection
            | Endpoint::Product
            | Endpoint::Developers
            | Endpoint::Document(_)
            | Endpoint::JudgeAnswer
            | Endpoint::Documents(_)
            | Endpoint::Feed
            | Endpoint::ApiShop
            | Endpoint::ApiStatus
            | Endpoint::Sale
            | Endpoint::ApiSale
            | Endpoint::Opening
            | Endpoint::ApiDocument(_)
            | Endpoint::ApiDocuments(_)
            | Endpoint::ApiProducts
            | Endpoint::ApiProduct => Some(RouteClass::Read),
        }
    }

    /// Whether it places an order.
    pub(crate) fn places_order(self) -> bool {
        matches!(
            self,
            Endpoint::PlaceOrder | Endpoint::ApiPlaceOrder | Endpoint::ApiSaleOrder
        )
    }

    /// Whether its page shows names of countries.
    pub(crate) fn shows_countries(self) -> bool {
        matches!(
            self,
            Endpoint::Checkout
                | Endpoint::CheckoutQuote
                | Endpoint::PlaceOrder
                | Endpoint::Order
                | Endpoint::PayOrder
                | Endpoint::OpenOrder
                | Endpoint::ChangeOrder
        )
    }
}

/// Pages exist in every language of every market.
const PAGES: [Route<Endpoint>; 28] = [
    Route::new(Method::Get, "/", Endpoint::Home),
    Route::new(Method::Get, "/collections", Endpoint::Collections),
    Route::new(Method::Get, "/collections/{slug}", Endpoint::Collection),
    Route::new(Method::Get, "/products/{slug}", Endpoint::Product),
    Route::new(Method::Get, "/sales/{id}", Endpoint::Sale),
    Route::new(Method::Get, "/sales/{id}/opening.ics", Endpoint::Opening),
    Route::new(Method::Get, "/sales/{id}/place", Endpoint::Place),
    Route::new(Method::Post, "/sales/{id}/place", Endpoint::TakePlace),
    Route::new(Method::Get, "/sales/{id}/buy/{code}", Endpoint::Buy),
    Route::new(
        Method::Post,
        "/sales/{id}/buy/{code}",
        Endpoint::ChooseItems,
    ),
    Route::new(Method::Get, "/search", Endpoint::Search),
    Route::new(Method::Get, "/cart", Endpoint::Cart),
    Route::new(Method::Post, "/cart", Endpoint::ChangeCart),
    Route::new(Method::Get, "/checkout", Endpoint::Checkout),
    Route::new(Method::Post, "/checkout", Endpoint::PlaceOrder),
    Route::new(Method::Post, "/checkout/quote", Endpoint::CheckoutQuote),
    Route::new(Method::Get, "/orders/{order}", Endpoint::Order),
    Route::new(Method::Post, "/orders/{order}/pay", Endpoint::PayOrder),
    Route::new(Method::Post, "/orders/{order}/open", Endpoint::OpenOrder),
    Route::new(
        Method::Post,
        "/orders/{order}/change",
        Endpoint::ChangeOrder,
    ),
    Route::new(Method::Get, "/developers", Endpoint::Developers),
    Route::new(Method::Get, "/pages/{slug}", Endpoint::Document(Page)),
    Route::new(Method::Get, "/blog", Endpoint::Documents(Blog)),
    // Before the articles: no article is called so.
    Route::new(Method::Get, "/blog/feed.xml", Endpoint::Feed),
    Route::new(Method::Get, "/blog/{slug}", Endpoint::Document(Blog)),
    Route::new(Method::Get, "/help", Endpoint::Documents(Help)),
    Route::new(Method::Get, "/help/{slug}", Endpoint::Document(Help)),
    Route::new(Method::Post, "/help/{slug}/feedback", Endpoint::JudgeAnswer),
];

/// What is for programs, in no language.
const PROGRAMS: [Route<Endpoint>; 36] = [
    Route::new(Method::Get, "/api/v1/shop", Endpoint::ApiShop),
    Route::new(Method::Get, "/api/v1/status", Endpoint::ApiStatus),
    Route::new(Method::Get, "/api/v1/sales/{id}", Endpoint::ApiSale),
    Route::new(
        Method::Post,
        "/api/v1/sales/{id}/tickets",
        Endpoint::ApiIssueTicket,
    ),
    Route::new(
        Method::Get,
        "/api/v1/sales/{id}/tickets/{ticket}",
        Endpoint::ApiTicket,
    ),
    Route::new(
        Method::Post,
        "/api/v1/sales/{id}/orders/{code}",
        Endpoint::ApiSaleOrder,
    ),
    Route::new(Method::Get, "/api/v1/search", Endpoint::ApiSearch),
    Route::new(Method::Get, "/api/v1/suggest", Endpoint::ApiSuggest),
    Route::new(Method::Get, "/api/v1/help/search", Endpoint::ApiHelpSearch),
    Route::new(Method::Get, "/api/v1/products", Endpoint::ApiProducts),
    Route::new(Method::Get, "/api/v1/products/{slug}", Endpoint::ApiProduct),
    Route::new(
        Method::Get,
        "/api/v1/products/{slug}/recommendations",
        Endpoint::ApiProductRecommendations,
    ),
    Route::new(
        Method::Get,
        "/api/v1/recommendations",
        Endpoint::ApiRecommendations,
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/page",
        Endpoint::ApiDocuments(Page),
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/page/{slug}",
        Endpoint::ApiDocument(Page),
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/blog",
        Endpoint::ApiDocuments(Blog),
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/blog/{slug}",
        Endpoint::ApiDocument(Blog),
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/help",
        Endpoint::ApiDocuments(Help),
    ),
    Route::new(
        Method::Get,
        "/api/v1/content/help/{slug}",
        Endpoint::ApiDocument(Help),
    ),
    Route::new(Method::Post, QUOTES_PATH, Endpoint::ApiQuote),
    Route::new(Method::Post, "/api/v1/orders", Endpoint::ApiPlaceOrder),
    Route::new(Method::Get, "/api/v1/orders/{order}", Endpoint::ApiOrder),
    Route::new(
        Method::Get,
        "/api/v1/orders/{order}/events",
        Endpoint::ApiOrderEvents,
    ),
    Route::new(
        Method::Post,
        "/api/v1/orders/{order}/payment",
        Endpoint::ApiPayOrder,
    ),
    Route::new(
        Method::Post,
        "/api/v1/orders/{order}/changes",
        Endpoint::ApiChangeOrder,
    ),
    Route::new(Method::Get, "/openapi.json", Endpoint::OpenApi),
    Route::new(Method::Get, "/assets/{file}", Endpoint::Asset),
    Route::new(Method::Get, "/media/{file}", Endpoint::Media),
    Route::new(Method::Get, "/robots.txt", Endpoint::Robots),
    Route::new(
        Method::Get,
        "/.well-known/security.txt",
        Endpoint::SecurityTxt,
    ),
    Route::new(Method::Get, "/sitemap.xml", Endpoint::SitemapIndex),
    Route::new(Method::Get, "/sitemaps/{file}", Endpoint::Sitemap),
    Route::new(Method::Get, "/healthz", Endpoint::Health),
    Route::new(Method::Get, "/readyz", Endpoint::Ready),
    Route::new(Method::Get, "/metrics", Endpoint::Metrics),
    Route::new(Method::Get, "/problems/{kind}", Endpoint::Problem),
];

/// An endpoint, and the name that lies below its path, decoded; or why there is none.
pub(crate) type Found = Result<(Endpoint, String), Miss>;

/// Reads a path of what is for programs.
pub(crate) fn program(method: &http::Method, path: &str) -> Found {
    look_up(&PROGRAMS, method, path)
}

/// Reads the path of a page, without what names its market and language.
pub(crate) fn of_page(method: &http::Method, path: &str) -> Found {
    look_up(&PAGES, method, path)
}

/// The market and the language of a path, and the rest of it.
pub(crate) fn split_locale<'p>(
    path: &'p str,
    shop: &ShopSettings,
    markets: &[Market],
) -> (Locale, &'p str) {
    let (first, behind) = split_first(path);
    let mut further = 1..markets.len();
    let (market, path) = match further.find(|&place| markets[place].path == first) {
        Some(place) => (place, behind),
        None => (0, path),
    };
    let locales = shop.locales_of(markets, market);
    let (first, behind) = split_first(path);
    let mut named = locales.iter().skip(1);
    match named.find(|locale| locale.code() == first) {
        Some(&locale) => (locale, behind),
        None => (locales[0], path),
    }
}

/// The first segment of a path, and what follows it.
fn split_first(path: &str) -> (&str, &str) {
    let first = path.strip_prefix('/').unwrap_or_default();
    match first.find('/') {
        Some(end) => first.split_at(end),
        None => (first, "/"),
    }
}

/// The page at a path without what names its market and language.
pub(crate) fn page(path: &str) -> Option<(Endpoint, String)> {
    look_up(&PAGES, &http::Method::GET, path).ok()
}

/// Whether this is an address of the API.
pub(crate) fn is_api(path: &str) -> bool {
    path.starts_with("/api/v1/") || path == "/openapi.json"
}

fn look_up(table: &[Route<Endpoint>], method: &http::Method, path: &str) -> Found {
    let (endpoint, segments) = find(table.iter().copied(), method, path)?;
    let name = segments
        .first()
        .map_or(Some(String::new()), |name| decode(name));
    Ok((endpoint, name.ok_or(Miss::Path)?))
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (text.len() <= 255).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use souk_domain::{Currency, LanguageCode, TAKEN_SEGMENTS};
    use souk_shop::Language;

    use super::*;

    fn en() -> Locale {
        Locale::own(LanguageCode::EN)
    }

    fn zh() -> Locale {
        Locale::new(1, LanguageCode::parse("zh").expect("a code"))
    }

    /// A shop in English and Chinese.
    fn shop() -> ShopSettings {
        let mut shop = ShopSettings::plain();
        shop.languages.push(Language {
            code: "zh".to_owned(),
            ..Language::default()
        });
        shop
    }

    /// What a request finds: first what is for programs, then pages.
    fn parse(method: &http::Method, path: &str) -> (Locale, Found) {
        match program(method, path) {
            Err(Miss::Path) => {
                let (locale, rest) = split_locale(path, &shop(), &markets());
                (locale, of_page(method, rest))
            }
            found => (shop().own(), found),
        }
    }

    /// The second market lies below `/eu`, and is in Chinese first.
    fn markets() -> Vec<Market> {
        let market = |path: &str, languages: &[&str]| Market {
            path: path.to_owned(),
            languages: languages.iter().map(|&code| code.to_owned()).collect(),
            ..Market::plain("m", Currency::USD)
        };
        vec![
            market("", &[]),
            market("eu", &["zh", "en"]),
            market("np", &["en"]),
        ]
    }

    #[test]
    fn markets_come_before_languages() {
        let cases = [
            ("/eu", "/eu", "zh", Ok((Endpoint::Home, ""))),
            ("/eu/", "/eu", "zh", Ok((Endpoint::Home, ""))),
            ("/eu/en/cart", "/eu/en", "en", Ok((Endpoint::Cart, ""))),
            ("/eu/products/a", "/eu", "zh", Ok((Endpoint::Product, "a"))),
            ("/np/search", "/np", "en", Ok((Endpoint::Search, ""))),
            // The first language of a market has no address of its own, nor a language that it lacks.
            ("/eu/zh", "/eu", "zh", Err(Miss::Path)),
            ("/np/zh", "/np", "en", Err(Miss::Path)),
            ("/zh/eu", "/zh", "zh", Err(Miss::Path)),
            ("/us", "", "en", Err(Miss::Path)),
        ];
        for (path, prefix, language, expected) in cases {
            let (locale, found) = parse(&http::Method::GET, path);
            assert_eq!(locale.path_prefix().to_string(), prefix, "{path}");
            assert_eq!(locale.code(), language, "{path}");
            let expected = expected.map(|(endpoint, name)| (endpoint, name.to_owned()));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn no_market_may_have_the_path_of_a_page() {
        let routes = PAGES.iter().chain(&PROGRAMS);
        for route in routes {
            let (first, _) = split_first(route.path());
            let may_be_path = first
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let is_taken = first.is_empty() || TAKEN_SEGMENTS.contains(&first);
            assert!(is_taken || !may_be_path, "{first}");
        }
    }

    #[test]
    fn methods_and_paths_name_endpoints() {
        let cases = [
            ("GET", "/", en(), Endpoint::Home, ""),
            ("GET", "/zh", zh(), Endpoint::Home, ""),
            ("GET", "/zh/", zh(), Endpoint::Home, ""),
            ("GET", "/collections", en(), Endpoint::Collections, ""),
            ("GET", "/products/mug", en(), Endpoint::Product, "mug"),
            (
                "HEAD",
                "/zh/products/%E8%8C%B6",
                zh(),
                Endpoint::Product,
                "茶",
            ),
            ("GET", "/cart", en(), Endpoint::Cart, ""),
            ("POST", "/cart", en(), Endpoint::ChangeCart, ""),
            ("POST", "/orders/7/pay", en(), Endpoint::PayOrder, "7"),
            (
                "GET",
                "/api/v1/products/mug",
                en(),
                Endpoint::ApiProduct,
                "mug",
            ),
            (
                "GET",
                "/problems/sold-out",
                en(),
                Endpoint::Problem,
                "sold-out",
            ),
        ];
        for (method, path, locale, endpoint, name) in cases {
            let found = parse(&method.parse().unwrap(), path);
            assert_eq!(found, (locale, Ok((endpoint, name.to_owned()))), "{path}");
        }
    }

    #[test]
    fn nothing_is_at_other_paths() {
        for (path, locale) in [
            ("/zhuang", en()),
            ("/products/", en()),
            ("/products/a/b", en()),
            ("/products/%ff", en()),
            ("/zh/api/v1/products", zh()),
            ("//", en()),
            ("", en()),
        ] {
            assert_eq!(
                parse(&http::Method::GET, path),
                (locale, Err(Miss::Path)),
                "{path}"
            );
        }
    }

    #[test]
    fn a_path_names_its_methods() {
        for (method, path, allow) in [
            ("PUT", "/cart", "GET, HEAD, POST"),
            ("POST", "/zh", "GET, HEAD"),
            ("GET", "/orders/7/pay", "POST"),
            ("DELETE", "/api/v1/orders/7", "GET, HEAD"),
        ] {
            let (_, found) = parse(&method.parse().unwrap(), path);
            let allow = allow.to_owned();
            assert_eq!(found, Err(Miss::Method { allow }), "{method} {path}");
        }
    }
}
