//! The pages of the shop: view models in, HTML out.
//!
//! Pure functions: nothing here reads a store or a clock. The whole journey works without
//! JavaScript. Public pages carry nothing personal; which pages are public is decided by the
//! callers, who set the cache policy.
//!
//! - a module for each page, all framed by `layout`;
//! - `words`: every text in every language; `address`: links, amounts, moments;
//! - `jsonld`: structured data; `picture`: images; `assets`: stylesheet, script, icon.
//!
//! Not here: what the views hold (`view`), routes and cache policies (the crate's root).

mod address;
pub mod assets;
mod card;
mod cart;
mod checkout;
mod choice;
mod collection;
mod countries;
mod developers;
mod fields;
mod filters;
mod history;
mod home;
mod jsonld;
mod language;
mod layout;
mod lines;
mod message;
mod openapi;
mod order;
mod picture;
mod product;
mod prose;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
pub mod view;
mod words;

pub(crate) use address::moment;
pub use cart::cart;
pub use checkout::checkout;
pub use collection::collection;
pub use developers::developers;
pub use home::home;
pub use message::message;
pub use order::order;
pub use product::product;
