//! Predictions beside values that were computed by hand.

use super::*;

fn hours(visits: &[u64]) -> Vec<Hour> {
    let hours = (0..).zip(visits).map(|(hour, &visits): (u32, _)| Hour {
        hour: hour.to_string(),
        visits,
    });
    hours.collect()
}

/// Two requests of a visit, one order of ten.
fn demand(pace: Option<f64>) -> Demand {
    let of = |route: &str, per_visit, bytes, cpu_us| Requests {
        route: route.to_owned(),
        per_visit,
        bytes,
        cpu_us,
    };
    Demand {
        requests: vec![
            of("product", 1.5, 2_000.0, 100.0),
            of("cart", 0.5, 1_000.0, 500.0),
        ],
        orders_per_visit: 0.1,
        order_bytes: 800.0,
        hot_share: 0.5,
        burst: 2.0,
        pace,
        store_reads_percent: 5.0,
    }
}

/// Two cores, two stores of 50 orders.
fn deployment() -> Deployment {
    Deployment {
        cores: Some(2),
        stores: 2,
        orders_per_s: 50.0,
        order_us: 1_000.0,
        hot_orders_per_s: 40.0,
        signals: Some(Signals {
            reads_per_s: 50.0,
            most_per_s: 1_000.0,
        }),
    }
}

fn prices() -> Prices {
    Prices {
        currency: "USD".to_owned(),
        requests: 0.5,
        cpu_ms: 0.02,
        object_requests: 0.25,
        kv_reads: 2.0,
        egress_gb: 10.0,
        core_hour: 0.1,
    }
}

fn near(found: f64, expected: f64) {
    let allowed = expected.abs().max(1.0) * 1e-9;
    assert!(
        (found - expected).abs() < allowed,
        "{found} and not {expected}"
    );
}

fn resource<'p>(prediction: &'p Prediction, name: &str) -> &'p Resource {
    let mut all = prediction.resources.iter();
    all.find(|one| one.resource == name).expect(name)
}

/// All by hand: 3,600,000 visits are 1,000 in a second, 2,000 in the busiest one.
#[test]
fn an_hour_and_its_busiest_second_are_what_they_are_by_hand() {
    let prediction = predict(
        &hours(&[0, 3_600_000, 36_000]),
        &demand(None),
        &deployment(),
        &prices(),
    );
    let hour = &prediction.hours[1];
    assert_eq!((hour.requests, hour.orders), (7_200_000 + 360_000, 360_000));
    assert_eq!(hour.bytes, 3_600_000 * 3_500 + 360_000 * 800);
    assert_eq!(hour.kv_reads, 360_000);
    assert_eq!(hour.object_calls, 50 * 3_600 + 360_000);
    // 1,000 visits of 400 µs, and 100 orders of 1,000 µs.
    near(hour.cores, 0.5);
    near(hour.cpu_s, 1_800.0);
    let peak = &prediction.peak;
    assert_eq!(peak.hour, "1");
    near(peak.visits_per_s, 2_000.0);
    near(peak.requests_per_s, 4_200.0);
    near(peak.orders_per_s, 200.0);
    near(peak.cores, 1.0);
    // Two servers of which one is busy: a third of the requests wait, each 1/4,200 s longer than
    // it is served on average.
    near(peak.waiting_ms.functions.unwrap(), 1_000.0 / 3.0 / 4_200.0);
    assert_eq!(
        peak.waiting_ms.origin, None,
        "100 orders a second for a store of 50"
    );
    near(peak.routes[0].per_s, 3_000.0);
}

#[test]
fn what_is_full_first_is_named_with_its_factor() {
    let prediction = predict(&hours(&[360_000]), &demand(None), &deployment(), &prices());
    // 200 visits and 20 orders in the busiest second, 10 of them for one SKU.
    near(
        resource(&prediction, "hottest SKU").full_at_factor.unwrap(),
        4.0,
    );
    near(resource(&prediction, "hottest SKU").load, 0.25);
    near(resource(&prediction, "origin").full_at_factor.unwrap(), 5.0);
    near(
        resource(&prediction, "cores of the functions")
            .full_at_factor
            .unwrap(),
        20.0,
    );
    assert_eq!(
        resource(&prediction, "object of the signals").full_at_factor,
        None
    );
    near(resource(&prediction, "object of the signals").load, 0.05);
    assert_eq!(prediction.bottleneck.unwrap().resource, "hottest SKU");
}

#[test]
fn a_waiting_room_keeps_the_origin_from_ever_being_full() {
    let prediction = predict(
        &hours(&[3_600_000]),
        &demand(Some(30.0)),
        &deployment(),
        &prices(),
    );
    assert_eq!(prediction.hours[0].orders, 30 * 3_600);
    near(prediction.peak.orders_per_s, 30.0);
    assert_eq!(resource(&prediction, "origin").full_at_factor, None);
    assert_eq!(resource(&prediction, "hottest SKU").full_at_factor, None);
    // 2 cores less 30 orders of 1,000 µs are 1.97, of which a visit needs 400 µs.
    let cores = resource(&prediction, "cores of the functions");
    near(cores.full_at_factor.unwrap(), 1.97 / 400e-6 / 2_000.0);
    assert_eq!(
        prediction.bottleneck.as_ref().unwrap().resource,
        cores.resource
    );
    // A pace that is above what the origin does keeps nothing away.
    let fast = predict(
        &hours(&[3_600_000]),
        &demand(Some(1_000.0)),
        &deployment(),
        &prices(),
    );
    near(resource(&fast, "origin").full_at_factor.unwrap(), 0.5);
}

#[test]
fn money_is_the_sum_of_its_parts() {
    let prediction = predict(
        &hours(&[3_600_000, 0]),
        &demand(None),
        &deployment(),
        &prices(),
    );
    let money = &prediction.money;
    near(money.requests, 7.56 * 0.5);
    near(money.cpu, 1.8 * 0.02);
    // The second hour has reads of the signals, too.
    near(money.objects, (0.36 + 2.0 * 0.18) * 0.25);
    near(money.kv, 0.36 * 2.0);
    // Answers to orders are 0.288 GB of it.
    near(money.egress, (12.6 + 0.288) * 10.0);
    near(money.cores, 2.0 * 2.0 * 0.1);
    let parts = [
        money.requests,
        money.cpu,
        money.objects,
        money.kv,
        money.egress,
        money.cores,
    ];
    near(money.total, parts.iter().sum());
}
