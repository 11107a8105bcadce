//! The other stores of the shop, and how one asks them.

use std::future::Future;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Request;
use serde::{Serialize, de::DeserializeOwned};
use souk_protocol::shards::{LAYOUT_PATH, Layout};
use souk_sharding::{Address, ShardClient};

use souk_order_store::StoreError;

/// How many other stores a store asks at the same time, for an order or to work through a list:
/// other stores send it requests meanwhile.
pub(crate) const AT_ONCE: usize = 8;

/// Does work that asks other stores, some of it at the same time; gives what came of each, in order.
pub(crate) async fn at_once<F: Future>(work: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// A store among others.
#[derive(Debug)]
pub struct Peers<'a, C> {
    /// Who this is.
    pub own: Address,
    /// How many shards there are. Where a request arrives, it is the number in the settings, with
    /// which a shop is created.
    pub shards: u16,
    /// Reaches the others.
    pub client: &'a C,
}

impl<C: ShardClient> Peers<'_, C> {
    pub(crate) fn are_several(&self) -> bool {
        self.shards > 1
    }

    /// The number of this shard; stores of keys have none, and nothing that needs one.
    pub(crate) fn number(&self) -> Option<u16> {
        match self.own {
            Address::Shard(number) => Some(number),
            Address::Keys(_) => None,
        }
    }

    /// Asks another shard for something.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        shard: u16,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, StoreError> {
        self.ask_store(Address::Shard(shard), path, message).await
    }

    /// Asks another store, which may be one of keys.
    pub(crate) async fn ask_store<T: DeserializeOwned>(
        &self,
        to: Address,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, StoreError> {
        let body = Bytes::from(souk_sql::json(message));
        let request = Request::post(path).body(body);
        self.send(to, path, request.expect("a path of the protocol is a URI"))
            .await
    }

    /// How many shards there are, as shard 0 knows.
    pub(crate) async fn ask_layout(&self) -> Result<Layout, StoreError> {
        let request = Request::get(LAYOUT_PATH).body(Bytes::new());
        let request = request.expect("a path of the protocol is a URI");
        self.send(Address::Shard(0), LAYOUT_PATH, request).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        to: Address,
        path: &str,
        request: Request<Bytes>,
    ) -> Result<T, StoreError> {
        let transient = |text: &dyn std::fmt::Display| {
            StoreError::Transient(format!("{}, {path}: {text}", to.name()))
        };
        let asked = self.client.ask(to, request).await;
        let response = asked.map_err(|error| transient(&error))?;
        if !response.status().is_success() {
            return Err(transient(&response.status()));
        }
        // Paths that answer without a body are read as nothing.
        let body: &[u8] = match response.body().is_empty() {
            true => b"null",
            false => response.body(),
        };
        souk_json::read(body).map_err(|error| transient(&error))
    }
}
