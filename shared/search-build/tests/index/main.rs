//! The index from products to answers.

#![allow(clippy::unwrap_used)]

mod chinese;
mod damage;
mod facets;
mod growth;
mod learnt;
mod results;
mod scores;
mod shop;
mod synonyms;
