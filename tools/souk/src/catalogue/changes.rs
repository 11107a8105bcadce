//! How one version differs from another, for people and for the origin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use souk_catalogue::Product;
use souk_domain::{Currency, LanguageCode, Locale, Money};
use souk_protocol::origin::OfferDefinition;

/// Lines of a difference that are printed; fewer for products that are only new.
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
        before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
    ) -> Self {
        Self::compared(before, after, false)
    }

    /// The same where every price is in another currency, so that no product is equal.
    pub(crate) fn in_another_currency(
        before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
    ) -> Self {
        Self::compared(before, after, true)
    }

    fn compared(
        mut before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
        all: bool,
    ) -> Self {
        let mut changes = Changes::default();
        for (slug, product) in after {
            match before.remove(&slug) {
                None => changes.added.push(product),
                Some(old) if all || old != product => changes.changed.push((old, product)),
                Some(_) => {}
            }
        }
        changes.removed = before.into_values().collect();
        changes
    }

    /// The new form of the products that differ.
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
                    let title = product.title.base.as_str();
                    let choice = product.variant_title(variant, Locale::own(LanguageCode::EN));
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

    /// What differs, for programs.
    pub(crate) fn json(&self, currency: &str) -> Value {
        let slugs = |products: &[Product]| -> Vec<String> {
            products
                .iter()
                .map(|product| product.slug.clone())
                .collect()
        };
        let changed = self.changed.iter().map(
            |(old, new)| json!({ "slug": new.slug, "changes": differences(old, new, currency) }),
        );
        json!({
            "added": slugs(&self.added),
            "changed": changed.collect::<Vec<_>>(),
            "removed": slugs(&self.removed),
        })
    }

    /// Prints what differs.
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

/// The differences, field by field as the products are serialised: a new field needs no line here.
fn differences(old: &Product, new: &Product, currency: &str) -> Vec<String> {
    let currency = Currency::parse(currency).unwrap_or(Currency::USD);
    let mut found = Vec::new();
    for variant in &new.variants {
        let sku = &variant.sku;
        match old.variants.iter().find(|known| known.sku == *sku) {
            None => found.push(format!("SKU {sku} is new")),
            Some(known) => {
                let fields = changed_fields(known, variant).into_iter();
                found.extend(fields.map(|field| format!("SKU {sku} {}", field.text(currency))));
            }
        }
    }
    for variant in &old.variants {
        if !new.variants.iter().any(|known| known.sku == variant.sku) {
            found.push(format!("SKU {} is gone", variant.sku));
        }
    }
    let fields = changed_fields(old, new).into_iter();
    let fields = fields.filter(|field| !NOT_TOLD.contains(&field.name.as_str()));
    found.extend(fields.map(|field| field.text(currency)));
    if found.is_empty() {
        let other = match old == new {
            true => "the currency",
            false => "the order of its variants",
        };
        found.push(other.to_owned());
    }
    found
}

/// Fields of a product that are not printed: variants are compared one by one, and the date follows
/// from the rest.
const NOT_TOLD: [&str; 2] = ["variants", "modified_at_ms"];

/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 40;

/// A field of which the values differ.
struct Field {
    name: String,
    old: Value,
    new: Value,
}

fn changed_fields<T: Serialize>(old: &T, new: &T) -> Vec<Field> {
    let [mut old, new] = [old, new].map(|value| match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        other => unreachable!("products and variants are structs with names: {other:?}"),
    });
    let new = new.into_iter().map(|(name, new)| Field {
        old: old.remove(&name).unwrap_or_default(),
        name,
        new,
    });
    new.filter(|field| field.old != field.new).collect()
}

impl Field {
    /// The name, and both values where they fit into a line.
    fn text(&self, currency: Currency) -> String {
        let values = [&self.old, &self.new].map(|value| self.value(value, currency));
        match (self.name.strip_suffix("_minor"), values) {
            (Some("price"), [Some(old), Some(new)]) => format!("{old} → {new}"),
            (Some(name), [Some(old), Some(new)]) => format!("{} {old} → {new}", spaced(name)),
            (None, [Some(old), Some(new)]) => format!("{} {old} → {new}", spaced(&self.name)),
            (_, [None, _] | [_, None]) => spaced(&self.name),
        }
    }

    fn value(&self, value: &Value, currency: Currency) -> Option<String> {
        match value {
            Value::Null => Some("none".to_owned()),
            Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
            Value::Number(number) => match number.as_i64() {
                Some(minor) if self.name.ends_with("_minor") => {
                    Some(Money::new(minor, currency).to_string())
                }
                _ => Some(number.to_string()),
            },
            Value::String(text) if text.chars().count() <= VALUE_CHARS_MAX => {
                Some(format!("'{text}'"))
            }
            Value::String(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use souk_catalogue::{Text, Variant};

    use super::*;

    fn product() -> Product {
        let variant = |sku: &str| Variant {
            sku: sku.to_owned(),
            price_minor: 1_299,
            ..Variant::default()
        };
        Product {
            slug: "mug".to_owned(),
            variants: vec![variant("MUG-S"), variant("MUG-L")],
            ..Product::default()
        }
    }

    fn told(change: impl FnOnce(&mut Product)) -> Vec<String> {
        let mut new = product();
        new.modified_at_ms = 1;
        change(&mut new);
        differences(&product(), &new, "USD")
    }

    #[test]
    fn every_field_that_differs_is_listed() {
        let told = told(|mug| {
            mug.title = Text::new("Mug");
            mug.vendor = "Kiln & Sons".to_owned();
            mug.variants[0].price_minor = 1_599;
            mug.variants[0].compare_at_minor = Some(1_999);
            mug.variants[1].backorder = true;
            mug.variants[1].weight_g = 320;
        });
        let lines = [
            "SKU MUG-S $12.99 → $15.99",
            "SKU MUG-S compare at none → $19.99",
            "SKU MUG-L backorder no → yes",
            "SKU MUG-L weight g 0 → 320",
            "title",
            "vendor '' → 'Kiln & Sons'",
        ];
        let sorted = |mut lines: Vec<String>| {
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(told), sorted(lines.map(str::to_owned).into()));
    }

    #[test]
    fn variants_that_are_added_removed_and_moved_are_listed() {
        assert_eq!(
            told(|mug| mug.variants[1].sku = "MUG-XL".to_owned()),
            ["SKU MUG-XL is new", "SKU MUG-L is gone"]
        );
        assert_eq!(
            told(|mug| mug.variants.reverse()),
            ["the order of its variants"]
        );
    }
}
