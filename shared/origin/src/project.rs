//! Projects what cannot be ordered to where the edge reads it: eventual, for display only.

use crate::{OrderStore, StoreError};

/// Hands the board to its readers. A lost projection is made good by the next one.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait AvailabilityProjector {
    /// Replaces the board; the binary form of [`souk_protocol::trade::AvailabilityBoard`].
    async fn project(&self, board: Vec<u8>);
}

/// The board of this moment.
///
/// # Errors
/// When the store does not answer.
pub async fn board<S: OrderStore>(store: &S, now_ms: i64) -> Result<Vec<u8>, StoreError> {
    let mut hashes: Vec<u64> = store
        .unavailable()
        .await?
        .iter()
        .map(|sku| {
            let hash = blake3::hash(sku.as_bytes());
            u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
        })
        .collect();
    hashes.sort_unstable();
    let mut board = now_ms.to_le_bytes().to_vec();
    board.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    Ok(board)
}
