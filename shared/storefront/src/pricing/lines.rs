//! The facts of lines: from the products of the version, found by their SKUs.

use std::collections::BTreeMap;

use souk_catalogue::{Product, ProductSegment, SkuDirectory, SkuSegment, SlugHash};
use souk_ports::Edge;
use souk_pricing::Facts;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::pricing::ShopTerms;
use crate::sales::SaleNow;

/// The products and the sales of some SKUs.
pub(crate) struct Found {
    products: Vec<Product>,
    sales: Vec<SaleNow>,
}

impl Found {
    /// What a quote needs to know of a SKU; `None` for one that the version does not have.
    pub(crate) fn facts(&self, terms: &ShopTerms, sku: &str) -> Option<Facts> {
        let mut sales = self.sales.iter();
        let of_sale = sales.find_map(|sale| Some(sale.facts(sale.item(sku)?)));
        of_sale.or_else(|| self.facts_of_product(terms, sku))
    }

    fn facts_of_product(&self, terms: &ShopTerms, sku: &str) -> Option<Facts> {
        self.products.iter().find_map(|product| {
            let mut variants = product.variants.iter();
            let variant = variants.find(|variant| variant.sku == sku)?;
            Some(terms.facts(product, variant))
        })
    }
}

impl<E: Edge> Reader<'_, E> {
    /// The products that have these SKUs, each once and all read at the same time, and the sales of which
    /// some are.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn products_of_skus(&self, skus: &[&str]) -> Result<Found, ReadError> {
        let sales = self.sales_of_skus(skus).await?;
        let Some(directory) = self.version.manifest.skus else {
            let products = Vec::new();
            return Ok(Found { products, sales });
        };
        let directory = self.blob(directory).await?;
        let directory = SkuDirectory::decode(&directory)?;
        // By segment, so that each is read once.
        let mut located: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for sku in skus {
            if let Some(segment) = directory.locate(sku) {
                located.entry(segment).or_default().push(sku);
            }
        }
        let segments = self.blobs(located.keys().copied()).await?;
        let mut slugs: Vec<SlugHash> = Vec::with_capacity(skus.len());
        for (segment, skus) in segments.iter().zip(located.values()) {
            let segment = SkuSegment::decode(segment)?;
            slugs.extend(skus.iter().filter_map(|sku| segment.find(sku)));
        }
        slugs.sort_unstable();
        slugs.dedup();
        let products = self.as_published(&slugs).await?;
        Ok(Found { products, sales })
    }

    /// Products with all that the version says about them, whichever market shows them, and when.
    async fn as_published(&self, slugs: &[SlugHash]) -> Result<Vec<Product>, ReadError> {
        let segments = slugs.iter().map(|&slug| self.segment_of(slug));
        let segments = futures_util::future::try_join_all(segments).await?;
        let mut products = Vec::with_capacity(slugs.len());
        for (&slug, segment) in slugs.iter().zip(&segments) {
            if let Some(segment) = segment {
                products.extend(ProductSegment::decode(segment)?.find_hashed(slug)?);
            }
        }
        Ok(products)
    }
}
