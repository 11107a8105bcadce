//! A store of orders and stock as one of several: an origin of shards.
//!
//! **Ownership.** A SKU has one owner, the shard on which its units can be ordered: the one that the
//! hash of its name says for the number of shards, so nothing has to be asked or kept to find it. A
//! shard that has an account for a SKU that another one owns keeps there what belongs to its own
//! orders, and nothing that can be ordered: the account is a guest's.
//!
//! **An order lives on one shard**, with all its units, from its first moment to its last. If it
//! wants units of a SKU that another shard owns, they are brought first:
//!
//! 1. Its home asks the owner for them under a name made of the order's key ([`Pull`]), and those of
//!    other lines at the same time. The owner takes them off its account and writes down where they
//!    went, in one transaction.
//! 2. The home books them and places the order, in one transaction, or does neither.
//! 3. The owner asks the home what became of the transfer after a moment. If it is in the books
//!    there, it is over. If not, the home writes down that it will never be, so that a step 2 which
//!    is still under way fails, and the owner takes the units back.
//!
//! So a unit is at every moment in the books of one shard, or in one list of departures, whichever
//! of them dies in between. Everything that happens to the order afterwards happens on its home
//! alone. Units that come back from it are sent on to their owner.
//!
//! **A key** has a home from its first submit on, in a store of its own ([`ClaimKey`]). The only shard
//! of a shop keeps the keys of its orders itself.
//!
//! **The number of shards** is fixed when the shop is created; growing (`growth`) closes ordering and
//! copies what can be ordered of the SKUs whose place becomes another one. Orders stay where they are.
//!
//! What many buyers want at one moment will get an object of its own another way: the units of a sale
//! are to be an account that is placed where it likes, so a place may then be named for an account
//! instead of following from its hash.
//!
//! [`Pull`]: souk_protocol::shards::Pull
//! [`ClaimKey`]: souk_protocol::shards::ClaimKey
//!
//! Not here: what is asked of which shard (`souk-sharding`), how one is reached (`functions/`).

mod answer;
mod growth;
mod remembered;
mod sharded;
mod transfers;

pub use answer::{Own, handle};
pub use remembered::Remembered;
pub use transfers::Worked;

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
const AT_ONCE: usize = 8;

/// Does work that asks other stores, some of it at the same time; gives what came of each, in order.
async fn at_once<F: Future>(work: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// A store among others.
#[derive(Debug)]
pub struct Peers<'a, C> {
    /// Who this is.
    pub own: Address,
    /// How many shards there are. Where a request comes in, it is the number in the settings, with
    /// which a shop is created.
    pub shards: u16,
    /// Reaches the others.
    pub client: &'a C,
}

impl<C: ShardClient> Peers<'_, C> {
    fn are_several(&self) -> bool {
        self.shards > 1
    }

    /// The number of this shard; stores of keys have none, and nothing that needs one.
    fn number(&self) -> Option<u16> {
        match self.own {
            Address::Shard(number) => Some(number),
            Address::Keys(_) => None,
        }
    }

    /// Asks another shard for something.
    async fn ask<T: DeserializeOwned>(
        &self,
        shard: u16,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, StoreError> {
        self.ask_store(Address::Shard(shard), path, message).await
    }

    /// Asks another store, which may be one of keys.
    async fn ask_store<T: DeserializeOwned>(
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
    async fn ask_layout(&self) -> Result<Layout, StoreError> {
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
        serde_json::from_slice(body).map_err(|error| transient(&error))
    }
}
