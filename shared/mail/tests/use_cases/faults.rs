//! Whatever gets lost, each mail is sent once, and what cannot be sent is shown to the staff.

use http::StatusCode;
use proptest::prelude::*;
use souk_catalogue::Text;
use souk_mail_outbox::Fault;
use souk_protocol::mail::MailProblem;
use souk_protocol::origin::{Action, Event, PaymentMethod};

use crate::shop::{Buyer, EMAIL, OriginFault, Shop, VISIBILITY_MS};
use crate::store::teahouse;

/// What the history of an order says of its mails.
fn failed(shop: &Shop, order: &str) -> Vec<(MailProblem, String)> {
    let events = shop.record(order).events.into_iter();
    let failed = events.filter_map(|recorded| match recorded.event {
        Event::MailFailed {
            problem, detail, ..
        } => Some((problem, detail)),
        _ => None,
    });
    failed.collect()
}

#[test]
fn a_function_that_stops_between_commit_and_sending_sends_one_mail() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    // It claims, and is gone before it reads the answer.
    shop.faults
        .borrow_mut()
        .push_back(("/claim", OriginFault::ReplyLost));
    assert_eq!(shop.work(), Err(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(shop.outbox.asked(), 0);
    assert_eq!(
        shop.work().expect("a report").sent,
        0,
        "the claim is still good"
    );
    shop.pass(VISIBILITY_MS);
    assert_eq!(shop.work().expect("a report").sent, 1);
    assert_eq!(shop.kinds(), ["order_received"]);
}

#[test]
fn a_function_that_stops_between_sending_and_settling_sends_one_mail() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    let lost = ("/settle", OriginFault::RequestLost);
    shop.faults.borrow_mut().extend([lost, lost, lost]);
    assert_eq!(shop.work(), Err(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(shop.kinds(), ["order_received"]);
    shop.pass(VISIBILITY_MS);
    shop.work_off();
    assert_eq!(
        shop.kinds(),
        ["order_received"],
        "the provider knows its key"
    );
    assert_eq!(shop.outbox.asked(), 2);
}

#[test]
fn a_text_that_changed_in_between_is_not_sent_a_second_time() {
    let shop = Shop::open();
    shop.place(1, &Buyer::default());
    shop.outbox.fail(&[Fault::AnswerLost]);
    assert_eq!(shop.work().expect("a report").retried, 1);
    shop.store.publish(&souk_shop::Shop {
        name: Text::new("Another name"),
        ..teahouse()
    });
    shop.work_off();
    assert_eq!(shop.kinds(), ["order_received"]);
    assert_eq!(shop.depth().dead, 0);
}

#[test]
fn an_address_that_the_provider_refuses_is_for_the_staff() {
    let shop = Shop::open();
    let buyer = Buyer {
        email: "no-address",
        ..Buyer::default()
    };
    let order = shop.place(1, &buyer);
    let report = shop.work().expect("a report");
    assert_eq!((report.sent, report.dead), (0, 1));
    assert_eq!(shop.depth().dead, 1);
    let refused = (MailProblem::Refused, "422 validation_error".to_owned());
    assert_eq!(failed(&shop, &order), [refused]);
    // Requeued by the staff, it is refused again and recorded once.
    assert_eq!(shop.record(&order).progress.revision, 1);
}

#[test]
fn a_provider_that_is_down_is_asked_again_and_given_up_after_hours() {
    let shop = Shop::open();
    let order = shop.place(1, &Buyer::default());
    shop.outbox.fail(&[Fault::Status(500); 12]);
    let mut pauses = Vec::new();
    while shop.depth().dead == 0 {
        let _ = shop.work().expect("a report");
        if let Some(next_ms) = shop.depth().next_due_ms {
            pauses.push(next_ms - shop.now_ms.get());
            shop.now_ms.set(next_ms);
        }
    }
    assert_eq!(shop.outbox.asked(), 12);
    assert!(pauses.is_sorted(), "{pauses:?}");
    let hours = pauses.iter().sum::<i64>() / 3_600_000;
    assert!(
        (1..24).contains(&hours),
        "Resend forgets keys after a day: {hours}"
    );
    let refused = (MailProblem::Refused, "500 application_error".to_owned());
    assert_eq!(failed(&shop, &order), [refused]);
}

#[test]
fn nothing_personal_is_logged_or_recorded() {
    let shop = Shop::open();
    let buyer = Buyer {
        email: "planted@nowhere",
        ..Buyer::default()
    };
    let order = shop.place(1, &buyer);
    shop.outbox.fail(&[Fault::AnswerLost]);
    shop.work_off();
    let history = serde_json::to_string(&shop.record(&order).events).expect("JSON");
    let log = shop.log.borrow().join("\n");
    for text in [&history, &log] {
        for planted in ["planted", EMAIL, "Li <Lei>", "Wensan"] {
            assert!(!text.contains(planted), "{planted}: {text}");
        }
    }
    assert!(log.contains(&order), "the log names the order: {log}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_lost_each_mail_is_sent_once(
        faults in proptest::collection::vec(
            (
                proptest::sample::select(vec!["/claim", "/settle", "/record"]),
                any::<bool>(),
            ),
            0..8,
        ),
        answers in proptest::collection::vec(0..3_u8, 0..5),
    ) {
        let shop = Shop::open();
        let transfer = Buyer { payment: PaymentMethod::Transfer, ..Buyer::default() };
        let order = shop.place(1, &transfer);
        shop.place(2, &Buyer::default());
        let cancel = Action::Cancel { reason: String::new() };
        for (path, is_request) in faults {
            let fault = match is_request {
                true => OriginFault::RequestLost,
                false => OriginFault::ReplyLost,
            };
            shop.faults.borrow_mut().push_back((path, fault));
        }
        let answers = answers.iter().map(|&answer| match answer {
            0 => Fault::AnswerLost,
            1 => Fault::Status(500),
            _ => Fault::Status(429),
        });
        shop.outbox.fail(&answers.collect::<Vec<_>>());
        let _ = shop.work();
        shop.change(&order, "c", cancel);
        shop.work_off();
        let mut sent: Vec<_> = shop
            .outbox
            .messages()
            .into_iter()
            .map(|mail| (mail.order, mail.kind))
            .collect();
        let count = sent.len();
        sent.sort();
        sent.dedup();
        prop_assert_eq!(sent.len(), count, "{:?}", sent);
        let kinds = |of: &str| sent.iter().filter(|(order, _)| order == of).count();
        // What is due is passed over once the order is cancelled.
        prop_assert!((2..=3).contains(&kinds(&order)), "{:?}", sent);
        prop_assert_eq!(count - kinds(&order), 1);
        prop_assert_eq!(shop.depth().dead, 0);
    }
}
