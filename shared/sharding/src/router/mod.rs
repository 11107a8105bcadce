//! The origin as one: takes requests apart, and puts answers of shards together.
//!
//! An order goes to the shard of its first line, unless its key has a home: the first submit under
//! a key decides for ever where its order lives, so that the key is recognised with any lines that
//! come with it later.
//!
//! **The number of shards** is what shard 0 says, which is not what is deployed: the setting counts
//! when the shop is created. Every request to a shard says for how many it was routed, and one that
//! was routed for too few is refused before anything is done for it, and routed again. A key gets a
//! home only by a number that shard 0 has said, and not while the shop grows: a shop of one shard
//! keeps the keys of its orders there, and the stores of keys get them before it has more shards.
//!
//! Not here: the router itself, and how it fails (`routing`); asking stores, one or several (`ask`);
//! what the storefront, payments and ushers ask for (`shop`, `payments`, `sales`); growing (`grow`); adding answers up ([`crate::merge`]).

mod ask;
mod grow;
mod payments;
mod routing;
mod sales;
mod shop;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::origin::{
    self, AuditReport, ReceiptReply, RepairBooks, RepairReply, Replayed, RestoreReply, StockQuery,
    StockReceipt, StockReport, Subject, TickReport,
};
use souk_protocol::shards::{self, Layout, OF_RECEIPT};
use souk_service_http::{binary, empty, get, json};
use souk_stock_signals::AvailabilitySnapshot;

use crate::layout::{Address, home_of, place_by_hash};
use crate::merge;
use ask::{Members, again, at_once, body, of_shards, post, read, succeeded, unreadable};
use routing::{Failed, Routed};

pub use routing::{Known, Router, ShardClient};

impl<C: ShardClient + Clock> OriginClient for Router<'_, C> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.answer(request, async |request| self.route(request).await)
            .await
    }
}

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Answers a caller that sends only some requests.
    async fn answer_only(
        &self,
        request: Request<Bytes>,
        is_sent: impl FnOnce(&str) -> bool,
        route: impl AsyncFn(Request<Bytes>) -> Routed,
    ) -> Result<Response<Bytes>, PortError> {
        let path = request.uri().path();
        if !is_sent(path) {
            let text = format!("this caller has no requests to {path}");
            return Err(PortError::Unsupported(text));
        }
        self.answer(request, route).await
    }

    /// Routes a request, and once more when there are more shards than were known.
    async fn answer(
        &self,
        request: Request<Bytes>,
        route: impl AsyncFn(Request<Bytes>) -> Routed,
    ) -> Result<Response<Bytes>, PortError> {
        let answered = match route(again(&request)).await {
            Err(Failed::TooFew(layout)) => {
                self.hear_of(layout);
                route(request).await
            }
            answered => answered,
        };
        match answered {
            Ok(response) => Ok(response),
            // What a shard refused, as it refused it.
            Err(Failed::Answered(response)) => Ok(*response),
            Err(Failed::Port(error)) => Err(error),
            // They become more at this moment, again.
            Err(Failed::TooFew(layout)) => {
                self.hear_of(layout);
                let text = format!("the origin has {} shards by now", layout.all());
                Err(PortError::Transient(text))
            }
        }
    }

    /// How many shards there are, as far as is known here: one, until a shard says otherwise.
    fn known_shards(&self) -> u16 {
        self.known.0.get().map_or(1, Layout::all)
    }

    /// How many shards there are. Where one is deployed, shard 0 is asked for what is wanted
    /// anyway, and says if there are more.
    async fn shards(&self) -> Result<u16, Failed> {
        match self.known.0.get() {
            Some(layout) => Ok(layout.all()),
            None if self.deployed <= 1 => Ok(1),
            None => Ok(self.ask_layout().await?.all()),
        }
    }

    /// How many shards there are when an order is placed.
    async fn open_shards(&self) -> Result<u16, Failed> {
        let layout = match self.known.0.get() {
            Some(layout) if !layout.is_closed() => layout,
            Some(_) | None => self.ask_layout().await?,
        };
        if layout.is_closed() {
            let mut refusal = Response::new(Bytes::new());
            *refusal.status_mut() = StatusCode::LOCKED;
            return Err(Failed::Answered(Box::new(refusal)));
        }
        Ok(layout.shards)
    }

    async fn ask_layout(&self) -> Result<Layout, Failed> {
        let asked = self.send_to(Address::Shard(0), get(shards::LAYOUT_PATH));
        let layout = body(&of_shards(asked.await?)?)?;
        self.hear_of(layout);
        Ok(layout)
    }

    fn hear_of(&self, layout: Layout) {
        let known = &self.known.0;
        known.set(known.get().max(Some(layout)));
    }

    async fn route(&self, request: Request<Bytes>) -> Routed {
        if request.uri().path() == shards::GROW_PATH {
            return self.grow(&request).await;
        }
        if self.shards().await? <= 1 {
            return self.send_to(Address::Shard(0), request).await;
        }
        let post = request.method() == Method::POST;
        match request.uri().path() {
            path if shop::ROUTED.contains(&path) => self.route_of_shop(request).await,
            path if payments::ROUTED.contains(&path) => self.route_of_payments(request).await,
            origin::REPLAY_PATH if post => {
                let parts: Vec<Replayed> = self.all(&request).await?;
                let messages = parts.iter().map(|part| part.messages).sum();
                Ok(json(&Replayed { messages }))
            }
            origin::TICK_PATH if post => {
                let parts: Vec<TickReport> = self.all(&request).await?;
                Ok(json(&merge::ticks(parts)))
            }
            origin::RECEIPTS_PATH if post => self.receive(&request).await,
            origin::REPAIRS_PATH if post => self.repair(&request).await,
            origin::OFFERS_PATH if post => self.define_offers(&request).await,
            // Each shard decides orders, so each has the terms and knows what is revoked.
            origin::TERMS_PATH | origin::REVOKED_PATH if post => {
                let terms: Value = read(&request)?;
                let shards = self.shards().await?;
                let parts = (0..shards).map(|shard| (shard, &terms));
                self.pass_parts(&request, parts).await
            }
            origin::STOCK_PATH if post => {
                let parts: Vec<StockReport> = self.all(&request).await?;
                let accounts = parts.into_iter().flat_map(|part| part.accounts);
                let accounts = merge::accounts(accounts);
                Ok(json(&StockReport { accounts }))
            }
            origin::AUDIT_PATH => {
                let parts: Vec<AuditReport> = self.all(&request).await?;
                Ok(json(&merge::audits((0..).zip(parts))))
            }
            origin::COPY_PATH if post => self.copy_rows(&request).await,
            // Where a SKU belongs follows from the number of shards, which a copy does not know.
            origin::RESTORE_PATH if post => Ok(json(&RestoreReply::SeveralStores)),
            // Records of prices stay where they were made when their SKU moves.
            origin::PRICES_PATH | origin::REQUEUE_PATH | origin::SEALED_PATH if post => {
                let shards = self.shards().await?;
                Ok(json(&self.walk(&request, shards).await?))
            }
            origin::AVAILABILITY_PATH => self.availability(&request).await,
            origin::SESSION_PATH if post => self.route_of_usher(request).await,
            // Publications, the layout, and what is not known: shard 0 answers.
            _ => self.send_to(Address::Shard(0), request).await,
        }
    }

    /// A receipt is booked in one place, as a whole; a key that was used goes where it was.
    async fn receive(&self, request: &Request<Bytes>) -> Routed {
        let mut receipt: StockReceipt = read(request)?;
        let first = receipt.lines.first().map_or("", |line| line.sku.as_str());
        let key = format!("{OF_RECEIPT}{}", receipt.key);
        let home = self.home_of_key(key, first).await?;
        receipt.home = Some(home);
        let response = succeeded(self.pass(home, request, &receipt).await?)?;
        let reply: ReceiptReply = body(&response)?;
        if !matches!(reply, ReceiptReply::Done { .. }) {
            return Ok(response);
        }
        let skus = receipt.lines.into_iter().map(|line| line.sku).collect();
        let query = post(origin::STOCK_PATH, &StockQuery { skus });
        let parts: Vec<StockReport> = self.all(&query).await?;
        let accounts = merge::accounts(parts.into_iter().flat_map(|part| part.accounts));
        Ok(json(&ReceiptReply::Done { accounts }))
    }

    /// A repair is made on each shard by itself: every shard may have an account of the SKU, for
    /// the orders that live there. The home of the key is asked first, and knows whether it was
    /// used for something else. If a shard fails, the same request makes what is left of it.
    async fn repair(&self, request: &Request<Bytes>) -> Routed {
        let mut asked: RepairBooks = read(request)?;
        let shards = self.open_shards().await?;
        let (first, concerned) = match &asked.subject {
            Subject::Sku(sku) => (place_by_hash(sku, shards), 0..shards),
            // Every shard counts what its own orders have taken.
            Subject::Allowance(account) => (place_by_hash(account, shards), 0..shards),
            Subject::Order(order) => {
                let home = home_of(order);
                // A number that names a shard that there is not is no order's.
                let home = if home < shards { home } else { 0 };
                (home, home..home + 1)
            }
        };
        let home = match asked.preview {
            true => first,
            false => {
                let key = format!("{OF_RECEIPT}{}", asked.key);
                self.claim_key(key, first).await?
            }
        };
        asked.home = Some(home);
        let mut sum = RepairReply::Unknown;
        let others = concerned.filter(|&shard| shard != home);
        for shard in std::iter::once(home).chain(others) {
            let response = succeeded(self.pass(shard, request, &asked).await?)?;
            match body(&response)? {
                RepairReply::KeyUsedForSomethingElse | RepairReply::Short { .. } => {
                    return Ok(response);
                }
                reply => sum = merge::repairs(sum, reply),
            }
        }
        Ok(json(&sum))
    }

    /// Each offer goes to the shard of its SKU; of a `DefineOffers` nothing else is read.
    async fn define_offers(&self, request: &Request<Bytes>) -> Routed {
        let mut define: Members = read(request)?;
        let Some(Value::Array(offers)) = define.insert("offers".to_owned(), empty_list()) else {
            return Err(unreadable());
        };
        let withdrawn = define.insert("withdrawn".to_owned(), empty_list());
        let Value::Array(withdrawn) = withdrawn.unwrap_or_else(empty_list) else {
            return Err(unreadable());
        };
        let shards = self.shards().await?;
        let mut parts: BTreeMap<u16, Members> = BTreeMap::new();
        for (name, list) in [("offers", offers), ("withdrawn", withdrawn)] {
            for one in list {
                // An offer has a SKU; what is withdrawn is one.
                let sku = one.get("sku").unwrap_or(&one).as_str();
                let place = place_by_hash(sku.ok_or_else(unreadable)?, shards);
                let part = parts.entry(place).or_insert_with(|| define.clone());
                let list = part.get_mut(name).and_then(Value::as_array_mut);
                list.expect("both lists are there").push(one);
            }
        }
        self.pass_parts(request, parts).await
    }

    /// A page of a copy, and not while the shop grows.
    async fn copy_rows(&self, request: &Request<Bytes>) -> Routed {
        let shards = self.open_shards().await?;
        let mut page = self.walk(request, shards).await?;
        page.insert("shards".to_owned(), shards.into());
        Ok(json(&page))
    }

    /// One step of a walk over what all shards have: shard after shard. Where a step begins says on
    /// which one: `SHARD/PLACE`. Nothing else is read of the message and of its answer.
    async fn walk(&self, request: &Request<Bytes>, shards: u16) -> Result<Members, Failed> {
        let mut asked: Members = read(request)?;
        let after = asked.get("after").map_or(Some(""), Value::as_str);
        let (shard, after) = place_of(after.ok_or_else(unreadable)?, shards)?;
        asked.insert("after".to_owned(), after.into());
        let response = succeeded(self.pass(shard, request, &asked).await?)?;
        let mut page: Members = body(&response)?;
        let next = match page.get("after").and_then(Value::as_str) {
            Some(after) => format!("{shard}/{after}"),
            None if shard + 1 < shards => format!("{}/", shard + 1),
            None => return Ok(page),
        };
        page.insert("after".to_owned(), next.into());
        Ok(page)
    }

    async fn availability(&self, request: &Request<Bytes>) -> Routed {
        let parts = (0..self.shards().await?).map(async |shard| {
            let part = self.send_to(Address::Shard(shard), again(request)).await?;
            Ok(AvailabilitySnapshot::decode(succeeded(part)?.into_body()))
        });
        let parts: Vec<Result<AvailabilitySnapshot, Failed>> = at_once(parts).await;
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(binary(AvailabilitySnapshot::merge(&parts).into_bytes()))
    }
}

fn empty_list() -> Value {
    Value::Array(Vec::new())
}

/// The shard that a walk has reached, and the place in it: `SHARD/PLACE`, empty at the beginning. A
/// place without a shard is one of a shop that has grown since.
fn place_of(after: &str, shards: u16) -> Result<(u16, String), Failed> {
    if after.is_empty() {
        return Ok((0, String::new()));
    }
    let place = after.split_once('/').and_then(|(shard, place)| {
        let shard = shard.parse().ok().filter(|&shard| shard < shards)?;
        Some((shard, place.to_owned()))
    });
    place.ok_or_else(|| Failed::Answered(Box::new(empty(StatusCode::UNPROCESSABLE_ENTITY))))
}

#[cfg(test)]
mod tests;
