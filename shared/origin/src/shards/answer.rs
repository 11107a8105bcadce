//! The protocol of a shard over HTTP: that of an origin, and what shards say to each other.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use souk_protocol::life;
use souk_protocol::shards::{
    self as protocol, Answer, ClaimKey, FindSkuKeys, HandOver, HandedOver, KeyHome, KnowsKey,
    Transfer,
};
use souk_service_http::{empty, json};
use souk_sharding::ShardClient;

use super::sharded::Sharded;
use super::{Peers, Remembered, ShardStore, Worked, directory, remembered, transfers};
use crate::handle::{bounded, failure, read};
use crate::{AvailabilityProjector, Pressure, Settings, StoreError, board};

/// Where paths begin that only shards know.
const OF_SHARDS: &str = protocol::LAYOUT_PATH;

/// What a shard has of its own.
#[derive(Debug)]
pub struct Own<'a, S, P> {
    /// Its store.
    pub store: &'a S,
    /// Where its part of the board goes.
    pub projector: &'a P,
    /// Whom its instance has refused.
    pub pressure: &'a Pressure,
    /// What its instance knows of the shop.
    pub remembered: &'a Remembered,
}

/// Answers one request of the edge, of the staff functions or of another shard, as one of several
/// stores. With one store it is [`crate::handle`].
///
/// `log` gets one line for each failure; the caller sees only its class.
pub async fn handle<S: ShardStore, P: AvailabilityProjector, C: ShardClient>(
    request: &Request<Bytes>,
    own: &Own<'_, S, P>,
    peers: &Peers<'_, C>,
    now_ms: i64,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let Own {
        store,
        projector,
        pressure,
        remembered,
    } = *own;
    let deployed = peers.shards;
    let routed_for = remembered::routed_for(request);
    let shards = match remembered.shards(store, peers, routed_for, &log).await {
        Ok(shards) => shards,
        Err(error) => return failure(request, &error, &log),
    };
    let peers = &Peers { shards, ..*peers };
    let shard = Shard {
        store,
        projector,
        peers,
        deployed,
        now_ms,
        log: &log,
    };
    let path = request.uri().path();
    let is_for_fewer = routed_for.is_some_and(|routed_for| routed_for < shards);
    if is_for_fewer && !path.starts_with(OF_SHARDS) {
        return remembered::refusal(shards);
    }
    // One store alone knows of no shards: a directory that began before there are several would
    // not know what is sold and ordered until then.
    if path.starts_with(OF_SHARDS) && peers.are_several() {
        let answered = shard.answer(request).await;
        return answered.unwrap_or_else(|error| failure(request, &error, &log));
    }
    let sharded = Sharded { store, peers };
    let response = crate::handle(
        request, &sharded, projector, pressure, now_ms, settings, &log,
    )
    .await;
    if path != life::TICK_PATH || request.method() != Method::POST {
        return response;
    }
    // After the holds: units of orders that have just expired go back to their owners at once.
    match shard.work().await {
        Ok(worked) => ticked(response, worked),
        Err(error) => failure(request, &error, &log),
    }
}

/// What the tick says, with what was done between shards.
fn ticked(response: Response<Bytes>, worked: Worked) -> Response<Bytes> {
    let Ok(mut report) = serde_json::from_slice::<life::TickReport>(response.body()) else {
        return response;
    };
    report.more |= worked.more;
    report.waits |= worked.waits;
    json(&report)
}

struct Shard<'a, S, P, C> {
    store: &'a S,
    projector: &'a P,
    peers: &'a Peers<'a, C>,
    deployed: u16,
    now_ms: i64,
    log: &'a dyn Fn(&str),
}

impl<S: ShardStore, P: AvailabilityProjector, C: ShardClient> Shard<'_, S, P, C> {
    async fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let Self {
            store,
            peers,
            now_ms,
            log,
            ..
        } = self;
        if request.method() != Method::POST {
            return match request.uri().path() {
                protocol::LAYOUT_PATH => {
                    let layout = directory::layout_of(*store, peers, self.deployed);
                    Ok(json(&layout.await?))
                }
                _ => Ok(empty(StatusCode::NOT_FOUND)),
            };
        }
        match request.uri().path() {
            protocol::PLACES_PATH => {
                let find: protocol::FindPlaces = read(request)?;
                bounded(find.skus.len())?;
                Ok(json(&directory::places(*store, peers, &find).await?))
            }
            protocol::PINS_PATH => {
                let pin: protocol::Pin = read(request)?;
                Ok(json(
                    &directory::pin(*store, peers, &pin, *now_ms, *log).await?,
                ))
            }
            protocol::KEYS_PATH => Ok(json(&self.claim_key(&read(request)?).await?)),
            protocol::KNOWS_KEY_PATH => {
                let asked: KnowsKey = read(request)?;
                let yes = store.knows_key(&asked.key).await?;
                Ok(json(&Answer { yes }))
            }
            protocol::HAND_OVER_PATH => {
                let HandOver { keys, home } = read(request)?;
                let elsewhere = store.take_keys(&keys, home).await?;
                Ok(json(&HandedOver { elsewhere }))
            }
            protocol::PULL_PATH => {
                let reply = store.depart(&read(request)?, *now_ms).await?;
                if let protocol::PullReply::Gone {
                    units, available, ..
                } = &reply
                    && *units > 0
                    && i64::from(*units) == *available
                {
                    self.project().await;
                }
                Ok(json(&reply))
            }
            protocol::ARRIVED_PATH => {
                let asked: Transfer = read(request)?;
                let yes = store.has_arrived(&asked.transfer).await?;
                Ok(json(&Answer { yes }))
            }
            protocol::DELIVER_PATH => {
                if store.take_in(&read(request)?, *now_ms).await? {
                    self.project().await;
                }
                Ok(empty(StatusCode::NO_CONTENT))
            }
            protocol::SKU_KEYS_PATH => {
                let FindSkuKeys { sku, from } = read(request)?;
                Ok(json(&store.sku_keys(&sku, &from).await?))
            }
            protocol::GIVE_AWAY_PATH => Ok(json(&self.give_away(&read(request)?).await?)),
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    /// A key that is new here may be one from before there were several shards, of which this store
    /// has not been told yet.
    async fn claim_key(&self, claim: &ClaimKey) -> Result<KeyHome, StoreError> {
        if let Some(home) = self.store.key_home(&claim.key).await? {
            return Ok(KeyHome { home });
        }
        let mut home = claim.home;
        if claim.ask_directory {
            let asked = KnowsKey {
                key: claim.key.clone(),
            };
            let path = protocol::KNOWS_KEY_PATH;
            let known: Answer = self.peers.ask(0, path, &asked).await?;
            if known.yes {
                home = 0;
            }
        }
        let home = self.store.keep_key(&claim.key, home).await?;
        Ok(KeyHome { home })
    }

    async fn give_away(&self, give: &protocol::GiveAway) -> Result<Answer, StoreError> {
        let (store, peers) = (self.store, self.peers);
        let yes = transfers::give_away(store, peers, give, self.now_ms).await?;
        self.project().await;
        Ok(Answer { yes })
    }

    async fn work(&self) -> Result<Worked, StoreError> {
        let (store, peers) = (self.store, self.peers);
        let worked = transfers::work(store, peers, self.now_ms, self.log).await?;
        if worked.shelves_changed {
            self.project().await;
        }
        Ok(worked)
    }

    async fn project(&self) {
        match board(self.store, self.now_ms).await {
            Ok(board) => self.projector.project(board).await,
            Err(error) => (self.log)(&format!("availability: {error}")),
        }
    }
}
