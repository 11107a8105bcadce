//! Attacks on the staff API and the metrics: what a stranger, or a token that leaked, can do.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_e2e::buyers::order_body;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Client, Platform, Shop, eventually};
use souk_protocol::staff::{CREATE_TOKEN, LIST_TOKENS, METRICS, REVOKE_TOKEN, TOKENS_FRESH_MS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer that waits for a body does not come within this time.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Requests with a wrong token.
const TRIES: usize = 400;

async fn open(platform: Platform) -> Result<Shop> {
    let shop = Shop::start(platform).await?;
    let file = CatalogueFile::new(&[single("TEA", 1_000, 7)])?;
    shop.publish(&file.path()).await?;
    Ok(shop)
}

async fn with(client: &Client, method: &str, path: &str, bearer: &str) -> Result<Answer> {
    let headers = [("authorization", bearer)];
    client.send(method, path, &headers, Vec::new()).await
}

/// A token, as `souk staff token create` prints it.
async fn token(shop: &Shop, name: &str, permissions: &[&str]) -> Result<String> {
    let mut arguments = vec!["token", "create", name];
    for permission in permissions {
        arguments.extend(["--permission", permission]);
    }
    let printed = shop.task("staff", &arguments).await?;
    Ok(format!("Bearer {}", printed.trim()))
}

/// Sends the head of a request whose body never comes; the status of the answer.
async fn head_alone(shop: &Shop, method: &str, path: &str, bearer: &str) -> Result<u16> {
    let base = shop.client().base().to_owned();
    let address = base.strip_prefix("http://").context("an address")?;
    let mut stream = TcpStream::connect(address).await?;
    let length = 25 * 1024 * 1024;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {bearer}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = [0; 12];
    let read = tokio::time::timeout(AT_ONCE, stream.read_exact(&mut answer)).await;
    read.with_context(|| format!("{method} {path} waits for its body"))??;
    let status = String::from_utf8_lossy(&answer[9..]).into_owned();
    status.parse().context("a status")
}

async fn no_body_is_read_before_it_is_allowed(platform: Platform) -> Result<()> {
    let shop = open(platform).await?;
    let tick = token(&shop, "cron", &["tick"]).await?;
    let catalogue = token(&shop, "publisher", &["catalogue"]).await?;
    let blob = format!("/staff/v1/blobs/{}", "0".repeat(32));
    for (bearer, status) in [("Bearer wrong", 401), (tick.as_str(), 403)] {
        for (method, path) in [
            ("PUT", blob.as_str()),
            ("POST", "/staff/v1/publications"),
            ("POST", "/staff/v1/repairs"),
        ] {
            let answered = head_alone(&shop, method, path, bearer).await?;
            ensure!(answered == status, "{method} {path}: {answered}");
        }
    }
    // One that is allowed has the bound of its operation, by its declared length.
    for (method, path) in [("PUT", blob.as_str()), ("POST", "/staff/v1/publications")] {
        let answered = head_alone(&shop, method, path, &catalogue).await?;
        ensure!(answered == 413, "{method} {path}: {answered}");
    }
    Ok(())
}

async fn a_narrow_token_opens_its_own_part_and_nothing_else(platform: Platform) -> Result<()> {
    let mut shop = open(platform).await?;
    let monitoring = token(&shop, "monitoring", &["metrics"]).await?;
    let packer = token(&shop, "packer", &["orders"]).await?;
    let client = shop.client();
    let placed = client
        .send(
            "POST",
            "/api/v1/orders",
            &[
                ("content-type", "application/json"),
                ("idempotency-key", "narrow"),
            ],
            serde_json::to_vec(&order_body("TEA", 1))?,
        )
        .await?;
    let placed: Value = placed.json()?;
    let id = placed["id"].as_str().context("a number")?;
    let order = format!("/staff/v1/orders/{id}");
    for (path, bearer, status) in [
        (METRICS.path(), monitoring.as_str(), 200),
        ("/staff/v1/orders", &monitoring, 403),
        (&order, &monitoring, 403),
        ("/staff/v1/tokens", &monitoring, 403),
        (&order, &packer, 200),
        ("/staff/v1/publications", &packer, 403),
        (METRICS.path(), &packer, 403),
        // The deployment's secret makes tokens, and reads nothing.
        (&order, &shop.bearer_of_deployment(), 403),
        (LIST_TOKENS.path(), &shop.bearer_of_deployment(), 200),
    ] {
        let answer = with(&client, "GET", path, bearer).await?;
        ensure!(answer.status == status, "{path}: {}", answer.status);
    }
    let record = with(&client, "GET", &order, &packer).await?.text();
    let customer = placed["customer"]["name"].as_str().context("a name")?;
    ensure!(!record.contains(customer), "{record}");
    let forged = json!({"action": "receive_payment", "amount": 1, "reference": "forged"});
    let headers = [
        ("authorization", packer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "forged"),
    ];
    let path = format!("{order}/changes");
    let answer = client
        .send("POST", &path, &headers, forged.to_string())
        .await?;
    ensure!(answer.status == 403, "{}", answer.status);
    let pack = json!({"action": "allocate"}).to_string();
    let answer = client.send("POST", &path, &headers, pack).await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    let record: Value = answer.json()?;
    let events = record["events"].as_array().context("a history")?;
    let last = events.last().context("an event")?;
    ensure!(last["by_name"] == "packer", "{last}");

    // A revoked token is refused everywhere after a short time, also by a process that is new.
    let path = REVOKE_TOKEN.at(&["packer"]);
    let deployment = shop.bearer_of_deployment();
    let revoked = with(&client, "DELETE", path.path(), &deployment).await?;
    ensure!(revoked.status == 204, "{}", revoked.beginning());
    tokio::time::sleep(Duration::from_millis(TOKENS_FRESH_MS.unsigned_abs())).await;
    let answer = with(&client, "GET", &order, &packer).await?;
    ensure!(answer.status == 401, "{}", answer.status);
    shop.restart().await?;
    let answer = with(&shop.client(), "GET", &order, &packer).await?;
    ensure!(answer.status == 401, "{}", answer.status);
    let answer = with(&shop.client(), "GET", METRICS.path(), &monitoring).await?;
    ensure!(answer.status == 200, "{}", answer.status);
    Ok(())
}

async fn guesses_are_slowed_down_and_counted_and_valid_tokens_go_on(
    platform: Platform,
) -> Result<()> {
    let shop = open(platform).await?;
    let monitoring = token(&shop, "monitoring", &["metrics"]).await?;
    let client = shop.client();
    let began = Instant::now();
    let mut slowed = 0;
    for guess in 0..TRIES {
        let bearer = format!("Bearer guess-{guess}");
        let answer = with(&client, "GET", "/staff/v1/orders", &bearer).await?;
        match answer.status {
            401 => {}
            429 => {
                ensure!(!answer.header("retry-after").is_empty(), "{answer:?}");
                slowed += 1;
            }
            status => anyhow::bail!("{status} {}", answer.beginning()),
        }
    }
    println!(
        "{platform:?}: {slowed} of {TRIES} slowed down in {:?}",
        began.elapsed()
    );
    ensure!(slowed > 0, "nothing slowed the guesses down");
    let metrics = with(&client, "GET", METRICS.path(), &monitoring).await?;
    ensure!(
        metrics.status == 200,
        "a valid token is answered: {}",
        metrics.status
    );
    // An instance that ends takes the refusals of its last second with it.
    let name = "souk_staff_refused_total{reason=\"unknown\"} ";
    eventually("refused tries are counted", async || {
        let metrics = with(&client, "GET", METRICS.path(), &monitoring)
            .await?
            .text();
        let count = metrics.lines().find_map(|line| line.strip_prefix(name));
        let count: usize = count.context("a counter")?.parse()?;
        Ok((1..=TRIES).contains(&count).then_some(()))
    })
    .await?;
    let log = shop.log_end();
    let lines = log
        .lines()
        .filter(|line| line.contains("the staff API refused"));
    ensure!(
        lines.count() <= 1 + began.elapsed().as_secs() as usize / 60,
        "{log}"
    );
    Ok(())
}

async fn metrics_and_exact_stock_are_not_public(platform: Platform) -> Result<()> {
    let mut shop = open(platform).await?;
    shop.restart_with_closed_metrics().await?;
    let monitoring = token(&shop, "monitoring", &["metrics"]).await?;
    let packer = token(&shop, "packer", &["orders"]).await?;
    let client = shop.client();
    let closed = client.get("/metrics").await?;
    ensure!(closed.status == 401, "{}", closed.status);
    ensure!(!closed.text().contains("souk_"), "{}", closed.text());
    for (bearer, status) in [
        ("Bearer wrong", 401),
        (packer.as_str(), 403),
        (&monitoring, 200),
    ] {
        let answer = with(&client, "GET", "/metrics", bearer).await?;
        ensure!(
            answer.status == status,
            "{}: {}",
            answer.status,
            answer.beginning()
        );
    }
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "all-of-it"),
    ];
    let body = serde_json::to_vec(&order_body("TEA", 9))?;
    let refused = client
        .send("POST", "/api/v1/orders", &headers, body)
        .await?;
    ensure!(refused.status == 409, "{}", refused.beginning());
    let problem: Value = refused.json()?;
    ensure!(problem["available"] == Value::Null, "{problem}");
    ensure!(!refused.text().contains('7'), "{problem}");
    Ok(())
}

async fn a_lost_answer_gives_the_same_token_again(platform: Platform) -> Result<()> {
    let mut shop = open(platform).await?;
    let asked = json!({"name": "cron", "permissions": ["tick"]}).to_string();
    let make = async |shop: &Shop| -> Result<Value> {
        let bearer = shop.bearer_of_deployment();
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "a lost answer once more"),
        ];
        let path = CREATE_TOKEN.path();
        let client = shop.client();
        let made = client.send("POST", path, &headers, asked.clone()).await?;
        ensure!(made.status == 200, "{}", made.beginning());
        made.json()
    };
    let first = make(&shop).await?;
    shop.restart().await?;
    ensure!(make(&shop).await? == first, "another token");
    // The token is in no store.
    let token = first["token"].as_str().context("a token")?.to_owned();
    shop.kill_hard();
    let dump = shop.dump().await?;
    let is_there = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
    ensure!(
        is_there("cron") && !is_there(&token),
        "the token lies in a store"
    );
    Ok(())
}

souk_e2e::on_every_platform!(
    no_body_is_read_before_it_is_allowed,
    a_narrow_token_opens_its_own_part_and_nothing_else,
    guesses_are_slowed_down_and_counted_and_valid_tokens_go_on,
    metrics_and_exact_stock_are_not_public,
    a_lost_answer_gives_the_same_token_again,
);
