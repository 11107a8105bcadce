//! Statements on orders that are refused: what is said, and that nothing is written.

use super::Fixture;
use super::shop::{Shop, definition, offers_in, order};
use crate::{StoreError, SubmitOrder, SubmitReply};

fn unknown(sku: &str) -> SubmitReply {
    SubmitReply::UnknownSku {
        sku: sku.to_owned(),
    }
}

fn sold_out(sku: &str, available: i64) -> SubmitReply {
    SubmitReply::SoldOut {
        sku: sku.to_owned(),
        available,
        sold_out_until_ms: None,
    }
}

fn price_changed(sku: &str, unit_price: i64) -> SubmitReply {
    SubmitReply::PriceChanged {
        sku: sku.to_owned(),
        unit_price,
        currency: "USD".to_owned(),
    }
}

/// An order that expects prices in USD; `None` expects none.
fn expecting(key: &str, lines: &[(&str, u32, Option<i64>)]) -> SubmitOrder {
    let plain: Vec<_> = lines.iter().map(|&(sku, units, _)| (sku, units)).collect();
    let mut submit = order(key, &plain);
    submit.currency = Some("USD".to_owned());
    for (line, &(_, _, price)) in submit.lines.iter_mut().zip(lines) {
        line.expected_price = price;
    }
    submit
}

pub(super) fn an_unknown_sku_is_named<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.submit(&order("k", &[("tea", 1)])), unknown("tea"));
    shop.offer(&[("tea", 1_250, 10)]);
    let submit = order("k", &[("tea", 1), ("y", 1), ("x", 1)]);
    assert_eq!(shop.submit(&submit), unknown("y"));
    assert_eq!(shop.submit(&order("k", &[("TEA", 1)])), unknown("TEA"));
}

pub(super) fn a_changed_price_is_named_with_the_one_that_counts<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 10)]);
    let lines = [
        ("cup", 1, Some(400)),
        ("tea", 1, Some(1_249)),
        ("cup", 1, Some(1)),
    ];
    let reply = shop.submit(&expecting("k", &lines));
    assert_eq!(reply, price_changed("tea", 1_250));
    let lines = [
        ("cup", 1, Some(400)),
        ("tea", 1, Some(1_250)),
        ("cup", 1, None),
    ];
    shop.accepted(&expecting("k", &lines));
}

pub(super) fn a_price_in_another_currency_is_a_changed_price<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let mut submit = expecting("k", &[("tea", 1, Some(1_250))]);
    submit.currency = Some("EUR".to_owned());
    assert_eq!(shop.submit(&submit), price_changed("tea", 1_250));
    let mut no_price = expecting("k", &[("tea", 1, None)]);
    no_price.currency = Some("EUR".to_owned());
    shop.accepted(&no_price);
}

pub(super) fn sold_out_names_the_first_line_and_what_is_left<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("c", 1, 5), ("b", 1, 2), ("a", 1, 1)]);
    let submit = order("k", &[("c", 5), ("b", 3), ("a", 2)]);
    assert_eq!(shop.submit(&submit), sold_out("b", 2));
}

pub(super) fn refusals_are_looked_for_in_their_declared_order<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 1), ("cup", 400, 1)]);
    let (short, changed) = (("tea", 2, None), ("cup", 1, Some(1)));
    let cases = [
        (vec![short, changed, ("x", 1, None)], unknown("x")),
        (vec![short, changed], price_changed("cup", 400)),
        (vec![changed, short], price_changed("cup", 400)),
        (vec![short], sold_out("tea", 1)),
    ];
    for (lines, refusal) in cases {
        assert_eq!(shop.submit(&expecting("k", &lines)), refusal, "{lines:?}");
    }
}

pub(super) fn a_refusal_writes_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 1)]);
    shop.accepted(&order("j", &[("tea", 1)]));
    let books = shop.books();
    for (lines, refusal) in [
        (vec![("tea", 1, None), ("x", 1, None)], unknown("x")),
        (vec![("tea", 1, Some(1))], price_changed("tea", 1_250)),
        (vec![("tea", 1, None), ("cup", 2, None)], sold_out("cup", 1)),
    ] {
        let submit = expecting("k", &lines);
        assert_eq!(shop.submit(&submit), refusal);
        assert_eq!(shop.order(&submit.id), None);
        assert_eq!(shop.books(), books);
    }
}

pub(super) fn a_refused_key_may_be_used_again<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 1)]);
    assert_eq!(shop.submit(&order("k", &[("tea", 2)])), sold_out("tea", 1));
    shop.accepted(&order("k", &[("tea", 1)]));
}

pub(super) fn lines_with_one_sku_share_its_stock<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 3), ("cup", 400, 9)]);
    let submit = order("k", &[("tea", 2), ("cup", 1), ("tea", 2)]);
    assert_eq!(shop.submit(&submit), sold_out("tea", 3));
    let placed = shop.accepted(&order("l", &[("tea", 2), ("cup", 1), ("tea", 1)]));
    assert_eq!(placed.lines.len(), 3);
    assert_eq!(shop.units("tea"), [3, 0, 0, 3]);
    assert_eq!(shop.units("cup"), [9, 8, 0, 1]);
}

pub(super) fn several_lines_are_placed_together_or_not_at_all<F: Fixture>(shop: &Shop<F>) {
    let skus: Vec<_> = (0..100).map(|n| format!("sku-{n:02}")).collect();
    let offers = skus.iter().map(|sku| definition(sku, 10, 1)).collect();
    shop.define(offers);
    // Against the order of the SKUs, as a client may send them.
    let lines: Vec<_> = skus.iter().rev().map(|sku| (sku.as_str(), 1)).collect();
    let mut one_too_many = lines.clone();
    one_too_many[99].1 = 2;
    let books = shop.books();
    assert_eq!(
        shop.submit(&order("k", &one_too_many)),
        sold_out("sku-00", 1)
    );
    assert_eq!(shop.books(), books);
    let placed = shop.accepted(&order("l", &lines));
    assert_eq!(placed.total, 1_000);
    assert_eq!(placed.lines[0].sku, "sku-99");
    assert_eq!(shop.unavailable(), skus);
}

pub(super) fn a_withdrawn_offer_is_unknown_and_its_stock_stays_on_the_books<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 1)]);
    shop.accepted(&order("k", &[("tea", 4)]));
    shop.withdraw(&["tea"]);
    let submit = order("l", &[("cup", 1), ("tea", 1)]);
    assert_eq!(shop.submit(&submit), unknown("tea"));
    assert_eq!(shop.units("tea"), [10, 6, 0, 4]);
    assert_eq!(shop.units("cup"), [1, 1, 0, 0]);
}

fn assert_rejected<F: Fixture>(shop: &Shop<F>, submit: &SubmitOrder) {
    let books = shop.books();
    let reply = shop.try_submit(submit);
    assert!(matches!(reply, Err(StoreError::Rejected(_))), "{reply:?}");
    assert_eq!(shop.books(), books);
}

pub(super) fn an_order_out_of_bounds_is_rejected_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 100_000)]);
    assert_rejected(shop, &order("k", &[]));
    assert_rejected(shop, &order("k", &[("tea", 1); 101]));
    assert_rejected(shop, &order("k", &[("tea", 0)]));
    assert_rejected(shop, &order("k", &[("tea", 10_001)]));
    assert_rejected(shop, &order("k", &[("", 1)]));
    let mut no_currency = expecting("k", &[("tea", 1, Some(1_250))]);
    no_currency.currency = None;
    assert_rejected(shop, &no_currency);
}

pub(super) fn an_order_in_two_currencies_is_rejected_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10)]);
    let euros = offers_in("EUR", vec![definition("cup", 400, 10)]);
    shop.try_define(&euros).expect("the offers are fine");
    assert_rejected(shop, &order("k", &[("tea", 1), ("cup", 1)]));
    let mut submit = expecting("k", &[("cup", 1, Some(401)), ("tea", 1, None)]);
    submit.currency = Some("EUR".to_owned());
    let changed = SubmitReply::PriceChanged {
        sku: "cup".to_owned(),
        unit_price: 400,
        currency: "EUR".to_owned(),
    };
    assert_eq!(shop.submit(&submit), changed);
    assert_eq!(shop.accepted(&order("l", &[("cup", 1)])).currency, "EUR");
}

pub(super) fn a_total_that_not_every_client_can_hold_is_refused_and_nothing_is_written<
    F: Fixture,
>(
    shop: &Shop<F>,
) {
    const MAX: i64 = (1 << 53) - 1;
    shop.offer(&[("gold", 1 << 50, 10_000), ("tin", 1, 0), ("all", MAX, 3)]);
    let books = shop.books();
    let too_dear = SubmitReply::LimitExceeded {
        limit: "order_total".to_owned(),
        allowed: MAX,
        sku: None,
    };
    let refused = |lines: &[(&str, u32)]| {
        assert_eq!(shop.submit(&order("k", lines)), too_dear, "{lines:?}");
    };
    // 2^50 × 8 is 2^53; 2^50 × 10,000 is above 2^63, and so are 100 lines of 2^50 × 100.
    refused(&[("gold", 8)]);
    refused(&[("gold", 10_000)]);
    refused(&[("gold", 100); 100]);
    refused(&[("gold", 4), ("gold", 4)]);
    // The refusal of an order that cannot be does not show the stock.
    refused(&[("tin", 1), ("gold", 8)]);
    let mut express = order("k", &[("all", 1)]);
    express.details.delivery = "express".to_owned();
    assert_eq!(shop.submit(&express), too_dear);
    assert_eq!(shop.books(), books);
    let placed = shop.accepted(&order("k", &[("all", 1)]));
    assert_eq!(placed.total, MAX);
    shop.accepted(&order("l", &[("gold", 7)]));
}

pub(super) fn a_number_that_is_taken_is_an_error_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10)]);
    let placed = shop.accepted(&order("k", &[("tea", 1)]));
    let books = shop.books();
    let mut other = order("l", &[("tea", 1)]);
    other.id = placed.id.clone();
    assert!(shop.try_submit(&other).is_err());
    assert_eq!(shop.books(), books);
    assert_eq!(shop.order(&placed.id), Some(placed));
}
