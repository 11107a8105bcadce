//! What the shards of an origin say to each other, and what the edge has to know of them.
//!
//! A shard is one store of orders and stock. A SKU has one owner: the shard on which its units can
//! be ordered. An order lives as a whole on one shard, its home; units of SKUs that others own are
//! brought there first. Everything here is idempotent: by the name of a transfer, or by itself.
//!
//! As in [`crate::trade`], business outcomes travel as 200 with a tagged body.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `GET`: → [`Layout`]. Of the directory, which is shard 0.
pub const LAYOUT_PATH: &str = "/trade/v1/shards";
/// `POST`: [`FindPlaces`] → [`Places`]. Of the directory.
pub const PLACES_PATH: &str = "/trade/v1/shards/places";
/// `POST`: [`Pin`] → [`PinReply`]. Of the directory.
pub const PINS_PATH: &str = "/trade/v1/shards/pins";
/// `POST`: [`ClaimKey`] → [`KeyHome`]. Of the shard that keeps the key.
pub const KEYS_PATH: &str = "/trade/v1/shards/keys";
/// `POST`: [`KnowsKey`] → [`Answer`]. Of any shard: whether an order of it has the key.
pub const KNOWS_KEY_PATH: &str = "/trade/v1/shards/keys/known";
/// `POST`: [`HandOver`] → [`HandedOver`]. Of the store that keeps these keys: it learns where orders
/// live that were placed before it kept any.
pub const HAND_OVER_PATH: &str = "/trade/v1/shards/keys/hand-over";
/// `POST`: [`Pull`] → [`PullReply`]. Of the owner: units for an order on another shard.
pub const PULL_PATH: &str = "/trade/v1/shards/pull";
/// `POST`: [`Transfer`] → [`Answer`]. Of the shard that asked for units: whether they are part of
/// its books. If they are not, they never will be: whoever asks may take them back.
pub const ARRIVED_PATH: &str = "/trade/v1/shards/arrived";
/// `POST`: [`Delivery`] → 204. Units, and perhaps the ownership, come to a shard.
pub const DELIVER_PATH: &str = "/trade/v1/shards/deliver";
/// `POST`: [`GiveAway`] → [`Answer`]. Of the owner: whether everything is with the new one.
pub const GIVE_AWAY_PATH: &str = "/trade/v1/shards/give-away";

/// In the query of a request to the directory: for how many shards it was routed. A request of a
/// shard of itself, or to another one, has none.
pub const SHARDS_PARAMETER: &str = "shards";

/// `POST`: [`FindSkuKeys`] → [`SkuKeys`]. Of a shard that owned a SKU: the keys of its orders.
pub const SKU_KEYS_PATH: &str = "/trade/v1/shards/skus/keys";

/// Stands before the key of a receipt, so that it is told from that of an order.
pub const OF_RECEIPT: &str = "receipt ";

/// Which shards there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Their number. They are numbered from 0, and 0 is the directory.
    pub shards: u16,
    /// The number that is deployed. A lower one is not followed: what is on the others would not be
    /// found. 0: not told.
    #[serde(default)]
    pub deployed: u16,
    /// SKUs that staff put on a shard of their choice.
    pub pins: BTreeMap<String, u16>,
    /// Whether shard 0 still has keys, of orders from before there were several shards, of which it
    /// has not told the stores of keys.
    pub has_older_keys: bool,
    /// SKUs that are not yet, or not known to be, where the layout wants them.
    pub misplaced: u64,
}

/// With 421: the request was routed for fewer shards than there are, and nothing was done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreShards {
    /// How many there are.
    pub shards: u16,
}

/// Asks for the owners of SKUs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindPlaces {
    /// At most [`crate::limits::OFFERS_PER_MESSAGE_MAX`].
    pub skus: Vec<String>,
    /// Whether a SKU without owner gets one.
    pub assign: bool,
}

/// The owners of SKUs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// One for each SKU that was asked for; `None`: no shard has ever sold it.
    pub shards: Vec<Option<u16>>,
}

/// Puts a SKU on a shard of its own choice, or gives it back to its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which.
    pub sku: String,
    /// Where to; `None`: where its hash says.
    pub shard: Option<u16>,
}

/// What became of a [`Pin`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PinReply {
    /// The SKU is there.
    Done,
    /// It is on its way; the directory goes on with it.
    Moving,
    /// No shard sells it.
    UnknownSku,
    /// There is no such shard.
    UnknownShard {
        /// How many there are.
        shards: u16,
    },
}

/// Says on which shard the order of a key is to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimKey {
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// The home of the order, if nobody has said another one before.
    pub home: u16,
    /// Whether to ask shard 0 about a key that is new here.
    pub ask_directory: bool,
}

/// Tells a store of keys where orders live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// Keys that belong to this store.
    pub keys: Vec<String>,
    /// The home of their orders.
    pub home: u16,
}

/// What became of a [`HandOver`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    /// How many of the keys have another home there, which should be none.
    pub elsewhere: u32,
}

/// Where the order of a key lives, or is to be placed. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHome {
    /// The shard.
    pub home: u16,
}

/// Asks whether an order has a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnowsKey {
    /// The client's `Idempotency-Key`.
    pub key: String,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Yes.
    pub yes: bool,
}

/// Asks the owner of a SKU for units. They are on their way then, until the shard that asked has
/// them in its books or says that it never will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Names the transfer. Asked again by the same name, the owner answers the same.
    pub transfer: String,
    /// The `Idempotency-Key` of the order that needs them, which a SKU that is withdrawn does not
    /// sell to; empty when it is placed already, or for a receipt.
    pub key: String,
    /// Of which SKU.
    pub sku: String,
    /// How many; 0 to hear what is sold under it.
    pub units: u32,
    /// Who asks.
    pub to: u16,
}

/// What became of a [`Pull`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PullReply {
    /// Units are on their way: all of them, or none, or for an offer that can be ordered without
    /// stock as many as there are.
    Gone {
        /// What is sold under the SKU.
        offer: OfferFacts,
        /// Units on their way.
        units: u32,
        /// With no units: how many can be ordered.
        available: i64,
    },
    /// The transfer was given up before; another one needs another name.
    GivenUp,
    /// The shop no longer sells it.
    NotSold,
    /// Another shard owns it, as far as known; `None`: not known.
    Elsewhere {
        /// Which.
        shard: Option<u16>,
    },
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
    /// With the ownership: until when a latch lets nobody have it, in milliseconds since 1970.
    #[serde(default)]
    pub latched_until_ms: i64,
    /// With the ownership: whether orders had it before, so that their keys are on other shards.
    #[serde(default)]
    pub has_keys_elsewhere: bool,
    /// With the ownership: the shards that have all of these keys among them; none where that is not
    /// known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys_from: Vec<u16>,
}

/// Asks a shard for the keys of orders that have a SKU, as far as it knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindSkuKeys {
    /// Which.
    pub sku: String,
    /// Where the last answer ended; empty for the first.
    pub from: String,
}

/// Keys of orders that have a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuKeys {
    /// Perhaps some of them more than once.
    pub keys: Vec<String>,
    /// Where the next answer is to begin; `None`: these are the last ones.
    pub next: Option<String>,
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
    /// How many; 0 if only the ownership comes.
    pub units: i64,
    /// With the ownership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferFacts>,
}

/// Tells the owner of a SKU to give it to another shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveAway {
    /// Names the move: a SKU leaves once for each, however often it is told to.
    pub transfer: String,
    /// Which.
    pub sku: String,
    /// To whom.
    pub to: u16,
}
