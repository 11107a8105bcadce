//! The columns of Shopify's product CSV in its two dialects.
//!
//! Owns the names. A column is recognised by any of its names, in any case, so that a file that
//! was put together out of both dialects is read too; the dialect only decides what a missing
//! column is called. Sources: Shopify's help page on product CSV files and its templates of both
//! kinds; `Collection` is a column for imports only.

use crate::{Dialect, Meaning, Place, Reason, limits::OPTIONS_MAX, table::Broken};

/// A column that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Category,
    Type,
    Tags,
    Published,
    Status,
    Collection,
    Option1Name,
    Option2Name,
    Option3Name,
    Option1Value,
    Option2Value,
    Option3Value,
    Sku,
    Barcode,
    Grams,
    Weight,
    WeightUnit,
    Tracker,
    Quantity,
    Policy,
    Price,
    CompareAt,
    ImageSrc,
    ImagePosition,
    ImageAlt,
    VariantImage,
    GiftCard,
    SeoTitle,
    SeoDescription,
}

impl Column {
    /// The name of each option.
    pub(crate) const OPTION_NAMES: [Column; OPTIONS_MAX] = [
        Column::Option1Name,
        Column::Option2Name,
        Column::Option3Name,
    ];

    /// The value of each option.
    pub(crate) const OPTION_VALUES: [Column; OPTIONS_MAX] = [
        Column::Option1Value,
        Column::Option2Value,
        Column::Option3Value,
    ];
}

impl Column {
    /// The name in Shopify's classic product CSV.
    pub(crate) fn classic_name(self) -> &'static str {
        COLUMNS[self as usize].1[0]
    }
}

/// How many columns the model has.
pub(crate) const COUNT: usize = COLUMNS.len();

/// Each column, in the order of the enum, with its names: the classic one, the current one, then
/// others that were in use.
const COLUMNS: [(Column, &[&str]); 33] = [
    (Column::Handle, &["Handle", "URL handle"]),
    (Column::Title, &["Title", "Title"]),
    (Column::Body, &["Body (HTML)", "Description", "Body HTML"]),
    (Column::Vendor, &["Vendor", "Vendor"]),
    (
        Column::Category,
        &[
            "Product Category",
            "Product category",
            "Standardized Product Type",
            "Standard Product Type",
        ],
    ),
    (Column::Type, &["Type", "Type", "Custom Product Type"]),
    (Column::Tags, &["Tags", "Tags"]),
    (
        Column::Published,
        &["Published", "Published on online store"],
    ),
    (Column::Status, &["Status", "Status"]),
    (Column::Collection, &["Collection", "Collection"]),
    (Column::Option1Name, &["Option1 Name", "Option1 name"]),
    (Column::Option2Name, &["Option2 Name", "Option2 name"]),
    (Column::Option3Name, &["Option3 Name", "Option3 name"]),
    (Column::Option1Value, &["Option1 Value", "Option1 value"]),
    (Column::Option2Value, &["Option2 Value", "Option2 value"]),
    (Column::Option3Value, &["Option3 Value", "Option3 value"]),
    (Column::Sku, &["Variant SKU", "SKU"]),
    (Column::Barcode, &["Variant Barcode", "Barcode"]),
    (Column::Grams, &["Variant Grams", "Weight value (grams)"]),
    (Column::Weight, &["Variant Weight", "Weight"]),
    (
        Column::WeightUnit,
        &[
            "Variant Weight Unit",
            "Weight unit for display",
            "Weight unit",
        ],
    ),
    (
        Column::Tracker,
        &["Variant Inventory Tracker", "Inventory tracker"],
    ),
    (
        Column::Quantity,
        &[
            "Variant Inventory Qty",
            "Inventory quantity",
            "Variant Inventory Quantity",
        ],
    ),
    (
        Column::Policy,
        &[
            "Variant Inventory Policy",
            "Continue selling when out of stock",
        ],
    ),
    (Column::Price, &["Variant Price", "Price"]),
    (
        Column::CompareAt,
        &[
            "Variant Compare At Price",
            "Compare-at price",
            "Compare at price",
        ],
    ),
    (Column::ImageSrc, &["Image Src", "Product image URL"]),
    (Column::ImagePosition, &["Image Position", "Image position"]),
    (Column::ImageAlt, &["Image Alt Text", "Image alt text"]),
    (
        Column::VariantImage,
        &["Variant Image", "Variant image URL"],
    ),
    (Column::GiftCard, &["Gift Card", "Gift card"]),
    (Column::SeoTitle, &["SEO Title", "SEO title"]),
    (
        Column::SeoDescription,
        &["SEO Description", "SEO description"],
    ),
];

/// Columns of Shopify that have no meaning here.
const IGNORED: [&str; 23] = [
    "Charge tax",
    "Cost per item",
    "Fulfillment service",
    "Option1 Linked To",
    "Option2 Linked To",
    "Option3 Linked To",
    "Published Scope",
    "Requires shipping",
    "Tax code",
    "Template Suffix",
    "Unit price base measure",
    "Unit price base measure unit",
    "Unit price total measure",
    "Unit price total measure unit",
    "Variant Cost",
    "Variant Fulfillment Service",
    "Variant Requires Shipping",
    "Variant Tax Code",
    "Variant Taxable",
    "Variant Unit Price Base Measure",
    "Variant Unit Price Base Measure Unit",
    "Variant Unit Price Total Measure",
    "Variant Unit Price Total Measure Unit",
];

/// Beginnings of Shopify's columns of which there is one for each market or channel.
const IGNORED_PREFIXES: [&str; 6] = [
    "Included / ",
    "Price / ",
    "Compare At Price / ",
    "Compare-at price / ",
    "Google Shopping / ",
    "Variant Metafield: ",
];

/// Columns without which a file is no product CSV.
const ESSENTIAL: [Column; 3] = [Column::Handle, Column::Title, Column::Price];

/// Where each column stands in a file.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) dialect: Dialect,
    /// For each of [`COLUMNS`], its place in the row.
    places: [Option<usize>; COLUMNS.len()],
    header: Vec<String>,
    /// The header of the file, where it is not Shopify's.
    file_header: Vec<String>,
    no_quantities: bool,
    /// What became of the columns of the file that mean something here.
    pub(crate) meanings: Vec<Meaning>,
    pub(crate) ignored: Vec<String>,
    pub(crate) unknown: Vec<String>,
}

/// Columns of a file of another system, by what they become.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Places in the file's header; a column may become several, and several may become one. The
    /// first of several is named where a cell is missing.
    pub(crate) becomes: Vec<(Column, usize)>,
    /// Further columns with what they mean.
    pub(crate) others: Vec<(usize, &'static str)>,
    /// Columns that the other system has and that mean nothing here.
    pub(crate) ignored: Vec<usize>,
    /// Whether the file only says if there is stock, not how much.
    pub(crate) no_quantities: bool,
}

impl Columns {
    /// Recognises a header.
    ///
    /// # Errors
    /// When it is none of a product CSV, lacks an essential column, or has a column twice.
    pub(crate) fn find(header: &[String]) -> Result<Self, Broken> {
        let mut columns = Columns {
            // A header of words that both dialects share is read as the classic one.
            dialect: dialect_of(header).unwrap_or(Dialect::Classic),
            places: [None; COLUMNS.len()],
            header: header.to_vec(),
            file_header: Vec::new(),
            no_quantities: false,
            meanings: Vec::new(),
            ignored: Vec::new(),
            unknown: Vec::new(),
        };
        for (place, name) in header.iter().enumerate() {
            if name.is_empty() {
                continue;
            }
            let known = COLUMNS.iter().position(|(_, names)| is_any(name, names));
            match known {
                Some(index) => {
                    if let Some(first) = columns.places[index].replace(place) {
                        let reason = Reason::ColumnTwice(header[first].clone());
                        return Err(broken(Some(name), reason));
                    }
                    columns.meanings.push(Meaning {
                        column: name.clone(),
                        becomes: COLUMNS[index].0.meaning().to_owned(),
                    });
                }
                None if is_ignored(name) => columns.ignored.push(name.clone()),
                None => columns.unknown.push(name.clone()),
            }
        }
        let missing = ESSENTIAL.into_iter().find(|&column| !columns.has(column));
        match missing {
            Some(column) => Err(broken(None, columns.missing(column))),
            None => Ok(columns),
        }
    }

    /// Whether a column is missing without which nothing can be read.
    pub(crate) fn lack(header: &[String]) -> bool {
        let has = |column: &Column| {
            let names = COLUMNS[*column as usize].1;
            header.iter().any(|name| is_any(name, names))
        };
        !ESSENTIAL.iter().all(has)
    }

    /// The columns of rows that are made of a file of another system: each has its place in the
    /// order of [`Column`], whatever the file's header is.
    pub(crate) fn made_of(dialect: Dialect, file_header: &[String], sources: Sources) -> Self {
        let mut columns = Columns {
            dialect,
            places: [None; COLUMNS.len()],
            header: COLUMNS
                .iter()
                .map(|(_, names)| names[0].to_owned())
                .collect(),
            file_header: file_header.to_vec(),
            no_quantities: sources.no_quantities,
            meanings: Vec::new(),
            ignored: Vec::new(),
            unknown: Vec::new(),
        };
        let source_of = |column: Column| sources.becomes.iter().find(|(own, _)| *own == column);
        for (index, (column, _)) in COLUMNS.into_iter().enumerate() {
            let source = source_of(column);
            if let Some(&(_, place)) = source {
                columns.header[index].clone_from(&file_header[place]);
            }
            // Only of these two it matters whether the file has them at all.
            let may_lack = matches!(column, Column::Quantity | Column::Tracker);
            if source.is_some() || !may_lack {
                columns.places[index] = Some(index);
            }
        }
        for (place, name) in file_header.iter().enumerate() {
            if name.is_empty() {
                continue;
            }
            let own = sources.becomes.iter().filter(|(_, other)| *other == place);
            let mut meanings: Vec<&str> = own.map(|(column, _)| column.meaning()).collect();
            let others = sources.others.iter().filter(|(other, _)| *other == place);
            meanings.extend(others.map(|(_, meaning)| *meaning));
            if !meanings.is_empty() {
                columns.meanings.push(Meaning {
                    column: name.clone(),
                    becomes: meanings.join("; "),
                });
            } else if sources.ignored.contains(&place) {
                columns.ignored.push(name.clone());
            } else {
                columns.unknown.push(name.clone());
            }
        }
        columns
    }

    /// Whether the file says how much stock there is.
    pub(crate) fn has_quantities(&self) -> bool {
        self.has(Column::Quantity) && !self.no_quantities
    }

    /// The name of a column of the file that rows are made of.
    pub(crate) fn file_name(&self, place: u16) -> &str {
        self.file_header
            .get(usize::from(place))
            .map_or("", String::as_str)
    }

    /// How many columns the file has.
    pub(crate) fn count(&self) -> usize {
        self.header.len()
    }

    /// Whether the file has the column.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// The place of the column in a row.
    pub(crate) fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }

    /// What the column is called in the file, or in its dialect where the file has it not.
    pub(crate) fn name(&self, column: Column) -> &str {
        match self.place(column) {
            Some(place) => &self.header[place],
            None => self.dialect_name(column),
        }
    }

    fn dialect_name(&self, column: Column) -> &'static str {
        let names = COLUMNS[column as usize].1;
        match self.dialect {
            Dialect::Current => names[1],
            Dialect::Classic
            | Dialect::WooCommerce
            | Dialect::Medusa1
            | Dialect::Medusa2
            | Dialect::Vendure
            | Dialect::Google => names[0],
        }
    }

    fn missing(&self, column: Column) -> Reason {
        Reason::MissingColumn {
            column: self.dialect_name(column),
            file: self.dialect.name(),
        }
    }
}

/// How many names of a header are Shopify's, and whether one of them is only Shopify's.
pub(crate) fn recognised(header: &[String]) -> (usize, bool) {
    let known =
        |name: &&String| COLUMNS.iter().any(|(_, names)| is_any(name, names)) || is_ignored(name);
    let count = header.iter().filter(known).count();
    (count, dialect_of(header).is_some())
}

fn broken(column: Option<&String>, reason: Reason) -> Broken {
    let place = Place {
        line: Some(1),
        column: column.cloned(),
        ..Place::file(crate::Source::Products)
    };
    (place, reason)
}

/// The dialect with more names that only it has; the classic one where they are even. None for a
/// header with neither.
fn dialect_of(header: &[String]) -> Option<Dialect> {
    let count = |dialect: usize| {
        let own = COLUMNS
            .iter()
            .filter(|(_, names)| !names[0].eq_ignore_ascii_case(names[1]))
            .filter(|(_, names)| {
                header
                    .iter()
                    .any(|name| is_any(name, &names[dialect..=dialect]))
            });
        own.count()
    };
    match (count(0), count(1)) {
        (0, 0) => None,
        (classic, current) if classic >= current => Some(Dialect::Classic),
        _ => Some(Dialect::Current),
    }
}

fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_ignored(name: &str) -> bool {
    let begins = |prefix: &&str| {
        let head = name.get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    // A metafield's column is "Name (product.metafields.namespace.key)".
    is_any(name, &IGNORED) || IGNORED_PREFIXES.iter().any(begins) || name.contains(".metafields.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn both_dialects_are_told_apart() {
        let cases = [
            ("Handle,Title,Variant Price", Dialect::Classic),
            ("Title,URL handle,Price", Dialect::Current),
            ("title,url handle,PRICE,sku", Dialect::Current),
            ("Handle,Title,Price", Dialect::Classic),
        ];
        for (names, dialect) in cases {
            assert_eq!(
                Columns::find(&header(names)).unwrap().dialect,
                dialect,
                "{names}"
            );
        }
    }

    #[test]
    fn a_missing_column_is_named_as_in_the_dialect() {
        let reason = |names: &str| Columns::find(&header(names)).unwrap_err().1;
        let column = |names: &str| match reason(names) {
            Reason::MissingColumn { column, .. } => column,
            other => panic!("{names}: {other:?}"),
        };
        assert_eq!(column("Handle,Title,Variant SKU"), "Variant Price");
        assert_eq!(column("URL handle,Title,SKU"), "Price");
        assert_eq!(column("URL handle,Description,Price"), "Title");
        assert_eq!(column("Title,SKU,Price"), "URL handle");
    }

    #[test]
    fn a_column_with_one_meaning_stands_once() {
        let (place, reason) =
            Columns::find(&header("Handle,Title,Variant Price,Price")).unwrap_err();
        assert_eq!(place.column.as_deref(), Some("Price"));
        assert_eq!(reason, Reason::ColumnTwice("Variant Price".into()));
    }

    #[test]
    fn other_columns_are_sorted_into_known_and_unknown() {
        let names = "Handle,Title,Variant Price,Variant Taxable,Google Shopping / MPN,\
                     Included / United States,Price / International,Compare At Price / EU,\
                     Color (product.metafields.shopify.color-pattern),Varient SKU,,Shelf";
        let columns = Columns::find(&header(names)).unwrap();
        assert_eq!(columns.ignored.len(), 6);
        assert_eq!(columns.unknown, ["Varient SKU", "Shelf"]);
    }

    #[test]
    fn every_column_has_two_names_and_no_name_stands_twice() {
        for (place, (column, names)) in COLUMNS.into_iter().enumerate() {
            assert_eq!(column as usize, place, "{column:?}");
            assert!(names.len() >= 2, "{column:?}");
            for name in names {
                let owners = COLUMNS.iter().filter(|(_, names)| is_any(name, names));
                assert_eq!(owners.count(), 1, "{name}");
                assert!(!is_ignored(name), "{name}");
            }
        }
    }
}
