//! Payment by card as shoppers and API clients see it: the real payments before a sandbox of the
//! provider.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;
use souk_payment_sandbox::CardBehaviour;
use souk_payment_sandbox::faults::{Fault as ProviderFault, Step};
use souk_protocol::origin;

use crate::checkout::{at_checkout, submit};
use souk_shop::Shop as About;

use crate::support::shop::{Browser, order_of, order_request};
use crate::support::{Shop, about, fixture, json, request, text};

const PAGES: &str = "http://127.0.0.1:8797";
/// How long the units of an order are held.
const HOLD_MS: i64 = 15 * 60 * 1000;

fn open() -> Shop {
    let shop = Shop::open();
    shop.world.take_cards();
    shop
}

fn location(response: &Response<Bytes>) -> String {
    assert_eq!(
        response.status(),
        StatusCode::SEE_OTHER,
        "{}",
        text(response)
    );
    let location = response.headers()["location"].to_str();
    location.expect("ASCII").to_owned()
}

/// The name of the page in its address.
fn session(url: &str) -> String {
    url.strip_prefix(&format!("{PAGES}/pay/"))
        .expect(url)
        .to_owned()
}

fn pay(shop: &Shop, url: &str, card: CardBehaviour) {
    shop.world
        .sandbox
        .pay(&session(url), card, shop.world.now_ms.get());
}

/// An order by the form; gives the address of the payment page.
fn order_by_form(shop: &Shop) -> String {
    let (browser, page) = at_checkout(shop, "MUG-RED-S", "2");
    location(&submit(&browser, &page, &[("payment", "card")]))
}

fn order_by_api(shop: &Shop, key: &str) -> Value {
    let mut order = order_of("MUG-RED-S", 2);
    order["payment"]["method"] = "card".into();
    let response = shop.order(key, &order);
    assert_eq!(
        response.status(),
        StatusCode::CREATED,
        "{}",
        text(&response)
    );
    json(&response)
}

fn path_of(order: &Value, what: &str) -> String {
    let text = |name: &str| order[name].as_str().expect("a text").to_owned();
    format!("/{what}?token={}", text("token")).replace("{id}", &text("id"))
}

fn begin(shop: &Shop, order: &Value) -> Response<Bytes> {
    shop.send(request(
        "POST",
        &path_of(order, "api/v1/orders/{id}/payment"),
        &[],
        "",
    ))
}

fn url(response: &Response<Bytes>) -> String {
    json(response)["url"]
        .as_str()
        .expect("an address")
        .to_owned()
}

fn read(shop: &Shop, order: &Value) -> Value {
    json(&shop.api(&path_of(order, "api/v1/orders/{id}")))
}

/// What the scheduler does.
fn tick(shop: &Shop) {
    let tick = |path: &str| {
        let request = request("POST", path, &[("traceparent", "00-a-b-01")], "");
        let world = &shop.world;
        futures::executor::block_on(async {
            match path {
                origin::TICK_PATH => souk_ports::OriginClient::send(world, request).await,
                _ => souk_ports::PaymentsClient::ask_payments(world, request).await,
            }
        })
    };
    for path in [origin::TICK_PATH, souk_protocol::payments::WORK_PATH] {
        assert_eq!(tick(path).expect("an answer").status(), StatusCode::OK);
    }
}

#[test]
fn a_shop_without_a_provider_offers_no_card_and_refuses_one_clearly() {
    let shop = Shop::open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "1");
    assert!(!page.contains("value=\"card\""));
    let refused = submit(&browser, &page, &[("payment", "card")]);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "card".into();
    let refused = shop.order("k", &order);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem = json(&refused);
    assert_eq!(problem["errors"][0]["pointer"], "/payment/method");
    let detail = problem["errors"][0]["detail"].as_str().expect("a text");
    assert!(detail.contains("takes no cards"), "{detail}");
    assert_eq!(shop.world.orders(), 0);
}

#[test]
fn a_shopper_goes_to_the_providers_page_pays_and_finds_the_order_confirmed() {
    let shop = open();
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let radios = page
        .split("type=\"radio\"")
        .find(|part| part.contains("\"card\""));
    assert!(
        radios.expect("a radio").contains("checked"),
        "a card comes first"
    );
    let placed = submit(&browser, &page, &[("payment", "card")]);
    let url = location(&placed);
    assert!(url.starts_with(&format!("{PAGES}/pay/cs_")), "{url}");
    assert!(
        placed.headers().contains_key("set-cookie"),
        "the cart is empty now"
    );
    assert_eq!(placed.headers()["cache-control"], "no-store");
    let request = http::Request::post(url.strip_prefix(PAGES).expect("a page"))
        .body(Bytes::from_static(b"number=4242+4242+4242+4242"))
        .expect("a request");
    let reply = shop.world.sandbox.answer(&request, shop.world.now_ms.get());
    let back = location(&reply.response.expect("an answer"));
    let back = back
        .strip_prefix("http://shop.localhost")
        .expect("back in the shop");
    let order = location(&shop.get(back));
    assert!(!order.contains("session="), "{order}");
    let page = shop.page(&order);
    assert!(
        page.contains("Confirmed") && page.contains("Payment received"),
        "{page}"
    );
    assert!(!page.contains("Pay now"));
}

#[test]
fn forms_may_lead_to_the_provider_and_nowhere_else() {
    let policy = |response: &Response<Bytes>| {
        let policy = response.headers()["content-security-policy"].to_str();
        policy.expect("ASCII").to_owned()
    };
    let shop = open();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    let allowed = format!("form-action 'self' {PAGES};");
    assert!(policy(&browser.get("/checkout")).contains(&allowed));
    assert!(policy(&browser.get("/cart")).contains("form-action 'self';"));
    let order = order_by_api(&shop, "k");
    let page = shop.get(&path_of(&order, "orders/{id}"));
    assert!(policy(&page).contains(&allowed));
    let shop = Shop::open();
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    assert!(policy(&browser.get("/checkout")).contains("form-action 'self';"));
}

#[test]
fn a_client_of_the_api_gets_a_page_and_sees_how_far_the_payment_is() {
    let shop = open();
    let order = order_by_api(&shop, "k");
    let payment = |order: &Value| order["payment"].clone();
    let due = serde_json::json!({"method": "card", "status": "due"});
    assert_eq!(payment(&order), due);
    assert_eq!(order["status"], "awaiting_payment");
    let page = url(&begin(&shop, &order));
    assert_eq!(url(&begin(&shop, &order)), page, "the same page again");
    assert_eq!(payment(&read(&shop, &order))["pay_url"], page.as_str());
    pay(&shop, &page, CardBehaviour::Pays);
    let back = path_of(&order, "orders/{id}") + &format!("&session={}", session(&page));
    shop.get(&back);
    let paid = read(&shop, &order);
    assert_eq!(
        payment(&paid),
        serde_json::json!({"method": "card", "status": "paid"})
    );
    assert_eq!(paid["status"], "confirmed");
    let conflict = begin(&shop, &order);
    assert_eq!(conflict.status(), StatusCode::CONFLICT);
    let detail = json(&conflict)["detail"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(detail.contains("confirmed"), "{detail}");
}

#[test]
fn an_order_is_not_paid_without_its_token() {
    let shop = open();
    let mut order = order_by_api(&shop, "k");
    order["token"] = "0123456789abcdef0123456789abcdef".into();
    assert_eq!(begin(&shop, &order).status(), StatusCode::NOT_FOUND);
    let id = order["id"].as_str().expect("a text");
    let path = format!("/orders/{id}/pay");
    for token in ["", "0123456789abcdef0123456789abcdef", &"x".repeat(65)] {
        let response = shop.browser().post(&path, &[("token", token)]);
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{token}");
    }
    assert_eq!(shop.world.sandbox.count(Step::Open), 0);
}

#[test]
fn an_order_is_placed_and_kept_even_if_the_provider_is_away_and_paid_from_its_own_page() {
    let shop = open();
    shop.world
        .sandbox
        .fail(Step::Open, ProviderFault::Answer(503));
    let (browser, page) = at_checkout(&shop, "MUG-RED-S", "2");
    let order = location(&submit(&browser, &page, &[("payment", "card")]));
    assert!(order.starts_with("/orders/"), "{order}");
    let page = shop.page(&order);
    assert!(
        page.contains("Pay now") && page.contains("15 minutes left"),
        "{page}"
    );
    let zh = shop.page(&format!("/zh{order}"));
    assert!(zh.contains("立即付款") && zh.contains("还剩 15 分钟"));
    let action = page.split("action=\"").find(|part| part.contains("/pay\""));
    let action = action
        .and_then(|part| part.split('"').next())
        .expect("a form");
    let token = order
        .split("token=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    let paying = browser.post(action, &[("token", token.expect("a token"))]);
    assert!(location(&paying).starts_with(PAGES));
}

#[test]
fn without_payments_for_a_moment_pages_offer_no_card_and_clients_get_a_time_to_retry() {
    let shop = open();
    shop.world.payments_down.set(true);
    let (_, page) = at_checkout(&shop, "MUG-RED-S", "1");
    assert!(!page.contains("value=\"card\""));
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "card".into();
    assert_eq!(
        shop.order("k", &order).status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    shop.world.payments_down.set(false);
    assert_eq!(
        shop.send(order_request("k", &order)).status(),
        StatusCode::CREATED
    );
}

#[test]
fn the_page_shows_a_declined_card_and_another_one_can_be_tried() {
    let shop = open();
    let page = order_by_form(&shop);
    let order = order_path(&shop, &page);
    pay(&shop, &page, CardBehaviour::Declined);
    // The shopper returns by the link, without having paid.
    hear(&shop);
    let html = shop.page(&order);
    assert!(
        html.contains("Your card was declined") && html.contains("Pay now"),
        "{html}"
    );
    assert!(shop.page(&format!("/zh{order}")).contains("您的卡被拒绝"));
    pay(&shop, &page, CardBehaviour::Pays);
    hear(&shop);
    let html = shop.page(&order);
    assert!(html.contains("Confirmed") && !html.contains("role=\"alert\""));
}

#[test]
fn the_order_shows_a_late_payment_for_units_that_are_gone() {
    let shop = open();
    let page = order_by_form(&shop);
    let order = order_path(&shop, &page);
    shop.world.pass_ms(HOLD_MS);
    pay(&shop, &page, CardBehaviour::Pays);
    let tick_path = request(
        "POST",
        origin::TICK_PATH,
        &[("traceparent", "00-a-b-01")],
        "",
    );
    let expired = souk_ports::OriginClient::send(&shop.world, tick_path);
    futures::executor::block_on(expired).expect("an answer");
    assert_eq!(
        shop.order("rival", &order_of("MUG-RED-S", 10)).status(),
        201
    );
    hear(&shop);
    tick(&shop);
    let html = shop.page(&order);
    assert!(html.contains("sold by then. Nothing was charged"), "{html}");
    assert!(
        shop.page(&format!("/zh{order}"))
            .contains("您付款时商品已售出")
    );
    assert_eq!(shop.world.sandbox.payments()[0].status, "canceled");
}

/// A shop with a product that costs 0.20, one that costs nothing, and one of 0.30.
fn with_small_prices() -> Shop {
    with_small_prices_in(about::about())
}

fn with_small_prices_in(about: About) -> Shop {
    let mut catalogue = fixture::catalogue();
    catalogue.shop = Some(about::blobs(about, &["en", "zh"]));
    for (at, price) in [(2, 20), (3, 0), (4, 30)] {
        catalogue.products[at].variants[0].price_minor = price;
    }
    let shop = Shop::empty();
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop.world.take_cards();
    shop
}

fn checkout_of<'a>(shop: &'a Shop, plates: &[usize]) -> (Browser<'a>, String) {
    let browser = shop.browser();
    for plate in plates {
        browser.add(&format!("plate-{plate}"), &format!("PLATE-{plate}"), "1");
    }
    let page = text(&browser.get("/checkout"));
    (browser, page)
}

#[test]
fn a_card_is_refused_before_an_order_below_the_least_amount_is_placed() {
    let shop = with_small_prices();
    // Express delivery would bring it above, so a card is offered; with standard delivery it is
    // refused.
    let (browser, page) = checkout_of(&shop, &[0]);
    assert!(page.contains("value=\"card\""));
    let refused = submit(
        &browser,
        &page,
        &[("payment", "card"), ("name", "Ana Kept")],
    );
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let shown = text(&refused);
    assert!(shown.contains("A card can pay $0.50 at least"), "{shown}");
    assert!(shown.contains("Ana Kept"));
    assert_eq!(shop.world.orders(), 0);
    // In another way, or with more in the cart, it is placed.
    let placed = submit(&browser, &shown, &[("payment", "on_delivery")]);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER);
    let (browser, page) = checkout_of(&shop, &[0, 2]);
    let paid = location(&submit(&browser, &page, &[("payment", "card")]));
    assert!(paid.starts_with(PAGES), "{paid}");

    let mut order = order_of("PLATE-0", 2);
    order["payment"]["method"] = "card".into();
    let refused = shop.order("small", &order);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem = json(&refused);
    assert_eq!(problem["errors"][0]["pointer"], "/payment/method");
    let detail = problem["errors"][0]["detail"].as_str().expect("a text");
    assert!(detail.contains("50 minor units"), "{detail}");
    assert_eq!(shop.world.orders(), 2);
    order["lines"][0]["quantity"] = 3.into();
    assert_eq!(shop.order("small", &order).status(), StatusCode::CREATED);
}

#[test]
fn a_card_that_can_pay_with_no_delivery_is_not_offered() {
    let shop = with_small_prices_in(About {
        express_fee_minor: None,
        ..about::about()
    });
    let (_, page) = checkout_of(&shop, &[0]);
    assert!(!page.contains("value=\"card\""), "{page}");
    assert!(page.contains("value=\"transfer\""));
    let (_, page) = checkout_of(&shop, &[0, 2]);
    assert!(page.contains("value=\"card\""), "0.50 can be paid");
}

#[test]
fn an_order_for_nothing_is_confirmed_without_a_payment() {
    let shop = with_small_prices();
    for payment in ["card", "transfer", "on_delivery"] {
        let (browser, page) = checkout_of(&shop, &[1]);
        let order = location(&submit(&browser, &page, &[("payment", payment)]));
        assert!(order.starts_with("/orders/"), "{payment}: {order}");
        let shown = text(&browser.get(&order));
        assert!(shown.contains("Confirmed"), "{payment}: {shown}");
        assert!(!shown.contains("Pay now"), "{payment}");
        let cart = text(&browser.get("/cart"));
        assert!(!cart.contains("waits for payment"), "{payment}");
        let mut order = order_of("PLATE-1", 1);
        order["payment"]["method"] = payment.into();
        let placed = json(&shop.order(&format!("free-{payment}"), &order));
        assert_eq!(placed["status"], "confirmed", "{payment}");
        assert_eq!(placed["total"]["amount"], 0);
    }
    shop.world.pass_ms(30 * 24 * 60 * 60 * 1000);
    tick(&shop);
    assert!(shop.world.sandbox.payments().is_empty());
}

#[test]
fn the_page_shows_that_an_amount_is_below_what_the_provider_takes() {
    let shop = open();
    let refusal = ProviderFault::Answer(400);
    shop.world.sandbox.fail(Step::Open, refusal);
    let order = order_by_form(&shop);
    assert!(order.contains("card=refused"), "{order}");
    let html = shop.page(&order);
    assert!(html.contains("cannot be paid by card"), "{html}");
}

#[test]
fn a_page_of_an_order_that_is_not_paid_in_time_offers_no_payment() {
    let shop = open();
    let order = order_by_api(&shop, "k");
    let path = path_of(&order, "orders/{id}");
    assert!(shop.page(&path).contains("Pay now"));
    shop.world.pass_ms(HOLD_MS);
    assert!(
        !shop.page(&path).contains("Pay now"),
        "over, and not yet released"
    );
    tick(&shop);
    assert!(shop.page(&path).contains("Not paid in time"));
    assert_eq!(begin(&shop, &order).status(), StatusCode::CONFLICT);
    let now = read(&shop, &order);
    assert_eq!(now["payment"]["status"], "none");
}

/// The address of an order, from the link back on the provider's page: the page's own address is
/// `to_pay`.
fn order_path(shop: &Shop, to_pay: &str) -> String {
    let (_, page) = to_pay.split_once("/pay/").expect("a page");
    let request = request("GET", &format!("/pay/{page}"), &[], "");
    let now_ms = shop.world.now_ms.get();
    let reply = shop.world.sandbox.answer(&request, now_ms).response;
    let html = text(&reply.expect("an answer"));
    let path = html.split("/orders/").nth(1).expect("a link to the order");
    format!("/orders/{}", path.split('"').next().expect("its end"))
}

/// Delivers every event that the provider has to send.
fn hear(shop: &Shop) {
    let now_ms = shop.world.now_ms.get();
    for event in shop.world.sandbox.take_events(now_ms) {
        let signature = shop.world.sandbox.signature(event.body.as_bytes(), now_ms);
        let headers = [
            ("stripe-signature", signature.as_str()),
            ("traceparent", "00-a-b-01"),
        ];
        let path = souk_payments_stripe::WEBHOOK_PATH;
        let request = request("POST", path, &headers, &event.body);
        let heard = souk_ports::PaymentsClient::ask_payments(&shop.world, request);
        let heard = futures::executor::block_on(heard).expect("an answer");
        assert_eq!(heard.status(), StatusCode::OK, "{}", event.kind);
    }
}
