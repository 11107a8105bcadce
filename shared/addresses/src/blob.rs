//! The bytes of the rules, and how a record is found and read.
//!
//! The blob has a byte with its format, a byte with the number of countries, an index (for each
//! country its code and the length of its record), and the records in the order of the index.
//! A length below 128 is one byte; a longer one is two, of which the first has its highest bit set.
//!
//! A version of the catalogue brings the blob to the functions, whose program does not have it. A
//! function learns it once; in programs for other machines it is there from the beginning.
//!
//! Invariant: a test reads every record of the blob, so reading does not fail; what is not there reads
//! as empty.
//!
//! Not here: how the blob is made (`tools/xtask/src/addresses`).

use std::sync::OnceLock;

/// The rules of all countries, as a version of the catalogue brings them.
pub static RULES: &[u8] = include_bytes!("rules.bin");

/// What was learnt.
static LEARNT: OnceLock<&[u8]> = OnceLock::new();

/// Takes the rules from a version; those that were known before stay.
pub fn learn(rules: &[u8]) {
    // It lives as long as the instance, and there is one of it.
    LEARNT.get_or_init(|| Box::leak(rules.into()));
}

/// Whether there are rules of any country.
pub fn are_known() -> bool {
    !rules().is_empty()
}

fn rules() -> &'static [u8] {
    LEARNT
        .get()
        .copied()
        .unwrap_or(match cfg!(target_arch = "wasm32") {
            true => &[],
            false => RULES,
        })
}

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader(&'static [u8]);

impl Reader {
    pub(crate) fn bytes<const COUNT: usize>(&mut self) -> [u8; COUNT] {
        let Some((first, rest)) = self.0.split_first_chunk() else {
            return [0; COUNT];
        };
        self.0 = rest;
        *first
    }

    fn length(&mut self) -> usize {
        let [first] = self.bytes();
        if first < 0x80 {
            return usize::from(first);
        }
        let [second] = self.bytes();
        usize::from(first & 0x7f) << 8 | usize::from(second)
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> &'static str {
        let length = self.length();
        let (text, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// The code of every country with its record, in the order of the codes.
pub(crate) fn records() -> impl Iterator<Item = ([u8; 2], Reader)> {
    let mut index = Reader(rules());
    let [_format, countries] = index.bytes();
    let mut ends = index;
    for _ in 0..countries {
        let _code: [u8; 2] = ends.bytes();
        ends.length();
    }
    let mut rest = ends.0;
    (0..countries).map(move |_| {
        let code = index.bytes();
        let (record, after) = rest.split_at_checked(index.length()).unwrap_or_default();
        rest = after;
        (code, Reader(record))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only format that this reads.
    const FORMAT: u8 = 1;

    #[test]
    fn every_record_is_read_to_its_end() {
        assert_eq!(RULES[0], FORMAT);
        let codes: Vec<[u8; 2]> = records().map(|(code, _)| code).collect();
        assert!(codes.is_sorted() && codes.len() == usize::from(RULES[1]));
        let mut bytes = 0;
        for (code, mut record) in records() {
            bytes += record.0.len();
            let _head: [u8; 4] = record.bytes();
            let texts: Vec<_> = (0..9).map(|_| record.text()).collect();
            assert!(
                texts[0].starts_with('%') || texts[0].starts_with('〒'),
                "{texts:?}"
            );
            assert!(record.0.is_empty(), "{code:?}");
        }
        assert_eq!(
            bytes + 2 + 4 * codes.len(),
            RULES.len() + one_byte_lengths()
        );
    }

    /// How many lengths of the index take one byte instead of two.
    fn one_byte_lengths() -> usize {
        records()
            .filter(|(_, record)| record.0.len() < 0x80)
            .count()
    }
}
