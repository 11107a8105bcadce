//! What the storefront and the staff functions say to the payments function, and what it answers.
//!
//! HTTP with JSON bodies over service chaining or a call within the process. Only
//! [`STRIPE_WEBHOOK_PATH`] is public; what is below `/payments/v1/` is not reachable by shoppers.
//! Business outcomes travel as 200 with a tagged body, as in [`crate::trade`].

use serde::{Deserialize, Serialize};

use crate::life::OrderRecord;

/// `GET`: → [`PaymentMethods`].
pub const METHODS_PATH: &str = "/payments/v1/methods";
/// `POST`: [`BeginPayment`] → [`BeginReply`].
pub const BEGIN_PATH: &str = "/payments/v1/begin";
/// `POST`: [`ShopperReturned`] → [`ReturnedReply`].
pub const RETURNED_PATH: &str = "/payments/v1/returned";
/// `POST` without a body: does what the provider has to do → [`WorkReport`].
pub const WORK_PATH: &str = "/payments/v1/work";
/// `POST`: an event of Stripe with its signature. Public.
pub const STRIPE_WEBHOOK_PATH: &str = "/payments/stripe/webhook";

/// Longest event that is read. An event holds one object; those with a hundred lines stay below.
pub const WEBHOOK_BYTES_MAX: usize = 256 * 1024;

/// How the shop can be paid beside transfers and couriers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethods {
    /// Whether cards are taken.
    pub card: bool,
    /// Scheme and host of the pages where shoppers pay; empty when cards are not taken.
    pub page_origin: String,
}

/// Asks for a page on which a shopper can pay an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPayment {
    /// The order's number.
    pub order: String,
    /// The order's token.
    pub token: String,
    /// Where the shopper goes after paying; it has a query, to which the session is added as
    /// `session=…`.
    pub return_url: String,
    /// Where the shopper goes who does not pay.
    pub cancel_url: String,
    /// The language of the page: `en` or `zh`.
    pub locale: String,
}

/// What became of a [`BeginPayment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum BeginReply {
    /// Here it can be paid.
    Open {
        /// Where.
        url: String,
    },
    /// There is nothing to pay by card now; the order says why.
    NotPayable {
        /// The order.
        record: Box<OrderRecord>,
    },
    /// The provider does not take this order: too small an amount, or another rule of its own.
    Refused {
        /// The provider's reason.
        reason: String,
    },
    /// There is no such order, or the token is another one.
    UnknownOrder,
    /// The shop takes no cards.
    Off,
}

/// A shopper is back from the provider's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopperReturned {
    /// The order's number.
    pub order: String,
    /// The order's token.
    pub token: String,
    /// The provider's name of the page.
    pub session: String,
}

/// What became of a [`ShopperReturned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReturnedReply {
    /// Whatever the provider knows is recorded.
    Settled,
    /// There is no such order, the token is another one, or the page was not opened for it.
    UnknownOrder,
    /// The shop takes no cards.
    Off,
}

/// What a round of work did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkReport {
    /// Messages for which nothing is left to do.
    pub done: u32,
    /// Messages that are tried again later.
    pub retried: u32,
    /// Messages that wait for a person.
    pub dead: u32,
    /// Whether there may be more to do at once.
    pub more: bool,
}
