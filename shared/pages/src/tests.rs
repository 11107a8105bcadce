//! What holds for every page.

mod address_form;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use souk_domain::Locale;
use souk_shop::ContentKind;

use crate::sample::{EN, zh};
use crate::view::{Message, Notice, Site};
use crate::{sample, *};

const MESSAGES: [Message; 8] = [
    Message::NotFound,
    Message::MethodNotAllowed,
    Message::BadRequest,
    Message::Forbidden,
    Message::Unavailable,
    Message::SwitchedOff,
    Message::Internal,
    Message::ListingChanged,
];

fn openapi() -> Value {
    json!({
        "info": {"description": "Reads `KV` <fast>."},
        "paths": {"/api/v1/orders": {"post": {
            "summary": "Place an order",
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": true,
                "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/OrderRequest"}}}},
            "responses": {"201": {"description": "Placed"}},
        }}},
        "components": {"schemas": {"OrderRequest": {
            "type": "object",
            "required": ["note"],
            "properties": {"note": {"type": "string", "example": "it's <fine>"}},
        }}},
    })
}

/// Every page in a language, each with a name for messages.
fn all(locale: Locale) -> Vec<(String, String)> {
    let collections = sample::collections();
    let at = |path: &'static str| Site {
        path,
        collections: &collections,
        ..sample::site(locale)
    };
    let path = "/products/wool-rug-%E7%BE%8A%E6%AF%9B%E6%AF%AF";
    let mut pages = vec![
        ("home", home(&at("/"), &sample::home(&collections))),
        (
            "collection",
            collection(&at("/collections/home"), &sample::listing(&collections[0])),
        ),
        (
            "product",
            product(&at(path), &sample::product_view(&collections[0], 3)),
        ),
        (
            "open order",
            open_order(&at("/orders/1"), "1-A", "token", true),
        ),
        ("cart", cart(&at("/cart"), &sample::cart())),
        ("checkout", checkout(&at("/checkout"), &sample::checkout())),
        ("order", order(&at("/orders/S-1001"), &sample::order())),
        ("developers", developers(&at("/developers"), &openapi())),
    ];
    for kind in ContentKind::ALL {
        let entries = [sample::entry(kind)];
        let parts = sample::parts();
        let view = sample::document(&entries[0], &parts, &collections, locale == EN);
        pages.push(("document", content(&at("/blog/how-to-brew"), &view)));
        pages.push((
            "documents",
            documents(&at("/blog"), &sample::documents(kind, &entries)),
        ));
    }
    pages.extend(sample::sale_pages(&at("/sales/drop")));
    pages.extend(MESSAGES.map(|kind| ("message", message(&at("/x"), kind))));
    let named = |(name, html)| {
        (
            format!("{name} in {}", sample::site(locale).shop.tag(locale)),
            html,
        )
    };
    pages.into_iter().map(named).collect()
}

fn every_page() -> Vec<(String, String)> {
    [EN, zh()].into_iter().flat_map(all).collect()
}

/// The tags of an element, as they stand.
fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let open = format!("<{element} ");
    html.match_indices(&open)
        .map(|(start, _)| &html[start..start + html[start..].find('>').unwrap()])
        .collect()
}

/// The values of an attribute, wherever it stands.
fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

fn json_ld(html: &str) -> Vec<Value> {
    html.split(r#"<script type="application/ld+json">"#)
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap())
        .collect()
}

#[test]
fn texts_of_the_catalogue_and_of_shoppers_are_escaped() {
    for (name, html) in every_page() {
        assert!(!html.contains("<script>"), "{name}");
        assert!(!html.contains("</script>羊"), "{name}");
        assert!(
            !html.contains("<for>") && !html.contains("<fast>"),
            "{name}"
        );
    }
}

#[test]
fn nothing_is_inline() {
    for (name, html) in every_page() {
        for forbidden in [" style=", " onclick=", " onload=", "<style", "javascript:"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
    }
}

#[test]
fn every_picture_has_its_dimensions_and_a_text() {
    for (name, html) in every_page() {
        for tag in tags(&html, "img") {
            for needed in [" width=\"", " height=\"", " alt=\"", " src=\""] {
                assert!(tag.contains(needed), "{name}: {tag}");
            }
            assert!(!tag.contains("alt=\"\""), "{name}: {tag}");
        }
        assert!(html.matches("fetchpriority").count() <= 1, "{name}");
    }
}

#[test]
fn every_page_has_one_heading_a_main_part_and_its_language() {
    for (name, html) in every_page() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        let tag = name.rsplit(' ').next().unwrap();
        assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{name}");
    }
}

#[test]
fn ids_are_unique_and_everything_that_points_at_one_finds_it() {
    for (name, html) in every_page() {
        let ids = attribute(&html, "id");
        let known: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        let hrefs = attribute(&html, "href");
        let anchors = hrefs.iter().filter_map(|href| href.strip_prefix('#'));
        let described = ["aria-describedby", "aria-labelledby", "for"]
            .into_iter()
            .flat_map(|kind| attribute(&html, kind))
            .flat_map(str::split_whitespace);
        for target in anchors.chain(described) {
            assert!(known.contains(target), "{name}: #{target}");
        }
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in every_page() {
        let labels: BTreeSet<_> = attribute(&html, "for").into_iter().collect();
        for element in ["input", "select", "textarea"] {
            for tag in tags(&html, element) {
                let id = attribute(tag, "id").first().copied().unwrap_or_default();
                let labelled = labels.contains(id) || tag.contains("aria-label=");
                assert!(labelled || tag.contains("type=\"hidden\""), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn what_is_not_translated_is_pronounced_as_what_it_is() {
    let mut view = sample::product_view(&sample::collections()[0], 3).card;
    let mut collections = sample::collections();
    let product = &mut view.product;
    let texts = |product: &mut souk_catalogue::Product, text: &str| {
        product.title = souk_catalogue::Text::new(text);
        product.description_html = souk_catalogue::Text::new(format!("<p>{text}</p>"));
        product.options[0].name = souk_catalogue::Text::new(text);
        product.media[0].alt = souk_catalogue::Text::new(text);
    };
    {
        let (locale, text, tag) = (zh(), "Fallback", "en");
        texts(product, text);
        collections[0].title = souk_catalogue::Text::new(text);
        let collection = collections[0].clone();
        let mut page = sample::product_view(&collection, 3);
        page.card.product = product.clone();
        page.beside.cards[0].product = product.clone();
        let site = Site {
            collections: &collections,
            ..sample::site(locale)
        };
        let html = super::product(&site, &page);
        for part in [
            format!("<h1 lang=\"{tag}\">{text}"),
            format!("<div class=\"prose\" lang=\"{tag}\"><p>{text}"),
            format!("<span lang=\"{tag}\">{text}</span>"),
            format!("alt=\"{text}\" lang=\"{tag}\""),
            format!(
                "<a href=\"{}\" lang=\"{tag}\">{text}",
                links::collection(locale, "home", souk_catalogue::ListingOrder::Featured, None)
            ),
            format!("<span aria-current=\"page\" lang=\"{tag}\">{text}"),
        ] {
            assert!(html.contains(&part), "{part}");
        }
        let body = html.split("<body>").nth(1).expect("a body");
        let count = |part: String| body.matches(&part).count();
        let (all, said) = (
            count(format!(">{text}")),
            count(format!("lang=\"{tag}\">{text}")),
        );
        // The description stands in a paragraph of its own.
        assert_eq!(all, said + 1, "{html}");
        let translated = super::product(&site, &sample::product_view(&sample::collections()[0], 3));
        assert!(!translated.contains(&format!("<h1 lang=\"{tag}\"")));
    }
}

#[test]
fn the_checkout_promises_mails_only_where_they_are_sent() {
    let view = sample::checkout();
    let mut site = sample::site(sample::EN);
    let words = site.words;
    let (with, without) = (words.email_hint(), words.email_hint_without_mail());
    let html = checkout(&site, &view);
    assert!(html.contains(with) && !html.contains(without), "{html}");
    site.sends_mails = false;
    let html = checkout(&site, &view);
    assert!(html.contains(without) && !html.contains(with), "{html}");
}

#[test]
fn the_error_summary_leads_to_every_field() {
    let html = checkout(&sample::site(sample::EN), &sample::checkout());
    for field in [
        "name",
        "country",
        "postal_code",
        "delivery",
        "payment",
        "note",
    ] {
        for needed in [
            format!("<a href=\"#f-{field}\">"),
            format!("id=\"e-{field}\""),
        ] {
            assert_eq!(html.matches(&needed).count(), 1, "{needed}");
        }
    }
    assert!(html.contains("<a href=\"#f-city\">City is required</a>"));
    assert!(html.contains(r#"<li><span lang="en">wrong: codes</span></li>"#));
    assert!(
        html.contains(r#"aria-describedby="e-email h-email""#),
        "{html}"
    );
}

#[test]
fn the_checkout_shows_what_the_order_consists_of_and_what_was_filled_in() {
    let html = checkout(&sample::site(sample::EN), &sample::checkout());
    assert!(html.contains(r#"name="csrf" value="csrf-1""#));
    assert!(html.contains(r#"name="idempotency_key" value="key-1""#));
    assert!(html.contains(r#"name="quote" value="signed-1""#));
    let chosen = r#"<option value="CN" data-a="0!a!0!266033" selected>China</option>"#;
    assert!(html.contains(chosen), "{html}");
    assert_eq!(html.matches(" selected>").count(), 1);
    assert_eq!(html.matches(" checked>").count(), 2);
    let rows = [
        ("Subtotal", "$556.00"),
        ("Ten &lt;off&gt;", "-$56.00"),
        ("Delivery", "$12.00"),
        ("Duty 2 %", "$9.00"),
        ("Total", "$521.00"),
        ("Includes VAT 7.25 %", "$33.50"),
    ];
    let mut rest = html.split_once("<dl>").expect("a list of terms").1;
    for (name, amount) in rows {
        let row = format!("<dt>{name}</dt><dd>{amount}</dd>");
        let (_, after) = rest
            .split_once(&row)
            .unwrap_or_else(|| panic!("{row}: {rest}"));
        rest = after;
    }
    assert!(html.contains("TEN is applied."));
    assert!(html.contains("&quot;&gt;&lt;b&gt; is not a code of this shop."));
    assert!(html.contains("1 to 2 working days"));
}

#[test]
fn the_parts_that_the_script_puts_in_are_places_of_the_page() {
    let site = sample::site(sample::EN);
    let mut view = sample::checkout();
    let page = checkout(&site, &view);
    let parts = checkout_parts(&site, &view);
    let ids: Vec<_> = parts.split(" id=\"live-").skip(1).collect();
    assert_eq!(ids.len(), 6, "{parts}");
    for id in ids {
        let (id, _) = id.split_once('"').expect("an attribute ends");
        assert_eq!(
            page.matches(&format!("id=\"live-{id}\"")).count(),
            1,
            "{id}"
        );
    }
    assert!(parts.contains("Total: $521.00"), "{parts}");
    view.delivery = None;
    view.form.errors.clear();
    for html in [checkout(&site, &view), checkout_parts(&site, &view)] {
        assert!(html.contains("We do not deliver to this address"), "{html}");
    }
}

#[test]
fn every_reason_of_a_code_has_words_of_its_own() {
    let reasons = [
        "unknown-code",
        "not-started",
        "ended",
        "wrong-market",
        "needs-member",
        "minimum-not-met",
        "not-eligible",
        "not-combinable",
        "used-up",
        "already-used",
        "revoked",
        "suspended",
    ];
    let mut said = BTreeSet::new();
    for reason in reasons {
        let mut view = sample::checkout();
        view.codes.truncate(1);
        view.codes[0].reason = Some(reason.to_owned());
        let html = checkout_parts(&sample::site(sample::EN), &view);
        let text = html.split("<span class=\"problem\">").nth(1).expect(reason);
        said.insert(text.split('<').next().unwrap_or_default().to_owned());
    }
    assert_eq!(said.len(), reasons.len(), "{said:?}");
}

#[test]
fn an_order_that_costs_nothing_asks_for_no_payment() {
    let mut view = sample::checkout();
    let quote = view.cart.quote.as_mut().expect("a quote");
    (quote.total, quote.due) = (0, 0);
    let html = checkout(&sample::site(sample::EN), &view);
    assert!(html.contains("Nothing is left to pay."));
    assert!(!html.contains("type=\"radio\" name=\"payment\""));
}

#[test]
fn notices_say_what_to_do() {
    let notices = [
        (Notice::Unknown, "two orders"),
        (Notice::Busy, "Nothing you typed is lost"),
        (Notice::FormUsed, "another order"),
        (
            Notice::Gone {
                title: Some("Cup".to_owned()),
            },
            "no longer sold",
        ),
        (
            Notice::SoldOut {
                title: "Cup".to_owned(),
            },
            "has just sold out",
        ),
        (
            Notice::TooFewLeft {
                title: "Cup".to_owned(),
            },
            "lower the quantity",
        ),
        (
            Notice::TooMany {
                title: Some("Cup".to_owned()),
                allowed: 20,
            },
            "20 of",
        ),
        (
            Notice::TooDear {
                allowed_minor: 99_900,
            },
            "$999.00 at most",
        ),
        (Notice::TooManyUnpaid { title: None }, "not paid yet"),
        (
            Notice::PriceChanged {
                title: "Cup".to_owned(),
                unit_price_minor: 995,
            },
            "now $9.95",
        ),
        (Notice::TotalChanged { total_minor: 995 }, "now costs $9.95"),
        (Notice::PromotionGone, "no longer possible"),
        (Notice::DeliveryGone, "choose another one"),
        (Notice::SaleNotOpen, "has not opened"),
        (Notice::SaleOver, "is over"),
        (Notice::SalePaused, "paused"),
        (Notice::NotYourTurn, "get a place"),
        (Notice::Queue, "send the form again"),
        (Notice::TurnMissed, "another place"),
        (Notice::OtherBuyer, "another e-mail address"),
        (Notice::TicketUsed, "already"),
        (Notice::TwoSales, "one after the other"),
    ];
    for (notice, words) in notices {
        let mut view = sample::checkout();
        view.notice = Some(notice);
        view.form.errors.clear();
        let html = checkout(&sample::site(sample::EN), &view);
        assert!(
            html.contains("role=\"alert\"") && html.contains(words),
            "{words}"
        );
    }
}

#[test]
fn public_pages_name_their_languages_and_hidden_ones_do_not() {
    let collections = sample::collections();
    let open = Site {
        path: "/collections/home?cursor=a%2Bb",
        ..sample::site(sample::zh())
    };
    let view = super::view::CollectionView {
        filters: super::view::FilterView::default(),
        ..sample::listing(&collections[0])
    };
    let html = collection(&open, &view);
    for link in [
        r#"<link rel="canonical" href="https://shop.example/zh/collections/home?cursor=a%2Bb">"#,
        r#"hreflang="en" href="https://shop.example/collections/home?cursor=a%2Bb">"#,
        r#"hreflang="zh-Hans" href="https://shop.example/zh/collections/home?cursor=a%2Bb">"#,
        r#"hreflang="x-default" href="https://shop.example/collections/home?cursor=a%2Bb">"#,
        r#"<link rel="prev" href="/zh/collections/home?sort=title">"#,
        r#"<link rel="next" href="/zh/collections/home?sort=title&amp;cursor=a%2Bb">"#,
    ] {
        assert!(html.contains(link), "{link}");
    }
    assert!(html.contains("第 25–26 件，共 40 件商品"));
    let hidden = Site {
        indexable: false,
        ..open
    };
    let html = collection(&hidden, &view);
    assert!(html.contains(r#"<meta name="robots" content="noindex">"#));
    assert!(!html.contains("canonical") && !html.contains("x-default"));
}

#[test]
fn structured_data_parses_and_its_prices_are_right() {
    let collections = sample::collections();
    let site = sample::site(sample::EN);
    let html = product(&site, &sample::product_view(&collections[0], 0));
    let nodes = json_ld(&html);
    let group = &nodes[0];
    assert_eq!(group["@type"], "ProductGroup");
    assert_eq!(group["name"], "<script>alert(1)</script> Rug & Co");
    assert_eq!(
        group["variesBy"],
        json!(["https://schema.org/color", "https://schema.org/size"])
    );
    let variants = group["hasVariant"].as_array().unwrap();
    assert_eq!(variants.len(), 12);
    let offer = |n: usize| &variants[n]["offers"];
    assert_eq!(offer(2)["price"], "169.00");
    assert_eq!(offer(2)["priceCurrency"], "USD");
    assert_eq!(offer(0)["availability"], "https://schema.org/InStock");
    assert_eq!(offer(1)["availability"], "https://schema.org/OutOfStock");
    assert_eq!(offer(6)["availability"], "https://schema.org/BackOrder");
    let url = "https://shop.example/products/wool-rug-%E7%BE%8A%E6%AF%9B%E6%AF%AF?variant=";
    assert_eq!(offer(0)["url"], format!("{url}RUG+Blue%2FS"));
    assert_eq!(
        variants[3]["image"],
        "https://shop.example/media/rug-1-1200.webp"
    );
    assert_eq!(nodes[1]["itemListElement"][2]["position"], 3);
}

#[test]
fn a_product_without_a_choice_is_a_plain_product() {
    let collections = sample::collections();
    let mut view = sample::product_view(&collections[0], 0);
    view.card.product.variants.truncate(1);
    view.card.product.options.clear();
    let html = product(&sample::site(sample::EN), &view);
    let node = &json_ld(&html)[0];
    assert_eq!(node["@type"], "Product");
    assert_eq!(node["offers"]["price"], "129.00");
    assert!(!html.contains("class=\"choices\""));
}

#[test]
fn a_product_page_shows_the_chosen_variant() {
    let collections = sample::collections();
    let site = sample::site(sample::EN);
    let html = product(&site, &sample::product_view(&collections[0], 5));
    assert!(html.contains(r#"<input type="hidden" name="sku" value="RUG Ochre/L">"#));
    assert!(html.contains("<ins>$169.00</ins>") && html.contains("<s>$199.00</s>"));
    let first = tags(&html, "img")[0];
    assert!(
        first.contains("rug-1-") && first.contains("fetchpriority=\"high\""),
        "{first}"
    );
    let sold_out = product(&site, &sample::product_view(&collections[0], 1));
    assert!(
        !sold_out.contains("value=\"add\""),
        "nothing sold out can be added"
    );
}

#[test]
fn a_product_without_variants_is_not_found() {
    let collections = sample::collections();
    let mut view = sample::product_view(&collections[0], 0);
    view.card.product.variants.clear();
    let html = product(&sample::site(sample::EN), &view);
    assert!(html.contains("This page is not here"));
}

#[test]
fn the_api_page_makes_commands_that_a_shell_reads() {
    let html = developers(&sample::site(sample::EN), &openapi());
    assert!(
        html.contains("curl -X POST 'https://shop.example/api/v1/orders'"),
        "{html}"
    );
    assert!(
        html.contains("-H 'Idempotency-Key: IDEMPOTENCY_KEY'"),
        "{html}"
    );
    assert!(html.contains("it'\\''s &lt;fine&gt;"), "{html}");
    let empty = developers(&sample::site(sample::zh()), &json!({}));
    assert!(empty.contains("/problems/sold-out"));
}

#[test]
fn a_product_page_with_twelve_variants_is_small() {
    let collections = sample::collections();
    let html = product(
        &sample::site(sample::EN),
        &sample::product_view(&collections[0], 0),
    );
    assert!(html.len() <= 40 * 1024, "{} bytes", html.len());
}
