//! What is asked of an order, what happens to it, and why something is refused.
//!
//! Not here: what an action does (`life`, `edit`).

use crate::{OrderStatus, PaymentId};

/// What a shopper, the staff, a payment provider or the clock asks of an order. Amounts are in
/// minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderAction {
    /// A payment page was opened at the provider.
    BeginPayment,
    /// The provider refused a card; the shopper may try again.
    DeclinePayment,
    /// The provider vouches for the amount.
    Authorise {
        /// Which.
        payment: PaymentId,
        /// How much.
        amount: i64,
    },
    /// The provider took the amount.
    Capture {
        /// Which.
        payment: PaymentId,
        /// How much.
        amount: i64,
    },
    /// The provider gave up the authorisation.
    Void {
        /// Which.
        payment: PaymentId,
    },
    /// Money came in without a provider: a transfer, cash at the door.
    ReceivePayment {
        /// How much.
        amount: i64,
    },
    /// The deadline of the hold is over.
    Expire {
        /// The moment, in milliseconds since 1970.
        now_ms: i64,
    },
    /// The staff cancel the order.
    Cancel,
    /// The buyer changes the order.
    Edit(OrderEdit),
    /// The warehouse puts the units aside.
    Allocate,
    /// The parcel is on its way.
    Ship {
        /// Whether the staff send it although the provider has not taken the money.
        unpaid: bool,
    },
    /// The parcel has arrived.
    Deliver,
    /// Units came back.
    Return {
        /// Which.
        units: Vec<ReturnedUnits>,
        /// What the buyer gets back for them; 0 for nothing.
        refund: i64,
    },
    /// The buyer gets money back.
    Refund {
        /// How much.
        amount: i64,
    },
    /// The provider reports a refund that was made there and not asked for here.
    ReportRefund {
        /// Of which payment.
        payment: PaymentId,
        /// How much.
        amount: i64,
    },
    /// A refund that was asked for has reached the buyer's account.
    SettleRefund {
        /// How much.
        amount: i64,
    },
    /// A refund that was asked for is impossible.
    FailRefund {
        /// How much.
        amount: i64,
    },
    /// The provider reports that the buyer disputes a payment, so that the bank has its money.
    OpenDispute {
        /// Which payment.
        payment: PaymentId,
        /// How much.
        amount: i64,
    },
    /// The provider reports how the bank has decided.
    CloseDispute {
        /// Of which payment.
        payment: PaymentId,
        /// How much.
        amount: i64,
        /// Whether the shop has the money again; otherwise the buyer has it.
        won: bool,
    },
    /// A mail about the order did not get to its buyer.
    ReportMail,
}

/// What a buyer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderEdit {
    /// The order is given up.
    Cancel,
    /// Fewer units of a line are wanted.
    Lower {
        /// The line's place in the order, from 0.
        line: usize,
        /// How many are left of it. An order of which none is left is given up.
        quantity: u32,
        /// What the units cost that are taken off, in minor units.
        price: i64,
    },
    /// The parcel goes to another address.
    Readdress(Destination),
}

/// An address that a buyer names instead of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// It is the one that the order has.
    Unchanged,
    /// There the order costs the same.
    SamePrice,
    /// There the order would cost something else, or cannot be delivered.
    OtherPrice,
}

/// The kinds of [`OrderAction`], to say what is legal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// [`OrderAction::BeginPayment`]
    BeginPayment,
    /// [`OrderAction::DeclinePayment`]
    DeclinePayment,
    /// [`OrderAction::Authorise`]
    Authorise,
    /// [`OrderAction::Capture`]
    Capture,
    /// [`OrderAction::Void`]
    Void,
    /// [`OrderAction::ReceivePayment`]
    ReceivePayment,
    /// [`OrderAction::Expire`]
    Expire,
    /// [`OrderAction::Cancel`]
    Cancel,
    /// [`OrderAction::Allocate`]
    Allocate,
    /// [`OrderAction::Ship`]
    Ship,
    /// [`OrderAction::Deliver`]
    Deliver,
    /// [`OrderAction::Return`]
    Return,
    /// [`OrderAction::Refund`]
    Refund,
    /// [`OrderAction::SettleRefund`]
    SettleRefund,
    /// [`OrderAction::FailRefund`]
    FailRefund,
}

/// Units of one line that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnedUnits {
    /// The line's place in the order, from 0.
    pub line: usize,
    /// How many.
    pub quantity: u32,
    /// Whether they can be sold again.
    pub restock: bool,
}

/// What happened to an order. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderEvent {
    /// A payment page was opened.
    PaymentBegun,
    /// A card was refused.
    PaymentDeclined,
    /// The provider vouches for the amount.
    PaymentAuthorised {
        /// Which.
        payment: PaymentId,
        /// How much.
        amount: i64,
    },
    /// The amount was taken.
    PaymentCaptured {
        /// How much.
        amount: i64,
    },
    /// The authorisation is gone.
    PaymentVoided {
        /// How much it was for.
        amount: i64,
    },
    /// Money came in without a provider.
    PaymentReceived {
        /// How much.
        amount: i64,
    },
    /// The held units are sold.
    Confirmed,
    /// The units of an order that had expired are sold after all.
    Reinstated,
    /// The hold lapsed: its units can be bought again.
    Expired,
    /// Its units can be bought again.
    Cancelled,
    /// Units of a line are no longer wanted, and can be bought again.
    UnitsRemoved {
        /// The line's place in the order, from 0.
        line: usize,
        /// How many.
        units: u32,
        /// What they cost, and so how much less the order costs.
        price: i64,
    },
    /// The parcel goes to another address.
    AddressChanged,
    /// The units are put aside.
    Allocated,
    /// The parcel is on its way.
    Shipped,
    /// The parcel has arrived.
    Delivered,
    /// Units came back.
    Returned {
        /// Which.
        units: Vec<ReturnedUnits>,
    },
    /// Money is to go back.
    RefundRequested {
        /// How much.
        amount: i64,
    },
    /// Money has gone back.
    RefundSettled {
        /// How much.
        amount: i64,
    },
    /// Money could not go back and stays with the shop.
    RefundFailed {
        /// How much.
        amount: i64,
    },
    /// The buyer's bank has taken money back until it has decided.
    DisputeOpened {
        /// How much.
        amount: i64,
    },
    /// The bank has decided for the shop, which has the money again.
    DisputeWon {
        /// How much.
        amount: i64,
    },
    /// The bank has decided for the buyer, who keeps the money.
    DisputeLost {
        /// How much.
        amount: i64,
    },
    /// A mail about the order did not get to its buyer; nothing else changes.
    MailFailed,
}

/// Why an action is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illegal {
    /// Where the order stands.
    pub status: OrderStatus,
    /// What is wrong.
    pub problem: IllegalProblem,
    /// What may be done now by people, not by a provider or a clock.
    pub legal: Vec<ActionKind>,
}

/// What is wrong with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IllegalProblem {
    /// Not at this point of the order's life, or not with its way of paying.
    NotNow,
    /// The buyer may no longer change the order: it is packed, or over.
    NotEditable,
    /// At the address that the buyer names the order would cost something else.
    Place,
    /// The amount is not positive, not the one that is due, or more than there is.
    Amount {
        /// The most that is possible, or the one amount that is.
        possible: i64,
    },
    /// No such line, or more units than it has: than were sent out and not yet returned, or for an edit
    /// than are left of it.
    Units,
    /// The provider vouches for the amount and has not taken it: goods go when the money is there.
    Unpaid {
        /// How much is still to be taken.
        due: i64,
    },
}

/// Whether units that are no longer held may be taken again, for a payment that comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Try: the store says whether there are enough.
    MayHave,
    /// It was tried, and there are too few.
    IsEmpty,
}
