//! What documents may embed and link to.

use std::collections::BTreeSet;

use souk_catalogue::{Catalogue, Collections};

use crate::nearest::hint;

/// What documents may embed and link to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goods {
    pub(crate) products: BTreeSet<String>,
    pub(crate) collections: BTreeSet<String>,
    /// Paths that moved.
    pub(crate) moved: BTreeSet<String>,
}

impl Goods {
    /// Goods by their slugs, and paths that moved.
    pub fn new<'a>(
        products: impl IntoIterator<Item = &'a str>,
        collections: impl IntoIterator<Item = &'a str>,
        moved: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let owned = |text: &'a str| text.to_owned();
        let all = std::iter::once(Collections::ALL);
        Self {
            products: products.into_iter().map(owned).collect(),
            collections: collections.into_iter().chain(all).map(owned).collect(),
            moved: moved.into_iter().map(owned).collect(),
        }
    }

    /// The goods of a catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        Self::new(
            catalogue.products.iter().map(|p| p.slug.as_str()),
            catalogue.collections.iter().map(|c| c.slug.as_str()),
            catalogue.redirects.iter().map(|r| r.from.as_str()),
        )
    }

    /// Why a slug is that of no product.
    pub(crate) fn no_product(&self, slug: &str) -> Option<String> {
        none("product", slug, &self.products)
    }

    /// Why a slug is that of no collection.
    pub(crate) fn no_collection(&self, slug: &str) -> Option<String> {
        none("collection", slug, &self.collections)
    }
}

fn none(what: &str, slug: &str, known: &BTreeSet<String>) -> Option<String> {
    let hint = || hint(slug, known.iter().map(String::as_str));
    (!known.contains(slug)).then(|| format!("the version has no {what} '{slug}'{}", hint()))
}
