//! An origin that answers slowly: calls that matter least are refused first.

use std::pin::Pin;
use std::task::{Context, Waker};

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::room::{Evening, call_all};
use crate::sales::{SKU, quoted_order};
use crate::support::shop::order_request;
use crate::support::{Fault, Shop, json as body, request, text};

/// Calls that may wait before reads, and before orders without a ticket, are refused.
const READS_MAX: usize = 4_096;
const ORDERS_MAX: usize = 7_168;

/// Requests whose calls of the origin are not answered.
struct Waiting<'a>(Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>);

impl<'a> Waiting<'a> {
    /// Has so many more requests wait.
    fn add(&mut self, shop: &'a Shop, count: usize, request: impl Fn() -> Request<Bytes>) {
        let faults = std::iter::repeat_n(Fault::Silence, count);
        shop.world.faults.borrow_mut().extend(faults);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..count {
            let request = request();
            let mut answer: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async {
                shop.answer(request).await;
            });
            assert!(answer.as_mut().poll(&mut context).is_pending());
            self.0.push(answer);
        }
    }
}

fn shed(shop: &Shop, class: &str) -> u64 {
    let metrics = text(&shop.get("/metrics"));
    let name = format!("souk_origin_shed_total{{class=\"{class}\"}} ");
    let count = metrics.lines().find_map(|line| line.strip_prefix(&name));
    count.expect("a counter").parse().expect("a number")
}

#[test]
fn reads_are_refused_first_and_then_orders_without_a_ticket() {
    let evening = Evening::new();
    evening.gather();
    let li = evening.ticket("li@example.com");
    evening.open();
    call_all(&evening);
    let shop = &evening.shop;
    let order = quoted_order(shop, SKU, "han@example.com");
    let place = |key: &str| shop.order(key, &order);
    let placed = body(&place("before"));
    let (id, token) = (placed["id"].as_str(), placed["token"].as_str());
    let path = format!(
        "/api/v1/orders/{}?token={}",
        id.expect("an id"),
        token.expect("a token")
    );
    let read = || request("GET", &path, &[], "");
    let is_refused = |answer: &Response<Bytes>| {
        assert!(answer.headers().contains_key("retry-after"));
        answer.status() == StatusCode::SERVICE_UNAVAILABLE
    };

    let mut waiting = Waiting(Vec::new());
    waiting.add(shop, READS_MAX, read);
    assert!(is_refused(&shop.send(read())));
    assert_eq!(place("beside reads").status(), StatusCode::CREATED);
    waiting.add(shop, ORDERS_MAX - READS_MAX, || {
        order_request("slow", &order)
    });
    assert!(is_refused(&place("beside orders")));
    assert!(is_refused(&shop.send(read())));
    let bought = evening.buy(&li, "called", "li@example.com");
    assert_eq!(bought.status(), StatusCode::CREATED, "{}", text(&bought));
    let counts = ["comfort", "other", "called_buyer"].map(|class| shed(shop, class));
    assert_eq!(counts, [2, 1, 0]);

    drop(waiting);
    assert_eq!(shop.send(read()).status(), StatusCode::OK);
    assert_eq!(place("beside orders").status(), StatusCode::CREATED);
}
