//! What buyers and staff do to a shop at the same time, over HTTP: order, cancel, pay, book units,
//! look. Every command has a key and may be repeated with it; without an answer, the outcome is
//! unknown.
//!
//! Not here: which commands in which order (the tests), buyers alone ([`crate::buyers`]).

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use souk_protocol::origin::{Action, ReceiptLine, StockQuery, StockReport};
use souk_protocol::staff;

use crate::{Answer, Client, buyers};

/// How often a command is tried until its outcome is known.
const ATTEMPTS_MAX: u32 = 40;
/// The pause before the second attempt; each one is twice the last.
const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// An order as the answer to its buyer describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Number.
    pub id: String,
    /// Opens the order.
    pub token: String,
    /// What, and how many of it.
    pub lines: Vec<(String, u32)>,
    /// What is to be paid, in minor units.
    pub total: i64,
}

/// What a buyer or the staff do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A buyer orders.
    Order {
        /// What, and how many of it.
        lines: Vec<(String, u32)>,
        /// `on_delivery` or `transfer`.
        method: &'static str,
    },
    /// Staff cancel an order.
    Cancel(Placed),
    /// A transfer has arrived.
    Pay(Placed),
    /// Units come in, or are missing.
    Receive {
        /// Of what.
        sku: String,
        /// How many; negative for missing ones.
        units: i64,
    },
    /// Staff look how many units can be ordered.
    Look {
        /// Of what.
        sku: String,
    },
}

/// The outcome of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The order is placed.
    Placed(Placed),
    /// There are too few units: so many can be ordered, if the answer says so. For shoppers it
    /// says only whether there are any.
    TooFew(Option<i64>),
    /// The SKU is under a sold-out hold: there were no units when the hold began, and units that
    /// came back since are sold when it is over.
    OnSoldOutHold,
    /// It is so now.
    Done,
    /// The order does not allow it: where it stands.
    Illegal(String),
    /// So many can be ordered.
    Seen(i64),
}

/// Sends commands to one shop.
#[derive(Debug, Clone)]
pub struct Clerk {
    client: Client,
    bearer: String,
}

impl Clerk {
    /// A clerk with the staff's token.
    pub fn new(client: Client, bearer: String) -> Self {
        Self { client, bearer }
    }

    /// Does it once; `None` when the outcome is unknown.
    ///
    /// # Errors
    /// When the answer is one that no client may get.
    pub async fn try_once(&self, key: &str, command: &Command) -> Result<Option<Done>> {
        let sent = match command {
            Command::Order { lines, method } => {
                let mut body = buyers::cart_body(lines);
                body["payment"]["method"] = (*method).into();
                self.post("/api/v1/orders", key, &body).await
            }
            Command::Cancel(order) => {
                let reason = "changed my mind".to_owned();
                self.change(key, order, &Action::Cancel { reason }).await
            }
            Command::Pay(order) => {
                let (amount, reference) = (order.total, "bank".to_owned());
                self.change(key, order, &Action::ReceivePayment { amount, reference })
                    .await
            }
            Command::Receive { sku, units } => {
                let line = ReceiptLine {
                    sku: sku.clone(),
                    units: *units,
                };
                let receipt = staff::Receipt {
                    lines: vec![line],
                    reason: "counted".to_owned(),
                };
                self.post(staff::RECEIVE_STOCK.path(), key, &receipt).await
            }
            Command::Look { sku } => {
                let query = StockQuery {
                    skus: vec![sku.clone()],
                };
                self.post(staff::READ_STOCK.path(), key, &query).await
            }
        };
        match sent {
            Ok(answer) if answer.status != 503 => read(command, &answer).map(Some),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Does it until the outcome is known, always with the same key.
    ///
    /// # Errors
    /// As [`Clerk::try_once`], and when the outcome is unknown after many attempts.
    pub async fn settle(&self, key: &str, command: &Command) -> Result<Done> {
        let mut pause = PAUSE_FIRST;
        for _ in 0..ATTEMPTS_MAX {
            if let Some(done) = self.try_once(key, command).await? {
                return Ok(done);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        bail!("{key}: {command:?} is still unknown after {ATTEMPTS_MAX} attempts")
    }

    /// The order as its buyer sees it now.
    ///
    /// # Errors
    /// When the shop does not answer, or has no such order.
    pub async fn order(&self, order: &Placed) -> Result<Value> {
        let path = format!("/api/v1/orders/{}?token={}", order.id, order.token);
        let answer = self.client.get(&path).await?;
        if answer.status != 200 {
            bail!("{order:?}: {} {}", answer.status, answer.beginning());
        }
        answer.json()
    }

    async fn change(&self, key: &str, order: &Placed, action: &Action) -> Result<Answer> {
        let path = staff::CHANGE_ORDER.at(&[&order.id]);
        self.post(path.path(), key, action).await
    }

    async fn post(&self, path: &str, key: &str, body: &impl serde::Serialize) -> Result<Answer> {
        let headers = [
            ("authorization", self.bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        // The public API knows no staff.
        let headers = &headers[usize::from(path.starts_with("/api/"))..];
        self.client
            .send("POST", path, headers, serde_json::to_vec(body)?)
            .await
    }
}

fn read(command: &Command, answer: &Answer) -> Result<Done> {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!({}));
    let available = || said["available"].as_i64().context("how many there are");
    Ok(match (command, answer.status, answer.problem().as_str()) {
        (Command::Order { lines, .. }, 200 | 201, "") => {
            let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
            Done::Placed(Placed {
                id: text("id"),
                token: text("token"),
                lines: lines.clone(),
                total: said["total"]["amount"].as_i64().context("a total")?,
            })
        }
        (Command::Order { .. }, 409, "sold-out") if !answer.header("retry-after").is_empty() => {
            ensure!(
                available()? == 0,
                "under a sold-out hold, and {}",
                answer.beginning()
            );
            Done::OnSoldOutHold
        }
        (Command::Order { .. }, 409, "sold-out") => {
            let left = said["available"].as_i64();
            ensure!(
                left.is_none_or(|left| left == 0),
                "a shopper sees how many there are: {}",
                answer.beginning()
            );
            Done::TooFew(left)
        }
        (Command::Cancel(_) | Command::Pay(_) | Command::Receive { .. }, 200, "") => Done::Done,
        (Command::Cancel(_) | Command::Pay(_), 409, "conflict") => {
            Done::Illegal(said["order_status"].as_str().unwrap_or_default().to_owned())
        }
        (Command::Receive { .. }, 409, "conflict") => Done::TooFew(Some(available()?)),
        (Command::Look { sku }, 200, "") => {
            let report: StockReport = answer.json()?;
            let account = report.accounts.iter().find(|account| account.sku == *sku);
            Done::Seen(account.context("an account")?.available)
        }
        (command, status, _) => bail!("{command:?}: {status} {}", answer.beginning()),
    })
}
