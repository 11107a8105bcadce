//! Product segments: some tens of products in one blob.
//!
//! A segment is a table of slugs and record bytes; a reader decodes the one record that it wants.
//! Records are postcard, which borrows nothing and skips nothing but needs no parsing of numbers
//! or names; `cargo xtask bench --only encoding` holds it against JSON.

use serde::{Deserialize, Serialize};

use crate::Product;

/// Products that a segment holds on average; between half and twice as many before the number of
/// segments is changed.
pub const SEGMENT_PRODUCTS_TARGET: usize = 16;

/// Why a blob could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue blob is not a {what}: {reason}")]
pub struct DecodeError {
    /// What was expected.
    pub what: &'static str,
    /// What the decoder says.
    pub reason: String,
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain structs with known lengths can be encoded")
}

pub(crate) fn decode<'a, T: Deserialize<'a>>(
    what: &'static str,
    bytes: &'a [u8],
) -> Result<T, DecodeError> {
    postcard::from_bytes(bytes).map_err(|error| DecodeError {
        what,
        reason: error.to_string(),
    })
}

/// The table of one segment, borrowing from its blob.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProductSegment<'a> {
    #[serde(borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record<'a> {
    slug: &'a str,
    product: &'a [u8],
}

impl<'a> ProductSegment<'a> {
    /// The blob for `products`, which are put in the order of their slugs.
    pub fn encode(products: &[&Product]) -> Vec<u8> {
        let mut sorted: Vec<_> = products.to_vec();
        sorted.sort_by(|a, b| a.slug.cmp(&b.slug));
        let bodies: Vec<_> = sorted.iter().map(encode).collect();
        let records = sorted
            .iter()
            .zip(&bodies)
            .map(|(product, body)| Record {
                slug: &product.slug,
                product: body,
            })
            .collect();
        encode(&ProductSegment { records })
    }

    /// Reads the table; no product is decoded.
    ///
    /// # Errors
    /// When the blob is not a product segment.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode("product segment", blob)
    }

    /// The product with this slug, if the segment has it.
    ///
    /// # Errors
    /// When its record is damaged.
    pub fn find(&self, slug: &str) -> Result<Option<Product>, DecodeError> {
        let found = self.records.iter().find(|record| record.slug == slug);
        found
            .map(|record| decode("product", record.product))
            .transpose()
    }

    /// Every product, in the order of their slugs.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn products(&self) -> Result<Vec<Product>, DecodeError> {
        self.records
            .iter()
            .map(|record| decode("product", record.product))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;

    #[test]
    fn a_product_is_found_by_its_slug_alone() {
        let product = |slug: &str| Product {
            slug: slug.to_owned(),
            title: Text::new(format!("The {slug}")),
            ..Product::default()
        };
        let (b, a) = (product("b"), product("a"));
        let blob = ProductSegment::encode(&[&b, &a]);
        let segment = ProductSegment::decode(&blob).unwrap();
        assert_eq!(segment.find("b").unwrap(), Some(b.clone()));
        assert_eq!(segment.find("c").unwrap(), None);
        assert_eq!(segment.products().unwrap(), [a.clone(), b.clone()]);
        assert_eq!(blob, ProductSegment::encode(&[&a, &b]));
    }

    #[test]
    fn a_damaged_blob_is_an_error_and_not_a_panic() {
        let blob = ProductSegment::encode(&[&Product {
            slug: "a".into(),
            ..Product::default()
        }]);
        for length in 0..blob.len() {
            assert!(ProductSegment::decode(&blob[..length]).is_err(), "{length}");
        }
    }
}
