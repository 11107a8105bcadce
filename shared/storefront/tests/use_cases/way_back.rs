//! Back, a second click, another tab and an old form lead to the order or to the form as it was
//! typed: never to an empty cart, and never to a second order.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_payment_sandbox::CardBehaviour;
use souk_protocol::origin::Action;

use crate::checkout::{at_checkout, hidden, submit};
use crate::support::shop::Browser;
use crate::support::{Fault, Shop, text};

const CARD: [(&str, &str); 1] = [("payment", "card")];
/// How long the units of an order by card are held.
const HOLD_MS: i64 = 15 * 60 * 1000;

fn open() -> Shop {
    let shop = Shop::open();
    shop.world.take_cards();
    shop
}

fn location(response: &Response<Bytes>) -> String {
    let status = response.status();
    assert_eq!(status, StatusCode::SEE_OTHER, "{}", text(response));
    let location = response.headers()["location"].to_str();
    location.expect("ASCII").to_owned()
}

/// The address of the order to which a page leads back.
fn order_on(page: &str) -> String {
    let path = page.split("href=\"/orders/").nth(1);
    let path = path.unwrap_or_else(|| panic!("no way to an order: {page}"));
    let path = path.split('"').next().expect("an end");
    format!("/orders/{}", path.replace("&amp;", "&"))
}

/// The number of the order in an address.
fn id(path: &str) -> &str {
    let rest = path.split("/orders/").nth(1).expect("an order");
    rest.split('?').next().expect("a number")
}

fn pay(shop: &Shop, page: &str) {
    let session = page.split("/pay/").nth(1).expect("a payment page");
    let now_ms = shop.world.now_ms.get();
    shop.world.sandbox.pay(session, CardBehaviour::Pays, now_ms);
}

/// A browser that has ordered the last red mugs by card and stands on the payment page; the page of
/// the form, and the address of the payment page.
fn at_payment(shop: &Shop) -> (Browser<'_>, String, String) {
    let (browser, page) = at_checkout(shop, "MUG-RED-S", "10");
    let to_pay = location(&submit(&browser, &page, &CARD));
    assert!(to_pay.contains("/pay/"), "{to_pay}");
    (browser, page, to_pay)
}

#[test]
fn back_from_the_payment_page_leads_to_the_order_that_waits() {
    let shop = open();
    let (browser, _, to_pay) = at_payment(&shop);
    // Back to the form.
    let order = location(&browser.get("/checkout"));
    let page = browser.get(&order);
    assert_eq!(page.status(), StatusCode::OK);
    assert!(text(&page).contains("Pay now"));
    // Or to the cart: it is as it was.
    shop.world.pass_ms(5_000);
    let cart = text(&browser.get("/cart"));
    assert!(cart.contains("waits for payment"), "{cart}");
    assert_eq!(id(&order_on(&cart)), id(&order));
    assert!(cart.contains("Stoneware mug"), "the cart is kept");
    assert!(cart.contains("set aside for your order"), "{cart}");
    assert!(
        !cart.contains("Sold out"),
        "its own hold is not sold out: {cart}"
    );
    let session = to_pay.split("/pay/").nth(1).expect("a payment page");
    assert!(!shop.world.sandbox.payments().is_empty() || !session.is_empty());
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn units_in_an_order_of_ones_own_are_not_said_to_be_sold_out() {
    let shop = open();
    let (browser, _, _) = at_payment(&shop);
    shop.world.pass_ms(5_000);
    browser.add("mug", "MUG-RED-S", "1");
    let cart = text(&browser.get("/cart"));
    order_on(&cart);
    assert!(!cart.contains("Sold out"), "{cart}");
    // The cart is another one, so there is a form for it; and it says what holds the units.
    let form = text(&browser.get("/checkout"));
    let order = order_on(&form);
    let refused = submit(&browser, &form, &CARD);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let page = text(&refused);
    assert!(page.contains("your own order that waits"), "{page}");
    assert_eq!(order_on(&page), order);
    // To everybody else they are sold out.
    let (other, form) = at_checkout(&shop, "MUG-RED-S", "1");
    let refused = text(&submit(&other, &form, &[]));
    assert!(refused.contains("sold out"), "{refused}");
    assert!(!refused.contains("/orders/"), "{refused}");
}

#[test]
fn the_same_form_leads_to_its_order_however_often_it_is_sent() {
    let shop = open();
    for (payment, empties) in [("card", false), ("transfer", true), ("on_delivery", true)] {
        let (browser, page) = at_checkout(&shop, "MUG-BLUE-S", "1");
        let orders = shop.world.orders();
        let first = location(&submit(&browser, &page, &[("payment", payment)]));
        for _ in 0..2 {
            let again = location(&submit(&browser, &page, &[("payment", payment)]));
            assert_eq!(again, first, "{payment}");
        }
        let cart = text(&browser.get("/cart"));
        assert_eq!(!cart.contains("Stoneware mug"), empties, "{payment}");
        order_on(&cart);
        // The cart is changed in another tab meanwhile; the form is as old as can be.
        browser.add("mug", "MUG-BLUE-L", "1");
        shop.world.pass_ms(26 * 60 * 60 * 1000);
        let late = submit(&browser, &page, &[("payment", payment), ("name", "Other")]);
        let late = location(&late);
        let is_it = late == first || late.contains("/orders/");
        assert!(is_it, "{payment}: {late}");
        assert_eq!(shop.world.orders(), orders + 1, "{payment}");
    }
}

#[test]
fn back_after_an_order_that_needs_no_payment_leads_to_it() {
    let shop = open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    let order = location(&submit(&browser, &page, &[]));
    assert_eq!(id(&location(&browser.get("/checkout"))), id(&order));
    let cart = text(&browser.get("/cart"));
    assert!(cart.contains("Your order has been placed"), "{cart}");
    assert_eq!(id(&order_on(&cart)), id(&order));
    // Not for ever, and not beside what is chosen next.
    browser.add("plate-1", "PLATE-1", "1");
    let cart = text(&browser.get("/cart"));
    assert!(!cart.contains("/orders/"), "{cart}");
    let set = [("action", "remove"), ("sku", "PLATE-1")];
    browser.post("/cart", &set);
    shop.world.pass_ms(2 * 60 * 60 * 1000);
    assert_eq!(location(&browser.get("/checkout")), "/cart");
}

#[test]
fn the_cart_of_an_order_by_card_is_kept_until_it_is_paid() {
    let shop = open();
    let (browser, _, to_pay) = at_payment(&shop);
    browser.add("plate-1", "PLATE-1", "2");
    let waiting = text(&browser.get("/cart"));
    assert!(waiting.contains("Stoneware mug") && waiting.contains("Plate 1"));
    pay(&shop, &to_pay);
    let order = order_on(&waiting);
    let session = to_pay.split("/pay/").nth(1).expect("a payment page");
    let back = location(&browser.get(&format!("{order}&session={session}")));
    let page = browser.get(&back);
    assert!(text(&page).contains("Confirmed"), "{}", text(&page));
    let cart = text(&browser.get("/cart"));
    assert!(
        !cart.contains("Stoneware mug"),
        "paid, so no longer in the cart"
    );
    assert!(cart.contains("Plate 1"), "what was added since stays");
    assert!(!cart.contains("waits for payment"), "{cart}");
}

#[test]
fn a_payment_that_another_device_made_empties_the_cart_too() {
    let shop = open();
    let (browser, _, to_pay) = at_payment(&shop);
    let order = order_on(&text(&browser.get("/cart")));
    pay(&shop, &to_pay);
    let session = to_pay.split("/pay/").nth(1).expect("a payment page");
    let phone = shop.browser();
    phone.get(&format!("{order}&session={session}"));
    let checkout = location(&browser.get("/checkout"));
    assert_eq!(id(&checkout), id(&order), "it is paid: {checkout}");
    let cart = text(&browser.get("/cart"));
    assert!(!cart.contains("Stoneware mug"), "{cart}");
    assert!(!phone.cookie.borrow().contains("souk_recent"));
}

#[test]
fn an_order_that_ended_unpaid_leaves_the_cart_as_it_was() {
    let shop = open();
    let (browser, _, _) = at_payment(&shop);
    let order = order_on(&text(&browser.get("/cart")));
    let cancel = Action::Cancel {
        reason: "the shopper asked".to_owned(),
    };
    shop.world.change(id(&order), cancel);
    shop.world.pass_ms(HOLD_MS);
    let form = browser.get("/checkout");
    assert_eq!(form.status(), StatusCode::OK, "it can be ordered again");
    let form = text(&form);
    assert!(form.contains("Stoneware mug") && !form.contains("waits for payment"));
    assert_eq!(submit(&browser, &form, &[]).status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.world.orders(), 2);
}

#[test]
fn a_form_that_was_opened_for_another_cart_is_shown_again_as_it_was_typed() {
    let shop = open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    browser.add("plate-1", "PLATE-1", "2");
    let typed = [
        ("name", "Zhang Wei"),
        ("note", "Ring <twice>"),
        ("city", "Suzhou"),
    ];
    let shown = submit(&browser, &page, &typed);
    assert_eq!(shown.status(), StatusCode::CONFLICT);
    let form = text(&shown);
    for kept in ["Zhang Wei", "Ring &lt;twice&gt;", "Suzhou", "310000"] {
        assert!(form.contains(kept), "{kept} is lost");
    }
    assert!(form.contains("Your cart has changed"), "{form}");
    assert!(form.contains("Plate 1"), "with the cart as it is now");
    assert_eq!(
        hidden(&form)["idempotency_key"],
        hidden(&page)["idempotency_key"]
    );
    assert_eq!(shop.world.orders(), 0);
    assert_eq!(
        submit(&browser, &form, &typed).status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn a_form_of_yesterday_is_shown_again_as_it_was_typed() {
    let shop = open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    shop.world.pass_ms(25 * 60 * 60 * 1000);
    let shown = submit(&browser, &page, &[("name", "Zhang Wei")]);
    assert_eq!(shown.status(), StatusCode::CONFLICT);
    let form = text(&shown);
    assert!(
        form.contains("open for a long time") && form.contains("Zhang Wei"),
        "{form}"
    );
    assert_eq!(submit(&browser, &form, &[]).status(), StatusCode::SEE_OTHER);
}

#[test]
fn what_was_typed_survives_a_cart_that_was_emptied_in_another_tab() {
    let shop = open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    browser.post("/cart", &[("action", "remove"), ("sku", "MUG-RED-S")]);
    let shown = submit(&browser, &page, &[("name", "Zhang Wei")]);
    assert_eq!(shown.status(), StatusCode::CONFLICT);
    let form = text(&shown);
    assert!(form.contains("Zhang Wei") && form.contains("Your cart has changed"));
    let again = submit(&browser, &form, &[("name", "Zhang Wei")]);
    assert_eq!(
        again.status(),
        StatusCode::CONFLICT,
        "there is nothing to order"
    );
    browser.add("plate-1", "PLATE-1", "1");
    let form = text(&submit(&browser, &form, &[("name", "Zhang Wei")]));
    assert!(form.contains("Zhang Wei") && form.contains("Plate 1"));
    assert_eq!(submit(&browser, &form, &[]).status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.world.orders(), 1);
}

#[test]
fn cart_and_checkout_stand_while_the_origin_does_not_answer() {
    let shop = open();
    let (browser, _, _) = at_payment(&shop);
    let lost = || {
        shop.world
            .faults
            .borrow_mut()
            .extend(vec![Fault::RequestLost; 9])
    };
    lost();
    let cart = browser.get("/cart");
    assert_eq!(cart.status(), StatusCode::OK);
    assert!(text(&cart).contains("waits for payment"));
    assert!(text(&cart).contains("Stoneware mug"));
}

#[test]
fn a_cart_with_a_withdrawn_product_is_not_ordered_without_it() {
    let shop = open();
    let last = crate::support::fixture::PRODUCTS - 3;
    let (slug, sku) = (format!("plate-{last}"), format!("PLATE-{last}"));
    let browser = shop.browser();
    browser.add(&slug, &sku, "1");
    browser.add("mug", "MUG-RED-S", "1");
    let page = text(&browser.get("/checkout"));
    shop.world
        .publish(&crate::support::fixture::next_catalogue());
    shop.world.pass_ms(60_000);
    let refused = submit(&browser, &page, &[]);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused).contains("no longer sold"));
    assert_eq!(shop.world.orders(), 0);
    // Its line has no SKU any more, and can be taken out all the same.
    let cart = text(&browser.get("/cart"));
    let (_, gone) = cart
        .split_once("No longer sold")
        .expect("a line that is gone");
    let line = gone
        .split("name=\"line\" value=\"")
        .nth(1)
        .expect("its form");
    let line = line.split('"').next().expect("an end");
    browser.post("/cart", &[("action", "remove"), ("line", line)]);
    let cart = text(&browser.get("/cart"));
    assert!(!cart.contains("No longer sold") && cart.contains("Stoneware mug"));
}

#[test]
fn cookies_that_are_not_the_shops_own_lead_nowhere() {
    let shop = open();
    let (browser, page, _) = at_payment(&shop);
    let cookie = browser.cookie.borrow().clone();
    let forged = cookie.replace("souk_recent=", "souk_recent=X");
    assert_ne!(forged, cookie);
    browser.cookie.replace(forged);
    let form = browser.get("/checkout");
    assert_eq!(
        form.status(),
        StatusCode::OK,
        "the cart is there, the order is not"
    );
    assert!(!text(&form).contains("/orders/"));
    // The key in the form still finds it at the origin.
    let again = location(&submit(&browser, &page, &CARD));
    assert!(again.contains("/pay/"), "{again}");
    assert_eq!(shop.world.orders(), 1);
}
