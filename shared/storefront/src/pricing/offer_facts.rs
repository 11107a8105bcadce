//! The facts of offers, as quotes and orders use them, and those that an instance remembers.
//!
//! Most requests are for the same few products. A line of theirs is priced without its segment, whose
//! product has much that no price depends on.
//!
//! Not here: how offers are found by their SKUs (`lines`).

use std::rc::Rc;

use base64::{Engine, engine::general_purpose::STANDARD};
use souk_pricing::Facts;

use crate::cache::ByteBudget;

/// Bytes of facts that an instance remembers of a version. Those of an offer with a price in each of
/// two markets take about half a kilobyte: 2 MiB are 4,000 offers.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What is known of an offer.
#[derive(Debug)]
pub(crate) struct OfferFacts {
    /// As it is priced.
    pub(crate) facts: Facts,
    /// As an order brings it to the origin: encoded, in Base64.
    pub(crate) text: String,
}

impl OfferFacts {
    /// Of these facts.
    pub(crate) fn of(facts: Facts) -> Self {
        let text = STANDARD.encode(facts.encode());
        Self { facts, text }
    }

    /// Roughly what it takes in memory: what the text says is there once more.
    fn bytes(&self) -> usize {
        size_of::<Self>() + 2 * self.text.len() + self.facts.sku.len()
    }
}

/// The facts that were looked up last, by their SKUs. They are those of one version, so they never
/// change.
#[derive(Debug)]
pub(super) struct Remembered(ByteBudget<String, Rc<OfferFacts>>);

impl Default for Remembered {
    fn default() -> Self {
        Self(ByteBudget::new(BYTES_MAX))
    }
}

impl Remembered {
    /// Those of a SKU, if they are remembered.
    pub(super) fn get(&self, sku: &str) -> Option<Rc<OfferFacts>> {
        self.0.get(sku, Rc::clone)
    }

    /// Remembers facts.
    pub(super) fn put(&self, facts: &Rc<OfferFacts>) {
        let sku = facts.facts.sku.clone();
        self.0.put(sku, facts.clone(), facts.bytes());
    }
}
