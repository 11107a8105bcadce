//! Product segments: some tens of products in one blob.
//!
//! A segment is a table of slugs and record bytes; a reader decodes the one record that it wants.
//! `cargo xtask bench --only encoding` holds the encoding against others.

use minicbor::{Decode, Encode};

use crate::{
    DecodeError, Product, SlugHash,
    blob::{decode_blob, decode_part, encode_blob, encode_part, list},
};

/// Products that a segment holds on average; between half and twice as many before the number of
/// segments is changed.
pub const SEGMENT_PRODUCTS_TARGET: usize = 16;

/// The table of one segment, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct ProductSegment<'a> {
    #[cbor(b(0), with = "list")]
    records: Vec<Record<'a>>,
}

#[derive(Debug, Encode, Decode)]
struct Record<'a> {
    #[b(0)]
    slug: &'a str,
    #[cbor(b(1), with = "minicbor::bytes")]
    product: &'a [u8],
}

impl<'a> ProductSegment<'a> {
    /// The blob for `products`, which are put in the order of their slugs.
    pub fn encode(products: &[&Product]) -> Vec<u8> {
        let mut sorted: Vec<_> = products.to_vec();
        sorted.sort_by(|a, b| a.slug.cmp(&b.slug));
        let bodies: Vec<_> = sorted.iter().map(encode_part).collect();
        let records = sorted
            .iter()
            .zip(&bodies)
            .map(|(product, body)| Record {
                slug: &product.slug,
                product: body,
            })
            .collect();
        encode_blob(&ProductSegment { records })
    }

    /// Reads the table; no product is decoded.
    ///
    /// # Errors
    /// When the blob is not a product segment.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("product segment", blob)
    }

    /// The product with this slug, if the segment has it.
    ///
    /// # Errors
    /// When its record is damaged.
    pub fn find(&self, slug: &str) -> Result<Option<Product>, DecodeError> {
        self.find_by(|other| other == slug)
    }

    /// The product whose slug has this hash, if the segment has it.
    ///
    /// # Errors
    /// When its record is damaged.
    pub fn find_hashed(&self, slug: SlugHash) -> Result<Option<Product>, DecodeError> {
        self.find_by(|other| SlugHash::of(other) == slug)
    }

    fn find_by(&self, is_it: impl Fn(&str) -> bool) -> Result<Option<Product>, DecodeError> {
        let found = self.records.iter().find(|record| is_it(record.slug));
        found
            .map(|record| decode_part("product", record.product))
            .transpose()
    }

    /// Every product, in the order of their slugs.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn products(&self) -> Result<Vec<Product>, DecodeError> {
        self.records
            .iter()
            .map(|record| decode_part("product", record.product))
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
        let hashed = |slug| segment.find_hashed(SlugHash::of(slug)).unwrap();
        assert_eq!(hashed("a"), Some(a.clone()));
        assert_eq!(hashed("c"), None);
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
