//! What an edge knows of the time and of the session.

use http::StatusCode;
use serde_json::{Value, json};
use souk_operations::{PastDraw, PulseSale};
use souk_room::{Control, DrawKey, Left, Stock};

use super::{DRAW, Evening, LI, commitment, path_of};
use crate::sales::{HOUR_MS, SOLD_AS, quoted_order};
use crate::support::{json as body, text};
use crate::switches::pulse;

#[test]
fn an_edge_that_cannot_tell_the_time_gives_no_place_by_arrival() {
    let evening = Evening::new();
    evening.gather();
    evening.shop.api("/api/v1/status");
    evening.shop.world.signals_down.set(true);
    evening.shop.world.pass_ms(60_000);
    let drawn = evening.ticket(LI);
    assert_eq!(drawn["state"], "gathering", "it may still be drawn");
    evening.shop.world.pass_ms(HOUR_MS);
    let late = evening.ask("han@example.com");
    assert_eq!(
        late.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&late)
    );
    assert!(late.headers().contains_key("retry-after"));
    assert_eq!(evening.poll(&drawn)["state"], "waiting");
    evening.shop.world.signals_down.set(false);
    evening.publish(|_| {});
    assert_eq!(evening.ask("han@example.com").status(), StatusCode::CREATED);
}

#[test]
fn a_wrong_clock_opens_nothing_early_and_a_clock_that_was_set_back_gives_no_place() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    // The owner of the pulse says how old it is; the clock of the edge is two hours ahead.
    evening.shop.world.pulse_age_ms.set(Some(200));
    let blob = {
        let mut pulse = pulse(90, 0);
        pulse.made_at_ms = evening.shop.world.now_ms.get();
        pulse.sales.push(PulseSale {
            id: "drop".to_owned(),
            room: evening.room.borrow().clone(),
            before: None,
        });
        pulse.encode().expect("small")
    };
    evening.shop.world.pass_ms(HOUR_MS / 4);
    evening.shop.world.pulse.replace(blob.into());
    evening.shop.world.pass_ms(HOUR_MS);
    assert_eq!(evening.poll(&li)["state"], "gathering");
    let sale = body(&evening.shop.api("/api/v1/sales/drop"));
    assert_eq!(sale["state"], "gathering");
    evening.shop.world.pass_ms(-HOUR_MS);
    let asked = evening.ask("han@example.com");
    assert_eq!(
        asked.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&asked)
    );
    assert_eq!(evening.poll(&li)["state"], "gathering");
}

#[test]
fn an_edge_without_the_room_sells_nothing_and_gives_no_place() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket(LI);
    let mut other = evening;
    other.shop.world.signals_down.set(true);
    other.shop.restart();
    let sale = body(&other.shop.api("/api/v1/sales/drop"));
    assert_eq!(
        (&sale["state"], &sale["draw"]),
        (&json!("announced"), &Value::Null)
    );
    assert_eq!(other.ask(LI).status(), StatusCode::SERVICE_UNAVAILABLE);
    let poll = other.shop.api(&path_of(&li));
    assert_eq!(poll.status(), StatusCode::SERVICE_UNAVAILABLE);
    other.shop.world.pass_ms(HOUR_MS);
    assert_eq!(
        body(&other.shop.api("/api/v1/sales/drop"))["state"],
        "paused"
    );
    assert!(other.shop.page("/sales/drop").contains("paused"));
    let order = quoted_order(&other.shop, SOLD_AS, LI);
    let plain = other.shop.order("plain", &order);
    assert_eq!(
        plain.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&plain)
    );
}

#[test]
fn the_sale_says_how_it_stands_and_the_key_of_the_draw_at_its_end() {
    let evening = Evening::new();
    let sale = || body(&evening.shop.api("/api/v1/sales/drop"));
    let announced = sale();
    assert_eq!(announced["state"], "announced");
    assert_eq!(
        announced["draw"],
        json!({"commitment": commitment().text(), "key": null})
    );
    evening.open();
    evening.publish(|room| room.left = vec![Left::Few]);
    let open = sale();
    assert_eq!(
        (&open["state"], &open["items"][0]["left"]),
        (&json!("open"), &json!("few"))
    );
    for (control, stock, state) in [
        (Control::Paused, Stock::Available, "paused"),
        (Control::Running, Stock::Resting, "resting"),
        (Control::Running, Stock::SoldOut, "sold_out"),
    ] {
        evening.publish(|room| (room.control, room.stock) = (control, stock));
        assert_eq!(sale()["state"], state);
        assert_eq!(sale()["draw"]["key"], Value::Null);
    }
    evening.publish(|room| room.control = Control::Closed);
    assert_eq!(sale()["state"], "over");
    assert_eq!(sale()["draw"]["key"], DRAW.text());
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains(&DRAW.text()) && page.contains(&commitment().text()));
}

#[test]
fn the_draw_of_the_session_before_can_be_checked_while_the_next_one_gathers() {
    let evening = Evening::new();
    evening.gather();
    let sale = || body(&evening.shop.api("/api/v1/sales/drop"));
    assert_eq!(sale()["previous_draw"], Value::Null);
    let before = evening.shop.page("/sales/drop");
    let key = DrawKey([6; 32]);
    evening.before.set(Some(PastDraw {
        opens_at_ms: evening.opens_at_ms() - 24 * HOUR_MS,
        key,
    }));
    evening.publish(|_| {});
    let shown = &sale()["previous_draw"];
    assert_eq!(shown["key"], key.text());
    assert_eq!(shown["commitment"], key.commitment().text());
    assert!(shown["opens_at"].is_string());
    let page = evening.shop.page("/sales/drop");
    assert!(page.contains(&key.text()) && page.contains(&key.commitment().text()));
    assert!(!before.contains(&key.text()));
    assert!(!page.contains(&DRAW.text()));
}
