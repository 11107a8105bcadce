//! Growing: the shop gets more shards than it has, while nothing is ordered.
//!
//! A command of the staff drives it in bounded steps (`souk_sharding::Router`): shard 0 writes down
//! what the shop grows to; the router sends it to every shard, which accepts no order or change
//! from then on, and hands over round by round the SKUs that another one is to own; when none has
//! anything left, shard 0 writes down the new number and the router sends that to every shard. Each
//! step sends a shard the whole layout, and sending it twice changes nothing, so the command may be
//! killed at any moment, and run again, by two people too.
//!
//! **What goes:** the ownership with the offer, what can be ordered, a sold-out hold that lasts, and
//! before it the keys of the SKU's orders, so that the next sold-out hold knows them. The only shard
//! also hands the keys of its orders and receipts over to the stores of keys. **What stays:** orders
//! and their units, where their numbers say.
//!
//! A shard that did not get the new number asks shard 0 with its next tick.

use std::collections::BTreeMap;

use souk_order_store::{Given, ShardStore, StoreError};
use souk_protocol::shards::{
    self, Grow, GrowReply, GrowthRound, KeepKeys, Layout, Ownership, SkuKeys,
};
use souk_sharding::{Address, SHARDS_MAX, ShardClient, ask_each, layout};
use souk_stock_signals::sold_out_hold::KEYS_MAX;

use crate::peers::{AT_ONCE, Peers, at_once};

/// SKUs that a round looks through. About half of them are given away where the number doubles.
const LOOK_MAX: u32 = 1_000;
/// SKUs that a round brings to their new owners, in one message to each.
const GIVEN_MAX: u32 = 1_000;
/// Keys in one message.
const KEYS_IN_MESSAGE: usize = 2_000;
/// Keys of orders that a round hands over. They belong to all stores of keys alike, so a round costs
/// up to [`souk_sharding::KEY_STORES`] calls, of some twenty keys each.
const KEPT_MAX: u32 = 5_000;

/// What is to be written down when the shop is to have so many shards; the reply where nothing is.
pub(crate) fn begin(known: Layout, grow: Grow) -> Result<Result<Layout, GrowReply>, StoreError> {
    let Layout { shards, growing_to } = known;
    if !(1..=SHARDS_MAX).contains(&grow.to) {
        let text = format!("a shop has 1 to {SHARDS_MAX} shards");
        return Err(StoreError::Rejected(text));
    }
    Ok(match growing_to {
        Some(to) if to == grow.to => Ok(known),
        None if shards == grow.to => Err(GrowReply::Grown { layout: known }),
        None if shards < grow.to => Ok(Layout {
            shards,
            growing_to: Some(grow.to),
        }),
        Some(_) | None => Err(GrowReply::Refused { layout: known }),
    })
}

/// The number of shards when all of them have given everything away.
pub(crate) fn end(known: Layout, over: Layout) -> Layout {
    match known.growing_to {
        Some(shards) if known == over => Layout {
            shards,
            growing_to: None,
        },
        // It has ended before.
        Some(_) | None => known,
    }
}

/// Hands over some of what another shard is to own.
pub(crate) async fn round<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    own: u16,
    now_ms: i64,
) -> Result<GrowthRound, StoreError> {
    let mut round = GrowthRound::default();
    if own == 0
        && let Some(kept) = store.keys_to_keep(KEPT_MAX).await?
    {
        keep(peers, &kept.keys).await?;
        store.keys_kept(&kept).await?;
        round.keys += u64::try_from(kept.keys.len()).unwrap_or(u64::MAX);
    }
    let given = store.give_up(own, LOOK_MAX, GIVEN_MAX, now_ms).await?;
    let mut parts: BTreeMap<u16, Vec<Ownership>> = BTreeMap::new();
    for Given { to, ownership } in given {
        parts.entry(to).or_default().push(ownership);
    }
    let brought = parts
        .into_iter()
        .map(|(to, ownerships)| bring(store, peers, to, ownerships));
    for brought in at_once(brought).await {
        let (skus, keys) = brought?;
        round.skus += skus;
        round.keys += keys;
    }
    round.more = store.is_left().await?;
    Ok(round)
}

/// Brings SKUs to their new owner, behind the keys of their orders. Gives how many of both.
async fn bring<S: ShardStore, C: ShardClient>(
    store: &S,
    peers: &Peers<'_, C>,
    to: u16,
    ownerships: Vec<Ownership>,
) -> Result<(u64, u64), StoreError> {
    let mut keys = Parcel::default();
    for ownership in &ownerships {
        let mut from = Some(String::new());
        let mut count = 0;
        // A SKU with more keys than that gets no sold-out hold anyway.
        while let Some(place) = from.filter(|_| count <= KEYS_MAX) {
            let (page, next) = store.sku_keys(&ownership.sku, &place).await?;
            count += page.keys.len();
            keys.add(page);
            if keys.waiting >= KEYS_IN_MESSAGE {
                keys.send(peers, to).await?;
            }
            from = next;
        }
    }
    keys.send(peers, to).await?;
    let () = peers.ask(to, shards::OWN_PATH, &ownerships).await?;
    store.arrived(&ownerships).await?;
    let skus = u64::try_from(ownerships.len()).unwrap_or(u64::MAX);
    Ok((skus, keys.sent))
}

/// Keys that go to one shard together.
#[derive(Default)]
struct Parcel {
    pages: Vec<SkuKeys>,
    waiting: usize,
    sent: u64,
}

impl Parcel {
    fn add(&mut self, page: SkuKeys) {
        self.waiting += page.keys.len();
        if !page.keys.is_empty() {
            self.pages.push(page);
        }
    }

    async fn send<C: ShardClient>(
        &mut self,
        peers: &Peers<'_, C>,
        to: u16,
    ) -> Result<(), StoreError> {
        if self.pages.is_empty() {
            return Ok(());
        }
        let () = peers.ask(to, shards::SKU_KEYS_PATH, &self.pages).await?;
        self.sent += u64::try_from(self.waiting).unwrap_or(u64::MAX);
        self.pages.clear();
        self.waiting = 0;
        Ok(())
    }
}

/// Records with the stores of keys where the orders of these live: here, on shard 0.
async fn keep<C: ShardClient>(peers: &Peers<'_, C>, keys: &[String]) -> Result<(), StoreError> {
    let mut shares: BTreeMap<Address, KeepKeys> = BTreeMap::new();
    for key in keys {
        let share = shares.entry(layout::store_of_key(key));
        let none = || KeepKeys {
            keys: Vec::new(),
            home: 0,
        };
        share.or_insert_with(none).keys.push(key.clone());
    }
    let kept = async |keeper| -> Result<(), StoreError> {
        let path = shards::KEEP_KEYS_PATH;
        peers.ask_store(keeper, path, &shares[&keeper]).await
    };
    ask_each(shares.keys().copied(), AT_ONCE, kept).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_grows_to_one_number_at_a_time_and_never_shrinks() {
        let layout = |shards, growing_to| Layout { shards, growing_to };
        let begun = |known, to| begin(known, Grow { to }).expect("a number of shards");
        assert_eq!(begun(layout(1, None), 3), Ok(layout(1, Some(3))));
        assert_eq!(begun(layout(1, Some(3)), 3), Ok(layout(1, Some(3))));
        for (known, to) in [
            (layout(1, Some(3)), 4),
            (layout(1, Some(3)), 2),
            (layout(3, None), 2),
        ] {
            let refused = GrowReply::Refused { layout: known };
            assert_eq!(begun(known, to), Err(refused), "{known:?}, {to}");
        }
        let known = layout(3, None);
        assert_eq!(begun(known, 3), Err(GrowReply::Grown { layout: known }));
        for to in [0, SHARDS_MAX + 1] {
            assert!(begin(known, Grow { to }).is_err(), "{to}");
        }
    }

    #[test]
    fn what_has_ended_ends_once() {
        let layout = |shards, growing_to| Layout { shards, growing_to };
        let growing = layout(1, Some(3));
        assert_eq!(end(growing, growing), layout(3, None));
        assert_eq!(end(layout(3, None), growing), layout(3, None));
        assert_eq!(end(layout(3, Some(4)), growing), layout(3, Some(4)));
    }
}
