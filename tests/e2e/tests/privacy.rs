//! Personal fields lie sealed in every store, and stay readable when the key is changed.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use souk_e2e::buyers::{self, order_body};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Client, DATA_KEYS, Platform, Shop};
use souk_protocol::origin::Action;

/// A second key, of 32 other bytes.
const NEXT_KEY: &str = "second:ICEiIyQlJicoKSorLC0uLzAxMjMyNDU2Nzg5Ojs8PT4=";

/// What must be found nowhere. Each is rare enough to be no accident.
const PLANTED: [&str; 5] = [
    "Quetzalina Vandersnoot",
    "Jumblewick",
    "欧阳璎珞",
    "7 Xylophone Crescent",
    "leave it with the ocelot",
];

async fn place(client: &Client) -> Result<(Value, String)> {
    let mut body = order_body("TEA", 1);
    body["customer"] = json!({"name": "Quetzalina Vandersnoot 欧阳璎珞",
        "email": "q@jumblewick.example"});
    body["shipping_address"]["line1"] = json!("7 Xylophone Crescent");
    body["shipping_address"]["line2"] = json!("Jumblewick House");
    body["note"] = json!("leave it with the ocelot");
    let answer = buyers::send_body(client, "planted", &body).await?;
    ensure!(
        [200, 201].contains(&answer.status),
        "{} {}",
        answer.status,
        answer.beginning()
    );
    let order: Value = answer.json()?;
    let text = |name: &str| order[name].as_str().unwrap_or_default().to_owned();
    let path = format!("/api/v1/orders/{}?token={}", text("id"), text("token"));
    Ok((order, path))
}

fn holds(dump: &[u8], text: &str) -> bool {
    dump.windows(text.len())
        .any(|window| window == text.as_bytes())
}

async fn no_store_shows_a_name_and_keys_can_be_changed(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let (placed, path) = place(&shop.client()).await?;
    let read = async |shop: &Shop| -> Result<()> {
        let found = shop.client().get(&path).await?;
        ensure!(found.status == 200, "{}", found.status);
        let found: Value = found.json()?;
        ensure!(found == placed, "{found} is not {placed}");
        Ok(())
    };
    read(&shop).await?;
    shop.kill_hard();
    let dump = shop.dump().await?;
    // The dump is one: it has the order.
    let id = placed["id"].as_str().unwrap_or_default();
    ensure!(
        holds(&dump, id) && holds(&dump, "v1.first."),
        "the order is not in the dump"
    );
    for planted in PLANTED {
        ensure!(!holds(&dump, planted), "{planted:?} lies open in a store");
    }
    // Nor can a copy of the store ask the shop for what is sealed in it.
    let token = placed["token"].as_str().unwrap_or_default();
    ensure!(token.len() == 32, "{placed}");
    ensure!(!holds(&dump, token), "the order's token is in a store");

    // A new key in front: the order opens, and is sealed with it from then on.
    shop.restart_with_data_keys(&format!("{NEXT_KEY},{DATA_KEYS}"))
        .await?;
    read(&shop).await?;
    shop.restart_with_data_keys(NEXT_KEY).await?;
    read(&shop).await?;
    let (again, _) = place(&shop.client()).await?;
    ensure!(again == placed, "the retry found another order");
    // Without its key an order does not open, and nothing else breaks.
    shop.restart_with_data_keys(DATA_KEYS).await?;
    let lost = shop.client().get(&path).await?;
    ensure!(lost.status >= 500, "{}", lost.status);
    ensure!(
        !PLANTED.iter().any(|planted| lost.text().contains(planted)),
        "{}",
        lost.text()
    );
    // Staff and payments go on with it, and the shopper's page opens again with the key.
    let id = placed["id"].as_str().unwrap_or_default();
    let record = shop.change(id, "pack", &Action::Allocate).await?;
    ensure!(record["progress"]["status"] == "allocated", "{record}");
    ensure!(
        !PLANTED
            .iter()
            .any(|planted| record.to_string().contains(planted)),
        "{record}"
    );
    shop.restart_with_data_keys(NEXT_KEY).await?;
    let found: Value = shop.client().get(&path).await?.json()?;
    ensure!(found["customer"] == placed["customer"], "{found}");
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

/// A test for each platform and statement.
macro_rules! on {
    ($($platform:ident: $variant:ident),+) => {
        $(mod $platform {
            #[tokio::test]
            async fn no_store_shows_a_name_and_keys_can_be_changed() -> anyhow::Result<()> {
                super::no_store_shows_a_name_and_keys_can_be_changed(super::Platform::$variant).await
            }
        })+
    };
}

on!(workers: Workers, spin_sqlite: SpinSqlite, spin_postgres: SpinPostgres);
