//! What the edge reads about stock without asking the origin: the availability snapshot for the
//! badges, and the sold-out holds by which an edge refuses an order.
//!
//! Both are written by the origin and read by every edge as bytes; this crate owns both encodings,
//! so that each has one writer and one reader.
//!
//! Not here: which SKUs are sold out and when a hold is set (`souk_origin`), how the bytes travel
//! (the adapters), and what an edge does with them (`souk_storefront`).

mod availability_snapshot;
pub mod sold_out_hold;
mod together;

pub use availability_snapshot::{AvailabilitySnapshot, sku_number};
pub use together::{apart, together};
