//! Statements on orders that are accepted.

use crate::SubmitReply;
use souk_protocol::origin::{PaymentMethod, Personal, Status, StoredLine};

use super::Fixture;
use super::shop::{EXPRESS_FEE, Shop, TERMS, definition, order};

pub(super) fn an_accepted_submit_writes_order_stock_movements_and_outbox<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 3)]);
    let placed_at_ms = shop.now_ms();
    let placed = shop.accepted(&order("k", &[("tea", 2), ("cup", 1)]));
    let line = |sku: &str, quantity, unit_price| StoredLine {
        sku: sku.to_owned(),
        title: format!("Title of {sku}"),
        slug: Some(format!("slug-of-{sku}")),
        quantity,
        unit_price,
        backordered: 0,
        discount: 0,
        tax: 0,
        duty: 0,
    };
    assert_eq!(placed.id, "number-of-k");
    assert_eq!(placed.status, Status::Confirmed);
    assert_eq!(placed.placed_at_ms, placed_at_ms);
    assert_eq!(placed.currency, "USD");
    assert_eq!(placed.lines, [line("tea", 2, 1_250), line("cup", 1, 400)]);
    assert_eq!((placed.shipping, placed.total), (0, 2_900));
    assert_eq!(placed.details, order("k", &[]).details);
    assert_eq!(shop.units("tea"), [10, 8, 0, 2]);
    assert_eq!(shop.units("cup"), [3, 2, 0, 1]);
    let audit = shop.audit();
    assert_eq!((audit.orders, audit.outbox), (1, 1));
    // That the movements are there is what an audit without drift says.
    assert_eq!(audit.drift, Vec::new());
}

pub(super) fn an_order_for_nothing_is_confirmed_whatever_way_of_paying_it_names<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("gift", 0, 9), ("tea", 1_250, 9)]);
    for (key, payment) in [("c", PaymentMethod::Card), ("t", PaymentMethod::Transfer)] {
        let mut free = order(key, &[("gift", 1)]);
        free.details.payment = payment;
        let placed = shop.accepted(&free);
        assert_eq!((placed.total, placed.status), (0, Status::Confirmed));
        assert_eq!(placed.hold_until_ms, None);
        // One that costs something waits, in the same way of paying.
        let mut paid = order(&format!("{key}-paid"), &[("gift", 1), ("tea", 1)]);
        paid.details.payment = payment;
        assert_eq!(shop.accepted(&paid).status, Status::AwaitingPayment);
    }
    // Two are sold and two are held.
    assert_eq!(shop.units("gift"), [9, 5, 2, 2]);
    assert_eq!(shop.audit().drift, Vec::new());
    shop.pass(2 * TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 2);
    assert_eq!(shop.units("gift"), [9, 7, 0, 2], "no hold of it lapses");
    assert_eq!(shop.audit().drift, Vec::new());
}

pub(super) fn an_order_below_what_can_be_paid_is_refused_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("clip", 20, 9), ("gift", 0, 9)]);
    let books = shop.books();
    let of = |key: &str, lines: &[(&str, u32)], min| {
        let mut submit = order(key, lines);
        submit.details.payment = PaymentMethod::Card;
        submit.payment_min = min;
        submit
    };
    let refused = SubmitReply::LimitExceeded {
        limit: "payment_minimum".to_owned(),
        allowed: 50,
        sku: None,
    };
    assert_eq!(shop.submit(&of("k", &[("clip", 2)], Some(50))), refused);
    assert_eq!(shop.books(), books);
    // The same key, for enough, in another way, or for nothing.
    shop.accepted(&of("k", &[("clip", 3)], Some(50)));
    shop.accepted(&of("l", &[("clip", 2)], Some(40)));
    shop.accepted(&of("m", &[("clip", 1)], None));
    shop.accepted(&of("n", &[("gift", 1)], Some(50)));
    assert_eq!(shop.audit().drift, Vec::new());
}

pub(super) fn submit_twice_returns_the_same_order<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let first = order("k", &[("tea", 2)]);
    let placed = shop.accepted(&first);
    let books = shop.books();
    let mut again = first.clone();
    again.id = "another-number".to_owned();
    let order = Box::new(placed);
    assert_eq!(shop.submit(&again), SubmitReply::Exists { order });
    assert_eq!(shop.order("another-number"), None);
    assert_eq!(shop.books(), books);
}

pub(super) fn a_key_used_for_other_content_is_refused_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 3)]);
    shop.accepted(&order("k", &[("tea", 2)]));
    let books = shop.books();
    for lines in [[("tea", 3)], [("cup", 1)], [("cup", 99)], [("nothing", 1)]] {
        let mut other = order("k", &lines);
        other.id = "another-number".to_owned();
        let reply = shop.submit(&other);
        assert_eq!(reply, SubmitReply::ExistsWithDifferentContent, "{lines:?}");
    }
    assert_eq!(shop.books(), books);
}

pub(super) fn an_order_is_found_by_its_number_as_it_was_accepted<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let placed = shop.accepted(&order("k", &[("tea", 2)]));
    shop.accepted(&order("l", &[("tea", 1)]));
    assert_eq!(shop.order("number-of-k"), Some(placed));
    for unknown in [
        "",
        "k",
        "number-of-",
        "NUMBER-OF-K",
        "number-of-k' OR '1'='1",
        "%",
    ] {
        assert_eq!(shop.order(unknown), None, "{unknown:?}");
    }
}

pub(super) fn an_order_keeps_the_titles_and_prices_of_its_moment<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let placed = shop.accepted(&order("k", &[("tea", 2)]));
    let mut changed = definition("tea", 9_999, 0);
    changed.title = "Another title".to_owned();
    shop.define(vec![changed]);
    assert_eq!(shop.order("number-of-k"), Some(placed));
    let later = shop.accepted(&order("l", &[("tea", 1)]));
    assert_eq!(later.lines[0].title, "Another title");
    assert_eq!(later.total, 9_999);
}

pub(super) fn what_buyers_write_comes_back_unchanged<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let notes = [
        "",
        "请送到后门 🏮, “thanks” \\ it's \"urgent\"",
        "two\nlines\tand a tab",
        "$1 ?1 %s {} '; DROP TABLE stock; --",
        "a \u{0} and a \u{1f}, written as \\u0000",
        "\u{feff}\u{202e}\u{10ffff}",
    ];
    for (n, note) in notes.into_iter().enumerate() {
        let mut submit = order(&format!("k{n}"), &[("tea", 1)]);
        let Personal::Unsealed(personal) = &mut submit.details.personal else {
            unreachable!("orders of the contract are unsealed")
        };
        personal.note = Some(note.to_owned());
        personal.customer.name = note.to_owned();
        let placed = shop.accepted(&submit);
        assert_eq!(placed.details, submit.details);
        let order = Box::new(placed.clone());
        assert_eq!(shop.order(&placed.id), Some(placed));
        assert_eq!(shop.submit(&submit), SubmitReply::Exists { order });
    }
}

pub(super) fn the_exact_last_unit_sells<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 3)]);
    shop.accepted(&order("k", &[("tea", 2)]));
    shop.accepted(&order("l", &[("tea", 1)]));
    assert_eq!(shop.units("tea"), [3, 0, 0, 3]);
    let sold_out = SubmitReply::SoldOut {
        sku: "tea".to_owned(),
        available: 0,
        sold_out_until_ms: None,
    };
    assert_eq!(shop.submit(&order("m", &[("tea", 1)])), sold_out);
}

pub(super) fn the_order_that_takes_the_last_unit_says_so<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 3), ("mug", 900, 2)]);
    let exhausted = |key: &str, lines: &[(&str, u32)]| match shop.submit(&order(key, lines)) {
        SubmitReply::Accepted { exhausted, .. } => exhausted,
        other => panic!("not accepted: {other:?}"),
    };
    assert!(!exhausted("k", &[("tea", 2), ("mug", 1)]));
    assert!(exhausted("l", &[("tea", 1), ("mug", 1)]));
    let mut print = definition("print", 1_000, 1);
    print.backorder = true;
    shop.define(vec![print]);
    assert!(!exhausted("m", &[("print", 2)]));
}

pub(super) fn a_key_is_recognised_after_everything_has_sold_out<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 1)]);
    let submit = order("k", &[("tea", 1)]);
    let order = Box::new(shop.accepted(&submit));
    assert_eq!(
        shop.submit(&submit),
        SubmitReply::Exists {
            order: order.clone()
        }
    );
    shop.withdraw(&["tea"]);
    assert_eq!(shop.submit(&submit), SubmitReply::Exists { order });
}

pub(super) fn backorder_sells_beyond_the_stock_and_the_account_still_balances<F: Fixture>(
    shop: &Shop<F>,
) {
    let mut offer = definition("tea", 1_250, 3);
    offer.backorder = true;
    shop.define(vec![offer]);
    let placed = shop.accepted(&order("k", &[("tea", 5)]));
    assert_eq!(placed.lines[0].backordered, 2);
    assert_eq!(shop.units("tea"), [5, 0, 0, 5]);
    let placed = shop.accepted(&order("l", &[("tea", 10_000)]));
    assert_eq!(placed.lines[0].backordered, 10_000);
    assert_eq!(shop.units("tea"), [10_005, 0, 0, 10_005]);
}

pub(super) fn units_are_backordered_line_by_line<F: Fixture>(shop: &Shop<F>) {
    let mut offer = definition("tea", 1_250, 4);
    offer.backorder = true;
    shop.define(vec![offer]);
    let placed = shop.accepted(&order("k", &[("tea", 3), ("tea", 3), ("tea", 2)]));
    let backordered: Vec<_> = placed.lines.iter().map(|line| line.backordered).collect();
    assert_eq!(backordered, [0, 2, 2]);
    assert_eq!(shop.units("tea"), [8, 0, 0, 8]);
}

pub(super) fn transfer_holds_and_on_delivery_sells<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let mut transfer = order("k", &[("tea", 3)]);
    transfer.details.payment = PaymentMethod::Transfer;
    assert_eq!(shop.accepted(&transfer).status, Status::AwaitingPayment);
    assert_eq!(shop.units("tea"), [10, 7, 3, 0]);
    let placed = shop.accepted(&order("l", &[("tea", 2)]));
    assert_eq!(placed.status, Status::Confirmed);
    assert_eq!(shop.units("tea"), [10, 5, 3, 2]);
}

pub(super) fn the_total_is_the_lines_and_the_delivery<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10), ("free", 0, 10)]);
    let mut express = order("k", &[("tea", 2), ("free", 1)]);
    express.details.delivery = "express".to_owned();
    let placed = shop.accepted(&express);
    assert_eq!(placed.shipping, EXPRESS_FEE);
    assert_eq!(placed.total, 2_500 + EXPRESS_FEE);
    let placed = shop.accepted(&order("l", &[("free", 1)]));
    assert_eq!((placed.shipping, placed.total), (0, 0));
}

pub(super) fn an_empty_slug_is_left_out_of_the_order<F: Fixture>(shop: &Shop<F>) {
    let mut offer = definition("tea", 1_250, 3);
    offer.slug = String::new();
    shop.define(vec![offer]);
    assert_eq!(
        shop.accepted(&order("k", &[("tea", 1)])).lines[0].slug,
        None
    );
}

/// Up to 2^53 - 1, as far as JavaScript carries numbers into a Durable Object.
pub(super) fn large_amounts_are_exact<F: Fixture>(shop: &Shop<F>) {
    const MAX: i64 = (1 << 53) - 1;
    shop.offer(&[("tea", MAX, MAX)]);
    let mut submit = order("k", &[("tea", 1)]);
    submit.currency = Some("USD".to_owned());
    submit.lines[0].expected_price = Some(MAX);
    let placed = shop.accepted(&submit);
    assert_eq!((placed.lines[0].unit_price, placed.total), (MAX, MAX));
    assert_eq!(shop.units("tea"), [MAX, MAX - 1, 0, 1]);
}
