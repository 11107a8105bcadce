//! From products to the blobs of one version.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use souk_domain::{Currency, Slug};

use crate::{
    Attached, Catalogue, DIRECTORY_PAGE_SEGMENTS, DirectoryPage, Hash, INSTANTS_MAX, Manifest,
    Product, ProductSegment, SEGMENT_PRODUCTS_TARGET, Sale, SearchBlobs, ShopBlobs, Variant,
    collection, dates,
    overview::put_overview,
    redirects::put_redirects,
    skus::put_skus,
    slug_bucket,
    source::{count, put},
};

/// The blobs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the manifest's blob.
    pub manifest_hash: Hash,
    /// What the manifest says.
    pub manifest: Manifest,
    /// Every blob of the version, the manifest's among them.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
}

/// Why a catalogue cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two products have one slug.
    #[error("two products have the slug '{0}'")]
    SlugTwice(String),
    /// Two variants have one SKU, which they are not meant to share.
    #[error("two variants have the SKU '{0}'")]
    SkuTwice(String),
    /// Variants that share a stock are one offer.
    #[error("the variants with the shared SKU '{0}' differ in price or in backorder")]
    SharedSku(String),
    /// The slug could not stand in an address.
    #[error("'{0}' is not a slug")]
    Slug(String),
    /// A product without variants could not be sold.
    #[error("the product '{0}' has no variant")]
    NoVariant(String),
    /// The currency is not an ISO 4217 code.
    #[error("'{0}' is not a currency")]
    Currency(String),
    /// A version names every moment at which a price changes.
    #[error("prices change at {0} moments; {INSTANTS_MAX} are possible")]
    Instants(usize),
    /// A sale sells something that no product has.
    #[error("the sale '{sale}' sells '{sku}', which the catalogue does not have")]
    SaleItem {
        /// Its id.
        sale: String,
        /// The SKU under which the shop would sell it at other times.
        sku: String,
    },
}

/// Builds the blobs of a version. The same catalogue gives the same bytes.
///
/// `published` is the version that is published now: its number of segments is kept while they
/// hold between half and twice the target on average, so that a growing catalogue does
/// not move every product at once.
///
/// # Errors
/// When names clash or a product has nothing to sell.
pub fn build(catalogue: &Catalogue, published: Option<&Manifest>) -> Result<Snapshot, BuildError> {
    check(catalogue)?;
    let mut blobs = BTreeMap::new();
    let segment_bits = segment_bits(
        catalogue.products.len(),
        published.map(|manifest| manifest.segment_bits),
    );
    let shown = catalogue.shown_prices();
    if let Some(shown) = &shown
        && shown.instants_ms.len() > INSTANTS_MAX
    {
        return Err(BuildError::Instants(shown.instants_ms.len()));
    }
    let directory = put_products(&mut blobs, &catalogue.products, segment_bits);
    let collections = collection::put_collections(&mut blobs, catalogue);
    let sales = put_sales(&mut blobs, catalogue)?;
    let of_sales: Vec<_> = sales.iter().map(|(_, hash)| *hash).collect();
    let (shop, attached) = put_shop(&mut blobs, catalogue.shop.as_ref(), of_sales);
    let (search, search_blobs) = put_search(&mut blobs, catalogue.search.as_ref());
    let manifest = Manifest {
        segment_bits,
        directory,
        collections: put(&mut blobs, collections.encode()),
        currency: catalogue.currency.clone(),
        products: count(catalogue.products.len()),
        variants: count(
            catalogue
                .products
                .iter()
                .map(|product| product.variants.len())
                .sum(),
        ),
        sitemaps: dates::sitemaps(catalogue, published),
        redirects: put_redirects(&catalogue.redirects, |blob| put(&mut blobs, blob)),
        shop,
        attached,
        terms: catalogue.shop.as_ref().map(|shop| shop.terms.clone()),
        search_rules: catalogue.shop.as_ref().and_then(|shop| shop.search_rules),
        search,
        search_blobs,
        pricing: catalogue.shop.as_ref().and_then(|shop| shop.pricing),
        shown,
        shared_skus: Some(count(catalogue.shared_skus.len())).filter(|&shared| shared > 0),
        skus: Some(put_skus(&catalogue.products, |blob| put(&mut blobs, blob))),
        addresses: Some(put(&mut blobs, souk_addresses::RULES.to_vec())),
        overview: Some(put_overview(&catalogue.products, |blob| {
            put(&mut blobs, blob)
        })),
        sales,
    };
    let manifest_hash = put(&mut blobs, manifest.encode());
    Ok(Snapshot {
        manifest_hash,
        manifest,
        blobs,
    })
}

/// Adds the blobs of the shop: the name of its settings, and that of the list of all of them, the
/// `further` ones among them.
fn put_shop(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    shop: Option<&ShopBlobs>,
    further: Vec<Hash>,
) -> (Option<Hash>, Option<Hash>) {
    let Some(shop) = shop else {
        return (None, None);
    };
    let settings = put(blobs, shop.settings.clone());
    let mut names: Vec<_> = shop.blobs.iter().map(|b| put(blobs, b.clone())).collect();
    names.push(settings);
    names.extend(further);
    names.sort_unstable();
    names.dedup();
    let attached = Attached::new(names, shop.media.clone()).with_sources(shop.sources);
    (Some(settings), Some(put(blobs, attached.encode())))
}

/// Adds the blobs of the sales: their ids, and the name of each blob.
fn put_sales(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    catalogue: &Catalogue,
) -> Result<Vec<(String, Hash)>, BuildError> {
    if catalogue.sales.is_empty() {
        return Ok(Vec::new());
    }
    let products = catalogue.products.iter();
    let products = products.map(|product| (product.slug.as_str(), product));
    let products = products.collect();
    let sales = catalogue.sales.iter().map(|sale| {
        let blob = showing(sale, &products)?.encode();
        Ok((sale.id.clone(), put(blobs, blob)))
    });
    sales.collect()
}

/// A sale with the cards of products as they are published.
fn showing(sale: &Sale, products: &HashMap<&str, &Product>) -> Result<Sale, BuildError> {
    let mut shown = sale.clone();
    for item in &mut shown.items {
        let product = products.get(item.product.slug.as_str());
        let place = product.and_then(|product| {
            let mut variants = product.variants.iter();
            variants.position(|variant| variant.sku == item.merchant_sku)
        });
        let place = place.and_then(|place| u16::try_from(place).ok());
        let (Some(product), Some(place)) = (product, place) else {
            return Err(BuildError::SaleItem {
                sale: sale.id.clone(),
                sku: item.merchant_sku.clone(),
            });
        };
        item.product = product.card();
        item.variant = place;
    }
    Ok(shown)
}

/// Adds the blobs of the search: the name of its root, and that of the list of all of them.
fn put_search(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    search: Option<&SearchBlobs>,
) -> (Option<Hash>, Option<Hash>) {
    let Some(search) = search else {
        return (None, None);
    };
    blobs.extend(
        search
            .blobs
            .iter()
            .map(|(hash, blob)| (*hash, blob.clone())),
    );
    let names = Attached::new(search.names.iter().copied(), Vec::new());
    (Some(search.root), Some(put(blobs, names.encode())))
}

fn check(catalogue: &Catalogue) -> Result<(), BuildError> {
    Currency::parse(&catalogue.currency)
        .map_err(|_| BuildError::Currency(catalogue.currency.clone()))?;
    let mut slugs = HashMap::new();
    let mut skus = HashMap::new();
    for product in &catalogue.products {
        Slug::parse(&product.slug).map_err(|_| BuildError::Slug(product.slug.clone()))?;
        if slugs.insert(&product.slug, ()).is_some() {
            return Err(BuildError::SlugTwice(product.slug.clone()));
        }
        if product.variants.is_empty() {
            return Err(BuildError::NoVariant(product.slug.clone()));
        }
        for variant in &product.variants {
            match skus.entry(&variant.sku) {
                Entry::Vacant(entry) => {
                    entry.insert((&product.slug, variant));
                }
                Entry::Occupied(mut entry) => {
                    let sku = variant.sku.clone();
                    let &(slug, other) = entry.get();
                    if slug == &product.slug || !catalogue.shared_skus.contains(&sku) {
                        return Err(BuildError::SkuTwice(sku));
                    }
                    let offer = |variant: &Variant| (variant.price_minor, variant.backorder);
                    if offer(other) != offer(variant) {
                        return Err(BuildError::SharedSku(sku));
                    }
                    entry.insert((&product.slug, variant));
                }
            }
        }
    }
    Ok(())
}

fn segment_bits(products: usize, published: Option<u8>) -> u8 {
    let per_segment = |bits: u8| products >> bits;
    if let Some(bits) = published
        && per_segment(bits) <= 2 * SEGMENT_PRODUCTS_TARGET
        && (bits == 0 || per_segment(bits) >= SEGMENT_PRODUCTS_TARGET / 2)
    {
        return bits;
    }
    (0..=24)
        .find(|&bits| per_segment(bits) <= SEGMENT_PRODUCTS_TARGET)
        .unwrap_or(24)
}

fn put_products(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    products: &[Product],
    segment_bits: u8,
) -> Vec<Hash> {
    let mut buckets: Vec<Vec<&Product>> = vec![Vec::new(); 1 << segment_bits];
    for product in products {
        buckets[slug_bucket(&product.slug, segment_bits) as usize].push(product);
    }
    let segments: Vec<_> = buckets
        .iter()
        .map(|bucket| (!bucket.is_empty()).then(|| put(blobs, ProductSegment::encode(bucket))))
        .collect();
    segments
        .chunks(DIRECTORY_PAGE_SEGMENTS as usize)
        .map(|page| put(blobs, DirectoryPage::encode(page)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CollectionInfo, Text};

    fn catalogue(products: usize) -> Catalogue {
        let products = (0..products)
            .map(|n| Product {
                slug: format!("product-{n}"),
                title: Text::new(format!("Product {n}")),
                collections: vec![format!("group-{}", n % 3)],
                variants: vec![Variant {
                    sku: format!("SKU-{n}"),
                    price_minor: 100 + (n as i64 * 7919) % 5000,
                    ..Variant::default()
                }],
                ..Product::default()
            })
            .collect();
        let collections = (0..3)
            .map(|n| CollectionInfo {
                slug: format!("group-{n}"),
                ..CollectionInfo::default()
            })
            .collect();
        Catalogue {
            products,
            collections,
            currency: "USD".into(),
            ..Catalogue::default()
        }
    }

    #[test]
    fn every_product_is_found_through_the_directory() {
        let catalogue = catalogue(1000);
        let snapshot = build(&catalogue, None).unwrap();
        for product in &catalogue.products {
            let (page, place) = snapshot.manifest.locate(&product.slug).unwrap();
            let page = DirectoryPage::decode(&snapshot.blobs[&page]).unwrap();
            let segment = page
                .segment(place)
                .expect("the bucket of a product is not empty");
            let segment = ProductSegment::decode(&snapshot.blobs[&segment]).unwrap();
            assert_eq!(segment.find(&product.slug).unwrap().as_ref(), Some(product));
        }
    }

    #[test]
    fn growth_keeps_the_number_of_segments_for_a_while() {
        assert_eq!(segment_bits(1000, None), 6);
        assert_eq!(segment_bits(1100, Some(6)), 6);
        assert_eq!(segment_bits(2200, Some(6)), 8);
        assert_eq!(segment_bits(300, Some(6)), 5);
        assert_eq!(segment_bits(0, Some(0)), 0);
    }

    #[test]
    fn clashing_names_are_refused() {
        let mut twice = catalogue(2);
        twice.products[1].slug = twice.products[0].slug.clone();
        assert!(matches!(build(&twice, None), Err(BuildError::SlugTwice(_))));
        let mut twice = catalogue(2);
        twice.products[1].variants = twice.products[0].variants.clone();
        assert!(matches!(build(&twice, None), Err(BuildError::SkuTwice(_))));
        twice.shared_skus.insert("SKU-0".to_owned());
        assert!(build(&twice, None).is_ok(), "the two are meant to share it");
        twice.products[1].variants[0].price_minor += 1;
        assert!(matches!(build(&twice, None), Err(BuildError::SharedSku(_))));
        let mut within = catalogue(1);
        within.shared_skus.insert("SKU-0".to_owned());
        let same = within.products[0].variants[0].clone();
        within.products[0].variants.push(same);
        assert!(matches!(build(&within, None), Err(BuildError::SkuTwice(_))));
        let mut none = catalogue(1);
        none.products[0].variants.clear();
        assert!(matches!(build(&none, None), Err(BuildError::NoVariant(_))));
    }
}
