//! A store of orders and stock as one of several: an origin of shards.
//!
//! **Ownership.** A SKU has one owner, the shard on which its units can be ordered. Who has an
//! account for a SKU that another one owns keeps there what belongs to its own orders, and nothing
//! that can be ordered.
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
//! So a unit is at every moment in the books of one shard, or in one list of departures, whoever
//! dies in between. Everything that happens to the order afterwards happens on its home alone. Units
//! that come back from it are sent on to their owner.
//!
//! **A SKU moves** by the same means: its owner gives up the ownership and sends it off with all
//! that can be ordered. The directory, shard 0, says who owns what; whoever looks in the wrong place
//! is told, or asks the directory. Between both shards a SKU is with nobody, for as long as a message
//! takes, and whoever wants it then is asked to come back.
//!
//! **A key** has a home from its first submit on, in a store of its own ([`ClaimKey`]). Keys from
//! before there were several shards are handed over to these stores (`handover`).
//!
//! [`Pull`]: souk_protocol::shards::Pull
//! [`ClaimKey`]: souk_protocol::shards::ClaimKey
//!
//! Not here: who asks which shard (`souk-sharding`), how one is reached (`functions/`).

mod answer;
mod directory;
mod handover;
mod remembered;
mod sharded;
mod sku_keys;
mod store;
mod transfers;

pub use answer::{Own, handle};
pub use remembered::Remembered;
pub use store::{
    Arrival, Departure, DepartureKind, OlderKeys, Place, ShardStore, SkuKeySource, Whereabouts,
};
pub use transfers::Worked;

use std::future::Future;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Request;
use serde::{Serialize, de::DeserializeOwned};
use souk_sharding::{Address, ShardClient};

use crate::StoreError;

/// Other stores that one asks at the same time, for an order or working through a list: others want
/// something of it meanwhile.
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
    /// How many shards there are: as deployed, before it is asked how many the shop has.
    pub shards: u16,
    /// Reaches the others.
    pub client: &'a C,
}

impl<C: ShardClient> Peers<'_, C> {
    /// Whether there are others: whoever is not the first shard is one of several, whatever number
    /// is deployed.
    fn are_several(&self) -> bool {
        self.shards > 1 || self.own != Address::Shard(0)
    }

    /// The number of this shard; stores of keys have none, and nothing that needs one.
    fn number(&self) -> Option<u16> {
        match self.own {
            Address::Shard(number) => Some(number),
            Address::Keys(_) => None,
        }
    }

    fn is_directory(&self) -> bool {
        self.number() == Some(0)
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
        let transient = |text: &dyn std::fmt::Display| {
            StoreError::Transient(format!("{}, {path}: {text}", to.name()))
        };
        let body = Bytes::from(souk_sql::json(message));
        let request = Request::post(path).body(body);
        let request = request.expect("a path of the protocol is a URI");
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
