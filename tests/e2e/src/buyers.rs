//! Buyers: clients that place orders through the public API as a careful program does.
//!
//! A request without an answer, or with 503, is sent again with the same key, because what became
//! of it is not known. Every other answer is final.

use std::time::Duration;

use anyhow::{Result, bail};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{Answer, Client};

/// How often a buyer sends one order at most.
const ATTEMPTS_MAX: u32 = 12;
/// The pause before the second attempt; each one is twice the last.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A wish to buy.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The `Idempotency-Key`.
    pub key: String,
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// What became of a wish.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// 201 or 200.
    Placed {
        /// The order as JSON.
        order: Value,
        /// Whether the answer said that the order was there already.
        replayed: bool,
        /// How often the order was sent.
        attempts: u32,
    },
    /// 409 `sold-out`.
    SoldOut {
        /// The problem.
        problem: Value,
    },
}

impl Outcome {
    /// Number and token of the order, if there is one.
    pub fn order(&self) -> Option<&Value> {
        match self {
            Outcome::Placed { order, .. } => Some(order),
            Outcome::SoldOut { .. } => None,
        }
    }
}

/// The body of an order of one line.
pub fn order_body(sku: &str, quantity: u32) -> Value {
    cart_body(&[(sku, quantity)])
}

/// The body of an order.
pub fn cart_body<S: AsRef<str>>(lines: &[(S, u32)]) -> Value {
    let lines = lines.iter();
    let lines = lines.map(|(sku, quantity)| json!({"sku": sku.as_ref(), "quantity": quantity}));
    json!({
        "lines": lines.collect::<Vec<_>>(),
        "customer": {"name": "Li Lei", "email": "lilei@example.com"},
        "shipping_address": {"country": "CN", "region": "Zhejiang", "city": "Hangzhou",
            "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""},
        "delivery": "standard",
        "payment": {"method": "on_delivery"}
    })
}

/// Sends an order once.
///
/// # Errors
/// When there is no answer.
pub async fn send_once(client: &Client, wish: &Wish) -> Result<Answer> {
    send_body(client, &wish.key, &order_body(&wish.sku, wish.quantity)).await
}

/// Sends the body of an order once.
///
/// # Errors
/// When there is no answer.
pub async fn send_body(client: &Client, key: &str, body: &Value) -> Result<Answer> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let body = body.to_string();
    client.send("POST", "/api/v1/orders", &headers, body).await
}

/// Reads an answer to an order; `None` when it does not tell what became of the order.
///
/// # Errors
/// When the answer is none that a buyer may get.
pub fn read(answer: &Answer, attempts: u32) -> Result<Option<Outcome>> {
    let replayed = answer.header("idempotent-replayed");
    match (answer.status, replayed, answer.problem().as_str()) {
        (201, "", "") => Ok(Some(Outcome::Placed {
            order: answer.json()?,
            replayed: false,
            attempts,
        })),
        (200, "true", "") => Ok(Some(Outcome::Placed {
            order: answer.json()?,
            replayed: true,
            attempts,
        })),
        (409, "", "sold-out") => Ok(Some(Outcome::SoldOut {
            problem: answer.json()?,
        })),
        (503, _, _) => Ok(None),
        (status, _, _) => bail!(
            "an order was answered with {status}: {}",
            answer.beginning()
        ),
    }
}

/// Sends an order until it is known what became of it.
///
/// # Errors
/// When the answer is none that a buyer may get, or there is none after many attempts.
pub async fn settle(client: &Client, wish: &Wish) -> Result<Outcome> {
    settle_body(client, &wish.key, &order_body(&wish.sku, wish.quantity)).await
}

/// Sends the body of an order until it is known what became of it.
///
/// # Errors
/// As [`settle`].
pub async fn settle_body(client: &Client, key: &str, body: &Value) -> Result<Outcome> {
    let mut pause = PAUSE_FIRST;
    for attempt in 1..=ATTEMPTS_MAX {
        match send_body(client, key, body).await {
            Ok(answer) => {
                if let Some(outcome) = read(&answer, attempt)? {
                    return Ok(outcome);
                }
            }
            Err(error) if attempt == ATTEMPTS_MAX => return Err(error),
            Err(_) => {}
        }
        // A polite client does not hammer a shop that asks for a pause.
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
    bail!("the order {key} is still unknown after {ATTEMPTS_MAX} attempts")
}

/// Settles many wishes, at most `in_flight` of them at the same time.
///
/// # Errors
/// When one of them cannot be settled.
pub async fn settle_all(
    client: &Client,
    wishes: Vec<Wish>,
    in_flight: usize,
) -> Result<Vec<(Wish, Outcome)>> {
    let settled = stream::iter(wishes).map(async |wish| {
        let outcome = settle(client, &wish).await?;
        anyhow::Ok((wish, outcome))
    });
    let settled: Vec<_> = settled.buffer_unordered(in_flight).collect().await;
    settled.into_iter().collect()
}
