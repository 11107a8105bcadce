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
    /// See [`Catalogue::prices`].
    prices: Vec<Option<i64>>,
}

impl Member {
    fn new(catalogue: &Catalogue, product: &Product) -> Self {
        Self {
            card: product.card(),
            head: slug_bucket(&product.slug, 32),
            values: facet::value_keys(product),
            prices: catalogue.prices(product),
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
    let facets = Facets::of(&cards, &ranges(members));
    let mut offered: Vec<_> = facets.keys().collect();
    offered.sort_unstable();
    let mut put_by = |sort: &dyn Fn(&mut Vec<&Member>)| {
        let mut members = members.to_vec();
        sort(&mut members);
        put_listing(blobs, &members, &offered)
    };
    const { assert!(ListingOrder::STORED.len() == 3) };
    let mut listings = vec![
        put_by(&|_| {}),
        put_by(&|members| by_price(members, 0)),
        put_by(&|members| members.sort_by_cached_key(|member| listing::title_key(&member.card))),
    ];
    let markets = members.first().map_or(1, |member| member.prices.len());
    listings.extend((1..markets).map(|market| put_by(&|members| by_price(members, market))));
    let sold = (1..markets).map(|market| {
        let sold = members.iter().filter(|one| one.prices[market].is_some());
        count(sold.count())
    });
    let sold: Vec<_> = sold.collect();
    let products = count(members.len());
    Collection {
        slug: info.slug.clone(),
        title: info.title.clone(),
        description: info.description.clone(),
        image: info.image.clone().or_else(|| {
            cards
                .iter()
                .find_map(|product| product.media.first().cloned())
        }),
        products,
        listings,
        facets: Some(put(blobs, facets.encode())),
        further: sold.iter().any(|&sold| sold < products).then_some(sold),
    }
}

/// Sorts by the prices of a market. Where those follow from the first market's the order is the same,
/// and so are the blobs: what costs the same stands as it does there.
fn by_price(members: &mut [&Member], market: usize) {
    members.sort_by_key(|one| (one.prices[market], one.prices[0], &one.card.slug));
}

/// The lowest and the highest price of members in each market.
fn ranges(members: &[&Member]) -> Vec<(i64, i64)> {
    let markets = members.first().map_or(1, |member| member.prices.len());
    let range = |market: usize| {
        let prices = || members.iter().filter_map(|member| member.prices[market]);
        (prices().min().unwrap_or(0), prices().max().unwrap_or(0))
    };
    (0..markets).map(range).collect()
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
            prices: &member.prices,
        })
        .collect();
    let mut ranges = ranges(run);
    let further = ranges.split_off(1);
    Block {
        hash: put(blobs, PostingBlock::encode(&entries)),
        cards: count(run.len()),
        price_minor: ranges[0],
        further: (!further.is_empty()).then_some(further),
    }
}
