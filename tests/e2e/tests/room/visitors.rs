//! Visitors that buy through the API, each with an address of their own.
//!
//! They poll earlier than `poll_after_s` says. That spares the shop and no more: a place does not depend
//! on how often its owner polls, as long as the pauses are not longer, so they meet each change sooner.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};
use souk_e2e::buyers::order_body;
use souk_e2e::{Answer, Client, eventually, eventually_within};

use crate::evening::{PATIENCE, SOLD_AS, now_ms};

const TICKETS: &str = "/api/v1/sales/drop/tickets";
const POLLS: Duration = Duration::from_millis(500);

/// A visitor with a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    number: usize,
    pub(crate) ticket: String,
    pub(crate) seed: String,
    /// Once it was shown.
    pub(crate) rank: Option<String>,
    /// What the ticket was last.
    pub(crate) state: String,
    pub(crate) orders_path: Option<String>,
    /// The number of the order.
    pub(crate) order: Option<String>,
}

fn email(number: usize) -> String {
    format!("visitor-{number}@example.com")
}

/// The header in which each platform reads the address of a visitor.
fn from(number: usize) -> [(&'static str, String); 2] {
    let address = format!("192.0.2.{}", number + 1);
    [
        ("cf-connecting-ip", address.clone()),
        ("x-forwarded-for", address),
    ]
}

async fn send(
    client: &Client,
    number: usize,
    method: &str,
    path: &str,
    more: &[(&str, &str)],
    body: &Value,
) -> Result<Answer> {
    let from = from(number);
    let mut headers: Vec<_> = from
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    headers.extend(more);
    let body = match body {
        Value::Null => String::new(),
        body => {
            headers.push(("content-type", "application/json"));
            body.to_string()
        }
    };
    client.send(method, path, &headers, body).await
}

/// Asks for a ticket until the edge knows the time well enough to give one.
async fn ticket_of(client: &Client, number: usize) -> Result<Value> {
    eventually("a ticket", async || {
        let body = json!({ "email": email(number) });
        let answer = send(client, number, "POST", TICKETS, &[], &body).await?;
        match answer.status {
            201 => {
                let ticket: Value = answer.json()?;
                let text = ticket["ticket"].as_str().context("a ticket")?;
                let location = answer.header("location");
                ensure!(location == format!("{TICKETS}/{text}"), "{location}");
                ensure!(answer.header("cache-control") == "no-store", "{answer:?}");
                Ok(Some(ticket))
            }
            503 => Ok(None),
            _ => bail!("{}", answer.beginning()),
        }
    })
    .await
}

impl Visitor {
    /// Gets a ticket before the opening.
    pub(crate) async fn comes(client: &Client, number: usize) -> Result<Self> {
        let shown = ticket_of(client, number).await?;
        ensure!(shown["state"] == "gathering", "{shown}");
        let is_secret = shown["rank"].is_null() && shown["orders_path"].is_null();
        ensure!(is_secret, "it is shown before the opening: {shown}");
        let text = |name: &str| shown[name].as_str().map(str::to_owned).context("a text");
        Ok(Self {
            number,
            ticket: text("ticket")?,
            seed: text("seed")?,
            rank: None,
            state: "gathering".to_owned(),
            orders_path: None,
            order: None,
        })
    }

    /// Asks for a second ticket, which has to be the same place.
    pub(crate) async fn comes_again(&self, client: &Client) -> Result<()> {
        let again = ticket_of(client, self.number).await?;
        ensure!(again["seed"] == self.seed, "another place: {again}");
        Ok(())
    }

    /// Polls once; a shop that does not know the time is asked again later.
    pub(crate) async fn polls(&mut self, client: &Client) -> Result<()> {
        let path = format!("{TICKETS}/{}", self.ticket);
        let answer = send(client, self.number, "GET", &path, &[], &Value::Null).await?;
        if answer.status == 503 {
            return Ok(());
        }
        ensure!(answer.status == 200, "{}", answer.beginning());
        let shown: Value = answer.json()?;
        let state = shown["state"].as_str().context("a state")?;
        let was = std::mem::replace(&mut self.state, state.to_owned());
        let goes_back = matches!(
            (was.as_str(), state),
            ("called" | "missed", "waiting" | "gathering") | ("missed", "called")
        );
        ensure!(!goes_back, "the window went back, from {was} to {state}");
        if let Some(rank) = shown["rank"].as_str() {
            let known = self.rank.get_or_insert_with(|| rank.to_owned());
            ensure!(known == rank, "the place changed from {known} to {rank}");
        }
        self.orders_path = shown["orders_path"].as_str().map(str::to_owned);
        ensure!(
            self.orders_path.is_some() == (state == "called"),
            "an address and no turn, or the other way round: {shown}"
        );
        Ok(())
    }

    /// Sends an order to an address of the sale, under a key.
    pub(crate) async fn order_at(&self, client: &Client, path: &str, key: &str) -> Result<Answer> {
        let mut body = order_body(SOLD_AS, 1);
        body["customer"]["email"] = email(self.number).into();
        let more = [
            ("souk-ticket", self.ticket.as_str()),
            ("idempotency-key", key),
        ];
        send(client, self.number, "POST", path, &more, &body).await
    }

    /// The key of the visitor's only order.
    pub(crate) fn key(&self) -> String {
        format!("order-{}", self.number)
    }

    /// Orders at its address, until it is known what became of that; an answer other than 503.
    pub(crate) async fn orders(&self, client: &Client) -> Result<Answer> {
        let path = self.orders_path.clone().context("a called visitor")?;
        eventually("an order", async || {
            let answer = self.order_at(client, &path, &self.key()).await?;
            Ok((answer.status != 503).then_some(answer))
        })
        .await
    }

    /// Whether nothing comes any more.
    pub(crate) fn is_done(&self) -> bool {
        self.order.is_some() || matches!(self.state.as_str(), "missed" | "sold_out" | "over")
    }
}

/// Visitors with tickets for the draw.
pub(crate) async fn gather(client: &Client, count: usize) -> Result<Vec<Visitor>> {
    try_join_all((0..count).map(|number| Visitor::comes(client, number))).await
}

/// Everybody polls and orders when called, until the wish is fulfilled.
pub(crate) async fn serve(
    client: &Client,
    visitors: &mut [Visitor],
    opens_ms: i64,
    what: &str,
    is_so: impl Fn(&[Visitor]) -> bool,
) -> Result<()> {
    let mut pace = tokio::time::interval(POLLS);
    eventually_within(PATIENCE, what, async || {
        pace.tick().await;
        let waiting = visitors.iter_mut().filter(|one| !one.is_done());
        let polled = join_all(waiting.map(|one| one.polls(client))).await;
        polled.into_iter().collect::<Result<()>>()?;
        for place in 0..visitors.len() {
            let called = &visitors[place];
            if called.state != "called" || called.is_done() {
                continue;
            }
            ensure!(now_ms()? >= opens_ms, "called before the opening");
            let answer = called.orders(client).await?;
            ensure!(
                answer.status == 201,
                "a called visitor got {}",
                answer.beginning()
            );
            let order: Value = answer.json()?;
            visitors[place].order = Some(order["id"].as_str().context("a number")?.to_owned());
            if is_so(visitors) {
                return Ok(Some(()));
            }
        }
        Ok(is_so(visitors).then_some(()))
    })
    .await
}

/// That every served rank is before every other one; all of them polled from the opening on.
pub(crate) fn served_in_order(visitors: &[Visitor]) -> Result<()> {
    let ranks = |served: bool| {
        let of = visitors
            .iter()
            .filter(move |one| one.order.is_some() == served);
        of.map(|one| one.rank.clone().context("a place"))
            .collect::<Result<Vec<_>>>()
    };
    let (served, others) = (ranks(true)?, ranks(false)?);
    let (last, next) = (served.iter().max(), others.iter().min());
    ensure!(last < next, "{served:?} are served, and {others:?} are not");
    Ok(())
}
