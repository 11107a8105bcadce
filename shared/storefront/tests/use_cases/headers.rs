//! The token of an order in a header, and where flaws are reported.

use http::StatusCode;

use crate::support::shop::order_of;
use crate::support::{Shop, json, request, text};

#[test]
fn the_token_of_an_order_may_come_as_a_bearer_token() {
    let shop = Shop::open();
    let order = json(&shop.order("key-1", &order_of("MUG-RED-S", 1)));
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.expect("a number"), token.expect("a token"));
    let right = format!("Bearer {token}");
    for path in [
        format!("/api/v1/orders/{id}"),
        format!("/api/v1/orders/{id}/events"),
    ] {
        let found = shop.send(request("GET", &path, &[("authorization", &right)], ""));
        assert_eq!(found.status(), StatusCode::OK, "{path}: {}", text(&found));
        // The header counts before the query.
        let with_query = format!("{path}?token={token}");
        let wrong = [("authorization", "Bearer 0123456789abcdef0123456789abcdef")];
        let refused = shop.send(request("GET", &with_query, &wrong, ""));
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(shop.get(&with_query).status(), StatusCode::OK);
        assert_eq!(shop.get(&path).status(), StatusCode::NOT_FOUND);
    }
    // A page is opened by its address alone: a browser sends no such header.
    let page = shop.send(request(
        "GET",
        &format!("/orders/{id}"),
        &[("authorization", &right)],
        "",
    ));
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
}

#[test]
fn security_txt_names_a_contact_and_an_end_and_is_not_there_without_one() {
    let mut shop = Shop::open();
    let path = "/.well-known/security.txt";
    let there = shop.get(path);
    assert_eq!(there.status(), StatusCode::OK);
    let said = text(&there);
    assert!(
        said.starts_with("Contact: mailto:security@shop.example\nExpires: 20"),
        "{said}"
    );
    assert_eq!(there.headers()["content-type"], "text/plain; charset=utf-8");
    for none in [
        "",
        "security@shop.example",
        "javascript:alert(1)",
        "mailto:a\nb",
    ] {
        none.clone_into(&mut shop.settings.security_contact);
        assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND, "{none:?}");
    }
}
