//! What documents are ordered by: numbers, dates, the beginnings of titles.

use souk_catalogue::DecodeError;

use super::bytes::{ByteReader, new_blob, put_bytes, put_count};

/// Documents of a [`DateColumn`] or a [`TitleColumn`].
pub const COLUMN_PER_PAGE: u32 = 16_384;
/// Bytes of a folded title that titles are sorted by.
pub const TITLE_KEY_BYTES: usize = 16;

/// Numbers of documents, each in as many bytes as the largest difference from the least one takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    least: i64,
    width: u8,
    bytes: Vec<u8>,
}

impl Numbers {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.least.to_le_bytes());
        out.push(self.width);
        put_bytes(out, &self.bytes);
    }

    #[inline(never)]
    pub(crate) fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            least: i64::from_le_bytes(reader.eight()?),
            width: reader.byte()?,
            bytes: reader.bytes()?.to_vec(),
        })
    }

    /// Of these.
    pub fn new(numbers: &[i64]) -> Self {
        let least = numbers.iter().copied().min().unwrap_or(0);
        let over = |number: i64| number.wrapping_sub(least).cast_unsigned();
        let most = numbers
            .iter()
            .map(|&number| over(number))
            .max()
            .unwrap_or(0);
        let width = 8 - most.leading_zeros() / 8;
        let width = u8::try_from(width).expect("it is 8 at most");
        let bytes = numbers
            .iter()
            .flat_map(|&number| over(number).to_le_bytes().into_iter().take(width.into()))
            .collect();
        Self {
            least,
            width,
            bytes,
        }
    }

    /// The number at a place; the least one where there is none.
    pub fn get(&self, place: u32) -> i64 {
        let width = usize::from(self.width);
        let start = (place as usize).saturating_mul(width);
        let mut number = [0; 8];
        let bytes = self.bytes.get(start..start.saturating_add(width));
        if let (Some(bytes), Some(into)) = (bytes, number.get_mut(..width)) {
            into.copy_from_slice(bytes);
        }
        self.least.wrapping_add(i64::from_le_bytes(number))
    }
}

/// When products were first published, in milliseconds since 1970, for [`COLUMN_PER_PAGE`] documents.
#[derive(Debug)]
pub struct DateColumn {
    /// By the document's place on the page.
    pub dates: Numbers,
}

impl DateColumn {
    /// The blob.
    pub fn encode(dates: &[i64]) -> Vec<u8> {
        let mut out = new_blob();
        Numbers::new(dates).put(&mut out);
        out
    }

    /// # Errors
    /// When the blob is no such column.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("column of dates", blob)?;
        let dates = Numbers::read(&mut reader)?;
        Ok(Self { dates })
    }
}

/// The beginnings of folded titles, for [`COLUMN_PER_PAGE`] documents in one language.
#[derive(Debug)]
pub struct TitleColumn {
    /// By the document's place on the page.
    keys: Vec<[u8; TITLE_KEY_BYTES]>,
}

impl TitleColumn {
    /// The blob: of each key how many of its bytes the one before begins with, and the rest.
    pub fn encode(keys: &[[u8; TITLE_KEY_BYTES]]) -> Vec<u8> {
        let mut out = new_blob();
        let mut before = &[0; TITLE_KEY_BYTES];
        for key in keys {
            let pairs = before.iter().zip(key);
            let shared = pairs.take_while(|(a, b)| a == b).count();
            put_count(&mut out, shared);
            out.extend(&key[shared..]);
            before = key;
        }
        out
    }

    /// # Errors
    /// When the blob is no such column.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("column of titles", blob)?;
        let (mut keys, mut key) = (Vec::new(), [0; TITLE_KEY_BYTES]);
        while !reader.is_empty() {
            let shared = reader.size()?;
            let behind = key.get_mut(shared..);
            let behind = behind.ok_or_else(|| reader.error("a title is too long"))?;
            behind.copy_from_slice(reader.take(behind.len())?);
            keys.push(key);
        }
        Ok(Self { keys })
    }

    /// The beginning of the title of the document at a place of the page.
    pub fn key(&self, place: u32) -> [u8; TITLE_KEY_BYTES] {
        self.keys.get(place as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back_in_as_few_bytes_as_they_take() {
        for (numbers, width) in [
            (vec![], 0),
            (vec![7, 7], 0),
            (vec![-5, 250], 1),
            (vec![0, 256], 2),
            (vec![i64::MIN, 0, i64::MAX], 8),
        ] {
            let packed = Numbers::new(&numbers);
            assert_eq!(packed.width, width, "{numbers:?}");
            let read: Vec<_> = (0..)
                .take(numbers.len())
                .map(|place| packed.get(place))
                .collect();
            assert_eq!(read, numbers);
        }
        let broken = Numbers {
            width: 200,
            bytes: vec![1; 400],
            least: 3,
        };
        assert_eq!(broken.get(0), 3);
    }

    #[test]
    fn titles_are_read_back_and_cut_ones_are_refused() {
        let titles = [
            *b"acme lamp, black",
            *b"acme lamp, blue\0",
            *b"acme lamp, blue\0",
            [0; 16],
            *b"zeta lamp\0\0\0\0\0\0\0",
        ];
        let blob = TitleColumn::encode(&titles);
        assert!(blob.len() < titles.as_flattened().len());
        let column = TitleColumn::decode(&blob).unwrap();
        let read: Vec<_> = (0..)
            .take(titles.len())
            .map(|place| column.key(place))
            .collect();
        assert_eq!(read, titles);
        assert_eq!(column.key(5), [0; 16]);
        assert!(TitleColumn::decode(&blob[..blob.len() - 1]).is_err());
        let mut too_long = new_blob();
        too_long.push(17);
        assert!(TitleColumn::decode(&too_long).is_err());
    }
}
