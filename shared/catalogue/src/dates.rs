//! When a product was first published and last changed, and when a file of the sitemap did.
//!
//! The tool that publishes knows what is published: what is the same keeps its date, what differs
//! gets that of the publish. The dates are part of the version, so a rollback brings back the ones
//! that belong to it, and publishing the same catalogue again gives the same bytes.
//!
//! Not here: clocks.

use std::collections::BTreeMap;

use crate::{Catalogue, Hash, Manifest, Product, SitemapFile, listing};

/// Products in one sitemap file. The protocol allows 50,000 addresses; a product has two, and a
/// file is made from about thirty listing chunks.
pub const SITEMAP_PRODUCTS: u32 = 1_000;

/// Dates every product: as it is published already, or `now_ms` where it is new or differs.
pub fn date(catalogue: &mut Catalogue, published: &BTreeMap<String, Product>, now_ms: i64) {
    catalogue.dated_at_ms = now_ms;
    for product in &mut catalogue.products {
        product.modified_at_ms = now_ms;
        product.published_at_ms = Some(now_ms);
        if let Some(known) = published.get(&product.slug) {
            product.modified_at_ms = known.modified_at_ms;
            product.published_at_ms = known.published_at_ms;
            if product != known {
                product.modified_at_ms = now_ms;
            }
        }
    }
}

/// The files of the sitemap, in their order: [`SITEMAP_PRODUCTS`] products each, by title.
pub(crate) fn sitemaps(catalogue: &Catalogue, published: Option<&Manifest>) -> Vec<SitemapFile> {
    let mut products: Vec<&Product> = catalogue.products.iter().collect();
    products.sort_by_cached_key(|product| listing::title_key(product));
    let known = published.map_or(&[][..], |manifest| &manifest.sitemaps);
    let files = products.chunks(SITEMAP_PRODUCTS as usize).enumerate();
    files
        .map(|(place, products)| {
            let mut content = Vec::new();
            for product in products {
                content.extend(product.slug.as_bytes());
                // No slug has this byte.
                content.push(0);
                content.extend(product.modified_at_ms.to_le_bytes());
            }
            let content = Hash::of(&content);
            let same = known.get(place).filter(|known| known.content == content);
            SitemapFile {
                content,
                modified_at_ms: same.map_or(catalogue.dated_at_ms, |known| known.modified_at_ms),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Snapshot, Text, Variant, build};

    fn catalogue(products: usize) -> Catalogue {
        let product = |n| Product {
            slug: format!("product-{n:04}"),
            title: Text::new(format!("Product {n:04}")),
            variants: vec![Variant {
                sku: format!("SKU-{n}"),
                ..Variant::default()
            }],
            ..Product::default()
        };
        Catalogue {
            products: (0..products).map(product).collect(),
            currency: "USD".into(),
            ..Catalogue::default()
        }
    }

    /// Publishes a catalogue over what is published, as the tool does.
    fn publish(catalogue: &Catalogue, now_ms: i64, over: Option<&Published>) -> Published {
        let mut catalogue = catalogue.clone();
        let known = over.map_or_else(BTreeMap::new, |over| over.products.clone());
        date(&mut catalogue, &known, now_ms);
        let manifest = over.map(|over| &over.snapshot.manifest);
        Published {
            snapshot: build(&catalogue, manifest).unwrap(),
            products: catalogue
                .products
                .into_iter()
                .map(|product| (product.slug.clone(), product))
                .collect(),
        }
    }

    struct Published {
        snapshot: Snapshot,
        products: BTreeMap<String, Product>,
    }

    impl Published {
        fn date(&self, slug: &str) -> i64 {
            self.products[slug].modified_at_ms
        }

        fn files(&self) -> Vec<i64> {
            let files = &self.snapshot.manifest.sitemaps;
            files.iter().map(|file| file.modified_at_ms).collect()
        }
    }

    #[test]
    fn a_product_is_dated_by_its_last_change() {
        let mut goods = catalogue(2);
        let first = publish(&goods, 10, None);
        goods.products[1].title.complete_from(&[Some("碗".into())]);
        let second = publish(&goods, 20, Some(&first));
        assert_eq!(second.date("product-0000"), 10);
        assert_eq!(second.date("product-0001"), 20);
        // Back to the first version and on from there.
        let third = publish(&goods, 30, Some(&first));
        assert_eq!(third.date("product-0000"), 10);
        assert_eq!(third.date("product-0001"), 30);
    }

    #[test]
    fn publishing_the_same_again_writes_nothing() {
        let goods = catalogue(40);
        let first = publish(&goods, 10, None);
        assert_eq!(publish(&goods, 20, Some(&first)).snapshot, first.snapshot);
    }

    #[test]
    fn a_sitemap_file_is_dated_by_what_it_lists() {
        let mut goods = catalogue(2_100);
        let first = publish(&goods, 10, None);
        assert_eq!(first.files(), [10, 10, 10]);
        goods.products[1_500].vendor = "Kiln".into();
        let second = publish(&goods, 20, Some(&first));
        assert_eq!(second.files(), [10, 20, 10]);
        // What goes moves everything behind it.
        goods.products.remove(1_200);
        let third = publish(&goods, 30, Some(&second));
        assert_eq!(third.files(), [10, 30, 30]);
    }
}
