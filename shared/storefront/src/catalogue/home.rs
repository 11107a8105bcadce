//! What the home page shows: the blocks that the shop has chosen, with their products and documents.
//!
//! A block that has nothing to show, because its collection is empty or gone, is left out.

use souk_catalogue::Collection;
use souk_pages::view::{HomeBlock, HomeView, ProductCard};
use souk_ports::Edge;
use souk_shop::{Block, Shop};

use crate::catalogue::card::cards;
use crate::catalogue::reader::Reader;
use crate::http::shop::Failure;
use crate::signals::Signals;

/// Products whose pictures stand beside a story: the last of them are shown, because a row of the
/// same collection often follows.
const STORY_CARDS: u32 = 8;

/// How many of the products that are bought most the home page shows; 0 where it shows none.
pub(crate) fn popular_cards(shop: &Shop) -> usize {
    let rows = shop.home.iter().map(|block| match block {
        Block::Row {
            collection,
            products,
            ..
        } if collection.is_empty() => usize::from(*products),
        _ => 0,
    });
    rows.max().unwrap_or(0)
}

/// The home page of a version, with `popular` where it shows what is bought most: up to
/// [`popular_cards`] products, the most popular first.
pub(crate) async fn home_view<'r, E: Edge>(
    reader: &'r Reader<'_, E>,
    signals: &Signals,
    popular: &[ProductCard],
) -> Result<HomeView<'r>, Failure> {
    let mut blocks = Vec::new();
    for block in &reader.version.shop.home {
        blocks.extend(match block {
            Block::Row {
                title,
                collection,
                products,
            } if collection.is_empty() => {
                let cards: Vec<_> = popular.iter().take((*products).into()).cloned().collect();
                (!cards.is_empty()).then_some(HomeBlock::Row {
                    title,
                    collection: None,
                    cards,
                })
            }
            block => shown(reader, signals, block).await?,
        });
    }
    Ok(HomeView { blocks })
}

async fn shown<'r, E: Edge>(
    reader: &'r Reader<'_, E>,
    signals: &Signals,
    block: &'r Block,
) -> Result<Option<HomeBlock<'r>>, Failure> {
    let version = &reader.version;
    let find = |slug: &str| {
        version
            .collections
            .find(slug)
            .filter(|found| found.products_in(reader.market) > 0)
    };
    Ok(match block {
        Block::Story(story) => {
            let collection = match story.picture {
                Some(_) => None,
                None => find(&story.pictures_of),
            };
            let cards = first(reader, signals, collection, STORY_CARDS).await?;
            Some(HomeBlock::Story { story, cards })
        }
        Block::Row {
            title,
            collection,
            products,
        } => match find(collection) {
            Some(collection) => {
                let count = u32::from(*products);
                let cards = first(reader, signals, Some(collection), count).await?;
                Some(HomeBlock::Row {
                    title,
                    collection: Some(collection),
                    cards,
                })
            }
            None => None,
        },
        Block::Collections { title, collections } => {
            let shown: Vec<&Collection> = match collections.as_slice() {
                [] => version.named_collections().iter().collect(),
                slugs => slugs.iter().filter_map(|slug| find(slug)).collect(),
            };
            (!shown.is_empty()).then_some(HomeBlock::Collections {
                title,
                collections: shown,
            })
        }
        Block::Notes { title, notes } => Some(HomeBlock::Notes { title, notes }),
        Block::Text { title, html } => Some(HomeBlock::Text { title, html }),
        Block::Documents {
            title,
            kind,
            tag,
            documents,
        } => {
            let index = reader.content().await?;
            let has_tag = |entry: &&souk_shop::Entry| tag.is_empty() || entry.tags.contains(tag);
            let entries = index
                .of(*kind)
                .filter(has_tag)
                .take(usize::from(*documents));
            let entries: Vec<_> = entries.cloned().collect();
            (!entries.is_empty()).then_some(HomeBlock::Documents {
                title,
                kind: *kind,
                entries,
            })
        }
    })
}

async fn first<E: Edge>(
    reader: &Reader<'_, E>,
    signals: &Signals,
    collection: Option<&Collection>,
    count: u32,
) -> Result<Vec<ProductCard>, Failure> {
    let Some(collection) = collection else {
        return Ok(Vec::new());
    };
    cards(reader, signals, collection, 0, count).await
}
