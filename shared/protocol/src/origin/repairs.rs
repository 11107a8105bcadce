//! The audit, and repairs: correcting the books where they do not agree.
//!
//! What is true is a rule: orders say what is held and sold, the ledger of movements says what came
//! in, the history of an order says what has to be delivered to the back office. A repair request
//! names what drifts; it carries no numbers, so a caller cannot get them wrong. It is written down
//! as rows that are appended, and changes neither an order nor what the ledger said before.

use serde::{Deserialize, Serialize};

use super::queues::Queue;
use super::stock::StockAccount;
use crate::by_kind::read_by_kind;

/// `GET`: → [`AuditReport`].
pub const AUDIT_PATH: &str = "/trade/v1/audit";

/// Whether the books add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// SKUs on the books.
    pub skus: i64,
    /// Orders on the books.
    pub orders: i64,
    /// Outbox records that wait for delivery.
    pub outbox: i64,
    /// What does not add up, at most a hundred of each kind on each shard. Empty is good.
    pub drift: Vec<Drift>,
}

/// A SKU, an order or an allowance that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The shard whose books they are; none where the origin is one store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u16>,
    /// What is wrong.
    pub kind: DriftKind,
    /// The SKU, the number of the order, or the account of the allowance.
    pub subject: String,
    /// Numbers on the books, as [`DriftKind`] says; none where there are none to compare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<i64>,
    /// What they should be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<i64>,
}

/// What can be wrong with the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// The account of a SKU differs from its movements: supplied, available, held, sold.
    Ledger,
    /// The account of a SKU differs from the lines of its orders: held, sold.
    Orders,
    /// A bucket of a SKU has units and no order would look there.
    StrandedBucket,
    /// The account of a SKU lacks a bucket.
    LackingBucket,
    /// An event of an order would never be delivered to the back office.
    Outbox,
    /// An order waits for its payment and nothing would ever end that.
    Hold,
    /// The history of an order has a gap.
    History,
    /// The funds of an order differ from their ledger.
    Funds,
    /// The account of an allowance differs from what unpaid orders have taken: units.
    Allowance,
}

impl DriftKind {
    /// Whether the subject is a SKU; otherwise it is an order or an allowance.
    pub fn is_of_sku(self) -> bool {
        match self {
            DriftKind::Ledger
            | DriftKind::Orders
            | DriftKind::StrandedBucket
            | DriftKind::LackingBucket => true,
            DriftKind::Outbox
            | DriftKind::Hold
            | DriftKind::History
            | DriftKind::Funds
            | DriftKind::Allowance => false,
        }
    }
}

/// `POST`: [`RepairBooks`] → [`RepairReply`]. Of the origin.
pub const REPAIRS_PATH: &str = "/trade/v1/repairs";

/// Asks for a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairBooks {
    /// Idempotency key, of one kind with those of receipts. At most 255 bytes.
    pub key: String,
    /// The shard that the key belongs to; absent when the origin has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<u16>,
    /// What drifts.
    pub subject: Subject,
    /// Why, for the ledger.
    pub reason: String,
    /// The name of the staff token that asks, for the ledger. The same message under the same key may
    /// be repeated with another token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// Only says what would be done. The key is not used up.
    #[serde(default)]
    pub preview: bool,
}

/// What drifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The account of a SKU.
    Sku(String),
    /// The messages of an order, by its number.
    Order(String),
    /// The account of an allowance.
    Allowance(String),
}

/// What became of a [`RepairBooks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RepairReply {
    /// It is written down.
    Done {
        /// What was found and done.
        repair: Repair,
    },
    /// It was written down by an earlier message with this key.
    Already {
        /// What was found and done then.
        repair: Repair,
    },
    /// A preview: nothing was written.
    Would {
        /// What would be done.
        repair: Repair,
    },
    /// The key was used before for another repair, or for a receipt.
    KeyUsedForSomethingElse,
    /// There is no such SKU, order or allowance.
    Unknown,
    /// More units are promised to orders than ever came in, and the offer does not allow that. The
    /// store that says so has changed nothing.
    Short {
        /// Of which SKU.
        sku: String,
        /// How many units have to come in first.
        units: i64,
    },
}

read_by_kind!(RepairReply by outcome {
    repair: Repair,
    sku: String,
    units: i64,
} {
    "done" => Done { repair: needed },
    "already" => Already { repair: needed },
    "would" => Would { repair: needed },
    "key_used_for_something_else" => KeyUsedForSomethingElse {},
    "unknown" => Unknown {},
    "short" => Short { sku: needed, units: needed },
});

/// What a repair found and did. It is empty where nothing drifted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Repair {
    /// Accounts that drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountRepair>,
    /// Messages that were missing, and are queued again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageRepair>,
    /// Allowances that drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<AllowanceRepair>,
    /// Units that orders on one shard were promised and that were not there: they come from the
    /// shard that owns the SKU.
    #[serde(default, skip_serializing_if = "is_none")]
    pub brought: i64,
}

impl Repair {
    /// Whether nothing drifted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What several shards found and did.
    pub fn and(mut self, other: Self) -> Self {
        self.accounts.extend(other.accounts);
        self.messages.extend(other.messages);
        self.allowances.extend(other.allowances);
        self.brought += other.brought;
        self
    }
}

fn is_none(units: &i64) -> bool {
    *units == 0
}

/// An account that drifted: `after` agrees with its movements and with its orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRepair {
    /// On which shard; absent when the origin has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u16>,
    /// As it was found.
    pub before: StockAccount,
    /// What its movements added up to.
    pub ledger: StockAccount,
    /// As it is since.
    pub after: StockAccount,
    /// Units of `after` that are still to be made or bought in.
    #[serde(default)]
    pub backordered: i64,
}

/// A message that was missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRepair {
    /// Of which queue.
    pub queue: Queue,
    /// Place of the event in the order's history; 0 for placing.
    pub sequence: u32,
    /// When it is due, in milliseconds since 1970.
    pub due_ms: i64,
}

/// An allowance that drifted: `after` is what unpaid orders have taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceRepair {
    /// On which shard; absent when the origin has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u16>,
    /// Its account.
    pub account: String,
    /// As it was found.
    pub before: i64,
    /// As it is since.
    pub after: i64,
}
