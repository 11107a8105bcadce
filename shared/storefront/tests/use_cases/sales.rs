//! Sales at the edge: what shoppers see of one, and orders of its items.

use http::StatusCode;
use serde_json::{Value, json};
use souk_catalogue::{Catalogue, FactsContext, Identity, Sale, SaleItem, Text};
use souk_pricing::{MarketPrices, Price};
use souk_protocol::origin::OfferDefinition;
use souk_room::Session;
use souk_storefront::{POINTER_TTL_MS, SIGNALS_TTL_MS};

use crate::quotes::cart;
use crate::support::shop::order_of;
use crate::support::terms::{terms, with_terms};
use crate::support::{Shop, fixture, json as body, text};

pub(crate) const SKU: &str = "MUG-RED-S";
pub(crate) const SOLD_AS: &str = "sale:drop:MUG-RED-S";
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// What a mug costs in the sale; 12.99 otherwise.
const PRICE: i64 = 990;

/// A sale of one mug for each buyer, which opens after an hour and lasts one.
fn drop(catalogue: &Catalogue, now_ms: i64) -> Sale {
    let mut products = catalogue.products.iter();
    let mug = products.find(|product| product.slug == "mug").expect("mug");
    let mut variants = mug.variants.iter();
    let place = variants
        .position(|one| one.sku == SKU)
        .expect("the red one");
    let languages = &["en", "zh"];
    let market = "us";
    let mut facts = mug.facts(&mug.variants[place], FactsContext { languages, market });
    facts.sku = SOLD_AS.to_owned();
    facts.prices = vec![MarketPrices {
        market: market.to_owned(),
        timeline: vec![Price {
            from_ms: 0,
            minor: Some(PRICE),
            compare_at_minor: Some(1_299),
            ..Price::default()
        }],
    }];
    Sale {
        id: "drop".to_owned(),
        title: Text::new("The drop"),
        sessions: vec![Session {
            number: 7,
            gathers_at_ms: now_ms + HOUR_MS / 2,
            opens_at_ms: now_ms + HOUR_MS,
            closes_at_ms: now_ms + 2 * HOUR_MS,
        }],
        identity: Identity::Email,
        buy_within_ms: 300_000,
        pay_within_ms: 600_000,
        overbook_permille: 1_000,
        items: vec![SaleItem {
            product: mug.card(),
            variant: u16::try_from(place).expect("few variants"),
            merchant_sku: SKU.to_owned(),
            sku: SOLD_AS.to_owned(),
            units: 2,
            limit: 1,
            facts,
        }],
        room: false,
    }
}

/// A shop with the sale, and so many units of it.
fn shop_with(units: i64) -> Shop {
    shop_selling(units, |sale| vec![sale])
}

/// A shop with sales that are made of that one, and so many units of each item.
pub(crate) fn shop_selling(units: i64, sales: impl FnOnce(Sale) -> Vec<Sale>) -> Shop {
    let shop = Shop::empty();
    let mut catalogue = with_terms(fixture::catalogue(), &terms());
    catalogue.sales = sales(drop(&catalogue, shop.world.now_ms.get()));
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    let items =
        (catalogue.sales.iter()).flat_map(|sale| sale.items.iter().map(move |item| (sale, item)));
    let offer = |(sale, item): (&Sale, &SaleItem)| OfferDefinition {
        sku: item.sku.clone(),
        title: "Mug".to_owned(),
        slug: "mug".to_owned(),
        unit_price: PRICE,
        backorder: false,
        initial_units: units,
        facts: vec![sale.facts_in(item, &sale.sessions[0]).stamp().to_string()],
        prices: Vec::new(),
    };
    shop.world.define(items.map(offer).collect());
    shop
}

/// Lets so much time pass, and the instance hear of what is sold out.
fn pass(shop: &Shop, ms: i64) {
    shop.world.pass_ms(ms + SIGNALS_TTL_MS.max(POINTER_TTL_MS));
}

/// The cart of one mug of the sale.
fn one() -> Value {
    cart_of(SOLD_AS)
}

fn cart_of(sku: &str) -> Value {
    let mut one = cart();
    one["lines"] = json!([{"sku": sku, "quantity": 1}]);
    one["codes"] = json!([]);
    one
}

/// An order of a mug of the sale by a buyer, by the quote of now.
fn buy(shop: &Shop, key: &str, email: &str) -> http::Response<bytes::Bytes> {
    shop.order(key, &quoted_order(shop, SOLD_AS, email))
}

/// An order of one unit by a buyer, by the quote of now.
pub(crate) fn quoted_order(shop: &Shop, sku: &str, email: &str) -> Value {
    let quote = body(&shop.quote(&cart_of(sku)));
    let mut order = order_of(sku, 1);
    order["customer"]["email"] = json!(email);
    order["shipping_address"] = json!({"country": "US", "region": "NY", "city": "Albany",
        "postal_code": "12207-1234", "line1": "1 Main Street"});
    order["market"] = json!("us");
    order["quote"] = quote["quote"].clone();
    order
}

pub(crate) fn problem(response: &http::Response<bytes::Bytes>) -> String {
    body(response)["type"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn state(shop: &Shop) -> Value {
    body(&shop.api("/api/v1/sales/drop"))["state"].clone()
}

#[test]
fn a_sale_goes_from_its_announcement_to_its_end_by_the_clock() {
    let shop = shop_with(2);
    let page = shop.page("/sales/drop");
    assert!(page.contains("Opens on") && page.contains("$9.90") && page.contains("$12.99"));
    assert!(!page.contains("name=\"sku\""), "nothing can be bought yet");
    assert_eq!(state(&shop), "announced");
    assert_eq!(
        problem(&buy(&shop, "early", "li@example.com")),
        "/problems/not-open"
    );
    pass(&shop, HOUR_MS / 2);
    assert_eq!(state(&shop), "gathering");
    pass(&shop, HOUR_MS / 2);
    let sale = body(&shop.api("/api/v1/sales/drop"));
    assert_eq!(sale["state"], "open");
    let item = json!({"sku": SKU, "sold_as": SOLD_AS, "slug": "mug", "title": "Stoneware mug",
        "price": {"amount": PRICE, "currency": "USD"},
        "compare_at_price": {"amount": 1_299, "currency": "USD"}, "limit": 1, "left": "plenty"});
    assert_eq!(sale["items"], json!([item]));
    let page = shop.page("/sales/drop");
    assert!(
        page.contains("On sale until") && page.contains(SOLD_AS),
        "{page}"
    );
    pass(&shop, HOUR_MS);
    assert_eq!(state(&shop), "over");
    assert!(shop.page("/sales/drop").contains("This sale is over"));
    assert_eq!(
        problem(&buy(&shop, "late", "li@example.com")),
        "/problems/sale-over"
    );
    assert_eq!(shop.get("/sales/none").status(), StatusCode::NOT_FOUND);
    assert_eq!(
        shop.api("/api/v1/sales/none").status(),
        StatusCode::NOT_FOUND
    );
}

#[test]
fn the_page_changes_at_the_opening_however_recently_it_was_made() {
    let shop = shop_with(2);
    shop.world.pass_ms(HOUR_MS - 2_000);
    let answer = shop.get("/sales/drop");
    let policy = answer.headers()["cache-control"].to_str().expect("ASCII");
    assert_eq!(policy, "public, max-age=2", "no cache passes the opening");
    assert!(text(&answer).contains("Opens on"));
    shop.world.pass_ms(2_000);
    assert!(shop.cached_response("/sales/drop").is_none());
    assert!(shop.page("/sales/drop").contains("On sale until"));
}

#[test]
fn a_buyer_gets_as_many_units_as_the_sale_says_and_the_price_is_charged() {
    let shop = shop_with(2);
    pass(&shop, HOUR_MS);
    let quote = body(&shop.quote(&one()));
    assert_eq!(quote["lines"][0]["unit_price"], PRICE);
    let placed = buy(&shop, "first", "li@example.com");
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert_eq!(body(&placed)["total"]["amount"], quote["total"]);
    let again = buy(&shop, "second", "Li+again@example.com");
    assert_eq!(
        problem(&again),
        "/problems/limit-exceeded",
        "{}",
        text(&again)
    );
    assert_eq!(body(&again)["limit"], "sale_units_per_buyer");
    assert_eq!(
        buy(&shop, "other", "han@example.com").status(),
        StatusCode::CREATED
    );
    assert_eq!(
        problem(&buy(&shop, "third", "wei@example.com")),
        "/problems/sold-out"
    );
    shop.world.pass_ms(SIGNALS_TTL_MS);
    assert_eq!(state(&shop), "sold_out");
    assert!(shop.page("/sales/drop").contains("Everything is sold"));
    // The shop goes on selling what it has besides.
    let plain = shop.order("plain", &order_of(SKU, 1));
    assert_eq!(plain.status(), StatusCode::CREATED, "{}", text(&plain));
}

#[test]
fn the_cart_has_the_price_of_the_sale_while_it_is_on() {
    let shop = shop_with(2);
    pass(&shop, HOUR_MS);
    let browser = shop.browser();
    browser.add("mug", SOLD_AS, "1");
    browser.add("mug", SKU, "1");
    let page = text(&browser.get("/cart"));
    assert!(page.contains("$9.90") && page.contains("$12.99"), "{page}");
    assert!(text(&browser.get("/checkout")).contains("$9.90"));
}
