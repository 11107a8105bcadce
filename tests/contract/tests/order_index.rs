//! The contract of the order index on SQLite, and what its calls cost.

use souk_contract::ObjectOrderIndex;
use souk_order_index::OrderIndex;
use souk_order_index::contract::{Fixture, Story};
use souk_protocol::order_index::EventMessage;
use souk_protocol::origin::{Event, PaymentMethod, Status};
use souk_protocol::staff::{Sort, WorklistPosition, WorklistQuery};

/// A file that several connections open, as on Spin.
mod file {
    souk_order_index::order_index_contract!(souk_contract::FileOrderIndex);
}

/// One connection, as in a Durable Object.
mod object {
    souk_order_index::order_index_contract!(souk_contract::ObjectOrderIndex);
}

/// Orders in the order index before anything is counted.
const ORDERS: u32 = 5_000;

fn story(number: u32) -> Story {
    Story::new(number, PaymentMethod::OnDelivery, &[Event::Allocated])
}

fn full_index() -> ObjectOrderIndex {
    let engine = ObjectOrderIndex::empty();
    let index = engine.open();
    for first in (0..ORDERS).step_by(50) {
        let messages: Vec<EventMessage> = (first..first + 50)
            .flat_map(|number| story(number).event_messages())
            .collect();
        engine.block_on(index.ingest(&messages, 1)).expect("room");
    }
    engine
}

#[test]
fn a_call_of_a_hundred_messages_is_a_fixed_number_of_statements_and_scans_nothing() {
    let engine = full_index();
    let (index, driver) = (engine.open(), engine.driver());
    let messages: Vec<EventMessage> = (ORDERS..ORDERS + 50)
        .flat_map(|number| story(number).event_messages())
        .collect();
    driver.take_statements();
    driver.take_full_scan_steps();
    // BEGIN, two reads, events, orders, three for what is counted, COMMIT.
    engine.block_on(index.ingest(&messages, 1)).expect("room");
    assert_eq!(driver.take_statements().len(), 9);
    engine.block_on(index.ingest(&messages, 1)).expect("room");
    assert_eq!(driver.take_statements().len(), 4, "nothing is new");
    let steps = driver.take_full_scan_steps();
    // Only `json_each` is read from beginning to end: the event messages, their orders, what is
    // written.
    assert!(
        steps < 1_000,
        "{steps} rows were read that were not asked for"
    );
}

#[test]
fn what_counts_no_longer_is_found_without_a_look_at_all_pairs() {
    let engine = full_index();
    let (index, driver) = (engine.open(), engine.driver());
    let reason = "two of them by mistake".to_owned();
    let events = [Event::Allocated, Event::Cancelled { reason }];
    let messages: Vec<EventMessage> = (0..50)
        .flat_map(|number| Story::new(number, PaymentMethod::OnDelivery, &events).event_messages())
        .collect();
    driver.take_statements();
    engine.block_on(index.ingest(&messages, 1)).expect("room");
    let statements = driver.take_statements().into_iter();
    let deletions: Vec<String> = statements
        .filter(|statement| statement.starts_with("DELETE"))
        .collect();
    assert_eq!(deletions.len(), 2);
    for statement in deletions {
        let plan = driver.plan(&statement).join("; ");
        assert!(!plan.contains("SCAN"), "{statement}: {plan}");
    }
}

#[test]
fn a_page_of_a_worklist_reads_as_many_rows_as_it_shows() {
    let engine = full_index();
    let (index, driver) = (engine.open(), engine.driver());
    driver.take_full_scan_steps();
    driver.take_statements();
    for status in [None, Some(Status::Allocated), Some(Status::Expired)] {
        for sort in [Sort::Newest, Sort::Oldest] {
            let query = WorklistQuery {
                disputed: false,
                status,
                sort,
                after: None,
                limit: 20,
            };
            let page = engine.block_on(index.worklist(&query)).expect("a page");
            assert_eq!(
                page.orders.len(),
                if status == Some(Status::Expired) {
                    0
                } else {
                    20
                }
            );
        }
    }
    engine.block_on(index.condition()).expect("a condition");
    for statement in driver.take_statements() {
        let plan = driver.plan(&statement).join("; ");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
    }
    let steps = driver.take_full_scan_steps();
    // A page without a status walks along the index of ages, and stops at its end.
    assert!(steps <= 2 * 21 + 1, "{steps} rows were read");
}

/// So `staff_counts` has nothing to switch off: no list ever waits for a count, at any level.
#[test]
fn no_list_of_the_staff_counts_its_entries() {
    let engine = full_index();
    let (index, driver) = (engine.open(), engine.driver());
    driver.take_statements();
    for after in [None, Some(("0", 0))] {
        let query = WorklistQuery {
            disputed: after.is_some(),
            status: after.map(|_| Status::Allocated),
            sort: Sort::Newest,
            after: after.map(|(order, placed_at_ms)| WorklistPosition {
                placed_at_ms,
                order: order.to_owned(),
            }),
            limit: 20,
        };
        engine.block_on(index.worklist(&query)).expect("a page");
    }
    engine.block_on(index.failed_mails()).expect("a list");
    let statements = driver.take_statements();
    assert_eq!(statements.len(), 3);
    for statement in statements {
        assert!(!statement.to_lowercase().contains("count("), "{statement}");
    }
    // A report does, and is closed from level 2 on.
    engine.block_on(index.totals()).expect("a report");
    let report = driver.take_statements().concat();
    assert!(report.contains("count("), "{report}");
}
