//! Requests that an instance reports while the pulse wants some.

use futures::executor::block_on;
use http::StatusCode;
use souk_operations::shares::WHOLE;
use souk_operations::{Pulse, RouteClass, Sampling};
use souk_ports::Clock;
use souk_protocol::samples::{Sample, SampleBatch};
use souk_storefront::{SIGNALS_TTL_MS, report, to_report};

use crate::support::shop::order_of;
use crate::support::{Fault, Shop};
use crate::switches::pulse;

impl Shop {
    /// Publishes a pulse that wants this share of every class, and lets the instance hear of it.
    fn sampled(&self, stamp: u64, per_million: u32) {
        let sampling = RouteClass::ALL.map(|class| Sampling { class, per_million });
        let pulse = Pulse {
            sampling: sampling.into(),
            made_at_ms: self.world.now_ms.get(),
            ..pulse(stamp, 0)
        };
        let blob = pulse.encode().expect("small");
        self.world.pulse.replace(blob.into());
        self.world.pass_ms(SIGNALS_TTL_MS);
        // Health is no work of the shop, and reads nothing; the status reads the pulse.
        self.api("/api/v1/status");
        self.reported();
    }

    /// Sends what is to be reported as a function does, to its end; the batch before is long ago.
    fn reported(&self) -> Vec<SampleBatch> {
        self.world.pass_ms(500);
        if let Some(task) = to_report(&self.instance, self.world.now_ms()) {
            let log = |line: &str| self.world.log.borrow_mut().push(line.to_owned());
            block_on(report(&self.world, &self.instance, task, &log));
        }
        self.world.sample_batches.take()
    }

    fn samples(&self) -> Vec<Sample> {
        let batches = self.reported().into_iter();
        batches.flat_map(|batch| batch.samples).collect()
    }
}

#[test]
fn nothing_is_reported_while_nothing_wants_it() {
    let shop = Shop::open();
    for _ in 0..3 {
        shop.page("/");
        shop.order("key-1", &order_of("MUG-RED-S", 1));
    }
    assert_eq!(to_report(&shop.instance, shop.world.now_ms()), None);
    shop.sampled(1, WHOLE);
    shop.api("/api/v1/status");
    assert_eq!(shop.samples().len(), 1);
    shop.sampled(2, 0);
    shop.api("/api/v1/status");
    assert_eq!(shop.samples().len(), 0);
}

#[test]
fn a_sample_says_what_became_of_a_request_and_under_which_pulse() {
    let shop = Shop::open_with_search();
    shop.sampled(7, WHOLE);
    shop.world.pass_ms(300);
    for path in ["/", "/search?q=mug", "/cart", "/api/v1/products/mug"] {
        shop.get(path);
    }
    for path in ["/healthz", "/robots.txt", "/assets/no-such-file.css"] {
        shop.get(path);
    }
    shop.get("/no/such/page");
    let placed = shop.order("key-1", &order_of("MUG-RED-S", 1));
    assert_eq!(placed.status(), StatusCode::CREATED);
    let again = shop.order("key-1", &order_of("MUG-RED-S", 1));
    assert_eq!(again.status(), StatusCode::OK);
    let refused = shop.order("key-2", &order_of("NO-SUCH-SKU", 1));
    assert!(refused.status().is_client_error());
    let batches = shop.reported();
    assert_eq!(batches.len(), 1);
    let samples = &batches[0].samples;
    let seen: Vec<_> = samples
        .iter()
        .map(|sample| {
            (
                RouteClass::of_number(sample.class),
                sample.status,
                sample.places,
            )
        })
        .collect();
    let (read, search) = (Some(RouteClass::Read), Some(RouteClass::Search));
    let (cart, order) = (Some(RouteClass::Cart), Some(RouteClass::Order));
    let wanted = [
        (read, 2, false),
        (search, 2, false),
        (cart, 2, false),
        (read, 2, false),
        (read, 4, false),
        (order, 2, true),
        // An order that was placed before is not placed again.
        (order, 2, false),
        (order, 4, true),
    ];
    assert_eq!(seen, wanted);
    assert!(samples.iter().all(|sample| sample.stamp == 7));
    assert!(samples[0].pulse_age_ms >= Some(1_300), "{:?}", samples[0]);
    assert!(samples[0].origin_ms.is_none() && samples[5].origin_ms.is_some());
    assert!(!samples[5].origin_failed);
    // Nothing of a person, and nothing of what was looked at.
    let text = serde_json::to_string(&batches[0]).expect("JSON");
    assert!(
        !text.contains("mug") && !text.contains('@') && !text.contains('/'),
        "{text}"
    );
}

#[test]
fn a_response_from_memory_is_reported_like_any_other() {
    let shop = Shop::open();
    shop.sampled(7, WHOLE);
    shop.page("/");
    for _ in 0..20 {
        assert!(shop.cached_response("/").is_some());
    }
    let samples = shop.samples();
    assert_eq!(samples.len(), 1 + 20);
    assert!(
        samples
            .iter()
            .all(|sample| (sample.status, sample.ms, sample.stamp) == (2, 0, 7))
    );
}

#[test]
fn an_instance_reports_its_share_and_says_which_it_was() {
    let shop = Shop::open();
    shop.sampled(7, WHOLE / 20);
    shop.page("/");
    for _ in 0..400 {
        assert!(shop.cached_response("/").is_some());
    }
    let samples = shop.samples();
    assert!((19..=21).contains(&samples.len()), "{}", samples.len());
    assert!(
        samples
            .iter()
            .all(|sample| sample.per_million == WHOLE / 20)
    );
}

#[test]
fn an_instance_without_news_for_a_minute_reports_nothing() {
    let shop = Shop::open();
    shop.sampled(7, WHOLE);
    for (passed_ms, reported) in [(50_000, 1), (7_000, 1), (2_000, 0), (600_000, 0)] {
        shop.world.pass_ms(passed_ms);
        shop.page("/");
        assert_eq!(shop.samples().len(), reported, "{passed_ms}");
    }
}

#[test]
fn an_origin_that_does_not_answer_is_in_the_sample() {
    let shop = Shop::open();
    shop.sampled(7, WHOLE);
    for _ in 0..3 {
        shop.world.faults.borrow_mut().push_back(Fault::RequestLost);
    }
    let failed = shop.order("key-1", &order_of("MUG-RED-S", 1));
    assert!(failed.status().is_server_error());
    let samples = shop.samples();
    let last = samples.last().expect("a sample");
    assert!(last.origin_failed && last.origin_ms.is_some(), "{last:?}");
    assert_eq!((last.status, last.places), (5, true));
}

#[test]
fn samples_that_do_not_arrive_are_lost_and_logged_once() {
    let shop = Shop::open();
    shop.sampled(7, WHOLE);
    shop.world.samples_are_lost.set(true);
    shop.page("/");
    assert_eq!(shop.samples(), []);
    let log = shop.world.log.borrow().join("\n");
    assert_eq!(log.matches("report of requests").count(), 1, "{log}");
    shop.world.samples_are_lost.set(false);
    assert_eq!(to_report(&shop.instance, shop.world.now_ms()), None);
}
