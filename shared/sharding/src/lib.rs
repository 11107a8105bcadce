//! An origin of several shards, as one.
//!
//! [`layout`] says which shard has a SKU, a key or an order; [`Router`] divides a request of the
//! protocol among the shards that it concerns, and combines their answers. A client of the origin
//! calls the router as if there were one origin; with one shard the router only forwards.
//!
//! **Architecture Invariant:** the router's number of shards is only remembered. Every request says
//! for how many shards it was routed, and a shard with a newer number answers with that number.
//!
//! Not here: what a shard does (`souk_origin_sharding`), how one is reached (`functions/`).

mod ask_each;
pub mod layout;
mod merge;
mod router;
mod setting;

pub use ask_each::ask_each;
pub use layout::{Address, KEY_STORES, SHARDS_MAX};
pub use router::{Known, Router, ShardClient};
pub use setting::{ShardsError, shards};
