//! What a published version of the shop says about orders.

use serde::{Deserialize, Serialize};

/// `POST`: [`Revoke`] → [`RevokeReply`]. To every shard.
pub const REVOKED_PATH: &str = "/trade/v1/terms/revoked";
/// `POST`: [`MakeCodes`] → [`CodesReply`]. Nothing is stored, so any store of the shop answers.
pub const CODES_PATH: &str = "/trade/v1/terms/codes";

/// `POST`: [`SetTerms`] → 204. To every shard, with the publication of their version.
pub const TERMS_PATH: &str = "/trade/v1/terms";

/// For how long an order may still name the terms before the current ones: so long an edge may show
/// the version before (Cloudflare KV takes up to a minute, an edge two seconds more), and a shopper
/// may take to send the form.
pub const TERMS_BEFORE_MS: i64 = 15 * 60 * 1_000;

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// To the courier.
    OnDelivery,
    /// By bank transfer in advance.
    Transfer,
    /// By card, at the payment provider.
    Card,
}

/// How orders can be paid, what their delivery costs, and how long units are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedTerms {
    /// Hash of all of it, 16 hexadecimal digits: equal stamps are equal terms.
    pub stamp: String,
    /// How orders can be paid.
    pub payment_methods: Vec<PaymentMethod>,
    /// Cost of express delivery in minor units; absent where it is not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub express_fee: Option<i64>,
    /// How long units are held for an order that is paid by card, in milliseconds.
    pub card_hold_ms: i64,
    /// How long units are held for an order that is paid by transfer, in milliseconds.
    pub transfer_hold_ms: i64,
}

impl PublishedTerms {
    /// As the manifest of a version has them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain structs become JSON")
    }
}

/// What a published version says about orders and prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTerms {
    /// About orders.
    pub orders: PublishedTerms,
    /// About prices; absent in a version whose offers have one price each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<PriceTerms>,
    /// Ids of promotions that are revoked: of use to a store that has no terms yet, others know them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
}

/// Terms of prices, as an origin gets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTerms {
    /// `souk_pricing::Terms::stamp`, 16 hexadecimal digits: equal stamps are equal terms.
    pub stamp: String,
    /// `souk_pricing::Terms::encode`, in Base64.
    pub blob: String,
}

/// Which terms of prices are in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceStamps {
    /// Stamp of those of the published version; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Stamp of those before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// When the current ones came, in milliseconds since 1970; 0 where no others were before them.
    pub since_ms: i64,
}

impl PriceStamps {
    /// Whether an order may be priced by these terms (`None`: by none): by the current ones, and for a
    /// while by those before them.
    pub fn allow(&self, stamp: Option<&str>, freeze_ms: i64, now_ms: i64) -> bool {
        self.current.as_deref() == stamp
            || (self.before.as_deref() == stamp
                && now_ms.saturating_sub(self.since_ms) <= freeze_ms)
    }
}

/// The terms that an origin has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTerms {
    /// Those of the published version.
    pub current: PublishedTerms,
    /// Those before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PublishedTerms>,
    /// When the current ones came, in milliseconds since 1970.
    pub since_ms: i64,
    /// Those of prices.
    #[serde(default)]
    pub prices: PriceStamps,
    /// Ids of promotions that no order may use, whatever the terms say, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
}

/// Most promotions that are revoked at a time.
pub const REVOKED_MAX: usize = 500;
/// Most codes of one request.
pub const CODES_MAX: u32 = 10_000;

/// Revokes a promotion, or takes that back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// Its id; absent: the ones that are revoked are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
    /// Whether orders may use it again.
    #[serde(default)]
    pub undo: bool,
}

/// What became of a [`Revoke`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum RevokeReply {
    /// It is in force.
    Done {
        /// Every promotion that is revoked, in ascending order.
        revoked: Vec<String>,
    },
    /// The published terms have no such promotion.
    UnknownPromotion,
    /// As many are revoked as possible: [`REVOKED_MAX`].
    TooMany,
}

/// Makes codes of a promotion's series. The same request makes the same codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakeCodes {
    /// Its id.
    pub promotion: String,
    /// The number of the first code, less than 2^45: at random, so that no two requests make the
    /// same ones.
    pub first: u64,
    /// How many: [`CODES_MAX`] at most.
    pub count: u32,
}

/// What became of a [`MakeCodes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CodesReply {
    /// They are made.
    Done {
        /// Each good for one order.
        codes: Vec<String>,
    },
    /// The published terms have no such promotion.
    UnknownPromotion,
    /// The promotion needs no code, or has a list of codes.
    NoSeries,
    /// The origin has no secret for codes.
    NoSecret,
}
