//! How parcels get to buyers, and what that costs.

use minicbor::{Decode, Encode};

use crate::{Amounts, Area, Title};

/// A part of the world with rates of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Zone {
    /// The merchant's name for it.
    #[n(0)]
    pub id: String,
    /// Where it is.
    #[n(1)]
    pub area: Area,
}

/// A way in which parcels get to buyers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Method {
    /// As orders name it.
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Title,
    /// Who carries it.
    #[n(2)]
    pub kind: MethodKind,
    /// Places of the markets in [`crate::Terms::markets`]; none: all of them.
    #[n(3)]
    pub markets: Vec<u16>,
    /// How long it takes.
    #[n(4)]
    pub days: Option<Days>,
    /// What it costs. A method without a rate that fits is not offered.
    #[n(5)]
    pub rates: Vec<DeliveryRate>,
    /// Where buyers can collect.
    #[n(6)]
    pub points: Vec<PickupPoint>,
}

impl Method {
    /// Where the buyer collects, by the id that an order says; `None` for a method without points.
    ///
    /// # Errors
    /// When the method has points and `id` names none of them, or has none and `id` names one.
    pub fn point(&self, id: Option<&str>) -> Result<Option<&PickupPoint>, NoSuchPoint> {
        let Some(id) = id else {
            return self.points.is_empty().then_some(None).ok_or(NoSuchPoint);
        };
        let found = self.points.iter().find(|point| point.id == id);
        found.map(Some).ok_or(NoSuchPoint)
    }
}

/// An order does not say where its buyer collects, or says it of a delivery without such a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of one of the points of this delivery; without points there is none")]
pub struct NoSuchPoint;

/// Who carries a parcel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum MethodKind {
    /// A carrier, to an address in a country of the market.
    #[default]
    #[n(0)]
    Ship,
    /// The buyer.
    #[n(1)]
    Pickup,
}

/// Working days from the order to the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Days {
    /// At least.
    #[n(0)]
    pub min: u16,
    /// At most.
    #[n(1)]
    pub max: u16,
}

/// What a method costs in a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct DeliveryRate {
    /// Place of the zone in [`crate::Terms::zones`]; `None`: everywhere.
    #[n(0)]
    pub zone: Option<u16>,
    /// The price. The rate is not for currencies without one.
    #[n(1)]
    pub amount: Amounts,
    /// The heaviest parcel, in grams.
    #[n(2)]
    pub weight_max_g: Option<u64>,
    /// What the lines have to cost at least, after line promotions.
    #[n(3)]
    pub subtotal_min: Amounts,
}

/// A place at which buyers can collect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct PickupPoint {
    /// The merchant's name for it.
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Title,
    /// Postal address, a line each.
    #[n(2)]
    pub address: Vec<String>,
}
