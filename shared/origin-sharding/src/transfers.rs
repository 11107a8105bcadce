//! What a shard does by the clock: it finds out what became of units that left, and sends off those
//! that do not belong here.

use std::collections::BTreeSet;

use souk_order_store::{Departure, DepartureKind, ShardStore, StoreError};
use souk_protocol::shards::{self, Answer, Delivery, Transfer};
use souk_sharding::ShardClient;

use crate::peers::{Peers, at_once};

/// How long a home has to book what it asked for before it is asked, in milliseconds: longer than
/// the way there and back.
const PATIENCE_MS: i64 = 2_000;
/// Departures that are read together.
const DEPARTURES_MAX: u32 = 50;
/// Departures that are followed in one round. Each costs a call, and an object may make a thousand
/// between two alarms.
const FOLLOWED_MAX: usize = 400;

/// What a round has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worked {
    /// Whether a SKU can be ordered that could not before.
    pub shelves_changed: bool,
    /// Whether there is more to do at once.
    pub more: bool,
    /// Whether something waits, for its time or for a shard that does not answer.
    pub waits: bool,
}

/// Does one round of it.
///
/// # Errors
/// When the own store does not answer. A shard that does not answer is asked again in a later round.
pub(crate) async fn work<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    now_ms: i64,
    log: &dyn Fn(&str),
) -> Result<Worked, StoreError> {
    let mut worked = Worked::default();
    if !peers.are_several() {
        return Ok(worked);
    }
    let Some(own) = peers.number() else {
        return Ok(worked);
    };
    settle(store, peers, own, &mut worked, now_ms, log).await?;
    // Units that were returned meanwhile have another owner since the shop has grown.
    store.send_strays(peers.shards, now_ms).await?;
    // Those that are not yet old enough to be asked about.
    let young = store.departures(now_ms, 1, &[]).await?;
    worked.waits |= !young.is_empty();
    Ok(worked)
}

/// Finds out about transfers that are old enough, and brings what is to be brought.
async fn settle<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    own: u16,
    worked: &mut Worked,
    now_ms: i64,
    log: &dyn Fn(&str),
) -> Result<(), StoreError> {
    let before_ms = now_ms - PATIENCE_MS;
    // One that does not answer would not answer the next question either, and others go on.
    let mut silent = BTreeSet::new();
    let (mut followed, mut ended) = (0, 0);
    loop {
        store.send_strays(peers.shards, now_ms).await?;
        let without: Vec<u16> = silent.iter().copied().collect();
        let departures = store
            .departures(before_ms, DEPARTURES_MAX, &without)
            .await?;
        followed += departures.len();
        let ends = departures
            .iter()
            .map(|departure| follow(store, peers, own, departure, now_ms));
        for (departure, end) in departures.iter().zip(at_once(ends).await) {
            match end {
                Ok(shelves_changed) => {
                    worked.shelves_changed |= shelves_changed;
                    ended += 1;
                }
                Err(error) => {
                    // Once for each shard: it may be asked about many at the same time.
                    if silent.insert(departure.shard) {
                        log(&error.to_string());
                    }
                }
            }
        }
        worked.waits |= !silent.is_empty();
        if departures.len() < DEPARTURES_MAX as usize {
            return Ok(());
        }
        if followed >= FOLLOWED_MAX {
            // If no shard answered, none would answer a retry at once.
            worked.more = ended > 0;
            return Ok(());
        }
    }
}

/// Finds out about one transfer, or brings it where it belongs.
async fn follow<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    own: u16,
    departure: &Departure,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Departure {
        shard,
        kind,
        delivery,
    } = departure;
    let arrived = match kind {
        DepartureKind::Asked => {
            let transfer = Transfer {
                transfer: delivery.transfer.clone(),
            };
            let answer: Answer = peers.ask(*shard, shards::ARRIVED_PATH, &transfer).await?;
            answer.yes
        }
        DepartureKind::Sent => {
            // Numbers are the sender's; the receiver distinguishes senders.
            let delivery = Delivery {
                transfer: format!("{own}:{}", delivery.transfer),
                ..delivery.clone()
            };
            let () = peers.ask(*shard, shards::DELIVER_PATH, &delivery).await?;
            true
        }
    };
    store
        .end_departure(&delivery.transfer, arrived, now_ms)
        .await
}
