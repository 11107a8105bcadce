//! What is lost comes back by the steps of the documents, executed as they stand there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::buyers::order_body;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{DATA_KEYS, Platform, Shop};
use souk_protocol::origin::COPY_CUT_MS_MIN;
use souk_protocol::staff;

/// A second key, of 32 other bytes.
const NEXT_KEY: &str = "second:ICEiIyQlJicoKSorLC0uLzAxMjMyNDU2Nzg5Ojs8PT4=";

/// The commands of a section of the platform's page.
fn steps(platform: Platform, section: &str) -> Result<Vec<String>> {
    let page = match platform {
        Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => {
            "docs/recovery-workers.md"
        }
        Platform::SpinSqlite | Platform::SpinPostgres => "docs/recovery-spin.md",
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(page))?;
    let heading = format!("\n## {section}\n");
    let (_, rest) = text
        .split_once(&heading)
        .with_context(|| format!("{page} has no section '{section}'"))?;
    let section_text = rest.split("\n## ").next().unwrap_or_default();
    let blocks = section_text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let commands: Vec<String> = lines
        .filter_map(|line| line.split('#').next()?.trim().strip_prefix("souk "))
        .map(str::to_owned)
        .collect();
    ensure!(!commands.is_empty(), "{page}, {section}: no command");
    Ok(commands)
}

/// Executes the commands of a section; what they print.
async fn execute(shop: &Shop, section: &str, backup: &Path) -> Result<String> {
    let folder = backup.to_str().context("the path is no text")?;
    let mut printed = String::new();
    for command in steps(shop.platform(), section)? {
        let words: Vec<String> = command
            .split_whitespace()
            .map(|word| match word {
                "BACKUP" => folder.to_owned(),
                word => word.to_owned(),
            })
            .collect();
        let (task, arguments) = words.split_first().context("a command")?;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        printed.push_str(&shop.task(task, &arguments).await?);
    }
    Ok(printed)
}

async fn place(shop: &Shop, key: &str) -> Result<(String, String)> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let body = serde_json::to_vec(&order_body("TEA", 1))?;
    let client = shop.client();
    let answer = client
        .send("POST", "/api/v1/orders", &headers, body)
        .await?;
    ensure!(
        [200, 201].contains(&answer.status),
        "{} {}",
        answer.status,
        answer.beginning()
    );
    let order: Value = answer.json()?;
    let text = |name: &str| order[name].as_str().unwrap_or_default().to_owned();
    let path = format!("/orders/{}?token={}", text("id"), text("token"));
    Ok((text("id"), path))
}

async fn status(shop: &Shop, path: &str) -> Result<u16> {
    Ok(shop.client().get(path).await?.status)
}

/// A shop with a catalogue and an order that is old enough for a backup.
async fn lived(platform: Platform, folder: &Path) -> Result<(Shop, PathBuf, String, String)> {
    let shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let (id, path) = place(&shop, "before the backup").await?;
    // The cut lies this far back, and 30 s more for the clock of the machine that runs the command.
    let cut = u64::try_from(COPY_CUT_MS_MIN)? + 31_000;
    tokio::time::sleep(std::time::Duration::from_millis(cut)).await;
    let backup = folder.join("backup");
    let printed = execute(&shop, "Backing up", &backup).await?;
    ensure!(printed.starts_with("1 orders"), "{printed}");
    Ok((shop, backup, id, path))
}

/// S03, S15: the store of the catalogue is emptied, the origin is lost, the keys are changed.
async fn what_is_lost_comes_back(platform: Platform) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut shop, backup, id, path) = lived(platform, folder.path()).await?;

    shop.restart_without_catalogue().await?;
    ensure!(status(&shop, "/").await? >= 500);
    ensure!(
        status(&shop, &path).await? == 200,
        "the order's page needs the catalogue"
    );
    let (_, placed) = place(&shop, "without a catalogue").await?;
    ensure!(status(&shop, &placed).await? == 200);
    let printed = execute(&shop, "The catalogue store lost something", &backup).await?;
    ensure!(printed.contains("values are there"), "{printed}");
    ensure!(status(&shop, "/products/tea").await? == 200);
    ensure!(status(&shop, "/").await? == 200);

    // A shop with the same keys and nothing else: the order of after the backup is not there.
    drop(shop);
    let mut shop = Shop::start(platform).await?;
    let printed = execute(&shop, "The origin is lost", &backup).await?;
    ensure!(printed.contains("1 orders are back"), "{printed}");
    ensure!(printed.contains("everything adds up"), "{printed}");
    println!("{printed}");
    ensure!(status(&shop, "/").await? == 200);
    ensure!(status(&shop, &path).await? == 200);
    ensure!(status(&shop, &placed).await? == 404);
    let account = shop.stock("TEA").await?;
    ensure!((account.available, account.sold) == (8, 1), "{account:?}");
    let (again, _) = place(&shop, "before the backup").await?;
    ensure!(again == id, "the key of an order is forgotten");
    let again = shop
        .task("restore", &[backup.to_str().context("text")?])
        .await;
    ensure!(again.is_err(), "a shop with orders was restored");

    shop.restart_with_data_keys(&format!("{NEXT_KEY},{DATA_KEYS}"))
        .await?;
    let printed = execute(&shop, "A data key is changed", &backup).await?;
    ensure!(printed.contains("the key first can go"), "{printed}");
    shop.restart_with_data_keys(NEXT_KEY).await?;
    ensure!(status(&shop, &path).await? == 200);
    let printed = execute(&shop, "The data keys are lost", &backup).await?;
    ensure!(printed.contains("the key second seals"), "{printed}");
    Ok(())
}

/// S03: a blob that the published version needs is not deleted.
async fn a_blob_in_use_is_not_deleted(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let bearer = shop.bearer();
    let headers = [("authorization", bearer.as_str())];
    let client = shop.client();
    let path = staff::LIST_PUBLICATIONS.path();
    let known = client.send("GET", path, &headers, Vec::new()).await?;
    let known: Value = known.json()?;
    let manifest = known["versions"][0]["manifest"]
        .as_str()
        .unwrap_or_default();
    let path = format!("/staff/v1/blobs/{manifest}");
    let refused = client.send("DELETE", &path, &headers, Vec::new()).await?;
    ensure!(refused.status == 409, "{}", refused.status);
    ensure!(status(&shop, "/").await? == 200);
    Ok(())
}

/// S07: without data keys nothing can be ordered, and nothing is stored open.
async fn without_data_keys_nothing_can_be_ordered(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    shop.restart_with_data_keys("").await?;
    ensure!(status(&shop, "/").await? == 200);
    ensure!(
        place(&shop, "open").await.is_err(),
        "an order was stored open"
    );
    shop.restart_with_data_keys(DATA_KEYS).await?;
    place(&shop, "open").await.map(drop)
}

/// A test for each platform and statement.
macro_rules! on {
    ($($platform:ident: $variant:ident),+) => {
        $(mod $platform {
            use super::Platform::$variant;

            #[tokio::test]
            async fn what_is_lost_comes_back() -> anyhow::Result<()> {
                super::what_is_lost_comes_back($variant).await
            }

            #[tokio::test]
            async fn a_blob_in_use_is_not_deleted() -> anyhow::Result<()> {
                super::a_blob_in_use_is_not_deleted($variant).await
            }

            #[tokio::test]
            async fn without_data_keys_nothing_can_be_ordered() -> anyhow::Result<()> {
                super::without_data_keys_nothing_can_be_ordered($variant).await
            }
        })+
    };
}

on!(workers: Workers, spin_sqlite: SpinSqlite, spin_postgres: SpinPostgres);
