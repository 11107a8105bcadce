//! Statements on limits: what one order, buyer and client may have, when it is given back, and what is
//! left of orders that were never paid.

use souk_protocol::origin::{
    Action, AllowanceRepair, AskedBy, Claim, DriftKind, PaymentMethod, Queue, Repair, RepairReply,
    Settled, Settlement, Status, Subject,
};

use super::Fixture;
use super::life::{asked, authorise, paid_by, receive};
use super::shop::{Drift, Shop, TERMS, definition, order, repair_of};
use crate::{Limits, SubmitOrder, SubmitReply};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// At most three of a SKU and five in all; five unpaid ones of a buyer and seven of a client.
const LIMITS: Limits = Limits {
    units_per_line: 3,
    units_per_order: 5,
    unpaid_units_per_buyer: 5,
    is_buyer_default: false,
    unpaid_units_per_client: 7,
    unpaid_percent_per_sku: 100,
};

fn share(percent: u8) -> Limits {
    Limits {
        unpaid_percent_per_sku: percent,
        ..Limits::NONE
    }
}

fn exceeded(limit: &str, allowed: i64, sku: Option<&str>) -> SubmitReply {
    SubmitReply::LimitExceeded {
        limit: limit.to_owned(),
        allowed,
        sku: sku.map(str::to_owned),
    }
}

/// An order of a buyer from a client.
fn of(buyer: &str, client: &str, mut submit: SubmitOrder) -> SubmitOrder {
    submit.asked_by = AskedBy {
        buyer: Some(buyer.to_owned()),
        client: Some(client.to_owned()),
        is_local: false,
    };
    submit
}

fn accepted<F: Fixture>(shop: &Shop<F>, limits: Limits, submit: &SubmitOrder) {
    let reply = shop.submit_under(limits, submit);
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
}

pub(super) fn an_order_has_at_most_the_units_that_are_allowed<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 50), ("cup", 400, 2)]);
    let before = shop.books();
    let refused = |lines: &[(&str, u32)]| shop.submit_under(LIMITS, &order("k", lines));
    let too_many = exceeded("units_per_line", 3, Some("tea"));
    assert_eq!(refused(&[("tea", 4)]), too_many);
    assert_eq!(refused(&[("tea", 2), ("tea", 2)]), too_many);
    // The refusal of an order that asks for more than it may have does not show the stock.
    let of_cups = exceeded("units_per_line", 3, Some("cup"));
    assert_eq!(refused(&[("cup", 10_000)]), of_cups);
    let too_many = exceeded("units_per_order", 5, None);
    assert_eq!(refused(&[("tea", 3), ("cup", 3)]), too_many);
    assert_eq!(shop.books(), before);
    accepted(shop, LIMITS, &order("k", &[("tea", 3), ("cup", 2)]));
}

pub(super) fn a_buyer_and_a_client_have_at_most_so_many_unpaid_units<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 50), ("cup", 400, 50)]);
    accepted(shop, LIMITS, &of("li", "home", order("a", &[("tea", 3)])));
    let held = paid_by(PaymentMethod::Transfer, "b", &[("cup", 2)]);
    accepted(shop, LIMITS, &of("li", "office", held.clone()));
    let before = shop.books();
    let third = of("li", "elsewhere", order("c", &[("tea", 1)]));
    let too_many = exceeded("unpaid_units_per_buyer", 5, None);
    assert_eq!(shop.submit_under(LIMITS, &third), too_many);
    assert_eq!(shop.books(), before);
    // A key that is known is an order that exists.
    let again = shop.submit_under(LIMITS, &of("li", "office", held));
    assert!(matches!(again, SubmitReply::Exists { .. }), "{again:?}");
    let of_han = |key: &str, units| of("han", "home", order(key, &[("tea", units)]));
    accepted(shop, LIMITS, &of_han("d", 3));
    let of_client = |units| of("wei", "home", order("e", &[("tea", units)]));
    let too_many = exceeded("unpaid_units_per_client", 7, None);
    assert_eq!(shop.submit_under(LIMITS, &of_client(2)), too_many);
    accepted(shop, LIMITS, &of_client(1));
    // An order is not limited where neither buyer nor client is known.
    for n in 0..4 {
        accepted(shop, LIMITS, &order(&format!("f{n}"), &[("tea", 3)]));
    }
}

pub(super) fn a_default_does_not_limit_a_buyer_on_the_shops_own_machine<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.offer(&[("tea", 1_000, 50)]);
    let mut local = of("li", "", order("a", &[("tea", 3)]));
    local.asked_by.client = None;
    local.asked_by.is_local = true;
    let default = Limits {
        is_buyer_default: true,
        ..LIMITS
    };
    for key in ["a", "b", "c"] {
        (local.key, local.id) = (key.to_owned(), format!("number-of-{key}"));
        accepted(shop, default, &local);
    }
    (local.key, local.id) = ("d".to_owned(), "number-of-d".to_owned());
    accepted(shop, LIMITS, &local);
    (local.key, local.id) = ("e".to_owned(), "number-of-e".to_owned());
    let too_many = exceeded("unpaid_units_per_buyer", 5, None);
    assert_eq!(shop.submit_under(LIMITS, &local), too_many);
}

pub(super) fn what_is_paid_sent_or_over_is_given_back<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 500)]);
    let probe = |key: &str| {
        let asked = of("li", "home", order(key, &[("tea", 3)]));
        shop.submit_under(LIMITS, &asked)
    };
    let too_many = exceeded("unpaid_units_per_buyer", 5, None);
    let ship = || Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
        unpaid_reason: None,
    };
    let cancel = || Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    for (key, method, change) in [
        ("a", PaymentMethod::Transfer, receive(3_000)),
        ("b", PaymentMethod::Transfer, cancel()),
        ("c", PaymentMethod::Card, authorise(3_000)),
        ("d", PaymentMethod::OnDelivery, receive(3_000)),
        ("e", PaymentMethod::OnDelivery, ship()),
        ("f", PaymentMethod::OnDelivery, cancel()),
    ] {
        accepted(
            shop,
            LIMITS,
            &of("li", "home", paid_by(method, key, &[("tea", 3)])),
        );
        assert_eq!(probe("probe"), too_many, "{key}");
        if key == "e" {
            // Put aside is not sent.
            shop.done(&asked("number-of-e", "allocate", Action::Allocate));
            assert_eq!(probe("probe"), too_many);
        }
        shop.done(&asked(&format!("number-of-{key}"), "change", change));
        assert_eq!(shop.audit().drift, Vec::new(), "{key}");
    }
    let held = paid_by(PaymentMethod::Transfer, "g", &[("tea", 3)]);
    accepted(shop, LIMITS, &of("li", "home", held));
    assert_eq!(probe("probe"), too_many);
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 1);
    // What comes late is paid.
    shop.done(&asked("number-of-g", "late", receive(3_000)));
    let reply = probe("probe");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
}

pub(super) fn a_share_of_a_sku_stays_for_those_who_pay<F: Fixture>(shop: &Shop<F>) {
    let mut made = definition("pot", 900, 2);
    made.backorder = true;
    shop.define(vec![
        definition("tea", 1_000, 10),
        definition("one", 5, 1),
        made,
    ]);
    let held = |key: &str, lines| paid_by(PaymentMethod::Transfer, key, lines);
    let of_tea = exceeded("unpaid_percent_per_sku", 25, Some("tea"));
    let refused = |submit| shop.submit_under(share(25), &submit);
    assert_eq!(refused(held("a", &[("tea", 4)])), of_tea);
    // A quarter of ten, rounded up; the last unit of a SKU can be ordered.
    accepted(
        shop,
        share(25),
        &held("a", &[("tea", 1), ("one", 1), ("tea", 1)]),
    );
    accepted(shop, share(25), &order("b", &[("tea", 1)]));
    assert_eq!(refused(order("c", &[("tea", 1)])), of_tea);
    assert_eq!(refused(held("c", &[("tea", 1)])), of_tea);
    shop.done(&asked("number-of-a", "paid", receive(2_005)));
    // A quarter of the eight that are not paid for is two.
    accepted(shop, share(25), &held("c", &[("tea", 1)]));
    assert_eq!(refused(held("d", &[("tea", 1)])), of_tea);
    // What is made to order is not held by anyone.
    accepted(shop, share(25), &held("d", &[("pot", 50)]));
}

pub(super) fn unpaid_orders_at_the_same_moment_exceed_no_limit<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 500), ("cup", 400, 500)]);
    let lines: [&[(&str, u32)]; 3] = [&[("tea", 1)], &[("cup", 1)], &[("tea", 1), ("cup", 1)]];
    let orders: Vec<_> = (0..18)
        .map(|n| {
            let submit = order(&format!("k{n}"), lines[n % 3]);
            of("li", &format!("client-{}", n % 2), submit)
        })
        .collect();
    let replies = shop.submit_together_under(LIMITS, &orders);
    let (mut units, mut refused) = (0, 0);
    for (reply, order) in replies.iter().zip(&orders) {
        match reply {
            SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => units += order.lines.len(),
            other => {
                assert_eq!(*other, exceeded("unpaid_units_per_buyer", 5, None));
                refused += 1;
            }
        }
    }
    // One unit may be left for which no order of one was there any more.
    assert!((4..=5).contains(&units) && refused > 0, "{replies:?}");
    let after = |key: &str| of("li", "client-9", order(key, &[("tea", 1)]));
    let reply = shop.submit_under(LIMITS, &after("after"));
    let fits = matches!(reply, SubmitReply::Accepted { .. });
    assert_eq!(fits, units < 5, "{reply:?}");
}

pub(super) fn orders_at_the_same_moment_leave_the_share_of_a_sku<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 20)]);
    let orders: Vec<_> = (0..16)
        .map(|n| paid_by(PaymentMethod::Card, &format!("k{n}"), &[("tea", 1)]))
        .collect();
    let replies = shop.submit_together_under(share(50), &orders);
    let accepted = replies.iter().filter(|reply| {
        matches!(
            reply,
            SubmitReply::Accepted { .. } | SubmitReply::Exists { .. }
        )
    });
    assert_eq!(accepted.count(), 10);
    assert_eq!(shop.units("tea"), [20, 10, 10, 0]);
}

pub(super) fn an_allowance_that_drifts_is_found_and_counted_again<F: Fixture>(_: &Shop<F>) {
    for (drift, before) in [(Drift::Allowances, 0), (Drift::StrayAllowance, 9)] {
        let shop = Shop::<F>::empty();
        shop.offer(&[("tea", 1_000, 10)]);
        accepted(&shop, LIMITS, &of("li", "home", order("a", &[("tea", 3)])));
        if !shop.plant(drift) {
            return;
        }
        let (account, after) = match drift {
            Drift::StrayAllowance => ("buyer:stray", 0),
            _ => ("buyer:li", 3),
        };
        let audit = shop.audit();
        let found = audit.drift.iter().find(|one| one.subject == account);
        let found = found.unwrap_or_else(|| panic!("{account}: {audit:?}"));
        assert_eq!(found.kind, DriftKind::Allowance);
        assert_eq!(
            (&found.found, &found.expected),
            (&vec![before], &vec![after])
        );
        let repair =
            |key: &str, account: &str| repair_of(key, Subject::Allowance(account.to_owned()));
        let mut preview = repair("r", account);
        preview.preview = true;
        let expected = Repair {
            allowances: vec![AllowanceRepair {
                shard: None,
                account: account.to_owned(),
                before,
                after,
            }],
            ..Repair::default()
        };
        let would = shop.repair(&preview);
        let repair_of_it = expected.clone();
        assert_eq!(
            would,
            RepairReply::Would {
                repair: repair_of_it
            }
        );
        assert_eq!(shop.audit(), audit, "a preview writes nothing");
        // An order that would drift further is still changed.
        assert_eq!(shop.repaired(&repair("r", account)), expected);
        let again = shop.repair(&repair("r", account));
        assert_eq!(again, RepairReply::Already { repair: expected });
        let nothing = shop.repair(&repair("s", "buyer:stranger"));
        assert_eq!(nothing, RepairReply::Unknown);
        if drift == Drift::Allowances {
            shop.repaired(&repair("t", "client:home"));
        }
        assert_eq!(shop.audit().drift, Vec::new());
        shop.done(&asked("number-of-a", "paid", receive(3_000)));
        shop.assert_the_books_balance();
    }
}

pub(super) fn an_order_is_changed_whatever_became_of_its_allowances<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 10)]);
    accepted(shop, LIMITS, &of("li", "home", order("a", &[("tea", 3)])));
    shop.plant(Drift::Allowances);
    let record = shop.done(&asked("number-of-a", "paid", receive(3_000)));
    assert_eq!(record.progress.funds.captured, 3_000);
    assert_eq!(shop.audit().drift, Vec::new());
}

/// Delivers every event to the back office that it does not have.
fn tell<F: Fixture>(shop: &Shop<F>) {
    let claim = Claim {
        queue: Queue::BackOffice,
        limit: 100,
        visibility_ms: 10_000,
        order: None,
    };
    let messages = shop.claim(&claim).into_iter();
    let settlements: Vec<_> = messages
        .map(|message| Settlement {
            id: message.id,
            order: message.order,
            sequence: message.sequence,
            attempts: message.attempts,
            outcome: Settled::Done,
        })
        .collect();
    shop.settle(&settlements);
}

pub(super) fn what_was_never_paid_is_deleted_after_a_while<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9), ("cup", 400, 0)]);
    let mut made = definition("pot", 900, 2);
    made.backorder = true;
    shop.define(vec![made]);
    let numbered = |key: &str, method, lines: &[(&str, u32)]| {
        let mut submit = of("li", key, paid_by(method, key, lines));
        submit.id = format!("{:011X}-{}", shop.now_ms(), key.to_uppercase());
        submit
    };
    let expired = numbered("e", PaymentMethod::Transfer, &[("tea", 2), ("pot", 5)]);
    let cancelled = numbered("c", PaymentMethod::OnDelivery, &[("tea", 1)]);
    let paid = numbered("b", PaymentMethod::Transfer, &[("tea", 1)]);
    let open = numbered("d", PaymentMethod::OnDelivery, &[("tea", 1)]);
    for submit in [&expired, &cancelled, &paid, &open] {
        shop.accepted(submit);
    }
    let cancel = Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    shop.done(&asked(&cancelled.id, "cancel", cancel.clone()));
    shop.done(&asked(&paid.id, "paid", receive(1_000)));
    shop.done(&asked(&paid.id, "cancel", cancel));
    shop.pass(TERMS.transfer_hold_ms);
    assert_eq!(shop.lapse(), 1);
    assert_eq!(shop.units("tea"), [9, 8, 0, 1]);
    shop.pass(DAY_MS);
    // The back office does not have them yet.
    assert_eq!(shop.thin_out(shop.now_ms(), 10), 0);
    tell(shop);
    let lately = shop.now_ms() - 2 * DAY_MS;
    assert_eq!(shop.thin_out(lately, 10), 1, "what was cancelled first");
    assert_eq!(shop.thin_out(shop.now_ms(), 1), 1);
    assert_eq!(shop.thin_out(shop.now_ms(), 10), 0);
    assert_eq!(shop.audit().orders, 2);
    assert_eq!(shop.units("tea"), [9, 8, 0, 1]);
    assert_eq!(shop.units("pot"), [2, 2, 0, 0]);
    for gone in [&expired, &cancelled] {
        assert_eq!(shop.record(&gone.id), None);
        let ledger = shop.ledger().concat();
        assert!(
            !ledger.iter().any(|row| row.contains(&gone.id)),
            "{ledger:?}"
        );
        // The key is free.
        let again = shop.accepted(gone);
        assert_ne!(again.status, Status::Expired);
    }
    for kept in [&paid, &open] {
        assert!(shop.record(&kept.id).is_some(), "{}", kept.key);
    }
}

pub(super) fn an_order_is_kept_as_long_as_a_message_wants_to_find_it<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let numbered = |key: &str, method| {
        let mut submit = of("li", key, paid_by(method, key, &[("tea", 1)]));
        submit.id = format!("{:011X}-{}", shop.now_ms(), key.to_uppercase());
        shop.accepted(&submit);
        submit.id
    };
    let thinned_out = || shop.thin_out(shop.now_ms() - DAY_MS, 10);
    let card = numbered("c", PaymentMethod::Card);
    shop.pass(TERMS.card_hold_ms);
    assert_eq!(shop.lapse(), 1);
    let transfer = numbered("t", PaymentMethod::Transfer);
    let cancel = Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    shop.done(&asked(&transfer, "cancel", cancel));
    shop.pass(TERMS.transfer_hold_ms + 2 * DAY_MS);
    tell(shop);
    let settle = |queue, outcome: Settled| {
        let claim = Claim {
            queue,
            limit: 10,
            visibility_ms: 10_000,
            order: None,
        };
        let settlements = shop.claim(&claim).into_iter().map(|message| Settlement {
            id: message.id,
            order: message.order,
            sequence: message.sequence,
            attempts: message.attempts,
            outcome: outcome.clone(),
        });
        let settlements: Vec<_> = settlements.collect();
        assert_eq!(settlements.len(), 1, "{queue:?}");
        shop.settle(&settlements);
    };
    let dead = || Settled::Dead {
        error: "no answer".to_owned(),
    };
    // A page may be open at the provider, and the end of the hold was not looked at.
    assert_eq!(thinned_out(), 0);
    settle(Queue::Payments, dead());
    settle(Queue::Holds, dead());
    assert_eq!(thinned_out(), 0, "the staff have yet to look at them");
    for (queue, id) in [(Queue::Payments, &card), (Queue::Holds, &transfer)] {
        assert_eq!(shop.replay(queue), 1);
        settle(queue, Settled::Done);
        assert!(shop.record(id).is_some());
        assert_eq!(thinned_out(), 1, "{queue:?}");
        assert_eq!(shop.record(id), None);
    }
}
