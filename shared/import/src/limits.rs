//! Every bound of an import, with the source of its number.
//!
//! What is longer than a bound is a fault of what it is in, except for texts that only search engines and screen
//! readers see: those are cut, with a warning.

/// Errors of an import that is refused; reading stops there where it is strict. A file with this many
/// is wrong in some general way.
pub const ERRORS_MAX: usize = 100;

/// Faults kept in the report; the rest is counted.
pub const FAULTS_MAX: usize = 1_000;

/// Warnings kept in the report; the rest is counted.
pub const WARNINGS_MAX: usize = 1_000;

/// Characters of a value that an error or a warning quotes.
pub const QUOTED_CHARS_MAX: usize = 80;

/// Bytes of one row: a description with some photographs in it, as text (base64 of 12 MB), which the
/// clean-up takes out. A longer row means a quotation mark that is never closed, and stops the
/// import before it eats the memory.
pub const ROW_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Columns of one file. Shopify's own are about 60; metafields and markets add some for each.
pub const COLUMNS_MAX: usize = 2_048;

/// Products in one import. Ours: what one publish is measured for.
pub const PRODUCTS_MAX: usize = 1_000_000;

/// Variants of one product, as in Shopify since 2024 (100 before).
pub const VARIANTS_PER_PRODUCT_MAX: usize = 2_048;

/// Options of one product, as in Shopify.
pub const OPTIONS_MAX: usize = 3;

/// Pictures of one product, as in Shopify.
pub const PICTURES_PER_PRODUCT_MAX: usize = 250;

/// Tags of one product, as in Shopify.
pub const TAGS_MAX: usize = 250;

/// Collections that one row names. Ours: a product in more of them is found in none.
pub const COLLECTIONS_PER_PRODUCT_MAX: usize = 50;

/// Characters of a title, a vendor, a product type, a tag, a barcode, an option's name or value and
/// a collection's title, as in Shopify.
pub const NAME_CHARS_MAX: usize = 255;

/// Bytes of a description in HTML, after it is made safe. Long ones have about 10 KB.
pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a description as it is written, without the pictures in it: as in Shopify. Word
/// processors write several times the text. Making HTML safe takes quadratic time at its worst:
/// about a second for 64 KiB of nothing but `<div>`.
pub const DESCRIPTION_WRITTEN_BYTES_MAX: usize = 512 * 1024;

/// Characters of a collection's description, in plain text. Ours: it stands above a listing.
pub const COLLECTION_DESCRIPTION_CHARS_MAX: usize = 5_000;

/// Characters of a picture's alternative text, as in Shopify; longer ones are cut.
pub const ALT_CHARS_MAX: usize = 512;

/// Characters of the title for search engines. They show about 60; longer ones are cut.
pub const SEO_TITLE_CHARS_MAX: usize = 255;

/// Characters of the description for search engines. Shopify advises 320; longer ones are cut.
pub const SEO_DESCRIPTION_CHARS_MAX: usize = 1_024;

/// Bytes of a picture's address: what every browser and proxy takes.
pub const URL_BYTES_MAX: usize = 2_048;

/// The highest price in minor units. The dearest order still fits into 63 bits:
/// 10^12 × 10^4 units in a line × 10^2 lines = 10^18 < 9.2 × 10^18.
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// The heaviest unit in grams, as in Shopify.
pub const WEIGHT_G_MAX: u32 = 2_000_000_000;

/// The largest quantity of one variant, as in Shopify.
pub const QUANTITY_MAX: i64 = 1_000_000_000;

/// Redirects in one import, as in Shopify.
pub const REDIRECTS_MAX: usize = 100_000;

/// Rows of translations that are kept: about ten for each of [`PRODUCTS_MAX`] products.
pub const TRANSLATIONS_MAX: usize = 10 * PRODUCTS_MAX;

/// Bytes of rows that are kept until the end of a file whose rows may stand in any order: 100,000
/// variants take about 30 MB.
pub const HELD_BYTES_MAX: usize = 2 * 1024 * 1024 * 1024;

/// Variants that one variation for any value of its attributes becomes. Ours: more are a choice
/// that no shopper makes from a list.
pub const ANY_VALUES_MAX: usize = 100;
