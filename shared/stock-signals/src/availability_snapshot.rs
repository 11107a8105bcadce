//! The availability snapshot: which SKUs could not be ordered at a moment. Eventual, for display
//! only; the order path never reads it.
//!
//! The encoding is searched as it lies in memory, without a copy. It is 8 bytes little-endian
//! milliseconds since 1970, then for each SKU that cannot be ordered 8 bytes little-endian,
//! ascending: the first 8 bytes of the BLAKE3 hash of the SKU as a little-endian number. Of two SKUs
//! with the same number, which is one in 2^64, both show what one of them is.
//!
//! **Architecture Invariant:** every sequence of bytes is a snapshot. Bytes that were cut or damaged
//! show a wrong badge at worst; they never fail a page.

use bytes::Bytes;

const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 8;

/// Which SKUs could not be ordered when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AvailabilitySnapshot(Bytes);

impl AvailabilitySnapshot {
    /// The snapshot of a moment, in milliseconds since 1970. SKUs may come in any order, and twice.
    pub fn encode<S: AsRef<str>>(
        written_at_ms: i64,
        unavailable_skus: impl IntoIterator<Item = S>,
    ) -> Self {
        let skus = unavailable_skus.into_iter();
        Self::of_entries(written_at_ms, skus.map(|sku| entry(sku.as_ref())).collect())
    }

    /// The snapshot in these bytes. No bytes are the snapshot before the first projection, in which
    /// every SKU is available.
    pub fn decode(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The snapshot of a shop whose parts are sold by several shards: as old as the oldest part,
    /// without the SKUs that any part lacks. A part without a moment has no say in it.
    pub fn merge(parts: &[Self]) -> Self {
        let moments = parts.iter().filter_map(Self::written_at_ms);
        let entries = parts.iter().flat_map(|part| part.entries().iter());
        Self::of_entries(
            moments.min().unwrap_or_default(),
            entries.map(|entry| u64::from_le_bytes(*entry)).collect(),
        )
    }

    fn of_entries(written_at_ms: i64, mut entries: Vec<u64>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + entries.len() * ENTRY_BYTES);
        bytes.extend(written_at_ms.to_le_bytes());
        bytes.extend(entries.iter().flat_map(|entry| entry.to_le_bytes()));
        Self(bytes.into())
    }

    /// When it was written, in milliseconds since 1970; `None` where the bytes are too few to say.
    pub fn written_at_ms(&self) -> Option<i64> {
        self.0.first_chunk().copied().map(i64::from_le_bytes)
    }

    /// Whether the SKU could be ordered then.
    pub fn is_available(&self, sku: &str) -> bool {
        let wanted = entry(sku);
        let order = |entry: &[u8; ENTRY_BYTES]| u64::from_le_bytes(*entry).cmp(&wanted);
        self.entries().binary_search_by(order).is_err()
    }

    /// Whether an SKU with this [`sku_number`] could not be ordered then.
    pub fn is_sold_out(&self, number: u32) -> bool {
        let entries = self.entries();
        let of = |entry: &[u8; ENTRY_BYTES]| high_half(u64::from_le_bytes(*entry));
        let at = entries.partition_point(|entry| of(entry) < number);
        entries.get(at).is_some_and(|entry| of(entry) == number)
    }

    /// The [`sku_number`]s of those that could not be ordered then, ascending; two SKUs may have one.
    pub fn sold_out_numbers(&self) -> impl Iterator<Item = u32> {
        let entries = self.entries().iter();
        entries.map(|entry| high_half(u64::from_le_bytes(*entry)))
    }

    /// Whether every SKU could be ordered then.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Distinguishes snapshots by the SKUs that they name, not by when they were written.
    pub fn content_stamp(&self) -> u64 {
        first_number(&blake3::hash(self.entries().as_flattened()))
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The encoding.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The entries as they lie; what is left of one that was cut at the end counts for nothing.
    fn entries(&self) -> &[[u8; ENTRY_BYTES]] {
        let entries = self.0.get(HEADER_BYTES..).unwrap_or_default();
        entries.as_chunks().0
    }
}

/// Stands for an SKU where 8 bytes are too many: the higher half of its entry.
pub fn sku_number(sku: &str) -> u32 {
    high_half(entry(sku))
}

fn high_half(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn entry(sku: &str) -> u64 {
    first_number(&blake3::hash(sku.as_bytes()))
}

fn first_number(hash: &blake3::Hash) -> u64 {
    let (first, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash has 32 bytes");
    u64::from_le_bytes(*first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn skus() -> impl Strategy<Value = BTreeSet<String>> {
        proptest::collection::btree_set("[a-z0-9-]{1,3}", 0..40)
    }

    proptest! {
        #[test]
        fn an_encoded_snapshot_reads_back(
            written_at_ms: i64,
            unavailable in skus(),
            asked in skus(),
        ) {
            let encoded = AvailabilitySnapshot::encode(written_at_ms, &unavailable);
            let snapshot = AvailabilitySnapshot::decode(encoded.into_bytes());
            prop_assert_eq!(snapshot.written_at_ms(), Some(written_at_ms));
            for sku in unavailable.union(&asked) {
                prop_assert_eq!(snapshot.is_available(sku), !unavailable.contains(sku), "{}", sku);
            }
            let mut numbers: Vec<u32> = unavailable.iter().map(|sku| sku_number(sku)).collect();
            numbers.sort_unstable();
            prop_assert!(snapshot.sold_out_numbers().eq(numbers));
        }

        #[test]
        fn a_merge_is_the_encoding_of_the_union(
            parts in proptest::collection::vec((any::<i64>(), skus()), 1..5),
        ) {
            let snapshots: Vec<_> = parts
                .iter()
                .map(|(written_at_ms, skus)| AvailabilitySnapshot::encode(*written_at_ms, skus))
                .collect();
            let oldest_ms = parts.iter().map(|(written_at_ms, _)| *written_at_ms).min();
            let union: BTreeSet<_> = parts.iter().flat_map(|(_, skus)| skus).collect();
            let expected = AvailabilitySnapshot::encode(oldest_ms.unwrap_or_default(), union);
            prop_assert_eq!(AvailabilitySnapshot::merge(&snapshots), expected);
        }

        #[test]
        fn a_snapshot_that_was_cut_forgets_skus_and_invents_none(
            unavailable in skus(),
            asked in skus(),
            length in 0..400_usize,
        ) {
            let whole = AvailabilitySnapshot::encode(7, &unavailable).into_bytes();
            let length = length.min(whole.len());
            let cut = AvailabilitySnapshot::decode(whole.slice(..length));
            for sku in &asked {
                prop_assert!(cut.is_available(sku) || unavailable.contains(sku), "{}", sku);
            }
            let kept = length.saturating_sub(HEADER_BYTES) / ENTRY_BYTES;
            let missing = unavailable.iter().filter(|sku| !cut.is_available(sku)).count();
            prop_assert_eq!(missing, kept);
        }

        #[test]
        fn any_bytes_can_be_asked_and_merged(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
            unavailable in skus(),
        ) {
            let damaged = AvailabilitySnapshot::decode(bytes.clone());
            prop_assert_eq!(damaged.written_at_ms().is_some(), bytes.len() >= HEADER_BYTES);
            let sound = AvailabilitySnapshot::encode(7, &unavailable);
            let merged = AvailabilitySnapshot::merge(&[damaged.clone(), sound]);
            for sku in &unavailable {
                damaged.is_available(sku);
                prop_assert!(!merged.is_available(sku), "{}", sku);
            }
        }

        #[test]
        fn the_stamp_is_of_the_skus_and_of_no_moment(one_ms: i64, other_ms: i64, skus in skus()) {
            let one = AvailabilitySnapshot::encode(one_ms, &skus);
            let other = AvailabilitySnapshot::encode(other_ms, skus.iter().rev());
            prop_assert_eq!(one.content_stamp(), other.content_stamp());
            let more = AvailabilitySnapshot::encode(one_ms, skus.iter().map(String::as_str).chain(["another"]));
            prop_assert_ne!(one.content_stamp(), more.content_stamp());
        }
    }

    #[test]
    fn the_encoding_is_what_it_was() {
        let snapshot = AvailabilitySnapshot::encode(258, ["b", "a", "b"]);
        let hash = |sku: &str| blake3::hash(sku.as_bytes()).as_bytes()[..8].to_vec();
        let mut entries = [hash("a"), hash("b")];
        entries.sort_by_key(|entry| entry.iter().rev().copied().collect::<Vec<_>>());
        let mut expected = vec![2, 1, 0, 0, 0, 0, 0, 0];
        expected.extend(entries.concat());
        assert_eq!(snapshot.into_bytes(), expected);
    }

    #[test]
    fn before_the_first_projection_everything_is_available() {
        let none = AvailabilitySnapshot::default();
        assert!(none.is_available("a") && none.written_at_ms().is_none());
        let merged = AvailabilitySnapshot::merge(&[]);
        assert!(merged.is_available("a") && merged.written_at_ms() == Some(0));
    }
}
