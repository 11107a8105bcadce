//! An origin of several objects on Workers: for a shopper it is the one that sells, for staff the
//! one whose books add up, whatever lies on which object.
//!
//! What happens when messages get lost is the simulation's; here the objects are real.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod carts;
mod fewer;
mod growth;
mod sold_out_hold;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::buyers;
use souk_e2e::{Answer, Client, Shop, eventually};
use souk_protocol::origin::StockAccount;
use souk_protocol::shards::ShardsReport;
use souk_protocol::staff;
use souk_sharding::layout;

/// As [`souk_e2e::Platform::WorkersSharded`] has.
pub(crate) const SHARDS: u16 = 3;
/// What a unit costs, in minor units.
pub(crate) const PRICE: u32 = 1_999;

/// Names of SKUs whose hash puts them on a shard.
pub(crate) fn skus_of(shard: u16, name: &str, count: usize) -> Vec<String> {
    let names = (0..).map(|number| format!("{name}-{number}"));
    let names = names.filter(|sku| layout::place_by_hash(sku, SHARDS) == shard);
    names.take(count).collect()
}

/// The body of an order of several lines.
pub(crate) fn cart(lines: &[(&str, u32)]) -> Value {
    buyers::cart_body(lines)
}

/// Sends an order that is placed at once; the order.
pub(crate) async fn place(client: &Client, key: &str, body: &Value) -> Result<Value> {
    let answer = buyers::send_body(client, key, body).await?;
    let said = answer.beginning();
    ensure!(answer.status == 201, "{key}: {} {said}", answer.status);
    answer.json()
}

/// A text of an order.
pub(crate) fn text<'a>(order: &'a Value, name: &str) -> &'a str {
    order[name].as_str().unwrap_or_default()
}

/// The shard on which an order lives, as its number says.
pub(crate) fn home(order: &Value) -> u16 {
    layout::home_of(text(order, "id"))
}

/// The order as its buyer sees it now.
pub(crate) async fn look(client: &Client, order: &Value) -> Result<Value> {
    let (id, token) = (text(order, "id"), text(order, "token"));
    let path = format!("/api/v1/orders/{id}?token={token}");
    let answer = client.get(&path).await?;
    ensure!(answer.status == 200, "{path}: {}", answer.beginning());
    answer.json()
}

/// What an account says: supplied, available, held, sold.
pub(crate) fn numbers(account: &StockAccount) -> (i64, i64, i64, i64) {
    let StockAccount {
        supplied,
        available,
        held,
        sold,
        ..
    } = *account;
    (supplied, available, held, sold)
}

/// Waits until the accounts of a SKU, of all shards together, say so. Units on their way between
/// shards are in none of them, for as long as they are on their way.
pub(crate) async fn comes_to(shop: &Shop, sku: &str, wanted: (i64, i64, i64, i64)) -> Result<()> {
    let mut last = None;
    let what = format!("{sku} comes to {wanted:?}");
    let reached = eventually(&what, async || {
        let account = numbers(&shop.stock(sku).await?);
        last = Some(account);
        Ok((account == wanted).then_some(()))
    });
    reached.await.with_context(|| format!("it is {last:?}"))
}

/// The books of all shards add up.
pub(crate) async fn books_add_up(shop: &Shop, orders: usize) -> Result<()> {
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    ensure!(audit.orders == i64::try_from(orders)?, "{audit:?}");
    Ok(())
}

/// The shards as staff see them.
pub(crate) async fn shards(shop: &Shop) -> Result<ShardsReport> {
    let answer = shop
        .ask_staff("GET", staff::READ_SHARDS.path(), None, "")
        .await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

pub(crate) fn is_problem(answer: &Answer, status: u16, kind: &str) -> Result<()> {
    let said = (answer.status, answer.problem());
    ensure!(
        said == (status, kind.to_owned()),
        "{said:?} {}",
        answer.beginning()
    );
    Ok(())
}
