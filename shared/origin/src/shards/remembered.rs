//! How many shards the shop has, which may be more than are deployed.
//!
//! Orders and units lie on all shards that there ever were. A deployment that has fewer, by a slip or
//! because an older one was rolled out again, would not find what is on the last ones. So the
//! directory, shard 0, writes down the most that it has ever been deployed with, or asked by somebody
//! who was, and goes on with that number; whoever asks it as one of fewer hears how many there are.
//! Nobody else needs to know: a shard that is not the first is one of several by its name.

use std::cell::Cell;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_protocol::shards::{MoreShards, SHARDS_PARAMETER};
use souk_service_http::json;
use souk_sharding::{Address, SHARDS_MAX};

use super::{Peers, ShardStore};
use crate::StoreError;

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
        routed_for: Option<u16>,
        log: &dyn Fn(&str),
    ) -> Result<u16, StoreError> {
        let deployed = peers.shards;
        if peers.own != Address::Shard(0) {
            return Ok(deployed);
        }
        let known = self.shards.get();
        let known = known.filter(|&(known_for, _)| known_for == deployed);
        let mut shards = match known {
            Some((_, shards)) => shards,
            None => store.count_shards(deployed).await?,
        };
        // One store alone becomes one of several by its own deployment only: until then it may be
        // placing orders as the only one.
        let more = routed_for.filter(|&routed_for| shards > 1 && routed_for > shards);
        if known.is_some() && more.is_none() {
            return Ok(shards);
        }
        if let Some(more) = more {
            shards = store.count_shards(more).await?;
        }
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

/// For how many shards a request was routed, if a router sent it.
pub(super) fn routed_for(request: &Request<Bytes>) -> Option<u16> {
    let query = request.uri().query()?;
    let query = form_urlencoded::parse(query.as_bytes());
    // The router writes it behind everything else, whatever a shopper has typed.
    let said = query.filter(|(name, _)| name == SHARDS_PARAMETER).last();
    let (_, routed_for) = said?;
    let routed_for = routed_for.parse().ok();
    routed_for.filter(|shards| (1..=SHARDS_MAX).contains(shards))
}

/// Refuses a request that was routed for fewer shards than there are.
pub(super) fn refusal(shards: u16) -> Response<Bytes> {
    let mut refusal = json(&MoreShards { shards });
    *refusal.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_has_the_last_word() {
        for (address, number) in [
            ("/trade/v1/orders?shards=3", Some(3)),
            (
                "/trade/v1/record?id=A&shards=1024&token=t&shards=2",
                Some(2),
            ),
            ("/trade/v1/orders?shards=0", None),
            ("/trade/v1/orders?shards=1025", None),
            ("/trade/v1/orders?shards=many", None),
            ("/trade/v1/orders?id=1", None),
            ("/trade/v1/orders", None),
        ] {
            let request = Request::get(address).body(Bytes::new()).unwrap();
            assert_eq!(routed_for(&request), number, "{address}");
        }
    }
}
