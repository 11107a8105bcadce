//! What is kept for each document of a run: what ties are decided by, its card, its values, its price
//! and its date.

use souk_catalogue::{DecodeError, Hash, content};

use super::bytes::{ByteReader, length, new_blob, put_bytes, put_hashes, put_varint};

/// Documents of a [`DocumentPage`]: 8,192 ties of four bytes are 32 KiB.
pub const DOCUMENTS_PER_PAGE: u32 = 8192;
/// Cards of a chunk.
pub const CARDS_PER_CHUNK: u32 = 64;
/// Documents of a [`FacetPage`].
pub const FACETS_PER_PAGE: u32 = 32_768;
/// Documents of a [`DateColumn`] or a [`TitleColumn`].
pub const COLUMN_PER_PAGE: u32 = 16_384;
/// Bytes of a folded title that titles are sorted by.
pub const TITLE_KEY_BYTES: usize = 16;
/// Rows between two places that a [`FacetPage`] names.
const ROWS_PER_OFFSET: u32 = 32;

/// Ties and cards of up to [`DOCUMENTS_PER_PAGE`] documents.
#[derive(Debug)]
pub struct DocumentPage<'a> {
    /// The first 32 bits of the hash of each slug, little-endian.
    ties: &'a [u8],
    /// Chunks of [`CARDS_PER_CHUNK`] cards: [`souk_catalogue::ListingChunk`].
    pub cards: Vec<Hash>,
}

impl<'a> DocumentPage<'a> {
    /// The blob.
    pub fn encode(ties: &[u32], cards: &[Hash]) -> Vec<u8> {
        let ties: Vec<u8> = ties.iter().flat_map(|tie| tie.to_le_bytes()).collect();
        let mut out = new_blob();
        put_bytes(&mut out, &ties);
        put_hashes(&mut out, cards);
        out
    }

    /// # Errors
    /// When the blob is not such a page.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("page of documents", blob)?;
        Ok(Self {
            ties: reader.bytes()?,
            cards: reader.hashes()?,
        })
    }

    /// What ties are decided by, for the document at a place of the page.
    pub fn tie(&self, place: u32) -> Option<u32> {
        let (ties, _) = self.ties.as_chunks::<4>();
        ties.get(place as usize).map(|&tie| u32::from_le_bytes(tie))
    }
}

/// What the tool knows documents by: hashes of all that their postings come from.
#[derive(Debug)]
pub struct Fingerprints;

impl Fingerprints {
    /// The blob.
    pub fn encode(hashes: &[u64]) -> Vec<u8> {
        let mut out = new_blob();
        out.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        out
    }

    /// # Errors
    /// When the blob is none.
    pub fn decode(blob: &[u8]) -> Result<Vec<u64>, DecodeError> {
        let (hashes, _) = content("list of fingerprints", blob)?.as_chunks::<8>();
        Ok(hashes
            .iter()
            .map(|&hash| u64::from_le_bytes(hash))
            .collect())
    }
}

/// Names of blobs, for the tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Sorted.
    pub names: Vec<Hash>,
}

impl Names {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = new_blob();
        put_hashes(&mut out, &self.names);
        out
    }

    /// # Errors
    /// When the blob is no list of names.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let names = ByteReader::of_blob("list of names", blob)?.hashes()?;
        Ok(Self { names })
    }
}

/// Numbers of documents, each in as many bytes as the largest difference from the least one takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    least: i64,
    width: u8,
    bytes: Vec<u8>,
}

impl Numbers {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.least.to_le_bytes());
        out.push(self.width);
        put_bytes(out, &self.bytes);
    }

    #[inline(never)]
    fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
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

/// Prices and values of up to [`FACETS_PER_PAGE`] documents.
#[derive(Debug)]
pub struct FacetPage<'a> {
    /// The lowest price of a variant of each, in minor units.
    pub prices: Numbers,
    /// Where each row of [`ROWS_PER_OFFSET`] begins, 32 bits, little-endian.
    offsets: &'a [u8],
    /// For each document: bytes of its row, then how many variants it has and the number of each
    /// one's SKU, 32 bits, little-endian; then for each facet that it has values of its number, how
    /// many there are, and their numbers, each less the one before.
    rows: &'a [u8],
}

/// What a [`FacetPage`] has of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetRow {
    /// The lowest price of a variant, in minor units.
    pub price_minor: i64,
    /// The numbers of the variants' SKUs.
    pub skus: Vec<SkuNumber>,
    /// Sorted.
    pub values: Vec<FacetValueId>,
}

/// Stands for an SKU: the highest 32 bits of the number that a snapshot of the availability knows it
/// by. Of 10,000 SKUs that are sold out, one in 400,000 others has the same number as one of them.
pub type SkuNumber = u32;

/// A value: the number of its facet and its own number.
pub type FacetValueId = (u32, u32);

impl<'a> FacetPage<'a> {
    /// The blob for documents with what it has of each.
    pub fn encode(documents: &[FacetRow]) -> Vec<u8> {
        let prices: Vec<_> = documents.iter().map(|one| one.price_minor).collect();
        let (mut offsets, mut rows) = (Vec::new(), Vec::new());
        for (place, one) in documents.iter().enumerate() {
            if place % ROWS_PER_OFFSET as usize == 0 {
                offsets.extend(length(rows.len()).to_le_bytes());
            }
            let mut row = Vec::new();
            put_varint(&mut row, length(one.skus.len()));
            row.extend(one.skus.iter().flat_map(|sku| sku.to_le_bytes()));
            for facet in one.values.chunk_by(|a, b| a.0 == b.0) {
                put_varint(&mut row, facet[0].0);
                put_varint(&mut row, length(facet.len()));
                let mut before = 0;
                for &(_, value) in facet {
                    put_varint(&mut row, value - before);
                    before = value;
                }
            }
            put_varint(&mut rows, length(row.len()));
            rows.extend(row);
        }
        let mut out = new_blob();
        Numbers::new(&prices).put(&mut out);
        put_bytes(&mut out, &offsets);
        put_bytes(&mut out, &rows);
        out
    }

    /// # Errors
    /// When the blob is not such a page.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("page of facets", blob)?;
        Ok(Self {
            prices: Numbers::read(&mut reader)?,
            offsets: reader.bytes()?,
            rows: reader.bytes()?,
        })
    }

    /// Reads the values of documents in the order of their places.
    pub fn rows(&self) -> FacetRows<'_> {
        FacetRows {
            page: self,
            reader: ByteReader::new("page of facets", &[]),
            next: None,
            skus: &[],
        }
    }
}

/// Reads rows of a [`FacetPage`]; quick while the places grow.
pub struct FacetRows<'a> {
    page: &'a FacetPage<'a>,
    reader: ByteReader<'a>,
    next: Option<u32>,
    skus: &'a [[u8; 4]],
}

impl FacetRows<'_> {
    /// Puts the values of the document at a place of the page into `values`.
    ///
    /// # Errors
    /// When the page is damaged or has no such document.
    pub fn read(&mut self, place: u32, values: &mut Vec<FacetValueId>) -> Result<(), DecodeError> {
        values.clear();
        let near = |next: &u32| *next <= place && place - *next < ROWS_PER_OFFSET;
        let mut next = match self.next.filter(near) {
            Some(next) => next,
            None => self.seek(place)?,
        };
        while next < place {
            let length = self.reader.size()?;
            self.reader.take(length)?;
            next += 1;
        }
        let length = self.reader.size()?;
        let mut row = ByteReader::new("page of facets", self.reader.take(length)?);
        self.next = Some(place + 1);
        let skus = row.size()?.saturating_mul(4);
        self.skus = row.take(skus)?.as_chunks().0;
        while !row.is_empty() {
            let (facet, count) = (row.varint()?, row.varint()?);
            let mut value = 0_u32;
            for _ in 0..count {
                value = value.saturating_add(row.varint()?);
                values.push((facet, value));
            }
        }
        Ok(())
    }

    /// Whether each variant of the document that was read last is sold out.
    pub fn is_sold_out(&self, sku: &dyn Fn(SkuNumber) -> bool) -> bool {
        let mut skus = self.skus.iter();
        !self.skus.is_empty() && skus.all(|&number| sku(u32::from_le_bytes(number)))
    }

    fn seek(&mut self, place: u32) -> Result<u32, DecodeError> {
        let number = place / ROWS_PER_OFFSET;
        let (offsets, _) = self.page.offsets.as_chunks::<4>();
        let offset = offsets
            .get(number as usize)
            .map(|&four| u32::from_le_bytes(four));
        let rows = offset.and_then(|offset| self.page.rows.get(offset as usize..));
        let rows = rows.ok_or_else(|| self.reader.error("a document that it does not have"))?;
        self.reader = ByteReader::new("page of facets", rows);
        Ok(number * ROWS_PER_OFFSET)
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
pub struct TitleColumn<'a> {
    keys: &'a [u8],
}

impl<'a> TitleColumn<'a> {
    /// The blob.
    pub fn encode(keys: &[[u8; TITLE_KEY_BYTES]]) -> Vec<u8> {
        let mut out = new_blob();
        out.extend(keys.as_flattened());
        out
    }

    /// # Errors
    /// When the blob is no such column.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        let keys = content("column of titles", blob)?;
        Ok(Self { keys })
    }

    /// The beginning of the title of the document at a place of the page.
    pub fn key(&self, place: u32) -> [u8; TITLE_KEY_BYTES] {
        let (keys, _) = self.keys.as_chunks::<TITLE_KEY_BYTES>();
        keys.get(place as usize).copied().unwrap_or_default()
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
    fn rows_are_read_forwards_and_backwards() {
        let documents: Vec<FacetRow> = (0..100)
            .map(|n| FacetRow {
                price_minor: n.into(),
                skus: vec![n, u32::MAX - n],
                values: vec![(0, n), (2, 5), (2, 5 + n)],
            })
            .collect();
        let blob = FacetPage::encode(&documents);
        let page = FacetPage::decode(&blob).unwrap();
        let (mut rows, mut values) = (page.rows(), Vec::new());
        assert!(!rows.is_sold_out(&|_| true), "none was read");
        for place in [0, 1, 40, 41, 99, 3] {
            rows.read(place, &mut values).unwrap();
            assert_eq!(values, documents[place as usize].values);
            let of = |sku| sku == place || sku == u32::MAX - place;
            assert!(rows.is_sold_out(&of) && !rows.is_sold_out(&|sku| sku == place));
            assert_eq!(page.prices.get(place), i64::from(place));
        }
        assert!(page.rows().read(100, &mut values).is_err());
        assert!(page.rows().read(5000, &mut values).is_err());
    }
}
