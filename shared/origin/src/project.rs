//! Projects to where the edge reads it: what cannot be ordered (eventual, for display only), and
//! the sold-out holds, which carry their own end.

use souk_stock_signals::AvailabilitySnapshot;

use crate::{OrderStore, StoreError};

/// Hands the availability snapshot to its readers. A lost projection is made good by the next one.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait AvailabilityProjector {
    /// Replaces the availability snapshot; the encoding of an [`AvailabilitySnapshot`].
    async fn project(&self, availability: Vec<u8>);

    /// The sold-out holds that lie where this origin puts them; nothing where they cannot be read,
    /// or where no edge reads any.
    async fn sold_out_holds(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Replaces them. The last one counts: a sold-out hold that another instance put there at the
    /// same moment may be lost, and is set again while there are refusals.
    async fn project_sold_out_holds(&self, _sold_out_holds: Vec<u8>) {}
}

/// The availability snapshot of this moment.
///
/// # Errors
/// When the store does not answer.
pub async fn availability<S: OrderStore>(store: &S, now_ms: i64) -> Result<Vec<u8>, StoreError> {
    let unavailable = store.unavailable().await?;
    let snapshot = AvailabilitySnapshot::encode(now_ms, unavailable);
    Ok(snapshot.into_bytes().into())
}
