//! Filters of `GET /api/v1/products`: exact, in order, page by page, whatever is published.

use http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;
use souk_catalogue::{Catalogue, ListingOrder, Product};

use crate::support::{Shop, fixture, json};

/// What a client asks for.
#[derive(Debug, Clone, Default)]
struct Wish {
    vendors: Vec<usize>,
    colours: Vec<&'static str>,
    tags: Vec<usize>,
    price: (Option<i64>, Option<i64>),
}

impl Wish {
    fn query(&self) -> String {
        let vendors = self.vendors.iter().map(|n| format!("vendor=Maker+{n}&"));
        let colours = self.colours.iter().map(|c| format!("option.Colour={c}&"));
        let tags = self.tags.iter().map(|n| format!("tag=rare-{n}&"));
        let min = self.price.0.map(|minor| format!("price.min={minor}&"));
        let max = self.price.1.map(|minor| format!("price.max={minor}&"));
        let all = vendors.chain(colours).chain(tags).chain(min).chain(max);
        all.collect()
    }

    /// By looking at the product alone.
    fn wants(&self, product: &Product) -> bool {
        let one_of =
            |empty: bool, mut any: Box<dyn Iterator<Item = bool> + '_>| empty || any.any(|has| has);
        let vendor = |n: &usize| product.vendor == format!("Maker {n}");
        let tag = |n: &usize| product.tags.contains(&format!("rare-{n}"));
        let colour = |c: &&str| {
            let mut variants = product.variants.iter();
            variants.any(|variant| variant.option_values[0].base == **c)
        };
        let price = product.price_range_minor().0;
        one_of(
            self.vendors.is_empty(),
            Box::new(self.vendors.iter().map(vendor)),
        ) && one_of(
            self.colours.is_empty(),
            Box::new(self.colours.iter().map(colour)),
        ) && one_of(self.tags.is_empty(), Box::new(self.tags.iter().map(tag)))
            && self.price.0.is_none_or(|min| price >= min)
            && self.price.1.is_none_or(|max| price <= max)
    }

    /// The slugs that it is answered with, in order.
    fn expected(&self, catalogue: &Catalogue, order: ListingOrder) -> Vec<String> {
        let products = catalogue.products.iter();
        let mut found: Vec<_> = products.filter(|product| self.wants(product)).collect();
        let price = |product: &Product| (product.price_range_minor().0, product.slug.clone());
        match order {
            ListingOrder::Featured => {}
            ListingOrder::PriceAscending => found.sort_by_key(|product| price(product)),
            ListingOrder::PriceDescending => {
                found.sort_by_key(|product| std::cmp::Reverse(price(product)));
            }
            ListingOrder::Title => {
                found.sort_by_key(|p| (p.title.base.to_lowercase(), p.slug.clone()));
            }
        }
        found.iter().map(|product| product.slug.clone()).collect()
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    let colour = prop::sample::select(&["Red", "Blue", "Green", "Violet"][..]);
    let bound = || prop::option::of((0..50_i64).prop_map(|n| n * 100));
    let numbers = |most: usize| prop::collection::vec(0..most, 0..4);
    (
        numbers(16),
        prop::collection::vec(colour, 0..3),
        numbers(8),
        bound(),
        bound(),
    )
        .prop_map(|(vendors, colours, tags, min, max)| Wish {
            vendors,
            colours,
            tags,
            price: (min, max.map(|max| max.max(min.unwrap_or(0)))),
        })
}

fn wide(products: usize) -> (Shop, Catalogue) {
    let shop = Shop::empty();
    let catalogue = fixture::wide_catalogue(products);
    shop.world.publish(&catalogue);
    (shop, catalogue)
}

/// Every page from the first to the last; `between` runs after each.
fn walk(shop: &Shop, query: &str, between: impl Fn(usize)) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        assert!(page < 300, "{query}: no end");
        let response = shop.api(&format!("/api/v1/products?{query}&cursor={cursor}"));
        let body = json(&response);
        assert_eq!(response.status(), StatusCode::OK, "{query}: {body}");
        let items = body["items"].as_array().expect("items");
        let slugs = items
            .iter()
            .map(|item| item["slug"].as_str().expect("a slug"));
        all.extend(slugs.map(str::to_owned));
        between(page);
        match body["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
        assert!(!items.is_empty(), "{query}: an empty page with a next one");
    }
    all
}

#[test]
fn every_page_of_every_filter_is_what_looking_at_every_product_gives() {
    let (shop, catalogue) = wide(300);
    let wishes = prop::collection::vec(wish(), 1..4);
    let config = ProptestConfig::with_cases(48);
    proptest!(config, |(wishes in wishes, limit in 1..70_u32)| {
        for wish in &wishes {
            for order in ListingOrder::ALL {
                let query = format!("{}sort={}&limit={limit}", wish.query(), order.name());
                let expected = wish.expected(&catalogue, order);
                prop_assert_eq!(walk(&shop, &query, |_| {}), expected, "{}", query);
            }
        }
    });
}

#[test]
fn pages_are_exact_across_many_blocks() {
    let (shop, catalogue) = wide(9_000);
    let wish = Wish {
        vendors: vec![3, 4],
        colours: vec!["Blue"],
        ..Wish::default()
    };
    for order in ListingOrder::ALL {
        let query = format!("{}sort={}&limit=100", wish.query(), order.name());
        let found = walk(&shop, &query, |_| {});
        assert_eq!(found, wish.expected(&catalogue, order), "{query}");
        assert!(found.len() > 400, "several pages");
    }
}

#[test]
fn a_republish_between_two_pages_neither_repeats_nor_loses_a_product() {
    for order in ListingOrder::ALL {
        let (shop, catalogue) = wide(300);
        let wish = Wish {
            colours: vec!["Blue", "Red"],
            price: (Some(700), Some(3_000)),
            ..Wish::default()
        };
        let query = format!("{}sort={}&limit=11", wish.query(), order.name());
        let found = walk(&shop, &query, |page| {
            if page % 3 == 1 {
                let mut next = fixture::wide_catalogue(300 - 10 * page);
                for product in &mut next.products {
                    product.variants.reverse();
                    product.variants[0].price_minor += 900;
                    product.title.base.insert_str(0, "New ");
                }
                next.products.reverse();
                shop.world.publish(&next);
                shop.world.pass_ms(60_000);
            }
        });
        assert_eq!(found, wish.expected(&catalogue, order), "{query}");
        assert!(found.len() > 3 * 11, "several publishes");
    }
}

#[test]
fn a_filtered_page_reads_as_much_of_a_large_catalogue_as_of_a_small_one() {
    let reads = |products: usize| {
        let (shop, _) = wide(products);
        let page = shop.api("/api/v1/products?vendor=Maker+3&option.Colour=Blue&limit=2");
        assert_eq!(page.status(), StatusCode::OK);
        shop.world.reads("blob/")
    };
    // Manifest, collections, shop, facets (is there such an option?), index, the first of the
    // blocks, and the chunk of both cards.
    assert_eq!((reads(500), reads(15_000)), (7, 7));
}

#[test]
fn equal_filters_share_one_answer() {
    let shop = Shop::open();
    let etag = |query: &str| {
        let response = shop.api(&format!("/api/v1/products?{query}"));
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        response.headers()["etag"].clone()
    };
    let misses = || {
        let metrics = shop.page("/metrics");
        let line = metrics
            .lines()
            .find(|line| line.starts_with("souk_response_cache_misses_total "));
        line.expect("the counter").to_owned()
    };
    let first = etag("vendor=Souk&type=Plate&price.max=900&limit=5");
    let made = misses();
    for same in [
        "limit=5&price.max=0900&type=Plate&vendor=Souk&vendor=Souk",
        "vendor=Souk&tag=&type=Plate&price.max=900&price.min=&limit=5&option.Colour=",
    ] {
        assert_eq!(etag(same), first, "{same}");
    }
    assert_eq!(misses(), made, "the same answer was made again");
}

#[test]
fn values_and_names_may_hold_anything() {
    let shop = Shop::open();
    let slugs = |query: &str| walk(&shop, query, |_| {});
    assert_eq!(slugs("vendor=Kiln+%26+Sons"), ["mug", "茶-壶"]);
    assert_eq!(
        slugs("vendor=Kiln+%26+Sons&option.Colour=Blue&lang=zh"),
        ["mug"]
    );
    assert_eq!(
        slugs("vendor=kiln"),
        [] as [&str; 0],
        "values are compared whole"
    );
    assert_eq!(
        slugs("collection=tea&tag=gift&price.min=1299&price.max=1299"),
        ["mug"]
    );
    assert_eq!(
        slugs("collection=tea&price.min=1300"),
        ["茶-壶"],
        "the lowest price counts"
    );
    let plates = slugs("type=Plate&limit=7");
    assert_eq!(plates.len(), fixture::PRODUCTS - 2);
}

fn next(shop: &Shop, query: &str) -> String {
    let page = json(&shop.api(&format!("/api/v1/products?{query}")));
    page["next"].as_str().expect("a second page").to_owned()
}

#[test]
fn a_cursor_belongs_to_its_filters() {
    let shop = Shop::open();
    let cursor = next(&shop, "vendor=Souk&limit=5");
    let plain = next(&shop, "limit=5");
    let other = |query: String| {
        let response = shop.api(&format!("/api/v1/products?{query}"));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem = json(&response);
        assert_eq!(problem["type"], "/problems/invalid-request", "{query}");
        assert_eq!(problem["errors"][0]["pointer"], "?cursor", "{query}");
    };
    other(format!("limit=5&cursor={cursor}"));
    other(format!("limit=5&vendor=Souk&type=Plate&cursor={cursor}"));
    other(format!("limit=5&vendor=Souk&price.max=900&cursor={cursor}"));
    other(format!(
        "limit=5&vendor=Souk&collection=plain&cursor={cursor}"
    ));
    other(format!("limit=5&vendor=Souk&cursor={plain}"));
    let same = format!("/api/v1/products?cursor={cursor}&vendor=Souk&limit=9");
    assert_eq!(
        shop.api(&same).status(),
        StatusCode::OK,
        "another limit is fine"
    );
    let page = shop.get(&format!("/collections/all?cursor={cursor}"));
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn filters_that_make_no_sense_are_named() {
    let shop = Shop::open();
    let many: Vec<_> = (0..51).map(|n| format!("tag={n}")).collect();
    let cases = [
        ("price.min=12.50", "?price.min"),
        ("price.min=-1", "?price.min"),
        ("price.max=cheap", "?price.max"),
        ("price.min=1&price.min=2", "?price.min"),
        ("price.min=900&price.max=800", "?price.max"),
        ("price.from=900", "?price.from"),
        ("option=Blue", "?option"),
        ("option.=Blue", "?option."),
        ("option.Material=Clay", "?option.Material"),
        ("collection=plain&option.Colour=Blue", "?option.Colour"),
        ("price.below=5", "?price.below"),
        (&format!("vendor={}", "v".repeat(256)), "?vendor"),
        (&many.join("&"), "?tag"),
    ];
    for (query, pointer) in cases {
        let response = shop.api(&format!("/api/v1/products?{query}"));
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem: Value = json(&response);
        assert_eq!(problem["type"], "/problems/invalid-request", "{query}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
}
