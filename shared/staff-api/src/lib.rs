//! The staff API, and what is due by the clock.
//!
//! - [`handle`]: blobs, media, publications, offers, stock, audit; orders, receipts, repairs,
//!   queues; shards.
//! - [`tick`](fn@tick): what a scheduler calls.
//!
//! [`handle`] checks the bearer token first, for every address; without it nothing answers. What
//! is strict (versions, offers, stock) is the origin's and is passed on; what is published goes to
//! the key-value store.
//!
//! Not here: the order index and the courier that fills it (`souk-order-index`), files and their
//! import (`souk-import`), which blobs to send (the tool that publishes).

mod blobs;
mod in_use;
mod metrics;
mod orders;
mod origin;
mod publish;
mod queues;
mod repairs;
mod reply;
mod request;
mod routes;
mod settings;
mod shards;
mod stock;
mod tick;
mod worklist;

pub use routes::handle;
pub use settings::{Settings, TOKEN_BYTES_MIN};
pub use tick::tick;
