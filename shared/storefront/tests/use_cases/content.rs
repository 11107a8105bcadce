//! Pages, the blog, the help pages: what they show is of one version.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::content::WITHDRAWN;
use crate::support::{Shop, fixture, json, request, text};

/// The texts of a span of class `price`, and the amounts in JSON of a product's variants.
fn prices(html: &str) -> Vec<&str> {
    html.split("<span class=\"price\">")
        .skip(1)
        .map(|rest| rest.split("</span>").next().unwrap_or_default())
        .collect()
}

/// The price that a product's page shows.
fn shown_price(html: &str) -> &str {
    let (_, rest) = html
        .split_once("<p class=\"price large\">")
        .expect("a price");
    rest.split("</p>").next().unwrap_or_default()
}

fn publish_next(shop: &Shop) {
    shop.world.publish(&fixture::next_catalogue());
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
}

#[test]
fn an_embedded_price_is_that_of_the_products_page_and_goes_with_the_version() {
    let shop = Shop::open();
    let before = shop.page("/blog/mugs");
    let pot = shop.page("/products/%E8%8C%B6-%E5%A3%B6");
    assert_eq!(prices(&before)[0], "$49.00");
    assert_eq!(shown_price(&pot), prices(&before)[0]);
    // Both show the cheapest variant; the guide says that there are dearer ones.
    let mug = shop.page("/products/mug");
    assert_eq!(prices(&before)[1], "from $12.99");
    assert!(
        shown_price(&mug).contains("$12.99"),
        "{}",
        shown_price(&mug)
    );
    let rolled_back_to = shop.get("/blog/mugs").headers()["souk-catalogue-version"].clone();
    publish_next(&shop);
    let after = shop.page("/blog/mugs");
    assert_eq!(prices(&after)[0], "$50.00");
    assert_eq!(prices(&after)[1], "from $13.99");
    let number = rolled_back_to.to_str().unwrap().parse().unwrap();
    shop.world.activate(number);
    shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    assert_eq!(prices(&shop.page("/blog/mugs")), prices(&before));
}

#[test]
fn a_product_that_is_sold_out_is_sold_out_in_a_text_too() {
    let shop = Shop::empty();
    let catalogue = fixture::catalogue();
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 0);
    shop.world.pass_ms(souk_storefront::SIGNALS_TTL_MS);
    let page = shop.page("/blog/mugs");
    assert!(prices(&page)[0].contains("Sold out"), "{:?}", prices(&page));
    let document = json(&shop.api("/api/v1/content/blog/mugs"));
    assert_eq!(document["products"][0]["variants"][0]["available"], false);
}

#[test]
fn the_embed_of_a_product_that_is_gone_leaves_nothing_behind() {
    let shop = Shop::open();
    assert!(shop.page("/blog/mugs").contains(WITHDRAWN));
    publish_next(&shop);
    let page = shop.page("/blog/mugs");
    assert!(!page.contains(WITHDRAWN), "{page}");
    assert!(
        page.contains("And a plate: </p>") && page.contains("<p> for .</p>"),
        "{page}"
    );
    assert_eq!(
        shop.get("/products/plate-58").status(),
        StatusCode::NOT_FOUND
    );
}

#[test]
fn a_document_is_shown_in_its_languages_and_else_in_the_shops_own() {
    let shop = Shop::open();
    let about = shop.page("/zh/pages/about");
    assert!(about.contains("<h1>关于我们</h1>"), "{about}");
    assert!(about.contains("<a href=\"/zh/products/mug\">杯子</a>"));
    // Its summary is not translated.
    assert!(about.contains("<p lang=\"en\">Who we are.</p>"), "{about}");
    let english = shop.page("/pages/about");
    for page in [&about, &english] {
        for language in ["en", "zh-Hans", "x-default"] {
            let link = format!("rel=\"alternate\" hreflang=\"{language}\"");
            assert!(page.contains(&link), "{language}");
        }
    }
    let fallback = shop.page("/zh/pages/imprint");
    assert!(fallback.contains("<article lang=\"en\">"), "{fallback}");
    let original = "<link rel=\"canonical\" href=\"http://shop.localhost/pages/imprint\">";
    assert!(fallback.contains(original), "{fallback}");
    assert!(!fallback.contains("rel=\"alternate\" hreflang=\"zh-Hans\""));
    let json = json(&shop.api("/api/v1/content/page/imprint?lang=zh"));
    assert_eq!(json["language"], "en");
}

#[test]
fn lists_have_their_documents_in_order() {
    let shop = Shop::open();
    let place = |page: &str, title: &str| {
        let found = page.find(title);
        found.unwrap_or_else(|| panic!("{title}: {page}"))
    };
    let blog = shop.page("/blog");
    assert!(place(&blog, "/blog/mugs") < place(&blog, "/blog/older"));
    assert!(blog.contains("type=\"application/atom+xml\""));
    let help = shop.page("/help");
    assert!(place(&help, "How long") < place(&help, "Care"));
    assert!(!help.contains("application/atom+xml"));
    let zh = shop.page("/zh/blog");
    assert!(zh.contains("<a href=\"/zh/blog/mugs\">杯与壶</a>"), "{zh}");
    assert!(
        zh.contains("<a href=\"/zh/blog/older\" lang=\"en\">Older news</a>"),
        "{zh}"
    );
}

#[test]
fn what_does_not_exist_is_not_found() {
    let shop = Shop::open();
    for path in [
        "/pages/none",
        "/pages/mugs",
        "/pages",
        "/blog/none",
        "/help/none",
        "/zh/help/none",
        "/api/v1/content/blog/none",
        "/api/v1/content/news",
        "/sitemaps/content-1.xml",
    ] {
        assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(shop.get("/blog/").headers()[header::LOCATION], "/blog");
    assert_eq!(
        shop.get("/blog/mugs/").headers()[header::LOCATION],
        "/blog/mugs"
    );
    let without = Shop::empty();
    let mut catalogue = fixture::catalogue();
    catalogue.shop = None;
    without.world.publish(&catalogue);
    for path in ["/blog", "/help", "/blog/feed.xml", "/sitemaps/content.xml"] {
        assert_eq!(without.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
    let none = json(&without.api("/api/v1/content/blog"));
    assert_eq!(none["items"], Value::Array(Vec::new()));
}

#[test]
fn a_client_that_has_the_document_is_told_so() {
    let shop = Shop::open();
    for path in [
        "/blog/mugs",
        "/blog",
        "/blog/feed.xml",
        "/zh/pages/about",
        "/api/v1/content/blog/mugs",
        "/api/v1/content/help",
    ] {
        let first = shop.get(path);
        assert_eq!(first.status(), StatusCode::OK, "{path}");
        let etag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = shop.send(request("GET", path, &[("if-none-match", &etag)], ""));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        // From memory; that the two are equal is checked in every test.
        assert!(shop.cached_response(path).is_some(), "{path}");
        publish_next(&shop);
        let changed = path.contains("mugs");
        let next = shop.send(request("GET", path, &[("if-none-match", &etag)], ""));
        assert_eq!(next.status() == StatusCode::OK, changed, "{path}");
        shop.world.publish(&fixture::catalogue());
        shop.world.pass_ms(souk_storefront::POINTER_TTL_MS);
    }
}

#[test]
fn the_api_tells_what_the_page_shows() {
    let shop = Shop::open();
    let document = json(&shop.api("/api/v1/content/blog/mugs"));
    assert_eq!(document["kind"], "blog");
    assert_eq!(document["title"], "Mugs <and> pots & more");
    assert_eq!(document["url"], "http://shop.localhost/blog/mugs");
    assert_eq!(document["published_at"], "2026-09-20T08:00:00Z");
    assert_eq!(document["modified_at"], "2026-09-21T14:13:20Z");
    let html = document["html"].as_str().expect("HTML");
    assert!(shop.page("/blog/mugs").contains(html));
    let products = document["products"].as_array().expect("a list");
    let slugs: Vec<_> = products.iter().map(|product| &product["slug"]).collect();
    assert_eq!(slugs, ["茶-壶", "mug", "plate-58"]);
    let alone = json(&shop.api("/api/v1/products/mug"));
    assert_eq!(products[1], alone);
    let chinese = json(&shop.api("/api/v1/content/blog/mugs?lang=zh"));
    assert_eq!(chinese["url"], "http://shop.localhost/zh/blog/mugs");
    assert_ne!(chinese["revision"], document["revision"]);
    let again = json(&shop.api("/api/v1/content/blog/mugs"));
    assert_eq!(again["revision"], document["revision"]);
}

#[test]
fn lists_of_the_api_are_read_page_by_page_within_one_version() {
    let shop = Shop::open();
    let first = json(&shop.api("/api/v1/content/blog?limit=1"));
    let slug = |page: &Value| page["items"][0]["slug"].as_str().unwrap().to_owned();
    assert_eq!(slug(&first), "mugs");
    assert!(first["items"][0].get("html").is_none());
    let cursor = first["next"].as_str().expect("there is more");
    let next = format!("/api/v1/content/blog?limit=1&cursor={cursor}");
    publish_next(&shop);
    let second = shop.api(&next);
    assert_eq!(second.headers()["souk-catalogue-version"], "1");
    let second = json(&second);
    assert_eq!(
        (slug(&second).as_str(), &second["next"]),
        ("older", &Value::Null)
    );
    for path in [
        format!("/api/v1/content/help?cursor={cursor}"),
        "/api/v1/content/blog?cursor=x".to_owned(),
        "/api/v1/content/blog?limit=0".to_owned(),
        "/api/v1/content/blog?lang=fr".to_owned(),
        format!("/help?cursor={cursor}"),
    ] {
        assert_eq!(shop.api(&path).status(), StatusCode::BAD_REQUEST, "{path}");
    }
}

/// The texts of the elements of a feed, and the attributes `href`, each by the path of its element.
fn feed(xml: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut open, mut text): (Vec<String>, String) = (Vec::new(), String::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(tag) => {
                open.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().expect("UTF-8")),
            Event::GeneralRef(name) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                let known = quick_xml::escape::resolve_xml_entity(&name);
                text.push_str(known.expect("an entity of XML"));
            }
            Event::End(_) => {
                let path = open.join("/");
                found
                    .entry(path)
                    .or_default()
                    .push(std::mem::take(&mut text));
                open.pop();
            }
            Event::Empty(tag) => {
                let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
                for attribute in tag.attributes().map(|a| a.expect("an attribute")) {
                    let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                    let value = String::from_utf8_lossy(&attribute.value).into_owned();
                    let path = format!("{}/{name}@{key}", open.join("/"));
                    found.entry(path).or_default().push(value);
                }
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn the_blog_has_a_feed_in_each_language() {
    let shop = Shop::open();
    let response = shop.get("/blog/feed.xml");
    let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert!(content_type.starts_with("application/atom+xml"));
    let english = feed(&text(&response));
    assert_eq!(
        english["feed/entry/title"],
        ["Mugs <and> pots & more", "Older news"]
    );
    assert_eq!(english["feed/entry/summary"], ["What they cost & why."]);
    assert_eq!(
        english["feed/entry/link@href"],
        [
            "http://shop.localhost/blog/mugs",
            "http://shop.localhost/blog/older"
        ]
    );
    assert_eq!(english["feed/entry/id"], english["feed/entry/link@href"]);
    assert_eq!(
        english["feed/entry/published"],
        ["2026-09-20T08:00:00Z", "2026-08-01T00:00:00Z"]
    );
    assert_eq!(english["feed/entry/category@term"], ["guides"]);
    assert_eq!(english["feed/updated"], ["2026-09-21T14:13:20Z"]);
    let chinese = feed(&shop.page("/zh/blog/feed.xml"));
    assert_eq!(chinese["feed/entry/title"], ["杯与壶", "Older news"]);
    assert_eq!(
        chinese["feed/entry/id"][0],
        "http://shop.localhost/zh/blog/mugs"
    );
    for address in &chinese["feed/entry/link@href"] {
        let path = address
            .strip_prefix("http://shop.localhost")
            .expect("absolute");
        shop.page(path);
    }
}

#[test]
fn an_address_that_moved_leads_to_a_document_and_hides_none() {
    let shop = Shop::empty();
    let mut catalogue = fixture::catalogue();
    let moved = |from: &str, to: &str| souk_catalogue::Redirect {
        from: from.to_owned(),
        to: to.to_owned(),
    };
    catalogue.redirects = vec![
        moved("/pages/contact", "/pages/about"),
        moved("/pages/about", "/pages/imprint"),
    ];
    shop.world.publish(&catalogue);
    let response = shop.get("/zh/pages/contact");
    assert_eq!(response.status(), StatusCode::MOVED_PERMANENTLY);
    assert_eq!(response.headers()[header::LOCATION], "/zh/pages/about");
    assert_eq!(shop.get("/pages/about").status(), StatusCode::OK);
}

#[test]
fn structured_data_says_what_a_document_is() {
    let shop = Shop::open();
    let kinds = |path: &str| -> Vec<String> {
        let page = shop.page(path);
        let scripts = page.split("<script type=\"application/ld+json\">").skip(1);
        let scripts = scripts.map(|rest| rest.split("</script>").next().unwrap_or_default());
        let values = scripts.map(|json| serde_json::from_str::<Value>(json).expect("JSON"));
        values
            .map(|value| value["@type"].as_str().expect("a type").to_owned())
            .collect()
    };
    assert_eq!(kinds("/blog/mugs"), ["BreadcrumbList", "Article"]);
    assert_eq!(kinds("/help/delivery"), ["BreadcrumbList", "FAQPage"]);
    assert_eq!(kinds("/help/care"), ["BreadcrumbList", "Article"]);
    assert_eq!(kinds("/pages/about"), ["BreadcrumbList", "WebPage"]);
}

#[test]
fn the_sitemap_lists_documents_in_the_languages_that_they_are_written_in() {
    let shop = Shop::open();
    let index = shop.page("/sitemap.xml");
    assert!(index.contains("<loc>http://shop.localhost/sitemaps/content.xml</loc>"));
    let sitemap = shop.page("/sitemaps/content.xml");
    for (address, listed) in [
        ("/pages/about", true),
        ("/zh/pages/about", true),
        ("/pages/imprint", true),
        ("/zh/pages/imprint", false),
        ("/blog", true),
        ("/zh/help", true),
        ("/help/care", true),
    ] {
        let entry = format!("<loc>http://shop.localhost{address}</loc>");
        assert_eq!(sitemap.contains(&entry), listed, "{address}");
    }
    assert!(sitemap.contains("<lastmod>2026-09-21T14:13:20Z</lastmod>"));
}
