//! How latches are written down where edges read them: one after the other, so that what several
//! origins have written can be joined by putting one behind the other.
//!
//! A latch is, little-endian: the length of what follows (4 bytes), when it was set (8), its number
//! (8), the length of its SKU (2), the SKU, and its filter.

use bytes::{Buf, Bytes};

use crate::{CLOCKS_APART_MS, KeyFilter, VALID_MS};

/// Bytes of latches that one origin writes at most; the newest ones stay. Edges keep them in memory,
/// and a Workers isolate has 128 MB for everything.
const BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a latch beside its SKU and its filter.
const FRAME_BYTES: usize = 4 + 8 + 8 + 2;

/// A SKU that is refused for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latch {
    /// Which.
    pub sku: String,
    /// Tells latches of a SKU apart: it is another one once an order with the SKU was accepted, and
    /// so the filter belongs to it.
    pub number: i64,
    /// When the origin gave it, in milliseconds since 1970.
    pub set_at_ms: i64,
    /// The keys of all orders that have the SKU.
    pub filter: KeyFilter,
}

impl Latch {
    /// Whether an edge may refuse by it at this moment of its own clock. One from further in the
    /// future than clocks may be apart shows a clock that is wrong.
    pub fn is_valid(&self, now_ms: i64) -> bool {
        now_ms < self.set_at_ms.saturating_add(VALID_MS)
            && now_ms >= self.set_at_ms.saturating_sub(CLOCKS_APART_MS)
    }

    fn write(&self, board: &mut Vec<u8>) {
        let small = |length: usize| u32::try_from(length).expect("a SKU and a filter are small");
        let sku_bytes = u16::try_from(self.sku.len()).expect("a SKU is short");
        board.extend(small(self.bytes() - 4).to_le_bytes());
        board.extend(self.set_at_ms.to_le_bytes());
        board.extend(self.number.to_le_bytes());
        board.extend(sku_bytes.to_le_bytes());
        board.extend(self.sku.as_bytes());
        board.extend(self.filter.0.as_ref());
    }

    fn bytes(&self) -> usize {
        FRAME_BYTES + self.sku.len() + self.filter.0.len()
    }
}

/// The latches on a board. What cannot be read ends it: a latch that is missing costs a question to
/// the origin, and nothing else.
pub fn read(mut board: Bytes) -> Vec<Latch> {
    let mut latches = Vec::new();
    while let Some(latch) = take(&mut board) {
        latches.push(latch);
    }
    latches
}

fn take(board: &mut Bytes) -> Option<Latch> {
    let length = usize::try_from(board.try_get_u32_le().ok()?).ok()?;
    if length > board.len() {
        return None;
    }
    let mut rest = board.split_to(length);
    let set_at_ms = rest.try_get_i64_le().ok()?;
    let number = rest.try_get_i64_le().ok()?;
    let sku_bytes = usize::from(rest.try_get_u16_le().ok()?);
    if sku_bytes > rest.len() {
        return None;
    }
    let sku = String::from_utf8(rest.split_to(sku_bytes).into()).ok()?;
    Some(Latch {
        sku,
        number,
        set_at_ms,
        filter: KeyFilter(rest),
    })
}

/// A board of one origin with one latch more: without those that nobody honours any more, and with
/// the newest one of each SKU.
pub fn join(known: Vec<Latch>, new: Latch, now_ms: i64) -> Vec<u8> {
    let mut latches = known;
    latches.retain(|latch| latch.is_valid(now_ms));
    latches.push(new);
    latches.sort_by_key(|latch| std::cmp::Reverse((latch.set_at_ms, latch.number)));
    let mut board = Vec::new();
    let mut skus = std::collections::BTreeSet::new();
    for latch in &latches {
        let fits = board.len() + latch.bytes() <= BYTES_MAX;
        if fits && skus.insert(latch.sku.as_str()) {
            latch.write(&mut board);
        }
    }
    board
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latch(sku: &str, number: i64, set_at_ms: i64) -> Latch {
        let keys = [format!("key of {sku} {number}")];
        Latch {
            sku: sku.to_owned(),
            number,
            set_at_ms,
            filter: KeyFilter::of(&keys).expect("one key"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (tea, cup) = (latch("tea", 1, 10), latch("茶杯", 7, 11));
        let one = join(Vec::new(), tea.clone(), 10);
        let both = join(read(one.clone().into()), cup.clone(), 11);
        assert_eq!(read(both.into()), [cup.clone(), tea.clone()]);
        // Two origins, one behind the other.
        let mut parts = one;
        parts.extend(join(Vec::new(), cup.clone(), 11));
        assert_eq!(read(parts.into()), [tea, cup]);
        assert_eq!(read(Bytes::new()), []);
    }

    #[test]
    fn the_newest_latch_of_a_sku_stays_and_old_ones_go() {
        let known = vec![
            latch("tea", 1, 0),
            latch("cup", 1, 4_000),
            latch("pot", 1, 1),
        ];
        let joined = join(known, latch("tea", 2, 5_000), 5_000);
        let expected = [
            latch("tea", 2, 5_000),
            latch("cup", 1, 4_000),
            latch("pot", 1, 1),
        ];
        assert_eq!(read(joined.into()), expected);
        // A latch that was set before the one that lies there came later.
        let joined = join(vec![latch("tea", 2, 5_000)], latch("tea", 2, 4_999), 5_001);
        assert_eq!(read(joined.into()), [latch("tea", 2, 5_000)]);
        let joined = join(vec![latch("pot", 1, 1)], latch("tea", 2, 5_001), 5_001);
        assert_eq!(read(joined.into()), [latch("tea", 2, 5_001)]);
    }

    #[test]
    fn a_board_is_bounded_and_keeps_the_newest() {
        let keys: Vec<_> = (0..crate::KEYS_MAX).map(|n| n.to_string()).collect();
        let filter = KeyFilter::of(&keys).expect("as many as it may have");
        let mut board = Vec::new();
        for n in 0..8 {
            let sku = format!("sku-{n}");
            let filter = filter.clone();
            let new = Latch {
                sku,
                number: 1,
                set_at_ms: n,
                filter,
            };
            board = join(read(board.into()), new, n);
            assert!(board.len() <= BYTES_MAX);
        }
        let skus: Vec<_> = read(board.into())
            .into_iter()
            .map(|latch| latch.sku)
            .collect();
        assert_eq!(skus, ["sku-7", "sku-6", "sku-5", "sku-4", "sku-3"]);
    }

    #[test]
    fn a_damaged_board_loses_latches_and_nothing_else() {
        let board = join(vec![latch("tea", 1, 1)], latch("cup", 1, 2), 2);
        for length in 0..board.len() {
            let read = read(Bytes::copy_from_slice(&board[..length]));
            assert!(read.len() < 2 && read.iter().all(|one| *one == latch("cup", 1, 2)));
        }
        let huge = [0xff; 64];
        assert_eq!(read(Bytes::copy_from_slice(&huge)), []);
    }

    #[test]
    fn a_latch_is_honoured_until_its_end() {
        let latch = latch("tea", 1, 10_000);
        let cases = [
            (10_000 - CLOCKS_APART_MS - 1, false),
            (10_000 - CLOCKS_APART_MS, true),
            (10_000 + VALID_MS - 1, true),
            (10_000 + VALID_MS, false),
        ];
        for (now_ms, valid) in cases {
            assert_eq!(latch.is_valid(now_ms), valid, "{now_ms}");
        }
    }
}
