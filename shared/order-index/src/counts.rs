//! What orders teach, as counts without buyers: how many orders have two products, and how many of a
//! day have one. Products are hashes of their slugs.
//!
//! An order counts from the moment in which its units are sold, and no longer once it is cancelled or
//! expires. Both follow from the fold of its events alone, so the counts are the same in whatever
//! order event messages arrive, and however often. Counts of orders from elsewhere stand beside the
//! shop's own.
//!
//! Beside them stands since when SKUs are sold out, as far as calls tell it: what is in stock between two
//! calls and sold out at both is taken for sold out all the time.
//!
//! Not here: what follows from the counts (`souk_insights`), and when (`souk-staff-api`).

use souk_catalogue::SlugHash;
use souk_protocol::order_index::{Counted, MostOrdered, PairCount, PairMet};
use souk_protocol::staff::ImportCounts;
use souk_sql::StoreError;

use crate::fold::Folded;

/// Products of an order whose pairs count; `souk_insights::BASKET_ITEMS_MAX` says why.
pub(crate) const BASKET_PRODUCTS_MAX: usize = 50;

/// Most pairs of the shop's own orders that are kept, both ways: 60 bytes each are 24 MB.
pub const PAIRS_MAX: i64 = 400_000;

/// How many of them stay when there are more: those that most orders have. The distance is what is
/// added until the next look at all of them.
pub const PAIRS_KEPT: i64 = 300_000;

/// A pair that one order has is forgotten after so many days.
pub const SEEN_ONCE_DAYS: i64 = 90;

/// Any other pair, and a product, is forgotten so many days after its last order.
pub const FORGOTTEN_AFTER_DAYS: i64 = 730;

/// How long an order counts for what is popular: `souk_insights::POPULAR_DAYS`.
pub(crate) const POPULAR_DAYS: i64 = 180;

/// Most products of days that are kept, the last days first: 40 bytes each are 8 MB.
pub(crate) const DAY_PRODUCTS_MAX: i64 = 200_000;

/// Most pairs of an import, and most products of days: more than any import that `souk` sends.
pub(crate) const IMPORTED_MAX: i64 = 5_000_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The counts of an order index. Every method is one transaction.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait OrderCounts {
    /// How the counts stand.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn counted(&self, now_ms: i64) -> Result<Counted, StoreError>;

    /// The products with the greatest sums of weights, at most `limit`: each order of the last day
    /// has the first weight, one of the day before the second, and older ones none. Where sums are
    /// equal, by the hash.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn most_ordered(&self, weights: &[i64], limit: i64) -> Result<MostOrdered, StoreError>;

    /// The next pairs after a product and a companion, ascending, at most
    /// [`souk_protocol::order_index::PAIRS_PAGE_MAX`]: those that `orders_min` orders have, and every
    /// product with itself.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn pairs(
        &self,
        after: &(String, String),
        orders_min: i64,
    ) -> Result<Vec<PairCount>, StoreError>;

    /// The pairs that most orders have, at least `orders_min`: each once, at most `limit`. Where as many
    /// have two pairs, by their hashes.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn most_met(&self, orders_min: i64, limit: i64) -> Result<Vec<PairMet>, StoreError>;

    /// Notes which SKUs are sold out today, by the numbers that stand for them: at most
    /// [`souk_protocol::order_index::SOLD_OUT_MAX`]. Gives those of them that were so at every call since
    /// `since_day` at the latest, the longest first. Days are counted since 1970.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn note_sold_out(
        &self,
        skus: &[u32],
        today: i64,
        since_day: i64,
    ) -> Result<Vec<u32>, StoreError>;

    /// Keeps how a build stands, for [`Counted::build`], if that still says `before`; whether it did.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn keep_build(&self, before: &str, build: &str) -> Result<bool, StoreError>;

    /// Takes a part of the counts of orders that the shop did not take itself.
    ///
    /// # Errors
    /// [`StoreError::Rejected`] where it is none or too much; else see [`StoreError`].
    async fn import(&self, counts: &ImportCounts) -> Result<(), StoreError>;
}

/// The day of a moment, in days since 1970.
pub(crate) fn day_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}

/// What an order that begins or ends to count changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// 1 or -1.
    pub(crate) by: i64,
    /// When it was placed, in days since 1970.
    pub(crate) day: i64,
    /// Its products, each once.
    pub(crate) products: Vec<String>,
}

/// The change from how an order stood; `None` where it counts as before, or has no known product.
pub(crate) fn change(was_sold: bool, order: &Folded) -> Option<Change> {
    let by = match (was_sold, order.state.status.is_sold()) {
        (false, true) => 1,
        (true, false) => -1,
        (true, true) | (false, false) => return None,
    };
    let slugs = order
        .lines
        .iter()
        .filter_map(|line| line.line.slug.as_deref());
    let mut products = Vec::new();
    for product in slugs.map(|slug| name(SlugHash::of(slug))) {
        if !products.contains(&product) {
            products.push(product);
        }
    }
    (!products.is_empty()).then(|| Change {
        by,
        day: day_of(order.placed_at_ms),
        products,
    })
}

/// The text of a hash, in whose order the hashes stand.
pub(crate) fn name(hash: SlugHash) -> String {
    format!("{:016x}", hash.0)
}

/// Whether a text is the name of a product.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() == 16
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
