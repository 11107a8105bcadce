//! The protocol of a shard over HTTP: that of an origin, and what shards say to each other.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use souk_order_store::{ShardStore, StoreError};
use souk_origin::{AvailabilityProjector, Memory, Settings, availability, failure, read};
use souk_protocol::origin::{self, PriceTerms, SetTerms};
use souk_protocol::shards::{
    self as protocol, Answer, ClaimKey, GrowReply, GrowthRound, KeepKeys, KeyHome, Layout,
    ShardTerms, ShardsReport, Transfer,
};
use souk_service_http::{empty, json};
use souk_sharding::{Address, ShardClient};

use crate::peers::Peers;
use crate::remembered::Remembered;
use crate::sharded::Sharded;
use crate::transfers::Worked;
use crate::{growth, remembered, transfers};

/// Where paths begin that only shards know.
const OF_SHARDS: &str = protocol::LAYOUT_PATH;

/// What a shard has of its own.
#[derive(Debug)]
pub struct Own<'a, S, P> {
    /// Its store.
    pub store: &'a S,
    /// Where its part of the availability snapshot goes.
    pub projector: &'a P,
    /// Whom its instance has refused.
    pub memory: &'a Memory,
    /// What its instance knows of the shop.
    pub remembered: &'a Remembered,
}

/// Answers one request of the edge, of the staff functions or of another shard, as one of several
/// stores. With one shard it is [`souk_origin::handle`].
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
        memory,
        remembered,
    } = *own;
    let own = match peers.own {
        Address::Shard(own) => own,
        Address::Keys(_) => {
            let answered = keep_keys(store, request).await;
            return answered.unwrap_or_else(|error| failure(request, &error, &log));
        }
    };
    let routed_for = remembered::routed_for(request);
    let known = remembered.layout(store, peers, own, routed_for, &log).await;
    let layout = match known {
        Ok(layout) => layout,
        Err(error) => return failure(request, &error, &log),
    };
    let shard = Shard {
        store,
        projector,
        remembered,
        peers: &Peers {
            shards: layout.all(),
            ..*peers
        },
        own,
        layout,
        deployed: peers.shards,
        now_ms,
        log: &log,
    };
    if layout.is_closed() && is_closed_while_growing(request) {
        return empty(StatusCode::LOCKED);
    }
    let path = request.uri().path();
    if path.starts_with(OF_SHARDS) {
        let answered = shard.answer(request).await;
        return answered.unwrap_or_else(|error| failure(request, &error, &log));
    }
    if routed_for.is_some_and(|routed_for| routed_for < layout.all()) {
        return remembered::refusal(layout);
    }
    let peers = shard.peers;
    let sharded = Sharded { store, peers };
    let response =
        souk_origin::handle(request, &sharded, projector, memory, now_ms, settings, &log).await;
    if path != origin::TICK_PATH || request.method() != Method::POST {
        return response;
    }
    // After the holds: units of orders that have just expired go back to their owners at once.
    match shard.work().await {
        Ok(worked) => ticked(response, worked),
        Err(error) => failure(request, &error, &log),
    }
}

/// Orders and changes, and what would have to be copied once more. Reads, deliveries and the work
/// by the clock continue.
fn is_closed_while_growing(request: &Request<Bytes>) -> bool {
    let closed = [
        origin::ORDERS_PATH,
        origin::OFFERS_PATH,
        origin::CHANGES_PATH,
        origin::RECEIPTS_PATH,
        origin::REPAIRS_PATH,
        protocol::PULL_PATH,
    ];
    request.method() == Method::POST && closed.contains(&request.uri().path())
}

/// A store of keys knows where orders live, and nothing else.
async fn keep_keys<S: ShardStore>(
    store: &S,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, StoreError> {
    match (request.method(), request.uri().path()) {
        (&Method::POST, protocol::KEYS_PATH) => {
            let ClaimKey { key, home } = read(request)?;
            let home = store.claim_key(&key, home).await?;
            Ok(json(&KeyHome { home }))
        }
        (&Method::POST, protocol::KEEP_KEYS_PATH) => {
            let KeepKeys { keys, home } = read(request)?;
            store.keep_keys(&keys, home).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Ok(empty(StatusCode::NOT_FOUND)),
    }
}

/// What the tick says, with what was done between shards.
fn ticked(response: Response<Bytes>, worked: Worked) -> Response<Bytes> {
    let Ok(mut report) = souk_json::read::<origin::TickReport>(response.body()) else {
        return response;
    };
    report.more |= worked.more;
    report.waits |= worked.waits;
    json(&report)
}

struct Shard<'a, S, P, C> {
    store: &'a S,
    projector: &'a P,
    remembered: &'a Remembered,
    peers: &'a Peers<'a, C>,
    own: u16,
    layout: Layout,
    deployed: u16,
    now_ms: i64,
    log: &'a dyn Fn(&str),
}

impl<S: ShardStore, P: AvailabilityProjector, C: ShardClient> Shard<'_, S, P, C> {
    async fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let Self { store, now_ms, .. } = self;
        if request.method() != Method::POST {
            return Ok(match request.uri().path() {
                protocol::LAYOUT_PATH if self.own == 0 => json(&ShardsReport {
                    layout: self.layout,
                    deployed: self.deployed,
                }),
                _ => empty(StatusCode::NOT_FOUND),
            });
        }
        match request.uri().path() {
            protocol::BEGIN_GROWTH_PATH if self.own == 0 => self.begin_growth(request).await,
            protocol::GROWTH_ROUND_PATH => self.growth_round(read(request)?).await,
            protocol::END_GROWTH_PATH if self.own == 0 => {
                let ended = growth::end(self.layout, read(request)?);
                let layout = self.remembered.take(*store, ended, 0).await?;
                Ok(json(&layout))
            }
            protocol::OWN_PATH => {
                if !self.layout.is_closed() {
                    let text = "this shard has not heard that the shop grows".to_owned();
                    return Err(StoreError::Transient(text));
                }
                let ownerships: Vec<protocol::Ownership> = read(request)?;
                store.own(&ownerships, *now_ms).await?;
                self.project().await;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            protocol::SHARD_TERMS_PATH if self.own == 0 => {
                let terms = self.published_terms().await?;
                Ok(json(&ShardTerms { terms }))
            }
            protocol::SKU_KEYS_PATH => {
                let keys: Vec<protocol::SkuKeys> = read(request)?;
                store.note_sku_keys(&keys).await?;
                Ok(empty(StatusCode::NO_CONTENT))
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
                if store.accept_delivery(&read(request)?, *now_ms).await? {
                    self.project().await;
                }
                Ok(empty(StatusCode::NO_CONTENT))
            }
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    /// The terms of the published version, as a new shard takes them.
    async fn published_terms(&self) -> Result<Option<SetTerms>, StoreError> {
        let Some(stored) = self.store.terms().await? else {
            return Ok(None);
        };
        let prices = match stored.prices.current {
            Some(stamp) => {
                let blob = self.store.price_terms(&stamp).await?;
                blob.map(|blob| PriceTerms { stamp, blob })
            }
            None => None,
        };
        Ok(Some(SetTerms {
            orders: stored.current,
            prices,
            revoked: stored.revoked,
        }))
    }

    async fn begin_growth(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let reply = match growth::begin(self.layout, read(request)?)? {
            Ok(begun) => GrowReply::Growing {
                layout: self.remembered.take(self.store, begun, 0).await?,
                round: GrowthRound::default(),
                done: 0,
            },
            Err(reply) => reply,
        };
        Ok(json(&reply))
    }

    async fn growth_round(&self, asked: Layout) -> Result<Response<Bytes>, StoreError> {
        let Self { store, own, .. } = *self;
        let layout = self.remembered.take(store, asked, own).await?;
        if layout != asked || !layout.is_closed() {
            return Ok(json(&GrowthRound::default()));
        }
        let round = growth::round(store, self.peers, own, self.now_ms).await?;
        if round.skus > 0 {
            self.project().await;
        }
        Ok(json(&round))
    }

    async fn work(&self) -> Result<Worked, StoreError> {
        let (store, peers) = (self.store, self.peers);
        if self.layout.is_closed() && self.own != 0 {
            let layout = peers.ask_layout().await?;
            self.remembered.take(store, layout, self.own).await?;
        }
        let worked = transfers::work(store, peers, self.now_ms, self.log).await?;
        if worked.shelves_changed {
            self.project().await;
        }
        Ok(worked)
    }

    async fn project(&self) {
        match availability(self.store, self.now_ms).await {
            Ok(availability) => self.projector.project(availability).await,
            Err(error) => (self.log)(&format!("availability: {error}")),
        }
    }
}
