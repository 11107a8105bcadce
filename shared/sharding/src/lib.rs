//! An origin of several shards, as one.
//!
//! [`layout`] says where a SKU, a key and an order belong; [`Router`] takes a request of the
//! protocol apart, asks the shards that it concerns, and puts their answers together. A client of
//! the origin asks the router and knows nothing of shards; with one shard it only passes on.
//!
//! **Architecture Invariant:** the router keeps no truth. Every request says for how many shards it
//! was routed, and a shard that knows a newer number answers with it.
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
