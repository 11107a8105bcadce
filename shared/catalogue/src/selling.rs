//! What the shop's terms say about a variant.
//!
//! Not here: the facts and the prices that follow from it (`facts`).

use minicbor::{Decode, Encode};
use souk_pricing::MarketPrices;

use crate::blob::list;

/// What the terms say about a variant beside its price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Selling {
    /// What it costs in each market that sells it.
    #[cbor(n(0), with = "list")]
    pub prices: Vec<MarketPrices>,
    /// Numbers of the groups of products that it is in, in ascending order.
    #[cbor(n(1), with = "list")]
    pub groups: Vec<u16>,
    /// Place of its tax category in [`souk_pricing::Terms::categories`].
    #[n(2)]
    pub category: Option<u16>,
}
