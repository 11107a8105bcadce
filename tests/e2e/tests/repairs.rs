//! The audit names what a person with access to the database has damaged, and staff repair it.
//!
//! Not here: every kind of drift (`souk_order_store::contract`).

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::buyers::{self, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Platform, Shop, eventually};
use souk_protocol::origin::{DriftKind, Repair};
use souk_protocol::staff::{self, Worklist};

async fn edited_rows_are_repaired(platform: Platform) -> Result<()> {
    let mut shop = Shop::start_without_queue(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 50)])?.path())
        .await?;
    let orders = [place(&shop, "a").await?, place(&shop, "b").await?];
    wait_for_orders(&shop, 2).await?;
    let right = shop.stock("TEA").await?;
    ensure!((right.available, right.sold) == (48, 2), "{right:?}");

    shop.kill_hard();
    let lost = &orders[1];
    let edit = |schema: &str| {
        format!(
            "UPDATE {schema}stock SET available = available - 1, sold = sold + 1
                WHERE sku = 'TEA' AND available > 0;
            DELETE FROM {schema}message WHERE order_id = '{lost}';
            DELETE FROM {schema}delivered WHERE order_id = '{lost}'"
        )
    };
    shop.damage(&edit(""), &edit("souk.")).await?;
    shop.restart().await?;

    let Err(named) = shop.task("audit", &[]).await else {
        anyhow::bail!("the audit is content");
    };
    ensure!(named.to_string().contains("souk audit --repair"));
    let drift = shop.audit().await?.drift;
    let names = |kind: DriftKind, subject: &str| {
        let mut drift = drift.iter();
        drift.any(|one| one.kind == kind && one.subject == subject)
    };
    ensure!(
        names(DriftKind::Ledger, "TEA") && names(DriftKind::Outbox, lost),
        "{drift:?}"
    );

    let (sku, order) = (json!({"sku": "TEA"}), json!({"order": lost}));
    let preview: Repair = ask(&shop, "r", &sku, true).await?.json()?;
    let [account] = preview.accounts.as_slice() else {
        anyhow::bail!("{preview:?}");
    };
    ensure!(account.after == right, "{account:?}");
    ensure!(shop.audit().await?.drift == drift);
    for number in 0..2 {
        let answer = ask(&shop, "r", &sku, false).await?;
        ensure!(answer.status == 200, "{}", answer.beginning());
        let is_replayed = answer.header("idempotent-replayed") == "true";
        ensure!(is_replayed == (number == 1));
        ensure!(answer.json::<Repair>()? == preview);
    }
    ensure!(shop.stock("TEA").await? == right);
    refusals(&shop, &sku, &order).await?;

    let told = ["--repair", lost, "--reason", "the outbox was emptied"];
    let words = shop.task("audit", &told).await?;
    ensure!(words.ends_with("everything adds up\n"), "{words}");
    // The event message is delivered again, and counts once.
    place(&shop, "c").await?;
    wait_for_orders(&shop, 3).await?;
    eventually("nothing waits any more", async || {
        shop.wake().await?;
        let waiting: i64 = shop.queues().await?.iter().map(|one| one.waiting).sum();
        Ok((waiting == 0).then_some(()))
    })
    .await?;
    let totals = shop
        .ask_staff("GET", staff::REPORT_ORDERS.path(), None, "")
        .await?;
    let totals: Value = totals.json()?;
    ensure!(
        totals[0]["orders"] == 3 && totals[0]["units"] == 3,
        "{totals}"
    );
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

async fn refusals(shop: &Shop, sku: &Value, order: &Value) -> Result<()> {
    ask(shop, "r", order, false)
        .await?
        .is_problem(422, "idempotency-key-reused")?;
    let unknown = json!({"sku": "NONE"});
    ask(shop, "u-1", &unknown, false)
        .await?
        .is_problem(422, "unknown-sku")?;
    let unknown = json!({"order": "NO-SUCH"});
    ask(shop, "u-2", &unknown, false)
        .await?
        .is_problem(404, "not-found")?;
    let both = json!({"sku": "TEA", "order": "NO-SUCH"});
    ask(shop, "u-3", &both, false)
        .await?
        .is_problem(422, "invalid-request")?;
    let keyless = shop
        .ask_staff("POST", staff::REPAIR.path(), None, sku.to_string())
        .await?;
    keyless.is_problem(400, "idempotency-key-missing")?;
    let open = shop.client().get(staff::REPAIR.path()).await?;
    open.is_problem(401, "unauthorized")?;
    let read = shop
        .ask_staff("GET", staff::REPAIR.path(), None, "")
        .await?;
    read.is_problem(405, "method-not-allowed")
}

async fn ask(shop: &Shop, key: &str, subject: &Value, preview: bool) -> Result<Answer> {
    let mut body = subject.clone();
    body["reason"] = "edited by hand".into();
    body["preview"] = preview.into();
    shop.ask_staff("POST", staff::REPAIR.path(), Some(key), body.to_string())
        .await
}

async fn place(shop: &Shop, key: &str) -> Result<String> {
    let wish = Wish {
        key: key.to_owned(),
        sku: "TEA".to_owned(),
        quantity: 1,
    };
    let outcome = buyers::settle(&shop.client(), &wish).await?;
    let id = outcome.order().and_then(|order| order["id"].as_str());
    Ok(id.context("there is enough tea")?.to_owned())
}

async fn wait_for_orders(shop: &Shop, count: usize) -> Result<()> {
    eventually("the orders are in the order index", async || {
        shop.wake().await?;
        let list = shop
            .ask_staff("GET", staff::LIST_ORDERS.path(), None, "")
            .await?;
        Ok((list.json::<Worklist>()?.orders.len() == count).then_some(()))
    })
    .await
}

souk_e2e::on_every_platform_and_over_shards!(edited_rows_are_repaired);
