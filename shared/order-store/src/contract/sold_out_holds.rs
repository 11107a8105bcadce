//! Statements on sold-out holds: nothing is accepted while one lasts, and its keys are complete.

use souk_protocol::origin::{Action, PaymentMethod, ReceiptLine, ReceiptReply, StockReceipt};

use super::Fixture;
use super::life::{asked, paid_by};
use super::shop::{Shop, definition, order};
use crate::{NewOrder, OrderStore, SoldOutHoldRequest, SoldOutHoldSet, StockStore, SubmitReply};

/// What a SKU under a sold-out hold is refused with.
fn on_sold_out_hold(sku: &str, until_ms: i64) -> SubmitReply {
    SubmitReply::SoldOut {
        sku: sku.to_owned(),
        available: 0,
        sold_out_until_ms: Some(until_ms),
    }
}

fn sorted(sold_out_hold: Option<SoldOutHoldSet>) -> Vec<String> {
    let mut keys = sold_out_hold.expect("a sold-out hold").keys.expect("keys");
    keys.sort_unstable();
    keys
}

fn come_in<F: Fixture>(shop: &Shop<F>, key: &str, sku: &str, units: i64) {
    let receipt = StockReceipt {
        by_name: None,
        home: None,
        key: key.to_owned(),
        lines: vec![ReceiptLine {
            sku: sku.to_owned(),
            units,
        }],
        reason: "found".to_owned(),
    };
    let reply = shop.receive(&receipt);
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
}

fn cancel<F: Fixture>(shop: &Shop<F>, key: &str) {
    let reason = "no".to_owned();
    shop.done(&asked(
        &format!("number-of-{key}"),
        "cancel",
        Action::Cancel { reason },
    ));
}

pub(super) fn a_sku_under_a_sold_out_hold_sells_nothing_until_it_is_over<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 1), ("cup", 400, 9)]);
    shop.accepted(&order("k", &[("tea", 1)]));
    let until_ms = shop.now_ms() + 6_000;
    assert!(shop.sold_out_hold("tea", 6_000, None).is_some());
    cancel(shop, "k");
    come_in(shop, "box", "tea", 99);
    assert_eq!(shop.units("tea"), [100, 100, 0, 0]);
    let books = shop.books();
    for (n, lines) in [
        vec![("tea", 1)],
        vec![("cup", 1), ("tea", 1)],
        vec![("tea", 1), ("tea", 2)],
    ]
    .iter()
    .enumerate()
    {
        let reply = shop.submit(&order(&format!("early-{n}"), lines));
        assert_eq!(reply, on_sold_out_hold("tea", until_ms), "{lines:?}");
    }
    assert_eq!(shop.books(), books, "a refusal writes nothing");
    shop.accepted(&order("cups", &[("cup", 1)]));
    // The last moment of the sold-out hold, and the first one after it.
    shop.pass(until_ms - 1 - shop.now_ms());
    assert_eq!(
        shop.submit(&order("late", &[("tea", 1)])),
        on_sold_out_hold("tea", until_ms)
    );
    shop.accepted(&order("late", &[("tea", 1)]));
    shop.accepted(&order("more", &[("tea", 99)]));
}

pub(super) fn a_sold_out_hold_comes_with_the_keys_of_every_order_with_the_sku<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 9), ("cup", 400, 9)]);
    shop.accepted(&order("one", &[("tea", 2)]));
    shop.accepted(&order("two lines", &[("tea", 1), ("cup", 1), ("tea", 1)]));
    shop.accepted(&order("cups", &[("cup", 3)]));
    shop.accepted(&paid_by(
        PaymentMethod::Transfer,
        "h\u{e9}ld \"k\"",
        &[("tea", 3)],
    ));
    shop.accepted(&order("cancelled", &[("tea", 2)]));
    cancel(shop, "cancelled");
    shop.submit(&order("refused", &[("tea", 9)]));
    shop.accepted(&order("last", &[("tea", 2)]));
    let keys = sorted(shop.sold_out_hold("tea", 6_000, None));
    assert_eq!(
        keys,
        ["cancelled", "h\u{e9}ld \"k\"", "last", "one", "two lines"]
    );
    // No order ever had this SKU, so there are no keys.
    shop.offer(&[("void", 1, 0)]);
    assert_eq!(
        sorted(shop.sold_out_hold("void", 6_000, None)),
        Vec::<String>::new()
    );
}

pub(super) fn a_sold_out_hold_that_lasts_longer_keeps_its_number_and_its_keys<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 1)]);
    shop.accepted(&order("k", &[("tea", 1)]));
    let first = shop
        .sold_out_hold("tea", 6_000, None)
        .expect("a sold-out hold");
    let again = |known| {
        shop.sold_out_hold("tea", 6_000, known)
            .expect("a sold-out hold")
    };
    assert_eq!(again(None), first);
    let known = SoldOutHoldSet {
        keys: None,
        ..first.clone()
    };
    assert_eq!(again(Some(first.number)), known);
    assert_eq!(
        again(Some(first.number + 1)),
        first,
        "another sold-out hold's keys"
    );
    // One that ends sooner takes nothing away.
    let until_ms = shop.now_ms() + 6_000;
    shop.sold_out_hold("tea", 6_000, None);
    shop.sold_out_hold("tea", 10, None);
    shop.pass(1_000);
    assert_eq!(
        shop.submit(&order("l", &[("tea", 1)])),
        on_sold_out_hold("tea", until_ms)
    );
    // It is over, but nothing was accepted since.
    shop.pass(60_000);
    assert_eq!(again(Some(first.number)), known);
    shop.pass(60_000);
    cancel(shop, "k");
    shop.accepted(&order("l", &[("tea", 1)]));
    let other = again(Some(first.number));
    assert!(other.number > first.number, "{other:?} after {first:?}");
    assert_eq!(sorted(Some(other)), ["k", "l"]);
}

pub(super) fn only_a_sku_that_is_sold_out_gets_a_sold_out_hold<F: Fixture>(shop: &Shop<F>) {
    let mut print = definition("print", 100, 0);
    print.backorder = true;
    shop.define(vec![print]);
    shop.offer(&[("tea", 1_000, 1), ("gone", 1, 0), ("gold", 1, 10)]);
    shop.withdraw(&["gone"]);
    for sku in ["print", "tea", "gone", "gold", "unknown"] {
        assert_eq!(shop.sold_out_hold(sku, 6_000, None), None, "{sku}");
    }
    shop.accepted(&order("k", &[("tea", 1), ("print", 3), ("gold", 10)]));
    assert!(shop.sold_out_hold("tea", 6_000, None).is_some());
    // Once more units are there it is not made longer, but lasts.
    come_in(shop, "box", "tea", 1);
    assert_eq!(shop.sold_out_hold("tea", 60_000, None), None);
    shop.pass(6_000);
    shop.accepted(&order("l", &[("tea", 1)]));
}

pub(super) fn a_sku_with_too_many_keys_gets_no_sold_out_hold<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 4)]);
    for key in ["a", "b", "c"] {
        shop.accepted(&order(key, &[("tea", 1)]));
    }
    shop.accepted(&order("d", &[("tea", 1)]));
    let until_ms = shop.now_ms() + 6_000;
    assert_eq!(shop.sold_out_hold_until("tea", until_ms, None, 3), None);
    cancel(shop, "a");
    // So nothing was under a sold-out hold.
    shop.accepted(&order("e", &[("tea", 1)]));
    let sold_out_hold = shop.sold_out_hold_until("tea", until_ms, None, 5);
    assert_eq!(sorted(sold_out_hold), ["a", "b", "c", "d", "e"]);
}

pub(super) fn a_sku_under_a_sold_out_hold_is_not_backordered_either<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 1)]);
    shop.accepted(&order("k", &[("tea", 1)]));
    let until_ms = shop.now_ms() + 6_000;
    shop.sold_out_hold("tea", 6_000, None);
    let mut tea = definition("tea", 1_000, 0);
    tea.backorder = true;
    shop.define(vec![tea]);
    let more = order("l", &[("tea", 5)]);
    assert_eq!(shop.submit(&more), on_sold_out_hold("tea", until_ms));
    shop.pass(6_000);
    assert_eq!(shop.accepted(&more).lines[0].backordered, 5);
}

pub(super) fn an_order_that_exists_is_found_under_any_sold_out_hold<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 1)]);
    let submit = order("k", &[("tea", 1)]);
    let placed = Box::new(shop.accepted(&submit));
    shop.sold_out_hold("tea", 6_000, None);
    assert_eq!(shop.submit(&submit), SubmitReply::Exists { order: placed });
    let mut other = submit;
    other.fingerprint = "another content".to_owned();
    assert_eq!(shop.submit(&other), SubmitReply::ExistsWithDifferentContent);
}

/// What a clock leaves behind that was ahead by more than clocks may be apart.
pub(super) fn a_sold_out_hold_that_a_wrong_clock_has_set_counts_for_nothing<F: Fixture>(
    shop: &Shop<F>,
) {
    let hours_ms = 5 * 60 * 60 * 1_000;
    shop.offer(&[("tea", 1_000, 1), ("cup", 400, 1), ("pot", 900, 1)]);
    let skus = ["tea", "cup", "pot"];
    for sku in skus {
        shop.accepted(&order(sku, &[(sku, 1)]));
    }
    let [tea, cup, pot] = skus.map(|sku| {
        let sold_out_hold = shop.sold_out_hold(sku, hours_ms, None);
        sold_out_hold.expect("a sold-out hold").number
    });
    for sku in skus {
        cancel(shop, sku);
    }
    // By itself, beside another one, and twice in an order.
    shop.accepted(&order("one", &[("tea", 1)]));
    shop.accepted(&order("two", &[("cup", 1), ("pot", 1)]));
    for (sku, last) in [("tea", tea), ("cup", cup), ("pot", pot)] {
        let next = shop
            .sold_out_hold(sku, 6_000, Some(last))
            .expect("a sold-out hold");
        assert!(next.number > last, "{sku}");
        assert_eq!(next.keys.expect("its own keys").len(), 2, "{sku}");
    }

    // The last end that a clock which is right could have given it is one that holds.
    shop.offer(&[("jar", 1, 1)]);
    shop.accepted(&order("jar", &[("jar", 1)]));
    let until_ms = shop.now_ms() + 6_000 + 1_000;
    shop.sold_out_hold("jar", 6_000 + 1_000, None);
    cancel(shop, "jar");
    let more = order("more", &[("jar", 1)]);
    assert_eq!(shop.submit(&more), on_sold_out_hold("jar", until_ms));

    // A sold-out hold of now takes the place of one that ends too late.
    shop.offer(&[("urn", 1, 1)]);
    shop.accepted(&order("urn", &[("urn", 1)]));
    let wrong = shop
        .sold_out_hold("urn", hours_ms, None)
        .expect("a sold-out hold");
    let until_ms = shop.now_ms() + 6_000;
    let right = shop
        .sold_out_hold("urn", 6_000, Some(wrong.number))
        .expect("one");
    assert!(
        right.number > wrong.number && right.keys.is_some(),
        "{right:?}"
    );
    cancel(shop, "urn");
    let more = order("again", &[("urn", 1)]);
    assert_eq!(shop.submit(&more), on_sold_out_hold("urn", until_ms));
    shop.pass(6_000);
    shop.accepted(&more);
}

pub(super) fn a_sold_out_hold_stops_no_other_change<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 2)]);
    shop.accepted(&paid_by(PaymentMethod::Transfer, "late", &[("tea", 1)]));
    shop.accepted(&order("k", &[("tea", 1)]));
    shop.sold_out_hold("tea", 365 * 24 * 60 * 60 * 1_000, None);
    shop.pass(30 * 24 * 60 * 60 * 1_000);
    assert_eq!(shop.lapse(), 1);
    assert_eq!(shop.units("tea"), [2, 1, 0, 1]);
    // Paid late, it takes its units back: its key was among those of the sold-out hold.
    let paid = Action::ReceivePayment {
        amount: 1_000,
        reference: "bank".to_owned(),
    };
    shop.done(&asked("number-of-late", "paid", paid));
    assert_eq!(shop.units("tea"), [2, 0, 0, 2]);
    assert_eq!(
        sorted(shop.sold_out_hold("tea", 6_000, None)),
        ["k", "late"]
    );
}

/// Buyers and sold-out holds on threads of their own; units are returned again and again.
pub(super) fn orders_and_sold_out_holds_at_the_same_moment_hide_no_key<F: Fixture>(shop: &Shop<F>) {
    const SOLD_OUT_HOLD_MS: i64 = 1_000;
    enum Operation {
        Order(usize),
        SoldOutHold,
    }
    enum Done {
        Accepted(usize),
        Refused,
        OnSoldOutHold(Option<SoldOutHoldSet>),
    }
    shop.offer(&[("tea", 1_000, 4)]);
    let mut accepted = Vec::new();
    for round in 0..6 {
        let now_ms = shop.now_ms();
        let operations: Vec<_> = (0..10)
            .map(|n| match n % 5 {
                4 => Operation::SoldOutHold,
                _ => Operation::Order(100 * round + n),
            })
            .collect();
        let done = shop.together(&operations, async |store, operation| match operation {
            Operation::Order(n) => {
                let submit = order(&format!("k{n}"), &[("tea", 1)]);
                let new = NewOrder {
                    submit: &submit,
                    now_ms,
                    terms: &super::shop::TERMS,
                    price: &crate::Price::OfOffers,
                };
                Ok(match store.submit(new).await? {
                    SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => Done::Accepted(*n),
                    SubmitReply::SoldOut { .. } => Done::Refused,
                    other => panic!("{other:?}"),
                })
            }
            Operation::SoldOutHold => {
                let asked = SoldOutHoldRequest {
                    sku: "tea",
                    until_ms: now_ms + SOLD_OUT_HOLD_MS,
                    now_ms,
                    known: None,
                    keys_max: 1_000,
                };
                Ok(Done::OnSoldOutHold(store.sold_out_hold(asked).await?))
            }
        });
        let mut sold_out_holds = Vec::new();
        for one in done {
            match one {
                Done::Accepted(n) => accepted.push(format!("k{n}")),
                Done::Refused => {}
                Done::OnSoldOutHold(sold_out_hold) => sold_out_holds.extend(sold_out_hold),
            }
        }
        accepted.sort_unstable();
        assert!(accepted.len() >= 4 * (round / 2 + 1), "all units are sold");
        // Every accepted order was accepted before any of the sold-out holds, or the SKU would not
        // be sold out.
        for sold_out_hold in sold_out_holds {
            assert_eq!(sorted(Some(sold_out_hold)), accepted, "round {round}");
        }
        // Every other round begins while the sold-out hold of this one may last.
        if round % 2 == 1 {
            shop.pass(SOLD_OUT_HOLD_MS);
            come_in(shop, &format!("box-{round}"), "tea", 4);
        }
    }
}
