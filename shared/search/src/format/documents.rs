//! What is kept for each document of a run: what ties are decided by, its card, its values and its
//! price.
//!
//! Not here: what else results are ordered by (`columns`).

use souk_catalogue::{DecodeError, Hash, content};

use super::bytes::{ByteReader, length, new_blob, put_bytes, put_hashes, put_varint};
use super::columns::Numbers;

/// Documents of a [`DocumentPage`]: 12,288 ties of four bytes are 48 KiB.
pub const DOCUMENTS_PER_PAGE: u32 = 12_288;
/// Cards of a chunk.
pub const CARDS_PER_CHUNK: u32 = 64;
/// Documents of a [`FacetPage`].
pub const FACETS_PER_PAGE: u32 = 32_768;
/// Rows between two places that a [`FacetPage`] names.
const ROWS_PER_OFFSET: u32 = 32;
/// How far apart the numbers of two facets are in a row: fewer values are counted in between.
const FACET_STEP: u32 = 4;

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

/// Prices and values of up to [`FACETS_PER_PAGE`] documents.
#[derive(Debug)]
pub struct FacetPage<'a> {
    /// The lowest price of a variant of each in one market, in minor units, or [`UNSOLD`].
    prices: Numbers,
    /// Where each row of [`ROWS_PER_OFFSET`] begins, 32 bits, little-endian.
    offsets: &'a [u8],
    /// For each document: bytes of its row, then how many variants it has and the number of each
    /// one's SKU, 32 bits, little-endian; then for each facet that it has values of four times its
    /// number and how many there are, which follow by themselves where there are more than three; and
    /// their numbers, each less the one before.
    rows: &'a [u8],
}

/// The price of a document that a market does not sell.
const UNSOLD: i64 = -1;

/// What a [`FacetPage`] has of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetRow {
    /// The lowest price of a variant in each market, in minor units; `None` where it is not sold.
    pub prices: Vec<Option<i64>>,
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
    /// The blob for documents with what it has of each: the columns of further markets stand behind the
    /// rest.
    pub fn encode(documents: &[FacetRow]) -> Vec<u8> {
        let column = |market: usize| {
            let prices = documents.iter().map(|one| one.prices.get(market).copied());
            let prices = prices.map(|price| price.flatten().unwrap_or(UNSOLD));
            Numbers::new(&prices.collect::<Vec<_>>())
        };
        let (mut offsets, mut rows) = (Vec::new(), Vec::new());
        for (place, one) in documents.iter().enumerate() {
            if place % ROWS_PER_OFFSET as usize == 0 {
                offsets.extend(length(rows.len()).to_le_bytes());
            }
            let mut row = Vec::new();
            put_varint(&mut row, length(one.skus.len()));
            row.extend(one.skus.iter().flat_map(|sku| sku.to_le_bytes()));
            for facet in one.values.chunk_by(|a, b| a.0 == b.0) {
                let count = length(facet.len());
                let few = if count < FACET_STEP { count } else { 0 };
                put_varint(&mut row, facet[0].0 * FACET_STEP + few);
                if few == 0 {
                    put_varint(&mut row, count);
                }
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
        column(0).put(&mut out);
        put_bytes(&mut out, &offsets);
        put_bytes(&mut out, &rows);
        let markets = documents.iter().map(|one| one.prices.len()).max();
        (1..markets.unwrap_or(0)).for_each(|market| column(market).put(&mut out));
        out
    }

    /// Reads a page with the prices of the market at a place in the shop's list.
    ///
    /// # Errors
    /// When the blob is not such a page, or has no such market.
    pub fn decode(blob: &'a [u8], market: usize) -> Result<Self, DecodeError> {
        let mut reader = ByteReader::of_blob("page of facets", blob)?;
        let mut page = Self {
            prices: Numbers::read(&mut reader)?,
            offsets: reader.bytes()?,
            rows: reader.bytes()?,
        };
        for _ in 0..market {
            page.prices = Numbers::read(&mut reader)?;
        }
        Ok(page)
    }

    /// The lowest price of the document at a place of the page; `None` where it is not sold.
    pub fn price(&self, place: u32) -> Option<i64> {
        Some(self.prices.get(place)).filter(|&price| price != UNSOLD)
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
            let tag = row.varint()?;
            let facet = tag / FACET_STEP;
            let count = match tag % FACET_STEP {
                0 => row.varint()?,
                few => few,
            };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_forwards_and_backwards() {
        let documents: Vec<FacetRow> = (0..100)
            .map(|n| FacetRow {
                prices: vec![Some(n.into()), (n % 2 == 0).then_some(i64::from(n) + 500)],
                skus: vec![n, u32::MAX - n],
                values: [(0, n), (2, 5), (2, 5 + n)]
                    .into_iter()
                    .chain((0..n % 6).map(|value| (7, value * 200)))
                    .collect(),
            })
            .collect();
        let blob = FacetPage::encode(&documents);
        let page = FacetPage::decode(&blob, 0).unwrap();
        let (mut rows, mut values) = (page.rows(), Vec::new());
        assert!(!rows.is_sold_out(&|_| true), "none was read");
        for place in [0, 1, 40, 41, 99, 3] {
            rows.read(place, &mut values).unwrap();
            assert_eq!(values, documents[place as usize].values);
            let of = |sku| sku == place || sku == u32::MAX - place;
            assert!(rows.is_sold_out(&of) && !rows.is_sold_out(&|sku| sku == place));
            assert_eq!(page.price(place), Some(i64::from(place)));
        }
        let further = FacetPage::decode(&blob, 1).unwrap();
        assert_eq!([2, 3].map(|n| further.price(n)), [Some(502), None]);
        assert!(FacetPage::decode(&blob, 2).is_err());
        assert!(page.rows().read(100, &mut values).is_err());
        assert!(page.rows().read(5000, &mut values).is_err());
    }
}
