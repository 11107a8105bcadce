//! What an import changed or passed over, each with its place: warnings, which stop nothing.

use std::fmt;

use crate::Place;

/// Something that was changed or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What was done.
    pub note: Note,
}

/// What was done, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Oversold stock.
    #[error("negative quantity (oversold stock) taken as 0")]
    NegativeQuantity,
    /// No reduction.
    #[error("compare-at price dropped: it is not above the price")]
    CompareAtNotAbove,
    /// No column of quantities.
    #[error("no column of quantities; every variant gets {0}")]
    NoQuantities(i64),
    /// Insecure addresses.
    #[error("http: address changed to https:")]
    Upgraded,
    /// Text for machines over its bound.
    #[error("cut to {0} characters")]
    Cut(usize),
    /// A row with neither variant nor picture.
    #[error("row without variant and picture passed over")]
    NothingInRow,
    /// A handle that an address cannot hold as it is written.
    #[error("the handle became '{0}'")]
    HandleRewritten(String),
    /// The same product once more, under a handle that differs in case or beside another title.
    #[error(
        "the product already stands at line {0} (handles are compared without case); row passed over"
    )]
    ProductAgain(u64),
    /// A merchant's SKU of several variants, each of which has its own stock.
    #[error(
        "{variants} variants have this SKU ({products}); each is sold from a stock of its own, and \
         `--shared-skus` gives them one"
    )]
    SkuRepeated {
        /// How many.
        variants: usize,
        /// The handles of their products; some of many.
        products: String,
    },
    /// A merchant's SKU of several variants, which are sold from one stock.
    #[error("{variants} variants have this SKU ({products}) and share one stock of {quantity}")]
    SkuShared {
        /// How many.
        variants: usize,
        /// The handles of their products; some of many.
        products: String,
        /// Units: the lowest count of the file.
        quantity: i64,
    },
    /// Variants that cannot share a stock.
    #[error(
        "{variants} variants have this SKU ({products}) and cannot share a stock, since they {why}; \
         each has its own"
    )]
    SkuNotShared {
        /// How many.
        variants: usize,
        /// The handles of their products; some of many.
        products: String,
        /// What keeps them apart.
        why: &'static str,
    },
    /// A number that a spreadsheet has shortened, where it does no harm.
    #[error("a spreadsheet has shortened this number, and its digits are lost; taken as it is")]
    ShortenedNumber,
    /// A barcode that nothing can scan.
    #[error("a spreadsheet has shortened this number, and its digits are lost; barcode dropped")]
    ShortenedBarcode,
    /// What the clean-up of a text took away.
    #[error("left out of the text, since a page of the shop cannot show it: {0}")]
    LeftOut(String),
    /// A mark within a cell.
    #[error("a quotation mark within the cell is not written twice; the text may lack one")]
    StrayQuote,
    /// `Sort` is a number.
    #[error("not a whole number; the collection keeps its place in the file")]
    SortNotNumber,
    /// `all` is made by the catalogue.
    #[error("the collection of all products is made by itself; row passed over")]
    CollectionAll,
    /// Translations of texts that the catalogue does not have.
    #[error(
        "{0} translations match nothing in the catalogue (products left out have none); the first"
    )]
    TranslationsUnmatched(usize),
    /// Several texts for one.
    #[error("another translation of the same text was found before; this one is passed over")]
    TranslationDiffers,
    /// A redirect is only followed where nothing else is.
    #[error("the page exists, so the redirect would never be followed; left out")]
    RedirectFromPage,
    /// The target is not in the catalogue.
    #[error("the redirect leads to a page that does not exist")]
    RedirectToNothing,
    /// A redirect to itself.
    #[error("the redirect leads to where it begins; left out")]
    RedirectToItself,
    /// A row that says what another one says.
    #[error("the same redirect stands at line {0}; left out")]
    RedirectAgain(u64),
    /// A chain.
    #[error("the target has moved too; the redirect leads straight to '{0}'")]
    RedirectCollapsed(String),
    /// A whole address where a path is meant.
    #[error("read as the path '{0}' of this shop")]
    RedirectPath(String),
    /// A target that was written otherwise.
    #[error("the redirect leads to '{0}'")]
    RedirectTarget(String),
    /// A kind of product that is not sold here.
    #[error("a product of the kind '{0}' is left out")]
    KindLeftOut(String),
    /// A variation without its product.
    #[error("the variation is left out: the file has no product '{0}'")]
    NoParent(String),
    /// A variation that cannot be bought in its own shop either.
    #[error("the variation is switched off or has no price; it is left out")]
    VariationOff,
    /// A variation for any value of an attribute.
    #[error("the variation stands for any value of '{option}' and becomes {count} variants")]
    AnyValue {
        /// The attribute.
        option: String,
        /// Variants that were made of it.
        count: usize,
    },
    /// One stock of several variants.
    #[error("{0} variants share one stock here; it is divided among them")]
    SharedStock(usize),
    /// More options than a product can have.
    #[error("the product has more than 3 options; the last are joined into '{0}'")]
    OptionsJoined(String),
    /// A price for some days.
    #[error("the sale price is only for some days; it is left out")]
    SaleForDays,
    /// Another product has the same title.
    #[error("another product has this address; this one gets '{0}'")]
    AddressTaken(String),
    /// A reference into another system's database.
    #[error("an id of the other system, which says nothing here; left out")]
    ForeignId,
    /// `*` is nothing special in a path.
    #[error("only whole paths are redirected, and no pattern; left out")]
    RedirectPattern,
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.note)
    }
}
