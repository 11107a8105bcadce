//! Problem details for HTTP APIs (RFC 9457).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::PromotionRefusal;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What kinds of problem there are. `type` is `/problems/NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// A line asks for more units than there are.
    SoldOut,
    /// The shop does not sell so many, or for so much, to one order, buyer or client.
    LimitExceeded,
    /// The sale that the order is of has not opened.
    NotOpen,
    /// The sale that the order is of is over.
    SaleOver,
    /// The sale that the order is of has a waiting room, and the order has no ticket that is called.
    NotYourTurn,
    /// The ticket is none of this session, or another buyer's.
    TicketInvalid,
    /// The turn of the ticket is over.
    TurnMissed,
    /// The price is not the one that the buyer was shown.
    PriceChanged,
    /// Payment or delivery are not as the buyer was shown.
    TermsChanged,
    /// A promotion that the buyer was shown cannot be used.
    PromotionUnavailable,
    /// The delivery is not possible for what is ordered and where it goes.
    DeliveryUnavailable,
    /// The order cannot be changed, or not so.
    NotEditable,
    /// The key was used for an order with another content.
    IdempotencyKeyReused,
    /// The request has no `Idempotency-Key`.
    IdempotencyKeyMissing,
    /// The shop does not sell this.
    UnknownSku,
    /// The request is malformed (400) or breaks a rule (422).
    InvalidRequest,
    /// The body is longer than the bound.
    BodyTooLarge,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// The cursor's version of the catalogue is gone.
    CursorExpired,
    /// There is nothing at this address.
    NotFound,
    /// There is something at this address, but not for this method.
    MethodNotAllowed,
    /// The client tries too often.
    QuotaExceeded,
    /// The answer to a challenge is missing or wrong.
    ChallengeRequired,
    /// The credentials are missing or wrong.
    Unauthorized,
    /// What is asked for clashes with what is there.
    Conflict,
    /// The origin or a store does not answer, or has too much to do; nothing was done, and the same
    /// request may be sent again.
    Unavailable,
    /// The origin was asked and did not answer: an order may have been placed or not. The same
    /// request with the same key finds out, and is carried out once.
    OutcomeUnknown,
    /// Orders and changes are closed for some minutes, because the shop is being made larger; nothing
    /// was done, and the same request may be sent again.
    OrderingClosed,
    /// The staff have switched this off for a while, so that orders keep coming through; nothing was
    /// done.
    SwitchedOff,
    /// The deployment has no such ability.
    Unsupported,
    /// Ours.
    Internal,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 31] = [
        ProblemKind::SoldOut,
        ProblemKind::LimitExceeded,
        ProblemKind::NotOpen,
        ProblemKind::SaleOver,
        ProblemKind::NotYourTurn,
        ProblemKind::TicketInvalid,
        ProblemKind::TurnMissed,
        ProblemKind::PriceChanged,
        ProblemKind::TermsChanged,
        ProblemKind::PromotionUnavailable,
        ProblemKind::DeliveryUnavailable,
        ProblemKind::NotEditable,
        ProblemKind::IdempotencyKeyReused,
        ProblemKind::IdempotencyKeyMissing,
        ProblemKind::UnknownSku,
        ProblemKind::InvalidRequest,
        ProblemKind::BodyTooLarge,
        ProblemKind::UnsupportedMediaType,
        ProblemKind::CursorExpired,
        ProblemKind::NotFound,
        ProblemKind::MethodNotAllowed,
        ProblemKind::QuotaExceeded,
        ProblemKind::ChallengeRequired,
        ProblemKind::Unauthorized,
        ProblemKind::Conflict,
        ProblemKind::Unavailable,
        ProblemKind::OutcomeUnknown,
        ProblemKind::OrderingClosed,
        ProblemKind::SwitchedOff,
        ProblemKind::Unsupported,
        ProblemKind::Internal,
    ];

    /// The last part of `type`.
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::SoldOut => "sold-out",
            ProblemKind::LimitExceeded => "limit-exceeded",
            ProblemKind::NotOpen => "not-open",
            ProblemKind::SaleOver => "sale-over",
            ProblemKind::NotYourTurn => "not-your-turn",
            ProblemKind::TicketInvalid => "ticket-invalid",
            ProblemKind::TurnMissed => "turn-missed",
            ProblemKind::PriceChanged => "price-changed",
            ProblemKind::TermsChanged => "terms-changed",
            ProblemKind::PromotionUnavailable => "promotion-unavailable",
            ProblemKind::DeliveryUnavailable => "delivery-unavailable",
            ProblemKind::NotEditable => "not-editable",
            ProblemKind::IdempotencyKeyReused => "idempotency-key-reused",
            ProblemKind::IdempotencyKeyMissing => "idempotency-key-missing",
            ProblemKind::UnknownSku => "unknown-sku",
            ProblemKind::InvalidRequest => "invalid-request",
            ProblemKind::BodyTooLarge => "body-too-large",
            ProblemKind::UnsupportedMediaType => "unsupported-media-type",
            ProblemKind::CursorExpired => "cursor-expired",
            ProblemKind::NotFound => "not-found",
            ProblemKind::MethodNotAllowed => "method-not-allowed",
            ProblemKind::QuotaExceeded => "quota-exceeded",
            ProblemKind::ChallengeRequired => "challenge-required",
            ProblemKind::Unauthorized => "unauthorized",
            ProblemKind::Conflict => "conflict",
            ProblemKind::Unavailable => "unavailable",
            ProblemKind::OutcomeUnknown => "outcome-unknown",
            ProblemKind::OrderingClosed => "ordering-closed",
            ProblemKind::SwitchedOff => "switched-off",
            ProblemKind::Unsupported => "unsupported",
            ProblemKind::Internal => "internal",
        }
    }

    /// The status that goes with it, unless the case needs another one.
    pub fn status(self) -> u16 {
        match self {
            ProblemKind::SoldOut
            | ProblemKind::LimitExceeded
            | ProblemKind::NotOpen
            | ProblemKind::SaleOver
            | ProblemKind::NotYourTurn
            | ProblemKind::PriceChanged
            | ProblemKind::TermsChanged
            | ProblemKind::PromotionUnavailable
            | ProblemKind::NotEditable
            | ProblemKind::Conflict => 409,
            ProblemKind::IdempotencyKeyReused
            | ProblemKind::DeliveryUnavailable
            | ProblemKind::UnknownSku
            | ProblemKind::InvalidRequest => 422,
            ProblemKind::IdempotencyKeyMissing => 400,
            ProblemKind::BodyTooLarge => 413,
            ProblemKind::UnsupportedMediaType => 415,
            ProblemKind::CursorExpired | ProblemKind::TurnMissed => 410,
            ProblemKind::NotFound => 404,
            ProblemKind::MethodNotAllowed => 405,
            ProblemKind::QuotaExceeded => 429,
            ProblemKind::ChallengeRequired | ProblemKind::TicketInvalid => 403,
            ProblemKind::Unauthorized => 401,
            ProblemKind::Unavailable
            | ProblemKind::OutcomeUnknown
            | ProblemKind::OrderingClosed
            | ProblemKind::SwitchedOff => 503,
            ProblemKind::Unsupported => 501,
            ProblemKind::Internal => 500,
        }
    }

    /// `title`: the same for every occurrence.
    pub fn title(self) -> &'static str {
        match self {
            ProblemKind::SoldOut => "Sold out",
            ProblemKind::LimitExceeded => "More than the shop allows",
            ProblemKind::NotOpen => "The sale has not opened",
            ProblemKind::SaleOver => "The sale is over",
            ProblemKind::NotYourTurn => "It is not your turn",
            ProblemKind::TicketInvalid => "The ticket is not valid here",
            ProblemKind::TurnMissed => "Your turn is over",
            ProblemKind::PriceChanged => "The price has changed",
            ProblemKind::TermsChanged => "Payment or delivery have changed",
            ProblemKind::PromotionUnavailable => "A promotion cannot be used",
            ProblemKind::DeliveryUnavailable => "This delivery is not possible",
            ProblemKind::NotEditable => "The order cannot be changed so",
            ProblemKind::IdempotencyKeyReused => "The Idempotency-Key belongs to another order",
            ProblemKind::IdempotencyKeyMissing => "The Idempotency-Key header is missing",
            ProblemKind::UnknownSku => "Unknown SKU",
            ProblemKind::InvalidRequest => "The request is not valid",
            ProblemKind::BodyTooLarge => "The body is too large",
            ProblemKind::UnsupportedMediaType => "The media type is not supported",
            ProblemKind::CursorExpired => "The cursor has expired",
            ProblemKind::NotFound => "Not found",
            ProblemKind::MethodNotAllowed => "Method not allowed",
            ProblemKind::QuotaExceeded => "Too many requests",
            ProblemKind::ChallengeRequired => "A challenge has to be answered first",
            ProblemKind::Unauthorized => "Not authorised",
            ProblemKind::Conflict => "Conflict",
            ProblemKind::Unavailable => "Try again",
            ProblemKind::OutcomeUnknown => "Not known whether it was done",
            ProblemKind::OrderingClosed => "Ordering is closed for some minutes",
            ProblemKind::SwitchedOff => "Switched off for a while",
            ProblemKind::Unsupported => "Not supported here",
            ProblemKind::Internal => "Something went wrong on our side",
        }
    }
}

/// The body of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI reference that identifies the kind of problem, such as `/problems/sold-out`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The SKU in question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// With `sold-out`: 0 when no unit can be ordered; absent when some can, but fewer than were
    /// asked for. Only the staff see how many: with `conflict`, how many units of a receipt
    /// can be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// With `limit-exceeded`: the limit, such as `units_per_order`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// With `limit-exceeded`: what the limit allows, in units, percent or minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<i64>,
    /// With `price-changed`: the price that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<crate::public::Money>,
    /// With `promotion-unavailable`: the id of the promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Box<str>>,
    /// With `promotion-unavailable`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<PromotionRefusal>,
    /// With `price-changed` and `promotion-unavailable`: what the same order costs now. Send it again
    /// with this quote if the buyer agrees. It is a [`crate::quotes::Quote`], which functions that pass
    /// problems on do not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::quotes::Quote>))]
    pub quote: Option<Box<Value>>,
    /// With `not-your-turn`, where orders of all products are accepted in turn: the place of this client. Send
    /// the same order to its `orders_path` with it, once its state is `called`. Functions that pass problems
    /// on do not read it.
    #[serde(
        default,
        deserialize_with = "not_read",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::public::Ticket>))]
    pub ticket: Option<Box<crate::public::Ticket>>,
    /// What is wrong with the request, one entry for each place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// Passes over the value of a field that is only written.
fn not_read<'de, D: serde::Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| None)
}

/// A place in the request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or `?NAME` for a query parameter.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
}

impl Problem {
    /// A problem of a kind, with its usual status.
    pub fn new(kind: ProblemKind) -> Self {
        Self {
            kind: format!("/problems/{}", kind.name()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: None,
            sku: None,
            available: None,
            limit: None,
            allowed: None,
            unit_price: None,
            promotion: None,
            reason: None,
            quote: None,
            ticket: None,
            errors: Vec::new(),
        }
    }

    /// The same with a sentence about this occurrence.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}
