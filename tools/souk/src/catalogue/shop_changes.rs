//! How one version differs from another beside its products: currency, redirects, collections, sales.

use std::collections::BTreeMap;

use souk_catalogue::{Product, Sale, SaleItem};

use super::standing::ShopWide;

/// Names of one kind that are printed; the rest is counted.
const NAMES_MAX: usize = 10;

/// What differs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ShopChanges {
    /// The currency before and after.
    pub(crate) currency: Option<(String, String)>,
    /// Whether facts of offers are made otherwise: languages or markets are others.
    pub(crate) is_context_another: bool,
    pub(super) redirects: Names,
    pub(super) collections: Names,
    pub(super) sales: Names,
}

/// Things of one kind that differ, by their names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Names {
    /// Compares what each name stands for.
    fn between<T: PartialEq>(mut before: BTreeMap<&str, T>, after: BTreeMap<&str, T>) -> Self {
        let mut names = Self::default();
        for (name, after) in after {
            match before.remove(name) {
                None => names.added.push(name.to_owned()),
                Some(before) if before != after => names.changed.push(name.to_owned()),
                Some(_) => {}
            }
        }
        names.removed = before.into_keys().map(str::to_owned).collect();
        names
    }

    fn lines(&self, what: &str) -> Vec<String> {
        let kinds = [
            ("+", &self.added),
            ("~", &self.changed),
            ("-", &self.removed),
        ];
        if kinds.iter().all(|(_, names)| names.is_empty()) {
            return Vec::new();
        }
        let [added, changed, removed] = kinds.map(|(_, names)| names.len());
        let mut lines = vec![format!(
            "{added} {what} added, {changed} changed, {removed} removed"
        )];
        for (sign, names) in kinds {
            lines.extend(
                names
                    .iter()
                    .take(NAMES_MAX)
                    .map(|name| format!("  {sign} {name}")),
            );
            if names.len() > NAMES_MAX {
                lines.push(format!("  {sign} … and {} more", names.len() - NAMES_MAX));
            }
        }
        lines
    }
}

impl ShopChanges {
    /// Compares two versions. Where nothing is published yet, nothing differs in currency.
    pub(crate) fn between(before: &ShopWide, after: &ShopWide) -> Self {
        let redirects = |shop: &'_ ShopWide| -> BTreeMap<_, _> {
            let redirects = shop.redirects.iter();
            redirects
                .map(|redirect| (redirect.from.clone(), redirect.to.clone()))
                .collect()
        };
        let (old_redirects, new_redirects) = (redirects(before), redirects(after));
        let currencies = before.currency.clone().zip(after.currency.clone());
        Self {
            currency: currencies.filter(|(before, after)| before != after),
            is_context_another: before.offers != after.offers,
            redirects: Names::between(by_name(&old_redirects), by_name(&new_redirects)),
            collections: Names::between(collections(before), collections(after)),
            sales: Names::between(sales(before), sales(after)),
        }
    }

    /// Whether every offer is another one, also of products that do not differ.
    pub(crate) fn is_every_offer_another(&self) -> bool {
        self.currency.is_some() || self.is_context_another
    }

    /// What differs, for people; no line where nothing does.
    pub(crate) fn lines(&self) -> Vec<String> {
        let currency = self.currency.iter().map(|(before, after)| {
            format!("currency {before} → {after}: every price is now in {after}")
        });
        let redirects = self.redirects.lines("redirects");
        currency
            .chain(redirects)
            .chain(self.collections.lines("collections"))
            .chain(self.sales.lines("sales"))
            .collect()
    }
}

fn by_name(names: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    names
        .iter()
        .map(|(name, to)| (name.as_str(), to.as_str()))
        .collect()
}

/// What a collection says of itself. Its picture may be that of a product, and what is in it follows
/// from the products.
fn collections(shop: &ShopWide) -> BTreeMap<&str, impl PartialEq> {
    let collections = shop.collections.iter();
    collections
        .map(|collection| {
            let texts = (&collection.title, &collection.description);
            (collection.slug.as_str(), texts)
        })
        .collect()
}

/// What a sale says of itself. Cards follow from the products.
fn sales(shop: &ShopWide) -> BTreeMap<&str, impl PartialEq> {
    let said = |sale: &Sale| {
        let items = sale.items.iter().map(|item| SaleItem {
            product: Product::default(),
            variant: 0,
            ..item.clone()
        });
        Sale {
            items: items.collect(),
            ..sale.clone()
        }
    };
    let sales = shop.sales.iter();
    sales.map(|sale| (sale.id.as_str(), said(sale))).collect()
}

#[cfg(test)]
mod tests {
    use souk_catalogue::{Collection, Redirect, Text};

    use super::*;

    fn shop(currency: &str, redirects: &[(&str, &str)], collections: &[(&str, &str)]) -> ShopWide {
        let redirect = |&(from, to): &(&str, &str)| Redirect {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let collection = |&(slug, title): &(&str, &str)| Collection {
            slug: slug.to_owned(),
            title: Text::new(title),
            ..Collection::default()
        };
        ShopWide {
            currency: Some(currency.to_owned()),
            redirects: redirects.iter().map(redirect).collect(),
            collections: collections.iter().map(collection).collect(),
            sales: Vec::new(),
            offers: None,
        }
    }

    #[test]
    fn nothing_vanishes_unsaid() {
        let before = shop(
            "EUR",
            &[("/a", "/b"), ("/c", "/d")],
            &[("tea", "Tea"), ("mugs", "Mugs")],
        );
        let after = shop("USD", &[("/a", "/x")], &[("tea", "Tea"), ("cups", "Cups")]);
        assert_eq!(
            ShopChanges::between(&before, &after).lines(),
            [
                "currency EUR → USD: every price is now in USD",
                "0 redirects added, 1 changed, 1 removed",
                "  ~ /a",
                "  - /c",
                "1 collections added, 0 changed, 1 removed",
                "  + cups",
                "  - mugs",
            ]
        );
        assert_eq!(
            ShopChanges::between(&before, &before),
            ShopChanges::default()
        );
        assert_eq!(
            ShopChanges::between(&ShopWide::default(), &before).currency,
            None
        );
    }

    #[test]
    fn a_sale_differs_by_what_it_says_and_not_by_the_cards_of_products() {
        let with = |units, slug: &str| {
            let item = SaleItem {
                units,
                product: Product {
                    slug: slug.to_owned(),
                    ..Product::default()
                },
                ..SaleItem::default()
            };
            let sale = Sale {
                id: "drop".to_owned(),
                items: vec![item],
                ..Sale::default()
            };
            ShopWide {
                sales: vec![sale],
                ..shop("EUR", &[], &[])
            }
        };
        let lines = |before, after| ShopChanges::between(&before, &after).lines();
        assert!(lines(with(1, "a"), with(1, "b")).is_empty());
        let changed = ["0 sales added, 1 changed, 0 removed", "  ~ drop"];
        assert_eq!(lines(with(1, "a"), with(2, "a")), changed);
        let gone = ["0 sales added, 0 changed, 1 removed", "  - drop"];
        assert_eq!(lines(with(1, "a"), shop("EUR", &[], &[])), gone);
    }

    #[test]
    fn long_lists_are_counted() {
        let many: Vec<_> = (0..25).map(|n| format!("/{n:02}")).collect();
        let many: Vec<_> = many.iter().map(|from| (from.as_str(), "/")).collect();
        let lines = ShopChanges::between(&shop("EUR", &many, &[]), &shop("EUR", &[], &[])).lines();
        assert_eq!(lines.len(), 1 + NAMES_MAX + 1);
        assert_eq!(lines[NAMES_MAX + 1], "  - … and 15 more");
    }
}
