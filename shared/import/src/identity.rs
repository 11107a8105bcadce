//! What stock, carts and orders know each variant by.
//!
//! Merchants' SKUs are no such name: many variants have none, and some of them share one. Owns the
//! rule, which looks at names alone and never at the order of rows, so that the same variants keep
//! their stock in the next import:
//! - A SKU that one variant has is its identity.
//! - A variant without a SKU has `handle:value:value`.
//! - A SKU of several variants becomes `SKU:handle`, and `SKU:handle:value:value` where several of
//!   them are of one product; none of them keeps the SKU alone. What the merchant wrote stays beside
//!   it. Or they share one stock, where the merchant says so.
//! - A name that another variant has already is followed by a piece of a hash of all that makes it.

use std::collections::{BTreeSet, HashMap, HashSet, hash_map::Entry};

use souk_catalogue::{Product, Variant};
use souk_domain::{Sku, Slug};

use crate::{
    Note, Place, Source, StockLine, columns::Column, columns::Columns, context::Context,
    draft::Read, report::quoted, sku,
};

/// Handles that a warning names.
const HANDLES_NAMED_MAX: usize = 5;

/// The products, each of their variants with an identity of its own, and their stock.
#[derive(Default)]
pub(crate) struct Identified {
    pub(crate) products: Vec<Product>,
    pub(crate) stock: Vec<StockLine>,
    pub(crate) shared_skus: BTreeSet<String>,
    pub(crate) repeated: usize,
    pub(crate) derived: usize,
    pub(crate) untracked: usize,
}

/// Where a variant is: the place of its product, and its place among the variants of that.
type Position = (usize, usize);

/// Where the variants with one SKU are.
type Group = Vec<Position>;

/// Gives every variant its identity.
pub(crate) fn identify(
    mut read: Vec<Read>,
    columns: &Columns,
    context: &mut Context<'_>,
) -> Identified {
    let mut identified = Identified::default();
    let groups = repeated(&read);
    identified.repeated = groups.len();
    // Variants whose name is to be made, with whether it needs their option values.
    let mut unnamed: Vec<(Position, bool)> = Vec::new();
    for group in &groups {
        if decide(&read, group, columns, context) {
            let (product, variant) = group[0];
            let sku = &read[product].product.variants[variant].sku;
            identified.shared_skus.insert(sku.clone());
        } else {
            let of_product = |product| group.iter().filter(|(other, _)| *other == product).count();
            unnamed.extend(group.iter().map(|&place| (place, of_product(place.0) > 1)));
        }
    }
    let repeated = unnamed.len();
    let without = variants(&read).filter(|(_, variant)| variant.sku.is_empty());
    unnamed.extend(without.map(|(place, _)| (place, true)));
    identified.derived = unnamed.len() - repeated;
    name(&mut read, &unnamed);
    // The lines of SKUs that share a stock.
    let mut stocked: HashMap<String, usize> = HashMap::new();
    for Read { product, stock } in read {
        let slug = Slug::parse(&product.slug).expect("the slug was made by reading a handle");
        for (variant, row) in product.variants.iter().zip(stock) {
            identified.untracked += usize::from(row.untracked);
            let sku = Sku::parse(&variant.sku).expect("an identity is a SKU or made as one");
            if identified.shared_skus.contains(&variant.sku) {
                let line = stocked.entry(variant.sku.clone());
                if let Entry::Occupied(line) = &line {
                    let line = &mut identified.stock[*line.get()];
                    line.quantity = line.quantity.min(row.quantity);
                    continue;
                }
                line.or_insert(identified.stock.len());
            }
            identified.stock.push(StockLine {
                sku,
                slug: slug.clone(),
                quantity: row.quantity,
                backorder: variant.backorder,
                line: row.line,
            });
        }
        identified.products.push(product);
    }
    identified
}

fn variants(read: &[Read]) -> impl Iterator<Item = (Position, &Variant)> {
    read.iter().enumerate().flat_map(|(place, read)| {
        let variants = read.product.variants.iter().enumerate();
        variants.map(move |(variant, of)| ((place, variant), of))
    })
}

/// The variants that share a merchant's SKU, in the order of the file.
fn repeated(read: &[Read]) -> Vec<Group> {
    let mut first: HashMap<&str, Position> = HashMap::new();
    let mut groups: HashMap<&str, Group> = HashMap::new();
    for (place, variant) in variants(read).filter(|(_, variant)| !variant.sku.is_empty()) {
        match first.get(variant.sku.as_str()) {
            None => {
                first.insert(&variant.sku, place);
            }
            Some(&before) => {
                let group = groups.entry(&variant.sku).or_insert_with(|| vec![before]);
                group.push(place);
            }
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_unstable();
    groups
}

/// Whether the variants share a stock. Says in a warning what was decided.
fn decide(read: &[Read], group: &Group, columns: &Columns, context: &mut Context<'_>) -> bool {
    let variant = |&(product, variant): &Position| &read[product].product.variants[variant];
    let row = |&(product, variant): &Position| &read[product].stock[variant];
    let mut handles: Vec<&str> = Vec::new();
    for &(product, _) in group {
        let slug = read[product].product.slug.as_str();
        if handles.last() != Some(&slug) {
            handles.push(slug);
        }
    }
    let mut products = handles[..handles.len().min(HANDLES_NAMED_MAX)].join(", ");
    if handles.len() > HANDLES_NAMED_MAX {
        products.push_str(", …");
    }
    let variants = group.len();
    let first = variant(&group[0]);
    let agrees = |get: &dyn Fn(&Variant) -> i64| {
        let mut values = group.iter().map(|place| get(variant(place)));
        values.all(|value| value == get(first))
    };
    let why = if handles.len() < variants {
        Some("are of one product")
    } else if !agrees(&|variant| variant.price_minor) {
        Some("differ in price")
    } else if !agrees(&|variant| i64::from(variant.backorder)) {
        Some("differ in whether they are sold when out of stock")
    } else {
        None
    };
    let note = match (context.options.shared_skus, why) {
        (false, _) => Note::SkuRepeated { variants, products },
        (true, Some(why)) => Note::SkuNotShared {
            variants,
            products,
            why,
        },
        (true, None) => Note::SkuShared {
            variants,
            products,
            quantity: group
                .iter()
                .map(|place| row(place).quantity)
                .min()
                .unwrap_or_default(),
        },
    };
    let place = Place {
        source: Source::Products,
        line: Some(row(&group[0]).line),
        column: Some(columns.name(Column::Sku).to_owned()),
        value: quoted(&first.sku),
    };
    context.problems.warn(place, note);
    context.options.shared_skus && why.is_none()
}

/// Makes a name for each of these variants: the short one where no other variant has it, else the one
/// with a hash.
fn name(read: &mut [Read], unnamed: &[(Position, bool)]) {
    let made: HashSet<Position> = unnamed.iter().map(|(place, _)| *place).collect();
    // Names that stay as they are, and how often each other one is made.
    let kept = variants(read).filter(|(place, _)| !made.contains(place));
    let kept: HashSet<&str> = kept.map(|(_, variant)| variant.sku.as_str()).collect();
    let shorts: Vec<String> = unnamed
        .iter()
        .map(|&place| parts(read, place).short())
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for short in &shorts {
        *counts.entry(short).or_default() += 1;
    }
    let names: Vec<String> = unnamed
        .iter()
        .zip(&shorts)
        .map(|(&place, short)| {
            let is_alone = counts[short.as_str()] == 1 && !kept.contains(short.as_str());
            match is_alone {
                true => short.clone(),
                false => parts(read, place).long(),
            }
        })
        .collect();
    for (&((product, variant), _), name) in unnamed.iter().zip(names) {
        let variant = &mut read[product].product.variants[variant];
        let sku = std::mem::replace(&mut variant.sku, name);
        variant.merchant_sku = Some(sku).filter(|sku| !sku.is_empty());
    }
}

fn parts(read: &[Read], ((product, variant), with_values): (Position, bool)) -> sku::Parts<'_> {
    let product = &read[product].product;
    let variant = &product.variants[variant];
    sku::Parts {
        sku: Some(variant.sku.as_str()).filter(|sku| !sku.is_empty()),
        handle: &product.slug,
        values: match with_values {
            true => values(variant),
            false => Vec::new(),
        },
    }
}

fn values(variant: &Variant) -> Vec<&str> {
    let values = variant.option_values.iter();
    values.map(|text| text.base.as_str()).collect()
}
