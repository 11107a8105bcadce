//! How long a backup and a restore take on a real runtime, and a repair of the catalogue store alone.
//!
//! `cargo run -p souk-e2e --example recovery_time -- spin-sqlite 10000` (or `workers`, `spin-postgres`)
//! places so many orders, makes a backup, empties the catalogue store and repairs it, loses every
//! store and restores them. It needs what `cargo xtask build` makes, and the variables that `cargo
//! xtask test` sets for the end-to-end tests (`SOUK_CLI`, `SOUK_SPIN_RUNNER` and so on).

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use souk_e2e::buyers::{Wish, settle_all};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Platform, Shop};
use souk_protocol::origin::COPY_CUT_MS_MIN;

const SKUS: usize = 100;
const IN_FLIGHT: usize = 32;
/// A step of progress.
const ORDERS_SHOWN: usize = 1_000;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let platform = match arguments.next().as_deref() {
        Some("workers") => Platform::Workers,
        None | Some("spin-sqlite") => Platform::SpinSqlite,
        Some("spin-postgres") => Platform::SpinPostgres,
        Some(other) => bail!("'{other}' is none of workers, spin-sqlite and spin-postgres"),
    };
    let orders = arguments.next().map_or(Ok(10_000), |text| text.parse())?;

    let mut shop = Shop::start(platform).await?;
    let sku = |n: usize| format!("SKU-{}", n % SKUS);
    let products: Vec<_> = (0..SKUS)
        .map(|n| single(&sku(n), 1_000, 1_000_000))
        .collect();
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let mut placed = 0;
    while placed < orders {
        let end = orders.min(placed + ORDERS_SHOWN);
        let wishes = (placed..end).map(|n| Wish {
            key: format!("order-{n}"),
            sku: sku(n),
            quantity: 1,
        });
        settle_all(&shop.client(), wishes.collect(), IN_FLIGHT).await?;
        placed = end;
        eprintln!("{placed} of {orders} orders");
    }
    let cut = Duration::from_millis(COPY_CUT_MS_MIN.unsigned_abs()) + Duration::from_secs(31);
    eprintln!(
        "waiting {} s, until a backup has all of them",
        cut.as_secs()
    );
    tokio::time::sleep(cut).await;

    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("backup");
    let backup = backup.to_str().context("the path is no text")?;
    let timed = async |what: &str, shop: &Shop, task: &str, arguments: &[&str]| {
        let began = Instant::now();
        let printed = shop.task(task, arguments).await?;
        let last = printed.lines().last().unwrap_or_default();
        println!(
            "{platform:?}: {what}: {:.1} s ({last})",
            began.elapsed().as_secs_f64()
        );
        anyhow::Ok(())
    };
    timed("backup", &shop, "backup", &[backup]).await?;
    shop.restart_without_catalogue().await?;
    let repair = ["--repair", "--from", backup];
    timed("catalogue repaired", &shop, "verify", &repair).await?;
    shop.restart_without_stores().await?;
    timed("restore", &shop, "restore", &[backup]).await
}
