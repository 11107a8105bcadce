//! The index from products to answers.

mod chinese;
mod damage;
mod facets;
mod growth;
mod results;
mod shop;
