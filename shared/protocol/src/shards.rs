//! What the shards of an origin say to each other, and what the edge has to know of them.
//!
//! A shard is one store of orders and stock. A SKU has one owner, the shard that the hash of its
//! name says: its units can be ordered there and nowhere else. An order lives as a whole on one
//! shard, its home; units of SKUs that others own are brought there first. Everything here is
//! idempotent: by the name of a transfer, or by itself.
//!
//! As in [`crate::origin`], business outcomes travel as 200 with a tagged body.

use serde::{Deserialize, Serialize};

use crate::by_kind::read_by_kind;
use crate::origin::SetTerms;

/// `GET`: → [`ShardsReport`]. Of shard 0, which knows how many shards there are.
pub const LAYOUT_PATH: &str = "/trade/v1/shards";
/// `POST`: [`ClaimKey`] → [`KeyHome`]. Of the store that keeps the key.
pub const KEYS_PATH: &str = "/trade/v1/shards/keys";
/// `POST`: [`KeepKeys`] → 204. Of the store that keeps these keys: it learns where orders live that
/// were placed while the shop had one shard, which keeps its keys itself.
pub const KEEP_KEYS_PATH: &str = "/trade/v1/shards/keys/keep";
/// `POST`: [`Pull`] → [`PullReply`]. Of the owner: units for an order on another shard.
pub const PULL_PATH: &str = "/trade/v1/shards/pull";
/// `POST`: [`Transfer`] → [`Answer`]. Of the shard that asked for units: whether they are part of
/// its books. If they are not, they never will be: the caller may take them back.
pub const ARRIVED_PATH: &str = "/trade/v1/shards/arrived";
/// `POST`: [`Delivery`] → 204. Units come back to the owner of their SKU.
pub const DELIVER_PATH: &str = "/trade/v1/shards/deliver";
/// `POST`: [`Grow`] → [`GrowReply`]. Of the router: one bounded step of growing.
pub const GROW_PATH: &str = "/trade/v1/shards/grow";
/// `POST`: [`Grow`] → [`GrowReply`] that says where the shop stands. Of shard 0: from then on the
/// shop grows.
pub const BEGIN_GROWTH_PATH: &str = "/trade/v1/shards/grow/begin";
/// `POST`: [`Layout`] → [`GrowthRound`]. Of any shard: it stores the layout, and hands over some of
/// the SKUs that another shard owns by it.
pub const GROWTH_ROUND_PATH: &str = "/trade/v1/shards/grow/round";
/// `POST`: [`Layout`] → [`Layout`]. Of shard 0: every shard has given everything away.
pub const END_GROWTH_PATH: &str = "/trade/v1/shards/grow/end";
/// `POST`: list of [`Ownership`] → 204. Of the new owner.
pub const OWN_PATH: &str = "/trade/v1/shards/own";
/// `POST`: nothing → [`ShardTerms`]. Of shard 0: for a shard that is new.
pub const SHARD_TERMS_PATH: &str = "/trade/v1/shards/terms";
/// `POST`: list of [`SkuKeys`] → 204. Of the new owner, before the ownership comes.
pub const SKU_KEYS_PATH: &str = "/trade/v1/shards/skus/keys";

/// In the query of a request: for how many shards it was routed. A request of one shard to another
/// has none.
pub const SHARDS_PARAMETER: &str = "shards";

/// The status of the refusal of orders and changes while the shop grows: nothing was done, and the
/// same request may be sent again.
pub const CLOSED_STATUS: u16 = 423;
/// When to try again, in seconds: about as long as it takes to copy some ten thousand SKUs.
pub const CLOSED_RETRY_AFTER_S: u32 = 10;

/// Most shards that a shop has.
pub const SHARDS_MAX: u16 = 1_024;

/// Prefix of the key of a receipt, which distinguishes it from that of an order.
pub const OF_RECEIPT: &str = "receipt ";

/// The terms of the published version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardTerms {
    /// Absent where no version has said anything.
    pub terms: Option<SetTerms>,
}

/// How many shards there are. It changes in one direction only: a layout that is greater is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Layout {
    /// Their number, which says where each SKU is. They are numbered from 0.
    pub shards: u16,
    /// How many there are to be. While there is such a number, ordering is closed.
    #[serde(default)]
    pub growing_to: Option<u16>,
}

impl Layout {
    /// How many shards have something, or are about to.
    pub fn all(self) -> u16 {
        self.growing_to.unwrap_or(self.shards)
    }

    /// Whether orders and changes are refused for the moment.
    pub fn is_closed(self) -> bool {
        self.growing_to.is_some()
    }
}

/// Which shards there are, for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardsReport {
    /// How many.
    #[serde(flatten)]
    pub layout: Layout,
    /// The number in the settings, which counts only when a shop is created.
    pub deployed: u16,
}

/// With 421: the request was routed for fewer shards than there are, and nothing was done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreShards {
    /// How many there are.
    pub layout: Layout,
}

/// Says on which shard the order of a key is to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimKey {
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// The home of the order, if the key has none yet.
    pub home: u16,
}

/// Records with a store of keys where orders live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepKeys {
    /// Keys that belong to this store.
    pub keys: Vec<String>,
    /// The home of their orders.
    pub home: u16,
}

/// Where the order of a key lives, or is to be placed. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHome {
    /// The shard.
    pub home: u16,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Yes.
    pub yes: bool,
}

/// Asks the owner of a SKU for units. They are in transit then, until the shard that asked has them
/// in its books or says that it never will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Names the transfer. Asked again by the same name, the owner answers the same.
    pub transfer: String,
    /// The `Idempotency-Key` of the order that needs them, which a SKU that is withdrawn does not
    /// sell to; empty when it is placed already, or for a receipt.
    pub key: String,
    /// Of which SKU.
    pub sku: String,
    /// How many; 0 to read the offer only.
    pub units: u32,
    /// The shard that asks.
    pub to: u16,
}

/// What became of a [`Pull`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PullReply {
    /// Units are in transit: all of them, or none, or for an offer that can be ordered without
    /// stock as many as there are.
    Gone {
        /// What is sold under the SKU.
        offer: OfferFacts,
        /// Units in transit.
        units: u32,
        /// With no units: how many can be ordered.
        available: i64,
    },
    /// The transfer was given up before; another one needs another name.
    GivenUp,
    /// The shop does not sell it.
    NotSold,
    /// It has another owner since the shop has grown: the shard that asks does not know it yet.
    Moved,
}

/// What is sold under a SKU, without its stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferFacts {
    /// The product's slug.
    pub slug: String,
    /// What the shopper reads on the order.
    pub title: String,
    /// Price of one unit in minor units.
    pub unit_price: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether orders may exceed the stock.
    pub backorder: bool,
    /// Whether it is sold at present.
    pub offered: bool,
    /// Stamps of the facts of prices that it may be sold with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
    /// Those before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts_before: Vec<String>,
    /// When the current ones came, in milliseconds since 1970.
    #[serde(default)]
    pub facts_since_ms: i64,
}

/// Names a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its name.
    pub transfer: String,
}

/// Units that come to a shard for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Names the transfer: units come in once.
    pub transfer: String,
    /// Of which SKU.
    pub sku: String,
    /// How many, at least 1.
    pub units: i64,
}

/// Wants the shop to have so many shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grow {
    /// How many.
    pub to: u16,
}

/// What became of [`Grow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum GrowReply {
    /// The shop has so many shards, and ordering is open.
    Grown {
        /// How many there are.
        layout: Layout,
    },
    /// Ordering is closed, and there is more to copy: ask again.
    Growing {
        /// From how many, to how many.
        layout: Layout,
        /// What was done in this step.
        round: GrowthRound,
        /// Shards that have nothing left to give.
        done: u16,
    },
    /// It has more already, or begins to have another number: nothing was done.
    Refused {
        /// How many there are.
        layout: Layout,
    },
}

read_by_kind!(GrowReply by outcome {
    layout: Layout,
    round: GrowthRound,
    done: u16,
} {
    "grown" => Grown { layout: needed },
    "growing" => Growing { layout: needed, round: needed, done: needed },
    "refused" => Refused { layout: needed },
});

/// What a shard, or all of them, did in one round of growing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GrowthRound {
    /// SKUs that are with their new owner.
    pub skus: u64,
    /// Keys of orders and receipts that were copied.
    pub keys: u64,
    /// Whether there is something left to give.
    pub more: bool,
}

/// A SKU that is given to another shard with all that can be ordered of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// Names the transfer: it comes once.
    pub transfer: String,
    /// Which SKU.
    pub sku: String,
    /// Units that can be ordered.
    pub units: i64,
    /// What is sold under it.
    pub offer: OfferFacts,
    /// Until when a sold-out hold refuses orders for it, in milliseconds since 1970.
    pub sold_out_until_ms: i64,
}

/// Keys of orders that have a SKU, for the filters of its sold-out holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuKeys {
    /// Which.
    pub sku: String,
    /// Perhaps not all of them: the others come beside them.
    pub keys: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_greater() {
        let layout = |shards, growing_to| Layout { shards, growing_to };
        let course = [
            layout(1, None),
            layout(1, Some(3)),
            layout(3, None),
            layout(3, Some(4)),
            layout(4, None),
        ];
        assert!(course.is_sorted_by(|earlier, later| earlier < later));
        assert_eq!(course.map(Layout::all), [1, 3, 3, 4, 4]);
    }
}
