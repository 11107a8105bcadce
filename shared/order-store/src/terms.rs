//! What a deployment decides about its orders.

use souk_protocol::origin::{PaymentMethod, PublishedTerms};

use crate::Limits;

/// An hour, in milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// How orders can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods {
    /// To the courier.
    pub on_delivery: bool,
    /// By bank transfer.
    pub transfer: bool,
    /// By card.
    pub card: bool,
}

impl Methods {
    /// All of them.
    pub const ALL: Methods = Methods {
        on_delivery: true,
        transfer: true,
        card: true,
    };

    /// Whether a method is one of them.
    pub fn has(self, method: PaymentMethod) -> bool {
        match method {
            PaymentMethod::OnDelivery => self.on_delivery,
            PaymentMethod::Transfer => self.transfer,
            PaymentMethod::Card => self.card,
        }
    }
}

/// What orders promise and cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether these are the terms that the buyer was shown. A new order under others is refused.
    pub are_as_shown: bool,
    /// How orders can be paid.
    pub methods: Methods,
    /// Fee of the express delivery in minor units of the shop's currency.
    pub express_fee_minor: i64,
    /// How long the units of an order are held while the shopper pays by card, in milliseconds.
    pub card_hold_ms: i64,
    /// How long the units of an order are held while a bank transfer is under way, in milliseconds.
    pub transfer_hold_ms: i64,
    /// For how long nothing must have happened to an order that is over before it goes into the
    /// archive, in milliseconds.
    pub archive_after_ms: i64,
    /// How long an order that is over and was never paid is kept, in milliseconds.
    pub unpaid_kept_ms: i64,
    /// For how long a price that was shown is good after the shop has changed it, in milliseconds.
    pub freeze_ms: i64,
    /// How much one order, buyer and client may have.
    pub limits: Limits,
}

impl Default for Terms {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Terms {
    /// No fee; 15 minutes for a card; 2 days for a transfer, which most banks make within one; a year
    /// until an order that is over is archived, and 30 days until one that was never paid is deleted;
    /// 15 minutes for a price that was shown.
    /// Without limits: a deployment adds its own ([`Limits::read`]).
    pub const DEFAULT: Terms = Terms {
        are_as_shown: true,
        methods: Methods::ALL,
        express_fee_minor: 0,
        card_hold_ms: HOUR_MS / 4,
        transfer_hold_ms: 2 * 24 * HOUR_MS,
        archive_after_ms: 365 * 24 * HOUR_MS,
        unpaid_kept_ms: 30 * 24 * HOUR_MS,
        freeze_ms: HOUR_MS / 4,
        limits: Limits::NONE,
    };

    /// The same with what the published version says.
    pub fn with(self, published: &PublishedTerms) -> Self {
        let has = |method| published.payment_methods.contains(&method);
        Self {
            methods: Methods {
                on_delivery: has(PaymentMethod::OnDelivery),
                transfer: has(PaymentMethod::Transfer),
                card: has(PaymentMethod::Card),
            },
            express_fee_minor: published.express_fee.unwrap_or_default(),
            card_hold_ms: published.card_hold_ms,
            transfer_hold_ms: published.transfer_hold_ms,
            ..self
        }
    }
}
