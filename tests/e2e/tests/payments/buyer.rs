//! What a buyer with a card does, and what the tests look at.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use souk_e2e::{Client, Platform, Shop, buyers, catalogue, eventually};
use souk_payment_sandbox::PaymentSummary;
use souk_protocol::origin::Queue;

/// What one unit costs, in minor units.
pub(crate) const PRICE: i64 = 1_299;
pub(crate) const PAYS: &str = "4242 4242 4242 4242";
pub(crate) const DECLINED: &str = "4000 0000 0000 0002";
pub(crate) const ASKS: &str = "4000 0025 0000 3155";

/// A shop that sells tea, so many units of it.
pub(crate) async fn tea_shop(platform: Platform, hold_minutes: u32, units: u32) -> Result<Shop> {
    let shop = Shop::start_taking_cards(platform, hold_minutes).await?;
    let price = u32::try_from(PRICE)?;
    let file = catalogue::CatalogueFile::new(&[catalogue::single("TEA", price, units)])?;
    shop.publish(&file.path()).await?;
    Ok(shop)
}

/// An order that was placed.
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) token: String,
}

/// Places an order for a card, or what else the method says.
pub(crate) async fn place(client: &Client, key: &str, units: u32, method: &str) -> Result<Order> {
    let mut body = buyers::order_body("TEA", units);
    body["payment"] = json!({"method": method});
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let answer = client.send("POST", "/api/v1/orders", &headers, body.to_string());
    let answer = answer.await?;
    ensure!(
        answer.status == 201,
        "{} {}",
        answer.status,
        answer.beginning()
    );
    let order: Value = answer.json()?;
    let text = |name: &str| order[name].as_str().map(str::to_owned);
    Ok(Order {
        id: text("id").context("a number")?,
        token: text("token").context("a token")?,
    })
}

impl Order {
    pub(crate) fn page(&self) -> String {
        format!("/orders/{}?token={}", self.id, self.token)
    }

    /// As the API tells it now.
    pub(crate) async fn read(&self, client: &Client) -> Result<Value> {
        let path = format!("/api/v1/orders/{}?token={}", self.id, self.token);
        client.get(&path).await?.json()
    }

    /// Its status and how far its payment is.
    pub(crate) async fn standing(&self, client: &Client) -> Result<(String, String)> {
        let order = self.read(client).await?;
        let text = |value: &Value| value.as_str().unwrap_or("(none)").to_owned();
        Ok((text(&order["status"]), text(&order["payment"]["status"])))
    }

    /// The address of its payment page.
    pub(crate) async fn pay_url(&self, client: &Client) -> Result<String> {
        let path = format!("/api/v1/orders/{}/payment?token={}", self.id, self.token);
        let answer = client.send("POST", &path, &[], "").await?;
        ensure!(
            answer.status == 200,
            "{} {}",
            answer.status,
            answer.beginning()
        );
        let page: Value = answer.json()?;
        Ok(page["url"].as_str().context("an address")?.to_owned())
    }

    /// Changes it as its buyer.
    pub(crate) async fn change(&self, client: &Client, key: &str, change: &Value) -> Result<()> {
        let path = format!("/api/v1/orders/{}/changes?token={}", self.id, self.token);
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        let answer = client.send("POST", &path, &headers, change.to_string());
        let answer = answer.await?;
        ensure!(
            answer.status == 200,
            "{} {}",
            answer.status,
            answer.beginning()
        );
        Ok(())
    }

    /// Waits until it stands so.
    pub(crate) async fn becomes(&self, client: &Client, status: &str, paid: &str) -> Result<()> {
        let mut last = String::new();
        let what = format!("the order {} is {status} and {paid}", self.id);
        let reached = eventually(&what, async || {
            let (now, payment) = self.standing(client).await?;
            last = format!("{now} and {payment}");
            Ok((now == status && payment == paid).then_some(()))
        });
        reached.await.with_context(|| format!("it is {last}"))
    }

    /// The one payment that holds or took money of it.
    pub(crate) fn payment(&self, shop: &Shop) -> Result<PaymentSummary> {
        let mut payments = shop.sandbox().payments_of(&self.id);
        payments.retain(|payment| payment.status != "canceled");
        ensure!(payments.len() == 1, "{payments:?}");
        Ok(payments.remove(0))
    }

    /// Its money was taken once, and nothing is left to do.
    pub(crate) async fn is_paid_once(&self, shop: &Shop, units: i64) -> Result<()> {
        self.becomes(&shop.client(), "confirmed", "paid").await?;
        let payment = self.payment(shop)?;
        ensure!(payment.captures == 1, "{payment:?}");
        ensure!(payment.captured == units * PRICE, "{payment:?}");
        is_quiet(shop).await
    }
}

/// A browser at the provider: types a card number on a payment page; gives the address where the
/// provider sends it, or `None` when it asks for another card.
pub(crate) async fn type_card(url: &str, number: &str) -> Result<Option<String>> {
    let (provider, path) = split(url)?;
    let form = format!("number={}&expiry=12/34&cvc=123", number.replace(' ', "+"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = provider.send("POST", &path, &headers, form).await?;
    match answer.status {
        303 => Ok(Some(answer.header("location").to_owned())),
        200 => Ok(None),
        status => bail!("the provider said {status}: {}", answer.beginning()),
    }
}

/// Answers the bank's question.
pub(crate) async fn answer_bank(url: &str, answer: &str) -> Result<Option<String>> {
    let (provider, path) = split(url)?;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = format!("answer={answer}");
    let answer = provider.send("POST", &path, &headers, form).await?;
    match answer.status {
        303 => Ok(Some(answer.header("location").to_owned())),
        200 => Ok(None),
        status => bail!("the bank said {status}: {}", answer.beginning()),
    }
}

fn split(url: &str) -> Result<(Client, String)> {
    let place = url.match_indices('/').nth(2).context("a path")?.0;
    Ok((Client::new(&url[..place]), url[place..].to_owned()))
}

/// The path of an address of the shop.
pub(crate) fn path_in(client: &Client, url: &str) -> Result<String> {
    let path = url.strip_prefix(client.base());
    Ok(path
        .with_context(|| format!("{url} is not in the shop"))?
        .to_owned())
}

/// A shopper follows the provider back to the shop; the address of the order's page.
pub(crate) async fn come_back(client: &Client, url: &str) -> Result<String> {
    let answer = client.get(&path_in(client, url)?).await?;
    ensure!(
        answer.status == 303,
        "{} {}",
        answer.status,
        answer.beginning()
    );
    Ok(answer.header("location").to_owned())
}

/// Nothing waits for the provider or for a person, and the books add up.
pub(crate) async fn is_quiet(shop: &Shop) -> Result<()> {
    eventually("nothing is left to do with payments", async || {
        let done = shop.tick().await?;
        ensure!(done.failures.is_empty(), "{:?}", done.failures);
        let queues = shop.queues().await?;
        let payments = queues.iter().find(|depth| depth.queue == Queue::Payments);
        let payments = payments.context("payments have a queue")?;
        ensure!(payments.dead == 0, "{payments:?}");
        Ok((payments.waiting == 0).then_some(()))
    })
    .await?;
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}
