//! The folder of a shop: the files that a merchant edits, read into what a version says about the
//! shop, and written again.
//!
//! Owns: `shop.toml`, `theme.toml`, `search.toml`, `words/LANG.toml`, the files of the [`terms`], the
//! [`sales`], the [`plan`] of a night, the targets of [`slo`], their JSON Schemas, the list of the files of a
//! version ([`Sources`]), a new folder ([`starter`]), and what differs between two shops
//! ([`changes`]).
//!
//! - **Architecture Invariant:** part of the program `souk`, never of a function.
//! - No file system, clock or network: files come as bytes, and what only the caller has (languages,
//!   time zones, pictures, Markdown) through [`Resources`].
//! - Every problem of every file is reported at once, with file, line, column, key, what is wrong
//!   and what would be right ([`Problem`]).
//!
//! Not here: products, collections and redirects (`souk-import`), documents (`souk-content`), what
//! is sent to a shop (`souk`).

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assumed;
mod changes;
mod colour;
mod document;
mod format;
mod front_matter;
mod legal;
mod moment;
mod parts;
pub mod plan;
mod problem;
pub mod sales;
mod schema;
pub mod search;
pub mod settings;
mod shape;
pub mod slo;
mod sources;
pub mod starter;
pub mod terms;
pub mod theme;
mod translated;
pub mod words;
mod write;

use souk_catalogue::Media;
use souk_domain::Currency;
use souk_shop::{CountryNames, Formats, Language, Offset};

pub use changes::{Change, changes, statements};
pub use legal::{LegalPage, legal_pages, missing_pages};
pub use parts::{Part, effective};
pub use problem::{Problem, Severity, sort, suggestion};
pub use schema::{SCHEMAS, schema};
pub use sources::{Files, Sources};
pub use translated::Translated;
pub use words::WordKey;
pub use write::shop_toml;

/// A language as CLDR knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LanguageData {
    /// Names and direction; without the blob of its pack.
    pub language: Language,
    /// How it writes numbers, amounts, dates and plurals.
    pub formats: Formats,
    /// Names of countries.
    pub countries: CountryNames,
    /// What its pages do otherwise than people may expect, a sentence each.
    pub notes: Vec<String>,
}

/// What only the caller has.
pub trait Resources {
    /// What CLDR knows of a language, for amounts in a currency.
    ///
    /// # Errors
    /// Says why the language cannot be a shop's.
    fn language(&self, code: &str, currency: Currency) -> Result<LanguageData, String>;

    /// The offsets of a time zone.
    ///
    /// # Errors
    /// Says that there is none of this name, and which is nearest.
    fn offsets(&self, time_zone: &str) -> Result<Vec<Offset>, String>;

    /// A picture of the folder, made ready for pages.
    ///
    /// # Errors
    /// Says why no page can show it.
    fn picture(&mut self, path: &str) -> Result<Media, String>;

    /// Markdown as safe HTML. `prefix` goes before paths of the shop: empty in its own language, else
    /// such as `/de`.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    fn markdown(&mut self, text: &str, prefix: &str) -> Result<String, String>;
}
