//! The back office: the staff API, the order index, and what is due by the clock.
//!
//! - Staff API: blobs, media, publications, offers, stock, audit; orders, receipts, repairs,
//!   queues; shards.
//! - [`order_index`]: the back office's own store, which [`courier`] fills from the origin's queue.
//! - [`tick`](fn@tick): what a scheduler calls.
//!
//! [`handle`] checks the bearer token first, for every address; without it nothing answers. What
//! is strict (versions, offers, stock) is the origin's and is passed on; what is published goes to
//! the key-value store.
//!
//! Not here: files and their import (`souk-import`), which blobs to send (the tool that publishes).

#[cfg(feature = "contract")]
pub mod contract;
pub mod courier;
mod metrics;
pub mod order_index;
mod orders;
mod publish;
mod queues;
mod repairs;
mod shards;
mod staff;
mod tick;

pub use order_index::OrderIndex;
pub use staff::{Settings, TOKEN_BYTES_MIN, handle};
pub use tick::tick;
