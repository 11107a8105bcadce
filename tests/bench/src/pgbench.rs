//! A row of the whole path to PostgreSQL, against `pgbench` calling the same function.
//!
//! Both sides are compared by the processor time that an order costs altogether: the database, its
//! client, and on the shop's side everything in between. That is what bounds orders per second on a
//! machine, and it hardly depends on what else the machine does.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use souk_contract::{TokioPostgres, postgres_program};
use souk_sql::PostgresDriver;

use crate::bench::{Bench, median};
use crate::load::{CONNECTIONS, Pace};
use crate::orders::{SKUS, order_target};
use crate::report::Row;
use crate::server::{Process, Server};

const ROUNDS: usize = 7;
pub(crate) const NAME: &str = "order-path-to-pgbench";

/// The order of the other rows, as the origin hands it over.
const SCRIPT: &str = r#"\set sku random(0, 999)
\set key random(1, 1000000000000000)
SELECT souk.place('pgbench-' || :key, 'content', 'pgbench-' || :key, 'confirmed', '{SKU-' || :sku || '-0}', '{1}', '{0}', (SELECT '{' || stamp || '}' FROM souk.stock WHERE sku = 'SKU-' || :sku || '-0'), '[{"sku":"SKU-' || :sku || '-0","title":"A product","quantity": 1,"unit_price": 1000,"backordered": 0}]', '{"id":"pgbench-' || :key || '","status":"confirmed","placed_at_ms": 1700000000000,"currency":"USD","lines":[{"sku":"SKU-' || :sku || '-0","title":"A product","quantity": 1,"unit_price": 1000,"backordered": 0}],"shipping": 0,"total": 1000,"details":{"personal":{"unsealed":{"c":{"name":"Li Lei","email":"lilei@example.com"},"a":{"country":"CN","region":"Zhejiang","city":"Hangzhou","postal_code":"310000","line1":"1 Wensan Road","line2":""}}},"delivery":"standard","payment":"on_delivery"}}', 1700000000000, 0, 0, '[]', '');
"#;

/// Processor time that both sides spent on how many orders.
#[derive(Debug, Clone, Copy)]
struct Spent {
    orders: f64,
    cpu: Duration,
    /// Of it, what the database spent.
    database: Duration,
    per_second: f64,
}

impl Spent {
    fn us(self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.orders
    }

    fn database_us(self) -> f64 {
        self.database.as_secs_f64() * 1e6 / self.orders
    }
}

/// Measures the row on a shop that has the catalogue.
///
/// # Errors
/// When the server does not answer, or `pgbench` is not installed.
pub(crate) async fn row(bench: &Bench, shop: &Server, url: &str) -> Result<()> {
    let id = format!("postgres/{NAME}");
    if !bench.wants(&id) {
        return Ok(());
    }
    let connection = TokioPostgres::connect(url).await?;
    let rows = connection
        .query("SELECT pg_catalog.pg_backend_pid()::bigint", &[])
        .await?;
    let backend = rows.first().context("a backend has a number")?.integer(0)?;
    let server = Process::parent_of(u32::try_from(backend)?)?;
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("submit.sql");
    fs::write(&script, SCRIPT)?;
    let (warm, measured) = bench.seconds();
    let orders = order_target(shop, "path", 0..SKUS);
    let path = async |time: Duration| -> Result<Spent> {
        let own = Process::own();
        let others = || own.cpu_time() + shop.process().cpu_time();
        let before = (server.tree_cpu_time(), others());
        let sample = orders.run(Pace::Closed, time).await?;
        let database = server.tree_cpu_time().saturating_sub(before.0);
        Ok(Spent {
            orders: sample.per_second * time.as_secs_f64(),
            cpu: database + others().saturating_sub(before.1),
            database,
            per_second: sample.per_second,
        })
    };
    let bare = |time: Duration| -> Result<Spent> {
        let before = server.tree_cpu_time();
        let (orders, own) = pgbench(url, &script, time)?;
        let database = server.tree_cpu_time().saturating_sub(before);
        Ok(Spent {
            orders,
            cpu: database + own,
            database,
            per_second: orders / time.as_secs_f64(),
        })
    };
    bare(warm)?;
    path(warm).await?;
    let (mut floors, mut shops, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (floor, shop) = (bare(measured)?, path(measured).await?);
        ratios.push(floor.us() / shop.us());
        floors.push(floor);
        shops.push(shop);
    }
    let of = |all: &[Spent], value: fn(Spent) -> f64| {
        median(all.iter().map(|&one| value(one)).collect())
    };
    bench.add(Row { cpu_us: None,
        id,
        value: of(&shops, Spent::us),
        unit: "µs of processor".to_owned(),
        limit: Some(of(&floors, Spent::us)),
        limit_is: "pgbench".to_owned(),
        ratio: Some(median(ratios)),
        goal: Some(0.5),
        note: format!(
            "database, client and all in between, of which the database {:.0} and {:.0}; {:.0}/s and \
             {:.0}/s",
            of(&shops, Spent::database_us),
            of(&floors, Spent::database_us),
            of(&shops, |one| one.per_second),
            of(&floors, |one| one.per_second)
        ),
    });
    Ok(())
}

/// Runs `pgbench` to its end: how many orders it placed, and its own processor time.
fn pgbench(url: &str, script: &std::path::Path, time: Duration) -> Result<(f64, Duration)> {
    let before = Process::own().children_cpu_time();
    let output = Command::new(postgres_program("pgbench")?)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
        .arg(format!("--client={CONNECTIONS}"))
        .arg(format!("--time={}", time.as_secs().max(1)))
        .arg("--file")
        .arg(script)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .context("pgbench cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pgbench failed: {errors}");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("number of transactions actually processed: "));
    let orders = line.context("pgbench counts")?.trim().parse()?;
    Ok((orders, Process::own().children_cpu_time() - before))
}
