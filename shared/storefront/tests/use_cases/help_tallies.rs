//! Counting how often the help helps: questions, answers that are opened and judged, and what staff see
//! of it.

use http::{Response, StatusCode, header};
use serde_json::{Value, json};
use souk_protocol::staff::Permission;
use souk_shop::Shop as About;

use crate::support::back_office::BackOffice;
use crate::support::{Shop, fixture, request, text};

const BATCH_PAUSE_MS: i64 = 10_000;

/// A shop whose help can be asked, and which can be reached.
fn shop_with_contact() -> Shop {
    let mut goods = fixture::catalogue();
    let said = goods.shop.as_mut().expect("the fixture says something");
    let mut about = About::decode(&said.settings).expect("settings");
    about.contact.email = Some("hello@souk.example".to_owned());
    said.settings = about.encode();
    Shop::open_searching(goods)
}

/// Every question with its language, searches, searches without an answer and contacts.
fn questions(shop: &Shop) -> Value {
    let rows = "SELECT json_group_array(json_array(locale, query, searches, zero, contacts))
        FROM (SELECT * FROM search_question ORDER BY locale, query)";
    let text = shop.world.back_office.database.text(rows);
    serde_json::from_str(&text).expect("JSON")
}

/// Every answer with its language, how often it was opened, helped and did not.
fn answers(shop: &Shop) -> Value {
    let rows = "SELECT json_group_array(json_array(locale, slug, opened, helpful, not_helpful))
        FROM (SELECT * FROM search_answer ORDER BY locale, slug)";
    let text = shop.world.back_office.database.text(rows);
    serde_json::from_str(&text).expect("JSON")
}

/// Sends the form of an answer as a browser does that names its origin.
fn judge(shop: &Shop, path: &str, body: &str, origin: &str) -> Response<bytes::Bytes> {
    let headers = [
        ("accept", "text/html"),
        ("host", "shop.localhost"),
        ("origin", origin),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    shop.send(request("POST", path, &headers, body))
}

fn follow(shop: &Shop, path: &str, referer: &str) {
    let headers = [("accept", "text/html"), ("referer", referer)];
    shop.send(request("GET", path, &headers, ""));
}

#[test]
fn a_reader_says_whether_an_answer_helped_and_is_thanked_by_a_public_page() {
    let shop = Shop::open_with_search();
    let page = shop.page("/zh/help/delivery");
    assert!(
        page.contains(r#"action="/zh/help/delivery/feedback""#),
        "{page}"
    );
    assert!(page.contains("这篇解答有帮助吗？"), "{page}");
    let browser = shop.browser();
    let sent = browser.post("/zh/help/delivery/feedback", &[("helped", "yes")]);
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        sent.headers()["location"],
        "/zh/help/delivery?thanks#helped"
    );
    assert_eq!(sent.headers()["cache-control"], "no-store");
    assert!(!sent.headers().contains_key(header::SET_COOKIE));
    let thanks = shop.get("/zh/help/delivery?thanks");
    let policy = thanks.headers()["cache-control"].to_str().expect("ASCII");
    assert!(policy.starts_with("public"), "{policy}");
    let thanks = text(&thanks);
    assert!(thanks.contains("谢谢您的反馈"), "{thanks}");
    assert!(!thanks.contains("/feedback"), "{thanks}");
    assert!(thanks.contains(r#"content="noindex""#), "{thanks}");
    // The plain address still asks, from memory too.
    assert_eq!(shop.page("/zh/help/delivery"), page);
    let sent = browser.post("/help/delivery/feedback", &[("helped", "no")]);
    assert_eq!(sent.headers()["location"], "/help/delivery?thanks#helped");
    assert!(shop.send_tallies());
    let both = json!([["en", "delivery", 0, 0, 1], ["zh", "delivery", 0, 1, 0]]);
    assert_eq!(answers(&shop), both);
    assert_eq!(shop.world.log.take(), [""; 0]);
}

#[test]
fn pages_and_articles_are_not_judged() {
    let shop = Shop::open_with_search();
    for path in ["/pages/about", "/blog/mugs"] {
        assert!(!shop.page(path).contains("/feedback"), "{path}");
        let sent = judge(
            &shop,
            &format!("{path}/feedback"),
            "helped=yes",
            "http://shop.localhost",
        );
        assert_eq!(sent.status(), StatusCode::NOT_FOUND, "{path}");
        // An article knows no thanks.
        let thanks = shop.page(&format!("{path}?thanks"));
        assert_eq!(thanks, shop.page(path), "{path}");
    }
}

#[test]
fn a_judgement_that_makes_no_sense_is_refused_and_not_counted() {
    let shop = Shop::open_with_search();
    let (own, other) = ("http://shop.localhost", "http://evil.example");
    let long = "x".repeat(70 * 1024);
    for (path, body, origin, status) in [
        ("/help/delivery/feedback", "helped=yes", other, 403),
        ("/help/none/feedback", "helped=yes", own, 404),
        ("/help/delivery/feedback", "", own, 400),
        ("/help/delivery/feedback", "helped=perhaps", own, 400),
        ("/help/delivery/feedback", "{\"helped\":\"yes\"}", own, 400),
        ("/help/delivery/feedback", long.as_str(), own, 413),
    ] {
        let refused = judge(&shop, path, body, origin);
        assert_eq!(refused.status(), status, "{path} {body:.20}");
    }
    let asked = shop.get("/help/delivery/feedback");
    assert_eq!(asked.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!shop.send_tallies());
    assert_eq!(answers(&shop), json!([]));
}

#[test]
fn an_answer_counts_once_in_ten_seconds() {
    let shop = Shop::open_with_search();
    let own = "http://shop.localhost";
    for round in 0..2 {
        for helped in ["yes", "yes", "no"] {
            let body = format!("helped={helped}");
            let sent = judge(&shop, "/help/care/feedback", &body, own);
            assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{round}");
        }
        assert!(shop.send_tallies());
        shop.world.pass_ms(BATCH_PAUSE_MS);
    }
    assert_eq!(answers(&shop), json!([["en", "care", 0, 2, 0]]));
}

#[test]
fn questions_are_counted_with_what_came_of_them() {
    let shop = shop_with_contact();
    let page = shop.page("/help?q=Days");
    assert!(!page.contains("?subject="), "answers come first: {page}");
    assert!(
        page.contains(r#"href="/help?q=Days&amp;contact=true""#),
        "{page}"
    );
    // From memory as well, but once in ten seconds.
    shop.page("/help?q=Days");
    let contact = shop.page("/help?q=Days&contact=true");
    assert!(
        contact.contains("mailto:hello@souk.example?subject=Days"),
        "{contact}"
    );
    assert!(!contact.contains("/help/delivery\""), "{contact}");
    // Where there is no answer, nothing stands before the contact.
    let nothing = shop.page("/zh/help?q=zzyzx");
    assert!(
        nothing.contains("mailto:hello@souk.example?subject=zzyzx"),
        "{nothing}"
    );
    assert!(!nothing.contains("contact=true"), "{nothing}");
    // None of these is a question to the page.
    shop.get("/api/v1/help/search?q=delivery");
    shop.get("/help");
    assert_eq!(
        shop.get("/help?q=days&contact=x").status(),
        StatusCode::BAD_REQUEST
    );
    assert!(shop.send_tallies());
    let counted = json!([["en", "days", 1, 0, 1], ["zh", "zzyzx", 1, 1, 0]]);
    assert_eq!(questions(&shop), counted);
    shop.world.pass_ms(BATCH_PAUSE_MS);
    shop.page("/help?q=care");
    assert!(shop.cached_response("/help?q=Days").is_some());
    assert!(shop.cached_response("/help?q=Days&contact=true").is_some());
    assert!(shop.send_tallies());
    assert_eq!(questions(&shop)[1], json!(["en", "days", 2, 0, 2]));
}

#[test]
fn a_shop_without_contact_leads_to_none() {
    let page = Shop::open_with_search().page("/help?q=days");
    assert!(page.contains("/help/delivery"), "{page}");
    assert!(!page.contains("contact=true"), "{page}");
}

#[test]
fn answers_that_are_opened_from_a_question_are_counted() {
    let shop = Shop::open_with_search();
    shop.page("/help?q=days");
    for (path, referer) in [
        ("/help/delivery", "http://shop.localhost/help?q=days"),
        // Twice within ten seconds is once.
        ("/help/delivery", "http://shop.localhost/help?q=care"),
        ("/zh/help/care", "http://shop.localhost/help?q=days"),
        // None of these is an answer to a question of this shop.
        ("/help/care", "http://other.localhost/help?q=days"),
        ("/help/care", "http://shop.localhost/help"),
        ("/help/care", "http://shop.localhost/help/delivery?q=days"),
        ("/help/care", "http://shop.localhost/search?q=care"),
        (
            "/help/care",
            "http://shop.localhost/help?q=li%40lei.example",
        ),
        ("/help/none", "http://shop.localhost/help?q=days"),
        ("/products/mug", "http://shop.localhost/help?q=days"),
    ] {
        follow(&shop, path, referer);
    }
    assert!(shop.send_tallies());
    let both = json!([["en", "delivery", 1, 0, 0], ["zh", "care", 1, 0, 0]]);
    assert_eq!(answers(&shop), both);
    // A page from memory counts as well.
    shop.world.pass_ms(BATCH_PAUSE_MS);
    shop.page("/help/delivery");
    let kept = shop.cached_response("/help/delivery");
    assert!(kept.is_some_and(|cached| cached.is_result()));
    shop.follow("/help/delivery", "http://shop.localhost/help?q=days");
    assert!(shop.send_tallies());
    assert_eq!(answers(&shop)[0], json!(["en", "delivery", 2, 0, 0]));
}

#[test]
fn a_question_that_may_be_about_a_person_is_in_no_tally_store_or_log() {
    let shop = shop_with_contact();
    for query in [
        "lilei%40example.com",
        "where+is+4711+0815+42",
        "delivery+4242-4242",
    ] {
        for path in [
            format!("/help?q={query}"),
            format!("/help?q={query}&contact=true"),
        ] {
            shop.page(&path);
            shop.world.pass_ms(BATCH_PAUSE_MS);
            assert!(!shop.send_tallies(), "{path}");
        }
    }
    assert_eq!(questions(&shop), json!([]));
    assert_eq!(shop.world.log.take(), [""; 0]);
}

#[test]
fn staff_see_how_often_the_help_helps() {
    let shop = shop_with_contact();
    for round in 0..3 {
        shop.page("/help?q=days");
        shop.page("/help?q=zzyzx");
        if round == 0 {
            shop.page("/help?q=days&contact=true");
        }
        follow(&shop, "/help/delivery", "http://shop.localhost/help?q=days");
        let own = "http://shop.localhost";
        judge(&shop, "/help/delivery/feedback", "helped=yes", own);
        assert!(shop.send_tallies());
        shop.world.pass_ms(BATCH_PAUSE_MS);
    }
    let back_office = BackOffice(&shop.world);
    let token = back_office.token("editor", &[Permission::Catalogue]);
    let ask = |query: &str| {
        let path = format!("/staff/v1/reports/help{query}");
        back_office.send(&token, "GET", &path, b"")
    };
    let told = ask("?days=1");
    assert_eq!(told.status(), StatusCode::OK, "{}", text(&told));
    assert_eq!(told.headers()["cache-control"], "no-store");
    assert_eq!(
        crate::support::json(&told),
        json!({
            "searches": 6,
            "answered": 3,
            "contacts": 1,
            "answers": [{"slug": "delivery", "locale": "en", "opened": 3, "helpful": 3,
                "not_helpful": 0}],
            "zero": [{"query": "zzyzx", "locale": "en", "count": 3}],
        })
    );
    assert_eq!(ask("?days=91").status(), StatusCode::BAD_REQUEST);
    // Searches for products are another report.
    let searches = back_office.send(&token, "GET", "/staff/v1/reports/search", b"");
    assert_eq!(
        crate::support::json(&searches),
        json!({"top": [], "zero": []})
    );
}
