//! The origin for those who ask it: takes requests apart, and answers of shards together.
//!
//! An order goes to the shard of its first line, unless its key has a home: the first submit under
//! a key decides for ever where its order lives, so that the key is recognised whatever comes with
//! it the next time, and wherever the SKU is by then.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::life::{
    self, ChangeOrder, Claim, Message, QueueDepth, ReceiptReply, Replayed, Settlement,
    StockReceipt, TickReport,
};
use souk_protocol::repair::{self, RepairBooks, RepairReply, Subject};
use souk_protocol::shards::{self, ClaimKey, FindPlaces, KeyHome, Layout, Places};
use souk_protocol::trade::{self, AuditReport, DefineOffers, StockQuery, StockReport, SubmitOrder};

use crate::layout::{Address, home_of, name_order, place_of, store_of_key};
use crate::merge;

/// How long the layout is trusted. An older one only makes orders take a longer way.
const LAYOUT_TTL_MS: i64 = 10_000;

/// Reaches the stores of the origin.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait ShardClient {
    /// Sends one request to one store; the path is that of the protocol.
    ///
    /// # Errors
    /// When no answer came back. The request may still have been carried out.
    async fn ask(&self, to: Address, request: Request<Bytes>)
    -> Result<Response<Bytes>, PortError>;
}

/// What an instance knows of the layout.
#[derive(Debug, Default)]
pub struct Known(RefCell<Option<(i64, Layout)>>);

/// The origin of several shards, as one.
#[derive(Debug, Clone, Copy)]
pub struct Router<'a, C> {
    client: &'a C,
    known: &'a Known,
    /// As deployed.
    shards: u16,
}

type Answered = Result<Response<Bytes>, PortError>;

impl<'a, C: ShardClient + Clock> Router<'a, C> {
    /// Routes over so many shards.
    pub fn new(client: &'a C, known: &'a Known, shards: u16) -> Self {
        Self {
            client,
            known,
            shards,
        }
    }
}

impl<C: ShardClient + Clock> OriginClient for Router<'_, C> {
    async fn send(&self, request: Request<Bytes>) -> Answered {
        if self.shards <= 1 {
            return self.client.ask(Address::Shard(0), request).await;
        }
        let post = request.method() == Method::POST;
        let answered = match request.uri().path() {
            trade::ORDERS_PATH if post => self.submit(request).await,
            life::RECORD_PATH => self.record(request).await,
            life::CHANGES_PATH if post => self.change(request).await,
            life::CLAIM_PATH if post => self.claim(&request).await,
            life::SETTLE_PATH if post => self.settle(&request).await,
            life::REPLAY_PATH if post => {
                let parts: Vec<Replayed> = self.all(&request).await?;
                let messages = parts.iter().map(|part| part.messages).sum();
                Ok(json(&Replayed { messages }))
            }
            life::BACKLOG_PATH => {
                let parts: Vec<Vec<QueueDepth>> = self.all(&request).await?;
                Ok(json(&merge::depths(parts.into_iter().flatten())))
            }
            life::TICK_PATH if post => {
                let parts: Vec<TickReport> = self.all(&request).await?;
                Ok(json(&merge::ticks(parts)))
            }
            life::RECEIPTS_PATH if post => self.receive(&request).await,
            repair::REPAIRS_PATH if post => self.repair(&request).await,
            trade::OFFERS_PATH if post => self.define_offers(&request).await,
            trade::STOCK_PATH if post => {
                let parts: Vec<StockReport> = self.all(&request).await?;
                let accounts = parts.into_iter().flat_map(|part| part.accounts);
                let accounts = merge::accounts(accounts);
                Ok(json(&StockReport { accounts }))
            }
            trade::AUDIT_PATH => {
                let parts: Vec<AuditReport> = self.all(&request).await?;
                Ok(json(&merge::audits((0..).zip(parts))))
            }
            trade::AVAILABILITY_PATH => self.board(&request).await,
            // Publications, the layout, and what nobody knows: the directory answers.
            _ => return self.client.ask(Address::Shard(0), request).await,
        };
        match answered {
            // What a shard refused, as it refused it.
            Err(Failed::Answered(response)) => Ok(*response),
            Err(Failed::Port(error)) => Err(error),
            Ok(response) => Ok(response),
        }
    }
}

/// Why there is nothing to put together.
enum Failed {
    Answered(Box<Response<Bytes>>),
    Port(PortError),
}

impl From<PortError> for Failed {
    fn from(error: PortError) -> Self {
        Failed::Port(error)
    }
}

type Routed = Result<Response<Bytes>, Failed>;

impl<C: ShardClient + Clock> Router<'_, C> {
    async fn submit(&self, request: Request<Bytes>) -> Routed {
        let mut submit: SubmitOrder = read(&request)?;
        let first = submit.lines.first().map_or("", |line| line.sku.as_str());
        let home = self.home_of_key(submit.key.clone(), first).await?;
        submit.id = name_order(&submit.id, home);
        submit.home = Some(home);
        Ok(self.pass(home, &request, &submit).await?)
    }

    async fn record(&self, request: Request<Bytes>) -> Routed {
        let query = request.uri().query().unwrap_or_default();
        let id = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "id");
        let home = id.map_or(0, |(_, id)| home_of(&id));
        self.of_shard(home, request).await
    }

    async fn change(&self, request: Request<Bytes>) -> Routed {
        let change: ChangeOrder = read(&request)?;
        self.of_shard(home_of(&change.order), request).await
    }

    /// A number that names a shard that there is not is no order's: the directory says so.
    async fn of_shard(&self, shard: u16, request: Request<Bytes>) -> Routed {
        let shard = if shard < self.shards { shard } else { 0 };
        Ok(self.client.ask(Address::Shard(shard), request).await?)
    }

    /// Asks one shard after the other until there are enough messages, each time beginning with
    /// another one. What some have given is not kept back because others do not answer.
    async fn claim(&self, request: &Request<Bytes>) -> Routed {
        let mut claim: Claim = read(request)?;
        if let Some(order) = &claim.order {
            let home = home_of(order);
            return self.of_shard(home, again(request)).await;
        }
        let wanted = claim.limit;
        let mut messages: Vec<Message> = Vec::new();
        let mut failed = None;
        let turn = self.client.now_ms().unsigned_abs() % u64::from(self.shards);
        let turn = u16::try_from(turn).expect("below the number of shards");
        for step in 0..self.shards {
            let shard = (turn + step) % self.shards;
            let have = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            claim.limit = wanted.saturating_sub(have);
            if claim.limit == 0 {
                break;
            }
            match self
                .ask(Address::Shard(shard), life::CLAIM_PATH, &claim)
                .await
            {
                Ok(part) => {
                    let part: Vec<Message> = part;
                    messages.extend(part);
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if messages.is_empty() => Err(error),
            Some(_) | None => Ok(json(&messages)),
        }
    }

    async fn settle(&self, request: &Request<Bytes>) -> Routed {
        let settlements: Vec<Settlement> = read(request)?;
        let mut parts: BTreeMap<u16, Vec<Settlement>> = BTreeMap::new();
        for settlement in settlements {
            let home = home_of(&settlement.order);
            parts.entry(home).or_default().push(settlement);
        }
        let mut last = no_content();
        for (shard, part) in parts {
            last = succeeded(self.pass(shard, request, &part).await?)?;
        }
        Ok(last)
    }

    /// A receipt is booked in one place, as a whole; a key that was used goes where it was.
    async fn receive(&self, request: &Request<Bytes>) -> Routed {
        let mut receipt: StockReceipt = read(request)?;
        let first = receipt.lines.first().map_or("", |line| line.sku.as_str());
        let key = format!("{}{}", shards::OF_RECEIPT, receipt.key);
        let home = self.home_of_key(key, first).await?;
        receipt.home = Some(home);
        let response = succeeded(self.pass(home, request, &receipt).await?)?;
        let reply: ReceiptReply = body(&response)?;
        if !matches!(reply, ReceiptReply::Done { .. }) {
            return Ok(response);
        }
        let skus = receipt.lines.into_iter().map(|line| line.sku).collect();
        let query = post(trade::STOCK_PATH, &StockQuery { skus });
        let parts: Vec<StockReport> = self.all(&query).await?;
        let accounts = merge::accounts(parts.into_iter().flat_map(|part| part.accounts));
        Ok(json(&ReceiptReply::Done { accounts }))
    }

    /// A repair is made on each shard by itself: every shard may have an account of the SKU, for the
    /// orders that live there. The home of the key is asked first, and knows whether it was used
    /// for something else. If a shard fails, the same request makes what is left of it.
    async fn repair(&self, request: &Request<Bytes>) -> Routed {
        let mut asked: RepairBooks = read(request)?;
        let (first, concerned) = match &asked.subject {
            Subject::Sku(sku) => (place_of(sku, &self.layout().await?), 0..self.shards),
            Subject::Order(order) => {
                let home = home_of(order);
                // A number that names a shard that there is not is no order's.
                let home = if home < self.shards { home } else { 0 };
                (home, home..home + 1)
            }
        };
        let home = match asked.preview {
            true => first,
            false => {
                let key = format!("{}{}", shards::OF_RECEIPT, asked.key);
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

    /// Where a key belongs: where its first use says, which is the place of a SKU.
    async fn home_of_key(&self, key: String, first: &str) -> Result<u16, Failed> {
        let place = place_of(first, &self.layout().await?);
        self.claim_key(key, place).await
    }

    async fn claim_key(&self, key: String, home: u16) -> Result<u16, Failed> {
        let keeper = store_of_key(&key);
        let claim = ClaimKey {
            key,
            home,
            ask_directory: self.layout().await?.has_older_keys,
        };
        let KeyHome { home } = self.ask(keeper, shards::KEYS_PATH, &claim).await?;
        Ok(home)
    }

    async fn define_offers(&self, request: &Request<Bytes>) -> Routed {
        let define: DefineOffers = read(request)?;
        let skus: Vec<_> = define
            .offers
            .iter()
            .map(|offer| offer.sku.clone())
            .collect();
        let places = self.places(&skus, true).await?;
        let gone = self.places(&define.withdrawn, false).await?;
        let mut parts: BTreeMap<u16, DefineOffers> = BTreeMap::new();
        let none = || DefineOffers {
            currency: define.currency.clone(),
            offers: Vec::new(),
            withdrawn: Vec::new(),
        };
        for (offer, place) in define.offers.iter().zip(places) {
            let part = parts.entry(place.unwrap_or(0)).or_insert_with(none);
            part.offers.push(offer.clone());
        }
        // What no shard sells needs no withdrawing.
        let gone = define.withdrawn.iter().zip(gone);
        for (sku, shard) in gone.filter_map(|(sku, place)| Some((sku, place?))) {
            let part = parts.entry(shard).or_insert_with(none);
            part.withdrawn.push(sku.clone());
        }
        let mut last = no_content();
        for (shard, part) in parts {
            last = succeeded(self.pass(shard, request, &part).await?)?;
        }
        Ok(last)
    }

    async fn board(&self, request: &Request<Bytes>) -> Routed {
        let mut parts = Vec::new();
        for shard in 0..self.shards {
            let response = self
                .client
                .ask(Address::Shard(shard), again(request))
                .await?;
            parts.push(succeeded(response)?.into_body().to_vec());
        }
        let mut response = Response::new(Bytes::from(merge::boards(&parts)));
        let kind = header::HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        Ok(response)
    }

    /// The layout, at most [`LAYOUT_TTL_MS`] old, or an older one if the directory does not answer.
    async fn layout(&self) -> Result<Layout, Failed> {
        let now_ms = self.client.now_ms();
        let known = self.known.0.borrow().clone();
        if let Some((read_at_ms, layout)) = &known
            && now_ms - read_at_ms < LAYOUT_TTL_MS
        {
            return Ok(layout.clone());
        }
        let asked = self
            .client
            .ask(Address::Shard(0), get(shards::LAYOUT_PATH))
            .await;
        let layout = match asked.map_err(Failed::from).and_then(of_shards) {
            Ok(response) => Layout {
                shards: self.shards,
                ..body(&response)?
            },
            Err(error) => return known.map(|(_, layout)| layout).ok_or(error),
        };
        self.known.0.replace(Some((now_ms, layout.clone())));
        Ok(layout)
    }

    async fn places(&self, skus: &[String], assign: bool) -> Result<Vec<Option<u16>>, Failed> {
        if skus.is_empty() {
            return Ok(Vec::new());
        }
        let find = FindPlaces {
            skus: skus.to_vec(),
            assign,
        };
        let places: Places = self
            .ask(Address::Shard(0), shards::PLACES_PATH, &find)
            .await?;
        if places.shards.len() != skus.len() {
            let text = "the directory answered for another number of SKUs";
            return Err(PortError::Transient(text.to_owned()).into());
        }
        Ok(places.shards)
    }

    /// The answers of all shards to the same request. Each is asked, also when one before it does not
    /// answer: a tick wakes whom it can.
    async fn all<T: DeserializeOwned>(
        &self,
        request: &Request<Bytes>,
    ) -> Result<Vec<T>, PortError> {
        let mut answers = Vec::new();
        let mut failed = None;
        for shard in 0..self.shards {
            match self.part(shard, request).await {
                Ok(answer) => answers.push(answer),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(answers), Err)
    }

    async fn part<T: DeserializeOwned>(
        &self,
        shard: u16,
        request: &Request<Bytes>,
    ) -> Result<T, PortError> {
        let asked = self.client.ask(Address::Shard(shard), again(request));
        let response = asked.await?;
        if !response.status().is_success() {
            let text = format!("shard {shard} said {}", response.status());
            return Err(PortError::Transient(text));
        }
        let answer = serde_json::from_slice(response.body());
        answer.map_err(|error| PortError::Transient(error.to_string()))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        to: Address,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, Failed> {
        let response = self.client.ask(to, post(path, message)).await?;
        body(&of_shards(response)?)
    }

    /// Sends a message on as the request that it came with.
    async fn pass(
        &self,
        shard: u16,
        request: &Request<Bytes>,
        message: &impl Serialize,
    ) -> Answered {
        let mut passed = again(request);
        *passed.body_mut() = bytes(message);
        self.client.ask(Address::Shard(shard), passed).await
    }
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Failed> {
    serde_json::from_slice(request.body()).map_err(|_| {
        // As a shard answers what it cannot read.
        let mut refusal = Response::new(Bytes::new());
        *refusal.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Failed::Answered(Box::new(refusal))
    })
}

fn body<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, Failed> {
    serde_json::from_slice(response.body())
        .map_err(|error| PortError::Transient(error.to_string()).into())
}

fn succeeded(response: Response<Bytes>) -> Routed {
    match response.status().is_success() {
        true => Ok(response),
        false => Err(Failed::Answered(Box::new(response))),
    }
}

/// An origin that knows of no shards is about to be deployed anew, or has not heard of it yet.
fn of_shards(response: Response<Bytes>) -> Routed {
    match response.status() {
        StatusCode::NOT_FOUND => {
            let text = "the origin knows of no shards yet";
            Err(PortError::Transient(text.to_owned()).into())
        }
        _ => succeeded(response),
    }
}

fn again(request: &Request<Bytes>) -> Request<Bytes> {
    let mut twin = Request::new(request.body().clone());
    *twin.method_mut() = request.method().clone();
    *twin.uri_mut() = request.uri().clone();
    *twin.headers_mut() = request.headers().clone();
    twin
}

fn get(path: &str) -> Request<Bytes> {
    let request = Request::get(path).body(Bytes::new());
    request.expect("a path of the protocol is a URI")
}

fn post(path: &str, message: &impl Serialize) -> Request<Bytes> {
    let request = Request::post(path).body(bytes(message));
    request.expect("a path of the protocol is a URI")
}

fn bytes(message: &impl Serialize) -> Bytes {
    let bytes = serde_json::to_vec(message);
    bytes
        .expect("plain structs with text keys become JSON")
        .into()
}

fn json(value: &impl Serialize) -> Response<Bytes> {
    let mut response = Response::new(bytes(value));
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Stores of which one does not answer.
    #[derive(Default)]
    struct Stores {
        silent: Option<Address>,
        asked: RefCell<Vec<Address>>,
    }

    impl ShardClient for Stores {
        async fn ask(&self, to: Address, _: Request<Bytes>) -> Answered {
            self.asked.borrow_mut().push(to);
            match self.silent == Some(to) {
                true => Err(PortError::Transient("silent".to_owned())),
                false => Ok(json(&TickReport::default())),
            }
        }
    }

    impl Clock for Stores {
        fn now_ms(&self) -> i64 {
            0
        }

        async fn pause_ms(&self, _: u32) {}
    }

    fn send(stores: &Stores, shards: u16, path: &str) -> Answered {
        let (known, request) = (Known::default(), post(path, &()));
        let router = Router::new(stores, &known, shards);
        match pin!(router.send(request)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answered) => answered,
            Poll::Pending => unreachable!("the stores answer at once"),
        }
    }

    #[test]
    fn a_tick_wakes_every_shard_that_answers() {
        let silent = Some(Address::Shard(1));
        let stores = Stores {
            silent,
            ..Stores::default()
        };
        assert!(send(&stores, 3, life::TICK_PATH).is_err());
        assert_eq!(stores.asked.take(), [0, 1, 2].map(Address::Shard));
    }

    #[test]
    fn one_shard_gets_everything_as_it_is() {
        let stores = Stores::default();
        for path in [trade::ORDERS_PATH, trade::OFFERS_PATH, life::TICK_PATH] {
            assert!(send(&stores, 1, path).is_ok(), "{path}");
            assert_eq!(stores.asked.take(), [Address::Shard(0)], "{path}");
        }
    }
}
