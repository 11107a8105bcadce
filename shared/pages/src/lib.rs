//! The pages of the shop: view models in, HTML out.
//!
//! Pure functions: nothing here reads a store or a clock, waits, or knows HTTP. The whole journey
//! works without JavaScript. Public pages carry nothing personal; which pages are public is decided
//! by the callers, who set the cache policy.
//!
//! - `view`: what the pages show;
//! - a module for each page, all framed by `layout`; `fields` of their forms;
//! - `words`: every text in every language; `paths` and `links`: addresses; `format`: amounts and
//!   moments;
//! - `jsonld`: structured data; `picture`: images; `assets`: stylesheet, script, icon.
//!
//! **Architecture Invariant:** no port, nothing `async`, no request and no response.
//!
//! Not here: routes, cache policies, reading what the views hold (`souk-storefront`).

pub mod assets;
mod beside;
mod buy;
mod card;
mod cart;
mod change;
mod checkout;
mod choice;
mod collection;
mod collections;
mod content;
mod countries;
mod developers;
mod documents;
mod elsewhere;
pub mod fields;
mod filters;
pub mod format;
mod help;
mod history;
mod home;
mod jsonld;
mod language;
pub mod layout;
mod lines;
pub mod links;
mod message;
mod navigation;
mod open_order;
mod openapi;
mod options;
mod order;
pub mod paths;
mod pickup;
mod picture;
mod place;
mod product;
mod queue;
mod recent_order;
mod sale;
#[cfg(test)]
mod sample;
mod search;
mod search_form;
#[cfg(test)]
mod tests;
mod totals;
mod trail;
mod transfer;
pub mod view;
pub mod words;

pub use buy::buy;
pub use cart::cart;
pub use checkout::{checkout, checkout_parts};
pub use collection::collection;
pub use collections::collections;
pub use content::{content, document_html};
pub use developers::developers;
pub use documents::{about_entry, documents};
pub use help::answers;
pub use home::home;
pub use message::message;
pub use open_order::open_order;
pub use order::order;
pub use place::place;
pub use product::product;
pub use queue::queue;
pub use sale::sale;
pub use search::search;
