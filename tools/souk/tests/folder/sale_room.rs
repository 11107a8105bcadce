//! A published sale with a waiting room: scheduled, paused, resumed, closed, and how it stands.

use serde_json::{Value, json};
use souk_room::schedule::session_number;

use crate::folders::Folder;
use crate::shop::{HELD_UNITS, Shop};

const FILE: &str = "shop/sales/herbstmarkt/sale.toml";
const ROOM: &str = "PUT /staff/v1/sales/herbstmarkt";
const RECEIPT: &str = "POST /staff/v1/stock/receipts";
/// The first session opens on 2036-10-24 at 10:00 in Berlin.
const OPENS_MS: i64 = 2_108_448_000_000;

/// A shop with the sale, which has a waiting room or not.
fn published(name: &str, room: bool) -> (Folder, Shop) {
    let folder = Folder::kontor(name);
    let says = format!("room = {room}");
    folder.replace(FILE, "room = false", &says);
    let shop = Shop::start();
    folder.souk(&["publish", "shop", "--shop", &shop.base]).ok();
    shop.asked();
    (folder, shop)
}

/// The arguments of a command about the sale.
fn sale<'a>(shop: &'a Shop, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["sale"];
    all.extend(arguments);
    all.extend(["--shop", &shop.base]);
    all
}

fn paths(asked: &[(String, Value)]) -> Vec<&str> {
    asked.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn units_are_there_before_the_room_is_told_of_all_sessions() {
    let (folder, shop) = published("room-schedule", true);
    let schedule = sale(&shop, &["schedule", "herbstmarkt"]);
    let told = folder.souk(&schedule).ok();
    let said = "its waiting room knows of 6 sessions: record 12 of the journal\n";
    assert!(told.contains(said), "{told}");
    let asked = shop.asked();
    assert_eq!(paths(&asked), [RECEIPT, ROOM]);
    let lines = &asked[0].1["lines"];
    let expected = json!([
        {"sku": "K-02-01", "units": -6},
        {"sku": "sale:herbstmarkt:K-02-01", "units": 6},
    ]);
    assert_eq!(lines, &expected);
    let wish = &asked[1].1["schedule"];
    let session = json!({
        "number": session_number("herbstmarkt", OPENS_MS),
        "gathers_at": "2036-10-24T07:40:00.000Z",
        "opens_at": "2036-10-24T08:00:00.000Z",
        "closes_at": "2036-10-24T17:40:00.000Z",
    });
    assert_eq!(wish["sessions"][0], session);
    assert_eq!(wish["skus"], json!(["sale:herbstmarkt:K-02-01"]));
    let terms = [
        &wish["limit"],
        &wish["overbook_permille"],
        &wish["buy_within_ms"],
    ];
    assert_eq!(terms, [&json!(1), &json!(1_000), &json!(180_000)]);
}

#[test]
fn a_sale_without_a_room_gets_its_units_alone() {
    let (folder, shop) = published("room-none", false);
    let told = folder.souk(&sale(&shop, &["schedule", "herbstmarkt"])).ok();
    assert!(!told.contains("waiting room"), "{told}");
    assert_eq!(paths(&shop.asked()), [RECEIPT]);
}

#[test]
fn a_failure_between_units_and_room_is_mended_by_the_same_command() {
    let (folder, shop) = published("room-again", true);
    let schedule = sale(&shop, &["schedule", "herbstmarkt"]);
    shop.lose_changes(1);
    let refused = folder.souk(&schedule).refused();
    for said in ["the units are moved", "give the same command again", "500"] {
        assert!(refused.contains(said), "{refused}");
    }
    let first = shop.asked();
    assert_eq!(paths(&first), [RECEIPT]);
    folder.souk(&schedule).ok();
    let again = shop.asked();
    assert_eq!(paths(&again), [RECEIPT, ROOM]);
    // The same receipt under the same key, which is booked once.
    assert_eq!(again[0], first[0]);
}

#[test]
fn a_sale_is_paused_and_resumed_with_a_reason() {
    let (folder, shop) = published("room-pause", true);
    let pause = ["pause", "herbstmarkt", "--reason", "the price is wrong"];
    let told = folder.souk(&sale(&shop, &pause)).ok();
    assert!(told.starts_with("herbstmarkt is paused: "), "{told}");
    folder.souk(&sale(&shop, &["resume", "herbstmarkt"])).ok();
    let paused = json!({"control": "paused", "reason": "the price is wrong"});
    let expected = [
        (ROOM.to_owned(), paused),
        (ROOM.to_owned(), json!({"control": "running"})),
    ];
    assert_eq!(shop.asked(), expected);
    shop.lose_changes(1);
    let refused = folder
        .souk(&sale(&shop, &["pause", "herbstmarkt"]))
        .refused();
    assert!(refused.contains("souk sale status"), "{refused}");
}

#[test]
fn a_room_is_closed_before_its_units_go_back() {
    let (folder, shop) = published("room-close", true);
    shop.has_sales(&json!([standing("running")]));
    shop.has_units_of_sales(4);
    let refused = folder
        .souk(&sale(&shop, &["close", "herbstmarkt"]))
        .refused();
    assert!(refused.contains("6 sessions to come"), "{refused}");
    assert_eq!(shop.asked(), []);
    let close = ["close", "herbstmarkt", "--for-good", "--reason", "a defect"];
    shop.lose_changes(1);
    let refused = folder.souk(&sale(&shop, &close)).refused();
    assert!(
        refused.contains("its units are where they were"),
        "{refused}"
    );
    assert_eq!(shop.asked(), []);
    let told = folder.souk(&sale(&shop, &close)).ok();
    let held = format!("{HELD_UNITS} units are held by orders");
    for said in ["closed for good", "K-02-01: 4 units back", &held] {
        assert!(told.contains(said), "{told}");
    }
    let asked = shop.asked();
    assert_eq!(paths(&asked), [ROOM, RECEIPT]);
    assert_eq!(
        asked[0].1,
        json!({"control": "closed", "reason": "a defect"})
    );
    // Once more: what came back meanwhile, and nothing of the room.
    shop.has_sales(&json!([standing("closed")]));
    folder.souk(&sale(&shop, &close)).ok();
    assert_eq!(paths(&shop.asked()), [RECEIPT]);
}

#[test]
fn status_shows_what_the_shop_says() {
    let (folder, shop) = published("room-status", true);
    shop.has_sales(&json!([standing("running")]));
    let told = folder.souk(&sale(&shop, &["status"])).ok();
    assert!(told.starts_with("SALE "), "{told}");
    assert!(told.contains("herbstmarkt  gathering"), "{told}");
    let told = folder
        .souk(&sale(&shop, &["status", "herbstmarkt", "--json"]))
        .ok();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, json!([standing("running")]));
    let refused = folder.souk(&sale(&shop, &["status", "herbst"])).refused();
    assert!(refused.contains("did you mean herbstmarkt?"), "{refused}");
}

fn standing(control: &str) -> Value {
    json!({
        "id": "herbstmarkt",
        "control": control,
        "session": {
            "number": session_number("herbstmarkt", OPENS_MS),
            "gathers_at": "2036-10-24T07:40:00.000Z",
            "opens_at": "2036-10-24T08:00:00.000Z",
            "closes_at": "2036-10-24T17:40:00.000Z",
        },
        "state": "gathering",
        "drawn": 10,
        "tickets": 10,
        "present_permille": 1000,
        "called": 0,
        "missed": 0,
        "called_per_minute": 0,
        "orders": 0,
        "available": 6,
        "held": 0,
        "stepped_at": "2036-10-24T07:50:00.000Z",
        "now": "2036-10-24T07:50:01.000Z",
    })
}
