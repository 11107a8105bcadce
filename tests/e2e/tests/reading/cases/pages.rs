//! Requests to everything but orders.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Case;
use crate::Names;

const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn pages(names: &Names) -> Vec<Case> {
    let Names {
        slug,
        sku,
        collection,
        cursor,
        ..
    } = names;
    let mut cases = Vec::new();
    for prefix in ["", "/zh"] {
        let get = |path: &str, status| Case::get(format!("{prefix}{path}"), status).html();
        cases.push(get("/", 200));
        cases.push(get("/collections", 200));
        cases.push(get("/collections/all", 200));
        for sort in ["featured", "price-asc", "price-desc", "title"] {
            cases.push(get(&format!("/collections/{collection}?sort={sort}"), 200));
        }
        cases.push(get(&format!("/collections/all?cursor={cursor}"), 200));
        cases.push(get("/collections/all?price.max=50&sort=price-asc", 200));
        cases.push(get("/collections/all?vendor=Unknown&utm_source=mail", 200));
        cases.push(get("/collections/all?price.min=cheap", 400));
        cases.push(get("/collections/all?sort=cheap", 400));
        cases.push(get("/collections/all?sort=&cursor=", 200));
        cases.push(get("/collections/all?cursor=%F0%9F%92%A9", 400));
        cases.push(get("/collections/nothing", 404));
        cases.push(get(&format!("/products/{slug}"), 200));
        cases.push(get(&format!("/products/{slug}?variant={sku}"), 200));
        cases.push(get(&format!("/products/{slug}?variant=none"), 200));
        cases.push(get(
            &format!("/products/{slug}?variant=41565182099480"),
            200,
        ));
        cases.push(get("/search", 200));
        for query in [
            "mug",
            "stonewre+mug",
            "cup&sort=price-desc",
            "%E6%9D%AF",
            "zzqq",
            "mug&vendor=Unknown",
        ] {
            cases.push(get(&format!("/search?q={query}"), 200));
        }
        cases.push(get("/search?q=mug&sort=best", 400));
        cases.push(get("/search?q=mug&cursor=x", 400));
        cases.push(get("/help?q=Where+are+my+orders%3F", 200));
        cases.push(get("/help?q=%E8%AE%A2%E5%8D%95", 200));
        cases.push(get("/help?q=zzqq", 200));
        cases.push(get("/help?q=", 200));
        cases.push(get(&format!("/help?q={}", "x".repeat(129)), 400));
        cases.extend(spellings(prefix, names));
        cases.push(get("/products/nothing", 404));
        cases.push(get("/developers", 200));
        cases.push(get("/cart", 200));
        cases.push(get("/checkout", 303).named("with an empty cart"));
        cases.push(get("/orders/018BCFE5680-0101010101", 404).named("without its token"));
        cases.push(get("/orders/nonsense?token=x", 404));
        cases.push(get("/nothing", 404));
    }
    cases.push(Case::get("/zh", 200).html());
    cases.push(Case::get("/nothing", 404).problem("not-found"));
    cases.push(Case::get(format!("/products/{slug}"), 200).named("without Accept"));
    let session = "souk_cart=forged.value; __Host-souk_cart=forged.value";
    let page = Case::get(format!("/products/{slug}"), 200).html();
    cases.push(page.header("cookie", session).named("with a forged cart"));
    cases
}

/// Other spellings of pages, and addresses of another shop system: one hop to the page.
fn spellings(prefix: &str, names: &Names) -> Vec<Case> {
    let Names {
        slug, collection, ..
    } = names;
    let shouted = slug.to_uppercase();
    let addresses = [
        format!("/products/{slug}/"),
        format!("/products/{shouted}"),
        format!("/products/{shouted}/?utm_source=mail"),
        format!("/Products/{slug}?variant=X"),
        "/collections/ALL".to_owned(),
        format!("/collections/{collection}/products/{slug}"),
        format!("/collections/nothing/products/{shouted}/?variant=1"),
        "/products".to_owned(),
        "/products/?page=2&utm_source=mail".to_owned(),
        "/collections/".to_owned(),
        "/Cart".to_owned(),
    ];
    let case = |address: String| Case::get(format!("{prefix}{address}"), 301).html();
    let mut cases: Vec<_> = addresses.into_iter().map(case).collect();
    for address in [
        "/products/never-was/",
        "/products/Never-Was",
        "/collections/all/products/never-was",
    ] {
        cases.push(Case::get(format!("{prefix}{address}"), 404).html());
    }
    cases
}

/// The cursor with some of its parts changed: version, order, offset, place.
fn cursor_with(cursor: &str, changes: &[(usize, &str)]) -> String {
    let plain = URL_SAFE_NO_PAD.decode(cursor).expect("a cursor is base64");
    let plain = String::from_utf8(plain).expect("a cursor is text");
    let mut parts: Vec<_> = plain.split('.').collect();
    for (at, part) in changes {
        parts[*at] = *part;
    }
    URL_SAFE_NO_PAD.encode(parts.join("."))
}

/// What robots, browsers and operators read.
pub(super) fn machines(names: &Names) -> Vec<Case> {
    vec![
        Case::get("/healthz", 200),
        Case::get("/readyz", 200),
        Case::get("/metrics", 200).volatile(),
        Case::get("/openapi.json", 200),
        Case::get("/robots.txt", 200),
        Case::get("/sitemap.xml", 200),
        Case::get("/sitemaps/products-0.xml", 200),
        Case::get("/sitemaps/products-1.xml", 200),
        Case::get("/sitemaps/products-2.xml", 404).problem("not-found"),
        Case::get("/sitemaps/products-4294967295.xml", 404).problem("not-found"),
        Case::get("/sitemaps/products-4294967296.xml", 404).problem("not-found"),
        Case::get(names.media.as_str(), 200),
        Case::get("/media/00000000000000000000000000000000.svg", 404).problem("not-found"),
        Case::get("/media/passwd", 404).problem("not-found"),
        Case::get(names.asset.as_str(), 200),
        Case::get("/assets/nothing.css", 404).problem("not-found"),
        Case::new("HEAD", "/", 200).html(),
        Case::new("HEAD", "/robots.txt", 200),
        Case::new("HEAD", names.media.as_str(), 200),
        Case::new("HEAD", "/nothing", 404),
        Case::new("HEAD", format!("/api/v1/products/{}", names.slug), 200),
    ]
}

/// Searches as programs ask them.
pub(super) fn searches() -> Vec<Case> {
    let refused = |query: &str, pointer| {
        Case::get(format!("/api/v1/search?{query}"), 400)
            .problem("invalid-request")
            .at(pointer)
    };
    let found = [
        "mug",
        "stonewre+mug&facets=true",
        "%E6%9D%AF&locale=zh",
        "cup&sort=newest&limit=3",
        "cup&sort=popular&limit=3",
    ];
    let mut cases: Vec<_> = found
        .into_iter()
        .map(|query| Case::get(format!("/api/v1/search?q={query}"), 200))
        .collect();
    cases.push(Case::get("/api/v1/suggest?q=mu&limit=3", 200));
    for query in ["orders", "orders&contact=true", "zzqq", "zzqq&contact=true"] {
        cases.push(Case::get(format!("/help?q={query}"), 200).html());
    }
    for query in ["orders", "oredr", "%E8%AE%A2%E5%8D%95&locale=zh", "zzqq"] {
        cases.push(Case::get(format!("/api/v1/help/search?q={query}"), 200));
    }
    for (query, pointer) in [
        ("", "?q"),
        ("q=+", "?q"),
        (&*format!("q={}", "x".repeat(129)), "?q"),
        ("q=order&locale=xx", "?locale"),
    ] {
        let case = Case::get(format!("/api/v1/help/search?{query}"), 400);
        cases.push(case.problem("invalid-request").at(pointer));
    }
    cases.push(refused("", "?q"));
    cases.push(refused("q=mug&sort=best", "?sort"));
    cases.push(refused("q=mug&cursor=x", "?cursor"));
    cases.push(refused("q=mug&limit=101", "?limit"));
    cases
}

pub(super) fn lists(names: &Names) -> Vec<Case> {
    let Names {
        slug,
        collection,
        cursor,
        ..
    } = names;
    let list = |query: &str, status| Case::get(format!("/api/v1/products{query}"), status);
    let wrong = |query: &str, pointer| list(query, 400).problem("invalid-request").at(pointer);
    vec![
        list("", 200),
        list("?limit=1", 200),
        list("?limit=100&lang=zh", 200),
        list(
            &format!("?collection={collection}&sort=price-desc&limit=5"),
            200,
        ),
        list(&format!("?limit=2&cursor={cursor}"), 200),
        list("?collection=&sort=&cursor=&limit=", 200),
        list("?vendor=Unknown&limit=1", 200),
        list("?price.min=1&price.max=5000&sort=price-desc&limit=3", 200),
        list("?price.max=5000&price.max=&limit=3&type=&tag=", 200),
        list("?unknown=1&limit=1", 200),
        wrong("?price.below=1", "?price.below"),
        wrong("?price.min=1.50", "?price.min"),
        wrong("?price.min=2&price.max=1", "?price.max"),
        wrong("?option.%F0%9F%92%A9=x", "?option.💩"),
        wrong(&format!("?vendor=Unknown&cursor={cursor}"), "?cursor"),
        list("?limit=2&limit=3", 200),
        wrong("?limit=0", "?limit"),
        wrong("?limit=101", "?limit"),
        wrong("?limit=-1", "?limit"),
        wrong("?limit=1.5", "?limit"),
        wrong("?limit=99999999999999999999", "?limit"),
        wrong("?limit=%FF", "?limit"),
        wrong("?sort=cheap", "?sort"),
        wrong("?sort=%00", "?sort"),
        wrong("?lang=klingon", "?lang"),
        wrong("?cursor=nonsense", "?cursor"),
        wrong("?cursor=MS4xLnRpdGxlLi0x", "?cursor"),
        wrong(&format!("?cursor={cursor}&sort=title"), "?cursor"),
        wrong(&format!("?cursor={}", "A".repeat(4_000)), "?cursor"),
        wrong(
            &format!("?collection={collection}&cursor={cursor}"),
            "?cursor",
        ),
        wrong(&format!("?price.min=1&cursor={cursor}"), "?cursor"),
        list(
            &format!("?cursor={}", cursor_with(cursor, &[(1, "999")])),
            410,
        )
        .named("of a version that never was")
        .problem("cursor-expired"),
        list(
            &format!(
                "?cursor={}",
                cursor_with(cursor, &[(3, "4294967295"), (4, "4294967295")])
            ),
            200,
        )
        .named("behind the end"),
        list("?collection=nothing", 404)
            .problem("invalid-request")
            .at("?collection"),
        Case::get(format!("/api/v1/products/{slug}"), 200),
        Case::get(format!("/api/v1/products/{slug}?lang=zh"), 200),
        Case::get(format!("/api/v1/products/{slug}"), 200).header("accept", "text/html"),
        Case::get(format!("/api/v1/products/{slug}?lang=xx"), 400)
            .problem("invalid-request")
            .at("?lang"),
        Case::get("/api/v1/products/nothing", 404).problem("not-found"),
        Case::get("/api/v1/products/nothing", 404)
            .problem("not-found")
            .header("accept", "text/html"),
        Case::get("/api/v1/nothing", 404).problem("not-found"),
        Case::get("/api/v1/orders/nonsense?token=x", 404).problem("not-found"),
        Case::get("/api/v1/orders/018BCFE5680-0101010101", 404).problem("not-found"),
        Case::get("/api/v1/orders/018BCFE5680-0101010101?token=guess", 404).problem("not-found"),
        Case::get(
            format!(
                "/api/v1/orders/018BCFE5680-0101010101?token={}",
                "0".repeat(5_000)
            ),
            404,
        )
        .problem("not-found"),
    ]
}

/// Addresses that no shopper types, but some clients send.
pub(super) fn strange_addresses(names: &Names) -> Vec<Case> {
    let nothing = |path: String| Case::get(path, 404).problem("not-found");
    let slug = &names.slug;
    let mut cases: Vec<Case> = [
        "/products/%00",
        "/products/a%00b",
        "/products/%FF%FE",
        "/products/%",
        "/products/%zz",
        "/products/%E8%8C%B6",
        "/products/..%2F..%2Fetc%2Fpasswd",
        "/products/%2e%2e%2fstaff",
        "/collections/%00",
        "/api/v1/products/%00",
        "/api/v1/products/%FF",
        "/api/v1/products/%F0%9F%92%A9",
        "/api/v1/products/",
        "//",
        "//products",
        "/zh/zh",
        "/zh/api/v1/products",
        "/media/%00.svg",
        "/media/..%2f..%2fwrangler.toml",
        "/assets/%00",
        "/orders/%00",
        "/orders/",
        "/.env",
        "/.dev.vars",
        "/wp-login.php",
        "/trade/v1/orders",
        "/trade/v1/audit",
        "/internal",
        "/sitemaps/products-%00.xml",
        "/sitemaps/products--1.xml",
    ]
    .into_iter()
    .map(|path| nothing(path.to_owned()))
    .collect();
    cases.push(nothing(format!("/{}", "a".repeat(8_000))).named("8,000 letters"));
    cases.push(nothing(format!("/products/{}", "a".repeat(8_000))).named("8,000 letters"));
    cases.push(nothing(format!("/{}", "a/".repeat(2_000))).named("2,000 segments"));
    cases.push(nothing(format!("/products/{}", "%2F".repeat(1_000))).named("1,000 slashes"));
    let product = |query: String| Case::get(format!("/api/v1/products/{slug}{query}"), 200);
    cases.push(product(format!("?x={}", "a".repeat(8_000))).named("a long query"));
    cases.push(product("?%FF=%00&&&===".to_owned()));
    cases.push(product(format!("?{}", "a=1&".repeat(1_500))).named("1,500 parameters"));
    cases
}

pub(super) fn wrong_methods(names: &Names) -> Vec<Case> {
    let product = format!("/api/v1/products/{}", names.slug);
    let wrong = |method, path: &str| Case::new(method, path, 405).problem("method-not-allowed");
    let mut cases = vec![
        wrong("GET", "/api/v1/orders"),
        wrong("PUT", "/api/v1/orders"),
        wrong("DELETE", "/api/v1/orders/018BCFE5680-0101010101"),
        wrong("POST", "/api/v1/products"),
        wrong("POST", "/healthz"),
        wrong("POST", "/robots.txt"),
        wrong("DELETE", "/cart"),
        wrong("PUT", "/checkout"),
        wrong("POST", "/"),
    ];
    // The shop names no origin whose pages may call the API.
    let asked = Case::new("OPTIONS", "/api/v1/orders", 405).problem("method-not-allowed");
    cases.push(
        asked
            .header("origin", "https://app.shop.example")
            .header("access-control-request-method", "POST")
            .named("a preflight"),
    );
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        cases.push(wrong(method, &product));
        cases.push(Case::new(method, format!("/products/{}", names.slug), 405).html());
    }
    cases
}

pub(super) fn forms(names: &Names) -> Vec<Case> {
    let Names { slug, sku, .. } = names;
    let post = |path: &str, body: String, status| {
        let mut case = Case::new("POST", path, status).named(&body).html();
        case.body = body.into();
        case.header("content-type", FORM)
    };
    let add = format!("action=add&sku={sku}&product={slug}&quantity=2");
    vec![
        post("/cart", add.clone(), 303).header("sec-fetch-site", "same-origin"),
        post("/zh/cart", add.clone(), 303),
        post("/cart", add.clone(), 303).header("origin", format!("http://{}", crate::HOST)),
        post("/cart", add.clone(), 403).header("sec-fetch-site", "cross-site"),
        post("/cart", add.clone(), 403).header("sec-fetch-site", "same-site"),
        post("/cart", add.clone(), 403).header("origin", "https://evil.example"),
        post("/cart", add, 403).header("origin", "null"),
        post("/checkout", "name=x".to_owned(), 403).header("sec-fetch-site", "cross-site"),
        post("/checkout", "name=x".to_owned(), 303).named("with an empty cart"),
        post("/cart", format!("action=steal&sku={sku}"), 400),
        post("/cart", "action=add".to_owned(), 400),
        post("/cart", format!("action=add&sku={sku}&quantity=-1"), 400),
        post("/cart", format!("action=add&sku={sku}&quantity=1e9"), 400),
        post(
            "/cart",
            format!("action=add&sku={sku}&quantity=99999999999999999999"),
            400,
        ),
        post("/cart", "action=add&sku=%00".to_owned(), 400),
        post("/cart", "%FF%FE=%00".to_owned(), 400),
        post("/cart", String::new(), 400),
        post(
            "/help/where-is-my-order/feedback",
            "helped=yes".to_owned(),
            303,
        ),
        post(
            "/zh/help/where-is-my-order/feedback",
            "helped=no".to_owned(),
            303,
        ),
        post("/help/none/feedback", "helped=yes".to_owned(), 404),
        post("/help/none/feedback", "helped=perhaps".to_owned(), 400),
        post("/help/none/feedback", "helped=no".to_owned(), 403)
            .header("origin", "https://evil.example"),
        post(
            "/cart",
            format!("action=add&sku={}", "a".repeat(70_000)),
            413,
        )
        .without("accept")
        .problem("body-too-large"),
    ]
}

/// The staff API is closed, and does not tell what it has.
pub(super) fn staff() -> Vec<Case> {
    let closed = |method, path: &str| Case::new(method, path, 401).problem("unauthorized");
    // Refused before the token is looked at: it is not known which of the two headers counts.
    let twice = |method, path: &str, name: &str| {
        Case::new(method, path, 400)
            .named(name)
            .problem("invalid-request")
    };
    let hash = "0".repeat(32);
    vec![
        closed("GET", "/staff/v1/publications"),
        closed("POST", "/staff/v1/publications"),
        closed("POST", "/staff/v1/stock"),
        closed("POST", "/staff/v1/offers"),
        closed("GET", "/staff/v1/audit"),
        closed("GET", "/staff/v1/nothing"),
        closed("GET", &format!("/staff/v1/blobs/{hash}")),
        closed("PUT", &format!("/staff/v1/blobs/{hash}")),
        closed("DELETE", &format!("/staff/v1/media/{hash}.svg")),
        closed("GET", "/staff/v1/audit").header("authorization", "Bearer "),
        closed("GET", "/staff/v1/audit").header("authorization", "Bearer wrong"),
        closed("GET", "/staff/v1/audit").header("authorization", "Basic c291azpzb3Vr"),
        closed("GET", "/staff/v1/audit").header("authorization", "Bearer undefined"),
        twice("GET", "/staff/v1/audit", "two tokens")
            .and("authorization", "Bearer a")
            .and("authorization", "Bearer b")
            .at("Authorization"),
        twice("POST", "/staff/v1/stock/receipts", "two keys")
            .and("idempotency-key", "a")
            .and("idempotency-key", "b")
            .at("Idempotency-Key"),
        twice("POST", "/staff/v1/stock/receipts", "two types")
            .and("content-type", "application/json")
            .and("content-type", "text/plain")
            .at("Content-Type"),
    ]
}
