//! What the back office knows of products when it learns from orders: the type of each and its SKUs, in a
//! few large blobs, because it reads all of them at once. No edge reads them.
//!
//! Not here: segments, from which one product is read (`segment`); what is learnt (`souk_insights`).

use minicbor::{Decode, Encode};

use crate::blob::{decode_blob, encode_blob};
use crate::{Attached, DecodeError, Hash, Product, SlugHash};

/// Products of a page on average at most: 20 bytes each, with two SKUs, are 640 KiB.
const PAGE_PRODUCTS_MAX: usize = 32_768;
/// There are `2^4` pages at most, so that one step of the back office reads all of them: those of a
/// million products have 1.3 MB.
const PAGE_BITS_MAX: u8 = 4;

/// Some products, borrowing from its blob.
#[derive(Debug, Encode, Decode)]
pub struct OverviewPage<'a> {
    /// The types of the products, in the shop's own language, ascending.
    #[cbor(b(0))]
    pub types: Vec<&'a str>,
    /// For each product by the hashes of the slugs: that hash, the place of its type (two bytes), how many
    /// SKUs it has (two bytes), and of each the bytes 4 to 7 of its hash; all numbers with their high byte
    /// first.
    #[cbor(b(1), with = "minicbor::bytes")]
    products: &'a [u8],
}

/// A product of an [`OverviewPage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview<'a> {
    /// The hash of its slug.
    pub slug: SlugHash,
    /// The place of its type among those of the page.
    pub type_place: usize,
    /// Its SKUs.
    skus: &'a [[u8; SKU_BYTES]],
}

const SLUG_BYTES: usize = 8;
const SKU_BYTES: usize = 4;

impl Overview<'_> {
    /// The numbers of its SKUs, as an availability snapshot halves them: the bytes 4 to 7 of the hash,
    /// little-endian.
    pub fn sku_numbers(&self) -> impl Iterator<Item = u32> {
        self.skus.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

impl<'a> OverviewPage<'a> {
    /// # Errors
    /// When the blob is not such a page.
    pub fn decode(blob: &'a [u8]) -> Result<Self, DecodeError> {
        decode_blob("overview of products", blob)
    }

    /// Its products; those behind a place that is damaged are left out.
    pub fn products(&self) -> impl Iterator<Item = Overview<'a>> {
        let mut rest = self.products;
        std::iter::from_fn(move || {
            let (slug, behind) = rest.split_first_chunk::<SLUG_BYTES>()?;
            let (&[a, b, c, d], behind) = behind.split_first_chunk()?;
            let length = SKU_BYTES * usize::from(u16::from_be_bytes([c, d]));
            let (skus, behind) = behind.split_at_checked(length)?;
            rest = behind;
            Some(Overview {
                slug: SlugHash(u64::from_be_bytes(*slug)),
                type_place: u16::from_be_bytes([a, b]).into(),
                skus: skus.as_chunks().0,
            })
        })
    }
}

/// Puts the overview of all products into pages; gives the name of the list of these.
pub(crate) fn put_overview(products: &[Product], mut put: impl FnMut(Vec<u8>) -> Hash) -> Hash {
    let bits = (0..PAGE_BITS_MAX).find(|&bits| products.len() >> bits <= PAGE_PRODUCTS_MAX);
    let bits = bits.unwrap_or(PAGE_BITS_MAX);
    let mut pages: Vec<Vec<(SlugHash, &Product)>> = vec![Vec::new(); 1 << bits];
    for product in products {
        let slug = SlugHash::of(&product.slug);
        pages[slug.bucket(bits) as usize].push((slug, product));
    }
    let mut names = Vec::new();
    for mut products in pages {
        products.sort_unstable_by_key(|(slug, _)| *slug);
        if !products.is_empty() {
            names.push(put(page(&products)));
        }
    }
    put(Attached::new(names, Vec::new()).encode())
}

fn page(products: &[(SlugHash, &Product)]) -> Vec<u8> {
    let types = products
        .iter()
        .map(|(_, product)| product.product_type.base.as_str());
    let mut types: Vec<&str> = types.collect();
    types.sort_unstable();
    types.dedup();
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = Vec::new();
    for (slug, product) in products {
        let place = types.binary_search(&product.product_type.base.as_str());
        let skus = &product.variants[..product.variants.len().min(usize::from(u16::MAX))];
        bytes.extend(slug.0.to_be_bytes());
        bytes.extend(short(place.expect("every type is there")));
        bytes.extend(short(skus.len()));
        for variant in skus {
            let hash = SlugHash::of(&variant.sku).0.to_be_bytes();
            bytes.extend(&hash[SKU_BYTES..]);
        }
    }
    encode_blob(&OverviewPage {
        types,
        products: &bytes,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{Text, Variant};

    fn product(number: usize, skus: usize) -> Product {
        let variant = |sku| Variant {
            sku: format!("SKU-{number}-{sku}"),
            ..Variant::default()
        };
        Product {
            slug: format!("product-{number}"),
            product_type: Text::new(["Lamps", "", "Bulbs"][number % 3]),
            variants: (0..skus).map(variant).collect(),
            ..Product::default()
        }
    }

    /// The pages, by their names in the order of their list.
    fn pages(products: &[Product]) -> Vec<(Hash, Vec<u8>)> {
        let mut blobs = BTreeMap::new();
        let list = put_overview(products, |blob| {
            let hash = Hash::of(&blob);
            blobs.insert(hash, blob);
            hash
        });
        let names = Attached::decode(&blobs[&list]).unwrap();
        let pages = names.blobs().map(|name| (name, blobs[&name].clone()));
        pages.collect()
    }

    #[test]
    fn every_product_is_found_with_its_type_and_its_skus() {
        for (count, parts) in [(0, 0), (7, 1), (PAGE_PRODUCTS_MAX + 1, 2)] {
            let products: Vec<_> = (0..count).map(|n| product(n, 1 + n % 3)).collect();
            let written = pages(&products);
            assert_eq!(written.len(), parts, "{count}");
            let mut found = BTreeMap::new();
            for (_, blob) in &written {
                let page = OverviewPage::decode(blob).unwrap();
                for one in page.products() {
                    let skus: Vec<u32> = one.sku_numbers().collect();
                    found.insert(one.slug, (page.types[one.type_place].to_owned(), skus));
                }
            }
            assert_eq!(found.len(), count);
            for product in &products {
                let (product_type, skus) = &found[&SlugHash::of(&product.slug)];
                assert_eq!(*product_type, product.product_type.base);
                let number = |variant: &Variant| {
                    let hash = blake3::hash(variant.sku.as_bytes());
                    u32::from_le_bytes(hash.as_bytes()[4..8].try_into().unwrap())
                };
                let expected: Vec<u32> = product.variants.iter().map(number).collect();
                assert_eq!(*skus, expected);
            }
        }
    }

    #[test]
    fn a_price_changes_no_page_and_a_new_product_one() {
        let mut products: Vec<_> = (0..PAGE_PRODUCTS_MAX + 1).map(|n| product(n, 1)).collect();
        let names = |products: &[Product]| -> Vec<Hash> {
            pages(products).into_iter().map(|(name, _)| name).collect()
        };
        let before = names(&products);
        products[3].variants[0].price_minor = 7;
        assert_eq!(names(&products), before);
        products.push(product(99_999, 1));
        let after = names(&products);
        let changed = after.iter().zip(&before).filter(|(a, b)| a != b);
        assert_eq!((changed.count(), after.len()), (1, before.len()));
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_nothing_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = OverviewPage::decode(&bytes).map(|page| page.products().count());
            let framed = encode_blob(&OverviewPage { types: Vec::new(), products: &bytes });
            let page = OverviewPage::decode(&framed).unwrap();
            prop_assert!(page.products().count() <= bytes.len() / 12);
        }
    }
}
