//! A sold-out hold and its encoding. Holds lie one after the other, so that what several origins
//! have written is joined by putting one behind the other.
//!
//! A hold is, little-endian: the length of what follows (4 bytes), when it was set (8), its number
//! (8), the length of its SKU (2), the SKU, and its filter.

use bytes::{Buf, Bytes};

use super::{CLOCKS_APART_MS, KeyFilter, VALID_MS};

/// Bytes of holds that one origin writes at most; the newest ones stay. Edges keep them in memory,
/// and a Workers isolate has 128 MB for everything.
const BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a hold beside its SKU and its filter.
const FRAME_BYTES: usize = 4 + 8 + 8 + 2;

/// A SKU that is refused for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldOutHold {
    /// Which.
    pub sku: String,
    /// Distinguishes holds of a SKU: it is another one once an order with the SKU was accepted, and
    /// so the filter belongs to it.
    pub number: i64,
    /// When the origin gave it, in milliseconds since 1970.
    pub set_at_ms: i64,
    /// The keys of all orders that have the SKU.
    pub filter: KeyFilter,
}

impl SoldOutHold {
    /// Whether an edge may refuse by it at this moment of its own clock. One from further in the
    /// future than clocks may be apart shows a clock that is wrong.
    pub fn is_valid(&self, now_ms: i64) -> bool {
        now_ms < self.set_at_ms.saturating_add(VALID_MS)
            && now_ms >= self.set_at_ms.saturating_sub(CLOCKS_APART_MS)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let small = |length: usize| u32::try_from(length).expect("a SKU and a filter are small");
        let sku_bytes = u16::try_from(self.sku.len()).expect("a SKU is short");
        bytes.extend(small(self.bytes() - 4).to_le_bytes());
        bytes.extend(self.set_at_ms.to_le_bytes());
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(sku_bytes.to_le_bytes());
        bytes.extend(self.sku.as_bytes());
        bytes.extend(self.filter.0.as_ref());
    }

    fn bytes(&self) -> usize {
        FRAME_BYTES + self.sku.len() + self.filter.0.len()
    }
}

/// The holds in these bytes. What cannot be read ends them: a hold that is missing costs a question
/// to the origin, and nothing else.
pub fn decode(mut bytes: Bytes) -> Vec<SoldOutHold> {
    let mut holds = Vec::new();
    while let Some(hold) = take(&mut bytes) {
        holds.push(hold);
    }
    holds
}

fn take(bytes: &mut Bytes) -> Option<SoldOutHold> {
    let length = usize::try_from(bytes.try_get_u32_le().ok()?).ok()?;
    if length > bytes.len() {
        return None;
    }
    let mut rest = bytes.split_to(length);
    let set_at_ms = rest.try_get_i64_le().ok()?;
    let number = rest.try_get_i64_le().ok()?;
    let sku_bytes = usize::from(rest.try_get_u16_le().ok()?);
    if sku_bytes > rest.len() {
        return None;
    }
    let sku = String::from_utf8(rest.split_to(sku_bytes).into()).ok()?;
    Some(SoldOutHold {
        sku,
        number,
        set_at_ms,
        filter: KeyFilter(rest),
    })
}

/// The encoding of one origin's holds with one more: without those that no edge honours any more,
/// and with the newest one of each SKU.
pub fn encode_with(known: Vec<SoldOutHold>, new: SoldOutHold, now_ms: i64) -> Vec<u8> {
    let mut holds = known;
    holds.retain(|hold| hold.is_valid(now_ms));
    holds.push(new);
    holds.sort_by_key(|hold| std::cmp::Reverse((hold.set_at_ms, hold.number)));
    let mut bytes = Vec::new();
    let mut skus = std::collections::BTreeSet::new();
    for hold in &holds {
        let fits = bytes.len() + hold.bytes() <= BYTES_MAX;
        if fits && skus.insert(hold.sku.as_str()) {
            hold.write(&mut bytes);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(sku: &str, number: i64, set_at_ms: i64) -> SoldOutHold {
        let keys = [format!("key of {sku} {number}")];
        SoldOutHold {
            sku: sku.to_owned(),
            number,
            set_at_ms,
            filter: KeyFilter::of(&keys).expect("one key"),
        }
    }

    #[test]
    fn encoded_holds_read_back() {
        let (tea, cup) = (hold("tea", 1, 10), hold("茶杯", 7, 11));
        let one = encode_with(Vec::new(), tea.clone(), 10);
        let both = encode_with(decode(one.clone().into()), cup.clone(), 11);
        assert_eq!(decode(both.into()), [cup.clone(), tea.clone()]);
        // Two origins, one behind the other.
        let mut parts = one;
        parts.extend(encode_with(Vec::new(), cup.clone(), 11));
        assert_eq!(decode(parts.into()), [tea, cup]);
        assert_eq!(decode(Bytes::new()), []);
    }

    #[test]
    fn the_newest_hold_of_a_sku_stays_and_old_ones_go() {
        let known = vec![hold("tea", 1, 0), hold("cup", 1, 4_000), hold("pot", 1, 1)];
        let joined = encode_with(known, hold("tea", 2, 5_000), 5_000);
        let expected = [
            hold("tea", 2, 5_000),
            hold("cup", 1, 4_000),
            hold("pot", 1, 1),
        ];
        assert_eq!(decode(joined.into()), expected);
        // A hold that was set before the one that lies there came later.
        let joined = encode_with(vec![hold("tea", 2, 5_000)], hold("tea", 2, 4_999), 5_001);
        assert_eq!(decode(joined.into()), [hold("tea", 2, 5_000)]);
        let joined = encode_with(vec![hold("pot", 1, 1)], hold("tea", 2, 5_001), 5_001);
        assert_eq!(decode(joined.into()), [hold("tea", 2, 5_001)]);
    }

    #[test]
    fn encoded_holds_are_bounded_and_keep_the_newest() {
        let keys: Vec<_> = (0..super::super::KEYS_MAX).map(|n| n.to_string()).collect();
        let filter = KeyFilter::of(&keys).expect("as many as it may have");
        let mut bytes = Vec::new();
        for n in 0..8 {
            let sku = format!("sku-{n}");
            let filter = filter.clone();
            let new = SoldOutHold {
                sku,
                number: 1,
                set_at_ms: n,
                filter,
            };
            bytes = encode_with(decode(bytes.into()), new, n);
            assert!(bytes.len() <= BYTES_MAX);
        }
        let skus: Vec<_> = decode(bytes.into())
            .into_iter()
            .map(|hold| hold.sku)
            .collect();
        assert_eq!(skus, ["sku-7", "sku-6", "sku-5", "sku-4", "sku-3"]);
    }

    #[test]
    fn damaged_bytes_lose_holds_and_nothing_else() {
        let bytes = encode_with(vec![hold("tea", 1, 1)], hold("cup", 1, 2), 2);
        for length in 0..bytes.len() {
            let decoded = decode(Bytes::copy_from_slice(&bytes[..length]));
            assert!(decoded.len() < 2 && decoded.iter().all(|one| *one == hold("cup", 1, 2)));
        }
        let huge = [0xff; 64];
        assert_eq!(decode(Bytes::copy_from_slice(&huge)), []);
    }

    #[test]
    fn a_hold_is_honoured_until_its_end() {
        let hold = hold("tea", 1, 10_000);
        let cases = [
            (10_000 - CLOCKS_APART_MS - 1, false),
            (10_000 - CLOCKS_APART_MS, true),
            (10_000 + VALID_MS - 1, true),
            (10_000 + VALID_MS, false),
        ];
        for (now_ms, valid) in cases {
            assert_eq!(hold.is_valid(now_ms), valid, "{now_ms}");
        }
    }
}
