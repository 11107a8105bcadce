//! How blobs are written: fields in bytes, one behind the other, and a reader that never goes past
//! their end.
//!
//! By hand, where the catalogue's blobs have derived decoders: those are two to four KiB of the
//! function for each type. A reader takes no notice of bytes behind the last field that it knows.

use souk_catalogue::{DecodeError, FIRST_BYTE, HASH_BYTES, Hash, Text, content};

/// Bytes of a number of 32 bits at most.
const VARINT_BYTES_MAX: usize = 5;
/// The four bits of a length that takes more.
const LONG: u8 = 0xF;

/// Appends a number: seven bits a byte, lowest first, the high bit on all but the last.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// A blob without a field.
pub(crate) fn new_blob() -> Vec<u8> {
    vec![FIRST_BYTE]
}

pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    put_varint(out, length(count));
}

/// Bytes, with how many there are before them.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend(bytes);
}

pub(crate) fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    put_count(out, texts.len());
    texts
        .iter()
        .for_each(|text| put_bytes(out, text.as_bytes()));
}

/// A text with its translations.
pub(crate) fn put_translated(out: &mut Vec<u8>, text: &Text) {
    put_bytes(out, text.base.as_bytes());
    put_count(out, text.translations().len());
    for translation in text.translations() {
        put_count(out, translation.iter().len());
        if let Some(translation) = translation {
            put_bytes(out, translation.as_bytes());
        }
    }
}

pub(crate) fn put_hashes<'h>(
    out: &mut Vec<u8>,
    hashes: impl IntoIterator<Item = &'h Hash, IntoIter: ExactSizeIterator>,
) {
    let hashes = hashes.into_iter();
    put_count(out, hashes.len());
    hashes.for_each(|hash| out.extend(hash.as_bytes()));
}

/// Reads bytes from their beginning.
#[derive(Debug, Clone)]
pub(crate) struct ByteReader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> ByteReader<'a> {
    /// Of these bytes; `what` names them in errors.
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    /// Of a blob; `what` names it in errors.
    pub(crate) fn of_blob(what: &'static str, blob: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(Self::new(what, content(what, blob)?))
    }

    /// Whether all bytes are read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn error(&self, reason: &str) -> DecodeError {
        DecodeError {
            what: self.what,
            reason: reason.to_owned(),
        }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(byte)
    }

    pub(crate) fn varint(&mut self) -> Result<u32, DecodeError> {
        let mut number = 0_u64;
        for place in 0..VARINT_BYTES_MAX {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << (7 * place);
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| self.error("a number is too large"));
            }
        }
        Err(self.error("a number is too long"))
    }

    /// A number that is a length or a place.
    pub(crate) fn size(&mut self) -> Result<usize, DecodeError> {
        Ok(self.varint()? as usize)
    }

    /// A length of which four bits are known.
    fn length(&mut self, bits: u8) -> Result<usize, DecodeError> {
        Ok(match bits {
            LONG => self.size()?.saturating_add(LONG.into()),
            short => short.into(),
        })
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(taken)
    }

    /// Bytes with how many there are before them.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.size()?;
        self.take(length)
    }

    /// How many items follow: each has at least one byte, so a wrong number takes little memory.
    pub(crate) fn count(&mut self) -> Result<usize, DecodeError> {
        let count = self.size()?;
        match count <= self.rest.len() {
            true => Ok(count),
            false => Err(self.short()),
        }
    }

    pub(crate) fn eight(&mut self) -> Result<[u8; 8], DecodeError> {
        let (&eight, rest) = self.rest.split_first_chunk().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(eight)
    }

    #[inline(never)]
    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        let text = std::str::from_utf8(self.bytes()?);
        Ok(text
            .map_err(|_| self.error("a text is not UTF-8"))?
            .to_owned())
    }

    #[inline(never)]
    pub(crate) fn texts(&mut self) -> Result<Vec<String>, DecodeError> {
        let mut texts = Vec::new();
        for _ in 0..self.count()? {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    /// A text with its translations.
    #[inline(never)]
    pub(crate) fn translated(&mut self) -> Result<Text, DecodeError> {
        let base = self.text()?;
        let mut translations = Vec::new();
        for _ in 0..self.count()? {
            translations.push(match self.count()? {
                0 => None,
                _ => Some(self.text()?),
            });
        }
        Ok(Text::translated(base, translations))
    }

    #[inline(never)]
    pub(crate) fn hash(&mut self) -> Result<Hash, DecodeError> {
        let (&hash, rest) = self
            .rest
            .split_first_chunk::<HASH_BYTES>()
            .ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(Hash::from_bytes(hash))
    }

    #[inline(never)]
    pub(crate) fn hashes(&mut self) -> Result<Vec<Hash>, DecodeError> {
        let mut hashes = Vec::new();
        for _ in 0..self.count()? {
            hashes.push(self.hash()?);
        }
        Ok(hashes)
    }

    /// A list of one hash or none.
    pub(crate) fn optional_hash(&mut self) -> Result<Option<Hash>, DecodeError> {
        Ok(self.hashes()?.into_iter().next())
    }

    /// Fields with how many bytes they have before them: what is behind those that the reader knows
    /// is passed over.
    pub(crate) fn record(&mut self) -> Result<Self, DecodeError> {
        Ok(Self::new(self.what, self.bytes()?))
    }

    fn short(&self) -> DecodeError {
        self.error("it ends too early")
    }
}

/// Writes and reads a sorted list of texts of which each says how much of the one before it begins
/// with: a byte with that length and the length of the rest, in four bits each; where a length takes
/// more, the bits are [`LONG`] and how much more it is follows.
#[derive(Debug, Clone)]
pub(crate) struct FrontCoded {
    text: Vec<u8>,
}

impl FrontCoded {
    pub(crate) fn new() -> Self {
        Self { text: Vec::new() }
    }

    /// Appends `text` behind the texts that were put before.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, text: &str) {
        let pairs = self.text.iter().zip(text.as_bytes());
        let shared = pairs.take_while(|(a, b)| a == b).count();
        let behind = &text.as_bytes()[shared..];
        let lengths = [shared, behind.len()];
        let [high, low] =
            lengths.map(|length| u8::try_from(length).map_or(LONG, |short| short.min(LONG)));
        out.push(high << 4 | low);
        for length in lengths {
            if let Some(more) = length.checked_sub(LONG.into()) {
                put_count(out, more);
            }
        }
        out.extend(behind);
        self.text = text.as_bytes().to_vec();
    }

    /// Reads the next text; gives how many of its bytes the one before had.
    pub(crate) fn next(&mut self, from: &mut ByteReader<'_>) -> Result<usize, DecodeError> {
        let lengths = from.byte()?;
        let shared = from.length(lengths >> 4)?;
        let behind = from.length(lengths & LONG)?;
        if shared > self.text.len() {
            return Err(from.error("a text begins with more than the one before has"));
        }
        let behind = from.take(behind)?;
        self.text.truncate(shared);
        self.text.extend(behind);
        Ok(shared)
    }

    /// The text that was read last.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }
}

/// A length, as blobs have it.
pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a blob is shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_back_and_cut_ones_are_refused() {
        let texts = ["lamp".to_owned(), String::new()];
        let translated = Text::translated("lamp", [None, Some("灯".to_owned())]);
        let hashes = [Hash::of(b"a"), Hash::of(b"b")];
        let mut out = new_blob();
        put_texts(&mut out, &texts);
        put_translated(&mut out, &translated);
        put_hashes(&mut out, &hashes);
        let read = |blob: &[u8]| {
            let mut reader = ByteReader::of_blob("blob", blob)?;
            Ok::<_, DecodeError>((reader.texts()?, reader.translated()?, reader.hashes()?))
        };
        let (read_texts, read_translated, read_hashes) = read(&out).unwrap();
        assert_eq!(read_texts, texts);
        assert_eq!(read_translated, translated);
        assert_eq!(read_hashes, hashes);
        for length in 0..out.len() {
            assert!(read(&out[..length]).is_err(), "{length}");
        }
        assert!(ByteReader::new("text", &[1, 0xFF]).text().is_err());
        assert!(ByteReader::new("texts", &[0xFF, 0xFF, 3]).texts().is_err());
    }

    #[test]
    fn numbers_are_read_back_and_too_long_ones_are_refused() {
        for number in [0, 1, 127, 128, 300, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, number);
            let mut reader = ByteReader::new("number", &bytes);
            assert_eq!(reader.varint(), Ok(number));
            assert!(reader.is_empty());
            assert!(ByteReader::new("number", &bytes[1..]).varint().is_err() || number > 127);
        }
        for bytes in [&[][..], &[0x80], &[0xFF; 5], &[0xFF; 9]] {
            assert!(ByteReader::new("number", bytes).varint().is_err());
        }
    }

    #[test]
    fn texts_are_read_back() {
        let (mut bytes, mut put) = (Vec::new(), FrontCoded::new());
        let mut texts: Vec<String> = ["", "lamp", "lampe", "lock"].map(str::to_owned).into();
        texts.extend([14, 15, 16, 300, 600].map(|length| "m".repeat(length)));
        texts.iter().for_each(|text| put.put(&mut bytes, text));
        let mut reader = ByteReader::new("texts", &bytes);
        let mut read = FrontCoded::new();
        for text in texts {
            read.next(&mut reader).unwrap();
            assert_eq!(read.text(), text.as_bytes());
        }
        assert!(reader.is_empty());
        assert!(
            FrontCoded::new()
                .next(&mut ByteReader::new("texts", &[0x10]))
                .is_err()
        );
    }
}
