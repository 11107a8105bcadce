//! Variations of a product of WooCommerce, made variants with a value for every option.
//!
//! A variation may stand for any value of an attribute: it becomes one variant for each value that
//! the product lists and no other variation has. One stock that several variants share is divided
//! among them, so that none of it is sold twice.

use std::collections::HashSet;

use super::{
    columns::{Field, WooColumns},
    offer::{Stock, is_priced, offer, stock},
};
use crate::{
    Note,
    columns::Column,
    dialects::{
        model::{FileRow, ModelRow},
        options::{self, Choice},
        prose,
        translator::Output,
    },
    limits::ANY_VALUES_MAX,
};

/// The variants of a product.
pub(super) struct Made {
    /// Names of the attributes that tell its variants apart.
    pub(super) options: Vec<String>,
    pub(super) variants: Vec<ModelRow>,
}

/// A variant before its stock is known.
struct Planned<'a> {
    row: FileRow<'a>,
    choices: Vec<Choice>,
    stock: Stock,
    /// Of how many variants that are one variation.
    of: usize,
}

/// Reads the variations of a product, and sets the names of its options.
pub(super) fn read(
    columns: &WooColumns,
    parent: &FileRow<'_>,
    children: &[FileRow<'_>],
    product: &mut ModelRow,
    output: &mut Output,
) -> Made {
    let published = columns.at(Field::Published);
    let (on, off): (Vec<&FileRow<'_>>, Vec<_>) = children.iter().partition(|row| {
        let on = row.get(published) != "0" && is_priced(columns, row);
        on || output.misplaced.contains_key(&row.line)
    });
    for row in off {
        output.note(row.whole(), Note::VariationOff);
    }
    let names = option_names(columns, parent, &on);
    if let Some(note) = options::set_names(product, &names, parent) {
        output.note(parent.whole(), note);
    }
    let mut planned = plan(columns, parent, &on, &names, output);
    share(&mut planned, parent, output);
    let variants = planned.into_iter().map(|one| {
        // Several variants of one variation have one SKU, as any that a merchant repeats.
        let mut variant = offer(columns, &one.row, parent, output);
        options::set_values(&mut variant, &one.choices, &one.row);
        one.stock.write(&mut variant, &one.row, columns);
        let images = columns.at(Field::Images);
        if let Some(address) = prose::entries(one.row.get(images), ',').first() {
            variant.set(Column::VariantImage, address, &one.row, images);
        }
        variant
    });
    let variants = variants.collect();
    Made {
        options: names,
        variants,
    }
}

/// Attributes that a variation names, in the product's order.
fn option_names(
    columns: &WooColumns,
    parent: &FileRow<'_>,
    children: &[&FileRow<'_>],
) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for child in children {
        for attribute in columns.attributes_of(child) {
            if !used.iter().any(|name| name == attribute.name) {
                used.push(attribute.name.to_owned());
            }
        }
    }
    let listed = columns.attributes_of(parent);
    let place = |name: &String| listed.iter().position(|attribute| attribute.name == name);
    used.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
    used
}

fn plan<'a>(
    columns: &WooColumns,
    parent: &FileRow<'_>,
    children: &[&FileRow<'a>],
    names: &[String],
    output: &mut Output,
) -> Vec<Planned<'a>> {
    let listed = columns.attributes_of(parent);
    // For each variation the values of each option: one, or all that the product lists.
    let values = |child: &FileRow<'_>| -> Vec<Vec<Choice>> {
        let own = columns.attributes_of(child);
        let of = |name: &String| {
            let own = own.iter().find(|attribute| attribute.name == name);
            let own = own.filter(|attribute| !attribute.values.is_empty());
            if let Some(attribute) = own {
                // One value, in which a comma is escaped as in a list.
                let value = attribute.values.replace("\\,", ",");
                let place = Some(attribute.place);
                return vec![Choice { value, place }];
            }
            let listed = listed.iter().find(|attribute| attribute.name == name);
            let any = listed.map_or_else(Vec::new, |one| prose::entries(one.values, ','));
            let any = any.into_iter().map(|value| Choice { value, place: None });
            any.collect()
        };
        names.iter().map(of).collect()
    };
    let all: Vec<Vec<Vec<Choice>>> = children.iter().map(|child| values(child)).collect();
    let texts = |choices: &[Choice]| -> Vec<String> {
        choices.iter().map(|choice| choice.value.clone()).collect()
    };
    let exact = all
        .iter()
        .filter(|options| options.iter().all(|one| one.len() == 1));
    let mut taken: HashSet<Vec<String>> = exact
        .map(|options| options.iter().map(|one| one[0].value.clone()).collect())
        .collect();
    let mut planned = Vec::new();
    for (child, options) in children.iter().zip(&all) {
        let is_exact = options.iter().all(|one| one.len() == 1);
        let mut combined = combine(options);
        if !is_exact {
            combined.retain(|choices| taken.insert(texts(choices)));
            let any = names
                .iter()
                .zip(options)
                .find(|(_, values)| values.len() != 1);
            let note = Note::AnyValue {
                option: any.map_or_else(String::new, |(name, _)| name.clone()),
                count: combined.len(),
            };
            output.note(child.whole(), note);
        }
        let of = combined.len();
        let stock = stock(columns, child, parent);
        planned.extend(combined.into_iter().map(|choices| Planned {
            row: **child,
            choices,
            stock: stock.clone(),
            of,
        }));
    }
    planned
}

/// Every combination of one value of each option, up to a bound. An option without a value stays
/// empty, which the reader reports.
fn combine(options: &[Vec<Choice>]) -> Vec<Vec<Choice>> {
    let mut combined = vec![Vec::new()];
    for values in options {
        let none = [Choice::default()];
        let values = if values.is_empty() { &none[..] } else { values };
        let longer = combined.iter().flat_map(|start: &Vec<Choice>| {
            values.iter().map(move |value| {
                let mut choices = start.clone();
                choices.push(value.clone());
                choices
            })
        });
        combined = longer.take(ANY_VALUES_MAX).collect();
    }
    combined
}

/// Divides a stock that several variants share.
fn share(planned: &mut [Planned<'_>], parent: &FileRow<'_>, output: &mut Output) {
    let of_parent: Vec<usize> = (0..planned.len())
        .filter(|&place| planned[place].stock.of_parent)
        .collect();
    divide(planned, &of_parent, parent, output);
    let mut start = 0;
    while start < planned.len() {
        let end = start + planned[start].of;
        if !planned[start].stock.of_parent {
            let row = planned[start].row;
            divide(planned, &(start..end).collect::<Vec<_>>(), &row, output);
        }
        start = end;
    }
}

fn divide(planned: &mut [Planned<'_>], places: &[usize], row: &FileRow<'_>, output: &mut Output) {
    let [first, _, ..] = places else {
        return;
    };
    // What is no whole number is reported by the reader.
    let Ok(units) = planned[*first].stock.units.parse::<u64>() else {
        return;
    };
    let count = places.len() as u64;
    for (number, &place) in (0..).zip(places) {
        let share = units / count + u64::from(number < units % count);
        planned[place].stock.units = share.to_string();
    }
    output.note(row.whole(), Note::SharedStock(places.len()));
}
