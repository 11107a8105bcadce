//! What visitors ask of a shop: the API of a sale.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use souk_protocol::problem::Problem;
use souk_protocol::public::{Sale, Ticket};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::event::{Seen, TicketState};
use crate::connections::{Answer, Unanswered};
use crate::generator::Generator;
use crate::record::Step;

/// A sale of a shop.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(super) generator: Arc<Generator>,
    id: String,
    /// The SKU under which its first item is ordered.
    sku: String,
    /// Units of it that one buyer may have.
    pub(super) limit: u32,
    pub(super) opens_at: SystemTime,
    steps: Steps,
}

#[derive(Debug)]
struct Steps {
    ticket: Step,
    poll: Step,
    order: Step,
    guess: Step,
    attempt: Step,
}

/// An answer, with its moments.
pub(super) struct Answered {
    pub(super) sent: Duration,
    pub(super) answered: Duration,
    pub(super) answer: Result<Answer, Unanswered>,
}

/// A ticket and what it shows.
pub(super) struct Held {
    pub(super) ticket: String,
    pub(super) orders_path: Option<String>,
    pub(super) seen: Seen,
}

impl Shop {
    /// Looks what a sale sells, and when it opens.
    pub(super) async fn look(generator: Arc<Generator>, id: &str) -> Result<Self> {
        let path = format!("/api/v1/sales/{id}");
        let step = generator.step("sale");
        let request = Request::get(&path).body(Bytes::new());
        let answer = generator.send(step, generator.now(), request?).await?;
        ensure!(answer.status == 200, "GET {path}: status {}", answer.status);
        let sale: Sale = serde_json::from_slice(&answer.body).context("the sale")?;
        let opens_at = OffsetDateTime::parse(&sale.opens_at, &Rfc3339)?;
        let item = sale.items.first().context("the sale sells nothing here")?;
        let steps = Steps {
            ticket: generator.step("ticket"),
            poll: generator.step("poll"),
            order: generator.step("order"),
            guess: generator.step("guess"),
            attempt: generator.step("attempt after sell-out"),
        };
        Ok(Self {
            id: id.to_owned(),
            sku: item.sold_as.clone(),
            limit: item.limit,
            opens_at: opens_at.into(),
            generator,
            steps,
        })
    }

    pub(super) async fn ask_for_ticket(&self, planned: Duration, visitor: u32) -> Answered {
        let path = format!("/api/v1/sales/{}/tickets", self.id);
        let body = json!({ "email": email(visitor) });
        let request = request(Method::POST, &path, visitor, &[], Some(&body));
        self.send(self.steps.ticket, planned, request).await
    }

    pub(super) async fn poll(&self, planned: Duration, visitor: u32, ticket: &str) -> Answered {
        let path = format!("/api/v1/sales/{}/tickets/{ticket}", self.id);
        let request = request(Method::GET, &path, visitor, &[], None);
        self.send(self.steps.poll, planned, request).await
    }

    /// The only order of a visitor: a second one with the same ticket finds the first.
    pub(super) async fn order(
        &self,
        planned: Duration,
        visitor: u32,
        ticket: &str,
        path: &str,
    ) -> Answered {
        let key = format!("order-{visitor}");
        let request = self.order_request(path, visitor, Some(ticket), &key);
        self.send(self.steps.order, planned, request).await
    }

    /// An order at an address that is guessed, for a ticket of the bot's own.
    pub(super) async fn guess(
        &self,
        planned: Duration,
        bot: u32,
        ticket: Option<&str>,
        code: &str,
    ) -> Answered {
        let path = format!("/api/v1/sales/{}/orders/{code}", self.id);
        let request = self.order_request(&path, bot, ticket, code);
        self.send(self.steps.guess, planned, request).await
    }

    /// An order for the sale like any other order, which has no ticket.
    pub(super) async fn order_without_ticket(
        &self,
        planned: Duration,
        visitor: u32,
        key: &str,
    ) -> Answered {
        let request = self.order_request("/api/v1/orders", visitor, None, key);
        self.send(self.steps.guess, planned, request).await
    }

    /// The same once everything is sold.
    pub(super) async fn attempt(&self, visitor: u32, key: &str) -> Answered {
        let request = self.order_request("/api/v1/orders", visitor, None, key);
        self.send(self.steps.attempt, self.generator.now(), request)
            .await
    }

    fn order_request(
        &self,
        path: &str,
        visitor: u32,
        ticket: Option<&str>,
        key: &str,
    ) -> Request<Bytes> {
        let mut headers = vec![("idempotency-key", key)];
        headers.extend(ticket.map(|ticket| ("souk-ticket", ticket)));
        let body = json!({
            "lines": [{ "sku": self.sku, "quantity": 1 }],
            "customer": { "name": "Li Lei", "email": email(visitor) },
            "shipping_address": { "country": "CN", "region": "Zhejiang", "city": "Hangzhou",
                "postal_code": "310000", "line1": "1 Wensan Road", "line2": "" },
            "delivery": "standard",
            "payment": { "method": "on_delivery" },
        });
        request(Method::POST, path, visitor, &headers, Some(&body))
    }

    async fn send(&self, step: Step, planned: Duration, request: Request<Bytes>) -> Answered {
        self.generator.wait_until(planned).await;
        let sent = self.generator.now();
        let answer = self.generator.send(step, planned, request).await;
        Answered {
            sent,
            answered: self.generator.now(),
            answer,
        }
    }
}

impl Answered {
    /// The status; 0 where there is no answer.
    pub(super) fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }

    /// When the shop wants to be asked again.
    pub(super) fn retry_at(&self) -> Duration {
        let after_s = self.answer.as_ref().ok();
        let after_s = after_s.and_then(|answer| answer.header("retry-after").parse().ok());
        self.answered + Duration::from_secs(after_s.unwrap_or(1))
    }

    /// The ticket that it shows.
    pub(super) fn held(&self) -> Result<Held> {
        let answer = self.answer.as_ref().ok().context("no answer")?;
        let ticket: Ticket = serde_json::from_slice(&answer.body).context("a ticket")?;
        Ok(Held {
            seen: Seen {
                state: TicketState::parse(&ticket.state)?,
                rank: ticket.rank,
                poll_after_s: ticket.poll_after_s,
            },
            ticket: ticket.ticket,
            orders_path: ticket.orders_path,
        })
    }

    /// The kind of the problem that it is; the status where it is none.
    pub(super) fn problem(&self) -> String {
        let answer = self.answer.as_ref().ok();
        let problem: Option<Problem> =
            answer.and_then(|answer| serde_json::from_slice(&answer.body).ok());
        let kind = problem.map(|problem| problem.kind);
        let kind = kind.as_deref().and_then(|kind| kind.rsplit('/').next());
        kind.map_or_else(|| format!("status {}", self.status()), str::to_owned)
    }
}

pub(super) fn email(visitor: u32) -> String {
    format!("visitor-{visitor}@example.com")
}

fn request(
    method: Method,
    path: &str,
    visitor: u32,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Request<Bytes> {
    // Each visitor has an address of its own, in the header in which each platform reads it.
    let [_, high, middle, low] = visitor.to_be_bytes();
    let address = format!("10.{high}.{middle}.{low}");
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("cf-connecting-ip", &address)
        .header("x-forwarded-for", &address);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map(|body| Bytes::from(body.to_string()));
    let request = request.body(body.unwrap_or_default());
    request.expect("ids, tickets and codes have no sign that an address cannot have")
}
