//! Statements on offers and stock accounts.

use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;

use super::Fixture;
use super::shop::{Shop, definition, offers_in, order};
use crate::{StoreError, SubmitReply};

pub(super) fn defining_again_keeps_the_stock_and_updates_title_and_price<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10)]);
    shop.accepted(&order("k", &[("tea", 4)]));
    let mut changed = definition("tea", 1_500, 99);
    changed.title = "茶 \"new\"".to_owned();
    changed.slug = "new-slug".to_owned();
    changed.backorder = true;
    let euros = offers_in("EUR", vec![changed]);
    shop.try_define(&euros).expect("the offers are fine");
    assert_eq!(shop.units("tea"), [10, 6, 0, 4]);
    let placed = shop.accepted(&order("l", &[("tea", 7)]));
    let line = &placed.lines[0];
    assert_eq!(line.title, "茶 \"new\"");
    assert_eq!(line.slug.as_deref(), Some("new-slug"));
    assert_eq!((line.unit_price, line.backordered), (1_500, 1));
    assert_eq!(placed.currency, "EUR");
}

pub(super) fn first_units_are_counted_once<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10), ("none", 1, 0)]);
    shop.offer(&[("tea", 1_250, 10), ("none", 1, 7), ("cup", 400, 2)]);
    assert_eq!(shop.units("tea"), [10, 10, 0, 0]);
    assert_eq!(shop.units("none"), [0, 0, 0, 0]);
    assert_eq!(shop.units("cup"), [2, 2, 0, 0]);
}

pub(super) fn a_sku_twice_in_one_message_is_counted_once<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[
        ("tea", 1_250, 10),
        ("cup", 1, 0),
        ("tea", 1_500, 7),
        ("cup", 2, 3),
    ]);
    assert_eq!(shop.units("tea"), [10, 10, 0, 0]);
    assert_eq!(shop.units("cup"), [0, 0, 0, 0]);
    assert_eq!(shop.accepted(&order("k", &[("tea", 1)])).total, 1_500);
}

pub(super) fn a_thousand_offers_fit_into_one_message<F: Fixture>(shop: &Shop<F>) {
    let sku = |n: usize| format!("{n:0>255}");
    let offers = (0..OFFERS_PER_MESSAGE_MAX).map(|n| {
        let mut offer = definition(&sku(n), 100, 5);
        offer.title = "题".repeat(85);
        offer
    });
    let offers: Vec<_> = offers.collect();
    let skus: Vec<_> = offers.iter().map(|offer| offer.sku.clone()).collect();
    shop.define(offers);
    let asked: Vec<_> = skus.iter().map(String::as_str).collect();
    let accounts = shop.accounts(&asked);
    assert_eq!(accounts.len(), OFFERS_PER_MESSAGE_MAX);
    assert!(accounts.iter().all(|account| account.available == 5));
    shop.accepted(&order("k", &[(&sku(999), 5)]));
    assert_eq!(shop.unavailable(), [sku(999)]);
    shop.withdraw(&asked);
    assert_eq!(shop.unavailable(), skus);
}

pub(super) fn names_may_have_quotes_and_any_script<F: Fixture>(shop: &Shop<F>) {
    let names = [
        "it's",
        "a \"b\"",
        "back\\slash",
        "茶具",
        "🫖",
        "é",
        // No letter of its own exists for it.
        "q\u{301}",
        "$1",
        "?1",
        "%",
        "'; --",
        "{\"sku\":1}",
        "null",
        "1e3",
        "Ⅷ",
        "\u{10ffff}",
    ];
    let offers = names.map(|name| {
        let mut offer = definition(name, 100, 2);
        offer.title = name.to_owned();
        offer
    });
    shop.define(offers.to_vec());
    let lines = names.map(|name| (name, 1));
    let placed = shop.accepted(&order("k", &lines));
    for (line, name) in placed.lines.iter().zip(names) {
        assert_eq!((line.sku.as_str(), line.title.as_str()), (name, name));
        assert_eq!(shop.units(name), [2, 1, 0, 1]);
    }
    assert_eq!(shop.order(&placed.id), Some(placed));
    shop.withdraw(&names);
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(shop.unavailable(), sorted);
}

pub(super) fn withdrawn_and_defined_again_is_offered_again<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    shop.withdraw(&["tea"]);
    let unknown = SubmitReply::UnknownSku {
        sku: "tea".to_owned(),
    };
    assert_eq!(shop.submit(&order("k", &[("tea", 1)])), unknown);
    shop.offer(&[("tea", 1_300, 10)]);
    assert_eq!(shop.accepted(&order("k", &[("tea", 1)])).total, 1_300);
    assert_eq!(shop.units("tea"), [10, 9, 0, 1]);
}

pub(super) fn withdrawing_what_is_unknown_changes_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let books = shop.books();
    shop.withdraw(&["x", "TEA", ""]);
    shop.withdraw(&[]);
    assert_eq!(shop.books(), books);
}

pub(super) fn offers_that_could_never_be_sold_are_rejected<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let books = shop.books();
    let good = || definition("good", 1, 1);
    let cases = [
        offers_in("usd", vec![good()]),
        offers_in("", vec![good()]),
        offers_in("USD", vec![good(), definition("", 1, 1)]),
        offers_in("USD", vec![good(), definition(" cup", 1, 1)]),
        // No order could name it: orders are read in NFC.
        offers_in("USD", vec![good(), definition("e\u{301}", 1, 1)]),
        offers_in("USD", vec![good(), definition("a\u{0}b", 1, 1)]),
        offers_in("USD", vec![good(), definition(&"x".repeat(256), 1, 1)]),
        offers_in("USD", vec![good(), definition("cup", -1, 1)]),
        offers_in("USD", vec![good(), definition("cup", 1, -1)]),
        // Neither every store nor every JSON client has them exactly.
        offers_in("USD", vec![good(), definition("cup", 1 << 53, 1)]),
        offers_in("USD", vec![good(), definition("cup", 1, 1 << 53)]),
    ];
    for offers in &cases {
        let done = shop.try_define(offers);
        assert!(matches!(done, Err(StoreError::Rejected(_))), "{offers:?}");
    }
    assert_eq!(shop.accounts(&["good", "cup"]), []);
    assert_eq!(shop.books(), books);
}

pub(super) fn accounts_come_in_the_order_of_their_skus_without_the_unknown<F: Fixture>(
    shop: &Shop<F>,
) {
    let mut sorted = ["B", "Z", "a", "a-1", "a1", "b", "é", "茶", "🫖"];
    shop.define(
        sorted
            .iter()
            .rev()
            .map(|sku| definition(sku, 1, 1))
            .collect(),
    );
    let asked = [
        "🫖", "b", "x", "B", "a1", "a", "a-1", "é", "茶", "Z", "a", "",
    ];
    let accounts = shop.accounts(&asked);
    sorted.sort_unstable();
    let found: Vec<_> = accounts
        .iter()
        .map(|account| account.sku.as_str())
        .collect();
    assert_eq!(found, sorted);
    assert_eq!(shop.accounts(&[]), []);
    assert_eq!(shop.accounts(&["x"]), []);
}

pub(super) fn unavailable_is_exactly_what_cannot_be_ordered<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.unavailable(), Vec::<String>::new());
    let mut endless = definition("endless", 1, 0);
    endless.backorder = true;
    shop.define(vec![endless]);
    shop.offer(&[
        ("empty", 1, 0),
        ("held", 1, 2),
        ("last", 1, 1),
        ("plenty", 1, 9),
    ]);
    shop.offer(&[("withdrawn", 1, 9)]);
    assert_eq!(shop.unavailable(), ["empty"]);
    let mut transfer = order("k", &[("held", 2), ("plenty", 8), ("endless", 3)]);
    transfer.details.payment = souk_protocol::origin::PaymentMethod::Transfer;
    shop.accepted(&transfer);
    shop.accepted(&order("l", &[("last", 1)]));
    shop.withdraw(&["withdrawn", "endless"]);
    let expected = ["empty", "endless", "held", "last", "withdrawn"];
    assert_eq!(shop.unavailable(), expected);
    let mut endless = definition("endless", 1, 0);
    endless.backorder = true;
    let mut last = definition("last", 1, 0);
    last.backorder = true;
    shop.define(vec![endless, last]);
    assert_eq!(shop.unavailable(), ["empty", "held", "withdrawn"]);
}
