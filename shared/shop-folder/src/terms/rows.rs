//! Prices of `prices.csv` by variant and market.

use std::collections::BTreeMap;

use souk_catalogue::Variant;

/// A price of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) from_ms: i64,
    pub(super) until_ms: Option<i64>,
    pub(super) minor: i64,
    pub(super) compare_at_minor: Option<i64>,
    pub(super) line: usize,
}

impl Row {
    pub(super) fn holds(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms && self.until_ms.is_none_or(|until_ms| at_ms < until_ms)
    }
}

/// Rows by SKU and place of the market, in ascending order of their beginnings.
#[derive(Debug, Default)]
pub(super) struct Rows(pub(super) BTreeMap<(String, usize), Vec<Row>>);

/// The rows of a variant, by its own SKU and by that of the merchant.
pub(super) fn rows_of<'r>(
    variant: &Variant,
    market: usize,
    rows: &'r Rows,
) -> impl Iterator<Item = &'r Row> {
    let skus = [Some(&variant.sku), variant.merchant_sku.as_ref()];
    let lists = skus
        .into_iter()
        .flatten()
        .filter_map(move |sku| rows.0.get(&(sku.clone(), market)));
    lists.flatten().collect::<Vec<_>>().into_iter()
}
