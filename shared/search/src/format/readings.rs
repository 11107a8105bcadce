//! How Chinese characters are read: pinyin without tones.

use souk_catalogue::DecodeError;

use super::bytes::{ByteReader, new_blob, put_bytes, put_texts};

/// The first character of the table.
const FIRST: u32 = 0x4E00;

/// Pinyin of the characters from U+4E00 on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings {
    syllables: Vec<String>,
    /// For each character one more than the place of its syllable, 16 bits, little-endian.
    places: Vec<u8>,
}

impl Readings {
    /// A table of characters and how they are read.
    pub fn new(readings: impl IntoIterator<Item = (char, String)>) -> Self {
        let mut table = Self::default();
        for (char, syllable) in readings {
            let Some(at) = u32::from(char).checked_sub(FIRST) else {
                continue;
            };
            let known = table.syllables.iter().position(|one| *one == syllable);
            let place = known.unwrap_or_else(|| {
                table.syllables.push(syllable);
                table.syllables.len() - 1
            });
            let Ok(place) = u16::try_from(place + 1) else {
                continue;
            };
            let at = at as usize * 2;
            if table.places.len() < at + 2 {
                table.places.resize(at + 2, 0);
            }
            table.places[at..at + 2].copy_from_slice(&place.to_le_bytes());
        }
        table
    }

    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = new_blob();
        put_texts(&mut out, &self.syllables);
        put_bytes(&mut out, &self.places);
        out
    }

    /// # Errors
    /// When the blob is not a table of readings.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("table of readings", blob)?;
        Ok(Self {
            syllables: reader.texts()?,
            places: reader.bytes()?.to_vec(),
        })
    }

    /// How a character is read.
    pub fn of(&self, char: char) -> Option<&str> {
        let at = u32::from(char).checked_sub(FIRST)? as usize;
        let (places, _) = self.places.as_chunks::<2>();
        let place = u16::from_le_bytes(*places.get(at)?);
        let syllable = self.syllables.get(usize::from(place).checked_sub(1)?)?;
        Some(syllable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_read() {
        let table = Readings::new([('手', "shou".to_owned()), ('机', "ji".to_owned())]);
        let table = Readings::decode(&table.encode()).unwrap();
        assert_eq!(table.of('机'), Some("ji"));
        assert_eq!([table.of('一'), table.of('a'), table.of('龥')], [None; 3]);
    }
}
