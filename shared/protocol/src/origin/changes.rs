//! What happens to an order after it was placed: changes, and their history.
//!
//! The rules are those of the state machine in `souk-domain`.

use serde::{Deserialize, Serialize};
use souk_domain::MailKind;

use super::orders::{OrderDetails, Status, StoredOrder};
use crate::mail::MailProblem;
use crate::public::Address;

/// `GET` with `?id=`: → [`OrderRecord`], without the personal fields if they do not open. With
/// [`PERSONAL_REQUIRED`] that is an error: for the edge, which shows the order to its buyer.
///
/// The edge asks only for an order whose token it has seen: the origin knows none.
pub const RECORD_PATH: &str = "/trade/v1/orders/record";

/// Name and value of a parameter of [`RECORD_PATH`].
pub const PERSONAL_REQUIRED: (&str, &str) = ("personal", "required");

/// `POST`: [`ChangeOrder`] → [`ChangeReply`].
pub const CHANGES_PATH: &str = "/trade/v1/orders/changes";

/// Who changes an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Who bought it.
    Shopper,
    /// The shop's staff.
    Staff,
    /// The payment provider, by a webhook or an answer.
    Provider,
    /// The shop itself, by the clock.
    System,
}

/// A change to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOrder {
    /// Idempotency key of the change, within the order. At most 255 bytes.
    pub key: String,
    /// The order's number.
    pub order: String,
    /// Who.
    pub by: Actor,
    /// The name of the staff token that asks; the history keeps it. It is no part of what the key
    /// stands for: the same change under the same key may be repeated with another token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// What.
    pub action: Action,
}

/// What a shopper, the staff, a payment provider or the clock asks of an order. Amounts are in
/// minor units of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// A payment page was opened at the provider.
    BeginPayment {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of it.
        session: String,
        /// Where the shopper pays.
        url: String,
    },
    /// The provider refused a card.
    DeclinePayment {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// The provider's reason, for the shopper.
        reason: String,
    },
    /// The provider vouches for the amount.
    Authorise {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// How much.
        amount: i64,
    },
    /// The provider took the amount.
    Capture {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// How much.
        amount: i64,
        /// What the provider keeps of it; 0 when it has not said.
        fee: i64,
    },
    /// The provider gave up the authorisation.
    Void {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// Why.
        reason: String,
    },
    /// Money came in without a provider.
    ReceivePayment {
        /// How much.
        amount: i64,
        /// Of the bank or the courier.
        reference: String,
    },
    /// The deadline of the hold is over.
    Expire,
    /// The shopper or the staff cancel the order; a shopper only until it is packed.
    Cancel {
        /// Why.
        reason: String,
    },
    /// The shopper takes units off a line, until the order is packed.
    SetQuantity {
        /// The line's place in the order, from 0.
        line: usize,
        /// How many units are left of it.
        quantity: u32,
    },
    /// The shopper names another address, until the order is packed. The origin seals it at once; a
    /// store never sees it.
    SetAddress {
        /// In the form of its country.
        address: Box<Address>,
    },
    /// The warehouse puts the units aside.
    Allocate,
    /// The parcel is on its way.
    Ship {
        /// Who carries it.
        carrier: String,
        /// The carrier's number of it; empty where there is none.
        tracking: String,
        /// Why it is sent although the provider has not taken the money; absent: it is not.
        #[serde(skip_serializing_if = "Option::is_none")]
        unpaid_reason: Option<String>,
    },
    /// The parcel has arrived.
    Deliver,
    /// Units came back.
    Return {
        /// Which.
        units: Vec<ReturnedUnits>,
        /// What the buyer gets back for them, in minor units; 0 for nothing. Absent: what they cost,
        /// with tax and duty, as far as it was paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<i64>,
        /// Why.
        reason: String,
    },
    /// The buyer gets money back: the provider is to be asked for it.
    Refund {
        /// How much.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// The provider reports a refund that was made there and not asked for here.
    ReportRefund {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// The provider's name of the refund.
        refund: String,
        /// How much.
        amount: i64,
    },
    /// A refund has reached the buyer's account.
    SettleRefund {
        /// Where it was made; absent when people made it without a provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The provider's or the bank's name of the refund.
        refund: String,
        /// How much.
        amount: i64,
    },
    /// A refund is impossible.
    FailRefund {
        /// Where it was made; absent when people made it without a provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The place in the history of the request that the provider refused, so that there is no
        /// refund with a name.
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<u32>,
        /// The provider's or the bank's name of the refund.
        refund: String,
        /// How much.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// The provider reports that the buyer disputes the payment with the bank.
    OpenDispute {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// The provider's name of the dispute.
        dispute: String,
        /// How much.
        amount: i64,
        /// The buyer's reason, in the words of the provider.
        reason: String,
    },
    /// The provider reports how the bank has decided.
    CloseDispute {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// The provider's name of the dispute.
        dispute: String,
        /// How much.
        amount: i64,
        /// Whether the shop has the money again.
        won: bool,
    },
    /// A mail about the order did not get to its buyer.
    ReportMail {
        /// Which mail.
        #[serde(serialize_with = "crate::mail::kind::serialize")]
        mail: MailKind,
        /// What became of it.
        problem: MailProblem,
        /// The provider's short word for it, without an address.
        detail: String,
    },
}

/// Units of one line that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedUnits {
    /// The line's place in the order, from 0.
    pub line: usize,
    /// How many.
    pub quantity: u32,
    /// Whether they can be sold again.
    pub restock: bool,
}

/// What became of a [`ChangeOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReply<D = OrderDetails> {
    /// Done, or it was so already.
    Done {
        /// The order as it is now.
        record: Box<OrderRecord<D>>,
    },
    /// The key was used before for the same change: here is the order as it is now.
    Already {
        /// The order.
        record: Box<OrderRecord<D>>,
    },
    /// The key was used before for another change of this order.
    KeyUsedForOtherChange,
    /// There is no such order.
    UnknownOrder,
    /// Not legal now.
    Illegal {
        /// Where the order stands.
        status: Status,
        /// What is wrong: `not_now`, `not_editable`, `amount`, `units`, `unpaid`, or `place`: for that
        /// address the order would cost something else.
        problem: String,
        /// With `amount`: the most that is possible, or the one amount that is. With `unpaid`: what is
        /// still to be taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        possible: Option<i64>,
        /// Names of the actions that are legal for people now.
        legal: Vec<String>,
    },
}

/// An order with everything that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord<D = OrderDetails> {
    /// As it was placed, but for `status`, which is the one of now. As the origin gives it to others, also
    /// without the units that were taken off, and what they cost; a line of which none is left stays, so
    /// that lines keep their places.
    pub order: StoredOrder<D>,
    /// What became of it.
    pub progress: Progress,
    /// What happened since it was placed, in order; their fold is `progress`.
    pub events: Vec<RecordedEvent>,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of events since it was placed.
    pub revision: u32,
    /// Status.
    pub status: Status,
    /// Until when its units are held, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// What was paid, in minor units.
    pub funds: FundsReport,
    /// Units returned, for each line.
    pub returned: Vec<u32>,
    /// Units taken off by the buyer before the order was packed, for each line; empty where there are
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<u32>,
}

/// Money of one order, in minor units: `refunding + refunded + disputed <= captured`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FundsReport {
    /// The provider vouches for it and has not taken it.
    pub authorised: i64,
    /// Was taken, whether or not it went back since.
    pub captured: i64,
    /// Is to go back.
    pub refunding: i64,
    /// Went back.
    pub refunded: i64,
    /// Was taken back by the buyer's bank, which has yet to decide.
    pub disputed: i64,
}

/// An event of an order's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedEvent {
    /// Place in the history; placing is 0 and has no entry here.
    pub sequence: u32,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub by: Actor,
    /// The name of the staff token, where the staff did it. Shoppers do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened to an order. Amounts are in minor units of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A payment page was opened.
    PaymentBegun {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of it.
        session: String,
        /// Where the shopper pays.
        url: String,
    },
    /// A card was refused.
    PaymentDeclined {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// The provider's reason, for the shopper.
        reason: String,
    },
    /// The provider vouches for the amount.
    PaymentAuthorised {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// How much.
        amount: i64,
    },
    /// The amount was taken.
    PaymentCaptured {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// How much.
        amount: i64,
        /// What the provider keeps of it.
        fee: i64,
    },
    /// The authorisation is gone.
    PaymentVoided {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the payment.
        payment: String,
        /// How much it was for.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// Money came in without a provider.
    PaymentReceived {
        /// How much.
        amount: i64,
        /// Of the bank or the courier.
        reference: String,
    },
    /// The held units are sold.
    Confirmed,
    /// The units of an order that had expired are sold after all.
    Reinstated,
    /// The hold lapsed.
    Expired,
    /// It was given up.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// The buyer took units off a line.
    UnitsRemoved {
        /// The line's place in the order, from 0.
        line: usize,
        /// How many.
        quantity: u32,
        /// What they cost, and so how much less the order costs.
        amount: i64,
    },
    /// The buyer named another address, which is where the order's address is.
    AddressChanged,
    /// The units are put aside.
    Allocated,
    /// The parcel is on its way.
    Shipped {
        /// Who carries it.
        carrier: String,
        /// The carrier's number of it; empty where there is none.
        tracking: String,
        /// Why it was sent although the provider had not taken the money.
        #[serde(skip_serializing_if = "Option::is_none")]
        unpaid_reason: Option<String>,
    },
    /// The parcel has arrived.
    Delivered,
    /// Units came back.
    Returned {
        /// Which.
        units: Vec<ReturnedUnits>,
        /// Why.
        reason: String,
    },
    /// Money is to go back.
    RefundRequested {
        /// How much.
        amount: i64,
        /// Where it comes from, and so whether the provider is still to be asked.
        origin: RefundOrigin,
        /// Why; empty when no reason was given.
        reason: String,
    },
    /// Money has gone back.
    RefundSettled {
        /// Where it was made; absent when people made it without a provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The provider's or the bank's name of the refund.
        refund: String,
        /// How much.
        amount: i64,
    },
    /// Money could not go back and stays with the shop.
    RefundFailed {
        /// Where it was made; absent when people made it without a provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The place in the history of the request that the provider refused, so that there is no
        /// refund with a name.
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<u32>,
        /// The provider's or the bank's name of the refund.
        refund: String,
        /// How much.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// The buyer's bank has taken money back until it has decided.
    DisputeOpened {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the dispute.
        dispute: String,
        /// How much.
        amount: i64,
        /// The buyer's reason, in the words of the provider.
        reason: String,
    },
    /// The bank has decided for the shop, which has the money again.
    DisputeWon {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the dispute.
        dispute: String,
        /// How much.
        amount: i64,
    },
    /// The bank has decided for the buyer, who keeps the money.
    DisputeLost {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the dispute.
        dispute: String,
        /// How much.
        amount: i64,
    },
    /// A mail about the order did not get to its buyer. Staff see it, and the buyer does not.
    MailFailed {
        /// Which mail.
        #[serde(serialize_with = "crate::mail::kind::serialize")]
        mail: MailKind,
        /// What became of it.
        problem: MailProblem,
        /// The provider's short word for it, without an address.
        detail: String,
    },
}

/// Where a request for a refund comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum RefundOrigin {
    /// Staff asked for it: a refund, or what follows from a return or a cancellation.
    Staff,
    /// A rule of the shop: money that was taken for units that are gone, or that the buyer took off, goes
    /// back.
    Automatic,
    /// The provider reports that it was made there: it is not to be made again.
    Provider {
        /// The provider's name, as in [`crate::payments::webhook_path`].
        provider: String,
        /// The provider's name of the refund.
        id: String,
    },
}
