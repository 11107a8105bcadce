//! Compares the books with the model and with the answers that shoppers and staff got.
//!
//! The auditor reads what is committed, row by row, and adds it up by itself; the production audit
//! runs too, and must agree.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use souk_order_store::StoredOrder;
use souk_protocol::origin::{PaymentMethod, RecordedEvent};
use souk_sql::Row;

use crate::database::Database;
use crate::model::{self, Order, Units};
use crate::world::World;

fn text(row: &Row, column: usize) -> &str {
    row.text(column).expect("a text")
}

fn number(row: &Row, column: usize) -> i64 {
    row.integer(column).expect("a number")
}

fn body<T: DeserializeOwned>(row: &Row, column: usize) -> T {
    serde_json::from_str(text(row, column)).expect("a body that was written")
}

/// What one unit of a movement adds: supplied, available, held, sold.
fn movement(kind: &str) -> Option<[i64; 4]> {
    Some(match kind {
        "supply" | "backorder" | "arrive" => [1, 1, 0, 0],
        "hold" => [0, -1, 1, 0],
        "sell" => [0, -1, 0, 1],
        "settle" => [0, 0, -1, 1],
        "release" => [0, 1, -1, 0],
        "restock" => [0, 1, 0, -1],
        "discard" => [-1, 0, 0, -1],
        "unorder" | "write_off" | "depart" => [-1, -1, 0, 0],
        _ => return None,
    })
}

/// A look at the accounts while everything is going on.
pub(crate) fn glance(world: &World) {
    if world.is_damaged.get() {
        return;
    }
    for database in &world.databases {
        look_at(world, database);
    }
}

fn look_at(world: &World, database: &Database) {
    let mut ledger: BTreeMap<String, [i64; 4]> = BTreeMap::new();
    for row in database.read("SELECT sku, kind, sum(units) FROM stock_movement GROUP BY 1, 2") {
        let Some(unit) = movement(text(&row, 1)) else {
            return world.fail("the ledger knows its movements", text(&row, 1));
        };
        let account = ledger.entry(text(&row, 0).to_owned()).or_default();
        for (sum, unit) in account.iter_mut().zip(unit) {
            *sum += unit * number(&row, 2);
        }
    }
    let repairs = "SELECT sku, sum(supplied), sum(available), sum(held), sum(sold)
        FROM stock_repair GROUP BY 1";
    for row in database.read(repairs) {
        let account = ledger.entry(text(&row, 0).to_owned()).or_default();
        for (at, sum) in account.iter_mut().enumerate() {
            *sum += number(&row, at + 1);
        }
    }
    for row in database.read("SELECT sku, supplied, available, held, sold FROM stock") {
        let account = [1, 2, 3, 4].map(|column| number(&row, column));
        let sku = text(&row, 0);
        if account[1..].iter().any(|&units| units < 0) {
            world.fail("stock is never below zero", format!("{sku}: {account:?}"));
        }
        if account[0] != account[1..].iter().sum::<i64>() {
            world.fail(
                "supplied = available + held + sold",
                format!("{sku}: {account:?}"),
            );
        }
        let moved = ledger.get(sku).copied().unwrap_or_default();
        if moved != account {
            world.fail(
                "the account is the sum of its movements",
                format!("{sku}: {account:?}, moved {moved:?}"),
            );
        }
    }
}

struct Books {
    /// By number: key, as placed, history.
    orders: BTreeMap<String, (String, StoredOrder, Vec<RecordedEvent>)>,
}

impl Books {
    fn read(world: &World) -> Self {
        let mut orders = BTreeMap::new();
        for row in world.read("SELECT id, key, body FROM orders") {
            if text(&row, 2).contains(crate::shopper::NAME) {
                world.fail("no name lies open in the store", text(&row, 0));
            }
            let placed: StoredOrder = body(&row, 2);
            let entry = (text(&row, 1).to_owned(), placed, Vec::new());
            orders.insert(text(&row, 0).to_owned(), entry);
        }
        for row in world.read("SELECT order_id, body FROM order_event ORDER BY order_id, sequence")
        {
            if let Some((_, _, events)) = orders.get_mut(text(&row, 0)) {
                events.push(body(&row, 1));
            }
        }
        Self { orders }
    }
}

/// The whole audit, once everything has come to rest.
pub(crate) fn close(world: &World) {
    glance(world);
    let books = Books::read(world);
    keys(world, &books);
    homes(world);
    let orders = fold(world, &books);
    accounts(world, &orders);
    holds(world, &orders);
    funds(world, &orders);
    provider(world, &orders);
    messages(world, &books, &orders);
    deliveries(world);
}

/// Whatever shards have, the stores of keys know where it is.
fn homes(world: &World) {
    // The only shard of a shop keeps its keys itself.
    if world.plan.shards_later == 1 {
        return;
    }
    let shards = usize::from(world.plan.shards_later);
    let known = world.read("SELECT key, shard FROM key_home");
    let known: BTreeMap<_, _> = known
        .iter()
        .map(|row| (text(row, 0), number(row, 1)))
        .collect();
    let sql = "SELECT key FROM orders UNION ALL SELECT key FROM order_archive
        UNION ALL SELECT 'receipt ' || key FROM receipt";
    for (home, database) in (0..).zip(&world.databases[..shards]) {
        for row in database.read(sql) {
            let said = known.get(text(&row, 0));
            if said != Some(&home) {
                let found = format!("{}: {said:?}, not {home}", text(&row, 0));
                world.fail("the home of every key is known", found);
            }
        }
    }
}

/// One key, one order; what was acknowledged is there as the answer said.
fn keys(world: &World, books: &Books) {
    let seen = world.seen.borrow();
    let mut by_key: BTreeMap<&str, &StoredOrder> = BTreeMap::new();
    for (stored, order, _) in books.orders.values() {
        let key = seen.sent.get(stored).unwrap_or(stored);
        if by_key.insert(key, order).is_some() {
            world.fail("one key means one order", key);
        }
        let submission = seen.submissions.get(key);
        if submission.is_none() && !key.starts_with("probe") {
            world.fail("only known buyers order", key);
        }
        let Some(wish) = submission.map(|one| &one.wish) else {
            continue;
        };
        let lines: Vec<_> = order
            .lines
            .iter()
            .map(|l| (l.sku.clone(), l.quantity))
            .collect();
        if (lines, order.details.payment) != (wish.lines.clone(), wish.method) {
            world.fail(
                "an order is what was asked for",
                format!("{key}: {order:?}, not {wish:?}"),
            );
        }
    }
    for (key, submission) in &seen.submissions {
        let Some(told) = &submission.placed else {
            continue;
        };
        let kept = by_key.get(key.as_str());
        let is_same = kept.is_some_and(|kept| (&kept.id, kept.total) == (&told.id, told.total));
        if !is_same {
            world.fail(
                "acknowledged survives",
                format!("{key}: {told:?}, kept {kept:?}"),
            );
        }
    }
    for (id, known) in &seen.histories {
        let kept = books
            .orders
            .get(id)
            .map_or(&[][..], |(_, _, events)| events);
        if !kept.starts_with(known) {
            world.fail(
                "acknowledged survives",
                format!("{id}: {known:?}, kept {kept:?}"),
            );
        }
    }
}

/// Every history keeps to the rules.
fn fold(world: &World, books: &Books) -> BTreeMap<String, Order> {
    let mut orders = BTreeMap::new();
    for (id, (_, placed, events)) in &books.orders {
        if model::sum(placed) != placed.total {
            let parts = format!("{id}: {placed:?}, not {}", model::sum(placed));
            world.fail("an order costs the sum of its parts", parts);
        }
        let mut order = Order::placed(placed);
        for event in events {
            if let Err(broken) = order.apply(event) {
                world.fail(
                    "what happens to an order is allowed",
                    format!("{id}: {broken}"),
                );
                break;
            }
        }
        orders.insert(id.clone(), order);
    }
    let sql = "SELECT order_id, status, authorised, captured, refunding, refunded FROM order_state";
    for row in world.read(sql) {
        let Some(order) = orders.get(text(&row, 0)) else {
            world.fail("the state is the fold of the events", text(&row, 0));
            continue;
        };
        let kept = [2, 3, 4, 5].map(|column| number(&row, column));
        let known = [
            order.authorised,
            order.captured,
            order.refunding,
            order.refunded,
        ];
        if kept != known || text(&row, 1) != order.status.name() {
            world.fail(
                "the state is the fold of the events",
                format!("{row:?}, not {order:?}"),
            );
        }
    }
    orders
}

/// Every account is what the orders and the deliveries make of it, and nothing is stranded: what
/// no living order has can be ordered.
fn accounts(world: &World, orders: &BTreeMap<String, Order>) {
    let mut expected: BTreeMap<String, Units> = BTreeMap::new();
    let mut supply = |sku: &str, units| {
        expected.entry(sku.to_owned()).or_default().supplied += units;
    };
    for (sku, units) in &world.seen.borrow().first_units {
        supply(sku, *units);
    }
    for line in booked(world).values().flatten() {
        supply(&line.0, line.1);
    }
    for order in orders.values() {
        for (sku, units) in order.units() {
            let entry = expected.entry(sku.to_owned()).or_default();
            *entry = entry.plus(units);
        }
    }
    let mut accounts: BTreeMap<String, [i64; 4]> = BTreeMap::new();
    for row in world.read("SELECT sku, supplied, available, held, sold FROM stock") {
        let account = accounts.entry(text(&row, 0).to_owned()).or_default();
        for (sum, column) in account.iter_mut().zip(1..) {
            *sum += number(&row, column);
        }
    }
    for (sku, kept) in accounts {
        let known = expected.remove(&sku).unwrap_or_default();
        let known_row = [known.supplied, known.available(), known.held, known.sold];
        if kept != known_row {
            let found = format!("{sku}: {kept:?}, not {known_row:?}");
            world.fail("no unit is stranded or sold twice", found);
        }
    }
    if !expected.is_empty() {
        world.fail("every SKU has an account", format!("{expected:?}"));
    }
}

/// Deliveries that are on the books: key → SKU and units.
fn booked(world: &World) -> BTreeMap<String, Vec<(String, i64)>> {
    let mut booked: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for row in world.read(
        "SELECT receipt.key, sku, iif(kind = 'supply', units, -units)
        FROM receipt LEFT JOIN stock_movement ON receipt.key = stock_movement.receipt",
    ) {
        let lines = booked.entry(text(&row, 0).to_owned()).or_default();
        if let (Ok(sku), Ok(units)) = (row.text(1), row.integer(2)) {
            lines.push((sku.to_owned(), units));
        }
    }
    booked
}

fn deliveries(world: &World) {
    let booked = booked(world);
    let seen = world.seen.borrow();
    for (key, delivery) in &seen.deliveries {
        let lines: Vec<_> = delivery
            .lines
            .iter()
            .map(|l| (l.sku.clone(), l.units))
            .collect();
        match booked.get(key) {
            Some(kept) if *kept != lines => {
                world.fail(
                    "a delivery counts once",
                    format!("{key}: {kept:?}, not {lines:?}"),
                );
            }
            None if delivery.is_booked => world.fail("acknowledged survives", key),
            Some(_) | None => {}
        }
    }
    if let Some(unknown) = booked
        .keys()
        .find(|key| !seen.deliveries.contains_key(*key))
    {
        world.fail("only known staff change stock", unknown);
    }
}

/// A hold ends exactly once, in the history and in the ledger.
fn holds(world: &World, orders: &BTreeMap<String, Order>) {
    let mut moved: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for row in world.read(
        "SELECT order_id, kind, sum(units) FROM stock_movement
        WHERE kind IN ('hold', 'settle', 'release') GROUP BY 1, 2",
    ) {
        let begun_and_ended = moved.entry(text(&row, 0).to_owned()).or_default();
        begun_and_ended[usize::from(text(&row, 1) != "hold")] += number(&row, 2);
    }
    for (id, order) in orders {
        let [begun, ended] = moved.remove(id).unwrap_or_default();
        let held = order.method() != PaymentMethod::OnDelivery;
        if order.holds() || order.holds_ended != u32::from(held) || begun != ended {
            let found = format!("{id}: {begun} units held, {ended} not any more; {order:?}");
            world.fail("a hold ends exactly once", found);
        }
    }
}

/// The ledger of funds says what the histories say.
fn funds(world: &World, orders: &BTreeMap<String, Order>) {
    let mut ledger: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in world.read("SELECT order_id, source, target, amount FROM funds_entry") {
        let mut add = |account: &str, amount| {
            *ledger
                .entry((text(&row, 0).to_owned(), account.to_owned()))
                .or_default() += amount;
        };
        add(text(&row, 1), -number(&row, 3));
        add(text(&row, 2), number(&row, 3));
    }
    for (id, order) in orders {
        let of = |account: &str| {
            let key = (id.clone(), account.to_owned());
            ledger.get(&key).copied().unwrap_or_default()
        };
        let kept = [
            of("buyer"),
            of("authorised"),
            of("shop") + of("fees"),
            of("owed"),
        ];
        let stays = order.captured - order.refunding - order.refunded - order.disputed;
        let gone = order.refunded - order.authorised - order.captured;
        if kept != [gone, order.authorised, stays, order.refunding] {
            world.fail(
                "captured - refunded = ledger of funds",
                format!("{id}: {kept:?}, {order:?}"),
            );
        }
    }
}

/// The provider has taken and given back what the books say, and nothing is left to be done.
fn provider(world: &World, orders: &BTreeMap<String, Order>) {
    let mut money: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for payment in world.provider.payments() {
        let [vouched, taken, back] = money.entry(payment.order.clone()).or_default();
        *vouched += if payment.status == "requires_capture" {
            payment.amount
        } else {
            0
        };
        *taken += payment.captured;
        *back += payment.refunds.iter().sum::<i64>();
        if payment.captures > 1 {
            world.fail("money is taken once", format!("{payment:?}"));
        }
    }
    for (id, known) in money {
        let Some(order) = orders.get(&id) else {
            world.fail("money belongs to an order", id);
            continue;
        };
        if known != [order.authorised, order.captured, order.refunded] || order.authorised > 0 {
            world.fail(
                "books and provider agree",
                format!("{id}: {known:?}, {order:?}"),
            );
        }
        let left = order.captured - order.refunded - order.kept;
        if order.is_given_up() && left > 0 {
            world.fail(
                "money for an order without units goes back",
                format!("{id}: {order:?}"),
            );
        }
    }
}

/// The back office has received every event once, and its order index agrees with the histories.
fn messages(world: &World, books: &Books, orders: &BTreeMap<String, Order>) {
    let mut heard: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let sql = "SELECT order_id, sequence FROM order_index_event ORDER BY order_id, sequence";
    for row in world.index.read(sql) {
        heard
            .entry(text(&row, 0).to_owned())
            .or_default()
            .push(number(&row, 1));
    }
    for (id, (_, _, events)) in &books.orders {
        let heard = heard.remove(id).unwrap_or_default();
        let happened = i64::try_from(events.len()).expect("a short history");
        if !heard.iter().copied().eq(0..=happened) {
            let found = format!("{id}: heard of {heard:?}, and the last event is {happened}");
            world.fail("the back office hears of every event once", found);
        }
    }
    if !heard.is_empty() {
        world.fail(
            "acknowledged survives",
            format!("the back office knows {heard:?}"),
        );
    }
    for row in world
        .index
        .read("SELECT id, status, captured, refunded FROM order_index_entry")
    {
        let Some(order) = orders.get(text(&row, 0)) else {
            continue;
        };
        let kept = (text(&row, 1), number(&row, 2), number(&row, 3));
        if kept != (order.status.name(), order.captured, order.refunded) {
            world.fail(
                "the order index says what happened",
                format!("{row:?}, not {order:?}"),
            );
        }
    }
}

/// How many orders there are, and how often each kind of event happened.
pub(crate) fn kinds(world: &World) -> (usize, BTreeMap<String, usize>) {
    let mut kinds = BTreeMap::new();
    if !world.is_free() || world.seen.borrow().first_units.is_empty() {
        return (0, kinds);
    }
    let books = Books::read(world);
    for (_, placed, events) in books.orders.values() {
        let first = format!("placed, {:?}", placed.details.payment);
        let others = events.iter().map(|event| {
            let words = format!("{:?}", event.event);
            words
                .split([' ', '{'])
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        for kind in std::iter::once(first).chain(others) {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    for row in world.read("SELECT kind, count(*) FROM departure GROUP BY 1") {
        let times = usize::try_from(number(&row, 1)).unwrap_or_default();
        *kinds.entry(format!("units {}", text(&row, 0))).or_default() += times;
    }
    for row in world.read("SELECT kind, count(*) FROM stock_repair GROUP BY 1") {
        let times = usize::try_from(number(&row, 1)).unwrap_or_default();
        let kind = format!("units {} by repairs", text(&row, 0));
        *kinds.entry(kind).or_default() += times;
    }
    kinds.insert("keys copied".to_owned(), world.keys_copied.get());
    (books.orders.len(), kinds)
}
