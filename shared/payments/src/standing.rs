//! What an order's history says about its payment. Pure.

use souk_protocol::life::{Event, OrderRecord};
use souk_protocol::trade::Status;

/// How the reason of a refund begins that somebody made at the provider; its name follows.
const OUTSIDE: &str = "made at the payment provider: ";
/// How a refund is named that the provider refused to make; the request's place follows.
const NEVER_MADE: &str = "request-";

/// An order's payment, as its events tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    /// The provider's name of the payment that was authorised last.
    pub(crate) payment: Option<&'a str>,
    /// The provider's names of the pages that were opened, in order.
    pub(crate) pages: Vec<&'a str>,
    /// Refunds that were asked for, ended or not.
    pub(crate) requests: Vec<Request<'a>>,
    /// Names of refunds that have ended, whether or not the money went back.
    ended: Vec<&'a str>,
}

/// A refund that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// Place in the order's history.
    pub(crate) sequence: u32,
    /// How much.
    pub(crate) amount: i64,
    /// The provider's name of the refund that was made there before it was asked for here.
    pub(crate) outside: Option<&'a str>,
}

impl<'a> Standing<'a> {
    pub(crate) fn of(record: &'a OrderRecord) -> Self {
        let mut standing = Self::default();
        for recorded in &record.events {
            match &recorded.event {
                Event::PaymentBegun { session, .. } => standing.pages.push(session),
                Event::PaymentAuthorised { payment, .. } => standing.payment = Some(payment),
                Event::RefundRequested { amount, reason } => standing.requests.push(Request {
                    sequence: recorded.sequence,
                    amount: *amount,
                    outside: reason.strip_prefix(OUTSIDE),
                }),
                Event::RefundSettled { refund, .. } | Event::RefundFailed { refund, .. } => {
                    standing.ended.push(refund);
                }
                Event::PaymentDeclined { .. }
                | Event::PaymentCaptured { .. }
                | Event::PaymentVoided { .. }
                | Event::PaymentReceived { .. }
                | Event::Confirmed
                | Event::Reinstated
                | Event::Expired
                | Event::Cancelled { .. }
                | Event::Allocated
                | Event::Shipped { .. }
                | Event::Delivered
                | Event::Returned { .. } => {}
            }
        }
        standing
    }

    /// Whether a refund has ended.
    pub(crate) fn has_ended(&self, refund: &str) -> bool {
        self.ended.contains(&refund)
    }
}

impl Request<'_> {
    /// The name of a refund that the provider refused to make.
    pub(crate) fn never_made(&self) -> String {
        format!("{NEVER_MADE}{}", self.sequence)
    }
}

/// The reason of a refund that somebody made at the provider.
pub(crate) fn outside_reason(refund: &str) -> String {
    format!("{OUTSIDE}{refund}")
}

/// Whether the units of an order belong to its buyer, so that its money may be taken.
pub(crate) fn is_sold(status: Status) -> bool {
    match status {
        Status::Confirmed | Status::Allocated | Status::Shipped | Status::Delivered => true,
        Status::AwaitingPayment | Status::Returned | Status::Cancelled | Status::Expired => false,
    }
}
