//! Rows of ordering, against a write that does nothing but take a unit and keep the order.

use std::ops::Range;

use anyhow::Result;
use souk_contract::TokioPostgres;

use crate::bench::{Bench, Platform, SHARDS, Side};
use crate::load::Target;
use crate::server::Server;
use crate::shop::{Staff, catalogue, order_body};
use crate::{back_office, hot, pgbench};

/// SKUs that orders are spread over; the floor has stock of as many.
pub(crate) const SKUS: u64 = 1_000;

/// The bare write in PostgreSQL: one call of one function, as the shop's.
const BARE: &str = "
    DROP SCHEMA IF EXISTS bench CASCADE;
    CREATE SCHEMA bench;
    CREATE TABLE bench.stock (
        sku text PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0)
    ) WITH (fillfactor = 50);
    CREATE TABLE bench.orders (key text PRIMARY KEY, sku text NOT NULL, body text NOT NULL);
    INSERT INTO bench.stock SELECT 'SKU-' || n || '-0', 1000000000 FROM generate_series(0, 999) AS n;
    CREATE FUNCTION bench.take(asked text, new_key text, new_body text)
    RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE bench.stock SET available = available - 1 WHERE sku = asked;
        INSERT INTO bench.orders VALUES (new_key, asked, new_body);
        RETURN 'ok';
    END $$";

/// Measures ordering on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    let names = ["order-spread", "order-hot"];
    let others = [back_office::NAME, pgbench::NAME, OVER_SHARDS, TO_RELAYED];
    let all: Vec<_> = names.into_iter().chain(hot::NAMES).chain(others).collect();
    if !bench.wants_any(platform, &all) {
        return Ok(());
    }
    let (limit_is, goal, floor_path) = match platform {
        Platform::Workers => ("bare write", Some(0.8), "/"),
        Platform::Spin => ("bare write", Some(0.8), "/sqlite/"),
        Platform::Postgres => ("bare call", Some(0.5), "/postgres/"),
    };
    let floor = bench.start(platform, Side::Floor).await?;
    let shop = bench.start(platform, Side::Shop).await?;
    let catalogue = catalogue(usize::try_from(SKUS)?);
    Staff::new(shop.server.staff)
        .publish(&catalogue, &catalogue.products)
        .await?;
    for (name, skus) in names.into_iter().zip([SKUS, 1]) {
        let id = format!("{}/{name}", platform.name());
        if !bench.wants(&id) {
            continue;
        }
        let bare = writes(&floor.server, floor_path, name, skus);
        let orders = order_target(&shop.server, name, 0..skus);
        let row = bench
            .throughput(&id, (limit_is, &bare), &orders, goal)
            .await?;
        bench.add(row);
    }
    let id = format!("{}/{TO_RELAYED}", platform.name());
    let relay_path = match platform {
        Platform::Workers => None,
        Platform::Spin => Some("/relay/sqlite/"),
        Platform::Postgres => Some("/relay/postgres/"),
    };
    if let Some(path) = relay_path.filter(|_| bench.wants(&id)) {
        let relayed = writes(&floor.server, path, "relayed", SKUS);
        let orders = order_target(&shop.server, "to-relayed", 0..SKUS);
        let limit_is = format!("{limit_is}, relayed");
        let row = bench
            .throughput(&id, (&limit_is, &relayed), &orders, None)
            .await?;
        bench.add(row);
    }
    hot::rows(bench, platform, &shop.server).await?;
    back_office::row(bench, platform, &shop.server).await?;
    if platform == Platform::Workers {
        shards(bench, &shop.server).await?;
    }
    if let Some(url) = &shop.url {
        pgbench::row(bench, &shop.server, url).await?;
    }
    Ok(())
}

/// Orders against a bare write behind a component that only sends it on: what is left of the ratio
/// is the shop's own work, since it consists of two components as well.
const TO_RELAYED: &str = "order-to-relayed";

/// Orders over several objects, against the same on one.
const OVER_SHARDS: &str = "order-over-shards";

/// What an order costs more when the origin has several objects: its key is looked up in one more.
/// All objects of this machine share its processors, so this says nothing of how much more they can
/// do on machines of their own.
async fn shards(bench: &Bench, one: &Server) -> Result<()> {
    let id = format!("workers/{OVER_SHARDS}");
    if !bench.wants(&id) {
        return Ok(());
    }
    let several = bench.start(Platform::Workers, Side::Sharded).await?;
    let catalogue = catalogue(usize::try_from(SKUS)?);
    Staff::new(several.server.staff)
        .publish(&catalogue, &catalogue.products)
        .await?;
    let on_one = order_target(one, "on-one", 0..SKUS);
    let on_several = order_target(&several.server, "on-several", 0..SKUS);
    let limit_is = format!("one object, not {SHARDS}");
    let floor = (limit_is.as_str(), &on_one);
    let row = bench.throughput(&id, floor, &on_several, None).await?;
    bench.add(row);
    Ok(())
}

fn sku(number: u64, skus: u64) -> String {
    format!("SKU-{}-0", number % skus)
}

/// Orders of one unit, of these SKUs in turn. The name is unique to them: their keys begin with it.
pub(crate) fn order_target(server: &Server, name: &'static str, skus: Range<u64>) -> Target {
    let address = server.address;
    Target::new(server, move |number, into| {
        let sku = skus.start + number % (skus.end - skus.start);
        let body = order_body(&format!("SKU-{sku}-0"));
        let head = format!(
            "POST /api/v1/orders HTTP/1.1\r\nhost: {address}\r\nidempotency-key: {name}-{number}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        into.extend_from_slice(head.as_bytes());
        into.extend_from_slice(body.as_bytes());
    })
}

fn writes(server: &Server, path: &'static str, name: &'static str, skus: u64) -> Target {
    let address = server.address;
    Target::new(server, move |number, into| {
        let sku = sku(number, skus);
        let body = order_body(&sku);
        let head = format!(
            "POST {path}{sku}/{name}-{number} HTTP/1.1\r\nhost: {address}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        into.extend_from_slice(head.as_bytes());
        into.extend_from_slice(body.as_bytes());
    })
}

/// Makes what the floor calls.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn make_bare_function(url: &str) -> Result<()> {
    let connection = TokioPostgres::connect(url).await?;
    connection.client().batch_execute(BARE).await?;
    Ok(())
}
