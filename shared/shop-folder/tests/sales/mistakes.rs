//! What is wrong in a sale is named by file, line, column and key, with what would be right.

use std::fmt::Write as _;

use souk_shop_folder::Severity;

use crate::world::{read, read_by, sale_with};

fn problems(text: &str) -> String {
    let (_, problems) = read(text);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join("\n")
}

fn item(more: &str) -> String {
    format!("items = [{{ {more} }}]")
}

#[test]
fn mistakes_are_named_with_what_would_be_right() {
    let mug = |more: &str| item(&format!("sku = \"MUG\", {more}"));
    let cases = [
        (
            "opns = 1".to_owned(),
            "6:1: opns: there is no key 'opns' here; did you mean opens?",
        ),
        (
            "id = \"drip\"".to_owned(),
            "6:6: id: the folder of the sale is called 'drop'; write the same, or take the key away",
        ),
        (
            "titles = { de = \"Der Drop\" }".to_owned(),
            "1:1: titles: there is no text in the shop's own language, en; write en = \"…\"",
        ),
        (
            "titles = { en = \"The drop\", fr = \"Le drop\" }".to_owned(),
            "1:29: titles.fr: 'fr' is none of the shop's languages; known here: en, de; or add it to \
             languages first",
        ),
        (
            "opens = 2026-11-11T00:00:00".to_owned(),
            "2:9: opens: 2026-11-11T00:00:00 (a date) cannot stand here; write a date with a time and an \
             offset, such as 2026-11-11T00:00:00+08:00, without quotes",
        ),
        (
            "closes = 2026-11-11T00:00:00+08:00".to_owned(),
            "3:10: closes: it closes before it opens; write a moment after opens",
        ),
        (
            "sessions = [\"10:00\", \"25:00\"]".to_owned(),
            "6:22: sessions[2]: '25:00' cannot stand here; write a time of the day such as 09:30",
        ),
        (
            "sessions = [\"17:00\", \"17:00\"]".to_owned(),
            "6:22: sessions[2]: the time stands twice; keep one of the two",
        ),
        (
            "sessions = [\"09:00\"]".to_owned(),
            "6:12: sessions: none of its sessions lies between its beginning and its end; write a time \
             between opens and closes",
        ),
        (
            "sessions = [\"17:00\", \"17:20\"]".to_owned(),
            "6:12: sessions: a session would gather before the one before it has opened; let them lie \
             further apart, or write a shorter gathers",
        ),
        (
            "gathers = \"2d\"".to_owned(),
            "6:11: gathers: \"2d\" (a text) cannot stand here; write a time span from 1m to 24h, such as \
             \"5m\"",
        ),
        (
            "buy_within = \"2h\"".to_owned(),
            "6:14: buy_within: \"2h\" (a text) cannot stand here; write a time span from 1m to 1h, such \
             as \"5m\"",
        ),
        (
            "pay_within = 10".to_owned(),
            "6:14: pay_within: 10 (a whole number) cannot stand here; write a time span from 1m to 24h, \
             such as \"5m\"",
        ),
        (
            "identity = \"member\"".to_owned(),
            "4:12: identity: \"member\" is not possible yet; write one of \"email\", \"visitor\"",
        ),
        (
            "identity = \"emial\"".to_owned(),
            "4:12: identity: 'emial' cannot stand here; did you mean email?",
        ),
        (
            "room = \"no\"".to_owned(),
            "6:8: room: \"no\" (a text) cannot stand here; write true or false, without quotes",
        ),
        (
            "identity = \"visitor\"".to_owned(),
            "4:12: identity: a visitor with many cookies has as many tickets, and so as many chances in \
             the draw for 5 units; write \"email\", which gives an address one chance",
        ),
        (
            "items = [{ sku = \"MUG\", price = 900, units = 5, limit = 2 }, { sku = \"TEA\", price = 400, \
             units = 5, limit = 1 }]"
                .to_owned(),
            "5:9: items: the limits of its items are 1 to 2; the room counts with what one buyer may have \
             of all of them together, 3, and calls fewer shoppers at a time; give every item the same \
             limit, or sell them in sales of their own",
        ),
        (
            "proof = \"altcha\"".to_owned(),
            "6:9: proof: \"altcha\" is not possible yet; write \"none\"",
        ),
        (
            "overbook = 0.5".to_owned(),
            "6:12: overbook: 0.5 (a number) cannot stand here; write a number from 1 to 10",
        ),
        (
            item("sku = \"MUGG\", price = 900, units = 5, limit = 2"),
            "5:18: items[1].sku: there is no sku 'MUGG'; did you mean MUG?",
        ),
        (
            item("sku = \"LAMP\", price = 900, units = 5, limit = 2"),
            "5:18: items[1].sku: 2 variants have the sku 'LAMP'; write one of LAMP:red, LAMP:blue",
        ),
        (
            mug("price = 900, units = 5"),
            "5:10: items[1]: the key 'limit' is missing; write limit = 1",
        ),
        (
            mug("price = 9.5, units = 5, limit = 2"),
            "5:33: items[1].price: 9.5 (a number) cannot stand here; write a whole number from 0 to \
             9007199254740991",
        ),
        (
            mug("price = 900, units = 5, limit = 6"),
            "5:57: items[1].limit: one buyer may have 6 of 5 units; write a limit of up to 5",
        ),
        (
            mug("price = 1300, units = 5, limit = 2"),
            "5:33: items[1].price: the price is above $12.00, that of other times in us; write a lower \
             one",
        ),
        (
            mug("price = 900, units = 5, limit = 2, prices = { ue = 800 }"),
            "5:71: items[1].prices.ue: there is no market 'ue'; known here: eu",
        ),
        (
            mug("price = 900, units = 5, limit = 2, prices = { us = 800 }"),
            "5:71: items[1].prices.us: the first market has the price of the item; take this one away",
        ),
    ];
    for (line, expected) in cases {
        let found = problems(&sale_with(&[&line]));
        assert_eq!(found, format!("sales/drop/sale.toml:{expected}"), "{line}");
    }
}

#[test]
fn a_variant_stands_in_a_sale_once() {
    let one = "{ sku = \"MUG\", price = 900, units = 5, limit = 2 }";
    let found = problems(&sale_with(&[&format!("items = [\n{one},\n{one}]")]));
    assert_eq!(
        found,
        "sales/drop/sale.toml:7:9: items[2].sku: the item at line 6 is the same variant; keep one of \
         the two"
    );
}

#[test]
fn a_sku_that_would_be_too_long_is_named() {
    let long = "L".repeat(250);
    let found = problems(&sale_with(&[&item(&format!(
        "sku = \"{long}\", price = 90, units = 5, limit = 2"
    ))]));
    let expected = format!(
        "sales/drop/sale.toml:5:18: items[1].sku: the SKU of its units, sale:drop:{long}, "
    );
    let instead = "; give the sale a shorter id, or the variant a shorter SKU";
    assert!(
        found.starts_with(&expected) && found.ends_with(instead),
        "{found}"
    );
}

#[test]
fn a_sale_has_a_bound_of_sessions_items_and_bytes() {
    let many = problems(&sale_with(&[
        "closes = 2027-03-01T00:00:00+08:00",
        "sessions = [\"10:00\"]",
    ]));
    assert_eq!(
        many,
        "sales/drop/sale.toml:3:10: closes: it has more than 100 sessions; write an earlier moment, or \
         fewer times of the day"
    );
    let mut items = String::from("items = [");
    for _ in 0..21 {
        let _ = write!(
            items,
            "{{ sku = \"TEA\", price = 400, units = 5, limit = 2 }}, "
        );
    }
    let many = problems(&sale_with(&[&(items + "]")]));
    let first = many.lines().next().unwrap();
    assert_eq!(
        first,
        "sales/drop/sale.toml:5:9: items: the list has 21 items; 1 to 20 are possible"
    );
    let large = problems(&sale_with(&[&item(
        "sku = \"LARGE\", price = 900, units = 5, limit = 2",
    )]));
    assert!(
        large.contains("bytes; 32768 are possible; take items away"),
        "{large}"
    );
}

#[test]
fn a_folder_is_named_as_an_id() {
    let text = sale_with(&[]);
    let (_, problems) = read_by(&[("Drop 1", &text)], Severity::Error, &|_| 0);
    assert_eq!(
        problems[0].to_string(),
        "sales/Drop 1/sale.toml: 'Drop 1' cannot be the id of a sale; give its folder a name of up to 40 \
         small letters from a to z, digits and -"
    );
}

#[test]
fn a_sale_that_is_over_is_a_warning() {
    let lines = [
        "opens = 2025-11-11T00:00:00+08:00",
        "closes = 2025-11-11T02:00:00+08:00",
    ];
    let (sales, problems) = read(&sale_with(&lines));
    assert_eq!(sales.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    assert!(problems[0].reason.contains("is over"), "{problems:?}");
}

#[test]
fn what_is_unwise_in_a_room_is_a_warning_and_only_there() {
    let visitors = "identity = \"visitor\"";
    let two = "items = [{ sku = \"MUG\", price = 900, units = 5, limit = 2 }, \
               { sku = \"TEA\", price = 400, units = 5, limit = 1 }]";
    let (_, problems) = read(&sale_with(&[visitors, two]));
    let severities: Vec<_> = problems.iter().map(|problem| problem.severity).collect();
    assert_eq!(severities, [Severity::Warning; 2]);
    let (_, problems) = read(&sale_with(&[visitors, two, "room = false"]));
    assert_eq!(problems, []);
    // Among many units many tickets of one shopper make no difference.
    let units = |units: u32| {
        item(&format!(
            "sku = \"MUG\", price = 900, units = {units}, limit = 2"
        ))
    };
    assert_eq!(problems_of(visitors, &units(1_000)), 0);
    assert_eq!(problems_of(visitors, &units(999)), 1);
}

fn problems_of(identity: &str, items: &str) -> usize {
    read(&sale_with(&[identity, items])).1.len()
}

#[test]
fn a_shop_has_a_bound_of_sales() {
    let text = sale_with(&[]);
    let ids: Vec<_> = (0..101).map(|n| format!("s{n:03}")).collect();
    let files: Vec<_> = ids.iter().map(|id| (id.as_str(), text.as_str())).collect();
    let (_, problems) = read_by(&files, Severity::Error, &|_| 0);
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "sales/s100/sale.toml: the shop has 101 sales; 100 are possible; take away those that are over"
        ]
    );
    assert!(read_by(&files[..100], Severity::Error, &|_| 0).1.is_empty());
}
