//! What conditions on products select, and the names that they may use.

use std::collections::BTreeSet;

use souk_catalogue::{Product, Variant};

/// A condition: one of `any`, and none of `not`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Selector {
    pub(super) any: Vec<Named>,
    pub(super) not: Vec<Named>,
}

/// What products are named by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Collection(String),
    Tag(String),
    Sku(String),
}

impl Named {
    fn has(&self, product: &Product, variant: &Variant) -> bool {
        match self {
            Named::Collection(slug) => product.collections.contains(slug),
            Named::Tag(tag) => product.tags.contains(tag),
            Named::Sku(sku) => variant.sku == *sku || variant.shown_sku() == sku,
        }
    }
}

impl Selector {
    pub(super) fn has(&self, product: &Product, variant: &Variant) -> bool {
        let has = |named: &Named| named.has(product, variant);
        self.any.iter().any(has) && !self.not.iter().any(has)
    }
}

/// The names that products have.
#[derive(Debug, Default)]
pub(super) struct Names<'p> {
    collections: BTreeSet<&'p str>,
    tags: BTreeSet<&'p str>,
    skus: BTreeSet<&'p str>,
}

impl<'p> Names<'p> {
    pub(super) fn of(products: &'p [Product], collections: &'p [String]) -> Self {
        let texts = |list: fn(&Product) -> &Vec<String>| {
            let all = products.iter().flat_map(list);
            all.map(String::as_str).collect::<BTreeSet<_>>()
        };
        let variants = products.iter().flat_map(|product| &product.variants);
        let mut names = Self {
            collections: texts(|product| &product.collections),
            tags: texts(|product| &product.tags),
            skus: variants
                .flat_map(|variant| [variant.sku.as_str(), variant.shown_sku()])
                .collect(),
        };
        names
            .collections
            .extend(collections.iter().map(String::as_str));
        names
    }

    pub(super) fn collections(&self) -> &BTreeSet<&'p str> {
        &self.collections
    }

    pub(super) fn tags(&self) -> &BTreeSet<&'p str> {
        &self.tags
    }

    pub(super) fn skus(&self) -> &BTreeSet<&'p str> {
        &self.skus
    }
}
