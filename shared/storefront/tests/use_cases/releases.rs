//! Releases at the edge: which shoppers get which build, that they keep it, and that a broken build costs
//! them no page.

use std::rc::Rc;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Response, StatusCode, header};
use souk_operations::shares::WHOLE;
use souk_operations::{Lane, Pulse, PulseRelease, RouteClass, Sampling};
use souk_ports::Clock;
use souk_protocol::samples::Sample;
use souk_storefront::{SIGNALS_TTL_MS, report, to_report};

use crate::support::next_build::{NextBuild, NextFault};
use crate::support::shop::{Browser, order_of, order_request};
use crate::support::{Shop, json, request, text};
use crate::switches::pulse;

const SALT: i64 = 1_790_000_000_000;
/// A lane that a browser has: the first bucket, which every share above 0 has, and the last one.
const FIRST: &str = "souk_lane=1790000000000.0";
const LAST: &str = "souk_lane=1790000000000.9999";

impl Shop {
    /// Begins a release, or sets its share, of 10,000.
    fn release(&self, stamp: u64, share: u16) {
        let sampling = RouteClass::ALL.map(|class| Sampling {
            class,
            per_million: WHOLE,
        });
        let pulse = Pulse {
            made_at_ms: self.world.now_ms.get(),
            sampling: sampling.into(),
            release: Some(PulseRelease { salt: SALT, share }),
            ..pulse(stamp, 0)
        };
        self.world
            .pulse
            .replace(pulse.encode().expect("small").into());
        self.world.pass_ms(SIGNALS_TTL_MS);
    }

    fn with(&self, cookie: &str, path: &str) -> Response<Bytes> {
        let headers = [("accept", "text/html"), ("cookie", cookie)];
        self.send(request("GET", path, &headers, ""))
    }

    fn lanes(&self) -> Vec<(u8, u8)> {
        self.world.pass_ms(500);
        if let Some(task) = to_report(&self.instance, self.world.now_ms()) {
            let log = |line: &str| self.world.log.borrow_mut().push(line.to_owned());
            block_on(report(&self.world, &self.instance, task, &log));
        }
        let batches = self.world.sample_batches.take().into_iter();
        let samples = batches.flat_map(|batch| batch.samples);
        samples
            .map(|Sample { lane, status, .. }| (lane, status))
            .collect()
    }
}

/// A shop with a second build.
fn shop() -> (Shop, Rc<NextBuild>) {
    with_next(Shop::open())
}

fn with_next(mut shop: Shop) -> (Shop, Rc<NextBuild>) {
    shop.settings.clients.address_header = "cf-connecting-ip".to_owned();
    let next = Rc::new(NextBuild::new(&shop.settings));
    shop.world.next.replace(Some(next.clone()));
    (shop, next)
}

fn is_of_next(response: &Response<Bytes>) -> bool {
    let lane = response.headers().get("souk-lane");
    lane.is_some_and(|lane| lane == "next")
}

fn is_private(response: &Response<Bytes>) -> bool {
    let headers = response.headers();
    headers[header::CACHE_CONTROL] == "no-store" && !headers.contains_key(header::ETAG)
}

fn sets_lane(response: &Response<Bytes>) -> bool {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let mut set = set.filter_map(|value| value.to_str().ok());
    set.any(|cookie| cookie.starts_with("__Host-souk_lane="))
}

#[test]
fn without_a_release_there_is_no_lane_and_nothing_is_forwarded() {
    let (shop, next) = shop();
    for response in [shop.get("/products/mug"), shop.with(FIRST, "/products/mug")] {
        assert!(!sets_lane(&response) && !is_of_next(&response) && !is_private(&response));
    }
    assert!(next.asked.borrow().is_empty());
}

#[test]
fn shoppers_keep_the_lane_that_their_first_page_put_them_into() {
    let (shop, _next) = shop();
    shop.release(1, 5_000);
    let mut of_next = 0;
    for _ in 0..400 {
        let browser = shop.browser();
        let first = browser.get("/products/mug");
        assert_eq!(first.status(), StatusCode::OK);
        assert!(sets_lane(&first) && is_private(&first));
        let lane = is_of_next(&first);
        for path in ["/", "/cart", "/products/mug"] {
            let page = browser.get(path);
            assert_eq!(is_of_next(&page), lane, "{path}");
            assert!(!sets_lane(&page));
        }
        of_next += u32::from(lane);
    }
    // Half of 400, within four standard deviations.
    assert!((160..=240).contains(&of_next), "{of_next}");
}

#[test]
fn a_larger_share_moves_no_shopper_back_and_the_end_all_of_them() {
    let (shop, _next) = shop();
    shop.release(1, 1_000);
    let browsers: Vec<Browser<'_>> = (0..100).map(|_| shop.browser()).collect();
    let lanes = || -> Vec<bool> {
        let pages = browsers.iter().map(|browser| browser.get("/"));
        pages.map(|page| is_of_next(&page)).collect()
    };
    let mut before = lanes();
    for (stamp, share) in [(2, 2_500), (3, 7_000), (4, 10_000)] {
        shop.release(stamp, share);
        let now = lanes();
        assert!(before.iter().zip(&now).all(|(before, now)| !before || *now));
        before = now;
    }
    assert!(before.iter().all(|is_next| *is_next));
    let over = pulse(5, 0).encode().expect("small");
    shop.world.pulse.replace(over.into());
    shop.world.pass_ms(SIGNALS_TTL_MS);
    assert!(!lanes().contains(&true));
}

#[test]
fn memory_answers_the_stable_lane_alone_and_nothing_of_the_release_is_in_it() {
    let (shop, next) = shop();
    shop.release(1, 5_000);
    let path = "/products/mug";
    let cached = |cookie: &str| shop.cached_with(path, Some(cookie.to_owned()));
    let forwarded = shop.with(FIRST, path);
    assert!(is_of_next(&forwarded) && is_private(&forwarded));
    assert!(cached(LAST).is_none(), "what was forwarded is not kept");
    let stable = shop.with(LAST, path);
    assert!(!is_of_next(&stable) && !is_private(&stable) && !sets_lane(&stable));
    let kept = cached(LAST).expect("it was made by this build");
    assert!(!kept.headers().contains_key(header::SET_COOKIE));
    assert!(cached(FIRST).is_none() && shop.cached_response(path).is_none());
    assert!(cached("souk_lane=5.9999").is_none(), "of another release");
    shop.with(FIRST, path);
    assert_eq!(next.asked.borrow().len(), 2);
}

#[test]
fn programs_without_the_cookie_files_and_probes_stay_with_the_stable_build() {
    let (shop, next) = shop();
    shop.release(1, 10_000);
    for path in [
        "/api/v1/products/mug",
        "/api/v1/status",
        "/healthz",
        "/robots.txt",
        "/metrics",
    ] {
        let response = shop.api(path);
        assert!(!is_of_next(&response) && !sets_lane(&response), "{path}");
    }
    assert!(next.asked.borrow().is_empty());
    // The script of a page has the cookie of its shopper.
    assert!(is_of_next(&shop.with(FIRST, "/api/v1/products/mug")));
    assert!(!is_of_next(&shop.with(FIRST, "/healthz")));
}

#[test]
fn a_cart_of_one_lane_is_read_in_the_other() {
    let (shop, _next) = shop();
    shop.release(1, 5_000);
    for (lane, other) in [(FIRST, LAST), (LAST, FIRST)] {
        let browser = shop.browser();
        browser.cookie.replace(lane.to_owned());
        let added = browser.add("mug", "MUG-RED-S", "2");
        assert_eq!(is_of_next(&added), lane == FIRST);
        assert_eq!(added.status(), StatusCode::SEE_OTHER, "{}", text(&added));
        let cookies = browser.cookie.borrow().replace(lane, other);
        let cart = shop.with(&cookies, "/cart");
        assert_eq!(is_of_next(&cart), other == FIRST);
        assert!(text(&cart).contains("MUG-RED-S"), "{}", text(&cart));
    }
}

#[test]
fn a_build_that_does_not_answer_costs_no_shopper_a_page() {
    let (shop, next) = shop();
    shop.release(1, 10_000);
    for fault in [NextFault::Away, NextFault::Hangs] {
        next.fault.set(Some(fault));
        let page = shop.with(FIRST, "/products/mug");
        assert_eq!(page.status(), StatusCode::OK, "{fault:?}");
        assert!(!is_of_next(&page));
    }
    let log = shop.world.log.borrow().join("\n");
    assert!(
        log.contains("/products/mug answered by the stable build: the release"),
        "{log}"
    );
}

#[test]
fn a_write_that_the_build_may_have_carried_out_is_not_repeated_by_the_other() {
    let (shop, next) = shop();
    shop.release(1, 10_000);
    let order = order_of("MUG-RED-S", 1);
    let send = |key: &str| {
        let mut request = order_request(key, &order);
        let cookie = FIRST.parse().expect("ASCII");
        request.headers_mut().insert(header::COOKIE, cookie);
        shop.send(request)
    };
    next.fault.set(Some(NextFault::ReplyLost));
    let unknown = send("key-1");
    assert_eq!(json(&unknown)["type"], "/problems/outcome-unknown");
    let detail = json(&unknown)["detail"].to_string();
    assert!(detail.contains("same key"), "{detail}");
    assert_eq!(next.asked.borrow().len(), 1);
    next.fault.set(None);
    // It was placed, once: the same key finds it in either lane.
    assert_eq!(send("key-1").status(), StatusCode::OK);
    assert_eq!(shop.order("key-1", &order).status(), StatusCode::OK);
    // Without a second build nothing was sent, so the stable one places it.
    shop.world.next.replace(None);
    assert_eq!(send("key-2").status(), StatusCode::CREATED);
}

#[test]
fn a_page_of_the_release_finds_its_files() {
    let (shop, next) = shop();
    let path = "/assets/shop.of-the-next-build.css";
    assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND);
    assert!(next.asked.borrow().is_empty());
    shop.release(1, 100);
    assert_eq!(
        shop.get(path).status(),
        StatusCode::NOT_FOUND,
        "it has none either"
    );
    next.fault
        .set(Some(NextFault::Answers(StatusCode::OK, "body{}")));
    let file = shop.get(path);
    assert_eq!(
        (file.status(), text(&file).as_str()),
        (StatusCode::OK, "body{}")
    );
    let policy = &file.headers()[header::CACHE_CONTROL];
    assert_eq!(policy, "public, max-age=31536000, immutable");
    next.fault.set(Some(NextFault::Away));
    assert_eq!(shop.get(path).status(), StatusCode::NOT_FOUND);
}

#[test]
fn both_builds_are_reported_as_the_stable_one_has_seen_them() {
    let (shop, next) = shop();
    shop.release(1, 5_000);
    shop.with(LAST, "/");
    shop.lanes();
    shop.with(LAST, "/products/mug");
    shop.with(LAST, "/products/mug");
    shop.with(FIRST, "/products/mug");
    shop.api("/api/v1/products/mug");
    next.fault.set(Some(NextFault::Answers(
        StatusCode::INTERNAL_SERVER_ERROR,
        "",
    )));
    shop.with(FIRST, "/products/mug");
    next.fault.set(Some(NextFault::Away));
    shop.with(FIRST, "/products/mug");
    let (none, stable, forwarded) = (0, Lane::Stable.number(), Lane::Forwarded.number());
    let expected = [
        (stable, 2),
        // Once as memory answers it, and once as the test compares that with what is made.
        (stable, 2),
        (stable, 2),
        (forwarded, 2),
        (none, 2),
        (forwarded, 5),
        (forwarded, 5),
        // What the stable build then answered itself compares with nothing.
        (none, 2),
    ];
    assert_eq!(shop.lanes(), expected);
}

#[test]
fn the_other_build_answers_for_the_shops_address_and_counts_the_true_client() {
    let base_url = "https://shop.example";
    let (shop, next) = with_next(Shop::at(base_url, ""));
    shop.release(1, 10_000);
    let send = |cookie: &str, key: &str| {
        let mut request = order_request(key, &order_of("MUG-RED-S", 1));
        let headers = request.headers_mut();
        for (name, value) in [
            ("host", "shop.example"),
            ("x-forwarded-proto", "https"),
            ("cf-connecting-ip", "203.0.113.7"),
            ("cookie", cookie),
        ] {
            headers.insert(name, value.parse().expect("ASCII"));
        }
        shop.send(request)
    };
    let placed = send("__Host-souk_lane=1790000000000.0", "key-1");
    assert_eq!(placed.status(), StatusCode::CREATED, "{}", text(&placed));
    assert!(is_of_next(&placed) && next.asked.borrow().len() == 1);
    assert_eq!(send("a=1", "key-2").status(), StatusCode::CREATED);
    let clients = shop.world.gate_asked.borrow();
    assert_eq!(clients.len(), 2);
    assert_eq!(clients[0], clients[1], "the same client in both lanes");
}

#[test]
fn a_stranger_who_claims_to_be_the_other_build_is_not_believed() {
    let (shop, next) = with_next(Shop::at("https://shop.example", ""));
    shop.release(1, 10_000);
    let headers = [
        ("accept", "text/html"),
        ("cookie", FIRST),
        ("souk-forwarded", "https://shop.example 198.51.100.1"),
    ];
    let response = shop.send(request("GET", "/products/mug", &headers, ""));
    assert_ne!(
        response.status(),
        StatusCode::OK,
        "the host is that of the request"
    );
    let mut forged = request("GET", "/products/mug", &headers, "");
    let put = forged.headers_mut();
    put.insert("host", "shop.example".parse().expect("ASCII"));
    put.insert("x-forwarded-proto", "https".parse().expect("ASCII"));
    let response = shop.send(forged);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!is_of_next(&response));
    assert!(next.asked.borrow().is_empty());
}
