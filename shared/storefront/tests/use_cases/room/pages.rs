//! The pages of a sale with a waiting room, for browsers without scripts.

use http::StatusCode;
use souk_room::{Left, Rank};

use super::{Evening, LI, call_all};
use crate::checkout::submit;
use crate::sales::SOLD_AS;
use crate::support::shop::Browser;
use crate::support::{request, text};

/// A browser with a place that it has asked for.
fn with_place<'s>(evening: &'s Evening, email: &str) -> Browser<'s> {
    let browser = evening.shop.browser();
    let taken = browser.post("/sales/drop/place", &[("email", email)]);
    assert_eq!(taken.status(), StatusCode::SEE_OTHER, "{}", text(&taken));
    assert_eq!(taken.headers()["location"], "/sales/drop/place");
    browser
}

/// The page of a sale whose places are given, and that of a place.
pub(crate) fn pages() -> [String; 2] {
    let evening = Evening::new();
    evening.gather();
    let place = with_place(&evening, LI).get("/sales/drop/place");
    [evening.shop.page("/sales/drop"), text(&place)]
}

/// The address at which the place of the browser buys.
fn buy_path(browser: &Browser<'_>) -> String {
    let page = text(&browser.get("/sales/drop/place"));
    let (_, path) = page
        .split_once("class=\"button\" href=\"")
        .expect("a button");
    path.split('"').next().expect("an address").to_owned()
}

#[test]
fn the_public_page_is_kept_while_only_the_queue_moves() {
    let evening = Evening::new();
    evening.open();
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains("action=\"/sales/drop/place\"") && page.contains("name=\"email\""));
    assert!(
        !page.contains("action=\"/cart\""),
        "nothing is sold beside the room"
    );
    evening.publish(|room| {
        room.window.advance(Some(Rank::Drawn(9)), None);
        room.queue.add_drawn(5);
        room.front = None;
    });
    evening.shop.api("/api/v1/status");
    let kept = evening.shop.cached_response("/sales/drop");
    assert!(kept.is_some(), "the stamp of what it shows is the same");
    evening.publish(|room| room.left = vec![Left::Few]);
    evening.shop.api("/api/v1/status");
    assert!(evening.shop.cached_response("/sales/drop").is_none());
    assert!(evening.shop.page("/sales/drop").contains("Only a few left"));
}

#[test]
fn a_browser_without_scripts_goes_from_the_draw_to_its_order() {
    let evening = Evening::new();
    evening.gather();
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains("Get your place") && page.contains("/sales/drop/opening.ics"));
    let browser = with_place(&evening, LI);
    let place = browser.get("/sales/drop/place");
    assert_eq!(place.headers()["cache-control"], "no-store");
    assert_eq!(place.headers()["referrer-policy"], "strict-origin");
    assert!(place.headers().contains_key("refresh"));
    assert!(text(&place).contains("You are in the draw"));
    let live = browser.get("/sales/drop/place?live");
    assert!(!live.headers().contains_key("refresh"), "its script asks");
    evening.open();
    assert!(text(&browser.get("/sales/drop/place")).contains("You have a place"));
    call_all(&evening);
    let path = buy_path(&browser);
    let choice = browser.get(&path);
    assert_eq!(choice.status(), StatusCode::OK);
    assert_eq!(choice.headers()["cache-control"], "no-store");
    assert!(text(&choice).contains("$9.90") && text(&choice).contains("1 per buyer"));
    let none = browser.post(&path, &[(SOLD_AS, "0")]);
    assert_eq!(none.headers()["location"], path.as_str());
    for _ in 0..2 {
        let chosen = browser.post(&path, &[(SOLD_AS, "7"), ("x", "1")]);
        assert_eq!(chosen.headers()["location"], "/checkout");
    }
    let checkout = text(&browser.get("/checkout"));
    let other = submit(&browser, &checkout, &[("email", "han@example.com")]);
    assert_eq!(other.status(), StatusCode::CONFLICT);
    assert!(
        text(&other).contains("another e-mail address"),
        "{}",
        text(&other)
    );
    let placed = submit(&browser, &checkout, &[("email", LI)]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let sent = evening.shop.world.tickets.borrow();
    assert!(sent.last().is_some_and(Option::is_some));
    assert_eq!(evening.shop.world.orders(), 1);
}

#[test]
fn a_second_click_keeps_the_place_and_a_missed_one_begins_anew() {
    let evening = Evening::new();
    evening.gather();
    let browser = with_place(&evening, LI);
    let cookie = browser.cookie.borrow().clone();
    assert!(cookie.contains("souk_place_drop="));
    let again = browser.post("/sales/drop/place", &[("email", "han@example.com")]);
    assert!(!again.headers().contains_key("set-cookie"));
    assert_eq!(*browser.cookie.borrow(), cookie);
    evening.open();
    evening.publish(|room| {
        room.window
            .advance(Some(Rank::LAST), Some(Rank::Drawn(u64::MAX)))
    });
    let missed = text(&browser.get("/sales/drop/place"));
    assert!(missed.contains("Your turn is over") && missed.contains("Get your place"));
    browser.post("/sales/drop/place", &[("email", LI)]);
    assert_ne!(*browser.cookie.borrow(), cookie);
}

#[test]
fn the_cookie_of_a_place_is_the_shops_own_and_ends_with_the_session() {
    let evening = Evening::new();
    evening.gather();
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-forwarded-proto", "https"),
        ("sec-fetch-site", "same-origin"),
    ];
    let form = request(
        "POST",
        "/sales/drop/place",
        &headers,
        "email=li%40example.com",
    );
    let taken = evening.shop.send(form);
    let cookie = taken.headers()["set-cookie"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert!(cookie.starts_with("__Host-souk_place_drop="), "{cookie}");
    let room = evening.room.borrow();
    let rest_ms = room.session.closes_at_ms - evening.shop.world.now_ms.get();
    for part in [
        "; HttpOnly",
        "; SameSite=Lax",
        "; Secure",
        "; Path=/",
        &format!("; Max-Age={}", rest_ms / 1_000),
    ] {
        assert!(cookie.contains(part), "{cookie} has no {part}");
    }
    let foreign = [headers[0], headers[1], ("sec-fetch-site", "cross-site")];
    let form = request(
        "POST",
        "/sales/drop/place",
        &foreign,
        "email=li%40example.com",
    );
    assert_eq!(evening.shop.send(form).status(), StatusCode::FORBIDDEN);
}

#[test]
fn a_purchase_page_is_for_one_browser_and_its_turn() {
    let evening = Evening::of_visitors();
    evening.gather();
    let (mine, other) = (with_place(&evening, ""), with_place(&evening, ""));
    evening.open();
    call_all(&evening);
    let path = buy_path(&mine);
    for browser in [&other, &evening.shop.browser()] {
        assert_eq!(browser.get(&path).status(), StatusCode::NOT_FOUND);
        let fields = [(SOLD_AS, "1")];
        assert_eq!(browser.post(&path, &fields).status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(mine.get(&path).status(), StatusCode::OK);
    evening.publish(|room| room.window.advance(None, Some(Rank::LAST)));
    assert_eq!(mine.get(&path).headers()["location"], "/sales/drop/place");
    // The cart may still have it; the checkout says what is wrong.
    mine.add("mug", SOLD_AS, "1");
    let checkout = text(&mine.get("/checkout"));
    let refused = submit(&mine, &checkout, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused).contains("Your turn in the sale is over"));
    let stranger = evening.shop.browser();
    stranger.add("mug", SOLD_AS, "1");
    let checkout = text(&stranger.get("/checkout"));
    let refused = submit(&stranger, &checkout, &[]);
    assert!(text(&refused).contains("get a place on the page of the sale"));
    assert_eq!(evening.shop.world.orders(), 0);
}

#[test]
fn a_form_without_an_address_comes_back_with_what_is_wrong() {
    let evening = Evening::new();
    evening.gather();
    let browser = evening.shop.browser();
    let answer = browser.post("/zh/sales/drop/place", &[("email", "li@\"x\"")]);
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(&answer);
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("li@&quot;x&quot;"));
    assert!(page.contains("领取排位"), "in the language of the page");
    let bare = evening.shop.get("/sales/drop/place");
    assert_eq!(bare.headers()["location"], "/sales/drop");
    for path in ["/sales/none/place", "/sales/none/opening.ics"] {
        assert_eq!(evening.shop.get(path).status(), StatusCode::NOT_FOUND);
    }
}

#[test]
fn the_opening_is_an_entry_for_calendars() {
    let evening = Evening::new();
    let answer = evening.shop.get("/sales/drop/opening.ics");
    let kind = answer.headers()["content-type"].to_str().expect("ASCII");
    assert!(kind.starts_with("text/calendar"));
    let entry = text(&answer);
    assert!(entry.starts_with("BEGIN:VCALENDAR\r\n") && entry.ends_with("END:VCALENDAR\r\n"));
    let opens = souk_pages::format::timestamp(evening.opens_at_ms()).expect("a moment");
    let opens = opens.replace(['-', ':'], "");
    assert!(
        entry.contains(&format!("\r\nDTSTART:{opens}\r\n")),
        "{entry}"
    );
    assert!(
        entry.contains("SUMMARY:The drop – Test Souk\r\n"),
        "{entry}"
    );
}
