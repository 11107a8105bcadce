//! What orders teach: each counts once, as long as it is one.

use std::collections::BTreeMap;

use souk_catalogue::SlugHash;
use souk_protocol::order_index::{Counted, EventMessage, PAIRS_PAGE_MAX, PairCount};
use souk_protocol::origin::{Event, PaymentMethod, StoredLine};

use super::histories::Story;
use super::index::{Fixture, Index};
use crate::counts::{BASKET_PRODUCTS_MAX, name};
use crate::{FORGOTTEN_AFTER_DAYS, PAIRS_KEPT, PAIRS_MAX, SEEN_ONCE_DAYS};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The day of the tests.
pub(super) const TODAY: i64 = 20_700;
pub(super) const TODAY_MS: i64 = TODAY * DAY_MS;

/// An order of these products on a day.
fn order(number: u32, day: i64, slugs: &[&str], payment: PaymentMethod, life: &[Event]) -> Story {
    let mut story = Story::new(number, payment, life);
    let line = |slug: &&str| StoredLine {
        sku: format!("SKU-{slug}"),
        title: String::new(),
        slug: Some((*slug).to_owned()),
        quantity: 1,
        unit_price: 1,
        backordered: 0,
        discount: 0,
        tax: 0,
        duty: 0,
    };
    story.order.lines = slugs.iter().map(line).collect();
    story.order.placed_at_ms = day * DAY_MS + i64::from(number);
    story
}

/// An order that counts.
pub(super) fn sold(number: u32, day: i64, slugs: &[&str]) -> Story {
    order(number, day, slugs, PaymentMethod::OnDelivery, &[])
}

fn cancelled() -> Event {
    Event::Cancelled {
        reason: "a change of mind".to_owned(),
    }
}

fn received() -> Event {
    Event::PaymentReceived {
        amount: super::histories::TOTAL,
        reference: "B-1".to_owned(),
    }
}

pub(super) fn hash(slug: &str) -> String {
    name(SlugHash::of(slug))
}

pub(super) fn ingest<F: Fixture>(index: &Index<F>, stories: &[Story], now_ms: i64) {
    let messages: Vec<EventMessage> = stories.iter().flat_map(Story::event_messages).collect();
    index.ingest_at(&messages, now_ms);
}

/// All pairs that so many orders have.
pub(super) fn pairs<F: Fixture>(index: &Index<F>, orders_min: i64) -> Vec<PairCount> {
    let (mut after, mut pairs) = ((String::new(), String::new()), Vec::new());
    loop {
        let page = index.page(&after, orders_min);
        let is_last = page.len() < PAIRS_PAGE_MAX;
        if let Some(last) = page.last() {
            after = (last.product.clone(), last.companion.clone());
        }
        pairs.extend(page);
        if is_last {
            return pairs;
        }
    }
}

/// How many orders have two products.
pub(super) fn both<F: Fixture>(index: &Index<F>, one: &str, other: &str) -> i64 {
    let (one, other) = (hash(one), hash(other));
    let all = pairs(index, 1);
    let way = |one: &str, other: &str| {
        let mut found = all
            .iter()
            .filter(|pair| pair.product == one && pair.companion == other);
        found.next().map_or(0, |pair| pair.orders)
    };
    assert_eq!(way(&one, &other), way(&other, &one), "both ways are equal");
    way(&one, &other)
}

/// Everything that is counted.
pub(super) fn everything<F: Fixture>(index: &Index<F>) -> (i64, i64, Vec<PairCount>, Vec<String>) {
    let Counted {
        orders, last_day, ..
    } = index.counted(TODAY_MS);
    let weights: Vec<i64> = (0..100).map(|age| 1_000 - age).collect();
    (
        orders,
        last_day,
        pairs(index, 1),
        index.most_ordered(&weights, 99),
    )
}

/// Two that count and two that do not, with events in between.
fn stories() -> Vec<Story> {
    vec![
        sold(0, TODAY, &["lamp", "bulb"]),
        order(
            1,
            TODAY - 3,
            &["lamp", "mug"],
            PaymentMethod::Transfer,
            &[received(), Event::Confirmed, Event::Allocated],
        ),
        order(
            2,
            TODAY,
            &["lamp", "bulb"],
            PaymentMethod::OnDelivery,
            &[Event::Allocated, cancelled()],
        ),
        order(
            3,
            TODAY,
            &["lamp", "pot"],
            PaymentMethod::Card,
            &[Event::Expired],
        ),
    ]
}

pub(super) fn an_order_counts_once_in_whatever_order_and_however_often_it_arrives<F: Fixture>(
    index: &Index<F>,
) {
    let messages: Vec<EventMessage> = stories().iter().flat_map(Story::event_messages).collect();
    assert_eq!(messages.len(), 10);
    index.ingest_at(&messages, TODAY_MS);
    let expected = everything(index);
    assert_eq!((expected.0, expected.1), (2, TODAY));
    assert_eq!(both(index, "lamp", "lamp"), 2);
    assert_eq!(
        (both(index, "lamp", "bulb"), both(index, "lamp", "mug")),
        (1, 1)
    );
    assert_eq!(both(index, "lamp", "pot"), 0);
    let changes = index.counted(TODAY_MS).changes;
    index.ingest_at(&messages, TODAY_MS);
    assert_eq!(index.counted(TODAY_MS).changes, changes, "a repetition");
    for step in [1, 3, 7, 9] {
        let other = Index::<F>::empty();
        // Steps that share no divisor with the ten messages meet each of them once.
        for place in (0..messages.len()).map(|turn| turn * step % messages.len()) {
            let message = &messages[place];
            other.ingest_at(&[message.clone(), message.clone()], TODAY_MS);
        }
        assert_eq!(everything(&other), expected, "in steps of {step}");
    }
}

pub(super) fn an_order_counts_while_its_units_are_sold<F: Fixture>(index: &Index<F>) {
    let life = [
        (None, 0),
        (Some(received()), 0),
        (Some(Event::Confirmed), 1),
        (Some(Event::Allocated), 1),
        (Some(cancelled()), 0),
    ];
    let events: Vec<Event> = life.iter().filter_map(|(event, _)| event.clone()).collect();
    let story = order(
        0,
        TODAY,
        &["lamp", "bulb"],
        PaymentMethod::Transfer,
        &events,
    );
    for (message, (event, counts)) in story.event_messages().into_iter().zip(life) {
        index.ingest_at(&[message], TODAY_MS);
        let found = (index.counted(TODAY_MS).orders, both(index, "lamp", "bulb"));
        assert_eq!(found, (counts, counts), "after {event:?}");
        let most = index.most_ordered(&[1], 9);
        assert_eq!(
            most.len(),
            if counts == 1 { 2 } else { 0 },
            "after {event:?}"
        );
    }
    let late = [Event::Expired, received(), Event::Reinstated];
    let late = order(1, TODAY, &["mug", "pot"], PaymentMethod::Transfer, &late);
    ingest(index, &[late], TODAY_MS);
    assert_eq!(both(index, "mug", "pot"), 1);
}

pub(super) fn an_order_of_many_products_says_nothing_of_pairs<F: Fixture>(index: &Index<F>) {
    let slugs: Vec<String> = (0..=BASKET_PRODUCTS_MAX).map(|n| format!("p{n}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    ingest(index, &[sold(0, TODAY, &slugs)], TODAY_MS);
    assert_eq!(
        (pairs(index, 1), index.counted(TODAY_MS).orders),
        (vec![], 1)
    );
    assert_eq!(index.most_ordered(&[1], 99).len(), slugs.len());
    ingest(index, &[sold(1, TODAY, &slugs[1..])], TODAY_MS);
    assert_eq!(
        pairs(index, 1).len(),
        BASKET_PRODUCTS_MAX * BASKET_PRODUCTS_MAX
    );
}

pub(super) fn a_product_counts_once_in_an_order_whatever_its_variants<F: Fixture>(
    index: &Index<F>,
) {
    let mut story = sold(0, TODAY, &["lamp", "bulb", "lamp"]);
    story.order.lines[2].sku = "ANOTHER".to_owned();
    let mut nameless = sold(1, TODAY, &["gone"]);
    nameless.order.lines[0].slug = None;
    ingest(index, &[story, nameless], TODAY_MS);
    assert_eq!(
        (both(index, "lamp", "lamp"), both(index, "lamp", "bulb")),
        (1, 1)
    );
    assert_eq!(
        index.counted(TODAY_MS).orders,
        1,
        "an order without a known product"
    );
}

pub(super) fn a_cleared_index_is_filled_anew_with_the_same_counts<F: Fixture>(index: &Index<F>) {
    ingest(index, &stories(), TODAY_MS);
    let before = everything(index);
    assert!(!index.counted(TODAY_MS).is_refilling);
    index.clear();
    let cleared = index.counted(TODAY_MS);
    assert_eq!(
        (cleared.orders, cleared.clears, cleared.is_refilling),
        (0, 1, true)
    );
    ingest(index, &stories()[..1], TODAY_MS);
    assert!(index.counted(TODAY_MS).is_refilling, "one of two");
    // An origin that has lost an order never sends as many again.
    assert!(index.counted(TODAY_MS + DAY_MS - 1).is_refilling);
    assert!(!index.counted(TODAY_MS + DAY_MS).is_refilling);
    ingest(index, &stories(), TODAY_MS);
    assert_eq!(everything(index), before);
    assert!(!index.counted(TODAY_MS).is_refilling);
    // From then on an order that is cancelled is no reason to wait.
    let mut gone = sold(0, TODAY, &["lamp", "bulb"]);
    gone.events = order(0, TODAY, &[], PaymentMethod::OnDelivery, &[cancelled()]).events;
    ingest(index, &[gone], TODAY_MS);
    let counted = index.counted(TODAY_MS);
    assert_eq!((counted.orders, counted.is_refilling), (1, false));
}

pub(super) fn a_pair_of_one_order_is_forgotten_and_everything_that_is_very_old<F: Fixture>(
    index: &Index<F>,
) {
    let once = [sold(0, TODAY, &["once", "lamp"])];
    let twice = [1, 2].map(|number| sold(number, TODAY, &["twice", "lamp"]));
    ingest(index, &once, TODAY_MS);
    ingest(index, &twice, TODAY_MS);
    let mut number = 3;
    let mut look = |day: i64| {
        // Something is forgotten only when an order comes in.
        ingest(index, &[sold(number, day, &["alone"])], day * DAY_MS);
        number += 1;
        (
            both(index, "once", "lamp"),
            both(index, "twice", "lamp"),
            both(index, "once", "once"),
        )
    };
    assert_eq!(look(TODAY + SEEN_ONCE_DAYS - 1), (1, 2, 1));
    assert_eq!(look(TODAY + SEEN_ONCE_DAYS), (0, 2, 1));
    assert_eq!(look(TODAY + FORGOTTEN_AFTER_DAYS - 1), (0, 2, 1));
    assert_eq!(look(TODAY + FORGOTTEN_AFTER_DAYS), (0, 0, 0));
    assert_eq!(both(index, "lamp", "lamp"), 0);
}

pub(super) fn what_is_cancelled_after_it_was_forgotten_leaves_nothing<F: Fixture>(
    index: &Index<F>,
) {
    let story = order(
        0,
        TODAY,
        &["lamp", "bulb"],
        PaymentMethod::OnDelivery,
        &[cancelled()],
    );
    let [placed, cancelled] = <[EventMessage; 2]>::try_from(story.event_messages()).expect("two");
    index.ingest_at(&[placed], TODAY_MS);
    let late = TODAY + SEEN_ONCE_DAYS;
    ingest(index, &[sold(1, late, &["alone"])], late * DAY_MS);
    index.ingest_at(&[cancelled], late * DAY_MS);
    let left: Vec<String> = pairs(index, i64::MIN)
        .into_iter()
        .map(|pair| pair.product)
        .collect();
    assert_eq!(left, [hash("alone")]);
    let next = sold(2, late, &["lamp", "bulb"]);
    ingest(index, &[next], late * DAY_MS);
    assert_eq!(both(index, "lamp", "bulb"), 1);
}

pub(super) fn the_pairs_of_most_orders_stay_when_there_are_too_many<F: Fixture>(index: &Index<F>) {
    let frequent = [0, 1].map(|number| sold(number, TODAY, &["lamp", "bulb"]));
    ingest(index, &frequent, TODAY_MS);
    let products = BASKET_PRODUCTS_MAX;
    let of_order = i64::try_from(products * (products - 1)).expect("few");
    let orders = u32::try_from(PAIRS_MAX / of_order + 20).expect("few");
    let stories: Vec<Story> = (2..orders)
        .map(|number| {
            let slugs: Vec<String> = (0..products).map(|n| format!("{number}-{n}")).collect();
            let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
            sold(number, TODAY, &slugs)
        })
        .collect();
    for some in stories.chunks(20) {
        ingest(index, some, TODAY_MS);
    }
    let all = pairs(index, 1);
    let stored = all.iter().filter(|pair| pair.product != pair.companion);
    let stored = i64::try_from(stored.count()).expect("few");
    assert!((PAIRS_KEPT..=PAIRS_MAX).contains(&stored), "{stored} pairs");
    assert_eq!(both(index, "lamp", "bulb"), 2);
    let ways: BTreeMap<(&str, &str), i64> = (all.iter())
        .map(|pair| {
            (
                (pair.product.as_str(), pair.companion.as_str()),
                pair.orders,
            )
        })
        .collect();
    for ((one, other), orders) in &ways {
        assert_eq!(ways.get(&(*other, *one)), Some(orders), "{one} {other}");
    }
}

pub(super) fn what_is_ordered_most_weighs_the_days<F: Fixture>(index: &Index<F>) {
    let stories = [
        sold(0, TODAY, &["new"]),
        sold(1, TODAY - 1, &["old", "older"]),
        sold(2, TODAY - 1, &["old"]),
        sold(3, TODAY - 2, &["older"]),
    ];
    ingest(index, &stories, TODAY_MS);
    let most = |weights: &[i64], limit| index.most_ordered(weights, limit);
    assert_eq!(most(&[9, 4, 1], 9), ["new", "old", "older"].map(hash));
    assert_eq!(most(&[9, 5, 1], 2), ["old", "new"].map(hash));
    let weighed = index.weighed(&[9, 4, 1], 9).into_iter();
    let weights: Vec<i64> = weighed.map(|(_, weight)| weight).collect();
    assert_eq!(weights, [9, 8, 5]);
    assert_eq!(
        most(&[1], 9),
        ["new"].map(hash),
        "older ones have no weight"
    );
    let mut equal = ["new", "old"].map(hash);
    equal.sort_unstable();
    assert_eq!(most(&[8, 4], 2), equal, "by the hash");
    assert_eq!(most(&[], 9), [""; 0]);
}

pub(super) fn a_build_is_kept_only_in_place_of_the_one_that_was_read<F: Fixture>(index: &Index<F>) {
    let kept = || index.counted(TODAY_MS).build;
    assert_eq!(kept(), "");
    assert!(index.keep_build("", "one"));
    assert!(!index.keep_build("", "late"), "another step was first");
    assert_eq!(kept(), "one");
    assert!(index.keep_build("one", "two"));
    assert!(!index.keep_build("one", "two"), "a repetition is too late");
    assert_eq!(kept(), "two");
    index.clear();
    assert_eq!(kept(), "two", "it stays where the index is filled anew");
}
