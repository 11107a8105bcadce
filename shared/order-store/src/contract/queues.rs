//! Statements on messages: which queue gets which, how often, and when.

use std::collections::BTreeSet;

use souk_domain::MailKind;
use souk_protocol::mail::MailProblem;
use souk_protocol::origin::{
    Action, Claim, Message, News, PaymentMethod, Queue, Settled, Settlement,
};

use super::Fixture;
use super::life::{asked, authorise, paid_by};
use super::shop::{Shop, TERMS, order};

const TIMEOUT_MS: i64 = 10_000;

fn claim(queue: Queue) -> Claim {
    Claim {
        queue,
        limit: 100,
        visibility_ms: TIMEOUT_MS,
        order: None,
    }
}

pub(super) fn settled(message: &Message, outcome: Settled) -> Settlement {
    Settlement {
        id: message.id,
        order: message.order.clone(),
        sequence: message.sequence,
        attempts: message.attempts,
        outcome,
    }
}

fn back_office<F: Fixture>(shop: &Shop<F>) -> Vec<Message> {
    shop.claim(&claim(Queue::BackOffice))
}

pub(super) fn every_event_is_a_message_for_the_back_office<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let placed = shop.accepted(&order("k", &[("tea", 3)]));
    let ship = Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
        unpaid_reason: None,
    };
    let record = shop.done(&asked("number-of-k", "s", ship));
    let messages = back_office(shop);
    let delivered: Vec<_> = messages
        .iter()
        .map(|one| (one.sequence, one.attempts))
        .collect();
    assert_eq!(delivered, [(0, 1), (1, 1), (2, 1)]);
    assert!(
        messages
            .iter()
            .all(|message| message.order == "number-of-k")
    );
    let news: Vec<_> = messages
        .iter()
        .map(|message| message.news.clone())
        .collect();
    let mut expected = vec![Some(News::Placed {
        order: Box::new(placed),
    })];
    expected.extend(
        record
            .events
            .into_iter()
            .map(|event| Some(News::Changed { event })),
    );
    assert_eq!(news, expected);
    let done: Vec<_> = messages
        .iter()
        .map(|one| settled(one, Settled::Done))
        .collect();
    shop.settle(&done);
    shop.settle(&done);
    shop.pass(TIMEOUT_MS);
    assert_eq!(back_office(shop), []);
    assert_eq!(shop.backlog(Queue::BackOffice).waiting, 0);
}

pub(super) fn a_claimed_message_comes_back_after_its_timeout<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    let first = back_office(shop);
    assert_eq!(first.len(), 1);
    shop.pass(TIMEOUT_MS - 2);
    assert_eq!(back_office(shop), []);
    let depth = shop.backlog(Queue::BackOffice);
    assert_eq!((depth.waiting, depth.dead), (1, 0));
    shop.pass(2);
    let second = back_office(shop);
    assert_eq!((second.len(), second[0].attempts), (1, 2));
    assert_eq!(second[0].news, first[0].news);
}

pub(super) fn a_late_settlement_changes_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 3)]));
    let first = back_office(shop);
    shop.pass(TIMEOUT_MS);
    let second = back_office(shop);
    for outcome in [
        Settled::Done,
        Settled::Dead {
            error: "late".to_owned(),
        },
        Settled::Retry {
            after_ms: 0,
            error: "late".to_owned(),
        },
    ] {
        shop.settle(&[settled(&first[0], outcome)]);
        let depth = shop.backlog(Queue::BackOffice);
        assert_eq!((depth.waiting, depth.dead), (1, 0));
        assert_eq!(back_office(shop), []);
    }
    shop.settle(&[settled(&second[0], Settled::Done)]);
    // The engine may give the number of a message that is gone to the next one.
    shop.accepted(&order("l", &[("tea", 3)]));
    shop.settle(&[
        settled(&first[0], Settled::Done),
        settled(&second[0], Settled::Done),
    ]);
    let third = back_office(shop);
    assert_eq!((third.len(), third[0].order.as_str()), (1, "number-of-l"));
    let mut stranger = settled(&third[0], Settled::Done);
    stranger.order = "number-of-k".to_owned();
    shop.settle(&[stranger]);
    assert_eq!(shop.backlog(Queue::BackOffice).waiting, 1);
}

pub(super) fn a_poisoned_message_is_set_aside_and_replayed<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    for key in ["k", "l", "m"] {
        shop.accepted(&order(key, &[("tea", 1)]));
    }
    let messages = back_office(shop);
    let dead = Settled::Dead {
        error: "cannot be read".to_owned(),
    };
    let settlements = [
        settled(&messages[0], Settled::Done),
        settled(&messages[1], dead),
        settled(&messages[2], Settled::Done),
    ];
    shop.settle(&settlements);
    let depth = shop.backlog(Queue::BackOffice);
    assert_eq!((depth.waiting, depth.oldest_age_ms, depth.dead), (0, 0, 1));
    shop.pass(TIMEOUT_MS);
    assert_eq!(back_office(shop), []);
    assert_eq!(shop.replay(Queue::Payments), 0);
    assert_eq!(shop.replay(Queue::BackOffice), 1);
    let again = back_office(shop);
    assert_eq!((again.len(), again[0].order.as_str()), (1, "number-of-l"));
    shop.settle(&[settled(&again[0], Settled::Done)]);
    assert_eq!(shop.replay(Queue::BackOffice), 0);
}

pub(super) fn a_retry_is_due_when_it_said<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    shop.accepted(&order("k", &[("tea", 1)]));
    let messages = back_office(shop);
    let retry = Settled::Retry {
        after_ms: 60_000,
        error: "busy".to_owned(),
    };
    shop.settle(&[settled(&messages[0], retry)]);
    shop.pass(60_000 - 2);
    assert_eq!(back_office(shop), []);
    shop.pass(5_000);
    let depth = shop.backlog(Queue::BackOffice);
    assert!((5_000..5_010).contains(&depth.oldest_age_ms), "{depth:?}");
    assert_eq!(back_office(shop)[0].attempts, 2);
}

pub(super) fn claims_at_the_same_moment_share_no_message<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 100)]);
    for n in 0..40 {
        shop.accepted(&order(&format!("k{n}"), &[("tea", 1)]));
    }
    let few = Claim {
        limit: 7,
        ..claim(Queue::BackOffice)
    };
    let claimed = shop.claim_together(&few, 8);
    assert!(claimed.iter().all(|messages| messages.len() <= 7));
    let ids: Vec<_> = claimed.iter().flatten().map(|message| message.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let rest = back_office(shop).len();
    assert_eq!(ids.len() + rest, 40);
}

pub(super) fn the_provider_gets_messages_about_its_orders<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let payments = || shop.claim(&claim(Queue::Payments));
    shop.accepted(&order("cash", &[("tea", 1)]));
    shop.accepted(&paid_by(PaymentMethod::Card, "card", &[("tea", 1)]));
    let begin = Action::BeginPayment {
        provider: "a-provider".to_owned(),
        session: "s-1".to_owned(),
        url: "https://pay.example/s-1".to_owned(),
    };
    shop.done(&asked("number-of-card", "b", begin));
    assert_eq!(payments(), []);
    // There is something to capture.
    shop.done(&asked("number-of-card", "a", authorise(1_000)));
    let messages = payments();
    assert_eq!(
        (messages.len(), messages[0].order.as_str()),
        (1, "number-of-card")
    );
    assert_eq!(messages[0].news, None);
    shop.settle(&[settled(&messages[0], Settled::Done)]);
    // There is a page to close.
    shop.accepted(&paid_by(PaymentMethod::Card, "late", &[("tea", 1)]));
    shop.pass(TERMS.card_hold_ms);
    shop.lapse();
    assert_eq!(payments()[0].order, "number-of-late");
}

pub(super) fn an_event_with_a_mail_is_a_message_for_the_mails<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    let due = || -> Vec<u32> {
        let messages = shop.claim(&claim(Queue::Mails));
        let done = messages.iter().map(|one| settled(one, Settled::Done));
        shop.settle(&done.collect::<Vec<_>>());
        assert!(messages.iter().all(|message| message.news.is_none()));
        messages.iter().map(|message| message.sequence).collect()
    };
    shop.accepted(&order("k", &[("tea", 1)]));
    assert_eq!(due(), [0]);
    shop.submit(&order("k", &[("tea", 1)]));
    assert_eq!(due(), [0; 0], "the same order is placed once");
    let ship = Action::Ship {
        carrier: "SF".to_owned(),
        tracking: "1".to_owned(),
        unpaid_reason: None,
    };
    // It is put aside, which has no mail, and shipped.
    shop.done(&asked("number-of-k", "s", ship));
    assert_eq!(due(), [2]);
    let report = Action::ReportMail {
        mail: MailKind::Shipped,
        problem: MailProblem::Bounced,
        detail: "Permanent/General".to_owned(),
    };
    let record = shop.done(&asked("number-of-k", "b", report));
    assert_eq!(record.progress.revision, 3);
    assert_eq!(due(), [0; 0], "a mail about a mail");
    shop.done(&asked("number-of-k", "d", Action::Deliver));
    assert_eq!(due(), [4]);
    // Several lines are placed on another path of PostgreSQL.
    shop.offer(&[("milk", 1_000, 9)]);
    shop.accepted(&paid_by(
        PaymentMethod::Transfer,
        "two",
        &[("tea", 1), ("milk", 1)],
    ));
    assert_eq!(due(), [0]);
    shop.pass(TERMS.transfer_hold_ms);
    shop.lapse();
    assert_eq!(due(), [1]);
}

pub(super) fn a_claim_may_be_for_one_order<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("tea", 1_000, 9)]);
    for key in ["k", "l"] {
        shop.accepted(&order(key, &[("tea", 1)]));
    }
    let one = Claim {
        order: Some("number-of-l".to_owned()),
        ..claim(Queue::BackOffice)
    };
    let messages = shop.claim(&one);
    assert_eq!(
        (messages.len(), messages[0].order.as_str()),
        (1, "number-of-l")
    );
    assert_eq!(back_office(shop)[0].order, "number-of-k");
}
