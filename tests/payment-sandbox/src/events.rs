//! Events and their signatures.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Something that the shop should hear.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Name.
    pub id: String,
    /// Kind, such as `payment_intent.succeeded`.
    pub kind: String,
    /// The body of its delivery.
    pub body: String,
}

impl Event {
    pub(crate) fn new(number: u64, kind: &str, object: Value, now_s: i64) -> Self {
        let id = format!("evt_sandbox_{number}");
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": "2024-06-20",
            "created": now_s,
            "livemode": false,
            "pending_webhooks": 1,
            "type": kind,
            "data": {"object": object},
        });
        Self {
            id,
            kind: kind.to_owned(),
            body: body.to_string(),
        }
    }
}

/// The header `Stripe-Signature` for a body.
pub fn signature(secret: &str, body: &[u8], now_s: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(format!("{now_s}.").as_bytes());
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now_s},v1={hex}")
}
