//! What machines read: sitemaps, robots, structured data, canonical addresses.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::{Shop, fixture, json};

/// The texts of all `loc` elements, and the `href`s of all alternates.
fn sitemap(xml: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut locations, mut alternates, mut inside) = (Vec::new(), Vec::new(), false);
    let mut location = String::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) => inside = tag.name().as_ref() == b"loc",
            Event::Text(part) if inside => location.push_str(&part.decode().expect("UTF-8")),
            Event::End(tag) if tag.name().as_ref() == b"loc" => {
                locations.push(std::mem::take(&mut location));
                inside = false;
            }
            Event::Empty(tag) => {
                let href = tag.attributes().map(|a| a.expect("an attribute"));
                let href = href.filter(|a| a.key.as_ref() == b"href");
                alternates.extend(href.map(|a| String::from_utf8_lossy(&a.value).into_owned()));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    (locations, alternates)
}

/// The date behind each address of a sitemap; empty where there is none.
fn dates(xml: &str) -> BTreeMap<String, String> {
    let part = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    };
    xml.split("<loc>")
        .skip(1)
        .map(|entry| {
            let (address, rest) = entry.split_once("</loc>").expect("an end");
            let date = part(rest, "lastmod").unwrap_or_default();
            (address.to_owned(), date)
        })
        .collect()
}

#[test]
fn the_sitemap_says_when_a_product_last_changed() {
    let shop = Shop::empty();
    let mut first = fixture::catalogue();
    souk_catalogue::date(&mut first, &BTreeMap::new(), 1_790_000_000_000);
    let published = first.products.iter().cloned();
    let published = published.map(|p| (p.slug.clone(), p)).collect();
    let mut second = fixture::catalogue();
    second.products[0].vendor.push('!');
    souk_catalogue::date(&mut second, &published, 1_790_100_000_000);
    let version = shop.world.publish(&first);
    shop.world.publish(&second);
    let (then, now) = ("2026-09-21T14:13:20Z", "2026-09-22T18:00:00Z");
    let of_products = |shop: &Shop| dates(&shop.page("/sitemaps/products-1.xml"));
    let shown = of_products(&shop);
    for (address, date) in &shown {
        let changed = address.ends_with("/products/mug");
        assert_eq!(date, if changed { now } else { then }, "{address}");
    }
    let index = dates(&shop.page("/sitemap.xml"));
    assert_eq!(index["http://shop.localhost/sitemaps/products-1.xml"], now);
    assert_eq!(index["http://shop.localhost/sitemaps/products-0.xml"], "");
    // A rollback brings back the dates of the version.
    shop.world.activate(version);
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    assert!(of_products(&shop).values().all(|date| date == then));
}

fn path(address: &str) -> &str {
    address
        .strip_prefix("http://shop.localhost")
        .expect("an address of this shop")
}

fn all_addresses(shop: &Shop) -> Vec<String> {
    let (files, _) = sitemap(&shop.page("/sitemap.xml"));
    files
        .iter()
        .flat_map(|file| sitemap(&shop.page(path(file))).0)
        .collect()
}

#[test]
fn the_sitemap_lists_every_page_once_in_each_language() {
    let shop = Shop::open();
    let addresses = all_addresses(&shop);
    let unique: BTreeSet<_> = addresses.iter().collect();
    assert_eq!(unique.len(), addresses.len(), "an address is listed twice");
    for prefix in [
        "http://shop.localhost/products/",
        "http://shop.localhost/zh/products/",
    ] {
        let products = addresses
            .iter()
            .filter(|address| address.starts_with(prefix));
        assert_eq!(products.count(), fixture::PRODUCTS, "{prefix}");
    }
    for address in &addresses {
        assert_eq!(
            shop.get(path(address)).status(),
            StatusCode::OK,
            "{address}"
        );
    }
    let (_, alternates) = sitemap(&shop.page("/sitemaps/products-1.xml"));
    assert!(
        alternates.iter().all(|other| unique.contains(other)),
        "an alternate leads nowhere"
    );
    assert_eq!(
        shop.get("/sitemaps/products-2.xml").status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        shop.get("/sitemaps/products-4294967295.xml").status(),
        StatusCode::NOT_FOUND
    );
}

#[test]
fn every_listed_page_is_its_own_canonical_address_and_no_other_is() {
    let shop = Shop::open();
    let canonical = |path: &str| {
        let page = shop.page(path);
        let found: Vec<_> = page
            .split("<link rel=\"canonical\" href=\"")
            .skip(1)
            .collect();
        assert!(found.len() <= 1, "{path}: two canonical addresses");
        found
            .first()
            .and_then(|rest| rest.split('"').next())
            .map(str::to_owned)
    };
    let mut pages = BTreeMap::new();
    for address in all_addresses(&shop) {
        let canonical = canonical(path(&address)).unwrap_or_else(|| panic!("{address}: none"));
        let listed = address.trim_end_matches('/').to_owned();
        assert_eq!(canonical.trim_end_matches('/'), listed);
        assert_eq!(pages.insert(canonical, address.clone()), None, "{address}");
    }
    for path in [
        "/products/mug?variant=MUG-BLUE-L",
        "/products/mug?utm_source=x",
    ] {
        assert_eq!(
            canonical(path).as_deref(),
            Some("http://shop.localhost/products/mug")
        );
    }
    assert_eq!(
        canonical("/collections/all?sort=title"),
        None,
        "another order is not indexed"
    );
}

#[test]
fn robots_txt_names_what_robots_must_not_read() {
    let shop = Shop::open();
    let robots = shop.page("/robots.txt");
    for line in [
        "User-agent: *",
        "Disallow: /cart",
        "Disallow: /zh/cart",
        "Disallow: /checkout",
        "Disallow: /orders/",
        "Sitemap: http://shop.localhost/sitemap.xml",
    ] {
        assert!(robots.lines().any(|found| found == line), "{line}");
    }
    assert!(shop.page("/cart").contains("noindex"));
}

fn json_ld(page: &str) -> Vec<Value> {
    page.split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| rest.split("</script>").next().expect("an end"))
        .map(|text| serde_json::from_str(text).expect("JSON-LD is JSON"))
        .collect()
}

/// SKU → price in minor units, currency, whether it is in stock.
type Offers = BTreeMap<String, (i64, String, bool)>;

fn offers_of(node: &Value, into: &mut Offers) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| offers_of(node, into)),
        Value::Object(members) => {
            if let (Some(sku), Some(offer)) = (node["sku"].as_str(), members.get("offers")) {
                let price = offer["price"].as_str().expect("a decimal string");
                let (whole, cents) = price.split_once('.').expect("cents");
                assert_eq!(cents.len(), 2, "{price}");
                let amount = format!("{whole}{cents}").parse().expect("digits");
                let currency = offer["priceCurrency"]
                    .as_str()
                    .expect("a currency")
                    .to_owned();
                let in_stock = offer["availability"] == "https://schema.org/InStock";
                into.insert(sku.to_owned(), (amount, currency, in_stock));
            }
            members.values().for_each(|node| offers_of(node, into));
        }
        _ => {}
    }
}

#[test]
fn structured_data_agrees_with_the_api() {
    let shop = Shop::open();
    shop.order("k", &crate::support::shop::order_of("MUG-RED-L", 10));
    for slug in ["mug", "%E8%8C%B6-%E5%A3%B6", "plate-3"] {
        for language in ["", "/zh"] {
            let mut shown = Offers::new();
            for node in json_ld(&shop.page(&format!("{language}/products/{slug}"))) {
                offers_of(&node, &mut shown);
            }
            let product = json(&shop.api(&format!("/api/v1/products/{slug}")));
            let variants = product["variants"].as_array().expect("variants");
            let of_api: Offers = variants
                .iter()
                .map(|variant| {
                    let price = &variant["price"];
                    let amount = price["amount"].as_i64().expect("a whole number");
                    let currency = price["currency"].as_str().expect("a code").to_owned();
                    let available = variant["available"] == true;
                    (
                        variant["sku"].as_str().expect("a SKU").to_owned(),
                        (amount, currency, available),
                    )
                })
                .collect();
            assert_eq!(shown, of_api, "{language} {slug}");
        }
    }
    let breadcrumbs = json_ld(&shop.page("/products/mug"));
    assert!(
        breadcrumbs
            .iter()
            .any(|node| node["@type"] == "BreadcrumbList")
    );
}

/// The pairs of `hreflang` and address in what links its languages.
fn alternates(text: &str) -> BTreeSet<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    text.split("rel=\"alternate\"")
        .skip(1)
        .filter_map(|rest| {
            let tag = rest.split('>').next()?;
            Some((attribute(tag, "hreflang")?, attribute(tag, "href")?))
        })
        .collect()
}

#[test]
fn a_sitemap_names_the_alternates_of_the_page() {
    let shop = Shop::open();
    for file in ["/sitemaps/products-0.xml", "/sitemaps/products-1.xml"] {
        let xml = shop.page(file);
        let entries: Vec<_> = xml.split("<loc>").skip(1).collect();
        assert!(entries.len() > 6, "{file}");
        for entry in entries {
            let (address, rest) = entry.split_once("</loc>").expect("an end");
            let path = address.strip_prefix("http://shop.localhost");
            let path = path.expect("an address of the shop");
            let page = shop.page(if path.is_empty() { "/" } else { path });
            let head = page.split("</head>").next().expect("a head");
            let of_page = alternates(head);
            assert_eq!(alternates(rest), of_page, "{address}");
            let tags: Vec<_> = of_page.iter().map(|(tag, _)| tag.as_str()).collect();
            assert_eq!(tags, ["en", "x-default", "zh-Hans"], "{address}");
        }
    }
}
