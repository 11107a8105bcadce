//! What a shop learns from its orders: which products are bought together, and which are bought most.
//! No I/O.
//!
//! - [`History`]: orders without buyers: what was in a basket, and on which day;
//! - [`bought_together`] and [`popular`]: what follows from it;
//! - [`factors`]: how much more or less a product counts in a search for it;
//! - [`TypesTogether`]: which types of products are bought together;
//! - [`counts`]: the same as numbers of pairs and days, which can be added up;
//! - [`Pairs`]: what is sorted on the way;
//! - [`pack`], [`Root`], [`Segment`]: the blobs that the edge reads.
//!
//! All sums are of whole numbers, so that the same orders give the same bytes on every machine, in
//! whatever order they come.
//!
//! **Architecture Invariant:** nothing here knows who bought. A pair of products that fewer than
//! [`PAIR_ORDERS_MIN`] orders have is in no blob.

mod blobs;
mod counts;
mod factors;
mod history;
mod pack;
mod pairs;
mod popular;
mod together;
mod types;

pub use blobs::{PRODUCTS_PER_SEGMENT, QUERIES_MAX, Query, Root, SEGMENT_BITS_MAX, Segment};
pub use counts::{Counts, DAYS_PRODUCTS_MAX, DayCount, MET_MAX, PairCount, counts};
pub use factors::{
    FACTOR_MAX, FACTOR_MIN, LONG_SOLD_OUT_DAYS, LONG_SOLD_OUT_MAX, RANKED_MAX, RANKED_ORDERS_MIN,
    factors, levels, tie,
};
pub use history::{BASKET_ITEMS_MAX, History};
pub use pack::{Packed, pack, segment_bits};
pub use pairs::Pairs;
pub use popular::{HALF_LIFE_DAYS, POPULAR_DAYS, POPULAR_MAX, order_weights, popular};
pub use together::{
    Companion, LIST_MAX, Met, PAIR_ORDERS_MIN, SCORE_ONE, SHRINKAGE, Together, bought_together,
    closest,
};
pub use types::{TYPE_BYTES_MAX, TYPE_COMPANIONS_MAX, TYPES_MAX, TypesTogether};
