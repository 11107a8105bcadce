//! What a sale may sell: the variants of the shop, by the SKUs that files name them by.

use std::collections::BTreeMap;

use souk_catalogue::{Product, Variant};

/// Variants by the SKUs that a file may name them by.
pub(super) struct Goods<'p>(pub(super) BTreeMap<&'p str, Vec<Good<'p>>>);

/// A variant: its product and its place there.
pub(super) type Good<'p> = (&'p Product, u16);

impl<'p> Goods<'p> {
    pub(super) fn of(products: &'p [Product]) -> Self {
        let mut goods: BTreeMap<_, Vec<Good<'p>>> = BTreeMap::new();
        for product in products {
            for (place, variant) in (0..).zip(&product.variants) {
                let names = [Some(&variant.sku), variant.merchant_sku.as_ref()];
                for name in names.into_iter().flatten() {
                    goods
                        .entry(name.as_str())
                        .or_default()
                        .push((product, place));
                }
            }
        }
        Self(goods)
    }
}

/// The variant itself.
pub(super) fn variant<'p>((product, place): Good<'p>) -> &'p Variant {
    &product.variants[usize::from(place)]
}
