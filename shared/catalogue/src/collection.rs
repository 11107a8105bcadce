//! From products to the collections of one version: listings in every order, the posting blocks
//! beside them, and what is offered to filter by.

use std::collections::{BTreeMap, HashMap};

use crate::{
    Block, Catalogue, Collection, CollectionInfo, Collections, Facets, Hash, ListingChunk,
    ListingIndex, ListingOrder, PostingBlock, Product, ValueKey, facet,
    listing::{self, CHUNK_BITS},
    posting::{self, BLOCK_BITS},
    slug_bucket,
    source::{count, put},
};

/// A product as it stands in listings.
struct Member {
    card: Product,
    /// Where runs are cut: see [`listing::cut`].
    head: u32,
    values: Vec<ValueKey>,
    /// The lowest price of a variant at the publish.
    price_minor: i64,
}

impl Member {
    fn new(catalogue: &Catalogue, product: &Product) -> Self {
        Self {
            card: product.card(),
            head: slug_bucket(&product.slug, 32),
            values: facet::value_keys(product),
            price_minor: catalogue.shown(product).price_range_minor().0,
        }
    }
}

/// Writes the listings of every collection that has products, `all` first.
pub(crate) fn put_collections(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    catalogue: &Catalogue,
) -> Collections {
    let every = catalogue.products.iter();
    let every: Vec<_> = every
        .map(|product| Member::new(catalogue, product))
        .collect();
    let named = |info: &&CollectionInfo| info.slug == Collections::ALL;
    let all = catalogue.collections.iter().find(named);
    let all = CollectionInfo {
        slug: Collections::ALL.to_owned(),
        ..all.cloned().unwrap_or_default()
    };
    let own = catalogue
        .collections
        .iter()
        .filter(|info| info.slug != Collections::ALL);
    let mut members: HashMap<&str, Vec<&Member>> = HashMap::new();
    for member in &every {
        for slug in &member.card.collections {
            members.entry(slug).or_default().push(member);
        }
    }
    members.insert(Collections::ALL, every.iter().collect());
    let collections = std::iter::once(&all)
        .chain(own)
        .filter_map(|info| {
            let members = members.get(info.slug.as_str())?;
            Some(put_collection(blobs, info, members))
        })
        .collect();
    Collections { collections }
}

fn put_collection(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    info: &CollectionInfo,
    members: &[&Member],
) -> Collection {
    let cards: Vec<_> = members.iter().map(|member| &member.card).collect();
    let prices = || members.iter().map(|member| member.price_minor);
    let range = (prices().min().unwrap_or(0), prices().max().unwrap_or(0));
    let facets = Facets::of(&cards, range);
    let mut offered: Vec<_> = facets.keys().collect();
    offered.sort_unstable();
    let listings = ListingOrder::STORED
        .iter()
        .map(|&order| {
            let mut members = members.to_vec();
            match order {
                ListingOrder::Featured | ListingOrder::PriceDescending => {}
                ListingOrder::PriceAscending => members.sort_by(|a, b| {
                    (a.price_minor, &a.card.slug).cmp(&(b.price_minor, &b.card.slug))
                }),
                ListingOrder::Title => {
                    members.sort_by_cached_key(|member| listing::title_key(&member.card));
                }
            }
            put_listing(blobs, &members, &offered)
        })
        .collect();
    Collection {
        slug: info.slug.clone(),
        title: info.title.clone(),
        description: info.description.clone(),
        image: info.image.clone().or_else(|| {
            cards
                .iter()
                .find_map(|product| product.media.first().cloned())
        }),
        products: count(members.len()),
        listings,
        facets: Some(put(blobs, facets.encode())),
    }
}

/// Writes a listing of products in their order; `offered` are the values that are counted, sorted.
fn put_listing(
    blobs: &mut BTreeMap<Hash, Vec<u8>>,
    members: &[&Member],
    offered: &[ValueKey],
) -> Hash {
    let cut = |bits| listing::cut(members, bits, |member| member.head);
    let chunks = cut(CHUNK_BITS).into_iter().map(|chunk| {
        let cards: Vec<_> = chunk.iter().map(|member| &member.card).collect();
        (put(blobs, ListingChunk::encode(&cards)), count(chunk.len()))
    });
    let chunks = chunks.collect();
    let runs = cut(BLOCK_BITS);
    let mut counts: Vec<_> = offered
        .iter()
        .map(|&key| (key, vec![0; runs.len()]))
        .collect();
    for (number, run) in runs.iter().enumerate() {
        for key in run.iter().flat_map(|member| &member.values) {
            if let Ok(place) = offered.binary_search(key) {
                counts[place].1[number] += 1;
            }
        }
    }
    let blocks = runs.into_iter().map(|run| put_block(blobs, run)).collect();
    let index = ListingIndex {
        chunks,
        blocks,
        counts,
    };
    put(blobs, index.encode())
}

fn put_block(blobs: &mut BTreeMap<Hash, Vec<u8>>, run: &[&Member]) -> Block {
    let entries: Vec<_> = run
        .iter()
        .map(|member| posting::Entry {
            values: &member.values,
            price_minor: member.price_minor,
        })
        .collect();
    let prices = || run.iter().map(|member| member.price_minor);
    Block {
        hash: put(blobs, PostingBlock::encode(&entries)),
        cards: count(run.len()),
        price_minor: (prices().min().unwrap_or(0), prices().max().unwrap_or(0)),
    }
}
