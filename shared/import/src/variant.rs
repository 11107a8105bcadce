//! Variant rows: what is counted and sold.
//!
//! Owns prices, weights, option values and stock of one row. A row is read to its end, so
//! that the report lists all of its errors at once.
//!
//! Not here: what tells variants with one SKU apart (`identity`).

use souk_catalogue::{Text, Variant};
use souk_domain::{SALE_SKU_PREFIX, Sku};

use crate::{
    Note, Reason,
    columns::Column,
    context::Context,
    draft::{Draft, StockRow, VariantRow},
    limits::{NAME_CHARS_MAX, VARIANTS_PER_PRODUCT_MAX},
    numbers,
    rows::Row,
    text, truth,
};

/// Whether a row that is not the first of its product is a variant.
pub(crate) fn is_in(row: Row<'_>) -> bool {
    Column::OPTION_VALUES
        .into_iter()
        .chain([Column::Sku, Column::Price])
        .any(|column| row.some(column).is_some())
}

/// Whether it is the value of a product without a choice.
pub(crate) fn is_default_value(value: &str) -> bool {
    value.eq_ignore_ascii_case("Default Title")
}

/// Reads the variant of a row into its product.
pub(crate) fn read(draft: &mut Draft, row: Row<'_>, context: &mut Context<'_>) {
    let (what, max) = ("variants of one product", VARIANTS_PER_PRODUCT_MAX);
    if draft.variants.len() >= max {
        // Reported once, at the first row beyond the bound.
        if !draft.too_many_variants {
            draft.too_many_variants = true;
            context
                .problems
                .error(row.whole(), Reason::TooMany { what, max });
        }
        return;
    }
    let values = option_values(draft, row, context);
    let (price, compare_at) = prices(row, context);
    let weight = weight_g(row, context);
    let (stock, backorder) = stock(row, context);
    let sku = sku(row, context);
    let barcode = barcode(row, context);
    let picture = draft.add_variant_picture(row, context);
    let (Some(values), Some(price)) = (values, price) else {
        return;
    };
    let slug = draft.slug.as_str();
    let text = |value: String| {
        let translations = context.translations.option_value(slug, &value);
        Text::translated(value, translations)
    };
    let texts = values.into_iter().map(text).collect();
    draft.variants.push(VariantRow {
        variant: Variant {
            sku,
            option_values: texts,
            price_minor: price,
            compare_at_minor: compare_at,
            weight_g: weight,
            media: None,
            backorder,
            barcode,
            merchant_sku: None,
            selling: None,
            prior_minor: None,
        },
        stock,
        picture,
    });
}

/// One value for each option of the product; none after an error.
fn option_values(draft: &Draft, row: Row<'_>, context: &mut Context<'_>) -> Option<Vec<String>> {
    let problems = &mut context.problems;
    let mut values = Vec::with_capacity(draft.options.len());
    let mut complete = true;
    for (place, column) in Column::OPTION_VALUES.into_iter().enumerate() {
        let value = row.get(column);
        let option = draft.options.iter().find(|(other, _)| *other == place);
        let read = match option {
            Some(_) if value.is_empty() => Err(Reason::Empty),
            Some((_, name)) => {
                let column = Column::OPTION_NAMES[place];
                let again = text::line(row.get(column), NAME_CHARS_MAX).unwrap_or_default();
                if !again.is_empty() && again.to_lowercase() != name.to_lowercase() {
                    problems.error(row.place(column), Reason::OptionRenamed(name.clone()));
                    complete = false;
                }
                text::line(value, NAME_CHARS_MAX).map(Some)
            }
            None if value.is_empty() || (place == 0 && is_default_value(value)) => Ok(None),
            None => Err(Reason::OptionWithoutName),
        };
        match row.check(column, read, problems) {
            Some(value) => values.extend(value),
            None => complete = false,
        }
    }
    if !complete {
        return None;
    }
    let same = draft.variants.iter().find(|other| {
        let texts = other.variant.option_values.iter().map(|text| &text.base);
        texts.eq(&values)
    });
    if let Some(same) = same {
        let column = Column::Option1Value;
        problems.error(row.place(column), Reason::VariantTwice(same.stock.line));
        return None;
    }
    Some(values)
}

/// The price and the one it is compared with.
fn prices(row: Row<'_>, context: &mut Context<'_>) -> (Option<i64>, Option<i64>) {
    let currency = context.options.currency;
    let problems = &mut context.problems;
    let price = match row.some(Column::Price) {
        Some(text) => numbers::price(text, currency),
        None => Err(Reason::Empty),
    };
    let price = row.check(Column::Price, price, problems);
    let compare_at = row.some(Column::CompareAt).and_then(|text| {
        let compare_at = numbers::price(text, currency);
        row.check(Column::CompareAt, compare_at, problems)
    });
    match (price, compare_at) {
        (Some(price), Some(compare_at)) if compare_at <= price => {
            row.warn(Column::CompareAt, Note::CompareAtNotAbove, problems);
            (Some(price), None)
        }
        _ => (price, compare_at),
    }
}

/// Grams where the file has them; else the weight in its unit.
fn weight_g(row: Row<'_>, context: &mut Context<'_>) -> u32 {
    let (column, text, unit) = match (row.some(Column::Grams), row.some(Column::Weight)) {
        (Some(grams), _) => (Column::Grams, grams, "g"),
        (None, Some(weight)) => (Column::Weight, weight, row.get(Column::WeightUnit)),
        (None, None) => return 0,
    };
    let weight = numbers::weight_g(text, unit);
    let column = match weight {
        Err(Reason::NotOneOf(_)) => Column::WeightUnit,
        _ => column,
    };
    row.check(column, weight, &mut context.problems)
        .unwrap_or_default()
}

/// The quantity, never negative, and whether more may be sold.
fn stock(row: Row<'_>, context: &mut Context<'_>) -> (StockRow, bool) {
    let problems = &mut context.problems;
    let quantity = match row.some(Column::Quantity) {
        Some(text) => row.check(Column::Quantity, numbers::quantity(text), problems),
        None => Some(context.options.default_quantity),
    };
    let quantity = quantity.unwrap_or_default();
    if quantity < 0 {
        row.warn(Column::Quantity, Note::NegativeQuantity, problems);
    }
    let policy = row.get(Column::Policy).to_ascii_lowercase();
    let backorder = match (policy.as_str(), truth::read(&policy)) {
        ("" | "deny", _) => false,
        ("continue", _) => true,
        (_, Some(truth)) => truth,
        (_, None) => {
            let reason = Reason::NotOneOf("deny, continue, true, false");
            problems.error(row.place(Column::Policy), reason);
            false
        }
    };
    let untracked = row.columns.has(Column::Tracker) && row.get(Column::Tracker).is_empty();
    let stock = StockRow {
        quantity: quantity.max(0),
        line: row.line,
        untracked,
    };
    (stock, backorder || untracked)
}

fn barcode(row: Row<'_>, context: &mut Context<'_>) -> Option<String> {
    let text = unquoted(row.some(Column::Barcode)?);
    if numbers::is_shortened(text) {
        row.warn(
            Column::Barcode,
            Note::ShortenedBarcode,
            &mut context.problems,
        );
        return None;
    }
    let barcode = text::line(text, NAME_CHARS_MAX);
    row.check(Column::Barcode, barcode, &mut context.problems)
}

/// The SKU that the merchant wrote; empty where there is none.
fn sku(row: Row<'_>, context: &mut Context<'_>) -> String {
    let Some(text) = row.some(Column::Sku).map(unquoted) else {
        return String::new();
    };
    if numbers::is_shortened(text) {
        row.warn(Column::Sku, Note::ShortenedNumber, &mut context.problems);
    }
    let sku = match Sku::parse(text) {
        Ok(sku) if sku.as_str().starts_with(SALE_SKU_PREFIX) => Err(Reason::SkuOfSales),
        sku => sku.map_err(Reason::Name),
    };
    let sku = row.check(Column::Sku, sku, &mut context.problems);
    sku.map_or_else(String::new, |sku| sku.to_string())
}

/// Exports write an apostrophe before digits, so that a spreadsheet does not take them for a
/// number.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits,
        _ => text,
    }
}
