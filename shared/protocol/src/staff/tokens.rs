//! Staff tokens: who may do what in the staff API.
//!
//! A token has a name, permissions and, if its maker wishes, an end. The shop stores its hash, so
//! it is shown once. The deployment's secret `STAFF_TOKEN` counts as a token of the name
//! [`DEPLOYMENT`] with the permission [`Permission::Tokens`] and no other: it makes the first tokens.
//!
//! Not here: which endpoint needs which permission (the table in the parent module), where tokens
//! are kept (`souk-staff-tokens`).

use serde::{Deserialize, Deserializer, Serialize};

use crate::consistency::Data;

/// What a token begins with, so that programs that search for leaked secrets know it.
pub const TOKEN_PREFIX: &str = "souk_staff_";

/// The name under which the deployment's secret acts; no token has it.
pub const DEPLOYMENT: &str = "deployment";

/// Longest name of a token, in bytes.
pub const TOKEN_NAME_BYTES_MAX: usize = 64;

/// Most tokens that are valid, and most that are listed. An instance keeps all of them in memory.
pub const TOKENS_MAX: usize = 100;

/// Shortest `Idempotency-Key` with which a token is made, in bytes: the token is derived from it and
/// from the deployment's secret, so that the same request gives the same token.
pub const TOKEN_KEY_BYTES_MIN: usize = 16;

/// How long an instance uses the tokens that it has read, in milliseconds. So a token that is
/// revoked works for this long at most.
pub const TOKENS_FRESH_MS: i64 = Data::StaffTokens.class().bound_ms();

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Reads metrics: `/metrics` and `/staff/v1/metrics`.
    Metrics,
    /// Has the shop do what is due by the clock.
    Tick,
    /// Publishes the catalogue: versions, blobs, media, offers. Reads what shoppers search for.
    Catalogue,
    /// Reads stock accounts, and books units that come in or are missing.
    Stock,
    /// Reads orders without names and addresses, and moves them along: allocate, ship, deliver,
    /// return, cancel.
    Orders,
    /// Books payments and asks for refunds.
    Money,
    /// Sees names, addresses and notes of the orders that another permission shows.
    Personal,
    /// Audits and repairs the books, requeues dead messages, grows the shop, seals orders anew, fills
    /// the order index anew.
    Operations,
    /// Sets the level and switches, and reads them and the journal.
    Switches,
    /// Reads the level, the switches and the journal, and changes nothing.
    Journal,
    /// Copies everything that the origin keeps, the keys to orders' pages among it, and puts a copy
    /// back. No other permission includes it.
    Backup,
    /// Makes, lists and revokes tokens.
    Tokens,
}

impl Permission {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Permission::Metrics,
        Permission::Tick,
        Permission::Catalogue,
        Permission::Stock,
        Permission::Orders,
        Permission::Money,
        Permission::Personal,
        Permission::Operations,
        Permission::Switches,
        Permission::Journal,
        Permission::Backup,
        Permission::Tokens,
    ];

    /// As it stands in JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Permission::Metrics => "metrics",
            Permission::Tick => "tick",
            Permission::Catalogue => "catalogue",
            Permission::Stock => "stock",
            Permission::Orders => "orders",
            Permission::Money => "money",
            Permission::Personal => "personal",
            Permission::Operations => "operations",
            Permission::Switches => "switches",
            Permission::Journal => "journal",
            Permission::Backup => "backup",
            Permission::Tokens => "tokens",
        }
    }

    /// The permission of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The permissions among these words; what is none is left out.
    pub fn known(words: &[String]) -> Vec<Self> {
        words.iter().filter_map(|word| Self::parse(word)).collect()
    }
}

/// Asks for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// Names the token in lists, in the history of orders and in the ledgers: 1 to
    /// [`TOKEN_NAME_BYTES_MAX`] letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// At least one, and none that its maker lacks.
    pub permissions: Vec<Permission>,
    /// When it ends, in milliseconds since 1970; absent: when it is revoked. No later than its maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedToken {
    /// The token itself, which is shown here and never again.
    pub token: String,
    /// What is known of it.
    pub about: StaffToken,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffToken {
    /// Its name.
    pub name: String,
    /// What it allows, each permission once and in the order of [`Permission::ALL`]. A word that this
    /// version does not know allows nothing.
    #[serde(deserialize_with = "known_permissions")]
    pub permissions: Vec<Permission>,
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: i64,
    /// The name of the token that made it.
    pub created_by: String,
    /// When it ends, in milliseconds since 1970; absent: when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// When it was used last, to the minute, in milliseconds since 1970; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at_ms: Option<i64>,
}

impl StaffToken {
    /// Whether it has ended.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms)
    }

    /// Whether it allows this.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// Reads words, and leaves out those that are no permission here: fewer rights are the safe side, and
/// one token of another version does not take the others down.
fn known_permissions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Permission>, D::Error> {
    let words = Vec::<String>::deserialize(from)?;
    Ok(Permission::known(&words))
}

/// Whether a token may have this name.
pub fn is_token_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=TOKEN_NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(is_plain)
        // A segment `.` or `..` of a path is resolved on its way.
        && !name.starts_with('.')
        && name != DEPLOYMENT
}

/// Why a request to the staff API was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It had no token.
    Missing,
    /// Its token is none of the shop's: wrong or revoked.
    Unknown,
    /// Its token has ended.
    Expired,
    /// Its token does not allow this.
    Permission,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Refusal::Missing,
        Refusal::Unknown,
        Refusal::Expired,
        Refusal::Permission,
    ];

    /// As it stands in metrics and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Refusal::Missing => "missing",
            Refusal::Unknown => "unknown",
            Refusal::Expired => "expired",
            Refusal::Permission => "permission",
        }
    }

    /// Whether the request had no valid token; a valid one that lacks a permission guesses nothing.
    pub const fn is_guess(self) -> bool {
        !matches!(self, Refusal::Permission)
    }

    /// The reason of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// How many requests were refused for a reason, by all instances since the shop began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalCount {
    /// Why.
    pub reason: Refusal,
    /// How many.
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for permission in Permission::ALL {
            let json = serde_json::to_string(&permission).expect("JSON");
            assert_eq!(json, format!("\"{}\"", permission.name()));
            assert_eq!(Permission::parse(permission.name()), Some(permission));
        }
        for reason in Refusal::ALL {
            let json = serde_json::to_string(&reason).expect("JSON");
            assert_eq!(json, format!("\"{}\"", reason.name()));
            assert_eq!(Refusal::parse(reason.name()), Some(reason));
        }
        assert_eq!(Permission::parse("everything"), None);
    }

    #[test]
    fn a_name_is_a_plain_segment_of_a_path() {
        let long = "n".repeat(TOKEN_NAME_BYTES_MAX);
        for name in ["monitoring", "anna.k-2027_b", "A", &long] {
            assert!(is_token_name(name), "{name}");
        }
        let longer = format!("{long}n");
        for name in [
            "", "a b", "a/b", "..", ".a", "ä", "a\n", DEPLOYMENT, &longer,
        ] {
            assert!(!is_token_name(name), "{name}");
        }
    }

    #[test]
    fn a_token_ends_at_its_moment() {
        let mut token = StaffToken {
            name: "a".to_owned(),
            permissions: vec![Permission::Tick],
            created_at_ms: 0,
            created_by: DEPLOYMENT.to_owned(),
            expires_at_ms: Some(10),
            last_used_at_ms: None,
        };
        assert!(!token.is_expired(9) && token.is_expired(10));
        token.expires_at_ms = None;
        assert!(!token.is_expired(i64::MAX));
        assert!(token.may(Permission::Tick) && !token.may(Permission::Money));
    }
}
