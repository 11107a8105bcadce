//! The staff API. Every request carries a bearer token.
//!
//! An endpoint is declared once, in the table below: the server routes by it, the program `souk`
//! calls it, and `docs/operating.md` has to name it. The table also says which permission of a token
//! an endpoint needs (one of several where it names several, none where it names none), and which
//! [`BodyBound`] its body has. Those that write, and are not idempotent by themselves, take an
//! `Idempotency-Key`.

mod insights;
mod ladder;
mod orders;
mod payments;
mod plan;
mod publications;
mod queues;
mod rates;
mod release;
mod sales;
mod search;
mod stock;
mod switches;
mod tokens;

use crate::endpoint::{Bytes, Endpoint, Method};
use crate::limits;
use crate::mail::FailedMail;
use crate::operations::{LadderRung, RequestLimit, Standing};
use crate::origin::{
    Action, AuditReport, CodesReply, CopiedRows, CopyRows, DefineOffers, MakeCodes, OrderRecord,
    PriceLedger, ReadPrices, Repair, Replay, Replayed, RequeueOrders, RequeuedOrders, Restore,
    RestoreReply, Revoke, RevokeReply, StockAccount, StockQuery, StockReport, WalkSealed,
    WalkedSealed,
};
use crate::payments::NamedPayment;
use crate::plan::PlanStanding;
use crate::release::ReleaseStanding;
use crate::samples::SignalsStanding;
use crate::shards::{Grow, GrowReply, ShardsReport};

pub use insights::{IMPORT_ROWS_MAX, ImportCounts, ImportedOrders, InsightsBuild, InsightsPointer};
pub use ladder::SetLadder;
pub use orders::{
    IllegalChange, IndexedOrder, OrderTotal, Sort, WORKLIST_ITEMS_MAX, Worklist, WorklistEntry,
    WorklistPosition, WorklistQuery,
};
pub use payments::{Mismatch, UnmatchedPayment, UnmatchedPayments};
pub use plan::{SetPlan, SetStep};
pub use publications::{Pointer, Publication, PublicationChange, PublicationReply, Publications};
pub use queues::{Delivered, LastIngested, OrderIndexCondition, QueueReport, TickDone};
pub use rates::SetLimits;
pub use release::SetRelease;
pub use sales::{ChangedSale, SaleSchedule, SetSale, StaffSale, StaffSession};
pub use search::{
    AnswerCount, HelpReport, QueryCount, REPORT_DAYS_MAX, REPORTED_FROM, REPORTED_MAX, SearchReport,
};
pub use stock::{Receipt, RepairRequest};
pub use switches::{BY_LEVEL, SetSwitches};
pub use tokens::{
    CreateToken, CreatedToken, DEPLOYMENT, Permission, Refusal, RefusalCount, StaffToken,
    TOKEN_KEY_BYTES_MIN, TOKEN_NAME_BYTES_MAX, TOKEN_PREFIX, TOKENS_FRESH_MS, TOKENS_MAX,
    is_token_name,
};

/// How long the body of a request may be. It is read after the token was checked, and only then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyBound {
    /// There is none, or one that says nothing, such as `null`.
    Empty,
    /// One message.
    Json,
    /// A list of SKUs.
    Batch,
    /// A blob or a media file.
    Upload,
}

impl BodyBound {
    /// The bound, in bytes.
    pub const fn bytes_max(self) -> usize {
        match self {
            BodyBound::Empty => 1024,
            BodyBound::Json => limits::BODY_BYTES_MAX,
            BodyBound::Batch => limits::STAFF_BATCH_BYTES_MAX,
            BodyBound::Upload => limits::UPLOAD_BYTES_MAX,
        }
    }
}

/// Makes the table of endpoints: for each an [`Operation`], which a server matches, and an
/// [`Endpoint`] with its types.
macro_rules! endpoints {
    ($($(#[doc = $doc:literal])+
        $operation:ident $endpoint:ident: $method:ident $path:literal, $request:ty => $reply:ty,
        [$($permission:ident),*] $body:ident;)+
    ) => {
        /// What the staff API does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operation {
            $($(#[doc = $doc])+ $operation,)+
        }

        impl Operation {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$operation,)+];

            /// How it is called.
            pub const fn method(self) -> Method {
                match self {
                    $(Self::$operation => $endpoint.method(),)+
                }
            }

            /// Its path, with parameters such as `{order}`.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$operation => $endpoint.path(),)+
                }
            }

            /// What a token has to allow: one of these; any token will do where there are none.
            pub const fn permissions(self) -> &'static [Permission] {
                match self {
                    $(Self::$operation => &[$(Permission::$permission),*],)+
                }
            }

            /// How long its body may be.
            pub const fn body(self) -> BodyBound {
                match self {
                    $(Self::$operation => BodyBound::$body,)+
                }
            }
        }

        $($(#[doc = $doc])+
        pub const $endpoint: Endpoint<$request, $reply> = Endpoint::new(Method::$method, $path);)+
    };
}

endpoints! {
    /// A page of orders, from the order index. The query has the fields of [`WorklistQuery`].
    ListOrders LIST_ORDERS: Get "/staff/v1/orders", () => Worklist,
        [Orders] Empty;
    /// An order as the origin has it.
    ReadOrder READ_ORDER: Get "/staff/v1/orders/{order}", () => OrderRecord,
        [Orders] Empty;
    /// An order as the order index knows it.
    ReadIndexedOrder READ_INDEXED_ORDER: Get "/staff/v1/orders/{order}/index", () => IndexedOrder,
        [Orders] Empty;
    /// Changes an order, with an `Idempotency-Key`; [`IllegalChange`] with 409.
    ChangeOrder CHANGE_ORDER: Post "/staff/v1/orders/{order}/changes", Action => OrderRecord,
        [Orders, Money] Json;
    /// All orders, counted and summed, from the order index.
    ReportOrders REPORT_ORDERS: Get "/staff/v1/reports/orders", () => Vec<OrderTotal>,
        [Orders] Empty;
    /// What shoppers search for, and what they do not find. The query has `days`, 1 to
    /// [`REPORT_DAYS_MAX`].
    ReportSearch REPORT_SEARCH: Get "/staff/v1/reports/search", () => SearchReport,
        [Catalogue] Empty;
    /// How often the help helps, and which questions have no answer. The query has `days`, 1 to
    /// [`REPORT_DAYS_MAX`].
    ReportHelp REPORT_HELP: Get "/staff/v1/reports/help", () => HelpReport,
        [Catalogue] Empty;
    /// Mails that did not get to their buyers, the last report first.
    ListFailedMails LIST_FAILED_MAILS: Get "/staff/v1/mails/failed", () => Vec<FailedMail>,
        [Orders] Empty;
    /// A page of the payments that the providers have and the books do not. The query has `since`, in
    /// milliseconds since 1970, and [`UnmatchedPayments::after`] of the page before.
    ListUnmatchedPayments LIST_UNMATCHED_PAYMENTS: Get "/staff/v1/payments/unmatched",
        () => UnmatchedPayments,
        [Money] Empty;
    /// Books what the provider knows of a payment on its order, as its webhook does.
    BookPayment BOOK_PAYMENT: Post "/staff/v1/payments/book", NamedPayment => (),
        [Money] Json;
    /// Stock accounts of SKUs.
    ReadStock READ_STOCK: Post "/staff/v1/stock", StockQuery => StockReport,
        [Stock, Operations] Batch;
    /// Books units that come in, with an `Idempotency-Key`; the accounts afterwards.
    ReceiveStock RECEIVE_STOCK: Post "/staff/v1/stock/receipts", Receipt => Vec<StockAccount>,
        [Stock] Batch;
    /// Whether the books add up.
    Audit AUDIT: Get "/staff/v1/audit", () => AuditReport,
        [Operations] Empty;
    /// Repairs what the audit names, with an `Idempotency-Key`.
    Repair REPAIR: Post "/staff/v1/repairs", RepairRequest => Repair,
        [Operations] Json;
    /// How the queues and the order index stand.
    ReportQueues REPORT_QUEUES: Get "/staff/v1/queues", () => QueueReport,
        [Operations] Empty;
    /// Requeues dead messages of a queue.
    ReplayQueue REPLAY_QUEUE: Post "/staff/v1/queues/replay", Replay => Replayed,
        [Operations] Json;
    /// Does what is due by the clock.
    Tick TICK: Post "/staff/v1/tick", () => TickDone,
        [Tick] Empty;
    /// The order index's gauges as Prometheus text.
    Metrics METRICS: Get "/staff/v1/metrics", () => Bytes,
        [Metrics] Empty;
    /// The level and every switch, with what each setting does. The query has `language`, in which that
    /// is said; English without it.
    ReadSwitches READ_SWITCHES: Get "/staff/v1/switches", () => Standing,
        [Switches, Journal] Empty;
    /// Sets the level or a switch; how everything stands then. The query may have `language`, too.
    SetSwitches SET_SWITCHES: Put "/staff/v1/switches", SetSwitches => Standing,
        [Switches] Json;
    /// How many requests a client may send, of each class that is counted.
    ReadLimits READ_LIMITS: Get "/staff/v1/limits", () => Vec<RequestLimit>,
        [Switches, Journal] Empty;
    /// Sets them; classes that are not named have their defaults. How they are then.
    SetLimits SET_LIMITS: Put "/staff/v1/limits", SetLimits => Vec<RequestLimit>,
        [Switches] Json;
    /// What levels 1 to 3 switch, by level.
    ReadLadder READ_LADDER: Get "/staff/v1/ladder", () => Vec<LadderRung>,
        [Switches, Journal] Empty;
    /// Sets it, in the place of what they switched before. How it is then.
    SetLadder SET_LADDER: Put "/staff/v1/ladder", SetLadder => Vec<LadderRung>,
        [Switches] Json;
    /// A page of the journal as JSON lines, [`JOURNAL_MEDIA_TYPE`]. The query has `after`, the number of
    /// the record after which it begins; the header `Link` has the next page, until there is none.
    ///
    /// [`JOURNAL_MEDIA_TYPE`]: crate::operations::JOURNAL_MEDIA_TYPE
    ReadJournal READ_JOURNAL: Get "/staff/v1/journal", () => Bytes,
        [Switches, Journal] Empty;
    /// What is measured: every signal with its value now, and the last minutes. The query has `since`,
    /// the second, in seconds since 1970, after which seconds are wanted; without it they are all
    /// there, and how fast each class was answered in windows of up to six hours. With `watch=true`
    /// edges report for half a minute more.
    ReadSignals READ_SIGNALS: Get "/staff/v1/signals", () => SignalsStanding,
        [Switches, Journal] Empty;
    /// Sales with a waiting room of which a session is not over for more than a day, with how they stand.
    ReadSales READ_SALES: Get "/staff/v1/sales", () => Vec<StaffSale>,
        [Switches, Journal] Empty;
    /// Tells the waiting room of a sale its sessions and terms, or pauses, resumes or closes the sale.
    /// The same request again does no harm; 409 where the sale stands against it.
    SetSale SET_SALE: Put "/staff/v1/sales/{sale}", SetSale => ChangedSale,
        [Switches] Json;
    /// How the plan of a night stands: what is armed, its steps, and who has approved what.
    ReadPlan READ_PLAN: Get "/staff/v1/plan", () => PlanStanding,
        [Switches, Journal] Empty;
    /// Approves, arms or disarms a plan; how it stands then. 409 where what is there stands against it.
    SetPlan SET_PLAN: Put "/staff/v1/plan", SetPlan => PlanStanding,
        [Switches] Json;
    /// Fires or ends a step of the armed plan, or says that its task is done; how the plan stands then. 409
    /// where the step stands otherwise.
    SetStep SET_STEP: Put "/staff/v1/plan/steps/{step}", SetStep => PlanStanding,
        [Switches] Json;
    /// How the release stands that is out, and the last one that is over.
    ReadRelease READ_RELEASE: Get "/staff/v1/release", () => ReleaseStanding,
        [Switches, Journal] Empty;
    /// Begins, changes or ends a release; how it stands then. 409 where what is there stands against it.
    SetRelease SET_RELEASE: Put "/staff/v1/release", SetRelease => ReleaseStanding,
        [Switches] Json;
    /// One step of a walk over everything that is sealed, which says what needs which data key, and
    /// seals it with the newest one where that is asked for.
    WalkSealed WALK_SEALED: Post "/staff/v1/keys", WalkSealed => WalkedSealed,
        [Operations] Json;
    /// A page of a copy of everything that the origin keeps.
    CopyRows COPY_ROWS: Post "/staff/v1/backup", CopyRows => CopiedRows,
        [Backup] Json;
    /// A step of putting a copy back into an origin that has nothing yet.
    Restore RESTORE: Post "/staff/v1/restore", Restore => RestoreReply,
        [Backup] Upload;
    /// One step of filling the order index anew from the origin; the first one, with an empty `after`,
    /// forgets what it has of orders.
    RebuildOrderIndex REBUILD_ORDER_INDEX: Post "/staff/v1/index/rebuild",
        RequeueOrders => RequeuedOrders,
        [Operations] Json;
    /// How many shards there are; 501 `unsupported` where the origin is one store.
    ReadShards READ_SHARDS: Get "/staff/v1/shards", () => ShardsReport,
        [Operations] Empty;
    /// One step of growing: `growing`, so that the same request goes on with it, or `grown`; a
    /// refusal is a problem.
    GrowShards GROW_SHARDS: Post "/staff/v1/shards/grow", Grow => GrowReply,
        [Operations] Json;
    /// Every version of the catalogue that has not been dropped.
    ListPublications LIST_PUBLICATIONS: Get "/staff/v1/publications", () => Publications,
        [Catalogue, Backup] Empty;
    /// A step of publishing.
    Publish PUBLISH: Post "/staff/v1/publications", PublicationChange => PublicationReply,
        [Catalogue] Json;
    /// Revokes a promotion, takes that back, or says which ones are revoked.
    RevokePromotion REVOKE_PROMOTION: Post "/staff/v1/promotions/revoked", Revoke => RevokeReply,
        [Catalogue] Json;
    /// Makes codes of a promotion's series; the same request makes the same ones.
    MakeCodes MAKE_CODES: Post "/staff/v1/promotions/codes", MakeCodes => CodesReply,
        [Catalogue] Json;
    /// Prices and stock of SKUs, for orders.
    DefineOffers DEFINE_OFFERS: Post "/staff/v1/offers", DefineOffers => (),
        [Catalogue] Batch;
    /// A page of the ledger of prices: what publishes have said that SKUs cost.
    ReadPrices READ_PRICES: Post "/staff/v1/prices", ReadPrices => PriceLedger,
        [Catalogue] Batch;
    /// Which version of what was learnt from orders is published: an [`InsightsPointer`] as text.
    ReadInsights READ_INSIGHTS: Get "/staff/v1/insights", () => Bytes,
        [Catalogue, Backup] Empty;
    /// A step of learning from what was counted since, as every tick does it; again until it is done.
    BuildInsights BUILD_INSIGHTS: Post "/staff/v1/insights/build", () => InsightsBuild,
        [Catalogue] Empty;
    /// A part of the counts of orders that the shop did not take itself.
    ImportInsights IMPORT_INSIGHTS: Post "/staff/v1/insights/import", ImportCounts => (),
        [Catalogue] Batch;
    /// A blob of the catalogue, named by the hash of its content.
    ReadBlob READ_BLOB: Get "/staff/v1/blobs/{hash}", () => Bytes,
        [Catalogue, Backup] Empty;
    /// Stores a blob of the catalogue, which has to have this hash.
    WriteBlob WRITE_BLOB: Put "/staff/v1/blobs/{hash}", Bytes => (),
        [Catalogue] Upload;
    /// Deletes a blob of the catalogue; 409 while a version needs it.
    DeleteBlob DELETE_BLOB: Delete "/staff/v1/blobs/{hash}", () => (),
        [Catalogue] Empty;
    /// A media file, named by the hash of its content and its extension.
    ReadMedia READ_MEDIA: Get "/staff/v1/media/{name}", () => Bytes,
        [Catalogue, Backup] Empty;
    /// Stores a media file, which has to have the hash that its name says.
    WriteMedia WRITE_MEDIA: Put "/staff/v1/media/{name}", Bytes => (),
        [Catalogue] Upload;
    /// Deletes a media file.
    DeleteMedia DELETE_MEDIA: Delete "/staff/v1/media/{name}", () => (),
        [Catalogue] Empty;
    /// The caller's own token: any token that is valid.
    ReadOwnToken READ_OWN_TOKEN: Get "/staff/v1/token", () => StaffToken,
        [] Empty;
    /// The tokens that are not revoked, the expired ones among them.
    ListTokens LIST_TOKENS: Get "/staff/v1/tokens", () => Vec<StaffToken>,
        [Tokens] Empty;
    /// Makes a token, with an `Idempotency-Key` that is a secret: the same key gives the same token.
    CreateToken CREATE_TOKEN: Post "/staff/v1/tokens", CreateToken => CreatedToken,
        [Tokens] Json;
    /// Revokes a token by its name.
    RevokeToken REVOKE_TOKEN: Delete "/staff/v1/tokens/{name}", () => (),
        [Tokens] Empty;
}
