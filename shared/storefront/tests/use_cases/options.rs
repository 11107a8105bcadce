//! Options of lines: from the field on the page of a product to the order, and in the API.

use http::StatusCode;
use serde_json::{Value, json};
use souk_domain::Currency;
use souk_pricing::{Amount, Amounts, LineOption, OptionChoice, OptionKind, Terms, Title};

use crate::checkout::submit;
use crate::support::shop::{Browser, order_of};
use crate::support::terms::{terms, with_terms};
use crate::support::{Shop, fixture, json as body, text};

const ADDRESS: [(&str, &str); 2] = [("region", "Zhejiang"), ("delivery", "standard")];

fn usd(minor: i64) -> Amounts {
    let currency = Currency::USD;
    Amounts(vec![Amount { currency, minor }])
}

fn option(id: &str, own: &str, zh: &str, kind: OptionKind, minor: i64) -> LineOption {
    LineOption {
        id: id.to_owned(),
        title: Title {
            own: own.to_owned(),
            others: vec![("zh".to_owned(), zh.to_owned())],
        },
        products: None,
        kind,
        is_required: false,
        surcharge: usd(minor),
        lead_days: 0,
    }
}

/// An engraving for 5.00 that takes three days, a ribbon in two colours, a gift wrap for 3.00.
fn with_options(is_required: bool) -> Terms {
    let choice = |id: &str, own: &str, minor| OptionChoice {
        id: id.to_owned(),
        title: Title {
            own: own.to_owned(),
            others: Vec::new(),
        },
        surcharge: usd(minor),
    };
    let colours = vec![choice("red", "Red", 0), choice("gold", "Gold", 150)];
    let text = OptionKind::Text { chars_max: 12 };
    Terms {
        options: vec![
            LineOption {
                is_required,
                lead_days: 3,
                ..option("engraving", "Engraving", "刻字", text, 500)
            },
            option("ribbon", "Ribbon", "丝带", OptionKind::Choice(colours), 0),
            option("wrap", "Gift wrap", "礼品包装", OptionKind::Flag, 300),
        ],
        ..terms()
    }
}

fn open(is_required: bool) -> Shop {
    let shop = Shop::empty();
    let catalogue = with_terms(fixture::catalogue(), &with_options(is_required));
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop
}

/// Adds two red mugs with some fields for options.
fn add<'a>(browser: &Browser<'_>, options: &[(&'a str, &'a str)]) -> http::Response<bytes::Bytes> {
    let fields = [
        ("action", "add"),
        ("product", "mug"),
        ("sku", "MUG-RED-S"),
        ("quantity", "2"),
        ("options", "1"),
    ];
    browser.post("/cart", &[&fields[..], options].concat())
}

#[test]
fn the_page_of_a_product_has_fields_for_its_options_in_each_language() {
    let shop = open(true);
    let page = text(&shop.browser().get("/products/mug?variant=MUG-RED-S"));
    for part in [
        "<label for=\"option.engraving\">Engraving <span class=\"star\"",
        "name=\"option.engraving\" value=\"\" form=\"add\" maxlength=\"12\" required",
        "Up to 12 characters, +$5.00, 3 more working days",
        "<option value=\"gold\">Gold (+$1.50)</option>",
        "<option value=\"1\">Yes (+$3.00)</option>",
        "<form class=\"add\" id=\"add\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let chinese = text(&shop.browser().get("/zh/products/mug"));
    assert!(
        chinese.contains("刻字") && chinese.contains("礼品包装"),
        "{chinese}"
    );
    let plain = Shop::open_with_terms();
    let page = text(&plain.browser().get("/products/mug"));
    assert!(!page.contains("name=\"options\""), "{page}");
}

#[test]
fn what_is_wrong_stands_beside_its_field_with_what_was_typed() {
    let shop = open(true);
    let browser = shop.browser();
    let cases = [
        ("", "Engraving is required"),
        ("Für Anna Maria", "Engraving can have 12 characters at most"),
        ("A\u{7}B", "Engraving"),
    ];
    for (typed, said) in cases {
        let answer = add(&browser, &[("option.engraving", typed), ("flag.wrap", "1")]);
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = text(&answer);
        let problem = page
            .split("id=\"e-option.engraving\">")
            .nth(1)
            .expect("a problem");
        assert!(problem.starts_with(said), "{typed}: {problem}");
        assert!(page.contains("<option value=\"1\" selected>"), "{page}");
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
    }
    let again = text(&add(&browser, &[("option.engraving", "Für Anna Maria")]));
    assert!(again.contains("value=\"Für Anna Maria\""), "{again}");
    assert!(text(&browser.get("/cart")).contains("Your cart is empty"));
}

#[test]
fn options_go_with_their_line_from_the_page_to_the_order() {
    let shop = open(false);
    let browser = shop.browser();
    let engraved = [
        ("option.engraving", " Anna <3 "),
        ("option.ribbon", "gold"),
        ("flag.wrap", "1"),
    ];
    assert_eq!(add(&browser, &engraved).status(), StatusCode::SEE_OTHER);
    assert_eq!(
        add(&browser, &[("option.engraving", "")]).status(),
        StatusCode::SEE_OTHER
    );
    let cart = text(&browser.get("/cart"));
    for part in [
        "<p>Engraving: Anna &lt;3 (+$5.00)</p>",
        "<p>Ribbon: Gold (+$1.50)</p>",
        "<p>Gift wrap (+$3.00)</p>",
        "$22.49 each",
        "$12.99 each",
    ] {
        assert!(cart.contains(part), "{part}: {cart}");
    }
    // The first line has other units and the same options.
    let line = cart.split("name=\"line\" value=\"").nth(1).expect("a line");
    let line = line.split('"').next().expect("its name");
    browser.post(
        "/cart",
        &[("action", "set"), ("line", line), ("quantity", "1")],
    );
    let page = text(&browser.get("/checkout"));
    assert!(page.contains("Engraving: Anna &lt;3"), "{page}");
    assert!(
        page.contains("5 to 8 working days"),
        "two to five and three more: {page}"
    );
    let placed = submit(&browser, &page, &ADDRESS);
    assert_eq!(placed.status(), StatusCode::SEE_OTHER, "{}", text(&placed));
    let location = placed.headers()["location"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    let order = text(&browser.get(&location));
    for part in [
        "Engraving: Anna &lt;3 (+$5.00)",
        "Gift wrap",
        "$22.49",
        "$25.98",
    ] {
        assert!(order.contains(part), "{part}: {order}");
    }
}

#[test]
fn a_cart_says_of_options_that_are_no_longer_possible() {
    let shop = open(false);
    let browser = shop.browser();
    add(&browser, &[("option.engraving", "Anna")]);
    let page = text(&browser.get("/checkout"));
    let catalogue = with_terms(fixture::catalogue(), &terms());
    shop.world.publish(&catalogue);
    shop.world.offer(&catalogue, 10);
    shop.world.pass_ms(10_000);
    let cart = text(&browser.get("/cart"));
    assert!(
        cart.contains("It cannot be had with these options any more"),
        "{cart}"
    );
    let refused = submit(&browser, &page, &ADDRESS);
    assert_eq!(refused.status(), StatusCode::CONFLICT, "{}", text(&refused));
    assert_eq!(shop.world.orders(), 0);
}

fn quote_of(options: &Value) -> Value {
    json!({"market": "us", "delivery": "standard", "place": {"country": "CN", "region": "Zhejiang", "postal_code": "310000"},
        "lines": [{"sku": "MUG-RED-S", "quantity": 2, "options": options}]})
}

#[test]
fn the_api_names_lists_and_prices_options() {
    let shop = open(false);
    let product = body(&shop.get("/api/v1/products/mug?lang=zh"));
    let options = &product["variants"][0]["custom_options"];
    let engraving = json!({"id": "engraving", "title": "刻字", "kind": "text", "required": false,
        "max_length": 12, "surcharge": 500, "lead_days": 3});
    assert_eq!(options[0], engraving);
    assert_eq!(
        options[1]["choices"][1],
        json!({"id": "gold", "title": "Gold", "surcharge": 150})
    );
    let said = json!({"engraving": " Anna ", "ribbon": "gold", "wrap": true});
    let quote = body(&shop.quote(&quote_of(&said)));
    let chosen = json!([
        {"id": "engraving", "title": "Engraving", "value": "Anna", "surcharge": 500},
        {"id": "ribbon", "title": "Ribbon", "choice": "gold", "value": "Gold", "surcharge": 150},
        {"id": "wrap", "title": "Gift wrap", "surcharge": 300},
    ]);
    assert_eq!(quote["lines"][0]["options"], chosen);
    assert_eq!(quote["lines"][0]["unit_price"], 2_249);
    assert_eq!(quote["delivery_options"][0]["days"], json!([5, 8]));
    let mut order = order_of("MUG-RED-S", 2);
    order["market"] = json!("us");
    order["lines"][0]["options"] = said;
    order["lines"][0]["unit_price"] = Value::Null;
    order["quote"] = quote["quote"].clone();
    let placed = shop.order("k", &order);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let placed = body(&placed);
    assert_eq!(placed["lines"][0]["options"], chosen);
    assert_eq!(placed["total"]["amount"], quote["total"]);
    // Without the options it is another cart than that of the quote.
    order["lines"][0]["options"] = json!({});
    assert_eq!(shop.order("other", &order).status(), StatusCode::CONFLICT);
}

#[test]
fn quotes_and_orders_name_the_line_and_the_option_that_is_wrong() {
    let shop = open(true);
    let named = json!({"engraving": "Anna"});
    let with = |id: &str, said: Value| {
        let mut options = named.clone();
        options[id] = said;
        options
    };
    let cases = [
        (json!({}), "engraving"),
        (with("engraving", json!("")), "engraving"),
        (with("engraving", json!("x".repeat(13))), "engraving"),
        (with("engraving", json!("a\nb")), "engraving"),
        (with("engraving", json!(true)), "engraving"),
        (with("ribbon", json!("blue")), "ribbon"),
        (with("wrap", json!("yes")), "wrap"),
        (with("a/b", json!(true)), "a~1b"),
    ];
    for (options, id) in cases {
        let mut order = order_of("MUG-RED-S", 1);
        order["market"] = json!("us");
        order["lines"][0]["options"] = options.clone();
        for answer in [shop.quote(&quote_of(&options)), shop.order("k", &order)] {
            assert_eq!(
                answer.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{options}"
            );
            let problem = body(&answer);
            assert_eq!(problem["type"], "/problems/invalid-request");
            let pointer = format!("/lines/0/options/{id}");
            assert_eq!(
                problem["errors"][0]["pointer"],
                pointer.as_str(),
                "{options}"
            );
        }
    }
    assert_eq!(shop.world.orders(), 0);
    // A shop without terms has no options.
    let plain = Shop::open();
    let mut order = order_of("MUG-RED-S", 1);
    order["lines"][0]["options"] = json!({"wrap": true});
    let refused = plain.order("k", &order);
    assert_eq!(
        refused.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        text(&refused)
    );
}
