//! How one version differs from another, for people and for the origin.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::Product;
use souk_domain::{Currency, Locale, Money};
use souk_protocol::trade::OfferDefinition;

/// Lines of a difference that are printed; fewer of products that are merely new.
const LINES_MAX: usize = 40;
const ADDED_LINES_MAX: usize = 5;

/// The products that differ.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) added: Vec<Product>,
    pub(crate) changed: Vec<(Product, Product)>,
    pub(crate) removed: Vec<Product>,
}

impl Changes {
    /// Compares products that may differ; equal ones are left out.
    pub(crate) fn between(
        mut before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
    ) -> Self {
        let mut changes = Changes::default();
        for (slug, product) in after {
            match before.remove(&slug) {
                None => changes.added.push(product),
                Some(old) if old != product => changes.changed.push((old, product)),
                Some(_) => {}
            }
        }
        changes.removed = before.into_values().collect();
        changes
    }

    /// The products as they are to be, of those that differ.
    pub(crate) fn new_products(&self) -> impl Iterator<Item = &Product> {
        self.added
            .iter()
            .chain(self.changed.iter().map(|(_, new)| new))
    }

    /// SKUs that are no longer sold.
    pub(crate) fn withdrawn(&self) -> Vec<String> {
        let skus = |product: &Product| {
            product
                .variants
                .iter()
                .map(|variant| variant.sku.clone())
                .collect::<Vec<_>>()
        };
        let stays: BTreeSet<String> = self.new_products().flat_map(skus).collect();
        let before = self
            .removed
            .iter()
            .chain(self.changed.iter().map(|(old, _)| old));
        let gone: BTreeSet<String> = before.flat_map(skus).collect();
        gone.difference(&stays).cloned().collect()
    }

    /// Offers that are new or differ.
    pub(crate) fn offers(&self, units: impl Fn(&str) -> i64) -> Vec<OfferDefinition> {
        self.new_products()
            .flat_map(|product| {
                product.variants.iter().map(|variant| {
                    let title = product.title.get(Locale::En);
                    let choice = product.variant_title(variant, Locale::En);
                    OfferDefinition {
                        sku: variant.sku.clone(),
                        title: match choice.as_str() {
                            "" => title.to_owned(),
                            choice => format!("{title} ({choice})"),
                        },
                        slug: product.slug.clone(),
                        unit_price: variant.price_minor,
                        backorder: variant.backorder,
                        initial_units: units(&variant.sku),
                    }
                })
            })
            .collect()
    }

    /// Tells a person what differs.
    pub(crate) fn print(&self, currency: &str) {
        println!(
            "{} products added, {} changed, {} removed",
            self.added.len(),
            self.changed.len(),
            self.removed.len()
        );
        let added = self
            .added
            .iter()
            .take(ADDED_LINES_MAX)
            .map(|product| format!("  + {}", product.slug));
        let removed = self
            .removed
            .iter()
            .map(|product| format!("  - {}", product.slug));
        let changed = self.changed.iter().map(|(old, new)| {
            format!(
                "  ~ {}: {}",
                new.slug,
                differences(old, new, currency).join(", ")
            )
        });
        let lines: Vec<String> = changed.chain(removed).chain(added).collect();
        for line in lines.iter().take(LINES_MAX) {
            println!("{line}");
        }
        let all = self.added.len() + self.changed.len() + self.removed.len();
        let shown = lines.len().min(LINES_MAX);
        if all > shown {
            println!("  … and {} more", all - shown);
        }
    }
}

fn differences(old: &Product, new: &Product, currency: &str) -> Vec<String> {
    let currency = Currency::parse(currency).unwrap_or(Currency::USD);
    let money = |minor| Money::new(minor, currency);
    let mut found = Vec::new();
    for variant in &new.variants {
        match old.variants.iter().find(|known| known.sku == variant.sku) {
            None => found.push(format!("SKU {} is new", variant.sku)),
            Some(known) if known.price_minor != variant.price_minor => found.push(format!(
                "SKU {} {} → {}",
                variant.sku,
                money(known.price_minor),
                money(variant.price_minor)
            )),
            Some(_) => {}
        }
    }
    for variant in &old.variants {
        if !new.variants.iter().any(|known| known.sku == variant.sku) {
            found.push(format!("SKU {} is gone", variant.sku));
        }
    }
    let parts = [
        ("title", old.title != new.title),
        ("description", old.description_html != new.description_html),
        ("pictures", old.media != new.media),
        ("collections", old.collections != new.collections),
        ("search texts", old.seo != new.seo),
        (
            "labels",
            (&old.tags, &old.vendor) != (&new.tags, &new.vendor),
        ),
    ];
    found.extend(
        parts
            .iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| (*name).to_owned()),
    );
    if found.is_empty() {
        found.push("details of variants".to_owned());
    }
    found
}
