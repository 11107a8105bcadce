//! The directory at work: SKUs get owners, and move when staff or the number of shards say so.

use souk_protocol::shards::{self, Answer, FindPlaces, GiveAway, Layout, Pin, PinReply, Places};
use souk_sharding::{ShardClient, layout};

use super::{Peers, Place, ShardStore, Worked, at_once, handover, transfers};
use crate::StoreError;

/// SKUs that move in one round. Each costs a call, and its new owner another one.
const MOVES_MAX: u32 = 20;
/// SKUs that are looked at in one round when the number of shards has changed.
const LOOK_MAX: u32 = 500;

/// The layout as the edge needs it.
pub(super) async fn layout_of<S: ShardStore, C>(
    store: &S,
    peers: &Peers<'_, C>,
    deployed: u16,
) -> Result<Layout, StoreError> {
    let (pins, misplaced, has_older_keys) = store.layout(peers.shards).await?;
    Ok(Layout {
        shards: peers.shards,
        deployed,
        pins: pins.into_iter().collect(),
        has_older_keys,
        misplaced,
    })
}

/// The owners of SKUs; those that have none get one if that is asked for.
pub(super) async fn places<S: ShardStore, C>(
    store: &S,
    peers: &Peers<'_, C>,
    find: &FindPlaces,
) -> Result<Places, StoreError> {
    let mut known = store.places(&find.skus).await?;
    let of = |known: &[Place], sku: &String| {
        let place = known.iter().find(|place| place.sku == *sku);
        place.map(|place| place.shard)
    };
    let new: Vec<_> = find
        .skus
        .iter()
        .filter(|sku| of(&known, sku).is_none())
        .map(|sku| (sku.clone(), layout::place_by_hash(sku, peers.shards)))
        .collect();
    if find.assign && !new.is_empty() {
        store.assign(&new).await?;
        known = store.places(&find.skus).await?;
    }
    Ok(Places {
        shards: find.skus.iter().map(|sku| of(&known, sku)).collect(),
    })
}

/// Puts a SKU where staff want it.
pub(super) async fn pin<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    pin: &Pin,
    now_ms: i64,
    log: &dyn Fn(&str),
) -> Result<PinReply, StoreError> {
    let shards = peers.shards;
    if pin.shard.is_some_and(|shard| shard >= shards) {
        return Ok(PinReply::UnknownShard { shards });
    }
    let skus = [pin.sku.clone()];
    if store.places(&skus).await?.is_empty() {
        return Ok(PinReply::UnknownSku);
    }
    let target = pin.shard;
    let target = target.unwrap_or_else(|| layout::place_by_hash(&pin.sku, shards));
    store.direct(&pin.sku, target, pin.shard).await?;
    for place in store.places(&skus).await? {
        if let Err(error) = move_on(store, peers, &place, now_ms).await {
            log(&format!("{} is not moved yet: {error}", place.sku));
        }
    }
    let places = store.places(&skus).await?;
    let is_there = places.iter().all(|place| place.target.is_none());
    Ok(match is_there {
        true => PinReply::Done,
        false => PinReply::Moving,
    })
}

/// Goes on with what is to move.
pub(super) async fn work<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    worked: &mut Worked,
    now_ms: i64,
    log: &dyn Fn(&str),
) -> Result<(), StoreError> {
    let unseen = store.unseen(peers.shards, LOOK_MAX).await?;
    for place in &unseen {
        let wanted = layout::place_by_hash(&place.sku, peers.shards);
        if place.pin.is_none() && place.shard != wanted {
            store.direct(&place.sku, wanted, None).await?;
        }
    }
    if let Some(last) = unseen.last() {
        store.seen(&last.sku).await?;
        worked.more = true;
    }
    let moving = store.moving(MOVES_MAX).await?;
    let moves = moving
        .iter()
        .map(|place| move_on(store, peers, place, now_ms));
    let mut failed = false;
    for (place, moved) in moving.iter().zip(at_once(moves).await) {
        if let Err(error) = moved {
            log(&format!("{} is not moved yet: {error}", place.sku));
            failed = true;
        }
    }
    worked.waits |= !moving.is_empty();
    worked.more |= moving.len() == MOVES_MAX as usize && !failed;
    handover::work(store, peers, worked, log).await
}

/// Lets the owner of a SKU give it away; it is noted when it has arrived.
async fn move_on<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    place: &Place,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(target) = place.target else {
        return Ok(());
    };
    let give = GiveAway {
        transfer: format!("move:{}:{}", place.moves, place.sku),
        sku: place.sku.clone(),
        to: target,
    };
    let arrived = match Some(place.shard) == peers.number() {
        true => transfers::give_away(store, peers, &give, now_ms).await?,
        false => {
            let path = shards::GIVE_AWAY_PATH;
            let answer: Answer = peers.ask(place.shard, path, &give).await?;
            answer.yes
        }
    };
    if arrived {
        let place_by_hash = layout::place_by_hash(&place.sku, peers.shards);
        store.moved(place, place_by_hash).await?;
    }
    Ok(())
}
