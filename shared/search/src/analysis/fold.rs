//! Folding: one form for characters that shoppers take for the same.
//!
//! ASCII is folded here. Everything else is a table that the tool writes, a blob of the version, so
//! that the index and the function never disagree and the function has no Unicode tables.
//! The rule that the table is made by stands in the crate's `README.md`.

use std::collections::BTreeMap;

use souk_catalogue::DecodeError;

use crate::format::{ByteReader, new_blob, put_bytes, put_texts};

/// Bytes of an entry: the character and what it becomes, each 16 bits, little-endian.
const ENTRY_BYTES: usize = 4;
/// What a character becomes stands for a string from here on: Unicode's private use area.
const STRINGS_FROM: u16 = 0xE000;
/// Strings that there is room for.
const STRINGS_MAX: usize = 0x1900;

/// What characters outside ASCII become; only those of the Basic Multilingual Plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldTable {
    /// Sorted by the character.
    entries: Vec<u8>,
    /// What is not one character: several, or none.
    strings: Vec<String>,
}

impl FoldTable {
    /// A table of characters and what they become.
    pub fn new(pairs: &BTreeMap<char, String>) -> Self {
        let mut strings: Vec<String> = Vec::new();
        let mut entries = Vec::with_capacity(pairs.len() * ENTRY_BYTES);
        for (&from, to) in pairs {
            let Ok(from) = u16::try_from(u32::from(from)) else {
                continue;
            };
            let mut chars = to.chars();
            let to = match (chars.next(), chars.next()) {
                (Some(one), None) if u32::from(one) < u32::from(STRINGS_FROM) => {
                    u16::try_from(u32::from(one)).expect("it is below the private use area")
                }
                _ => {
                    let place = strings.iter().position(|known| known == to);
                    let place = place.unwrap_or_else(|| {
                        strings.push(to.clone());
                        strings.len() - 1
                    });
                    if place >= STRINGS_MAX {
                        continue;
                    }
                    STRINGS_FROM + u16::try_from(place).expect("it is below STRINGS_MAX")
                }
            };
            entries.extend(from.to_le_bytes());
            entries.extend(to.to_le_bytes());
        }
        Self { entries, strings }
    }

    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = new_blob();
        put_bytes(&mut out, &self.entries);
        put_texts(&mut out, &self.strings);
        out
    }

    /// # Errors
    /// When the blob is not a table of folding.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("table of folding", blob)?;
        Ok(Self {
            entries: reader.bytes()?.to_vec(),
            strings: reader.texts()?,
        })
    }

    /// Characters that the table folds.
    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY_BYTES
    }

    /// Whether the table folds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `put` with each character that `from` becomes.
    pub fn fold(&self, from: char, mut put: impl FnMut(char)) {
        if from.is_ascii() {
            return put(from.to_ascii_lowercase());
        }
        let Some(to) = self.find(from) else {
            return put(from);
        };
        match to.checked_sub(STRINGS_FROM) {
            None => put(char::from_u32(to.into()).unwrap_or(from)),
            Some(place) => {
                if let Some(string) = self.strings.get(usize::from(place)) {
                    string.chars().for_each(put);
                }
            }
        }
    }

    /// The text with every character folded.
    pub fn text(&self, text: &str) -> String {
        let mut folded = String::with_capacity(text.len());
        for char in text.chars() {
            self.fold(char, |char| folded.push(char));
        }
        folded
    }

    fn find(&self, from: char) -> Option<u16> {
        let from = u16::try_from(u32::from(from)).ok()?;
        let (entries, _) = self.entries.as_chunks::<ENTRY_BYTES>();
        let key = |&[a, b, _, _]: &[u8; ENTRY_BYTES]| u16::from_le_bytes([a, b]);
        let place = entries.binary_search_by_key(&from, key).ok()?;
        let [_, _, a, b] = entries[place];
        Some(u16::from_le_bytes([a, b]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_one_several_or_none() {
        let pairs = [('É', "e"), ('ß', "ss"), ('\u{301}', ""), ('機', "机")];
        let pairs = pairs.map(|(from, to)| (from, to.to_owned()));
        let table = FoldTable::new(&pairs.into_iter().collect());
        assert_eq!(FoldTable::decode(&table.encode()).unwrap(), table);
        assert_eq!(
            table.text("CaFÉ Straße e\u{301} 手機"),
            "cafe strasse e 手机"
        );
    }

    #[test]
    fn a_damaged_table_is_an_error_or_folds_nothing() {
        let table = FoldTable::new(&[('ß', "ss".to_owned())].into_iter().collect());
        let blob = table.encode();
        for length in 0..blob.len() {
            assert!(FoldTable::decode(&blob[..length]).is_err(), "{length}");
        }
        let broken = FoldTable {
            strings: vec![],
            ..table
        };
        assert_eq!(broken.text("aß"), "a");
    }
}
