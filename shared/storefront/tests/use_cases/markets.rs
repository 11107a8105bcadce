//! Further markets: each is a shop of its own below its path, with its goods, its money, its cart and
//! its checkout.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};
use souk_catalogue::{Catalogue, Selling};
use souk_domain::Currency;
use souk_pricing::{Amount, Area, MarketPrices, Percent, Price, TaxRate, Terms, Title};

use crate::checkout::hidden;
use crate::support::shop::Browser;
use crate::support::terms::{terms, with_terms};
use crate::support::world::{DAWN_MS, search_index};
use crate::support::{Shop, fixture, json as body, text};

/// The pot in an address.
const POT: &str = "%E8%8C%B6-%E5%A3%B6";
/// When plate 0 begins to cost more in Europe, in milliseconds since 1970.
const DEARER_MS: i64 = DAWN_MS + 600_000;

fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

/// The second market has euros, VAT in its prices, English alone and two countries.
fn with_europe() -> Terms {
    let mut terms = terms();
    let europe = &mut terms.markets[1];
    europe.currency = eur();
    europe.countries = vec!["DE".to_owned(), "FR".to_owned()];
    europe.languages = vec!["en".to_owned()];
    europe.title = Some(Title {
        own: "Europe".to_owned(),
        others: vec![("zh".to_owned(), "欧洲".to_owned())],
    });
    let rates = terms
        .methods
        .iter_mut()
        .flat_map(|method| &mut method.rates);
    rates.for_each(|rate| {
        rate.amount.0.push(Amount {
            currency: eur(),
            minor: 690,
        });
    });
    terms.rates.push(TaxRate {
        name: "VAT".to_owned(),
        percent: Percent::parse("19").expect("a percentage"),
        area: Area {
            countries: vec!["DE".to_owned(), "FR".to_owned()],
            ..Area::default()
        },
        ..TaxRate::default()
    });
    terms
}

/// What a variant costs in Europe: mugs 20.00; of the plates the even ones, 30.00 less the dollars, so
/// that what is cheap here is dear there; the pot is not sold.
fn in_europe(slug: &str, minor: i64) -> Option<Vec<Price>> {
    let price = |from_ms, minor| Price {
        from_ms,
        minor: Some(minor),
        ..Price::default()
    };
    if slug == fixture::MUG {
        return Some(vec![price(0, 2_000)]);
    }
    let number: usize = slug.strip_prefix("plate-")?.parse().ok()?;
    let now = price(0, 3_000 - minor);
    match number {
        0 => Some(vec![now, price(DEARER_MS, 9_900)]),
        _ => number.is_multiple_of(2).then(|| vec![now]),
    }
}

fn catalogue() -> Catalogue {
    let mut catalogue = with_terms(fixture::catalogue(), &with_europe());
    for product in &mut catalogue.products {
        for variant in &mut product.variants {
            let own = Price {
                from_ms: 0,
                minor: Some(variant.price_minor),
                compare_at_minor: variant.compare_at_minor,
                prior_minor: variant.prior_minor,
            };
            let prices = |market: &str, timeline| MarketPrices {
                market: market.to_owned(),
                timeline,
            };
            let mut all = vec![prices("us", vec![own])];
            let europe = in_europe(&product.slug, variant.price_minor);
            all.extend(europe.map(|timeline| prices("eu", timeline)));
            variant.selling = Some(Box::new(Selling {
                prices: all,
                ..Selling::default()
            }));
        }
    }
    catalogue.search = Some(search_index(&catalogue));
    catalogue
}

fn open() -> Shop {
    let shop = Shop::empty();
    let catalogue = catalogue();
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop
}

fn slugs(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items").iter();
    items
        .map(|item| item["slug"].as_str().expect("a slug"))
        .collect()
}

/// The values of an attribute.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let before = format!(" {name}=\"");
    let parts = page.split(&before).skip(1);
    parts.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_link_of_a_market_stays_in_it_but_those_that_lead_to_the_others() {
    let shop = open();
    let browser = shop.browser();
    browser.add(fixture::MUG, "MUG-RED-S", "1");
    for path in [
        "/eu/",
        "/eu/collections",
        "/eu/collections/plain?sort=price-asc",
        "/eu/products/mug",
        "/eu/search?q=plate",
        "/eu/cart",
        "/eu/checkout",
        "/eu/blog",
        "/eu/blog/mugs",
        "/eu/help",
    ] {
        let page = browser.get(path);
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let page = text(&page);
        // Here the shopper chooses another market.
        let (before, rest) = page.split_once("<nav class=\"markets\"").expect(path);
        let (chooser, after) = rest.split_once("</nav>").expect(path);
        let own = |link: &&str| link.starts_with('/') && !link.starts_with("/media/");
        let links = [before, after].map(|part| {
            let forms = attributes(part, "action").into_iter();
            forms.chain(attributes(part, "href")).collect::<Vec<_>>()
        });
        for link in links.concat().into_iter().filter(own) {
            let stays = link.starts_with("/eu/") || link.starts_with("/assets/");
            assert!(stays, "{path} leads to {link}");
        }
        assert!(chooser.contains("Europe · EUR"), "{chooser}");
        assert!(chooser.contains("us · USD"), "{chooser}");
        assert!(!page.contains("$"), "{path} shows dollars: {page}");
    }
    for path in ["/us/", "/eu/zh/", "/eu/us/", "/EU2/products/mug"] {
        let missing = shop.get(path).status();
        assert_eq!(missing, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn a_product_has_the_price_of_the_market_and_is_not_found_where_it_is_not_sold() {
    let shop = open();
    let page = shop.page("/eu/products/mug");
    assert!(page.contains("20.00\u{a0}EUR"), "{page}");
    assert!(
        page.contains("\"price\":\"20.00\",\"priceCurrency\":\"EUR\""),
        "{page}"
    );
    assert!(page.contains("rel=\"canonical\" href=\"http://shop.localhost/eu/products/mug\""));
    assert!(shop.page("/products/mug").contains("$12.99"));
    assert!(shop.page(&format!("/products/{POT}")).contains("$49.00"));
    let missing = shop.get(&format!("/eu/products/{POT}"));
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    // So the chooser of its page leads to the home page there, and search engines hear of no other page.
    let pot = shop.page(&format!("/products/{POT}"));
    assert!(attributes(&pot, "href").contains(&"/eu/"), "{pot}");
    assert!(!attributes(&pot, "hreflang").contains(&"en-DE"), "{pot}");
}

#[test]
fn search_engines_hear_which_page_is_for_which_country() {
    let shop = open();
    let named = |path: &str| {
        let page = shop.page(path);
        let head = page.split("</head>").next().expect("a head").to_owned();
        let links = head.split("<link rel=\"alternate\" hreflang=\"").skip(1);
        let links = links.map(|link| {
            let mut parts = link.split('"');
            let tag = parts.next().expect("a tag").to_owned();
            (tag, parts.nth(1).expect("an address").to_owned())
        });
        links.collect::<BTreeMap<_, _>>()
    };
    let here = named("/products/mug");
    let address = |path: &str| format!("http://shop.localhost{path}");
    for (tag, path) in [
        ("en", "/products/mug"),
        ("zh-Hans", "/zh/products/mug"),
        ("x-default", "/products/mug"),
        ("en-DE", "/eu/products/mug"),
        ("en-FR", "/eu/products/mug"),
    ] {
        assert_eq!(here.get(tag), Some(&address(path)), "{tag}: {here:?}");
    }
    assert_eq!(here.len(), 5, "{here:?}");
    assert_eq!(
        named("/eu/products/mug"),
        here,
        "the pages name one another"
    );
    // Amounts of a filter are no amounts of another market.
    let filtered = shop.page("/collections/plain?vendor=Souk&price.max=9");
    assert!(attributes(&filtered, "href").contains(&"/eu/collections/plain?vendor=Souk"));
}

#[test]
fn lists_are_sorted_filtered_and_counted_in_the_money_of_the_market() {
    let shop = open();
    let list = |query: &str| {
        body(&shop.get(&format!(
            "/api/v1/products?collection=plain&market=eu&limit=100{query}"
        )))
    };
    let all = list("");
    assert_eq!(slugs(&all).len(), 30, "the even plates, and no pot");
    let prices = |list: &Value| {
        let items = list["items"].as_array().expect("items").iter();
        let price = |item: &Value| {
            let price = &item["variants"][0]["price"];
            assert_eq!(price["currency"], "EUR");
            price["amount"].as_i64().expect("an amount")
        };
        items.map(price).collect::<Vec<_>>()
    };
    for (query, is_descending) in [("&sort=price-asc", false), ("&sort=price-desc", true)] {
        let sorted = prices(&list(query));
        assert_eq!(sorted.len(), 30);
        let mut expected = sorted.clone();
        expected.sort_unstable();
        if is_descending {
            expected.reverse();
        }
        assert_eq!(sorted, expected, "{query}");
    }
    // 500 to 1,300 cents here are 1,700 to 2,500 there.
    assert_eq!(prices(&list("&sort=price-asc&price.max=1700")), [1_700; 6]);
    assert_eq!(slugs(&list("&price.max=1699")), [""; 0]);
    let page = shop.page("/eu/collections/plain");
    assert!(page.contains("30 products"), "{page}");
    assert!(
        page.contains("placeholder=\"17.00\""),
        "the range of prices: {page}"
    );
    let narrowed = shop.page("/eu/collections/plain?price.min=25");
    assert!(narrowed.contains("25.00\u{a0}EUR") && !narrowed.contains("17.00\u{a0}EUR"));
    let pages = shop.page("/eu/collections/plain?sort=price-desc");
    let next = attributes(&pages, "href")
        .into_iter()
        .find(|link| link.contains("cursor="));
    let next = next.expect("a second page").replace("&amp;", "&");
    let second = shop.page(&next);
    assert!(second.contains("17.00\u{a0}EUR"), "{second}");
    let elsewhere = shop.get(&next.replace("/eu/", "/"));
    assert_eq!(
        elsewhere.status(),
        StatusCode::BAD_REQUEST,
        "places of another market"
    );
}

#[test]
fn a_search_finds_what_the_market_sells_by_its_prices() {
    let shop = open();
    let search = |query: &str| body(&shop.get(&format!("/api/v1/search?q=plate&{query}")));
    assert_eq!(search("market=eu")["total"], 30);
    assert_eq!(search("")["total"], 59);
    let cheapest = search("market=eu&sort=price-asc&limit=1");
    assert_eq!(
        cheapest["items"][0]["variants"][0]["price"]["amount"],
        1_700
    );
    assert_eq!(search("market=eu&price.max=1700")["total"], 6);
    assert_eq!(search("price.max=1700")["total"], 59);
    let pot = |market: &str| body(&shop.get(&format!("/api/v1/search?q=pot&market={market}")));
    assert_eq!(
        (&pot("us")["total"], &pot("eu")["total"]),
        (&json!(1), &json!(0))
    );
    let page = shop.page("/eu/search?q=plate&sort=price-desc");
    assert!(page.contains("25.00\u{a0}EUR"), "{page}");
}

#[test]
fn the_api_names_a_market_and_lists_them() {
    let shop = open();
    let markets = body(&shop.get("/api/v1/shop"))["markets"].clone();
    let expected = json!([
        {"id": "us", "path": "", "currency": "USD", "countries": ["US", "CN"], "languages": [],
            "tax": "added"},
        {"id": "eu", "path": "eu", "currency": "EUR", "countries": ["DE", "FR"],
            "languages": ["en"], "tax": "included"},
    ]);
    assert_eq!(markets, expected);
    for path in [
        "/api/v1/products/mug",
        "/api/v1/products",
        "/api/v1/search?q=mug",
        "/api/v1/suggest?q=mug",
        "/api/v1/recommendations?for=mug",
        "/api/v1/products/mug/recommendations",
    ] {
        let with = |market: &str| {
            let mark = if path.contains('?') { '&' } else { '?' };
            shop.get(&format!("{path}{mark}market={market}"))
        };
        let euros = text(&with("eu"));
        assert!(!euros.contains("USD"), "{path}: {euros}");
        assert!(!text(&with("us")).contains("EUR"), "{path}");
        let unknown = with("mars");
        assert_eq!(unknown.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(body(&unknown)["errors"][0]["pointer"], "?market");
    }
    let suggested = body(&shop.get("/api/v1/suggest?q=mug&market=eu"));
    assert_eq!(
        suggested["products"][0]["url"],
        "http://shop.localhost/eu/products/mug"
    );
    let pot = shop.get(&format!("/api/v1/products/{POT}?market=eu"));
    assert_eq!(pot.status(), StatusCode::NOT_FOUND);
    let language = shop.get("/api/v1/products/mug?market=eu&lang=zh");
    assert_eq!(body(&language)["errors"][0]["pointer"], "?lang");
}

#[test]
fn a_kept_page_ends_when_a_price_of_any_market_changes_and_markets_are_kept_apart() {
    let shop = open();
    shop.world.now_ms.set(DEARER_MS - 1);
    assert!(shop.page("/eu/products/plate-0").contains("25.00\u{a0}EUR"));
    assert!(shop.page("/products/plate-0").contains("$5.00"));
    for path in ["/eu/products/plate-0", "/products/plate-0"] {
        assert!(shop.cached_response(path).is_some(), "{path} was kept");
    }
    shop.world.now_ms.set(DEARER_MS);
    assert!(shop.cached_response("/eu/products/plate-0").is_none());
    assert!(shop.page("/eu/products/plate-0").contains("99.00\u{a0}EUR"));
    assert!(shop.page("/products/plate-0").contains("$5.00"));
}

/// What a browser sends to a checkout for the page it has.
fn submit(browser: &Browser<'_>, path: &str, page: &str) -> http::Response<bytes::Bytes> {
    let mut fields = hidden(page);
    for (name, value) in [
        ("name", "Erika Mustermann"),
        ("email", "erika@example.com"),
        ("country", "DE"),
        ("city", "Berlin"),
        ("postal_code", "10115"),
        ("line1", "Invalidenstraße 1"),
        ("delivery", "standard"),
        ("payment", "on_delivery"),
    ] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    browser.post(path, &fields)
}

#[test]
fn the_cart_and_the_checkout_are_those_of_the_market() {
    let shop = open();
    let browser = shop.browser();
    browser.add(fixture::MUG, "MUG-RED-S", "2");
    browser.add(fixture::POT, fixture::POT_SKU, "1");
    let cart = text(&browser.get("/eu/cart"));
    assert!(cart.contains("40.00\u{a0}EUR"), "{cart}");
    assert!(cart.contains("No longer sold"), "the pot: {cart}");
    assert!(
        text(&browser.get("/cart")).contains("$49.00"),
        "here it is sold"
    );
    let (_, line) = cart.split_once("No longer sold. Remove").expect("the line");
    let key = hidden(line);
    let fields = [("action", "remove"), ("line", key["line"].as_str())];
    let removed = browser.post("/eu/cart", &fields);
    assert_eq!(removed.headers()["location"], "/eu/cart");

    let page = text(&browser.get("/eu/checkout"));
    let countries = page.split("name=\"country\"").nth(1).expect("countries");
    let countries = countries.split("</select>").next().expect("an end");
    let codes: Vec<_> = attributes(countries, "value").into_iter().collect();
    assert!(
        !codes.contains(&"US") && codes.contains(&"DE") && codes.contains(&"FR"),
        "{codes:?}"
    );
    let parts = submit(&browser, "/eu/checkout/quote", &page);
    assert!(text(&parts).contains("46.90\u{a0}EUR"), "{}", text(&parts));

    // A form of another market is shown again, in the money of the market that it was sent to.
    let elsewhere = submit(&browser, "/checkout", &page);
    assert_eq!(elsewhere.status(), StatusCode::CONFLICT);
    assert_eq!(shop.world.orders(), 0);

    let placed = submit(&browser, "/eu/checkout", &page);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let location = placed.headers()["location"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert!(location.starts_with("/eu/orders/"), "{location}");
    let order = text(&browser.get(&location));
    assert!(order.contains("46.90\u{a0}EUR"), "{order}");
    assert!(order.contains("VAT 19"), "{order}");
    let api = location
        .replace("/eu/orders/", "/api/v1/orders/")
        .replace("&placed=1", "");
    let order = body(&shop.get(&api));
    assert_eq!(
        (&order["market"], &order["total"]["currency"]),
        (&json!("eu"), &json!("EUR"))
    );
    assert_eq!(order["total"]["amount"], 4_690);
}

#[test]
fn feeds_for_search_engines_name_the_pages_of_each_market() {
    let shop = open();
    let index = text(&shop.get("/sitemap.xml"));
    for file in [
        "products-0.xml",
        "products-1.xml",
        "products-0-eu.xml",
        "products-1-eu.xml",
    ] {
        assert!(index.contains(&format!("/sitemaps/{file}<")), "{index}");
    }
    let products = text(&shop.get("/sitemaps/products-1-eu.xml"));
    assert!(
        products.contains("<loc>http://shop.localhost/eu/products/mug</loc>"),
        "{products}"
    );
    assert!(
        !products.contains("/products/plate-1<") && !products.contains(POT),
        "{products}"
    );
    assert_eq!(products.matches("<loc>").count(), 31);
    assert!(!text(&shop.get("/sitemaps/products-1.xml")).contains("/eu/"));
    let content = text(&shop.get("/sitemaps/content-eu.xml"));
    assert!(content.contains("/eu/blog/mugs</loc>"), "{content}");
    assert_eq!(
        shop.get("/sitemaps/products-1-us.xml").status(),
        StatusCode::NOT_FOUND
    );
    let robots = text(&shop.get("/robots.txt"));
    for path in [
        "/cart",
        "/zh/cart",
        "/eu/cart",
        "/eu/checkout",
        "/eu/orders/",
    ] {
        assert!(robots.contains(&format!("Disallow: {path}\n")), "{robots}");
    }
}
