//! Reads the content of a shop's folder: pages, articles of the blog, questions and answers.
//!
//! A document is CommonMark with TOML front matter. It becomes [`Part`](souk_shop::Part)s: safe HTML,
//! and embeds that the storefront fills at request time from the version that has the document.
//!
//! - `folder`: from all files to the index of the content; `dates` of documents;
//! - `document`: one file; `front` matter, `markdown`, `embeds`, `links`, `pictures`; `marks` stand for embeds
//!   until `parts` has made the HTML safe and cuts it there;
//! - `problem`: errors and warnings with their places.
//!
//! - **Architecture Invariant:** part of the program `souk`; no function depends on it, so neither
//!   Markdown nor the sanitiser is in a function.
//!
//! Not here: reading a file system, the files of a version (`souk-shop-folder`), pictures (the caller's [`souk_import::Pictures`]), what pages make
//! of the parts (`souk-pages`).

mod dates;
mod document;
mod embeds;
mod folder;
mod front;
mod goods;
mod links;
mod markdown;
mod marks;
mod nearest;
mod parts;
mod pictures;
mod problem;
#[cfg(test)]
mod tests;
mod text;

pub use folder::{Content, File, Options, read};
pub use front::KEYS as FRONT_MATTER_KEYS;
pub use goods::Goods;
pub use nearest::nearest;
pub use problem::Fault;
pub use text::html;

/// Documents of a shop. The index of all of them is one blob, which a request for a page reads.
pub const DOCUMENTS_MAX: usize = 1_000;

/// Bytes of one file.
pub const DOCUMENT_BYTES_MAX: usize = 256 * 1024;

/// Embeds of one document. A request reads a segment for each product, and a function on Workers may
/// read 1,000 values for one request.
pub const EMBEDS_MAX: usize = 50;

/// Characters of a title and of a tag, as of a product's.
pub const TITLE_CHARS_MAX: usize = 255;

/// Characters of a summary: search engines show about 160.
pub const SUMMARY_CHARS_MAX: usize = 1_024;

/// Tags of one document.
pub const TAGS_MAX: usize = 50;
