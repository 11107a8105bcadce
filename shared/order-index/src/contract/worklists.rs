//! What staff read.

use std::collections::BTreeSet;

use souk_domain::MailKind;
use souk_protocol::mail::MailProblem;
use souk_protocol::origin::{Event, PaymentMethod, Status};
use souk_protocol::staff::{LastIngested, Sort, WorklistPosition, WorklistQuery};

use super::histories::{FIRST_MS, Story, TOTAL, details, stories};
use super::index::{Fixture, Index, NOW_MS};

fn query(status: Option<Status>, sort: Sort, limit: u32) -> WorklistQuery {
    WorklistQuery {
        disputed: false,
        status,
        sort,
        after: None,
        limit,
    }
}

/// The orders of all pages.
fn pages<F: Fixture>(index: &Index<F>, mut query: WorklistQuery) -> Vec<String> {
    let mut orders = Vec::new();
    loop {
        let page = index.worklist(&query);
        assert!(page.orders.len() <= query.limit as usize);
        orders.extend(page.orders.into_iter().map(|entry| entry.order));
        let Some(after) = page.after else {
            return orders;
        };
        let (at_ms, order) = after.split_once('.').expect("a place");
        query.after = Some(WorklistPosition {
            placed_at_ms: at_ms.parse().expect("a moment"),
            order: order.to_owned(),
        });
    }
}

pub(super) fn an_empty_index_is_empty<F: Fixture>(index: &Index<F>) {
    let page = index.worklist(&query(None, Sort::Newest, 10));
    assert_eq!((page.orders, page.after), (vec![], None));
    assert_eq!(index.order("ORDER00000"), None);
    assert_eq!(index.totals(), []);
    let condition = index.condition();
    assert_eq!(
        (condition.early, condition.dead, condition.last),
        (0, 0, None)
    );
}

pub(super) fn a_worklist_shows_one_status_oldest_or_newest_first<F: Fixture>(index: &Index<F>) {
    let on_delivery =
        |number, events: &[Event]| Story::new(number, PaymentMethod::OnDelivery, events);
    let packed = [Event::Allocated];
    let told = [
        on_delivery(0, &[]),
        on_delivery(1, &packed),
        on_delivery(2, &[]),
        on_delivery(3, &[]),
    ];
    for story in &told {
        index.ingest(&story.event_messages());
    }
    let orders = |status, sort| pages(index, query(status, sort, 10));
    let confirmed = Some(Status::Confirmed);
    assert_eq!(
        orders(confirmed, Sort::Oldest),
        ["ORDER00000", "ORDER00002", "ORDER00003"]
    );
    assert_eq!(
        orders(confirmed, Sort::Newest),
        ["ORDER00003", "ORDER00002", "ORDER00000"]
    );
    assert_eq!(
        orders(Some(Status::Allocated), Sort::Oldest),
        ["ORDER00001"]
    );
    assert_eq!(
        orders(Some(Status::Expired), Sort::Oldest),
        Vec::<String>::new()
    );
    assert_eq!(orders(None, Sort::Newest).len(), 4);
    let more = [Event::Allocated, Event::Delivered];
    index.ingest(&on_delivery(2, &more[..1]).event_messages());
    assert_eq!(
        orders(confirmed, Sort::Oldest),
        ["ORDER00000", "ORDER00003"]
    );
    assert_eq!(
        orders(Some(Status::Allocated), Sort::Oldest),
        ["ORDER00001", "ORDER00002"]
    );
}

pub(super) fn a_worklist_shows_what_is_disputed_until_it_is_decided<F: Fixture>(index: &Index<F>) {
    let by_card = |number, decided: Option<Event>| {
        let (provider, payment) = (|| "a-provider".to_owned(), || "pi_1".to_owned());
        let mut events = vec![
            Event::PaymentAuthorised {
                provider: provider(),
                payment: payment(),
                amount: TOTAL,
            },
            Event::Confirmed,
            Event::PaymentCaptured {
                provider: provider(),
                payment: payment(),
                amount: TOTAL,
                fee: 1,
            },
            Event::DisputeOpened {
                provider: provider(),
                dispute: "dp_1".to_owned(),
                amount: TOTAL,
                reason: "fraudulent".to_owned(),
            },
        ];
        events.extend(decided);
        Story::new(number, PaymentMethod::Card, &events)
    };
    let lost = || Event::DisputeLost {
        provider: "a-provider".to_owned(),
        dispute: "dp_1".to_owned(),
        amount: TOTAL,
    };
    for story in [
        Story::new(0, PaymentMethod::OnDelivery, &[]),
        by_card(1, None),
        by_card(2, Some(lost())),
        by_card(3, None),
    ] {
        index.ingest(&story.event_messages());
    }
    let disputed = |status| {
        let mut query = query(status, Sort::Oldest, 1);
        query.disputed = true;
        pages(index, query)
    };
    assert_eq!(disputed(None), ["ORDER00001", "ORDER00003"]);
    let confirmed = Some(Status::Confirmed);
    assert_eq!(disputed(confirmed), ["ORDER00001", "ORDER00003"]);
    assert_eq!(disputed(Some(Status::Shipped)), Vec::<String>::new());
    index.ingest(&by_card(1, Some(lost())).event_messages());
    assert_eq!(disputed(None), ["ORDER00003"]);
}

pub(super) fn pages_follow_each_other_without_gap_or_repetition<F: Fixture>(index: &Index<F>) {
    let told: Vec<Story> = (0..25)
        .map(|number| Story::new(number, PaymentMethod::OnDelivery, &[]))
        .collect();
    for story in &told {
        index.ingest(&story.event_messages());
    }
    let all: Vec<&str> = told.iter().map(Story::id).collect();
    for limit in [1, 7, 24, 25, 26] {
        for status in [None, Some(Status::Confirmed)] {
            assert_eq!(pages(index, query(status, Sort::Oldest, limit)), all);
            let mut newest = pages(index, query(status, Sort::Newest, limit));
            newest.reverse();
            assert_eq!(newest, all);
        }
    }
}

pub(super) fn pages_end_where_moments_are_equal_too<F: Fixture>(index: &Index<F>) {
    for number in 0..9 {
        let mut story = Story::new(number, PaymentMethod::OnDelivery, &[]);
        story.order.placed_at_ms = FIRST_MS;
        index.ingest(&story.event_messages());
    }
    for sort in [Sort::Oldest, Sort::Newest] {
        let orders = pages(index, query(None, sort, 2));
        let different: BTreeSet<_> = orders.iter().collect();
        assert_eq!((orders.len(), different.len()), (9, 9));
    }
}

pub(super) fn totals_count_every_order_once<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    for story in &stories {
        index.ingest(&story.event_messages());
        index.ingest(&story.event_messages());
    }
    let totals = index.totals();
    let sum = |of: fn(&souk_protocol::staff::OrderTotal) -> i64| totals.iter().map(of).sum::<i64>();
    let orders = i64::try_from(stories.len()).expect("few");
    assert_eq!(sum(|total| total.orders), orders);
    assert_eq!(sum(|total| total.units), orders * 3);
    assert_eq!(sum(|total| total.total), orders * TOTAL);
    let captured: i64 = stories
        .iter()
        .map(|story| story.progress(story.events.len()).funds.captured)
        .sum();
    assert_eq!(sum(|total| total.captured), captured);
    assert_eq!(sum(|total| total.refunded), 1_500 + TOTAL);
    let confirmed = totals
        .iter()
        .find(|total| total.status == Status::Confirmed);
    let confirmed = confirmed.expect("some are confirmed");
    assert_eq!((confirmed.orders, confirmed.currency.as_str()), (2, "USD"));
}

pub(super) fn the_last_event_tells_how_late_the_index_is<F: Fixture>(index: &Index<F>) {
    let stories = stories();
    index.ingest_at(&stories[1].event_messages(), NOW_MS);
    index.ingest_at(&stories[0].event_messages(), NOW_MS + 5);
    let expected = LastIngested {
        at_ms: stories[0].order.placed_at_ms,
        ingested_at_ms: NOW_MS + 5,
    };
    assert_eq!(index.condition().last, Some(expected));
    // Event messages that the order index knows are not ingested again.
    index.ingest_at(&stories[1].event_messages(), NOW_MS + 9);
    assert_eq!(index.condition().last, Some(expected));
}

pub(super) fn neither_names_nor_tokens_are_in_the_index<F: Fixture>(index: &Index<F>) {
    for story in stories() {
        index.ingest(&story.event_messages());
    }
    let dump = index.fixture.dump();
    assert!(
        dump.contains("ORDER00000") && dump.contains("CUP"),
        "nothing is dumped"
    );
    let details = details(stories()[0].order.details.payment);
    let address = &details.shipping_address;
    let personal = [
        details.customer.name.as_str(),
        &details.customer.email,
        &address.line1,
        &address.city,
        &address.postal_code,
        "planted",
    ];
    for text in personal {
        assert!(!dump.contains(text), "the order index says {text:?}");
    }
}

pub(super) fn mails_that_failed_are_listed_the_last_one_first<F: Fixture>(index: &Index<F>) {
    assert_eq!(index.failed_mails(), []);
    let failed = |problem| Event::MailFailed {
        mail: MailKind::OrderReceived,
        problem,
        detail: "Permanent/General".to_owned(),
    };
    let bounced = [Event::Allocated, failed(MailProblem::Bounced)];
    let both = [
        failed(MailProblem::Refused),
        failed(MailProblem::Complained),
    ];
    for (number, events) in [(0, &bounced[..]), (1, &both), (2, &[Event::Allocated])] {
        index.ingest(&Story::new(number, PaymentMethod::OnDelivery, events).event_messages());
    }
    let failed = index.failed_mails();
    let times: Vec<_> = failed.iter().map(|mail| mail.at_ms).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    let mut found: Vec<_> = failed
        .iter()
        .map(|mail| (mail.order.as_str(), mail.sequence, mail.problem))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            ("ORDER00000", 2, MailProblem::Bounced),
            ("ORDER00001", 1, MailProblem::Refused),
            ("ORDER00001", 2, MailProblem::Complained),
        ]
    );
    assert_eq!(index.condition().mails_failed, 3);
}
