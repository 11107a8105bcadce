//! Statements on repairs: what drifts is made to agree again by what is appended, and by nothing
//! else.

use souk_protocol::origin::{
    Action, Claim, PaymentMethod, Queue, ReceiptLine, ReceiptReply, Repair, RepairBooks,
    RepairReply, Settled, StockAccount, StockReceipt,
};

use super::Fixture;
use super::life::{asked, paid_by};
use super::queues::settled;
use super::shop::{Drift, Shop, TERMS, definition, of_order, of_sku, order};
use crate::{Store, SubmitOrder, SubmitReply, change};

/// Ten units of tea, of which an order holds two and another one has three.
fn busy<F: Fixture>() -> Shop<F> {
    let shop = Shop::<F>::empty();
    shop.offer(&[("tea", 1_000, 10), ("cup", 400, 10)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    shop.accepted(&paid_by(PaymentMethod::Transfer, "h", &[("tea", 2)]));
    assert_eq!(shop.units("tea"), [10, 5, 2, 3]);
    shop
}

fn account(units: [i64; 4]) -> StockAccount {
    let [supplied, available, held, sold] = units;
    StockAccount {
        sku: "tea".to_owned(),
        supplied,
        available,
        held,
        sold,
    }
}

fn receipt(key: &str, units: i64) -> StockReceipt {
    StockReceipt {
        by_name: None,
        home: None,
        key: key.to_owned(),
        lines: vec![ReceiptLine {
            sku: "tea".to_owned(),
            units,
        }],
        reason: "a count".to_owned(),
    }
}

fn preview(asked: &RepairBooks) -> RepairBooks {
    RepairBooks {
        preview: true,
        ..asked.clone()
    }
}

/// What is planted; the account then, the ledger then and the account after the repair; the rows
/// that the repair appends.
type Case = (Drift, [i64; 4], [i64; 4], [i64; 4], &'static [&'static str]);

pub(super) fn an_account_that_drifts_agrees_again_by_rows_that_are_appended<F: Fixture>(
    _: &Shop<F>,
) {
    let right = [10, 5, 2, 3];
    let cases: [Case; 4] = [
        (
            Drift::Account,
            [10, 4, 2, 4],
            right,
            right,
            &[
                r#"["tea","found",0,-1,0,1,"r"]"#,
                r#"["tea","added",0,1,0,-1,"r"]"#,
            ],
        ),
        (
            Drift::Supplied,
            [15, 10, 2, 3],
            right,
            right,
            &[
                r#"["tea","found",5,5,0,0,"r"]"#,
                r#"["tea","added",-5,-5,0,0,"r"]"#,
            ],
        ),
        (
            Drift::Sales,
            right,
            [10, 10, 0, 0],
            right,
            &[r#"["tea","found",0,-5,2,3,"r"]"#],
        ),
        (
            Drift::Orders,
            right,
            right,
            [10, 10, 0, 0],
            &[r#"["tea","added",0,5,-2,-3,"r"]"#],
        ),
    ];
    for (drift, before, ledger, after, appended) in cases {
        let shop = busy::<F>();
        if !shop.plant(drift) {
            return;
        }
        let named = |shop: &Shop<F>| {
            let drift = shop.audit().drift;
            let is_tea = |one: &souk_protocol::origin::Drift| one.subject == "tea";
            drift.iter().any(|one| one.kind.is_of_sku() && is_tea(one))
        };
        assert!(named(&shop), "{drift:?}");
        let [movements, _] = shop.ledger();
        let repair = shop.repaired(&of_sku("r", "tea"));
        let [one] = repair.accounts.as_slice() else {
            panic!("{drift:?}: {repair:?}");
        };
        assert_eq!(
            (&one.before, &one.ledger, &one.after, one.backordered),
            (&account(before), &account(ledger), &account(after), 0),
            "{drift:?}"
        );
        assert_eq!(shop.units("tea"), after, "{drift:?}");
        let appended: Vec<_> = appended.iter().map(|&row| row.to_owned()).collect();
        assert_eq!(shop.ledger(), [movements, appended], "{drift:?}");
        assert!(!named(&shop), "{drift:?}");
        if drift != Drift::Account && drift != Drift::Supplied {
            continue;
        }
        // These two concern every SKU; then the shop goes on, and what drifts again is repaired
        // again beside what was written before.
        shop.repaired(&of_sku("c", "cup"));
        shop.assert_the_books_balance();
        shop.accepted(&order("l", &[("tea", 1)]));
        let [_, earlier] = shop.ledger();
        assert!(shop.plant(drift));
        shop.repaired(&of_sku("r2", "tea"));
        shop.repaired(&of_sku("c2", "cup"));
        assert_eq!(shop.units("tea"), [10, 4, 2, 4]);
        assert_eq!(shop.ledger()[1][..earlier.len()], earlier);
        shop.assert_the_books_balance();
    }
}

pub(super) fn what_does_not_drift_is_left_as_it_is<F: Fixture>(_: &Shop<F>) {
    let shop = busy::<F>();
    let before = (shop.books(), shop.ledger());
    let asked = of_sku("r", "tea");
    assert_eq!(shop.repaired(&asked), Repair::default());
    assert_eq!(shop.repaired(&of_order("o", "k")), Repair::default());
    let repair = Repair::default();
    assert_eq!(shop.repair(&asked), RepairReply::Already { repair });
    for unknown in [of_sku("x", "pot"), of_order("y", "x")] {
        assert_eq!(shop.repair(&unknown), RepairReply::Unknown);
        assert_eq!(shop.repair(&preview(&unknown)), RepairReply::Unknown);
    }
    assert_eq!((shop.books(), shop.ledger()), before);
    // What is not known leaves the key unused.
    shop.repaired(&of_sku("x", "tea"));
}

pub(super) fn a_repair_is_made_once_for_each_key<F: Fixture>(_: &Shop<F>) {
    let shop = busy::<F>();
    if !shop.plant(Drift::Account) {
        return;
    }
    let asked = of_sku("r", "tea");
    let repair = shop.repaired(&asked);
    let before = (shop.books(), shop.ledger());
    assert_eq!(shop.repair(&asked), RepairReply::Already { repair });
    let other = RepairReply::KeyUsedForSomethingElse;
    assert_eq!(shop.repair(&of_sku("r", "cup")), other);
    assert_eq!(shop.repair(&of_order("r", "k")), other);
    let reply = shop.receive(&receipt("r", 5));
    assert_eq!(reply, ReceiptReply::KeyUsedForOtherReceipt);
    assert_eq!((shop.books(), shop.ledger()), before);
    let booked = shop.receive(&receipt("units", 5));
    assert!(matches!(booked, ReceiptReply::Done { .. }), "{booked:?}");
    assert_eq!(shop.repair(&of_sku("units", "cup")), other);
    shop.repaired(&of_sku("c", "cup"));
    shop.assert_the_books_balance();
}

pub(super) fn a_preview_tells_what_would_be_done_and_writes_nothing<F: Fixture>(_: &Shop<F>) {
    for asked in [of_sku("r", "tea"), of_order("r", "h")] {
        let shop = busy::<F>();
        if !shop.plant(Drift::Outbox) || !shop.plant(Drift::Account) {
            return;
        }
        let everything = || (shop.books(), shop.ledger(), shop.backlog(Queue::Holds));
        let before = everything();
        let RepairReply::Would { repair } = shop.repair(&preview(&asked)) else {
            panic!("{asked:?}");
        };
        assert_eq!(everything(), before);
        // The preview was right, and did not use up the key.
        let done = shop.repaired(&asked);
        assert_eq!(done.accounts, repair.accounts);
        assert_eq!(done.messages.len(), repair.messages.len());
        assert!(!done.is_empty());
        // A used key does not prevent another preview.
        let repair = Repair::default();
        assert_eq!(shop.repair(&preview(&asked)), RepairReply::Would { repair });
    }
}

pub(super) fn units_that_never_came_in_are_not_made_up<F: Fixture>(_: &Shop<F>) {
    let shop = busy::<F>();
    if !shop.plant(Drift::Movements) {
        return;
    }
    let before = (shop.books(), shop.ledger());
    let (asked, sku) = (of_sku("r", "tea"), "tea".to_owned());
    let short = RepairReply::Short { sku, units: 5 };
    assert_eq!(shop.repair(&asked), short);
    assert_eq!(shop.repair(&preview(&asked)), short);
    assert_eq!((shop.books(), shop.ledger()), before);
    // Ten came in, as the delivery notes say.
    let counted = shop.receive(&receipt("count", 10));
    assert!(matches!(counted, ReceiptReply::Done { .. }), "{counted:?}");
    let repair = shop.repaired(&asked);
    assert_eq!(repair.accounts[0].ledger, account([10, 10, 0, 0]));
    assert_eq!(shop.units("tea"), [10, 5, 2, 3]);
    shop.repaired(&of_sku("c", "cup"));
    assert_eq!(shop.units("cup"), [0, 0, 0, 0]);
    shop.assert_the_books_balance();
}

pub(super) fn what_may_be_sold_before_it_is_there_is_still_to_come<F: Fixture>(_: &Shop<F>) {
    let shop = Shop::<F>::empty();
    let mut tea = definition("tea", 1_000, 10);
    tea.backorder = true;
    shop.define(vec![tea]);
    shop.accepted(&order("k", &[("tea", 3)]));
    if !shop.plant(Drift::Movements) {
        return;
    }
    let repair = shop.repaired(&of_sku("r", "tea"));
    assert_eq!(repair.accounts[0].backordered, 3);
    assert_eq!(shop.units("tea"), [3, 0, 0, 3]);
    shop.assert_the_books_balance();
}

pub(super) fn messages_that_are_missing_are_queued_again<F: Fixture>(_: &Shop<F>) {
    let shop = busy::<F>();
    shop.done(&asked("number-of-k", "p", Action::Allocate));
    if !shop.plant(Drift::Outbox) {
        return;
    }
    let delivered = |messages: &[souk_protocol::origin::Message]| -> Vec<(String, u32)> {
        let delivered = messages.iter().map(|one| (one.order.clone(), one.sequence));
        delivered.collect()
    };
    let claim = |queue, order: &str| Claim {
        queue,
        limit: 100,
        visibility_ms: 10_000,
        order: Some(format!("number-of-{order}")),
    };
    let due = |repair: &Repair| -> Vec<(Queue, u32)> {
        let messages = repair.messages.iter();
        messages.map(|one| (one.queue, one.sequence)).collect()
    };
    let repair = shop.repaired(&of_order("k", "k"));
    assert_eq!(
        due(&repair),
        [(Queue::BackOffice, 0), (Queue::BackOffice, 1)]
    );
    let messages = shop.claim(&claim(Queue::BackOffice, "k"));
    let id = || "number-of-k".to_owned();
    assert_eq!(delivered(&messages), [(id(), 0), (id(), 1)]);
    assert!(messages.iter().all(|message| message.news.is_some()));
    // A message that is still queued is not missing.
    assert_eq!(shop.repaired(&of_order("k2", "k")), Repair::default());
    // Nor is what has arrived.
    let arrived: Vec<_> = messages
        .iter()
        .map(|one| settled(one, Settled::Done))
        .collect();
    shop.settle(&arrived);
    assert_eq!(shop.repaired(&of_order("k3", "k")), Repair::default());

    let placed = shop.order("number-of-h").expect("the order");
    let deadline = placed.hold_until_ms.expect("a deadline");
    let repair = shop.repaired(&of_order("h", "h"));
    assert_eq!(due(&repair), [(Queue::BackOffice, 0), (Queue::Holds, 0)]);
    assert_eq!(repair.messages[1].due_ms, deadline);
    shop.assert_the_books_balance();
    shop.pass(TERMS.transfer_hold_ms - 1_000);
    assert_eq!(shop.lapse(), 0);
    shop.pass(1_000);
    assert_eq!(shop.lapse(), 1);
    assert_eq!(shop.units("tea"), [10, 7, 0, 3]);
    // It has ended, so its hold needs no end.
    assert_eq!(shop.repaired(&of_order("h2", "h")), Repair::default());
    shop.assert_the_books_balance();
}

pub(super) fn what_only_a_person_can_know_stays_named<F: Fixture>(_: &Shop<F>) {
    for drift in [Drift::Funds, Drift::History] {
        let shop = busy::<F>();
        let amount = 3_000;
        let reference = "cash".to_owned();
        let paid = Action::ReceivePayment { amount, reference };
        shop.done(&asked("number-of-k", "p", paid));
        shop.done(&asked("number-of-k", "a", Action::Allocate));
        if !shop.plant(drift) {
            return;
        }
        let before = (shop.audit().drift, shop.ledger());
        assert!(!before.0.is_empty(), "{drift:?}");
        for asked in [of_order("r", "k"), of_sku("s", "tea")] {
            let repair = Repair::default();
            assert_eq!(shop.repair(&asked), RepairReply::Done { repair });
        }
        assert_eq!((shop.audit().drift, shop.ledger()), before, "{drift:?}");
    }
}

/// An order, a cancellation or a repair that a test carries out.
enum Operation {
    Buy(Box<SubmitOrder>),
    Cancel(&'static str),
    Repair(RepairBooks),
}

/// What came of it: whether an order was placed. So many units are in the account that never came
/// in.
async fn carry_out<S: Store>(
    store: &S,
    operation: &Operation,
    made_up: i64,
    now_ms: i64,
) -> Result<bool, crate::StoreError> {
    match operation {
        Operation::Buy(submit) => {
            let terms = &TERMS;
            let order = crate::NewOrder {
                submit,
                now_ms,
                terms,
                price: &crate::Price::OfOffers,
            };
            let reply = store.submit(order).await?;
            Ok(matches!(
                reply,
                SubmitReply::Accepted { .. } | SubmitReply::Exists { .. }
            ))
        }
        Operation::Cancel(order) => {
            let reason = String::new();
            let asked = asked(order, "x", Action::Cancel { reason });
            change(store, &asked, now_ms).await.map(|_| false)
        }
        Operation::Repair(asked) => {
            let reply = store.repair(asked, now_ms).await?;
            let is_expected = match reply {
                RepairReply::Done { .. } | RepairReply::Already { .. } => true,
                // Orders were quicker to units that never came in: as long as the orders of before
                // have theirs too, that is more than there is.
                RepairReply::Short { units, .. } => (1..=made_up).contains(&units),
                _ => false,
            };
            assert!(is_expected, "{reply:?}, and {made_up} units were made up");
            Ok(false)
        }
    }
}

pub(super) fn orders_and_repairs_at_the_same_moment_stay_exact<F: Fixture>(_: &Shop<F>) {
    for drift in [
        Drift::Account,
        Drift::Sales,
        Drift::Account,
        Drift::Supplied,
    ] {
        let shop = busy::<F>();
        if !shop.plant(drift) {
            return;
        }
        let now_ms = shop.now_ms();
        let made_up = shop.units("tea")[0] - 10;
        let mut operations: Vec<_> = (0..10)
            .map(|n| Operation::Buy(Box::new(order(&format!("k{n}"), &[("tea", 1)]))))
            .collect();
        let repairs = [("r1", "tea"), ("r2", "tea"), ("r2", "tea"), ("c", "cup")];
        let repairs = repairs.map(|(key, sku)| Operation::Repair(of_sku(key, sku)));
        for (at, repair) in repairs.into_iter().enumerate() {
            operations.insert(3 * at, repair);
        }
        operations.push(Operation::Cancel("number-of-h"));
        operations.push(Operation::Cancel("number-of-k"));
        let placed = shop.together(&operations, async |store, operation| {
            carry_out(store, operation, made_up, now_ms).await
        });
        let sold = placed.into_iter().filter(|&placed| placed).count();
        let mut sold = i64::try_from(sold).expect("a small number");
        // Units that were not in the account at that moment are sold since.
        shop.repaired(&of_sku("last", "tea"));
        assert_eq!(shop.units("tea"), [10, 10 - sold, 0, sold], "{drift:?}");
        while sold < 10 {
            shop.accepted(&order(&format!("late{sold}"), &[("tea", 1)]));
            sold += 1;
        }
        assert!(matches!(
            shop.submit(&order("one more", &[("tea", 1)])),
            SubmitReply::SoldOut { .. }
        ));
        shop.assert_the_books_balance();
    }
}
