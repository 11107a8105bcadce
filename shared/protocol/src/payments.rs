//! What the storefront and the staff functions say to the payments function, and what it answers.
//!
//! HTTP with JSON bodies over service chaining or a call within the process. Only the webhook of
//! each provider ([`webhook_path`]) is public; what is below `/payments/v1/` is not reachable by
//! shoppers. The storefront asks only for an order whose token the shopper has shown.
//! Business outcomes travel as 200 with a tagged body, as in [`crate::origin`].

use serde::{Deserialize, Serialize};

use crate::origin::OrderRecord;

/// `GET`, with [`CURRENCY`]: → [`PaymentMethods`].
pub const METHODS_PATH: &str = "/payments/v1/methods";
/// Parameter of [`METHODS_PATH`]: the ISO 4217 code of what is to be paid.
pub const CURRENCY: &str = "currency";
/// `POST`: [`BeginPayment`] → [`BeginReply`].
pub const BEGIN_PATH: &str = "/payments/v1/begin";
/// `POST`: [`ShopperReturned`] → [`ReturnedReply`].
pub const RETURNED_PATH: &str = "/payments/v1/returned";
/// `POST` without a body: does what the provider has to do → [`WorkReport`].
pub const WORK_PATH: &str = "/payments/v1/work";
/// `POST`: [`ListPayments`] → [`TakenPayments`].
pub const LIST_PATH: &str = "/payments/v1/list";
/// `POST`: [`NamedPayment`]: books what the provider knows of a payment on its order, as its webhook
/// does → nothing.
pub const BOOK_PATH: &str = "/payments/v1/book";

/// Longest name of a provider.
pub const PROVIDER_NAME_BYTES_MAX: usize = 32;

/// Longest event that is read. An event holds one object; those with a hundred lines stay below.
pub const WEBHOOK_BYTES_MAX: usize = 256 * 1024;

/// Whether a provider can have this name: small letters and hyphens, so that no name is that of a
/// version of this protocol (`v1`), and the paths of the webhooks stay clear of the others.
pub fn is_provider_name(name: &str) -> bool {
    let fits = (1..=PROVIDER_NAME_BYTES_MAX).contains(&name.len());
    fits && name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Where a provider delivers its events, signed: `POST`. Public.
pub fn webhook_path(provider: &str) -> String {
    format!("/payments/{provider}/webhook")
}

/// The provider whose webhook has this path.
pub fn provider_of_webhook(path: &str) -> Option<&str> {
    let name = path.strip_prefix("/payments/")?.strip_suffix("/webhook")?;
    is_provider_name(name).then_some(name)
}

/// How the shop can be paid beside transfers and couriers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethods {
    /// Whether cards are taken.
    pub card: bool,
    /// The least that a card can pay, in minor units of the currency that was asked for.
    pub card_min: i64,
    /// Scheme and host of the pages where shoppers pay, of each provider.
    pub page_origins: Vec<String>,
}

/// Asks for a page on which a shopper can pay an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPayment {
    /// The order's number.
    pub order: String,
    /// Where the shopper goes after paying, with the order's token; it has a query, to which the
    /// session is added as `session=…`.
    pub return_url: String,
    /// Where the shopper goes who does not pay.
    pub cancel_url: String,
    /// The language of the page: `en` or `zh`.
    pub locale: String,
}

/// What became of a [`BeginPayment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// There is no such order.
    UnknownOrder,
    /// The shop takes no cards.
    Off,
}

/// A shopper is back from the provider's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopperReturned {
    /// The order's number.
    pub order: String,
    /// The provider's name of the page.
    pub session: String,
    /// Scheme and host of the shop to which the shopper has returned.
    pub shop: String,
}

/// What became of a [`ShopperReturned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedReply {
    /// Everything that the provider knows is recorded.
    Settled,
    /// There is no such order, or the page was not opened for it.
    UnknownOrder,
    /// The shop takes no cards.
    Off,
}

/// Asks for a page of the payments that the providers have taken or vouch for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPayments {
    /// Those that began at this moment or later, in milliseconds since 1970; and those before it that
    /// may have been taken later, because their page was still open.
    pub since_ms: i64,
    /// [`TakenPayments::after`] of the page before; absent for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A page of payments, of one provider. It may be empty and not be the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TakenPayments {
    /// At most [`TAKEN_PAYMENTS_MAX`].
    pub payments: Vec<TakenPayment>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Most payments on a page. The back office asks the origin for the order of each, and a Worker may
/// send 50 requests while it answers one.
pub const TAKEN_PAYMENTS_MAX: usize = 40;

/// A payment with money in it, as its provider has it. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenPayment {
    /// The provider's name.
    pub provider: String,
    /// The provider's name of the payment.
    pub payment: String,
    /// The order that it is for, as the shop named it to the provider.
    pub order: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What the provider vouches for and has not taken.
    pub authorised: i64,
    /// What was taken.
    pub captured: i64,
    /// What of it went back.
    pub refunded: i64,
    /// What the buyer's bank has of it, which has yet to decide.
    pub disputed: i64,
    /// What the buyer has of it because the bank decided so.
    pub lost: i64,
    /// When it began, in milliseconds since 1970.
    pub began_at_ms: i64,
    /// Where the staff see it at the provider; absent where there is no such page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A payment at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPayment {
    /// The provider's name.
    pub provider: String,
    /// The provider's name of the payment.
    pub payment: String,
}

/// What a round of work did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WorkReport {
    /// Messages for which nothing is left to do.
    pub done: u32,
    /// Messages that are tried again later.
    pub retried: u32,
    /// Dead messages, which wait for the staff.
    pub dead: u32,
    /// Whether there may be more to do at once.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_webhook_names_its_provider() {
        assert_eq!(webhook_path("acme"), "/payments/acme/webhook");
        assert_eq!(provider_of_webhook(&webhook_path("a-b")), Some("a-b"));
    }

    #[test]
    fn no_other_path_is_a_webhook() {
        let long = webhook_path(&"x".repeat(PROVIDER_NAME_BYTES_MAX + 1));
        for path in [
            METHODS_PATH,
            BEGIN_PATH,
            RETURNED_PATH,
            WORK_PATH,
            LIST_PATH,
            BOOK_PATH,
            "/payments/v1/webhook",
            "/payments//webhook",
            "/payments/webhook",
            "/payments/Acme/webhook",
            "/payments/acme/webhook/",
            "/payments/acme/webhook/x",
            "/payments/a/b/webhook",
            "/payments/../webhook",
            "/payments/%73/webhook",
            long.as_str(),
        ] {
            assert_eq!(provider_of_webhook(path), None, "{path}");
        }
    }
}
