//! Statements on what happens to an order after it was placed.

use crate::{ChangeReply, OrderRecord, SubmitOrder, SubmitReply};
use souk_protocol::origin::{
    Action, Actor, ChangeOrder, Event, PaymentMethod, ReceiptLine, ReceiptReply, RepairBooks,
    ReturnedUnits, Status, StockReceipt,
};

use super::Fixture;
use super::shop::{Shop, TERMS, of_sku, order};

/// Who takes cards.
pub(super) const PROVIDER: &str = "a-provider";

pub(super) fn paid_by(method: PaymentMethod, key: &str, lines: &[(&str, u32)]) -> SubmitOrder {
    let mut submit = order(key, lines);
    submit.details.payment = method;
    submit
}

pub(super) fn asked(order: &str, key: &str, action: Action) -> ChangeOrder {
    ChangeOrder {
        key: key.to_owned(),
        order: order.to_owned(),
        by: Actor::Staff,
        by_name: None,
        action,
    }
}

fn cancel() -> Action {
    Action::Cancel {
        reason: "changed my mind".to_owned(),
    }
}

pub(super) fn authorise(amount: i64) -> Action {
    Action::Authorise {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        amount,
    }
}

pub(super) fn capture(amount: i64) -> Action {
    Action::Capture {
        provider: PROVIDER.to_owned(),
        payment: "pay-1".to_owned(),
        amount,
        fee: 10,
    }
}

pub(super) fn receive(amount: i64) -> Action {
    Action::ReceivePayment {
        amount,
        reference: "bank 1".to_owned(),
    }
}

pub(super) fn names(record: &OrderRecord) -> Vec<String> {
    let name = |event: &Event| {
        let value = serde_json::to_value(event).expect("an event is JSON");
        value["event"].as_str().expect("a name").to_owned()
    };
    record
        .events
        .iter()
        .map(|recorded| name(&recorded.event))
        .collect()
}

pub(super) fn a_hold_lapses_at_its_deadline_and_not_before<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let placed = shop.accepted(&paid_by(PaymentMethod::Card, "k", &[("tea", 3)]));
    assert_eq!(placed.status, Status::AwaitingPayment);
    let deadline = placed.placed_at_ms + TERMS.card_hold_ms;
    assert_eq!(placed.hold_until_ms, Some(deadline));
    assert_eq!(shop.units("tea"), [10, 7, 3, 0]);
    shop.pass(deadline - shop.now_ms() - 1);
    assert_eq!(shop.lapse(), 0);
    assert_eq!(shop.units("tea"), [10, 7, 3, 0]);
    assert_eq!(shop.lapse(), 1);
    assert_eq!(shop.units("tea"), [10, 10, 0, 0]);
    let record = shop.record("number-of-k").expect("the order");
    assert_eq!(record.order.status, Status::Expired);
    assert_eq!(record.progress.hold_until_ms, None);
    assert_eq!(record.order.hold_until_ms, Some(deadline));
    assert_eq!(
        (names(&record), record.events[0].by),
        (vec!["expired".to_owned()], Actor::System)
    );
    assert_eq!(shop.lapse(), 0);
}

pub(super) fn an_order_on_delivery_is_never_held<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_250, 10)]);
    let placed = shop.accepted(&order("k", &[("tea", 3)]));
    assert_eq!(placed.hold_until_ms, None);
    shop.pass(TERMS.transfer_hold_ms * 2);
    assert_eq!(shop.lapse(), 0);
    let refused = shop.change(&asked("number-of-k", "x", Action::Expire));
    assert!(matches!(refused, ChangeReply::Done { .. }), "{refused:?}");
    assert_eq!(shop.units("tea"), [10, 7, 0, 3]);
    let paid = shop.done(&asked("number-of-k", "cash", receive(3_750)));
    assert_eq!(
        (paid.progress.funds.captured, names(&paid)),
        (3_750, vec!["payment_received".to_owned()])
    );
}

pub(super) fn a_cancelled_order_puts_its_units_back<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 3)]);
    shop.accepted(&paid_by(PaymentMethod::Transfer, "held", &[("tea", 2)]));
    shop.accepted(&order("sold", &[("tea", 1)]));
    assert_eq!(shop.units("tea"), [3, 0, 2, 1]);
    assert_eq!(shop.unavailable(), ["tea"]);
    shop.done(&asked("number-of-held", "x", cancel()));
    assert_eq!(shop.units("tea"), [3, 2, 0, 1]);
    let record = shop.done(&asked("number-of-sold", "x", cancel()));
    assert_eq!(shop.units("tea"), [3, 3, 0, 0]);
    assert_eq!(shop.unavailable(), Vec::<String>::new());
    assert_eq!(record.progress.status, Status::Cancelled);
    // It is cancelled already, and a request with another key gets the same record.
    assert_eq!(shop.done(&asked("number-of-sold", "y", cancel())), record);
    // What was paid goes back.
    shop.accepted(&paid_by(PaymentMethod::Transfer, "paid", &[("tea", 1)]));
    shop.done(&asked("number-of-paid", "r", receive(1_000)));
    let record = shop.done(&asked("number-of-paid", "x", cancel()));
    assert_eq!(record.progress.funds.refunding, 1_000);
    assert_eq!(shop.units("tea"), [3, 3, 0, 0]);
}

pub(super) fn a_cancelled_backorder_takes_back_the_units_that_were_never_there<F: Fixture>(
    shop: &Shop<F>,
) {
    let mut definition = super::shop::definition("rug", 1_000, 1);
    definition.backorder = true;
    shop.define(vec![definition]);
    shop.accepted(&order("k", &[("rug", 3)]));
    assert_eq!(shop.units("rug"), [3, 0, 0, 3]);
    shop.done(&asked("number-of-k", "x", cancel()));
    assert_eq!(shop.units("rug"), [1, 1, 0, 0]);
    shop.accepted(&paid_by(PaymentMethod::Transfer, "held", &[("rug", 2)]));
    assert_eq!(shop.units("rug"), [2, 0, 2, 0]);
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 1);
    assert_eq!(shop.units("rug"), [1, 1, 0, 0]);
    shop.done(&asked("number-of-held", "late", receive(2_000)));
    assert_eq!(shop.units("rug"), [2, 0, 0, 2]);
}

pub(super) fn a_parcel_is_packed_shipped_delivered_and_returned<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9), ("cup", 400, 9)]);
    shop.accepted(&order("k", &[("tea", 3), ("cup", 1)]));
    let ship = Action::Ship {
        carrier: "SF Express".to_owned(),
        tracking: "SF1234567890".to_owned(),
        unpaid_reason: None,
    };
    let steps = [
        ("p", Action::Allocate, Status::Allocated),
        ("s", ship, Status::Shipped),
        ("d", Action::Deliver, Status::Delivered),
    ];
    for (key, action, status) in steps {
        let record = shop.done(&asked("number-of-k", key, action));
        assert_eq!(record.progress.status, status);
    }
    let back = |units: &[(usize, u32, bool)]| Action::Return {
        units: units
            .iter()
            .map(|&(line, quantity, restock)| ReturnedUnits {
                line,
                quantity,
                restock,
            })
            .collect(),
        refund: Some(0),
        reason: "too many".to_owned(),
    };
    for wrong in [
        &[(0, 4, true)][..],
        &[(2, 1, true)],
        &[(0, 0, true)],
        &[],
        &[(0, 2, true), (0, 2, false)],
    ] {
        let reply = shop.change(&asked("number-of-k", "w", back(wrong)));
        assert!(
            matches!(&reply, ChangeReply::Illegal { problem, .. } if problem == "units"),
            "{reply:?}"
        );
    }
    let record = shop.done(&asked(
        "number-of-k",
        "b1",
        back(&[(0, 1, true), (0, 1, false)]),
    ));
    assert_eq!(
        (record.progress.status, record.progress.returned),
        (Status::Delivered, vec![2, 0])
    );
    assert_eq!(shop.units("tea"), [8, 7, 0, 1]);
    let record = shop.done(&asked(
        "number-of-k",
        "b2",
        back(&[(1, 1, true), (0, 1, true)]),
    ));
    assert_eq!(
        (record.progress.status, record.progress.returned),
        (Status::Returned, vec![3, 1])
    );
    assert_eq!(shop.units("tea"), [8, 8, 0, 0]);
    assert_eq!(shop.units("cup"), [9, 9, 0, 0]);
    assert_eq!(
        names(&shop.record("number-of-k").expect("the order")),
        ["allocated", "shipped", "delivered", "returned", "returned"]
    );
}

pub(super) fn an_illegal_change_says_what_is_legal_and_writes_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    let before = shop.books();
    let reply = shop.change(&asked("number-of-k", "d", Action::Deliver));
    let legal = ["cancel", "allocate", "ship", "receive_payment"];
    let expected = ChangeReply::Illegal {
        status: Status::Confirmed,
        problem: "not_now".to_owned(),
        possible: None,
        legal: legal.map(str::to_owned).to_vec(),
    };
    assert_eq!(reply, expected);
    assert_eq!(shop.books(), before);
    // The key was not used up.
    shop.done(&asked("number-of-k", "d", Action::Allocate));
    let unknown = shop.change(&asked("number-of-x", "d", Action::Deliver));
    assert_eq!(unknown, ChangeReply::UnknownOrder);
}

pub(super) fn a_change_is_made_once_for_each_key<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    shop.accepted(&order("l", &[("tea", 3)]));
    let first = asked("number-of-k", "x", Action::Allocate);
    let record = shop.done(&first);
    let again = shop.change(&first);
    assert_eq!(
        again,
        ChangeReply::Already {
            record: Box::new(record)
        }
    );
    let other = shop.change(&asked("number-of-k", "x", cancel()));
    assert_eq!(other, ChangeReply::KeyUsedForOtherChange);
    // A key belongs to its order.
    shop.done(&asked("number-of-l", "x", cancel()));
    assert_eq!(shop.units("tea"), [9, 6, 0, 3]);
}

pub(super) fn a_replayed_order_shows_where_it_stands<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let submit = order("k", &[("tea", 3)]);
    let placed = shop.accepted(&submit);
    shop.done(&asked("number-of-k", "x", cancel()));
    let SubmitReply::Exists { order } = shop.submit(&submit) else {
        panic!("the order exists");
    };
    assert_eq!(order.status, Status::Cancelled);
    assert_eq!(
        crate::StoredOrder {
            status: placed.status,
            ..*order
        },
        placed
    );
}

pub(super) fn changes_at_the_same_moment_are_made_one_after_the_other<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 100)]);
    for round in 0..4 {
        let (key, id) = (format!("k{round}"), format!("number-of-k{round}"));
        shop.accepted(&paid_by(PaymentMethod::Card, &key, &[("tea", 1)]));
        shop.done(&asked(&id, "c", capture(1_000)));
        // Eight refunds of a quarter each, every one twice: four of them fit.
        let refund = |n: u32| {
            let reason = format!("reason {}", n / 2);
            asked(
                &id,
                &format!("r{}", n / 2),
                Action::Refund {
                    amount: 250,
                    reason,
                },
            )
        };
        let refunds: Vec<_> = (0..16).map(refund).collect();
        let replies = shop.change_together(&refunds);
        let refused = |reply: &&ChangeReply| matches!(reply, ChangeReply::Illegal { .. });
        assert_eq!(replies.iter().filter(refused).count(), 8);
        let record = shop.record(&id).expect("the order");
        assert_eq!(
            (record.progress.funds.refunding, record.events.len()),
            (1_000, 7)
        );
    }
}

pub(super) fn expiry_and_payment_at_the_same_moment_end_a_hold_once<F: Fixture>(shop: &Shop<F>) {
    for round in 0..8 {
        let (key, sku) = (format!("k{round}"), format!("tea-{round}"));
        shop.offer(&[(&sku, 1_000, 1)]);
        shop.accepted(&paid_by(PaymentMethod::Card, &key, &[(&sku, 1)]));
        shop.pass(TERMS.card_hold_ms);
        let id = format!("number-of-{key}");
        let changes = [
            asked(&id, "expire", Action::Expire),
            asked(&id, "a", authorise(1_000)),
            asked(&id, "a2", authorise(1_000)),
            asked(&id, "expire", Action::Expire),
        ];
        for reply in shop.change_together(&changes) {
            let fine = matches!(
                reply,
                ChangeReply::Done { .. } | ChangeReply::Already { .. }
            );
            assert!(fine, "{reply:?}");
        }
        // Whichever change came first, the payment sells the unit, which was there.
        assert_eq!(shop.units(&sku), [1, 0, 0, 1]);
    }
}

pub(super) fn buyers_and_cancellations_at_the_same_moment_strand_no_unit<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 8), ("cup", 400, 8)]);
    let keys: Vec<_> = (0..8).map(|n| format!("k{n}")).collect();
    for key in &keys {
        shop.accepted(&order(key, &[("tea", 1), ("cup", 1)]));
    }
    let turns: Vec<usize> = (0..16).collect();
    let now_ms = shop.now_ms();
    let sold: u32 = shop
        .together(&turns, async |store, &n| {
            if n % 2 == 0 {
                let asked = asked(&format!("number-of-k{}", n / 2), "x", cancel());
                crate::change(store, &asked, now_ms).await?;
                return Ok(0);
            }
            let submit = order(&format!("new{n}"), &[("cup", 1), ("tea", 1)]);
            let new = crate::NewOrder {
                submit: &submit,
                now_ms,
                terms: &TERMS,
                price: &crate::Price::OfOffers,
            };
            let reply = crate::OrderStore::submit(store, new).await?;
            let accepted = matches!(
                reply,
                SubmitReply::Accepted { .. } | SubmitReply::Exists { .. }
            );
            Ok(u32::from(accepted))
        })
        .into_iter()
        .sum();
    let sold = i64::from(sold);
    assert_eq!(shop.units("tea"), [8, 8 - sold, 0, sold]);
    assert_eq!(shop.units("cup"), [8, 8 - sold, 0, sold]);
    // Every unit that came back can be bought.
    let rest = u32::try_from(8 - sold).expect("not negative");
    if rest > 0 {
        shop.accepted(&order("rest", &[("tea", rest), ("cup", rest)]));
    }
}

pub(super) fn units_come_in_once_and_only_what_can_be_ordered_is_missing<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 0), ("cup", 400, 5)]);
    shop.accepted(&order("k", &[("cup", 3)]));
    let receipt = |key: &str, lines: &[(&str, i64)]| StockReceipt {
        by_name: None,
        home: None,
        key: key.to_owned(),
        lines: lines
            .iter()
            .map(|&(sku, units)| ReceiptLine {
                sku: sku.to_owned(),
                units,
            })
            .collect(),
        reason: "a delivery".to_owned(),
    };
    let first = receipt("r1", &[("tea", 7), ("cup", -2)]);
    for _ in 0..2 {
        let reply = shop.receive(&first);
        let ReceiptReply::Done { accounts } = reply else {
            panic!("{reply:?}");
        };
        assert_eq!(accounts, shop.accounts(&["tea", "cup"]));
        assert_eq!(shop.units("tea"), [7, 7, 0, 0]);
        assert_eq!(shop.units("cup"), [3, 0, 0, 3]);
    }
    assert_eq!(shop.unavailable(), ["cup"]);
    let before = shop.books();
    let cases = [
        (
            receipt("r1", &[("tea", 8)]),
            ReceiptReply::KeyUsedForOtherReceipt,
        ),
        (
            receipt("r2", &[("tea", 1), ("cup", -1)]),
            ReceiptReply::TooFew {
                sku: "cup".to_owned(),
                available: 0,
            },
        ),
        (
            receipt("r3", &[("tea", 1), ("pot", 1)]),
            ReceiptReply::UnknownSku {
                sku: "pot".to_owned(),
            },
        ),
    ];
    for (asked, reply) in cases {
        assert_eq!(shop.receive(&asked), reply);
    }
    assert_eq!(shop.books(), before);
    shop.accepted(&order("l", &[("tea", 7)]));
}

pub(super) fn the_history_and_the_ledger_name_the_token_that_asked<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    let named = |key: &str, name: Option<&str>| ChangeOrder {
        by_name: name.map(str::to_owned),
        ..asked("number-of-k", key, Action::Allocate)
    };
    shop.done(&named("a", Some("anna")));
    // The key stands for the change: another token that repeats it changes no name.
    let again = shop.change(&named("a", Some("bert")));
    assert!(matches!(again, ChangeReply::Already { .. }), "{again:?}");
    shop.done(&asked("number-of-k", "c", cancel()));
    let record = shop.record("number-of-k").expect("the order");
    let by_name = record.events.iter().map(|event| event.by_name.as_deref());
    assert_eq!(by_name.collect::<Vec<_>>(), [Some("anna"), None]);

    let receipt = |key: &str, name: Option<&str>| StockReceipt {
        by_name: name.map(str::to_owned),
        home: None,
        key: key.to_owned(),
        lines: vec![ReceiptLine {
            sku: "tea".to_owned(),
            units: 2,
        }],
        reason: "a delivery".to_owned(),
    };
    for name in ["anna", "bert"] {
        let reply = shop.receive(&receipt("r1", Some(name)));
        assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    }
    shop.receive(&receipt("r2", None));
    let repair = RepairBooks {
        by_name: Some("carl".to_owned()),
        ..of_sku("r3", "tea")
    };
    shop.repaired(&repair);
    let reason = &repair.reason;
    assert_eq!(
        shop.receipts(),
        [
            r#"["r1","a delivery","anna"]"#.to_owned(),
            r#"["r2","a delivery",null]"#.to_owned(),
            format!(r#"["r3","{reason}","carl"]"#),
        ]
    );
}
