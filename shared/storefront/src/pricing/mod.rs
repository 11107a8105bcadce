//! What a cart costs, as the edge says it: the terms of the version, the facts of its lines, and
//! quotes that an order may name.
//!
//! **Architecture Invariant:** a quote never asks the origin.
//!
//! Not here: the rules (`souk-pricing`), what an order is charged (`souk-origin`), how a cart is shown
//! (`cart`, `checkout`).

pub(crate) mod api;
pub(crate) mod checks;
#[cfg(feature = "openapi")]
pub(crate) mod contract;
mod inputs;
mod lines;
mod offer_facts;
mod order;
mod priced;
mod read;
mod request;
mod signed;
mod suspended;
mod terms;

pub(crate) use inputs::{Inputs, InputsLine, place_of};
pub(crate) use offer_facts::OfferFacts;
pub(crate) use order::OrderPrice;
pub(crate) use priced::{Priced, Unpriced, Wanted, WantedLine};
pub(crate) use signed::SignedQuote;
pub(crate) use terms::{ONLY_MARKET, ShopTerms};
