//! Projects to where the edge reads it: what cannot be ordered (eventual, for display only), and the
//! latches, which carry their own end.

use souk_stock_signals::AvailabilitySnapshot;

use crate::{OrderStore, StoreError};

/// Hands the board to its readers. A lost projection is made good by the next one.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait AvailabilityProjector {
    /// Replaces the board; the encoding of an [`AvailabilitySnapshot`].
    async fn project(&self, board: Vec<u8>);

    /// The latches that lie where this origin puts them; nothing where they cannot be read, or
    /// where no edge reads any.
    async fn latches(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Replaces them. The last one counts: a latch that another instance put there at the same
    /// moment may be lost, and is set again while there are refusals.
    async fn project_latches(&self, _latches: Vec<u8>) {}
}

/// The board of this moment.
///
/// # Errors
/// When the store does not answer.
pub async fn board<S: OrderStore>(store: &S, now_ms: i64) -> Result<Vec<u8>, StoreError> {
    let unavailable = store.unavailable().await?;
    let snapshot = AvailabilitySnapshot::encode(now_ms, unavailable);
    Ok(snapshot.into_bytes().into())
}
