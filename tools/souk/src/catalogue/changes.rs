//! How one version differs from another, for people and for the origin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use souk_catalogue::Product;
use souk_domain::{Currency, LanguageCode, Locale, Money};
use souk_protocol::origin::OfferDefinition;

use super::shop_changes::ShopChanges;

/// Lines of a difference that are printed; fewer for products that are only new.
const LINES_MAX: usize = 40;
const ADDED_LINES_MAX: usize = 5;

/// What differs.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) added: Vec<Product>,
    pub(crate) changed: Vec<(Product, Product)>,
    pub(crate) removed: Vec<Product>,
    /// Products that are the same in another currency.
    repriced: Vec<Product>,
    /// SKUs of products that do not differ. Products may share one.
    unchanged_skus: BTreeSet<String>,
    shop: ShopChanges,
}

impl Changes {
    /// Compares products that may differ. Equal ones differ in what is offered only where the
    /// currency does.
    pub(crate) fn between(
        mut before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
        shop: ShopChanges,
    ) -> Self {
        let mut changes = Changes {
            shop,
            ..Changes::default()
        };
        for (slug, product) in after {
            match before.remove(&slug) {
                None => changes.added.push(product),
                Some(old) if old != product => changes.changed.push((old, product)),
                Some(_) if changes.shop.currency.is_some() => changes.repriced.push(product),
                Some(_) => changes.stays(&product),
            }
        }
        changes.removed = before.into_values().collect();
        changes
    }

    /// Notes a product that does not differ: its SKUs stay on sale, also where another product that
    /// had one of them is gone.
    pub(crate) fn stays(&mut self, product: &Product) {
        self.unchanged_skus.extend(skus(product).map(str::to_owned));
    }

    /// The new form of the products that differ.
    pub(crate) fn new_products(&self) -> impl Iterator<Item = &Product> {
        self.added
            .iter()
            .chain(self.changed.iter().map(|(_, new)| new))
    }

    /// SKUs that are no longer sold.
    pub(crate) fn withdrawn(&self) -> Vec<String> {
        let offered = self.new_products().chain(&self.repriced);
        let stays: BTreeSet<&str> = offered.flat_map(skus).collect();
        let before = self
            .removed
            .iter()
            .chain(self.changed.iter().map(|(old, _)| old));
        let gone: BTreeSet<&str> = before.flat_map(skus).collect();
        let gone = gone.difference(&stays);
        let gone = gone.filter(|&&sku| !self.unchanged_skus.contains(sku));
        gone.map(|&sku| sku.to_owned()).collect()
    }

    /// Offers that are new or differ, one for each SKU. One that a product shares with others that do
    /// not differ does not differ either.
    pub(crate) fn offers(&self, units: impl Fn(&str) -> i64) -> Vec<OfferDefinition> {
        let mut known: BTreeSet<&str> = self.unchanged_skus.iter().map(String::as_str).collect();
        self.new_products()
            .chain(&self.repriced)
            .flat_map(|product| {
                product
                    .variants
                    .iter()
                    .map(move |variant| (product, variant))
            })
            .filter(|(_, variant)| known.insert(&variant.sku))
            .map(|(product, variant)| {
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
                    facts: Vec::new(),
                }
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
            "repriced": slugs(&self.repriced),
        })
    }

    /// Prints what differs.
    pub(crate) fn print(&self, currency: &str) {
        for line in self.shop.lines() {
            println!("{line}");
        }
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

/// The SKUs of a product.
fn skus(product: &Product) -> impl Iterator<Item = &str> {
    product.variants.iter().map(|variant| variant.sku.as_str())
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
        found.push("the order of its variants".to_owned());
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

    fn mugs(slugs: &[&str]) -> BTreeMap<String, Product> {
        let named = slugs.iter().map(|slug| {
            let product = Product {
                slug: (*slug).to_owned(),
                ..product()
            };
            ((*slug).to_owned(), product)
        });
        named.collect()
    }

    #[test]
    fn a_sku_that_products_share_is_one_offer_and_stays_with_the_last_of_them() {
        let changes = |before: &[&str], after: &[&str]| {
            let changes = Changes::between(mugs(before), mugs(after), ShopChanges::default());
            (changes.offers(|_| 1).len(), changes.withdrawn().len())
        };
        assert_eq!(changes(&[], &["a", "b"]), (2, 0), "two SKUs, and not four");
        assert_eq!(
            changes(&["a"], &["a", "b"]),
            (0, 0),
            "both are offered already"
        );
        assert_eq!(changes(&["a", "b"], &["a"]), (0, 0), "the other one stays");
        assert_eq!(changes(&["a", "b"], &[]), (0, 2));
    }

    #[test]
    fn in_another_currency_every_offer_is_sent() {
        let shop = ShopChanges {
            currency: Some(("EUR".to_owned(), "USD".to_owned())),
            ..ShopChanges::default()
        };
        let changes = Changes::between(mugs(&["a"]), mugs(&["a"]), shop);
        assert_eq!(changes.new_products().count(), 0);
        assert_eq!(
            (changes.offers(|_| 1).len(), changes.withdrawn().len()),
            (2, 0)
        );
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
