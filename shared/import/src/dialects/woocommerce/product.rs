//! A product of WooCommerce: its own cells, and what its variants share.

use super::{
    columns::{Field, WooColumns},
    offer::{offer, stock},
    variations,
};
use crate::{
    columns::Column,
    dialects::{
        model::{Assembly, FileRow, ModelRow, PictureCell},
        prose,
        translator::Output,
    },
};

/// Names of the category that WooCommerce gives to products without one.
const NO_CATEGORY: [&str; 5] = [
    "uncategorized",
    "uncategorised",
    "unkategorisiert",
    "non classé",
    "未分类",
];

/// The rows of a product.
pub(super) struct Parts<'a> {
    pub(super) columns: &'a WooColumns,
    pub(super) row: FileRow<'a>,
    /// None for a product that is sold as it is.
    pub(super) variations: Option<Vec<FileRow<'a>>>,
}

impl Parts<'_> {
    /// Puts the product together.
    pub(super) fn assemble(self, handle: String, output: &mut Output) -> Assembly {
        let (columns, row) = (self.columns, &self.row);
        let mut product = ModelRow::new(row.line);
        let mut choice = Vec::new();
        let variants = match &self.variations {
            Some(children) => {
                let made = variations::read(columns, row, children, &mut product, output);
                choice = made.options;
                made.variants
            }
            None => {
                let mut variant = offer(columns, row, row, output);
                stock(columns, row, row).write(&mut variant, row, columns);
                vec![variant]
            }
        };
        texts(columns, row, &choice, &mut product);
        let images = columns.at(Field::Images);
        let pictures = prose::entries(row.get(images), ',');
        let pictures = pictures
            .iter()
            .map(|address| PictureCell::new(address, row, images));
        Assembly {
            handle,
            product,
            pictures: pictures.collect(),
            variants,
        }
    }
}

fn texts(columns: &WooColumns, row: &FileRow<'_>, options: &[String], product: &mut ModelRow) {
    product.copy(Column::Title, row, columns.at(Field::Name));
    let attributes = columns.attributes_of(row);
    let facts = attributes.iter().filter(|attribute| {
        let is_option = options.iter().any(|option| option == attribute.name);
        attribute.shown && !attribute.values.is_empty() && !is_option
    });
    let facts: Vec<_> = facts
        .map(|attribute| {
            let values = prose::entries(attribute.values, ',').join(", ");
            (attribute.name.to_owned(), values)
        })
        .collect();
    let body = prose::stacked(&[
        prose::wordpress(row.get(columns.at(Field::Short))),
        prose::wordpress(row.get(columns.at(Field::Description))),
        prose::facts(&facts),
    ]);
    product.set(Column::Body, body, row, columns.at(Field::Description));
    let brands = prose::entries(row.get(columns.at(Field::Brands)), ',');
    let brand = brands.first().cloned().unwrap_or_default();
    product.set(Column::Vendor, brand, row, columns.at(Field::Brands));
    let tags = prose::entries(row.get(columns.at(Field::Tags)), ',');
    let tags = prose::list(tags.iter().map(String::as_str), ',');
    product.set(Column::Tags, tags, row, columns.at(Field::Tags));
    let categories = collections(row.get(columns.at(Field::Categories)));
    product.set(
        Column::Collection,
        categories,
        row,
        columns.at(Field::Categories),
    );
    let published = columns.at(Field::Published);
    match row.get(published) {
        "-1" => product.set(Column::Status, "draft", row, published),
        "0" => product.set(Column::Published, "false", row, published),
        "1" | "" => {}
        // The reader says what is wrong with it.
        other => product.set(Column::Published, other, row, published),
    }
    let visibility = columns.at(Field::Visibility);
    if row.get(visibility) == "hidden" && row.get(published) != "-1" {
        product.set(Column::Status, "unlisted", row, visibility);
    }
}

/// `Clothing > Hoodies, Sale` are the collections Hoodies, Clothing and Sale: a category shows
/// what those below it have.
fn collections(cell: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for path in prose::entries(cell, ',') {
        for name in path.rsplit('>').map(str::trim) {
            let none = name.is_empty() || NO_CATEGORY.contains(&name.to_lowercase().as_str());
            if !none && !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        }
    }
    prose::collections(names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_shows_what_those_below_it_have() {
        let cases = [
            ("Clothing > Hoodies, Sale", "Hoodies; Clothing; Sale"),
            ("Uncategorized", ""),
            ("Tea, Tea > Green", "Tea; Green"),
            (r"Bed\, Bath, Unkategorisiert", "Bed, Bath"),
        ];
        for (cell, list) in cases {
            assert_eq!(collections(cell), list, "{cell}");
        }
    }
}
