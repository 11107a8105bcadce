//! What is known of an offer, and its stamp.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::Title;
use crate::blob::{self, BlobError};

/// What a quote needs to know of what is sold under a SKU. Segment and offer carry the same facts, and
/// their [`Facts::stamp`] proves it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Facts {
    /// What stock, carts and orders know it by.
    #[n(0)]
    pub sku: String,
    /// The product's name in addresses.
    #[n(1)]
    pub slug: String,
    /// The product's name.
    #[n(2)]
    pub title: Title,
    /// What it costs in each market that sells it.
    #[n(3)]
    pub prices: Vec<MarketPrices>,
    /// Numbers of the groups of products that it is in, in ascending order.
    #[n(4)]
    pub groups: Vec<u16>,
    /// Weight of one unit in grams.
    #[n(5)]
    pub weight_g: u32,
    /// Place of its tax category in [`crate::Terms::categories`].
    #[n(6)]
    pub category: Option<u16>,
    /// In which session of a sale it is sold; absent for what is always sold.
    #[n(7)]
    pub sale: Option<OfSale>,
}

/// A session of a sale, as far as an order has to know of it. It is among the facts, so the stamp of an
/// offer binds an order to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct OfSale {
    /// Id of the sale.
    #[n(0)]
    pub sale: String,
    /// Number of the session; no other session of the shop has it.
    #[n(1)]
    pub session: u32,
    /// From when it sells, in milliseconds since 1970.
    #[n(2)]
    pub opens_at_ms: i64,
    /// From when it does not sell any more, in milliseconds since 1970.
    #[n(3)]
    pub closes_at_ms: i64,
    /// Units that one buyer may have.
    #[n(4)]
    pub limit: u32,
    /// How long an order holds units that are not paid, in milliseconds; absent: as long as any order.
    #[n(5)]
    pub pay_within_ms: Option<i64>,
}

/// What an offer costs in a market, over time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct MarketPrices {
    /// Id of the market.
    #[n(0)]
    pub market: String,
    /// In ascending order of their beginnings.
    #[n(1)]
    pub timeline: Vec<Price>,
}

/// A price from a moment on, until the next one begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Price {
    /// Milliseconds since 1970.
    #[n(0)]
    pub from_ms: i64,
    /// Minor units for one unit; `None`: it is not sold.
    #[n(1)]
    pub minor: Option<i64>,
    /// The price that it is compared with, in minor units.
    #[n(2)]
    pub compare_at_minor: Option<i64>,
    /// The prior price of its reduction, in minor units ([`crate::PriceHistory`]).
    #[n(3)]
    pub prior_minor: Option<i64>,
}

/// What a price says to shoppers, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceTag {
    /// For one unit.
    pub minor: i64,
    /// The price that it is compared with.
    pub compare_at_minor: Option<i64>,
    /// The prior price of its reduction.
    pub prior_minor: Option<i64>,
}

impl Price {
    /// Whether it is lower than the price that it is compared with.
    pub fn is_reduction(&self) -> bool {
        let compared = self.minor.zip(self.compare_at_minor);
        compared.is_some_and(|(minor, compare_at)| minor < compare_at)
    }
}

/// The first 64 bits of the BLAKE3 hash of content, as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp(u64);

impl Stamp {
    pub(crate) fn of(content: &[u8]) -> Self {
        let mut head = [0; 8];
        head.copy_from_slice(&blake3::hash(content).as_bytes()[..8]);
        Self(u64::from_be_bytes(head))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl Facts {
    /// The facts as bytes. The same facts give the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        blob::encode(self)
    }

    /// Reads them.
    ///
    /// # Errors
    /// When the bytes hold something else.
    pub fn decode(blob: &[u8]) -> Result<Self, BlobError> {
        blob::decode("facts of an offer", blob)
    }

    /// The hash of their content.
    pub fn stamp(&self) -> Stamp {
        Stamp::of(&self.encode())
    }

    /// The price in a market at a moment; `None` where it is not sold.
    pub fn price(&self, market: &str, at_ms: i64) -> Option<PriceTag> {
        let mut prices = self.prices.iter();
        prices.find(|prices| prices.market == market)?.at(at_ms)
    }
}

impl MarketPrices {
    /// The price at a moment; `None` where it is not sold.
    pub fn at(&self, at_ms: i64) -> Option<PriceTag> {
        let begun = self
            .timeline
            .partition_point(|price| price.from_ms <= at_ms);
        let price = self.timeline.get(begun.checked_sub(1)?)?;
        Some(PriceTag {
            minor: price.minor?,
            compare_at_minor: price.compare_at_minor,
            prior_minor: price.prior_minor,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let price = |from_ms, minor| Price {
            from_ms,
            minor,
            ..Price::default()
        };
        Facts {
            sku: "MUG-1".to_owned(),
            prices: vec![MarketPrices {
                market: "us".to_owned(),
                timeline: vec![price(10, Some(500)), price(20, None), price(30, Some(400))],
            }],
            ..Facts::default()
        }
    }

    #[test]
    fn a_price_holds_from_its_moment_until_the_next() {
        let facts = facts();
        let at = |at_ms| facts.price("us", at_ms).map(|tag| tag.minor);
        let prices = [9, 10, 19, 20, 29, 30, i64::MAX].map(at);
        let expected = [None, Some(500), Some(500), None, None, Some(400), Some(400)];
        assert_eq!(prices, expected);
        assert_eq!(facts.price("eu", 15), None);
    }

    #[test]
    fn a_stamp_has_16_digits_and_changes_with_every_fact() {
        let facts = facts();
        assert_eq!(facts.stamp().to_string().len(), 16);
        assert_eq!(Facts::decode(&facts.encode()).as_ref(), Ok(&facts));
        let changed = Facts {
            weight_g: 1,
            ..facts.clone()
        };
        assert_ne!(changed.stamp(), facts.stamp());
        let of_sale = Facts {
            sale: Some(OfSale {
                sale: "drop".to_owned(),
                session: 1,
                ..OfSale::default()
            }),
            ..facts.clone()
        };
        assert_ne!(of_sale.stamp(), facts.stamp());
        assert_eq!(Facts::decode(&of_sale.encode()), Ok(of_sale));
    }
}
