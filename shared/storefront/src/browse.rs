//! The public pages: home, collections, products. All of them are the same for everybody.

use http::StatusCode;
use souk_catalogue::{Collection, ListingOrder, Product};

use crate::availability::Availability;
use crate::catalogue::Reader;
use crate::cursor::Cursor;
use crate::pages::{self, view};
use crate::reply::{self, CachePolicy};
use crate::shop::{Failure, Outcome, Shop};
use crate::{addresses, api};
use souk_ports::Edge;

/// Products on the home page.
const HOME_CARDS: u32 = 8;
/// Products on one page of a collection: divisible by 2, 3 and 4 columns.
const COLLECTION_CARDS: u32 = 24;
/// Products below a product.
const RELATED_CARDS: u32 = 4;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn home(&self) -> Outcome {
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let key = format!("home {:?}", self.locale);
        self.cached(&key, &reader, &availability, async || {
            let collections = reader.version.named_collections();
            let featured_collection = collections.first().or(reader.version.all());
            let featured = match featured_collection {
                Some(collection) => {
                    cards(
                        &reader,
                        &availability,
                        collection,
                        ListingOrder::Featured,
                        0,
                        HOME_CARDS,
                    )
                    .await?
                    .0
                }
                None => Vec::new(),
            };
            let view = view::HomeView {
                collections,
                featured,
                featured_collection,
            };
            let page = pages::home(&self.site(&reader, "/", true), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    pub(crate) async fn collection(&self, slug: &str) -> Outcome {
        // A form without a choice sends the field empty.
        let sort = self.incoming.parameter("sort");
        let order = api::read_order(sort.as_deref().filter(|text| !text.is_empty()))?;
        let cursor = match self
            .incoming
            .parameter("cursor")
            .filter(|text| !text.is_empty())
        {
            Some(text) => Some(api::read_cursor(&text)?),
            None => None,
        };
        let order = cursor.map_or(order, |cursor| cursor.order);
        let offset = cursor.map_or(0, |cursor| cursor.offset);
        let reader = self.reader().await?;
        let reader = match cursor {
            Some(cursor) => reader.at(cursor.version).await?,
            None => reader,
        };
        let availability = self.availability().await;
        let key = format!(
            "collection {slug:?} {} {offset} {:?}",
            order.name(),
            self.locale
        );
        self.cached(&key, &reader, &availability, async || {
            let found = reader.version.collections.find(slug);
            let collection = found.ok_or(Failure::NotFound)?;
            let (cards, total) = cards(
                &reader,
                &availability,
                collection,
                order,
                offset,
                COLLECTION_CARDS,
            )
            .await?;
            if cards.is_empty() && offset > 0 {
                return Err(Failure::NotFound);
            }
            let version = reader.version.number;
            let at = |offset| {
                Cursor {
                    version,
                    order,
                    offset,
                }
                .encode()
            };
            let next = offset.saturating_add(COLLECTION_CARDS);
            let view = view::CollectionView {
                collection,
                cards,
                order,
                offset,
                total,
                previous: (offset > 0).then(|| match offset.saturating_sub(COLLECTION_CARDS) {
                    0 => String::new(),
                    previous => at(previous),
                }),
                next: (next < total).then(|| at(next)),
            };
            // One address of several for the same products is canonical: without order and cursor.
            let path = addresses::collection(slug);
            let first = order == ListingOrder::Featured && offset == 0;
            let page = pages::collection(&self.site(&reader, &path, first), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    pub(crate) async fn product(&self, slug: &str) -> Outcome {
        let variant = self.incoming.parameter("variant").unwrap_or_default();
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let key = format!("product {slug:?} {variant:?} {:?}", self.locale);
        self.cached(&key, &reader, &availability, async || {
            let found = reader.product(slug).await?;
            let card = card(found.ok_or(Failure::NotFound)?, &availability);
            let selected = select(&card, &variant).ok_or(Failure::NotFound)?;
            let collection = card
                .product
                .collections
                .iter()
                .find_map(|slug| reader.version.collections.find(slug))
                .or(reader.version.all());
            let related = match collection {
                Some(collection) => related(&reader, &availability, collection, slug).await?,
                None => Vec::new(),
            };
            let view = view::ProductView {
                card,
                selected,
                collection,
                related,
            };
            let path = addresses::product(slug);
            let page = pages::product(&self.site(&reader, &path, true), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}

/// A product with what the board says about its variants.
pub(crate) fn card(product: Product, availability: &Availability) -> view::ProductCard {
    let available = product
        .variants
        .iter()
        .map(|variant| variant.backorder || availability.is_available(&variant.sku))
        .collect();
    view::ProductCard { product, available }
}

async fn cards<E: Edge>(
    reader: &Reader<'_, E>,
    availability: &Availability,
    collection: &Collection,
    order: ListingOrder,
    start: u32,
    count: u32,
) -> Result<(Vec<view::ProductCard>, u32), Failure> {
    let (products, total) = reader.cards(collection, order, start, count).await?;
    Ok((
        products
            .into_iter()
            .map(|product| card(product, availability))
            .collect(),
        total,
    ))
}

/// The variant that the address names; without a name the first that can be ordered. `None` for
/// a SKU that the product does not have.
fn select(card: &view::ProductCard, sku: &str) -> Option<usize> {
    match sku {
        "" => Some(
            card.available
                .iter()
                .position(|&available| available)
                .unwrap_or(0),
        ),
        sku => card
            .product
            .variants
            .iter()
            .position(|variant| variant.sku == sku),
    }
}

/// Products that stand beside this one in its collection. Where to begin follows from the slug,
/// so that every product gets its share of the shelf.
async fn related<E: Edge>(
    reader: &Reader<'_, E>,
    availability: &Availability,
    collection: &Collection,
    slug: &str,
) -> Result<Vec<view::ProductCard>, Failure> {
    let places = collection.products.saturating_sub(RELATED_CARDS).max(1);
    let start = souk_catalogue::slug_bucket(slug, 24) % places;
    let order = ListingOrder::Featured;
    let (cards, _) = cards(
        reader,
        availability,
        collection,
        order,
        start,
        RELATED_CARDS + 1,
    )
    .await?;
    let others = cards.into_iter().filter(|card| card.product.slug != slug);
    Ok(others.take(RELATED_CARDS as usize).collect())
}
