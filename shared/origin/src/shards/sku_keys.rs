//! The keys of a SKU's orders are fetched from the shards that owned it, once a latch is wanted.
//!
//! Not here: why they are complete then (`sqlite/sku_keys.rs`).

use std::collections::BTreeSet;

use souk_protocol::shards::{self, FindSkuKeys, SkuKeys};
use souk_sharding::ShardClient;
use souk_stock_signals::sold_out_hold::KEYS_MAX;

use super::{Peers, ShardStore, SkuKeySource, Worked, at_once};
use crate::StoreError;

/// Sources that are asked at the same time.
const SOURCES_MAX: u32 = 8;
/// Answers in one round: all keys of a SKU that may have a latch, as a rule.
const ANSWERS_MAX: usize = 80;

/// Asks for what is wanted.
///
/// # Errors
/// When the own store does not answer. A shard that does not is asked again in a later round.
pub(super) async fn work<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    worked: &mut Worked,
    log: &dyn Fn(&str),
) -> Result<(), StoreError> {
    let mut silent = BTreeSet::new();
    let mut answers = 0;
    while answers < ANSWERS_MAX {
        let without: Vec<u16> = silent.iter().copied().collect();
        let sources = store
            .wanted_sku_keys(KEYS_MAX, &without, SOURCES_MAX)
            .await?;
        if sources.is_empty() {
            worked.waits |= !silent.is_empty();
            return Ok(());
        }
        answers += sources.len();
        let fetched = sources.iter().map(|source| fetch(store, peers, source));
        for (source, fetched) in sources.iter().zip(at_once(fetched).await) {
            if let Err(error) = fetched
                && silent.insert(source.shard)
            {
                log(&format!("keys of {} are missing: {error}", source.sku));
            }
        }
    }
    worked.more = true;
    Ok(())
}

async fn fetch<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    source: &SkuKeySource,
) -> Result<(), StoreError> {
    let find = FindSkuKeys {
        sku: source.sku.clone(),
        from: source.position.clone(),
    };
    let path = shards::SKU_KEYS_PATH;
    let page: SkuKeys = peers.ask(source.shard, path, &find).await?;
    store.take_sku_keys(source, &page).await
}
