//! The availability badge: what could be ordered a few seconds ago. The order path never reads it.

use bytes::Bytes;

use crate::catalogue::{COALESCE_WAIT_MS, COALESCE_WAITS};
use crate::instance::Instance;
use souk_ports::{Edge, PortError};
use souk_protocol::consistency::Data;

/// How long an instance trusts the board it has. With the projection's own delay, and on Workers
/// the 2 s that a data centre's cache keeps it, this bounds the age of a badge to a few seconds.
pub const BOARD_TTL_MS: i64 = Data::Badge.class().bound_ms();

const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 8;

/// The board as an instance has it.
#[derive(Debug, Clone)]
pub(crate) struct Availability {
    board: Bytes,
    /// Tells boards apart: part of the key of every finished response.
    pub(crate) stamp: u64,
    read_at_ms: i64,
}

impl Availability {
    fn new(board: Bytes, read_at_ms: i64) -> Self {
        let entries = board.get(HEADER_BYTES..).unwrap_or_default();
        let stamp = blake3::hash(entries).as_bytes()[..8]
            .try_into()
            .map(u64::from_le_bytes);
        Self {
            board,
            stamp: stamp.expect("eight bytes"),
            read_at_ms,
        }
    }

    /// Whether the board need not be read again.
    pub(crate) fn is_fresh(&self, now_ms: i64) -> bool {
        now_ms - self.read_at_ms < BOARD_TTL_MS
    }

    /// Whether the SKU could be ordered when the board was written.
    pub(crate) fn is_available(&self, sku: &str) -> bool {
        let wanted = sku_hash(sku);
        let entries = self.board.get(HEADER_BYTES..).unwrap_or_default();
        let entry = |place: usize| {
            let bytes = &entries[place * ENTRY_BYTES..][..ENTRY_BYTES];
            u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
        };
        let (mut low, mut high) = (0, entries.len() / ENTRY_BYTES);
        while low < high {
            let middle = usize::midpoint(low, high);
            match entry(middle).cmp(&wanted) {
                std::cmp::Ordering::Equal => return false,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        true
    }
}

/// The number that stands for a SKU on the board.
fn sku_hash(sku: &str) -> u64 {
    let hash = blake3::hash(sku.as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
}

/// The board, at most [`BOARD_TTL_MS`] old; an older one while another request fetches it.
/// Before the first projection everything counts as available.
pub(crate) async fn current<E: Edge>(edge: &E, instance: &Instance) -> Availability {
    const KEY: &str = "\u{0}availability";
    let mut now = edge.now_ms();
    let mut known = instance.availability.borrow().clone();
    if let Some(known) = known.as_ref().filter(|known| known.is_fresh(now)) {
        return known.clone();
    }
    let mut mark = instance.in_flight.begin(KEY, now);
    // Without any board there is nothing to show meanwhile: the first one is worth a wait.
    for _ in 0..COALESCE_WAITS {
        if known.is_some() || mark.is_some() {
            break;
        }
        edge.pause_ms(COALESCE_WAIT_MS).await;
        now = edge.now_ms();
        known = instance.availability.borrow().clone();
        mark = match known {
            Some(_) => None,
            None => instance.in_flight.begin(KEY, now),
        };
    }
    if mark.is_none() {
        return known.unwrap_or_else(|| Availability::new(Bytes::new(), now));
    }
    instance.metrics.board_reads.add_one();
    let board = match edge.board().await {
        Ok(board) => board.unwrap_or_default(),
        // A badge is a courtesy: without its board the last one is shown, and the order decides.
        Err(PortError::Transient(_) | PortError::Unsupported(_)) => {
            known.map(|known| known.board).unwrap_or_default()
        }
    };
    let fresh = Availability::new(board, now);
    instance.availability.replace(Some(fresh.clone()));
    fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skus_on_the_board_are_not_available() {
        let mut hashes: Vec<_> = ["a", "b", "c"].into_iter().map(sku_hash).collect();
        hashes.sort_unstable();
        let mut board = 7_i64.to_le_bytes().to_vec();
        board.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        let availability = Availability::new(board.into(), 0);
        assert!(
            ["a", "b", "c"]
                .iter()
                .all(|sku| !availability.is_available(sku))
        );
        assert!(
            ["d", "", "aa"]
                .iter()
                .all(|sku| availability.is_available(sku))
        );
        for length in 0..8 {
            let damaged = Availability::new(vec![0; length].into(), 0);
            assert!(damaged.is_available("a"));
        }
    }
}
