//! How many shards the shop has, which may be more than are deployed.
//!
//! Orders and units lie on all shards that there ever were. A deployment that has fewer, by a slip or
//! because an older one was rolled out again, would not find what is on the last ones. So the
//! directory, shard 0, writes down the most that it has ever been deployed with, and goes on with
//! that number; whoever asks it as one of fewer hears how many there are. Nobody else needs to know:
//! a shard that is not the first is one of several by its name.

use std::cell::Cell;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_protocol::shards::{MoreShards, SHARDS_PARAMETER};
use souk_sharding::Address;

use super::{Peers, ShardStore};
use crate::StoreError;
use crate::handle::json;

/// What an instance of a store remembers, so that it asks its store once.
#[derive(Debug, Default)]
pub struct Remembered {
    /// For a number that is deployed: how many there are.
    shards: Cell<Option<(u16, u16)>>,
}

impl Remembered {
    /// How many shards there are.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn shards<S: ShardStore, C>(
        &self,
        store: &S,
        peers: &Peers<'_, C>,
        log: &dyn Fn(&str),
    ) -> Result<u16, StoreError> {
        let deployed = peers.shards;
        if peers.own != Address::Shard(0) {
            return Ok(deployed);
        }
        if let Some((known_for, shards)) = self.shards.get()
            && known_for == deployed
        {
            return Ok(shards);
        }
        let shards = store.count_shards(deployed).await?;
        self.shards.set(Some((deployed, shards)));
        if shards > deployed {
            log(&format!(
                "the deployment says {deployed} shards, but the shop has {shards} and goes on with \
                 them: set ORIGIN_SHARDS to {shards}"
            ));
        }
        Ok(shards)
    }
}

/// The refusal of a request that was routed for fewer shards than there are.
pub(super) fn refusal(request: &Request<Bytes>, shards: u16) -> Option<Response<Bytes>> {
    let query = request.uri().query()?;
    let mut query = form_urlencoded::parse(query.as_bytes());
    let (_, routed_for) = query.find(|(name, _)| name == SHARDS_PARAMETER)?;
    // What is no number is no router's.
    let routed_for: u16 = routed_for.parse().ok()?;
    (routed_for < shards).then(|| {
        let mut refusal = json(&MoreShards { shards });
        *refusal.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        refusal
    })
}
