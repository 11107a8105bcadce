//! The catalogue's blobs as they were before a field could be added: postcard throughout, with a list
//! of hashes for a directory page and a table of slugs and records for a segment.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use souk_catalogue::{DIRECTORY_PAGE_SEGMENTS, slug_bucket};

use super::mirror::Product;

type Name = [u8; 16];

/// The segments of one version and the directory that finds them.
pub(super) struct Before {
    segment_bits: u8,
    pages: Vec<Vec<u8>>,
    blobs: BTreeMap<Name, Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Page {
    segments: Vec<Option<Name>>,
}

#[derive(Serialize, Deserialize)]
struct Segment<'a> {
    #[serde(borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    slug: &'a str,
    product: &'a [u8],
}

impl Before {
    /// The same products in as many segments.
    ///
    /// # Errors
    /// When a product cannot be encoded.
    pub(super) fn new(products: &[souk_catalogue::Product], segment_bits: u8) -> Result<Self> {
        let mut buckets: Vec<Vec<Product>> = vec![Vec::new(); 1 << segment_bits];
        for product in products {
            let bucket = slug_bucket(&product.slug, segment_bits) as usize;
            buckets[bucket].push(product.into());
        }
        let mut blobs = BTreeMap::new();
        let mut names = Vec::new();
        for (bucket, products) in (0_u128..).zip(&buckets) {
            // Names that lie as far apart as hashes do.
            let name = bucket.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
            let name = name.to_le_bytes();
            blobs.insert(name, segment(products)?);
            names.push(Some(name));
        }
        let pages = names.chunks(DIRECTORY_PAGE_SEGMENTS as usize);
        let pages = pages.map(|page| {
            let segments = page.to_vec();
            postcard::to_stdvec(&Page { segments })
        });
        Ok(Self {
            segment_bits,
            pages: pages.collect::<Result<_, _>>()?,
            blobs,
        })
    }

    /// Bytes of all segments and directory pages.
    pub(super) fn bytes(&self) -> usize {
        let blobs = self.blobs.values().chain(&self.pages);
        blobs.map(Vec::len).sum()
    }

    /// What an edge did for a product.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn read(&self, slug: &str) -> Result<Product> {
        let bucket = slug_bucket(slug, self.segment_bits);
        let page = &self.pages[(bucket / DIRECTORY_PAGE_SEGMENTS) as usize];
        let page: Page = postcard::from_bytes(page)?;
        let name = page.segments[(bucket % DIRECTORY_PAGE_SEGMENTS) as usize];
        let segment = &self.blobs[&name.context("an empty bucket")?];
        let Segment { records } = postcard::from_bytes(segment)?;
        let record = records.iter().find(|record| record.slug == slug);
        Ok(postcard::from_bytes(record.context("no product")?.product)?)
    }
}

fn segment(products: &[Product]) -> Result<Vec<u8>> {
    let bodies = products.iter().map(postcard::to_stdvec);
    let bodies: Vec<_> = bodies.collect::<Result<_, _>>()?;
    let records = products.iter().zip(&bodies);
    let records = records.map(|(product, body)| Record {
        slug: &product.slug,
        product: body,
    });
    Ok(postcard::to_stdvec(&Segment {
        records: records.collect(),
    })?)
}
