//! What a shop says about itself, as blobs of a version: its settings, languages, words, home page,
//! theme and content.
//!
//! The manifest of a version names the blob of the [`Shop`], and that names the others, so all of it
//! is published and rolled back together with the products. The tool writes these blobs from the
//! shop's folder; the storefront reads them.
//!
//! - **Architecture Invariant:** nothing here is secret: every blob can be read by shoppers.
//!
//! Not here: the folder that a merchant edits (`souk-shop-folder`), Markdown (`souk-content`), what
//! the pages do with all of this (`souk-pages`).

mod content;
mod dates;
mod formats;
mod home;
mod language;
mod navigation;
mod numbers;
mod packed;
mod payment;
mod plurals;
mod prose;
mod shop;
mod terms;
mod theme;

pub use content::{ContentIndex, ContentKind, Document, Entry, Part};
pub use dates::{Calendar, DateFormat};
pub use formats::Formats;
pub use home::{Block, Story};
pub use language::{CountryNames, Direction, Language, LanguagePack};
pub use navigation::{NAVIGATION_LEVELS_MAX, Place, Target};
pub use numbers::{MoneyFormat, NumberFormat};
pub use payment::{Account, PaymentMethods};
pub use plurals::{PLURAL_TABLE, Plural, Plurals};
pub use prose::{EXCERPT_COLUMNS_MAX, excerpt, plain_text};
pub use shop::{Company, Contact, Offset, Shop};
pub use theme::{Theme, ThemeBlob};
