//! What the storefront asks the origin for: it places orders, reads one, changes one, and asks for figures.
//!
//! A part of its own, so that a script that routes nothing else has no code for the rest.
//!
//! Not here: what payments ask for (`payments`); what staff and the origin itself ask for (the parent
//! module).

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::Value;
use souk_ports::{Clock, PortError};
use souk_protocol::origin::{self, QueueDepth, StoreReport};
use souk_protocol::shards::{self, ClaimKey, KeyHome};
use souk_service_http::json;

use super::ask::{Members, read, text, unreadable};
use super::routing::{Failed, Routed, Router, ShardClient};
use crate::layout::{Address, USES_SHARD, home_of, name_order, place_by_hash, store_of_key};
use crate::merge;

/// Paths that [`Router::route_of_shop`] divides among shards.
pub(super) const ROUTED: [&str; 5] = [
    origin::ORDERS_PATH,
    origin::RECORD_PATH,
    origin::CHANGES_PATH,
    origin::BACKLOG_PATH,
    origin::STORE_PATH,
];

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Sends a request of the storefront.
    ///
    /// # Errors
    /// As [`souk_ports::OriginClient::send`], and when the storefront does not ask for that.
    pub async fn send_of_shop(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let is_sent = |path: &str| ROUTED.contains(&path) || path == origin::PUBLICATIONS_PATH;
        let route = async |request| self.route_of_shop(request).await;
        self.answer_only(request, is_sent, route).await
    }

    pub(super) async fn route_of_shop(&self, request: Request<Bytes>) -> Routed {
        if self.shards().await? <= 1 {
            return self.send_to(Address::Shard(0), request).await;
        }
        match request.uri().path() {
            origin::ORDERS_PATH if request.method() == Method::POST => self.submit(request).await,
            origin::RECORD_PATH => self.record(request).await,
            origin::CHANGES_PATH if request.method() == Method::POST => self.change(request).await,
            origin::BACKLOG_PATH => {
                let parts: Vec<Vec<QueueDepth>> = self.all(&request).await?;
                Ok(json(&merge::depths(parts.into_iter().flatten())))
            }
            origin::STORE_PATH => {
                let parts: Vec<StoreReport> = self.all(&request).await?;
                let none = StoreReport::default();
                Ok(json(&parts.into_iter().fold(none, StoreReport::and)))
            }
            _ => self.send_to(Address::Shard(0), request).await,
        }
    }

    async fn submit(&self, request: Request<Bytes>) -> Routed {
        // Of a `SubmitOrder` nothing is read but what says where it goes: the shard reads all of it.
        let mut submit: Members = read(&request)?;
        let (id, key) = (
            text(&submit, "id")?.to_owned(),
            text(&submit, "key")?.to_owned(),
        );
        let first = part(&submit, "lines", "/0/sku").and_then(Value::as_str);
        let first = first.ok_or_else(unreadable)?.to_owned();
        let is_limited = part(&submit, "quote", "/limited") == Some(&Value::Bool(true));
        let home = match is_limited {
            true => {
                self.open_shards().await?;
                self.claim_key(key, USES_SHARD).await?
            }
            false => self.home_of_key(key, &first).await?,
        };
        submit.insert("id".to_owned(), name_order(&id, home).into());
        submit.insert("home".to_owned(), home.into());
        self.pass(home, &request, &submit).await
    }

    pub(super) async fn record(&self, request: Request<Bytes>) -> Routed {
        let query = request.uri().query().unwrap_or_default();
        let id = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "id");
        let home = id.map_or(0, |(_, id)| home_of(&id));
        self.of_shard(home, request).await
    }

    /// A change goes where its order lives; nothing else of it is read.
    pub(super) async fn change(&self, request: Request<Bytes>) -> Routed {
        let change: Members = read(&request)?;
        let home = home_of(text(&change, "order")?);
        self.of_shard(home, request).await
    }

    /// A number that names a shard that there is not is no order's: shard 0 says so.
    pub(super) async fn of_shard(&self, shard: u16, request: Request<Bytes>) -> Routed {
        let shard = if shard < self.shards().await? {
            shard
        } else {
            0
        };
        self.send_to(Address::Shard(shard), request).await
    }

    /// Where a key belongs: where its first use says, which is the place of a SKU (of an order that uses a
    /// promotion which is counted, [`USES_SHARD`]).
    pub(super) async fn home_of_key(&self, key: String, first: &str) -> Result<u16, Failed> {
        let place = place_by_hash(first, self.open_shards().await?);
        self.claim_key(key, place).await
    }

    pub(super) async fn claim_key(&self, key: String, home: u16) -> Result<u16, Failed> {
        let keeper = store_of_key(&key);
        let claim = ClaimKey { key, home };
        let KeyHome { home } = self.ask(keeper, shards::KEYS_PATH, &claim).await?;
        Ok(home)
    }
}

/// A part of a message: a member, or a part of that by a JSON pointer (RFC 6901).
fn part<'m>(message: &'m Members, member: &str, pointer: &str) -> Option<&'m Value> {
    message.get(member)?.pointer(pointer)
}
