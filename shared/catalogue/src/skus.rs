//! Which product has a SKU, in segments like everything else: an order that comes through the API
//! names its SKUs alone.
//!
//! A SKU stands there as the first 64 bits of its hash. Its product says whether it has it, so a hash
//! that two SKUs share finds a product without the SKU, never another offer.
//!
//! Not here: the segments of products (`segment`).

use minicbor::{Decode, Encode};

use crate::{
    DecodeError, Hash, Product, SlugHash,
    blob::{decode_blob, encode_blob},
};

/// SKUs that a segment holds at most on average: 16 KB.
const SEGMENT_SKUS_MAX: usize = 1_024;
/// A SKU and the slug of its product: two hashes of eight bytes.
const ENTRY_BYTES: usize = 16;

/// The names of the segments of SKUs, a power of two of them, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct SkuDirectory<'a> {
    /// In order of the buckets.
    #[cbor(b(0), with = "minicbor::bytes")]
    segments: &'a [u8],
}

impl<'a> SkuDirectory<'a> {
    /// # Errors
    /// When the blob is not a directory of SKUs.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("directory of SKUs", blob)
    }

    /// The segment that would know a SKU.
    pub fn locate(&self, sku: &str) -> Option<Hash> {
        let mut segments = Hash::unpack(self.segments);
        let bits = u8::try_from(segments.len().checked_ilog2()?).ok()?;
        let bucket = SlugHash::of(sku).bucket(bits);
        segments.nth(usize::try_from(bucket).ok()?).flatten()
    }

    /// Every segment that is not empty.
    pub fn segments(&self) -> impl Iterator<Item = Hash> {
        Hash::unpack(self.segments).flatten()
    }
}

/// One segment of SKUs, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct SkuSegment<'a> {
    /// Entries of [`ENTRY_BYTES`] in the order of their first halves.
    #[cbor(b(0), with = "minicbor::bytes")]
    entries: &'a [u8],
}

impl<'a> SkuSegment<'a> {
    /// # Errors
    /// When the blob is not a segment of SKUs.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("segment of SKUs", blob)
    }

    /// The hash of the slug of the product that has the SKU; of several that share it the lowest.
    pub fn find(&self, sku: &str) -> Option<SlugHash> {
        let (entries, _) = self.entries.as_chunks::<ENTRY_BYTES>();
        let key = SlugHash::of(sku);
        let place = entries.partition_point(|entry| half(entry, 0) < key.0);
        let entry = entries.get(place).filter(|entry| half(entry, 0) == key.0)?;
        Some(SlugHash(half(entry, 8)))
    }
}

fn half(entry: &[u8; ENTRY_BYTES], from: usize) -> u64 {
    let bytes = entry[from..].iter().take(8);
    bytes.fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// Puts the SKUs of all products into segments; gives the name of their directory.
pub(crate) fn put_skus(products: &[Product], mut put: impl FnMut(Vec<u8>) -> Hash) -> Hash {
    let entries = products.iter().flat_map(|product| {
        let slug = SlugHash::of(&product.slug);
        let variants = product.variants.iter();
        variants.map(move |variant| (SlugHash::of(&variant.sku), slug))
    });
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries.dedup_by_key(|(sku, _)| *sku);
    let bits = (0..24)
        .find(|&bits| entries.len() >> bits <= SEGMENT_SKUS_MAX)
        .unwrap_or(24);
    let mut buckets: Vec<Vec<u8>> = vec![Vec::new(); 1 << bits];
    for (sku, slug) in entries {
        let bucket = &mut buckets[sku.bucket(bits) as usize];
        bucket.extend(sku.0.to_be_bytes());
        bucket.extend(slug.0.to_be_bytes());
    }
    let segments = buckets.iter().map(|entries| {
        let segment = SkuSegment { entries };
        (!entries.is_empty()).then(|| put(encode_blob(&segment)))
    });
    let segments = Hash::pack(segments.collect::<Vec<_>>());
    put(encode_blob(&SkuDirectory {
        segments: &segments,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, Variant, build};

    fn product(slug: &str, skus: &[String]) -> Product {
        let variant = |sku: &String| Variant {
            sku: sku.clone(),
            ..Variant::default()
        };
        Product {
            slug: slug.to_owned(),
            variants: skus.iter().map(variant).collect(),
            ..Product::default()
        }
    }

    #[test]
    fn every_sku_finds_its_product_and_no_other_does() {
        for products in [0, 1, 900, 3_000] {
            let skus = |n: usize| [format!("A-{n}"), format!("茶 {n}")];
            let products: Vec<_> = (0..products)
                .map(|n| product(&format!("product-{n}"), &skus(n)))
                .collect();
            let catalogue = Catalogue {
                products,
                currency: "USD".to_owned(),
                ..Catalogue::default()
            };
            let snapshot = build(&catalogue, None).unwrap();
            let directory = &snapshot.blobs[&snapshot.manifest.skus.unwrap()];
            let directory = SkuDirectory::decode(directory).unwrap();
            let find = |sku: &str| {
                let segment = &snapshot.blobs[&directory.locate(sku)?];
                SkuSegment::decode(segment).unwrap().find(sku)
            };
            for product in &catalogue.products {
                for variant in &product.variants {
                    assert_eq!(find(&variant.sku), Some(SlugHash::of(&product.slug)));
                }
            }
            assert_eq!(find("A-3000"), None);
            let segments = directory.segments().count();
            assert!(segments * SEGMENT_SKUS_MAX >= 2 * catalogue.products.len());
        }
    }

    #[test]
    fn a_shared_sku_finds_one_of_its_products_in_every_build() {
        let shared = ["TEA".to_owned()];
        let catalogue = |slugs: [&str; 2]| Catalogue {
            products: slugs.map(|slug| product(slug, &shared)).to_vec(),
            shared_skus: shared.iter().cloned().collect(),
            currency: "USD".to_owned(),
            ..Catalogue::default()
        };
        let skus = |slugs| build(&catalogue(slugs), None).unwrap().manifest.skus;
        assert_eq!(skus(["a", "b"]), skus(["b", "a"]));
    }
}
