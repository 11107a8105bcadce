//! A catalogue with every kind of value, and a reader that does with its blobs what the edge does.

use std::collections::BTreeSet;

use souk_catalogue::{
    Catalogue, CollectionInfo, Collections, FacetName, Facets, Filter, ListingIndex, ListingOrder,
    OptionName, PostingBlock, Product, Snapshot, Text, Variant,
};

/// What a shopper picks, before it is a [`Filter`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) facets: Vec<(FacetName, Vec<String>)>,
    pub(crate) price_minor: (Option<i64>, Option<i64>),
}

impl Wish {
    pub(crate) fn filter(&self) -> Filter {
        let (min, max) = self.price_minor;
        let filter = Filter::priced(min, max);
        self.facets.iter().fold(filter, |filter, (facet, values)| {
            filter.any_of(facet, values.iter().map(String::as_str))
        })
    }

    /// By looking at the product alone.
    pub(crate) fn wants(&self, product: &Product) -> bool {
        let price = product.variants.iter().map(|v| v.price_minor).min();
        let (min, max) = self.price_minor;
        let in_range =
            min.is_none_or(|min| price >= Some(min)) && max.is_none_or(|max| price <= Some(max));
        let has = |facet: &FacetName, value: &String| values(product, facet).contains(value);
        in_range
            && self
                .facets
                .iter()
                .all(|(facet, values)| values.iter().any(|value| has(facet, value)))
    }
}

/// What a product has of a facet.
pub(crate) fn values(product: &Product, facet: &FacetName) -> BTreeSet<String> {
    match facet {
        FacetName::Vendor => BTreeSet::from([product.vendor.clone()]),
        FacetName::Type => BTreeSet::from([product.product_type.base.clone()]),
        FacetName::Tag => product.tags.iter().cloned().collect(),
        FacetName::Option(name) => {
            let places = (0..product.options.len())
                .filter(|&place| product.options[place].name.base == *name);
            let values = |place: usize| {
                let variants = product.variants.iter();
                variants.map(move |variant| variant.option_values[place].base.clone())
            };
            places.flat_map(values).collect()
        }
    }
}

/// Product `n` with a price, and values that follow from `n`.
pub(crate) fn product(n: usize, price_minor: i64) -> Product {
    let colours = ["Red", "Blue", "Green", "White", "Black"];
    let value = |place: usize| vec![Text::new(colours[(n + place) % colours.len()])];
    Product {
        slug: format!("product-{n}"),
        title: Text::new(format!("Product {}", n * 7919 % 1000)),
        vendor: format!("Vendor {}", n % 14),
        product_type: Text::new(format!("Type {}", n % 43)),
        tags: vec![format!("tag-{}", n % 9), format!("rare-{}", n / 3)],
        collections: vec![format!("group-{}", n % 3)],
        options: vec![OptionName {
            name: Text::new("Colour"),
        }],
        variants: (0..1 + n % 3)
            .map(|place| Variant {
                sku: format!("SKU-{n}-{place}"),
                option_values: value(place),
                price_minor: price_minor + 100 * place as i64,
                ..Variant::default()
            })
            .collect(),
        ..Product::default()
    }
}

pub(crate) fn catalogue(products: usize) -> Catalogue {
    Catalogue {
        products: (0..products)
            .map(|n| product(n, 100 + (n as i64 * 7919) % 5000))
            .collect(),
        collections: (0..3)
            .map(|n| CollectionInfo {
                slug: format!("group-{n}"),
                ..CollectionInfo::default()
            })
            .collect(),
        currency: "USD".into(),
        ..Catalogue::default()
    }
}

/// Every collection of a version.
pub(crate) fn collections(snapshot: &Snapshot) -> Collections {
    Collections::decode(&snapshot.blobs[&snapshot.manifest.collections]).unwrap()
}

/// What is offered in a collection.
pub(crate) fn facets(snapshot: &Snapshot, slug: &str) -> Facets {
    let collections = collections(snapshot);
    let facets = collections.find(slug).unwrap().facets.unwrap();
    Facets::decode(&snapshot.blobs[&facets]).unwrap()
}

/// The listing of a collection in an order, and whether it is read from its end.
pub(crate) fn listing(
    snapshot: &Snapshot,
    slug: &str,
    order: ListingOrder,
) -> (ListingIndex, bool) {
    listing_in(snapshot, slug, order, 0)
}

/// The same in the market at a place.
pub(crate) fn listing_in(
    snapshot: &Snapshot,
    slug: &str,
    order: ListingOrder,
    market: usize,
) -> (ListingIndex, bool) {
    let collections = collections(snapshot);
    let collection = collections.find(slug).unwrap();
    let (hash, backwards) = collection.listing(order, market).unwrap();
    let index = ListingIndex::decode(&snapshot.blobs[&hash]).unwrap();
    (index, backwards)
}

/// The slugs that a filter lets through, in order, and how many blocks were read for them.
pub(crate) fn find(
    snapshot: &Snapshot,
    slug: &str,
    order: ListingOrder,
    filter: &Filter,
) -> (Vec<String>, usize) {
    find_in(snapshot, listing(snapshot, slug, order), filter)
}

/// The same in a listing.
pub(crate) fn find_in(
    snapshot: &Snapshot,
    (index, backwards): (ListingIndex, bool),
    filter: &Filter,
) -> (Vec<String>, usize) {
    let mut places = Vec::new();
    let mut read = 0;
    for (start, candidate, block) in index.candidates(filter) {
        if candidate {
            read += 1;
            let block = PostingBlock::decode(&snapshot.blobs[&block.hash]).unwrap();
            places.extend(block.matches(filter).unwrap().iter().map(|p| start + p));
        }
    }
    let mut slugs = Vec::new();
    for (chunk, places) in index.locate_each(&places) {
        let blob = &snapshot.blobs[&chunk];
        let chunk = souk_catalogue::ListingChunk::decode(blob).unwrap();
        slugs.extend(
            chunk
                .cards(places)
                .unwrap()
                .into_iter()
                .map(|card| card.slug),
        );
    }
    if backwards {
        slugs.reverse();
    }
    (slugs, read)
}
