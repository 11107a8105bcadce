//! Signals: what edges report becomes values, shares, and records of what is applied.

use http::StatusCode;
use souk_operations::Aggregate;
use souk_operations::control::EDGES;
use souk_operations::shares::{SAMPLES_PER_S, WHOLE};
use souk_protocol::samples::{
    ClassWindow, SAMPLES_BYTES_MAX, SAMPLES_PATH, SIGNALS_PATH, Sample, SampleBatch,
    SignalsStanding, WATCH_MS, WATCH_PATH,
};
use souk_service_http::post;
use souk_sql::json;

use crate::support::{Memory, NOW_MS, Shop, level};

/// A page that was answered just now.
pub(crate) fn page(stamp: u64, ms: u32) -> Sample {
    Sample {
        class: 0,
        per_million: WHOLE,
        status: 2,
        ms,
        origin_ms: None,
        origin_failed: false,
        places: false,
        stamp,
        pulse_age_ms: Some(800),
        ago_ms: 0,
        lane: 0,
    }
}

impl Shop<'_> {
    pub(crate) fn sends(&self, edge: u64, samples: &[Sample]) {
        let batch = SampleBatch {
            edge,
            lost: 0,
            samples: samples.to_vec(),
        };
        let sent = self.send(&post(SAMPLES_PATH, json(&batch)));
        assert_eq!(sent.status(), StatusCode::NO_CONTENT);
    }

    fn signals(&self, query: &str) -> SignalsStanding {
        let answer = self.get(&format!("{SIGNALS_PATH}{query}"));
        assert_eq!(answer.status(), StatusCode::OK);
        serde_json::from_slice(answer.body()).expect("signals")
    }

    pub(crate) fn value(&self, signal: &str) -> Option<f64> {
        let standing = self.signals("");
        let mut signals = standing.signals.into_iter();
        let found = signals.find(|one| one.signal == signal);
        found.expect("a signal of this name").value
    }

    /// A second passes, and its step is made.
    pub(crate) fn second(&self) {
        self.pass(1_000);
        self.tick();
    }

    pub(crate) fn stamp(&self) -> u64 {
        *self.stamps().last().expect("a pulse")
    }

    /// What the last pulse asks edges to report of pages, of a million.
    fn share(&self) -> u32 {
        let pulses = self.edges.pulses.borrow();
        let sampling = &pulses.last().expect("a pulse").sampling;
        sampling.first().map_or(0, |share| share.per_million)
    }

    /// What the journal has by edges.
    fn said_of_edges(&self) -> Vec<String> {
        let records = self.store.records().into_iter();
        let records = records.filter(|record| record.who == EDGES);
        records.map(|record| record.what).collect()
    }
}

#[test]
fn edges_report_nothing_until_something_wants_it_and_then_with_the_same_pulse() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.tick();
    assert_eq!(shop.share(), 0);
    shop.change(level(1));
    assert!(shop.share() > 0);
    shop.change(level(0));
    assert!(shop.share() > 0, "a switch was moved lately");
    for _ in 0..121 {
        shop.second();
    }
    assert_eq!(shop.share(), 0);
    assert_eq!(shop.next_in_ms(), None);
}

#[test]
fn a_change_is_applied_once_every_instance_that_answers_has_it() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(0));
    shop.tick();
    let before = shop.stamp();
    shop.change(level(2));
    let with = shop.stamp();
    shop.pass(700);
    shop.sends(1, &[page(with, 5)]);
    shop.sends(2, &[page(before, 5), page(before, 5)]);
    shop.pass(300);
    shop.tick();
    assert_eq!(shop.value("switches.applied"), Some(0.5));
    assert_eq!(shop.value("edges"), Some(2.0));
    shop.pass(800);
    shop.sends(2, &[page(with, 5)]);
    shop.pass(200);
    shop.tick();
    assert_eq!(shop.value("switches.applied"), Some(1.0));
    assert_eq!(shop.signals("").applying.len(), 1);
    for _ in 0..2 {
        shop.second();
        assert!(shop.said_of_edges().is_empty());
    }
    shop.second();
    let applied = "record 2 is applied everywhere after 1.8 s";
    assert_eq!(shop.said_of_edges(), [applied]);
    assert!(shop.signals("").applying.is_empty());
}

#[test]
fn a_change_that_one_instance_lacks_has_its_record_after_half_a_minute() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.tick();
    let before = shop.stamp();
    shop.change(level(2));
    let with = shop.stamp();
    for _ in 0..30 {
        shop.sends(1, &[page(with, 5)]);
        shop.sends(2, &[page(before, 5)]);
        assert!(shop.said_of_edges().is_empty());
        shop.second();
    }
    let late = "record 1 is not applied after 30 s: instances still answer without it";
    assert_eq!(shop.said_of_edges(), [late]);
}

#[test]
fn samples_come_at_the_same_rate_whatever_the_traffic() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    let mut arrived = Vec::new();
    for second in 0..30 {
        // From ten requests in a second to twenty thousand, at once.
        let requests = if second < 10 { 10.0 } else { 20_000.0 };
        let share = shop.share();
        let samples = requests * f64::from(share) / f64::from(WHOLE);
        let sample = Sample {
            per_million: share,
            ..page(shop.stamp(), 5)
        };
        let all = vec![sample; samples.round() as usize];
        for (edge, some) in all.chunks(100).enumerate() {
            shop.sends(edge as u64 + 1, some);
        }
        shop.second();
        arrived.push(samples);
        if second % 10 > 4 {
            let rate = shop.value("requests.rate").expect("a rate");
            assert!((rate / requests - 1.0).abs() < 0.1, "{second}: {rate}");
        }
    }
    assert_eq!(arrived[9], 10.0, "a quiet shop is reported whole");
    let settled = &arrived[15..];
    let max = settled.iter().copied().fold(0.0, f64::max);
    assert!(max <= SAMPLES_PER_S * 1.01, "{arrived:?}");
    assert!(
        settled.iter().all(|samples| *samples > 150.0),
        "{arrived:?}"
    );
}

#[test]
fn what_an_instance_had_no_room_for_counts() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    let batch = SampleBatch {
        edge: 1,
        lost: 30,
        samples: vec![page(shop.stamp(), 5); 10],
    };
    shop.send(&post(SAMPLES_PATH, json(&batch)));
    shop.second();
    assert_eq!(shop.value("requests.rate"), Some(40.0));
}

#[test]
fn what_arrives_late_says_nothing_of_now() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    let old = Sample {
        ago_ms: 60_000,
        ..page(1, 900)
    };
    shop.sends(1, &[old]);
    shop.second();
    assert_eq!(shop.value("edges"), Some(0.0));
    assert_eq!(shop.value("pages.p99"), None);
    assert!(shop.store.signals_left() == 0, "it is taken all the same");
}

#[test]
fn a_step_that_is_late_stands_for_the_seconds_that_it_missed() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    shop.second();
    shop.sends(1, &vec![page(shop.stamp(), 20); 30]);
    shop.pass(3_000);
    shop.tick();
    let since = NOW_MS / 1_000 + 1;
    let standing = shop.signals(&format!("?since={since}"));
    let seconds: Vec<_> = standing.seconds.iter().map(|one| one.at_s).collect();
    assert_eq!(seconds, [since + 1, since + 2, since + 3]);
    let rates = standing.seconds.iter();
    let rates = rates.map(|one| one.values["requests.rate"]);
    assert_eq!(Aggregate::Sum.of(rates), Some(30.0));
    // Two ticks of one second are one step.
    shop.pass(300);
    shop.sends(1, &[page(shop.stamp(), 20)]);
    shop.tick();
    assert_eq!(
        shop.signals(&format!("?since={since}")).seconds,
        standing.seconds
    );
    shop.pass(700);
    shop.tick();
    assert_eq!(shop.value("requests.rate"), Some(1.0));
}

#[test]
fn one_who_looks_on_has_edges_report_for_half_a_minute() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.tick();
    for _ in 0..3 {
        let looked = shop.send(&post(WATCH_PATH, ""));
        assert_eq!(looked.status(), StatusCode::NO_CONTENT);
    }
    assert!(shop.share() > 0);
    assert_eq!((store.writes.get(), shop.next_in_ms()), (2, Some(1_000)));
    assert_eq!(shop.signals("").watched_until_ms, Some(NOW_MS + WATCH_MS));
    shop.pass(WATCH_MS - 1);
    shop.send(&post(WATCH_PATH, ""));
    shop.pass(WATCH_MS - 1);
    shop.tick();
    assert!(shop.share() > 0);
    shop.pass(1);
    shop.tick();
    assert_eq!((shop.share(), shop.next_in_ms()), (0, None));
    assert_eq!(store.journal(), "", "to look on is no change");
}

#[test]
fn windows_say_how_fast_each_class_was_answered() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    shop.change(level(1));
    let broken = Sample {
        status: 5,
        ..page(shop.stamp(), 1)
    };
    // Seven minutes, each with a quick page, a slow one and a failure.
    for _ in 0..7 {
        shop.sends(
            1,
            &[page(shop.stamp(), 9), page(shop.stamp(), 2_700), broken],
        );
        shop.second();
        shop.pass(59_000);
        shop.tick();
    }
    let standing = shop.signals("");
    let of = |class: &str, window_s| {
        let mut windows = standing.windows.iter();
        let found = windows.find(|one| one.class == class && one.window_s == window_s);
        found.expect("a window").clone()
    };
    let ClassWindow {
        minutes,
        requests,
        errors,
        within,
        ..
    } = of("read", 3_600);
    assert_eq!((minutes, requests, errors), (7, 21, 7));
    assert_eq!(within, [0, 7, 7, 7, 7, 7, 7, 7, 7, 14, 14, 14]);
    assert!(of("read", 300).requests < 15, "five minutes");
    assert_eq!(of("order", 3_600).requests, 0);
    assert!(shop.signals("?since=0").windows.is_empty());
}

#[test]
fn what_is_no_batch_is_refused() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let empty = SampleBatch {
        edge: 1,
        lost: 0,
        samples: Vec::new(),
    };
    let many = SampleBatch {
        samples: vec![page(1, 1); 101],
        ..empty.clone()
    };
    let large = format!("{{\"edge\":1{}}}", " ".repeat(SAMPLES_BYTES_MAX));
    for wrong in ["", "{}", &json(&empty), &json(&many), &large] {
        let answer = shop.send(&post(SAMPLES_PATH, wrong.to_owned()));
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong:.40}");
    }
    assert_eq!(store.signals_left(), 0);
    for wrong in ["?since=now", "?since=1.5"] {
        let answer = shop.get(&format!("{SIGNALS_PATH}{wrong}"));
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
}
