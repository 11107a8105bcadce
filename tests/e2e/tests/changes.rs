//! Orders that their buyers change until they are packed, on shops that run: units, codes and money go
//! back, by the forms of the page without scripts and by the API.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::{Client, Platform, Shop, tools};
use souk_protocol::origin::Action;

/// What a client sends as JSON under a key.
async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Result<(u16, Value)> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let answer = client
        .send("POST", path, &headers, body.to_string())
        .await?;
    Ok((answer.status, answer.json()?))
}

/// Three mugs for Albany with a code that a buyer has once: 40.39.
fn order() -> Value {
    json!({
        "lines": [{"sku": "MUG", "quantity": 3}],
        "codes": ["WELCOME10"],
        "customer": {"name": "Li Lei", "email": "lilei@example.com"},
        "shipping_address": {"country": "US", "region": "NY", "city": "Albany",
            "postal_code": "12207", "line1": "1 Main Street"},
        "delivery": "standard",
        "payment": {"method": "on_delivery"},
    })
}

/// Number and token of an order that is placed.
async fn place(client: &Client, key: &str) -> Result<(String, String)> {
    let (status, placed) = post(client, "/api/v1/orders", key, &order()).await?;
    ensure!(status == 201, "{status} {placed}");
    let text = |name: &str| placed[name].as_str().map(str::to_owned);
    Ok((
        text("id").context("a number")?,
        text("token").context("a token")?,
    ))
}

/// The value of a hidden field of a page.
fn hidden<'p>(page: &'p str, name: &str) -> Result<&'p str> {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&begin).context("the field")?;
    let (value, _) = rest.split_once('"').context("its value")?;
    Ok(value)
}

async fn units_and_the_use_of_a_code_come_back(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::terms_folder()).await?;
    let client = shop.client();
    let before = shop.stock("MUG").await?;
    let (id, token) = place(&client, "changes-1").await?;
    // By the page's form.
    let path = format!("/orders/{id}?token={token}");
    let page = client.get(&path).await?.text();
    let form = format!(
        "token={token}&key={}&action=set_quantity&line=0&quantity=2",
        hidden(&page, "key")?
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let to = format!("/orders/{id}/change");
    let changed = client.send("POST", &to, &headers, form).await?;
    ensure!(
        changed.status == 303,
        "{} {}",
        changed.status,
        changed.beginning()
    );
    let page = client.get(changed.header("location")).await?.text();
    ensure!(
        page.contains("Your order is changed.") && page.contains("× 2"),
        "{page}"
    );
    ensure!(shop.stock("MUG").await?.available == before.available - 2);
    let api = format!("/api/v1/orders/{id}?token={token}");
    let read: Value = client.get(&api).await?.json()?;
    ensure!(read["lines"][0]["quantity"] == 2, "{read}");
    ensure!(read["total"]["amount"].as_i64() < Some(4_039), "{read}");
    // Another tax is another price.
    let changes = format!("/api/v1/orders/{id}/changes?token={token}");
    let address = json!({"action": "set_address", "address": {"country": "US", "region": "CA",
        "city": "Cupertino", "postal_code": "95014", "line1": "1 Main Street"}});
    let (status, refused) = post(&client, &changes, "far", &address).await?;
    ensure!(
        (status, &refused["type"]) == (409, &json!("/problems/not-editable")),
        "{refused}"
    );
    let address = json!({"action": "set_address", "address": {"country": "US", "region": "NY",
        "city": "Albany", "postal_code": "12207", "line1": "2 Side Street"}});
    let (status, moved) = post(&client, &changes, "near", &address).await?;
    ensure!(status == 200, "{moved}");
    ensure!(
        moved["shipping_address"]["line1"] == "2 Side Street",
        "{moved}"
    );
    // By the API, twice.
    let cancel = json!({"action": "cancel"});
    for _ in 0..2 {
        let (status, cancelled) = post(&client, &changes, "off", &cancel).await?;
        ensure!(
            (status, &cancelled["status"]) == (200, &json!("cancelled")),
            "{cancelled}"
        );
    }
    ensure!(shop.stock("MUG").await? == before, "all units are back");
    // So is the use of the code.
    let (second, token) = place(&client, "changes-2").await?;
    shop.change(&second, "a", &Action::Allocate).await?;
    let changes = format!("/api/v1/orders/{second}/changes?token={token}");
    let (status, refused) = post(&client, &changes, "late", &cancel).await?;
    ensure!(
        (status, &refused["type"]) == (409, &json!("/problems/not-editable")),
        "{refused}"
    );
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

souk_e2e::on_every_platform_and_over_shards!(units_and_the_use_of_a_code_come_back);
