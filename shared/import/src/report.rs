//! What an import reports: errors, warnings and counts, each with its place in a file.
//!
//! Owns the texts. They name what was found and what to do, for a reader who has the file open in
//! a spreadsheet. Lines count from 1, the header, as text editors count them: a cell with line
//! breaks takes several.

use std::fmt;

use souk_domain::{Currency, NameError, SALE_SKU_PREFIX};

use crate::{Place, Warning};

/// Which system wrote the product file, as its header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `Handle`, `Body (HTML)`, `Variant SKU`, `Variant Price`.
    Classic,
    /// `URL handle`, `Description`, `SKU`, `Price`; Shopify's since 2024.
    Current,
    /// WooCommerce's product CSV: `Type`, `Regular price`, `Attribute 1 name`.
    WooCommerce,
    /// Medusa 1's product CSV: `Product Handle`, `Option 1 Name`, `Price USD` in minor units.
    Medusa1,
    /// Medusa 2's product CSV: `Product Handle`, `Variant Option 1 Name`, `Variant Price USD`.
    Medusa2,
    /// Vendure's product import: `name`, `optionGroups`, `optionValues`.
    Vendure,
    /// A product feed of Google Merchant Center: `id`, `item_group_id`, `image_link`.
    Google,
}

/// What became of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// As the header writes it.
    pub column: String,
    /// In plain words.
    pub becomes: String,
}

/// Something that the import refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: Reason,
}

/// Everything that an import refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportErrors {
    /// In the order of the files; at least one, at most [`ERRORS_MAX`](crate::limits::ERRORS_MAX).
    pub errors: Vec<ImportError>,
    /// Whether reading stopped at the bound, so that there may be more.
    pub stopped: bool,
}

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The reader failed.
    #[error("the file cannot be read: {0}")]
    Read(String),
    /// No header.
    #[error("the file is empty")]
    EmptyFile,
    /// Excel's "Unicode text".
    #[error("the file is UTF-16; save it as \"CSV UTF-8\"")]
    Utf16,
    /// Some older encoding, or no text.
    #[error("the file is not UTF-8 text; save it as \"CSV UTF-8\"")]
    NotUtf8,
    /// A ZIP archive, such as XLSX.
    #[error("the file is a workbook or an archive; export it as \"CSV UTF-8\"")]
    Archive,
    /// NUL bytes.
    #[error("the file is not text; export it as \"CSV UTF-8\"")]
    Binary,
    /// Probably an open quotation mark.
    #[error("the row is longer than {0} bytes; a quotation mark is probably never closed")]
    RowTooLong(u64),
    /// The file ends inside a cell.
    #[error(
        "a quotation mark opens a cell here and is never closed; within a cell, write it twice"
    )]
    OpenQuote,
    /// A cell goes on in further lines, and ends at a quotation mark that text follows.
    #[error(
        "a quotation mark opens a cell here, and the next one is in line {0}: one is missing, or \
         within a cell and not written twice"
    )]
    StrayQuote(u64),
    /// More cells than columns.
    #[error("the row has {found} cells for {columns} columns; a comma is probably not quoted")]
    TooManyCells {
        /// Cells of the row.
        found: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// A header of no product file that is read.
    #[error("{0}")]
    UnknownDialect(String),
    /// A price in another currency than the shop's.
    #[error("the price is in {found}, and the shop sells in {shop}; give the prices in {shop}")]
    OtherCurrency {
        /// What the file has.
        found: String,
        /// The shop's.
        shop: Currency,
    },
    /// An essential column.
    #[error("the column '{column}' is missing in the {file}")]
    MissingColumn {
        /// Its name in the dialect of the file.
        column: &'static str,
        /// What kind of file was recognised.
        file: &'static str,
    },
    /// Two columns with one meaning.
    #[error("the column stands twice, also as '{0}'")]
    ColumnTwice(String),
    /// Nothing where something is needed.
    #[error("is empty")]
    Empty,
    /// Over a bound of characters.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// Over a bound of bytes.
    #[error("is longer than {0} bytes")]
    TooManyBytes(usize),
    /// Over a bound of things.
    #[error("there are more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// Not a handle or a SKU.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A SKU that only sales have.
    #[error("begins with '{SALE_SKU_PREFIX}', as the SKUs of sales do; choose another SKU")]
    SkuOfSales,
    /// Not a price.
    #[error("is not an amount; write digits with a decimal point and no separators, such as {0}")]
    NotAmount(&'static str),
    /// Below zero.
    #[error("is negative")]
    Negative,
    /// Decimals that the currency does not have.
    #[error("has more than the {digits} decimals of {currency}")]
    TooManyDecimals {
        /// The currency's minor digits.
        digits: u32,
        /// The currency.
        currency: Currency,
    },
    /// Over the bound of a number.
    #[error("is above {0}")]
    TooLarge(i64),
    /// Not a whole number.
    #[error("is not a whole number")]
    NotWhole,
    /// Not a number.
    #[error("is not a number")]
    NotNumber,
    /// Not one of the words that the column takes.
    #[error("is none of {0}")]
    NotOneOf(&'static str),
    /// A product that was already finished.
    #[error("the product already stands at line {0}; the rows of a product belong together")]
    HandleTwice(u64),
    /// A handle of which a spreadsheet has dropped the digits.
    #[error(
        "a spreadsheet has shortened this number, and its digits are lost; export the file again \
         and open it with this column as text"
    )]
    ShortenedNumber,
    /// A variant of the same product with the same values.
    #[error("the variant has the same option values as that at line {0}")]
    VariantTwice(u64),
    /// A value for an option without a name.
    #[error("the option has a value, but the product's first row does not name it")]
    OptionWithoutName,
    /// Another name than on the first row.
    #[error("the product's first row names this option '{0}'")]
    OptionRenamed(String),
    /// Two options of one product have the same name.
    #[error("two options of the product have this name")]
    OptionTwice,
    /// A picture that may not be shown or was not found.
    #[error("the picture cannot be taken: {0}")]
    Picture(String),
    /// A collection that was already defined.
    #[error("the collection already stands at line {0}")]
    CollectionTwice(u64),
    /// Not an address that can move.
    #[error("is no path of the shop, such as /pages/about, without '?' and '#'")]
    RedirectFrom,
    /// Not an address to send shoppers to.
    #[error("is neither a path of the shop, such as /products/mug, nor an https:// address")]
    RedirectTo,
    /// A query that tells pages apart.
    #[error(
        "only paths are redirected, and this one means other pages with other values after '?'"
    )]
    RedirectQuery,
    /// An address that already moved, to elsewhere.
    #[error("the address is already redirected at line {0}, to another target")]
    RedirectTwice(u64),
    /// Redirects that lead to one another and to no page.
    #[error("the redirect leads in a circle and to no page, by way of line {0}")]
    RedirectLoop(u64),
}

/// Products that were left out, by the first reason that holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skipped {
    /// `Status` is `draft`.
    pub draft: usize,
    /// `Status` is `archived`.
    pub archived: usize,
    /// `Status` is `unlisted`: only to be found by its address, which is not supported.
    pub unlisted: usize,
    /// `Published` is false.
    pub unpublished: usize,
    /// `Gift Card` is true, which is not supported.
    pub gift_cards: usize,
    /// Kinds of product that only another system has: bundles, products of other shops.
    pub other_kinds: usize,
    /// Something is wrong with it: see [`Report::faults`].
    pub faulty: usize,
}

/// What was read, left out and changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The header that was found.
    pub dialect: Dialect,
    /// Products in the catalogue.
    pub products: usize,
    /// Variants in the catalogue.
    pub variants: usize,
    /// Products that are not in it.
    pub skipped: Skipped,
    /// Variants without a SKU of their own.
    pub derived_skus: usize,
    /// Variants whose stock is not tracked; they can always be sold.
    pub untracked: usize,
    /// Texts that got a translation.
    pub translated: usize,
    /// What became of the columns that mean something here, in the order of the file.
    pub columns: Vec<Meaning>,
    /// Columns of the system that have no meaning here, as the header writes them.
    pub ignored_columns: Vec<String>,
    /// Columns that the system does not have either; perhaps a mistake in writing.
    pub unknown_columns: Vec<String>,
    /// Merchant's SKUs that several variants have.
    pub repeated_skus: usize,
    /// What kept products, collections, translations and redirects out of the catalogue: at most
    /// [`FAULTS_MAX`](crate::limits::FAULTS_MAX), in the order in which they came up.
    pub faults: Vec<ImportError>,
    /// Faults beyond those.
    pub faults_left_out: usize,
    /// At most [`WARNINGS_MAX`](crate::limits::WARNINGS_MAX), in the order in which they came up.
    pub warnings: Vec<Warning>,
    /// Warnings beyond those.
    pub warnings_left_out: usize,
}

impl Skipped {
    /// All together.
    pub fn total(&self) -> usize {
        let Self {
            draft,
            archived,
            unlisted,
            unpublished,
            gift_cards,
            other_kinds,
            faulty,
        } = self;
        draft + archived + unlisted + unpublished + gift_cards + other_kinds + faulty
    }
}

impl Dialect {
    /// What a file of it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Classic => "classic Shopify product CSV (with 'Handle')",
            Dialect::Current => "current Shopify product CSV (with 'URL handle')",
            Dialect::WooCommerce => "WooCommerce product CSV",
            Dialect::Medusa1 => "Medusa 1 product CSV",
            Dialect::Medusa2 => "Medusa 2 product CSV",
            Dialect::Vendure => "Vendure product import CSV",
            Dialect::Google => "Google Merchant Center product feed",
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.reason)
    }
}

impl fmt::Display for ImportErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} errors, nothing was imported:", self.errors.len())?;
        for error in &self.errors {
            writeln!(out, "  {error}")?;
        }
        if self.stopped {
            writeln!(out, "  reading stopped here; there may be more")?;
        }
        Ok(())
    }
}

impl std::error::Error for ImportError {}
impl std::error::Error for ImportErrors {}
