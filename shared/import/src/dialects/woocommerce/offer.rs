//! What a row of WooCommerce sells: number, price, weight and stock.

use super::columns::{Field, WooColumns};
use crate::{
    Note,
    columns::Column,
    dialects::{
        amounts,
        model::{FileRow, ModelRow},
        translator::Output,
    },
};

/// What a row sells: number, price, weight. `parent` has what a variation leaves empty.
pub(super) fn offer(
    columns: &WooColumns,
    row: &FileRow<'_>,
    parent: &FileRow<'_>,
    output: &mut Output,
) -> ModelRow {
    let mut variant = ModelRow::new(row.line);
    variant.copy(Column::Sku, row, columns.at(Field::Sku));
    variant.copy(Column::Barcode, row, columns.at(Field::Gtin));
    let heavy = match row.get(columns.weight) {
        "" => parent,
        _ => row,
    };
    let weight = amounts::localised(heavy.get(columns.weight));
    if !weight.is_empty() {
        variant.set(Column::Weight, weight, heavy, columns.weight);
        variant.put(Column::WeightUnit, columns.weight_unit);
    }
    let (sale, regular) = (
        columns.at(Field::SalePrice),
        columns.at(Field::RegularPrice),
    );
    let dates = [columns.at(Field::SaleStarts), columns.at(Field::SaleEnds)];
    let for_days = dates.iter().any(|&place| !row.get(place).is_empty());
    let price = |place| amounts::localised(row.get(place));
    if row.get(sale).is_empty() || (for_days && !row.get(regular).is_empty()) {
        if !row.get(sale).is_empty() {
            output.note(row.place(sale), Note::SaleForDays);
        }
        variant.set(Column::Price, price(regular), row, regular);
    } else {
        variant.set(Column::Price, price(sale), row, sale);
        variant.set(Column::CompareAt, price(regular), row, regular);
    }
    variant
}

/// Whether a row has a price.
pub(super) fn is_priced(columns: &WooColumns, row: &FileRow<'_>) -> bool {
    let prices = [Field::SalePrice, Field::RegularPrice];
    prices
        .iter()
        .any(|&field| !row.get(columns.at(field)).is_empty())
}

/// The stock of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stock {
    /// As the cell has it; empty where it is not counted.
    pub(super) units: String,
    /// Whether it is the product's, shared by its variations.
    pub(super) of_parent: bool,
    counted: bool,
    backorder: bool,
}

/// Reads the stock of a row. WooCommerce counts where `Stock` has a number; else it only knows
/// whether there is any.
pub(super) fn stock(columns: &WooColumns, row: &FileRow<'_>, parent: &FileRow<'_>) -> Stock {
    let units = row.get(columns.at(Field::Stock));
    let of_parent = units.eq_ignore_ascii_case("parent");
    let owner = if of_parent { parent } else { row };
    let units = owner.get(columns.at(Field::Stock));
    let in_stock = owner.get(columns.at(Field::InStock)).to_lowercase();
    let allowed = owner.get(columns.at(Field::Backorders)).to_lowercase();
    let on_backorder = in_stock == "backorder" || in_stock == "onbackorder";
    let backorder = on_backorder || matches!(allowed.as_str(), "1" | "yes" | "notify" | "true");
    let nothing = matches!(in_stock.as_str(), "0" | "no" | "false") || on_backorder;
    let (units, counted) = match units {
        "" if nothing => ("0", true),
        "" => ("", false),
        units => (units, true),
    };
    Stock {
        units: units.to_owned(),
        of_parent,
        counted,
        backorder,
    }
}

impl Stock {
    /// Sets the cells of a variant.
    pub(super) fn write(&self, variant: &mut ModelRow, row: &FileRow<'_>, columns: &WooColumns) {
        let place = columns.at(Field::Stock).or(columns.at(Field::InStock));
        if place.is_none() {
            return;
        }
        variant.set(Column::Quantity, self.units.clone(), row, place);
        let tracker = if self.counted { "woocommerce" } else { "" };
        variant.set(Column::Tracker, tracker, row, place);
        let policy = if self.backorder { "continue" } else { "deny" };
        variant.set(Column::Policy, policy, row, columns.at(Field::Backorders));
    }
}
