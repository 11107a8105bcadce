//! What the stores are asked to do, step by step.

use souk_order_store::{
    Limits, NewOrder, Price, SoldOutHoldRequest, SoldOutHoldSet, Store, SubmitReply, Terms, change,
};
use souk_protocol::origin::{
    Action, Actor, ChangeOrder, ChangeReply, Claim, PaymentMethod, Queue, ReceiptLine,
    ReceiptReply, Settled, Settlement, StockReceipt,
};

use crate::shop::{ROWS, order, sku, submit};

/// What shoppers and the projection of the badge do, each with its name.
pub(crate) async fn hot_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let many: Vec<_> = (0..100).map(|n| n * 97).collect();
    for (name, submitted) in [
        ("an accepted order", order("one", &[ROWS / 2])),
        ("an accepted order of 100 lines", order("many", &many)),
        ("an order that exists", order("one", &[ROWS / 2])),
        ("a refused order", order("refused", &[ROWS + 1])),
        ("another key", order("another", &[3, 1, 2])),
    ] {
        let reply = submit(store, &submitted).await;
        let refused = matches!(reply, SubmitReply::UnknownSku { .. });
        assert_eq!(refused, name == "a refused order", "{reply:?}");
        after(name).await;
    }
    let found = store.find("number-of-one", "").await.expect("a reply");
    assert!(found.is_some());
    after("an order by its number").await;
    assert_eq!(store.find("x", "").await, Ok(None));
    after("an unknown number").await;
    let asked: Vec<_> = (0..1_000).map(sku).collect();
    let accounts = store.stock(&asked).await.expect("accounts");
    assert_eq!(accounts.len(), 1_000);
    after("stock accounts").await;
    assert_eq!(store.unavailable().await, Ok(Vec::new()));
    after("the badges").await;
}

/// Sets a sold-out hold on a SKU that is sold out to two orders, and once more.
pub(crate) async fn sold_out_hold_twice<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let gone = StockReceipt {
        by_name: None,
        home: None,
        key: "gone".to_owned(),
        lines: vec![ReceiptLine {
            sku: sku(7),
            units: -998,
        }],
        reason: "r".to_owned(),
    };
    let reply = store.receive(&gone, 1).await.expect("a reply");
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    for key in ["x", "y"] {
        submit(store, &order(key, &[7, 8])).await;
    }
    after("").await;
    let sku = sku(7);
    let mut asked = SoldOutHoldRequest {
        sku: &sku,
        until_ms: 10,
        now_ms: 0,
        known: None,
        keys_max: 100,
    };
    let first = store.sold_out_hold(asked).await.expect("a reply");
    let first = first.expect("a sold-out hold");
    assert_eq!(first.keys.as_ref().map(Vec::len), Some(2));
    after("a sold-out hold").await;
    asked.known = Some(first.number);
    let again = store.sold_out_hold(asked).await.expect("a reply");
    let known = SoldOutHoldSet {
        keys: None,
        ..first
    };
    assert_eq!(again, Some(known));
    after("a sold-out hold that lasts longer").await;
}

/// What happens to an order after it is placed, and to messages about it.
pub(crate) async fn later_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let mut by_card = order("card", &[ROWS / 3, 4]);
    by_card.details.payment = PaymentMethod::Card;
    submit(store, &by_card).await;
    after("an order by card").await;
    let mut act = async |name: &str, action: Action| {
        let asked = ChangeOrder {
            key: name.to_owned(),
            order: by_card.id.clone(),
            by: Actor::Provider,
            by_name: None,
            action,
        };
        let changed = change(store, &asked, 2).await.expect("a reply");
        assert!(
            matches!(changed.reply, ChangeReply::Done { .. }),
            "{changed:?}"
        );
        after(name).await;
    };
    let payment = "p".to_owned();
    act(
        "a capture",
        Action::Capture {
            provider: "a-provider".to_owned(),
            payment,
            amount: 200,
            fee: 1,
        },
    )
    .await;
    act(
        "a cancellation",
        Action::Cancel {
            reason: String::new(),
        },
    )
    .await;
    let lines = [(9, 10), (8, -1)].map(|(n, units)| ReceiptLine { sku: sku(n), units });
    let receipt = StockReceipt {
        by_name: None,
        home: None,
        key: "r".to_owned(),
        lines: lines.to_vec(),
        reason: "r".to_owned(),
    };
    let reply = store.receive(&receipt, 2).await.expect("a reply");
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    after("a receipt").await;
    let mut claim = Claim {
        queue: Queue::Payments,
        limit: 100,
        visibility_ms: 1_000,
        order: Some(by_card.id.clone()),
    };
    let claimed = store.claim(&claim, 3).await.expect("messages");
    assert!(claimed.iter().all(|message| message.order == by_card.id));
    assert!(!claimed.is_empty());
    after("a claim for one order").await;
    (claim.queue, claim.order) = (Queue::BackOffice, None);
    let claimed = store.claim(&claim, 3).await.expect("messages");
    assert!(claimed.len() > 2);
    after("a claim").await;
    let outcomes = [
        Settled::Done,
        Settled::Retry {
            after_ms: 1,
            error: String::new(),
        },
        Settled::Dead {
            error: String::new(),
        },
    ];
    let settlements = claimed.iter().zip(outcomes.into_iter().cycle());
    let settlements: Vec<_> = settlements
        .map(|(message, outcome)| Settlement {
            id: message.id,
            order: message.order.clone(),
            sequence: message.sequence,
            attempts: message.attempts,
            outcome,
        })
        .collect();
    store.settle(&settlements, 4).await.expect("settled");
    after("a settlement").await;
    let dead = store.replay(Queue::BackOffice, 5).await.expect("a number");
    assert!(dead > 0);
    after("a replay").await;
    store.archive(2, 50).await.expect("a number");
    after("a walk to the archive").await;
    store.thin_out(2, 50).await.expect("a number");
    after("a look for what was never paid").await;
    let mut limited = order("limited", &[ROWS / 3, 4]);
    limited.asked_by.buyer = Some("buyer".to_owned());
    limited.asked_by.client = Some("client".to_owned());
    let terms = Terms {
        limits: Limits::DEFAULT,
        ..Terms::DEFAULT
    };
    let new = NewOrder {
        submit: &limited,
        now_ms: 6,
        terms: &terms,
        price: &Price::OfOffers,
    };
    let reply = store.submit(new).await.expect("a reply");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    after("an order that is limited").await;
    let cancel = Action::Cancel {
        reason: "r".to_owned(),
    };
    let cancel = ChangeOrder {
        key: "cancel".to_owned(),
        order: limited.id.clone(),
        by: Actor::Staff,
        by_name: None,
        action: cancel,
    };
    change(store, &cancel, 7).await.expect("a reply");
    after("its cancellation").await;
    store.backlog(6).await.expect("depths");
    after("the backlog").await;
}
