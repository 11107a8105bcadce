//! What goes with a product: bought together with it, similar to it, or popular.
//!
//! - `kind`: what is asked for, and what an answer was made of;
//! - `known`: what an instance keeps of what the shop has learnt from orders, and `read`: what a request
//!   reads of it;
//! - `choose`: which products are shown, and by what they were chosen;
//! - `api`: the addresses.
//!
//! Insights are hints. Where they are missing, damaged or old, other products are shown and no request
//! fails.
//!
//! Not here: how lists are learnt (`souk_insights`), how words find products (`souk_search`).

mod api;
mod choose;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod kind;
mod known;
mod read;

pub(crate) use choose::{Choice, LINES_BESIDE};
pub(crate) use kind::{ChosenBy, Kind};
pub use known::INSIGHTS_TTL_MS;
pub(crate) use known::{Insights, InsightsCache};
