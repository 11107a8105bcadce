//! `souk insights import`: a shop's history, from whatever system it was in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use souk_catalogue::{Product, SlugHash};
use souk_import::{OrderLine, read_baskets};
use souk_insights::{Counts, DayCount, History, PairCount, counts};
use souk_machine::Progress;
use souk_protocol::staff::{self, IMPORT_ROWS_MAX, ImportCounts, ImportedOrders};

use super::{PublishedInsights, build};
use crate::catalogue::published::published_products;
use crate::client::StaffClient;
use crate::stock::new_key;

/// SKUs that are named.
const UNKNOWN_NAMED: usize = 20;

pub(super) fn run(baskets: &Path, client: impl FnOnce() -> Result<StaffClient>) -> Result<()> {
    let name = baskets.display();
    let file = File::open(baskets).with_context(|| format!("{name}"))?;
    let read = read_baskets(file).with_context(|| format!("{name} was not imported"))?;
    ensure!(!read.lines.is_empty(), "{name} has no line of an order");
    let client = client()?;
    let products = published_products(&client)?;
    let known = Skus::of(products.values()).history(&read.lines);
    if read.returned > 0 {
        println!("  {} lines are returns and do not count", read.returned);
    }
    known.print_unknown();
    let history = &known.history;
    ensure!(
        history.orders() > 0,
        "no line names a SKU of the published products"
    );
    println!(
        "{} orders with {} products",
        history.orders(),
        history.items()
    );
    let before = PublishedInsights::read(&client)?.map_or(0, |one| one.pointer.version);
    send(&client, &counts(history))?;
    build::run_after(&client, before)
}

/// Sends counts in parts; the last one puts them in place of those that were imported before.
fn send(client: &StaffClient, counts: &Counts) -> Result<()> {
    let parts = parts(new_key("import")?, counts);
    let mut progress = Progress::start("Sending counts");
    for (number, part) in (1..).zip(&parts) {
        let body = serde_json::to_vec(part)?;
        client.send(staff::IMPORT_INSIGHTS, &body)?;
        progress.tick(&format!("{number} of {} parts", parts.len()));
    }
    progress.finish("done");
    Ok(())
}

/// The parts in which counts are sent.
fn parts(import: String, counts: &Counts) -> Vec<ImportCounts> {
    let name = |slug: SlugHash| format!("{:016x}", slug.0);
    let pair = |pair: &PairCount| (name(pair.product), name(pair.companion), pair.orders.into());
    let day = |day: &DayCount| (day.day.into(), name(day.product), day.orders.into());
    let part = || ImportCounts {
        import: import.clone(),
        ..ImportCounts::default()
    };
    let of_pairs = counts
        .pairs
        .chunks(IMPORT_ROWS_MAX)
        .map(|pairs| ImportCounts {
            pairs: pairs.iter().map(pair).collect(),
            ..part()
        });
    let of_days = counts
        .days
        .chunks(IMPORT_ROWS_MAX)
        .map(|days| ImportCounts {
            days: days.iter().map(day).collect(),
            ..part()
        });
    let whole = ImportCounts {
        whole: Some(ImportedOrders {
            orders: counts.orders.into(),
            last_day: counts.last_day.into(),
        }),
        ..part()
    };
    of_pairs.chain(of_days).chain([whole]).collect()
}

/// Which product has which SKU.
#[derive(Default)]
struct Skus {
    /// Slugs by the SKUs of their variants, and by what the merchant calls these where that names one
    /// product.
    slugs: BTreeMap<String, String>,
}

impl Skus {
    /// Of these products.
    fn of<'a>(products: impl Iterator<Item = &'a Product>) -> Self {
        let (mut slugs, mut merchants) = (BTreeMap::new(), BTreeMap::new());
        for product in products {
            for variant in &product.variants {
                slugs.insert(variant.sku.clone(), product.slug.clone());
                if let Some(sku) = &variant.merchant_sku {
                    let slugs: &mut BTreeSet<String> = merchants.entry(sku.clone()).or_default();
                    slugs.insert(product.slug.clone());
                }
            }
        }
        for (sku, mut named) in merchants {
            if let (1, Some(slug)) = (named.len(), named.pop_first()) {
                slugs.entry(sku).or_insert(slug);
            }
        }
        Self { slugs }
    }

    /// The orders, by the products that their lines name.
    fn history(&self, lines: &[OrderLine]) -> Known {
        let mut known = Known::default();
        for line in lines {
            match self.slugs.get(&line.sku) {
                Some(slug) => known.history.add(&line.order, slug, line.day),
                None => {
                    let first = known.unknown.entry(line.sku.clone());
                    first.or_insert((line.line, 0)).1 += 1;
                }
            }
        }
        known
    }
}

/// What the shop knows of a file.
#[derive(Default)]
struct Known {
    history: History,
    /// For each SKU that no published product has the first line that names it, and how many do.
    unknown: BTreeMap<String, (u64, usize)>,
}

impl Known {
    fn print_unknown(&self) {
        if self.unknown.is_empty() {
            return;
        }
        let lines: usize = self.unknown.values().map(|(_, lines)| lines).sum();
        println!(
            "  {lines} lines name {} SKUs that no published product has; they do not count:",
            self.unknown.len()
        );
        let mut named: Vec<_> = self.unknown.iter().collect();
        named.sort_by_key(|(sku, (line, count))| (std::cmp::Reverse(*count), *line, *sku));
        for (sku, (line, count)) in named.iter().take(UNKNOWN_NAMED) {
            println!("  - {sku}: {count} lines, the first is {line}");
        }
        if named.len() > UNKNOWN_NAMED {
            println!("    … and {} more", named.len() - UNKNOWN_NAMED);
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::Variant;
    use souk_protocol::limits;

    use super::*;

    fn product(slug: &str, skus: &[(&str, Option<&str>)]) -> Product {
        let variants = skus.iter().map(|(sku, merchant)| Variant {
            sku: (*sku).to_owned(),
            merchant_sku: merchant.map(str::to_owned),
            ..Variant::default()
        });
        Product {
            slug: slug.to_owned(),
            variants: variants.collect(),
            ..Product::default()
        }
    }

    #[test]
    fn counts_are_sent_in_parts_of_which_the_last_one_is_the_whole() {
        let mut history = History::default();
        for order in 0..150 {
            for item in 0..100 {
                history.add(
                    &format!("{}", order / 3),
                    &format!("{}-{item}", order / 30),
                    20_000,
                );
            }
        }
        for order in 0..9 {
            history.add(&format!("pair {order}"), "lamp", 20_000);
            history.add(&format!("pair {order}"), "bulb", 20_000);
        }
        let counts = counts(&history);
        let parts = parts("import-1".to_owned(), &counts);
        let pairs: usize = parts.iter().map(|part| part.pairs.len()).sum();
        let days: usize = parts.iter().map(|part| part.days.len()).sum();
        assert_eq!((pairs, days), (counts.pairs.len(), counts.days.len()));
        for part in &parts {
            assert_eq!(part.import, "import-1");
            assert!(part.pairs.len() <= IMPORT_ROWS_MAX && part.days.len() <= IMPORT_ROWS_MAX);
            assert!(serde_json::to_vec(part).unwrap().len() < limits::STAFF_BATCH_BYTES_MAX);
        }
        let (last, others) = parts.split_last().unwrap();
        assert_eq!(last.whole.map(|whole| whole.orders), Some(59));
        assert!(others.iter().all(|part| part.whole.is_none()));
    }

    #[test]
    fn lines_become_products_and_unknown_skus_are_counted() {
        let products = [
            product("mug", &[("MUG-RED", None), ("MUG-BLUE", Some("4711"))]),
            product("lamp", &[("SHARED:lamp", Some("SHARED"))]),
            product("bulb", &[("SHARED:bulb", Some("SHARED"))]),
        ];
        let skus = Skus::of(products.iter());
        let line = |line: u64, order: &str, sku: &str| OrderLine {
            order: order.to_owned(),
            sku: sku.to_owned(),
            day: 1,
            line,
        };
        let known = skus.history(&[
            line(2, "1", "MUG-RED"),
            line(3, "1", "4711"),
            line(4, "1", "SHARED:lamp"),
            line(5, "2", "SHARED"),
            line(6, "2", "GONE"),
            line(7, "3", "GONE"),
        ]);
        assert_eq!((known.history.orders(), known.history.items()), (1, 2));
        let gone = known.unknown.get("GONE");
        assert_eq!(gone, Some(&(6, 2)));
        // Two products are called so: it names neither.
        assert_eq!(known.unknown.get("SHARED"), Some(&(5, 1)));
    }
}
