//! What the provider reports of a mail after it was sent.

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_mail_outbox::Event;
use souk_protocol::mail::{EVENTS_PATH, MailProblem, MailStatus, STATUS_PATH};
use souk_protocol::origin;

use crate::shop::{Buyer, Shop, read, request};

fn event_of(shop: &Shop, what: &str) -> Event {
    let id = shop.outbox.messages()[0].id.clone();
    let path = format!("/messages/{id}/{what}");
    let answer = shop
        .outbox
        .answer(&request("POST", &path, &()), shop.now_ms.get());
    answer.event.expect("an event")
}

#[test]
fn a_bounce_is_in_the_history_once_however_often_it_is_delivered() {
    let shop = Shop::open();
    let order = shop.place(1, &Buyer::default());
    shop.work_off();
    let event = event_of(&shop, "bounced");
    for _ in 0..3 {
        assert_eq!(shop.hear(&event), StatusCode::NO_CONTENT);
    }
    let record = shop.record(&order);
    assert_eq!(record.progress.revision, 1);
    match &record.events[0].event {
        origin::Event::MailFailed {
            mail,
            problem,
            detail,
        } => {
            assert_eq!(mail.name(), "order_received");
            assert_eq!(*problem, MailProblem::Bounced);
            assert_eq!(detail, "Permanent/General");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        shop.hear(&event_of(&shop, "complained")),
        StatusCode::NO_CONTENT
    );
    assert_eq!(shop.record(&order).progress.revision, 2);
    // A report of a mail is no occasion for one.
    shop.work_off();
    assert_eq!(shop.outbox.messages().len(), 1);
}

#[test]
fn an_event_without_its_signature_changes_nothing() {
    let shop = Shop::open();
    let order = shop.place(1, &Buyer::default());
    shop.work_off();
    let event = event_of(&shop, "bounced");
    let unsigned = Request::post(EVENTS_PATH).body(Bytes::from(event.body.clone()));
    assert_eq!(
        shop.call(unsigned.unwrap()).status(),
        StatusCode::BAD_REQUEST
    );
    let mut forged = Request::post(EVENTS_PATH);
    for (name, value) in shop.outbox.signature(&event, shop.now_ms.get() / 1_000) {
        forged = forged.header(name, value);
    }
    let body = Bytes::from(event.body.replace("bounced", "failed"));
    assert_eq!(
        shop.call(forged.body(body).unwrap()).status(),
        StatusCode::BAD_REQUEST
    );
    shop.pass(301_000);
    let old = shop
        .outbox
        .signature(&event, shop.now_ms.get() / 1_000 - 301);
    let mut late = Request::post(EVENTS_PATH);
    for (name, value) in old {
        late = late.header(name, value);
    }
    let late = late.body(Bytes::from(event.body)).unwrap();
    assert_eq!(shop.call(late).status(), StatusCode::BAD_REQUEST);
    assert_eq!(shop.record(&order).progress.revision, 0);
}

#[test]
fn the_function_says_how_mails_leave() {
    let shop = Shop::open();
    let status: MailStatus = read(&shop.call(request("GET", STATUS_PATH, &())));
    assert_eq!((status.on, status.provider.as_str()), (true, "resend"));
    let other = shop.call(request("GET", EVENTS_PATH, &()));
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
    let unknown = shop.call(request("GET", "/mail/v1/other", &()));
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
