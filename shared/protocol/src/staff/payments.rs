//! Payments that the provider has and the books do not.

use serde::{Deserialize, Serialize};

use crate::payments::TakenPayment;

/// A page of payments that do not match the books. It may be empty and not be the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnmatchedPayments {
    /// Payments that were compared, those that match among them.
    pub compared: u32,
    /// Those that do not match.
    pub payments: Vec<UnmatchedPayment>,
    /// For the parameter `after` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A payment that does not match the books. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedPayment {
    /// As its provider has it.
    #[serde(flatten)]
    pub taken: TakenPayment,
    /// What does not match.
    pub mismatch: Mismatch,
    /// What its order's history has of this payment: captured, or authorised where the provider has
    /// not captured it.
    pub booked: i64,
}

/// What does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// The origin has no such order.
    UnknownOrder,
    /// The provider has more of it than the order's history.
    NotBooked,
    /// More of it went back than the order's history says.
    RefundNotBooked,
    /// The history does not say what the buyer's bank has done with the money.
    DisputeNotBooked,
}
