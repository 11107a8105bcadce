//! A product as the pages show it: with what was known of its stock a few seconds ago.

use souk_catalogue::Product;
use souk_pages::view;

use crate::catalogue::availability::Availability;

/// A product with what the availability snapshot says about its variants.
pub(crate) fn card(product: Product, availability: &Availability) -> view::ProductCard {
    let available = product
        .variants
        .iter()
        .map(|variant| variant.backorder || availability.is_available(&variant.sku))
        .collect();
    view::ProductCard { product, available }
}
