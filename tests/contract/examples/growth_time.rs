//! How long ordering is closed while a shop grows, for each 100,000 orders: stores in memory, asked
//! without a network, so what is measured is the work of the stores themselves.
//!
//! `cargo run --release -p souk-contract --example growth_time -- 100000 4` places so many orders
//! in a shop of one shard, grows it to so many shards, and audits it.

#[path = "../tests/shards/shop.rs"]
#[allow(dead_code, reason = "the suite of the same shop uses the rest")]
mod shop;

use tokio::time::Instant;

use shop::Shop;
use souk_protocol::origin::{self, ReceiptLine, ReceiptReply, StockReceipt};

const SKUS: usize = 1_000;
/// A step of progress.
const ORDERS_SHOWN: usize = 10_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: usize| match arguments.next() {
        Some(text) => text.parse().expect("a number"),
        None => otherwise,
    };
    let (orders, shards) = (number(100_000), number(4));
    let names: Vec<String> = (0..SKUS).map(|n| format!("sku-{n}")).collect();
    let skus: Vec<&str> = names.iter().map(String::as_str).collect();
    let shop = Shop::of(1, &skus);
    let lines = |skus: &[&str]| -> Vec<ReceiptLine> {
        let line = |sku: &&str| ReceiptLine {
            sku: (*sku).to_owned(),
            units: (2 * orders).try_into().expect("a number of units"),
        };
        skus.iter().map(line).collect()
    };
    for (number, part) in skus.chunks(50).enumerate() {
        let receipt = StockReceipt {
            by_name: None,
            key: format!("units-{number}"),
            home: None,
            lines: lines(part),
            reason: "for the measurement".to_owned(),
        };
        let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &receipt);
        assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    }
    let started = Instant::now();
    for order in 0..orders {
        shop.accept(&format!("key-{order}"), &[(skus[order % SKUS], 1)]);
        if (order + 1) % ORDERS_SHOWN == 0 {
            let each = started.elapsed().as_secs_f64() * 1e6 / (order + 1) as f64;
            println!("{} orders placed, {each:.0} microseconds each", order + 1);
        }
    }
    let started = Instant::now();
    let to = u16::try_from(shards).expect("at most 1,024 shards");
    let steps = shop.grow(to);
    shop.shards.set(to);
    let closed_s = started.elapsed().as_secs_f64();
    shop.assert_the_books_balance();
    println!(
        "1 to {to} shards with {orders} orders: ordering closed for {closed_s:.1} s, {steps} steps"
    );
}
