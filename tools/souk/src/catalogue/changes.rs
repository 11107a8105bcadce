//! How one version differs from another, for people and for the origin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use souk_catalogue::{Product, Sale};
use souk_domain::{Currency, Money};
use souk_protocol::origin::OfferDefinition;

use super::offers::{OfferMaker, Offers};
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
    /// Products that are the same, but whose offers are other ones: in another currency, or because
    /// the languages or the first market of the shop are others.
    reoffered: Vec<Product>,
    /// Offers of products that do not differ, as far as those that do had or have their SKUs.
    standing: Offers,
    /// Offers of the sales of the later version, whether they differ or not: sessions close between
    /// two publishes.
    of_sales: Offers,
    /// SKUs of the sales of the earlier version.
    sale_skus_before: BTreeSet<String>,
    maker: OfferMaker,
    shop: ShopChanges,
}

impl Changes {
    /// Compares products that may differ. `maker` makes the offers of the later version.
    pub(crate) fn between(
        mut before: BTreeMap<String, Product>,
        after: BTreeMap<String, Product>,
        shop: ShopChanges,
        maker: OfferMaker,
    ) -> Self {
        let mut changes = Changes {
            shop,
            maker,
            ..Changes::default()
        };
        let mut same = Vec::new();
        for (slug, product) in after {
            match before.remove(&slug) {
                None => changes.added.push(product),
                Some(old) if old != product => changes.changed.push((old, product)),
                Some(_) if changes.shop.is_every_offer_another() => changes.reoffered.push(product),
                Some(_) => same.push(product),
            }
        }
        changes.removed = before.into_values().collect();
        changes.stay(&same);
        changes
    }

    /// The same with the sales of both versions.
    pub(crate) fn with_sales(mut self, before: &[Sale], after: &[Sale]) -> Self {
        let items = before.iter().flat_map(|sale| &sale.items);
        self.sale_skus_before = items.map(|item| item.sku.clone()).collect();
        let offers = after.iter().flat_map(|sale| self.maker.of_sale(sale));
        self.of_sales = offers.map(|offer| (offer.sku.clone(), offer)).collect();
        self
    }

    /// Notes products that do not differ: what they sell stays on sale, also where another product
    /// that had its SKU is gone.
    pub(crate) fn stay<'p>(&mut self, products: impl IntoIterator<Item = &'p Product>) {
        let differing = self.old_products().chain(self.new_products());
        let touched: BTreeSet<String> = differing.flat_map(skus).map(str::to_owned).collect();
        for product in products {
            for variant in &product.variants {
                if touched.contains(&variant.sku) {
                    self.maker.add(&mut self.standing, product, variant);
                }
            }
        }
    }

    /// The new form of the products that differ.
    pub(crate) fn new_products(&self) -> impl Iterator<Item = &Product> + Clone {
        self.added
            .iter()
            .chain(self.changed.iter().map(|(_, new)| new))
    }

    /// The old form of the products that differ.
    fn old_products(&self) -> impl Iterator<Item = &Product> {
        self.removed
            .iter()
            .chain(self.changed.iter().map(|(old, _)| old))
    }

    /// SKUs that are no longer sold.
    pub(crate) fn withdrawn(&self) -> Vec<String> {
        let stays = self.current_offers();
        let of_sales = self.sale_skus_before.iter().map(String::as_str);
        let gone: BTreeSet<&str> = self.old_products().flat_map(skus).chain(of_sales).collect();
        let gone = gone.into_iter().filter(|sku| !stays.contains_key(*sku));
        gone.map(str::to_owned).collect()
    }

    /// Offers that are new or may differ, one for each SKU; `units` are those that a new one starts
    /// with.
    pub(crate) fn offers(&self, units: impl Fn(&str) -> i64) -> Vec<OfferDefinition> {
        let offers = self.current_offers().into_values();
        let offers = offers.map(|offer| OfferDefinition {
            initial_units: units(&offer.sku),
            ..offer
        });
        offers.collect()
    }

    /// The offers of every SKU that a product which differs had or has, and those of sales.
    fn current_offers(&self) -> Offers {
        let mut offers = self.standing.clone();
        offers.extend(self.of_sales.clone());
        for product in self.new_products().chain(&self.reoffered) {
            for variant in &product.variants {
                self.maker.add(&mut offers, product, variant);
            }
        }
        offers
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
            "repriced": match self.shop.currency {
                Some(_) => slugs(&self.reoffered),
                None => Vec::new(),
            },
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
                if known.selling != variant.selling {
                    found.push(format!("SKU {sku} is sold by other terms"));
                }
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
    use souk_catalogue::{FactsContext, Selling, Text, Variant};
    use souk_pricing::{MarketPrices, Price};
    use souk_protocol::origin::OfferPrice;

    use super::*;
    use crate::catalogue::offers::OfferContext;
    use crate::catalogue::price_ledger::OfferMarket;

    fn market(id: &str) -> OfferMarket {
        OfferMarket {
            id: id.to_owned(),
            currency: Currency::USD,
        }
    }

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

    fn between(before: &[&str], after: &[&str], shop: ShopChanges) -> Changes {
        let maker = OfferMaker {
            context: Some(OfferContext {
                languages: vec!["en".to_owned()],
                markets: vec![market("main")],
            }),
            at_ms: 0,
        };
        Changes::between(mugs(before), mugs(after), shop, maker)
    }

    #[test]
    fn a_sku_that_products_share_is_one_offer_with_a_stamp_for_each_of_them() {
        let told = |before: &[&str], after: &[&str]| {
            let changes = between(before, after, ShopChanges::default());
            let offers = changes.offers(|_| 1);
            let stamps: Vec<_> = offers.iter().map(|offer| offer.facts.len()).collect();
            (stamps, changes.withdrawn().len())
        };
        let none = Vec::new;
        assert_eq!(told(&[], &["a", "b"]), (vec![2, 2], 0), "not four offers");
        assert_eq!(told(&["a"], &["a", "b"]), (vec![2, 2], 0));
        assert_eq!(told(&["a", "b"], &["a"]), (vec![1, 1], 0), "a stays");
        assert_eq!(told(&["a", "b"], &[]), (none(), 2));
        assert_eq!(
            told(&["a", "b"], &["a", "b"]),
            (none(), 0),
            "nothing differs"
        );
    }

    #[test]
    fn what_the_terms_say_is_in_the_stamp_and_in_the_price_of_the_moment() {
        let mut sold = product();
        sold.variants.truncate(1);
        let price = |from_ms, minor| Price {
            from_ms,
            minor: Some(minor),
            ..Price::default()
        };
        let prices = MarketPrices {
            market: "main".to_owned(),
            timeline: vec![price(0, 1_000), price(10, 900)],
        };
        sold.variants[0].selling = Some(Box::new(Selling {
            prices: vec![prices],
            groups: vec![1],
            category: None,
        }));
        let offer = |at_ms, id: &str| {
            let maker = OfferMaker {
                context: Some(OfferContext {
                    languages: vec!["en".to_owned()],
                    markets: vec![market(id)],
                }),
                at_ms,
            };
            let after = BTreeMap::from([(sold.slug.clone(), sold.clone())]);
            let changes = Changes::between(BTreeMap::new(), after, ShopChanges::default(), maker);
            changes.offers(|_| 0).remove(0)
        };
        let context = FactsContext {
            languages: &["en"],
            market: "main",
        };
        let stamp = sold.facts(&sold.variants[0], context).stamp().to_string();
        assert_eq!(offer(9, "main").facts, [stamp]);
        let recorded = &offer(9, "main").prices[0];
        let timeline = [
            OfferPrice(0, Some(1_000), None),
            OfferPrice(10, Some(900), None),
        ];
        assert_eq!(recorded.timeline, timeline);
        assert_eq!((&*recorded.market, &*recorded.currency), ("main", "USD"));
        assert_eq!(
            (offer(9, "main").unit_price, offer(10, "main").unit_price),
            (1_000, 900)
        );
    }

    #[test]
    fn in_another_currency_or_context_every_offer_is_sent() {
        let currency = ShopChanges {
            currency: Some(("EUR".to_owned(), "USD".to_owned())),
            ..ShopChanges::default()
        };
        let context = ShopChanges {
            is_context_another: true,
            ..ShopChanges::default()
        };
        for (shop, repriced) in [(currency, 1), (context, 0)] {
            let changes = between(&["a"], &["a"], shop);
            assert_eq!(changes.new_products().count(), 0);
            assert_eq!(
                (changes.offers(|_| 1).len(), changes.withdrawn().len()),
                (2, 0)
            );
            let told = changes.json("USD");
            assert_eq!(told["repriced"].as_array().unwrap().len(), repriced);
        }
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
