//! Content of the shop: pages, articles of the blog with their feed, questions and answers.
//!
//! A document's embeds are filled with products of the version that has the document, so an
//! embedded price is that of the product's page.
//!
//! Not here: Markdown (`souk-content`, in the tool), how the pages look (`souk-pages`).

mod api;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod cursor;
mod feed;
mod page;
mod read;
mod sitemap;
