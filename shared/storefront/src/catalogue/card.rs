//! A product as the pages show it: with what was known of its stock a few seconds ago.

use souk_catalogue::{Collection, Product};
use souk_pages::view;
use souk_ports::Edge;

use crate::catalogue::reader::Reader;
use crate::http::shop::Failure;
use crate::signals::{Badge, Signals};

/// A product with what the signals say about its variants.
pub(crate) fn card(product: Product, signals: &Signals, badge: Badge) -> view::ProductCard {
    let available = product
        .variants
        .iter()
        .map(|variant| variant.backorder || signals.is_available(&variant.sku, badge))
        .collect();
    view::ProductCard { product, available }
}

/// Products of a collection from a place in its order on.
pub(crate) async fn cards<E: Edge>(
    reader: &Reader<'_, E>,
    signals: &Signals,
    collection: &Collection,
    start: u32,
    count: u32,
) -> Result<Vec<view::ProductCard>, Failure> {
    let products = reader.first_cards(collection, start, count).await?;
    let products = products.into_iter();
    Ok(products
        .map(|product| card(product, signals, Badge::OnCard))
        .collect())
}
