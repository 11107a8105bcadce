//! Rows of a flash sale with a waiting room.
//!
//! - `room-page`: the page of the sale, beside a hello, as the next three are.
//! - `room-ticket`: a new ticket, each of another buyer.
//! - `room-poll`: a ticket that waits, as its visitor reads it.
//! - `room-refusal`: an order of a visitor who was never called.
//! - `room-order`: orders with tickets that are called, beside orders of the same shop for the same thing
//!   at other times.
//!
//! Not here: the shop of the sales (`sale`).

use anyhow::Result;
use serde_json::json;

use crate::bench::{Bench, Platform, ROUNDS, Side};
use crate::load::{Pace, Target};
use crate::sale::{SKU, Sales, ask_for_ticket, email};
use crate::server::Server;

const NAMES: [&str; 5] = [
    "room-page",
    "room-ticket",
    "room-poll",
    "room-refusal",
    "room-order",
];
/// What the room reaches of a hello.
const GOAL: f64 = 0.9;
/// What an order of the sale reaches of one at other times.
const ORDER_GOAL: f64 = 0.85;
/// Tickets that are polled, in turn.
const POLLED: usize = 500;
/// How many more orders there may be than were measured beforehand.
const SPARE: f64 = 1.5;
/// Buyers of a row have numbers of their own.
const OF_TICKETS: usize = 10_000_000;
const OF_PLAIN_ORDERS: usize = 20_000_000;

/// Measures the room on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    if !bench.wants_any(platform, &NAMES) {
        return Ok(());
    }
    let shop = bench.start(platform, Side::Shop).await?;
    let sales = Sales::begin(bench, &shop.server).await?;
    let work = async {
        let waiting = sales.tickets("few", POLLED).await?;
        if bench.wants(&id(platform, "room-order")) {
            orders(bench, platform, &shop.server, &sales).await?;
        }
        sales.wait_for("few", "open").await?;
        // Orders are all that PostgreSQL is for.
        match platform {
            Platform::Workers | Platform::Spin => {
                beside_hello(bench, platform, &shop.server, waiting).await
            }
            Platform::Postgres => Ok(()),
        }
    };
    sales.while_ticking(work).await
}

fn id(platform: Platform, name: &str) -> String {
    format!("{}/{name}", platform.name())
}

/// What needs no origin.
async fn beside_hello(
    bench: &Bench,
    platform: Platform,
    shop: &Server,
    waiting: Vec<String>,
) -> Result<()> {
    let floor = bench.start(platform, Side::Floor).await?;
    let hello = Target::reads(&floor.server, vec!["/".to_owned()]);
    let address = shop.address;
    let ticket = Target::new(shop, move |number, into| {
        let number = OF_TICKETS + usize::try_from(number).unwrap_or_default();
        into.extend_from_slice(&ask_for_ticket(address, "few", number));
    });
    let polls = waiting.iter();
    let polls = polls.map(|ticket| format!("/api/v1/sales/few/tickets/{ticket}"));
    for (name, target) in [
        (
            "room-page",
            Target::reads(shop, vec!["/sales/few".to_owned()]),
        ),
        ("room-poll", Target::reads(shop, polls.collect())),
        (
            "room-refusal",
            plain_orders(shop, "sale:few:TEA", "early").refused_with(409),
        ),
        // The last one: each ticket that is given is one more in the queue.
        ("room-ticket", ticket),
    ] {
        let id = id(platform, name);
        if bench.wants(&id) {
            let floor = ("hello", &hello);
            let row = bench.throughput(&id, floor, &target, Some(GOAL)).await?;
            bench.add(row);
        }
    }
    Ok(())
}

/// Each ticket has one order, so there are as many tickets as there will be orders.
async fn orders(bench: &Bench, platform: Platform, shop: &Server, sales: &Sales) -> Result<()> {
    let (warm, measured) = bench.seconds();
    let plain = plain_orders(shop, SKU, "plain");
    let most = plain.run(Pace::Closed, warm).await?.per_second;
    let rounds = u32::try_from(ROUNDS)?;
    let count = most * SPARE * (warm + measured * rounds).as_secs_f64();
    let tickets = sales.tickets("many", count as usize).await?;
    sales.wait_for("many", "open").await?;
    let called = sales.all_called(tickets).await?;
    let address = shop.address;
    let of_sale = Target::new(shop, move |number, into| {
        let number = usize::try_from(number).unwrap_or_default();
        // Beyond the last ticket orders are refused, and the row says so.
        let one = &called[number.min(called.len() - 1)];
        let body = order_body("sale:many:TEA", one.number);
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\nidempotency-key: sale-{number}\r\n\
             souk-ticket: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            one.orders_path,
            one.ticket,
            body.len()
        );
        into.extend_from_slice(head.as_bytes());
        into.extend_from_slice(body.as_bytes());
    });
    let id = id(platform, "room-order");
    let floor = ("a plain order", &plain);
    let row = bench
        .throughput(&id, floor, &of_sale, Some(ORDER_GOAL))
        .await?;
    bench.add(row);
    Ok(())
}

/// Orders of one unit without a ticket, each of another buyer; their keys begin with the name.
fn plain_orders(shop: &Server, sku: &'static str, name: &'static str) -> Target {
    let address = shop.address;
    Target::new(shop, move |number, into| {
        let buyer = OF_PLAIN_ORDERS + usize::try_from(number).unwrap_or_default();
        let body = order_body(sku, buyer);
        let head = format!(
            "POST /api/v1/orders HTTP/1.1\r\nhost: {address}\r\nidempotency-key: {name}-{number}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        into.extend_from_slice(head.as_bytes());
        into.extend_from_slice(body.as_bytes());
    })
}

fn order_body(sku: &str, buyer: usize) -> String {
    let body = json!({
        "lines": [{ "sku": sku, "quantity": 1 }],
        "customer": { "name": "Li Lei", "email": email(buyer) },
        "shipping_address": { "country": "CN", "region": "Zhejiang", "city": "Hangzhou",
            "postal_code": "310000", "line1": "1 Wensan Road", "line2": "" },
        "delivery": "standard",
        "payment": { "method": "on_delivery" },
    });
    body.to_string()
}
