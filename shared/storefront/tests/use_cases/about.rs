//! What a shop says about itself, as pages and orders show it: languages, looks, home page, terms.

use http::StatusCode;
use souk_catalogue::{Catalogue, Hash, ShopBlobs, Text};
use souk_protocol::origin::{self, PublishedTerms};
use souk_protocol::public;
use souk_shop::{Account, Block, Language, Place, Shop as About, Story, Target, ThemeBlob};

use crate::support::{Shop, about, fixture, json, request, shop::order_of, text};

/// The fixture of a shop that says this about itself.
fn catalogue(shop: ShopBlobs) -> Catalogue {
    Catalogue {
        shop: Some(shop),
        ..fixture::catalogue()
    }
}

/// An open shop that says this about itself.
fn open(about: About, languages: &[&str]) -> Shop {
    let shop = Shop::open();
    publish(&shop, about, languages);
    shop
}

fn publish(shop: &Shop, about: About, languages: &[&str]) {
    shop.world
        .publish(&catalogue(about::blobs(about, languages)));
    shop.world.pass_ms(60_000);
}

/// A shop in German and English with looks, a menu and a home page of its own.
fn kontor() -> About {
    let language = |code: &str, name: &str| Language {
        code: code.to_owned(),
        tag: code.to_owned(),
        name: name.to_owned(),
        open_graph: format!("{code}_XX"),
        ..Language::default()
    };
    let place = |label: &str, target| Place {
        label: Text::new(label),
        target,
        places: Vec::new(),
    };
    let tea = Target::Collection("tea".to_owned());
    let story = Story {
        title: Text::translated("Gutes Geschirr", [Some("Good dishes".to_owned())]),
        ..Story::default()
    };
    About {
        name: Text::new("Kontor"),
        languages: vec![language("de", "Deutsch"), language("en", "English")],
        navigation: vec![
            Place {
                places: vec![place("Alle Tassen", Some(tea))],
                ..place("Geschirr", None)
            },
            place(
                "Hilfe",
                Some(Target::Address("https://hilfe.example/".to_owned())),
            ),
        ],
        home: vec![Block::Story(Box::new(story))],
        ..about::about()
    }
}

fn set_terms(shop: &Shop, terms: &PublishedTerms) {
    let set = origin::SetTerms {
        orders: terms.clone(),
        prices: None,
        revoked: Vec::new(),
    };
    shop.world.set_terms(&set);
}

#[test]
fn a_shop_speaks_its_own_language_first_and_no_other_ones() {
    let shop = open(kontor(), &["de", "en"]);
    let home = shop.page("/");
    assert!(home.contains("<html lang=\"de\">"), "{home}");
    assert!(
        home.contains("Warenkorb") && home.contains("Gutes Geschirr"),
        "{home}"
    );
    for alternate in [
        "hreflang=\"de\" href=\"http://shop.localhost/\"",
        "hreflang=\"en\" href=\"http://shop.localhost/en/\"",
        "hreflang=\"x-default\" href=\"http://shop.localhost/\"",
    ] {
        assert!(home.contains(alternate), "{alternate}");
    }
    let english = shop.page("/en");
    assert!(english.contains("<html lang=\"en\">") && english.contains("Good dishes"));
    let product = shop.page("/en/products/mug");
    // Its second language is English, and the fixture's texts are in the order of the languages.
    assert!(product.contains("<html lang=\"en\">"));
    for path in ["/zh", "/zh/products/mug", "/de/products/mug"] {
        assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND, "{path}");
    }
    let missing = text(&shop.get("/en/nothing"));
    assert!(missing.contains("This page is not here"), "{missing}");
}

#[test]
fn menus_have_levels_and_lead_everywhere() {
    let shop = open(kontor(), &["de", "en"]);
    let home = shop.page("/");
    assert!(home.contains("<summary>Geschirr</summary>"), "{home}");
    assert!(
        home.contains("<a href=\"/collections/tea\">Alle Tassen</a>"),
        "{home}"
    );
    assert!(home.contains("href=\"https://hilfe.example/\""), "{home}");
    let english = shop.page("/en");
    assert!(
        english.contains("href=\"/en/collections/tea\" lang=\"de\""),
        "{english}"
    );
}

#[test]
fn countries_are_named_in_the_language_of_the_page() {
    let shop = open(kontor(), &["de", "en"]);
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    for (path, name) in [
        ("/checkout", "Germany in de"),
        ("/en/checkout", "Germany in en"),
    ] {
        let page = text(&browser.get(path));
        assert!(page.contains(name), "{name}");
    }
}

#[test]
fn without_a_catalogue_pages_speak_as_they_did_before() {
    let shop = open(kontor(), &["de", "en"]);
    shop.page("/en");
    shop.world.store_down.set(true);
    shop.world.pass_ms(600_000);
    let cart = text(&shop.get("/en/cart"));
    assert!(cart.contains("<html lang=\"en\">"), "{cart}");
}

#[test]
fn looks_are_a_stylesheet_under_the_name_of_their_content() {
    let shop = Shop::open();
    let plain = shop.page("/");
    let path = |page: &str| {
        let (_, rest) = page
            .split_once("rel=\"stylesheet\" href=\"")
            .expect("a stylesheet");
        rest.split('"').next().expect("a path").to_owned()
    };
    let theme = ThemeBlob {
        css: ":root{--brand:#0b5}".to_owned(),
    };
    let mut about = about::about();
    about.theme.stylesheet = Some(Hash::of(&theme.encode()));
    about.theme.light = "#ffffff".to_owned();
    let mut blobs = about::blobs(about, &["en", "zh"]);
    blobs.blobs.push(theme.encode());
    shop.world.publish(&catalogue(blobs));
    shop.world.pass_ms(60_000);
    let themed = shop.page("/");
    assert!(
        themed.contains("name=\"theme-color\" content=\"#ffffff\""),
        "{themed}"
    );
    let (before, after) = (path(&plain), path(&themed));
    assert_ne!(before, after);
    let styles = shop.get(&after);
    assert_eq!(styles.status(), StatusCode::OK);
    assert_eq!(styles.headers()["content-type"], "text/css; charset=utf-8");
    assert!(
        styles.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert!(text(&styles).ends_with(":root{--brand:#0b5}"));
    assert!(text(&styles).starts_with(&text(&shop.get(&before))));
    // A page of before is still in a browser, and so is the address of its looks.
    assert_eq!(shop.get(&before).status(), StatusCode::OK);
    // The name of any other blob is no stylesheet.
    let manifest = after.replace(&theme_of(&after), &"0".repeat(32));
    assert_eq!(shop.get(&manifest).status(), StatusCode::NOT_FOUND);
}

fn theme_of(path: &str) -> String {
    path.rsplit('.').nth(1).expect("the theme").to_owned()
}

#[test]
fn a_method_that_the_shop_does_not_offer_is_neither_shown_nor_taken() {
    let mut about = about::about();
    about.payment.offered = vec!["transfer".to_owned()];
    about.payment.account = Some(Account {
        holder: "Kontor GmbH".to_owned(),
        number: "DE89 3704 0044 0532 0130 00".to_owned(),
        ..Account::default()
    });
    let shop = open(about, &["en", "zh"]);
    let browser = shop.browser();
    browser.add("mug", "MUG-RED-S", "1");
    let checkout = text(&browser.get("/checkout"));
    assert!(
        checkout.contains("value=\"transfer\" required checked"),
        "{checkout}"
    );
    assert!(!checkout.contains("value=\"on_delivery\"") && !checkout.contains("value=\"card\""));
    let refused = shop.order("k", &order_of("MUG-RED-S", 1));
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(&refused).contains("must be 'transfer'"),
        "{}",
        text(&refused)
    );
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "transfer".into();
    let placed = shop.order("k", &order);
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    let placed: public::Order = serde_json::from_value(json(&placed)).expect("an order");
    let page = shop.page(&format!("/orders/{}?token={}", placed.id, placed.token));
    for needed in ["Kontor GmbH", "DE89 3704", placed.id.as_str(), "$12.99"] {
        assert!(page.contains(needed), "{needed}: {page}");
    }
}

#[test]
fn an_order_is_placed_by_the_terms_that_its_buyer_was_shown_or_not_at_all() {
    let shop = Shop::open();
    let shown = about::about().terms();
    let mut next = about::about();
    next.express_fee_minor = Some(2_500);
    let next_terms = next.terms();
    set_terms(&shop, &shown);
    set_terms(&shop, &next_terms);
    let express = || {
        let mut order = order_of("MUG-RED-S", 1);
        order["delivery"] = "express".into();
        order
    };
    // The edge still shows the version before: its terms hold for a while.
    let placed = shop.order("a", &express());
    assert_eq!(placed.status(), StatusCode::CREATED);
    assert_eq!(json(&placed)["shipping"]["amount"], 1_500);
    shop.world.pass_ms(origin::TERMS_BEFORE_MS + 60_000);
    let refused = shop.order("b", &express());
    assert_eq!(refused.status(), StatusCode::CONFLICT, "{}", text(&refused));
    assert!(
        text(&refused).contains("terms-changed"),
        "{}",
        text(&refused)
    );
    // What was placed is found again by its key.
    assert_eq!(shop.order("a", &express()).status(), StatusCode::OK);
    publish(&shop, next, &["en", "zh"]);
    let placed = shop.order("b", &express());
    assert_eq!(placed.status(), StatusCode::CREATED);
    assert_eq!(json(&placed)["shipping"]["amount"], 2_500);
}

#[test]
fn the_api_tells_what_the_shop_says_about_itself() {
    let mut about = kontor();
    about.name = Text::translated("Kontor", [Some("The Kontor".to_owned())]);
    about.contact.email = Some("hallo@kontor.example".to_owned());
    about.payment.offered = ["on_delivery", "card"].map(str::to_owned).to_vec();
    let shop = open(about, &["de", "en"]);
    shop.world.take_cards();
    let said = json(&shop.api("/api/v1/shop"));
    let version = said["catalogue_version"].clone();
    let expected = serde_json::json!({
        "name": "Kontor",
        "languages": ["de", "en"],
        "currency": "USD",
        "markets": [{"id": "main", "path": "", "currency": "USD", "countries": [],
            "languages": [], "tax": "included"}],
        "payment_methods": ["on_delivery", "card"],
        "contact": {"email": "hallo@kontor.example"},
        "catalogue_version": version,
    });
    assert_eq!(said, expected);
    let response = shop.api("/api/v1/shop?lang=en");
    let number = response.headers()["souk-catalogue-version"].to_str();
    assert_eq!(number.unwrap(), version.to_string());
    assert_eq!(json(&response)["name"], "The Kontor");
    let refused = shop.api("/api/v1/shop?lang=fr");
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(text(&refused).contains("must be one of de, en"));
    // As at the other endpoints, a parameter that it does not know changes nothing.
    assert_eq!(json(&shop.api("/api/v1/shop?colour=red")), said);
}

#[test]
fn the_api_names_a_card_only_while_the_shop_takes_cards() {
    let shop = Shop::open();
    shop.world.take_cards();
    let methods = || json(&shop.api("/api/v1/shop"))["payment_methods"].clone();
    let others = serde_json::json!(["on_delivery", "transfer"]);
    assert_eq!(
        methods(),
        serde_json::json!(["card", "on_delivery", "transfer"])
    );
    let etag = shop.api("/api/v1/shop").headers()["etag"].clone();
    let again = |path: &str| {
        let headers = [("if-none-match", etag.to_str().unwrap())];
        shop.send(request("GET", path, &headers, ""))
    };
    assert_eq!(again("/api/v1/shop").status(), StatusCode::NOT_MODIFIED);
    shop.world.stripe.replace(None);
    shop.world.pass_ms(60_000);
    assert_eq!(methods(), others);
    assert_eq!(again("/api/v1/shop").status(), StatusCode::OK);
    let mut order = order_of("MUG-RED-S", 1);
    order["payment"]["method"] = "card".into();
    let refused = shop.order("k", &order);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
