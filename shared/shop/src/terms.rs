//! What the origin needs to know of a shop's settings.

use souk_catalogue::Hash;
use souk_protocol::origin::{PaymentMethod, PublishedTerms};

use crate::Shop;

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
