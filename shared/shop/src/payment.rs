//! How orders can be paid.

use minicbor::{Decode, Encode};
use souk_catalogue::{Hash, Text};
use souk_protocol::origin::{PaymentMethod, PublishedTerms};

use crate::Shop;

/// The methods that a shop offers. A card needs a payment provider besides, whose secrets are no
/// part of a version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PaymentMethods {
    /// In the order in which they are offered: `card`, `transfer`, `on_delivery`.
    #[n(0)]
    pub offered: Vec<String>,
    /// The account that transfers go to; present where `transfer` is offered.
    #[n(1)]
    pub account: Option<Account>,
    /// Days that units are held for an order that is paid by transfer.
    #[n(2)]
    pub transfer_hold_days: u16,
    /// Minutes that units are held for an order that is paid by card.
    #[n(3)]
    pub card_hold_minutes: u16,
}

impl Default for PaymentMethods {
    /// No method; 2 days for a transfer, which most banks make within one, and 15 minutes for a card.
    fn default() -> Self {
        Self {
            offered: Vec::new(),
            account: None,
            transfer_hold_days: 2,
            card_hold_minutes: 15,
        }
    }
}

/// A minute, in milliseconds.
const MINUTE_MS: i64 = 60 * 1_000;
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

impl Shop {
    /// What the shop says about orders, as the origin needs to know it.
    pub fn terms(&self) -> PublishedTerms {
        let methods = self.payment.offered.iter();
        let mut terms = PublishedTerms {
            stamp: String::new(),
            payment_methods: methods.filter_map(|name| method(name)).collect(),
            express_fee: self.express_fee_minor,
            card_hold_ms: i64::from(self.payment.card_hold_minutes) * MINUTE_MS,
            transfer_hold_ms: i64::from(self.payment.transfer_hold_days) * DAY_MS,
        };
        let said = serde_json::to_vec(&terms).expect("plain structs become JSON");
        terms.stamp = Hash::of(&said).to_string()[..16].to_owned();
        terms
    }
}

/// The method with this name in `shop.toml`.
fn method(name: &str) -> Option<PaymentMethod> {
    match name {
        "on_delivery" => Some(PaymentMethod::OnDelivery),
        "transfer" => Some(PaymentMethod::Transfer),
        "card" => Some(PaymentMethod::Card),
        _ => None,
    }
}

/// A bank account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// Who owns it.
    #[n(0)]
    pub holder: String,
    /// IBAN, or the number of the account with everything that the bank's country needs.
    #[n(1)]
    pub number: String,
    /// BIC or SWIFT code.
    #[n(2)]
    pub bic: Option<String>,
    /// Name of the bank.
    #[n(3)]
    pub bank: Option<String>,
    /// Another line for shoppers.
    #[n(4)]
    pub note: Text,
}
