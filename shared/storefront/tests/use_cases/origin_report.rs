//! What a scrape of `/metrics` says about the origin.

use crate::support::{Fault, Shop, fixture};

fn metrics(shop: &Shop) -> String {
    shop.page("/metrics")
}

fn has(metrics: &str, line: &str) -> bool {
    metrics.lines().any(|other| other == line)
}

#[test]
fn a_scrape_shows_how_much_waits() {
    let shop = Shop::open();
    let text = metrics(&shop);
    assert!(has(&text, "souk_origin_up 1"), "{text}");
    assert!(has(&text, "souk_open_storage 0"), "{text}");
    for queue in ["back_office", "payments", "holds"] {
        let line = format!("souk_queue_waiting{{queue=\"{queue}\"}} 0");
        assert!(has(&text, &line), "{line}: {text}");
    }
}

#[test]
fn many_scrapes_ask_the_origin_once_in_five_seconds() {
    let shop = Shop::open();
    let before = shop.world.origin_calls.get();
    for _ in 0..50 {
        metrics(&shop);
        shop.world.pass_ms(99);
    }
    assert_eq!(
        shop.world.origin_calls.get(),
        before + 3,
        "queues, versions and the stores"
    );
    shop.world.pass_ms(100);
    metrics(&shop);
    assert_eq!(shop.world.origin_calls.get(), before + 6);
}

fn behind_s(shop: &Shop) -> Option<f64> {
    let text = metrics(shop);
    let name = "souk_catalogue_behind_seconds ";
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.parse().expect("a number"))
}

#[test]
fn an_edge_that_shows_an_older_version_than_the_origin_has_published_says_so_at_once() {
    let shop = Shop::open();
    assert_eq!(behind_s(&shop), None, "the origin has published nothing");
    let next = |ms: i64| {
        shop.world.pass_ms(ms);
        behind_s(&shop)
    };
    shop.world.publish_at_origin(1);
    assert_eq!(next(60_000), Some(0.0));
    // The edge's store still has the old pointer, however many requests read it.
    shop.world.publish_at_origin(2);
    assert_eq!(next(30_000), Some(30.0));
    assert_eq!(next(90_500), Some(120.5));
    shop.world.publish(&fixture::next_catalogue());
    assert_eq!(next(5_000), Some(0.0));
}

#[test]
fn an_origin_that_is_down_is_a_gauge_and_no_failure() {
    for fault in [Fault::RequestLost, Fault::Hang, Fault::Answer(500, "")] {
        let shop = Shop::open();
        shop.world.faults.borrow_mut().push_back(fault);
        let text = metrics(&shop);
        assert!(has(&text, "souk_origin_up 0"), "{text}");
        assert!(!text.contains("souk_queue"), "{text}");
        shop.world.pass_ms(5_000);
        assert!(
            has(&metrics(&shop), "souk_origin_up 1"),
            "it is asked again"
        );
    }
}
