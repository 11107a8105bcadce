//! Whole replays: the same bytes each time, and what must be true of every one.

use souk_replay::make::flash_sale;
use souk_replay::{Report, Trace, run};

fn replay(trace: &Trace, seed: u64) -> Report {
    run(trace, seed, &mut |_, _| {}).expect("a shop has what the trace names")
}

fn count(report: &Report, route: &str, outcome: &str) -> u64 {
    let outcomes = report.routes.get(route);
    outcomes
        .and_then(|known| known.get(outcome))
        .copied()
        .unwrap_or_default()
}

#[test]
fn a_crowd_is_replayed_to_the_same_bytes_and_buys_what_there_is() {
    let trace = flash_sale(500, 3);
    let report = replay(&trace, 1);
    assert_eq!(report.text(), replay(&trace, 1).text());
    assert_eq!(report.visitors, 500);
    assert_eq!(report.drift, [""; 0]);
    let sale = &report.sales["drop"];
    let opens_ms = trace.sales[0].opens_ms;
    assert_eq!((sale.units, sale.sold, sale.left), (5, 5, 0));
    assert_eq!(sale.orders, 5);
    assert!(sale.first_order_ms > Some(opens_ms), "{sale:?}");
    // No visitor is called for what is not there.
    assert_eq!(sale.sold_out_after_call, 0);
    assert_eq!(count(&report, "order", "201"), report.orders);
    assert_eq!(report.stock.sold, i64::try_from(report.orders).unwrap());
    let stock = report.stock;
    assert_eq!(stock.supplied, stock.available + stock.held + stock.sold);
    let requests: u64 = report
        .routes
        .values()
        .flat_map(|route| route.values())
        .sum();
    assert_eq!(report.requests, requests);
    let failures = report.routes.values().flat_map(|route| route.keys());
    let failures: Vec<_> = failures
        .filter(|outcome| outcome.starts_with('5'))
        .collect();
    assert_eq!(failures, [""; 0]);
    assert!(report.tiers["response_hits"] > 0 && report.tiers["store_reads"] > 0);
}

#[test]
fn another_seed_is_another_run_of_the_same_visitors() {
    let trace = flash_sale(300, 3);
    let (one, other) = (replay(&trace, 1), replay(&trace, 2));
    assert_ne!(one.text(), other.text());
    assert_eq!(one.visitors, other.visitors);
    assert_eq!((one.sales["drop"].sold, other.sales["drop"].sold), (3, 3));
}

#[test]
fn what_a_log_has_is_asked_for_with_what_is_the_visitors_own() {
    let text = "{\"format\":1,\"sales\":[{\"id\":\"drop\",\"gathers_ms\":0,\"opens_ms\":10000,\
        \"closes_ms\":600000,\"units\":1},{\"id\":\"next\",\"gathers_ms\":0,\"opens_ms\":300000,\
        \"closes_ms\":600000,\"units\":1}]}\n\
        0 1 GET /products/mug\n\
        10 1 POST /cart\n\
        20 1 GET /checkout\n\
        30 1 POST /api/v1/orders\n\
        40 1 GET /orders/-\n\
        50 2 GET /orders/-\n\
        60 2 POST /api/v1/orders\n\
        1000 3 POST /api/v1/sales/drop/tickets\n\
        1000 5 STAY next 900 0\n\
        1010 3 POST /api/v1/sales/drop/orders/-\n\
        6000 3 GET /api/v1/sales/drop/tickets/-\n\
        11000 3 GET /api/v1/sales/drop/tickets/-\n\
        16000 3 GET /api/v1/sales/drop/tickets/-\n\
        20500 3 GET /api/v1/sales/drop/tickets/-\n\
        21000 3 POST /api/v1/sales/drop/orders/-\n\
        22000 4 POST /api/v1/sales/drop/orders/-\n\
        23000 4 POST /api/v1/sales/other/tickets\n";
    let trace = Trace::read(text.as_bytes()).unwrap();
    let report = replay(&trace, 1);
    assert_eq!(count(&report, "order", "201"), 2, "{}", report.text());
    assert_eq!(count(&report, "order-page", "200"), 1);
    assert_eq!(count(&report, "order-page", "404"), 1);
    // Before the call, and by one without a ticket.
    assert_eq!(report.sales["drop"].sold, 1);
    assert_eq!(report.orders, 2);
    assert_eq!(count(&report, "ticket", "201"), 2);
    // The other one had left before it was to come back.
    assert_eq!(count(&report, "poll", "200"), 4);
    assert_eq!(count(&report, "ticket", "404 not-found"), 1);
}
