//! The keys of orders from before there were several shards go to the stores of keys.
//!
//! Until they are there, a store of keys asks shard 0 about every key that is new to it, because the
//! key may be one of those. The directory says in its layout that this is over once every store has
//! confirmed its share: from then on stores of keys decide alone.
//!
//! **Whatever comes in between** finds the same home: a store that is asked before it was told asks
//! shard 0, which has the order; one that is told keeps the first home that it heard of a key, and
//! hears of none but shard 0 for an order of shard 0. A batch counts as told when all stores have
//! confirmed it; if shard 0 dies before that, they hear it once more.

use std::collections::BTreeMap;

use souk_protocol::shards::{self, HandOver, HandedOver};
use souk_sharding::{Address, ShardClient, layout};

use super::{Peers, ShardStore, Worked, at_once};
use crate::StoreError;

/// Keys in one round. They belong to all stores alike, so a round costs up to
/// [`souk_sharding::KEY_STORES`] calls, of some twenty keys each.
const KEYS_MAX: u32 = 5_000;

/// Tells of the next keys.
///
/// # Errors
/// When the own store does not answer. A store of keys that does not is told in a later round.
pub(super) async fn work<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    worked: &mut Worked,
    log: &dyn Fn(&str),
) -> Result<(), StoreError> {
    let Some(older) = store.older_keys(KEYS_MAX).await? else {
        return Ok(());
    };
    let mut shares: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for key in &older.keys {
        let share = shares.entry(layout::store_of_key(key)).or_default();
        share.push(key.clone());
    }
    let told = shares.into_iter().map(async |(keeper, keys)| {
        let hand_over = HandOver { keys, home: 0 };
        let path = shards::HAND_OVER_PATH;
        let handed: HandedOver = peers.ask_store(keeper, path, &hand_over).await?;
        Ok((keeper, handed))
    });
    for told in at_once(told).await {
        match told {
            Ok((_, HandedOver { elsewhere: 0 })) => {}
            Ok((keeper, HandedOver { elsewhere })) => log(&format!(
                "{}: {elsewhere} keys of orders here are said to live elsewhere",
                keeper.name()
            )),
            Err(error) => {
                let error: StoreError = error;
                log(&format!("keys are not handed over yet: {error}"));
                worked.waits = true;
                return Ok(());
            }
        }
    }
    store.older_keys_told(&older).await?;
    worked.more = true;
    Ok(())
}
