//! What is lost comes back by the steps of the documents, executed as they stand there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::buyers::{self, order_body};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{DATA_KEYS, Platform, Shop, eventually};
use souk_payment_sandbox::server::now_ms;
use souk_payment_sandbox::{CardBehaviour, PaymentSummary};
use souk_protocol::origin::COPY_CUT_MS_MIN;
use souk_protocol::staff::{self, Mismatch, UnmatchedPayment};

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
    place_body(shop, key, &order_body("TEA", 1)).await
}

async fn place_body(shop: &Shop, key: &str, body: &Value) -> Result<(String, String)> {
    let answer = buyers::send_body(&shop.client(), key, body).await?;
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

/// Waits until what has happened lies before the cut of a backup: so far back, and 30 s more for the
/// clock of the machine that runs the command.
async fn be_old_enough() -> Result<()> {
    let cut = u64::try_from(COPY_CUT_MS_MIN)? + 31_000;
    tokio::time::sleep(Duration::from_millis(cut)).await;
    Ok(())
}

/// A shop with a catalogue and an order that is old enough for a backup.
async fn lived(platform: Platform, folder: &Path) -> Result<(Shop, PathBuf, String, String)> {
    let shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let (id, path) = place(&shop, "before the backup").await?;
    be_old_enough().await?;
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
    // Without a catalogue a new order has no price; one that was placed is found.
    let unpriced =
        buyers::send_body(&shop.client(), "after the backup", &order_body("TEA", 1)).await?;
    ensure!(unpriced.status == 503, "{}", unpriced.beginning());
    let (again, _) = place(&shop, "before the backup").await?;
    ensure!(again == id, "the key of an order is forgotten");
    let printed = execute(&shop, "The catalogue store lost something", &backup).await?;
    ensure!(printed.contains("values are there"), "{printed}");
    ensure!(status(&shop, "/products/tea").await? == 200);
    ensure!(status(&shop, "/").await? == 200);
    let (_, placed) = place(&shop, "after the backup").await?;
    ensure!(status(&shop, &placed).await? == 200);

    // A shop with the same secrets and nothing else: the order of after the backup is not there.
    shop.restart_without_stores().await?;
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
    // A restore that stopped after the last batch goes on after it.
    let again = shop
        .task("restore", &[backup.to_str().context("text")?])
        .await?;
    ensure!(again.contains("has the whole backup"), "{again}");

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

/// An order that is paid by card.
struct CardOrder {
    id: String,
    /// Of its page.
    path: String,
}

impl CardOrder {
    async fn place(shop: &Shop, key: &str) -> Result<Self> {
        let mut body = order_body("TEA", 1);
        body["payment"] = json!({"method": "card"});
        let (id, path) = place_body(shop, key, &body).await?;
        Ok(Self { id, path })
    }

    /// Opens a payment page; the provider's name of it.
    async fn open_page(&self, shop: &Shop) -> Result<String> {
        let path = self.path.replace("?token", "/payment?token");
        let path = format!("/api/v1{path}");
        let opened = shop.client().send("POST", &path, &[], "").await?;
        ensure!(opened.status == 200, "{}", opened.beginning());
        let opened: Value = opened.json()?;
        let name = opened["url"]
            .as_str()
            .and_then(|url| url.rsplit('/').next());
        Ok(name.context("an address")?.to_owned())
    }

    /// Pays on a page; the shop hears of it, and takes the money.
    async fn pay(&self, shop: &Shop, page: &str) -> Result<()> {
        shop.sandbox().pay(page, CardBehaviour::Pays, now_ms());
        eventually("the order is paid", async || {
            let (status, payment) = self.standing(shop).await?;
            Ok(((status.as_str(), payment.as_str()) == PAID).then_some(()))
        })
        .await
    }

    /// Its status and that of its payment.
    async fn standing(&self, shop: &Shop) -> Result<(String, String)> {
        let path = format!("/api/v1{}", self.path);
        let order: Value = shop.client().get(&path).await?.json()?;
        let text = |value: &Value| value.as_str().unwrap_or("(none)").to_owned();
        Ok((text(&order["status"]), text(&order["payment"]["status"])))
    }

    /// Its one payment, which was taken once.
    fn payment(&self, shop: &Shop) -> Result<PaymentSummary> {
        let mut payments = shop.sandbox().payments_of(&self.id);
        ensure!(payments.len() == 1, "{payments:?}");
        let payment = payments.remove(0);
        ensure!(payment.captures == 1 && payment.captured > 0, "{payment:?}");
        Ok(payment)
    }
}

const PAID: (&str, &str) = ("confirmed", "paid");

/// The payments that no order has, as the tool tells a program.
async fn unmatched(shop: &Shop) -> Result<Vec<UnmatchedPayment>> {
    let arguments = ["unmatched", "--since", "2020-01-01", "--json"];
    let printed = shop.task("payments", &arguments).await?;
    Ok(serde_json::from_str(&printed)?)
}

/// S15: what the provider has taken since the backup is booked where the backup has the order, and
/// listed where it has not.
async fn payments_since_the_backup_are_found(platform: Platform) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("backup");
    let mut shop = Shop::start_taking_cards(platform, 60).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let paid = CardOrder::place(&shop, "paid before").await?;
    paid.pay(&shop, &paid.open_page(&shop).await?).await?;
    let open = CardOrder::place(&shop, "with an open page").await?;
    let page = open.open_page(&shop).await?;
    let bare = CardOrder::place(&shop, "without a page").await?;
    be_old_enough().await?;
    let printed = execute(&shop, "Backing up", &backup).await?;
    ensure!(printed.starts_with("3 orders"), "{printed}");
    open.pay(&shop, &page).await?;
    bare.pay(&shop, &bare.open_page(&shop).await?).await?;
    let lost = CardOrder::place(&shop, "since the backup").await?;
    lost.pay(&shop, &lost.open_page(&shop).await?).await?;
    ensure!(unmatched(&shop).await?.is_empty());

    shop.restart_without_stores().await?;
    let printed = execute(&shop, "The origin is lost", &backup).await?;
    ensure!(printed.contains("3 orders are back"), "{printed}");
    ensure!(printed.contains("everything adds up"), "{printed}");
    let about = |order: &CardOrder| {
        let lines = printed.lines().filter(|line| line.contains(&order.id));
        lines.count()
    };
    // In the table, and what to do about it.
    ensure!(
        about(&lost) == 2 && printed.contains("no such order"),
        "{printed}"
    );
    for order in [&paid, &open, &bare] {
        ensure!(about(order) == 0, "{printed}");
        let standing = order.standing(&shop).await?;
        ensure!(
            (standing.0.as_str(), standing.1.as_str()) == PAID,
            "{standing:?}"
        );
        order.payment(&shop)?;
    }
    ensure!(status(&shop, &lost.path).await? == 404);
    let found = unmatched(&shop).await?;
    let payment = lost.payment(&shop)?;
    ensure!(found.len() == 1, "{found:?}");
    ensure!(found[0].mismatch == Mismatch::UnknownOrder, "{found:?}");
    let taken = &found[0].taken;
    ensure!(
        (&taken.order, &taken.payment) == (&lost.id, &payment.id),
        "{found:?}"
    );
    ensure!(taken.captured == payment.captured, "{found:?}");
    shop.sandbox()
        .refund_by_hand(&payment.id, payment.captured, now_ms());
    ensure!(unmatched(&shop).await?.is_empty());
    let account = shop.stock("TEA").await?;
    ensure!((account.available, account.sold) == (6, 3), "{account:?}");
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
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
    shop.restart_closed_with(&[("data_keys", "")]).await?;
    ensure!(status(&shop, "/").await? == 200);
    ensure!(
        place(&shop, "open").await.is_err(),
        "an order was stored open"
    );
    shop.restart_with(&[]).await?;
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

            // The provider's own server goes on beside the test.
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn payments_since_the_backup_are_found() -> anyhow::Result<()> {
                super::payments_since_the_backup_are_found($variant).await
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
