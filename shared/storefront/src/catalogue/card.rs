//! A product as the pages show it: with what was known of its stock a few seconds ago.

use souk_catalogue::{Collection, Product};
use souk_pages::view;
use souk_ports::Edge;

use crate::catalogue::availability::Availability;
use crate::catalogue::reader::Reader;
use crate::http::shop::Failure;

/// A product with what the availability snapshot says about its variants.
pub(crate) fn card(product: Product, availability: &Availability) -> view::ProductCard {
    let available = product
        .variants
        .iter()
        .map(|variant| variant.backorder || availability.is_available(&variant.sku))
        .collect();
    view::ProductCard { product, available }
}

/// Products of a collection from a place in its order on.
pub(crate) async fn cards<E: Edge>(
    reader: &Reader<'_, E>,
    availability: &Availability,
    collection: &Collection,
    start: u32,
    count: u32,
) -> Result<Vec<view::ProductCard>, Failure> {
    let products = reader.first_cards(collection, start, count).await?;
    let products = products.into_iter();
    Ok(products
        .map(|product| card(product, availability))
        .collect())
}
