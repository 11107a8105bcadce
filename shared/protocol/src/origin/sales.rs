//! What the usher of a waiting room reads of a session once a second: what is left, and who has
//! ordered.

use serde::{Deserialize, Serialize};

/// `POST`: [`ReadSession`] → [`SessionStanding`].
pub const SESSION_PATH: &str = "/trade/v1/sales/session";

/// Orders in one answer, at most.
pub const SESSION_ORDERS_MAX: usize = 1_000;

/// Asks how a session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSession {
    /// Number of the session.
    pub session: u32,
    /// The SKUs of the sale (`sale:ID:SKU`), at most [`souk_domain::SALE_ITEMS_MAX`].
    pub skus: Vec<String>,
    /// The number of the order after which the list begins; 0 for all.
    pub after: i64,
}

/// How a session stands.
///
/// The units are never older than the list: an order may have its units already and not be in the list
/// yet, but no order is in the list whose units still count as available.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStanding {
    /// Of each SKU that was asked for, in that order; nothing of one that has no account yet.
    pub levels: Vec<SessionLevel>,
    /// Orders with a ticket of the session, the oldest first, at most [`SESSION_ORDERS_MAX`]. An order
    /// that comes to nothing stays in the list.
    pub orders: Vec<SessionOrder>,
}

/// Units of a SKU of a sale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLevel {
    /// That it has been given.
    pub supplied: i64,
    /// That can be ordered.
    pub available: i64,
    /// Of orders that wait for their payment.
    pub held: i64,
}

/// An order with a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOrder {
    /// Grows with each order of the session, and is about the moment of the order in milliseconds since
    /// 1970: orders that are put back from a copy have later numbers than before.
    pub number: i64,
    /// The place of its ticket, as in [`super::SaleTicket`].
    pub rank: String,
    /// Units of the sale in it.
    pub units: u32,
}
