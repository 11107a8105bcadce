//! The facts of lines: those that are remembered, else from the products and the sales of the version,
//! found by their SKUs.

use std::collections::BTreeMap;
use std::rc::Rc;

use souk_catalogue::{Product, ProductSegment, SkuDirectory, SkuSegment, SlugHash};
use souk_domain::split_sale_sku;
use souk_ports::Edge;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::pricing::{OfferFacts, ShopTerms};

/// The products of some SKUs.
struct Found(Vec<Product>);

impl Found {
    /// What a quote needs to know of a SKU; `None` for one that the version does not have.
    fn facts(&self, terms: &ShopTerms, sku: &str) -> Option<OfferFacts> {
        self.0.iter().find_map(|product| {
            let mut variants = product.variants.iter();
            let variant = variants.find(|variant| variant.sku == sku)?;
            Some(OfferFacts::of(terms.facts(product, variant)))
        })
    }
}

impl<E: Edge> Reader<'_, E> {
    /// What a quote needs to know of SKUs, in their order; `None` for one that the version does not
    /// have. `terms` are those of the version.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn facts_of_skus(
        &self,
        terms: &ShopTerms,
        skus: &[&str],
    ) -> Result<Vec<Option<Rc<OfferFacts>>>, ReadError> {
        let remembered = skus.iter().map(|sku| terms.remembered.get(sku));
        let mut all: Vec<_> = remembered.collect();
        let unknown = skus.iter().zip(&all);
        let unknown = unknown.filter(|(_, facts)| facts.is_none());
        let unknown: Vec<&str> = unknown.map(|(sku, _)| *sku).collect();
        if unknown.is_empty() {
            return Ok(all);
        }
        // Those of a sale are another session's after a while, so they are not remembered.
        let (of_sales, unknown): (Vec<&str>, Vec<&str>) = unknown
            .into_iter()
            .partition(|sku| split_sale_sku(sku).is_some());
        let sales = self.sales_of_skus(&of_sales).await?;
        let found = self.products_of_skus(&unknown).await?;
        for (sku, facts) in skus.iter().zip(&mut all) {
            if facts.is_some() {
                continue;
            }
            let mut sales = sales.iter();
            let of_sale = sales.find_map(|sale| Some(sale.facts(sale.item(sku)?)));
            *facts = match of_sale {
                Some(facts) => Some(Rc::new(OfferFacts::of(facts))),
                None => found.facts(terms, sku).map(Rc::new),
            };
            if split_sale_sku(sku).is_none() {
                facts.iter().for_each(|facts| terms.remembered.put(facts));
            }
        }
        Ok(all)
    }

    /// The products that have these SKUs, each once and all read at the same time.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    async fn products_of_skus(&self, skus: &[&str]) -> Result<Found, ReadError> {
        let Some(directory) = self.version.manifest.skus else {
            return Ok(Found(Vec::new()));
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
        self.as_published(&slugs).await
    }

    /// Products with all that the version says about them, whichever market shows them, and when.
    async fn as_published(&self, slugs: &[SlugHash]) -> Result<Found, ReadError> {
        let segments = slugs.iter().map(|&slug| self.segment_of(slug));
        let segments = futures_util::future::try_join_all(segments).await?;
        let mut products = Vec::with_capacity(slugs.len());
        for (&slug, segment) in slugs.iter().zip(&segments) {
            if let Some(segment) = segment {
                products.extend(ProductSegment::decode(segment)?.find_hashed(slug)?);
            }
        }
        Ok(Found(products))
    }
}
