//! Whether what rules name exists in the shop.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{Collections, PRODUCT_TAGS_MAX, Product};

use super::Reading;
use crate::document::Node;
use crate::problem::{Problem, Severity, suggestion};
use crate::settings::Known;

/// What exists in a shop.
#[derive(Debug, Clone)]
pub struct Names<'k> {
    /// Products, collections and documents.
    pub known: &'k Known,
    /// Types, in the shop's own language.
    types: BTreeSet<&'k str>,
    vendors: BTreeSet<&'k str>,
    /// Labels that products can be filtered by.
    tags: BTreeSet<&'k str>,
    /// Values of each option, in the shop's own language.
    options: BTreeMap<&'k str, BTreeSet<&'k str>>,
}

impl<'k> Names<'k> {
    /// Collects them from the products of a shop.
    pub fn of(known: &'k Known, products: &'k [Product]) -> Self {
        let mut names = Self {
            known,
            types: BTreeSet::new(),
            vendors: BTreeSet::new(),
            tags: BTreeSet::new(),
            options: BTreeMap::new(),
        };
        for product in products {
            names.types.insert(&product.product_type.base);
            names.vendors.insert(&product.vendor);
            let tags = product.tags.iter().take(PRODUCT_TAGS_MAX);
            names.tags.extend(tags.map(String::as_str));
            for (place, option) in product.options.iter().enumerate() {
                let values = names.options.entry(&option.name.base).or_default();
                let variants = product.variants.iter();
                let variants = variants.filter_map(|variant| variant.option_values.get(place));
                values.extend(variants.map(|value| value.base.as_str()));
            }
        }
        // What is absent is no name.
        names.types.remove("");
        names.vendors.remove("");
        names
    }

    pub(super) fn options(&self) -> impl Iterator<Item = &'k str> + Clone {
        self.options.keys().copied()
    }

    pub(super) fn values(&self, option: &str) -> Option<&BTreeSet<&'k str>> {
        self.options.get(option)
    }
}

/// A kind of names.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Type,
    Vendor,
    Tag,
    Collection,
    Product,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Type => "type",
            Kind::Vendor => "vendor",
            Kind::Tag => "tag",
            Kind::Collection => "collection",
            Kind::Product => "product",
        }
    }
}

impl Names<'_> {
    fn has(&self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::Type => self.types.contains(name),
            Kind::Vendor => self.vendors.contains(name),
            Kind::Tag => self.tags.contains(name),
            Kind::Collection => name == Collections::ALL || self.known.collections.contains(name),
            Kind::Product => self.known.products.contains(name),
        }
    }

    fn suggestion(&self, kind: Kind, name: &str) -> String {
        let slugs = |slugs: &BTreeSet<String>| suggestion(name, slugs.iter().map(String::as_str));
        match kind {
            Kind::Type => suggestion(name, self.types.iter().copied()),
            Kind::Vendor => suggestion(name, self.vendors.iter().copied()),
            Kind::Tag => suggestion(name, self.tags.iter().copied()),
            Kind::Collection => slugs(&self.known.collections),
            Kind::Product => slugs(&self.known.products),
        }
    }
}

impl Reading<'_> {
    pub(super) fn known_type(&mut self, node: &Node<'_>) -> Option<String> {
        self.known(node, Kind::Type)
    }

    pub(super) fn known_vendor(&mut self, node: &Node<'_>) -> Option<String> {
        self.known(node, Kind::Vendor)
    }

    pub(super) fn known_tag(&mut self, node: &Node<'_>) -> Option<String> {
        self.known(node, Kind::Tag)
    }

    pub(super) fn known_collection(&mut self, node: &Node<'_>) -> Option<String> {
        self.known(node, Kind::Collection)
    }

    pub(super) fn known_product(&mut self, node: &Node<'_>) -> Option<String> {
        self.known(node, Kind::Product)
    }

    /// The types of a list that exist, each once.
    pub(super) fn known_types(&mut self, node: Option<&Node<'_>>) -> Vec<String> {
        self.list(node, |reading, item| reading.known_type(item))
    }

    /// The items of a list that exist; one that stands in it twice is reported.
    pub(super) fn list(
        &mut self,
        node: Option<&Node<'_>>,
        known: impl Fn(&mut Self, &Node<'_>) -> Option<String>,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for item in node.iter().flat_map(|node| node.items()) {
            let Some(name) = known(self, &item) else {
                continue;
            };
            match names.contains(&name) {
                true => {
                    let reason = format!("'{name}' stands here twice");
                    self.problems.push(item.error(reason, "name it once"));
                }
                false => names.push(name),
            }
        }
        names
    }

    /// A name that exists; `None` where it does not, which is reported.
    fn known(&mut self, node: &Node<'_>, kind: Kind) -> Option<String> {
        let name = node.text()?;
        let Some(names) = self.context.names else {
            return Some(name.to_owned());
        };
        if names.has(kind, name) {
            return Some(name.to_owned());
        }
        let reason = format!("there is no {} '{name}'", kind.name());
        self.report_missing(node.error(reason, names.suggestion(kind, name)));
        None
    }

    /// Reports a name that does not exist.
    pub(super) fn report_missing(&mut self, problem: Problem) {
        self.problems.push(match self.context.missing {
            Severity::Error => problem,
            Severity::Warning => {
                let Problem { reason, .. } = &problem;
                Problem {
                    reason: format!("{reason}, so it is left out"),
                    ..problem.warning()
                }
            }
        });
    }
}
