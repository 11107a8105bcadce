//! Numbers in bytes, and a reader that never goes past their end.

use souk_catalogue::DecodeError;

/// Bytes of a number of 32 bits at most.
const VARINT_BYTES_MAX: usize = 5;

/// Appends a number: seven bits a byte, lowest first, the high bit on all but the last.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
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

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(taken)
    }

    fn short(&self) -> DecodeError {
        self.error("it ends too early")
    }
}

/// Reads a sorted list of texts of which each says how much of the one before it begins with.
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
        put_varint(out, length(shared));
        put_varint(out, length(behind.len()));
        out.extend(behind);
        self.text = text.as_bytes().to_vec();
    }

    /// Reads the next text; gives how many of its bytes the one before had.
    pub(crate) fn next(&mut self, from: &mut ByteReader<'_>) -> Result<usize, DecodeError> {
        let shared = from.size()?;
        if shared > self.text.len() {
            return Err(from.error("a text begins with more than the one before has"));
        }
        let behind = from.size()?;
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
        let texts = ["", "lamp", "lampe", "lock"];
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
                .next(&mut ByteReader::new("texts", &[1, 0]))
                .is_err()
        );
    }
}
