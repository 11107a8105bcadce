//! What the edge and the back office say to the origin, and what it answers.
//!
//! HTTP with JSON bodies, over any transport: a Durable Object stub, Spin's service chaining, or
//! HTTPS to a deployment elsewhere. Business outcomes travel as 200 with a tagged body; other
//! statuses are failures of the conversation itself.
//!
//! Not here: what the shards of an origin say to each other ([`crate::shards`]).

mod backup;
mod changes;
mod entrance;
mod fields;
mod limits;
mod orders;
mod prices;
mod queues;
mod quote;
mod repairs;
mod sales;
mod sealing;
mod stock;
mod terms;

pub use backup::{
    COPY_CUT_MS_MIN, COPY_ORDERS_MAX, COPY_PATH, COPY_ROWS_MAX, CopiedRows, CopyRows, Ledger,
    OrderCopy, REQUEUE_PATH, RESTORE_PATH, RESTORED_CARD_HOLD_MS_MIN, RequeueOrders,
    RequeuedOrders, Restore, RestoreReply,
};
pub use changes::{
    Action, Actor, CHANGES_PATH, ChangeOrder, ChangeReply, Event, FundsReport, OrderRecord,
    PERSONAL_REQUIRED, Progress, RECORD_PATH, RecordedEvent, RefundOrigin, ReturnedUnits,
};
pub use entrance::{
    ENTRANCE, IDENTITY_PATH, MEMBERS_HEADER, OTHER_STORE, SIGNALS_PATH, STORE_HEADER,
};
pub use limits::{AskedBy, STORE_PATH, StoreReport};
pub use orders::{
    DeliveryTitle, Details, ORDERS_PATH, OrderDetails, OrderPoint, Personal, PersonalFields,
    SaleTicket, SealedDetails, Status, StoredLine, StoredOrder, SubmitLine, SubmitOrder,
    SubmitReply,
};
pub use prices::{
    OFFER_PRICES_MAX, OfferPrice, OfferPrices, PRICE_RECORDS_MAX, PRICES_PATH, PriceLedger,
    PriceRecord, ReadPrices,
};
pub use queues::{
    BACKLOG_PATH, CLAIM_MAX, CLAIM_PATH, Claim, Message, News, Queue, QueueDepth, REPLAY_PATH,
    Replay, Replayed, SETTLE_PATH, Settled, Settlement, TICK_PATH, TickReport,
};
pub use quote::{
    Breakdown, OrderAdjustment, OrderAllocation, OrderOption, OrderQuote, OrderTax, OrderTaxPart,
    PackedBreakdown, PromotionLeftOut, PromotionRefusal, QuotePlace,
};
pub use repairs::{
    AUDIT_PATH, AccountRepair, AllowanceRepair, AuditReport, Drift, DriftKind, MessageRepair,
    REPAIRS_PATH, Repair, RepairBooks, RepairReply, Subject,
};
pub use sales::{
    ReadSession, SESSION_ORDERS_MAX, SESSION_PATH, SessionLevel, SessionOrder, SessionStanding,
};
pub use sealing::{SEALED_PATH, WALK_ORDERS_MAX, WalkSealed, WalkedSealed};
pub use stock::{
    AVAILABILITY_PATH, DefineOffers, OFFERS_PATH, OfferDefinition, RECEIPTS_PATH, ReceiptLine,
    ReceiptReply, STOCK_PATH, StockAccount, StockQuery, StockReceipt, StockReport,
};
pub use terms::{
    CODES_MAX, CODES_PATH, CodesReply, MakeCodes, PaymentMethod, PriceStamps, PriceTerms,
    PublishedTerms, REVOKED_MAX, REVOKED_PATH, Revoke, RevokeReply, SetTerms, StoredTerms,
    TERMS_BEFORE_MS, TERMS_PATH,
};

/// `GET`: → [`crate::staff::Publications`]; `POST`: [`crate::staff::PublicationChange`] →
/// [`crate::staff::PublicationReply`].
pub const PUBLICATIONS_PATH: &str = "/trade/v1/publications";

/// Header that ties the logs of both sides together: `traceparent` of W3C trace context.
pub const TRACE_HEADER: &str = "traceparent";
