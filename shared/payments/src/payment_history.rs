//! What an order's history says about its payment. Pure.

use souk_protocol::origin::{Event, OrderRecord, RefundOrigin, Status};

use crate::provider::Refund;

/// A thing at a provider. Two providers may give the same name, so the name alone does not identify
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub(crate) provider: &'a str,
    pub(crate) id: &'a str,
}

/// An order's payment, as its events record it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PaymentHistory<'a> {
    /// The payment that was authorised last.
    pub(crate) payment: Option<Named<'a>>,
    /// The pages that were opened, in order.
    pub(crate) pages: Vec<Named<'a>>,
    /// How many of them were opened before units were taken off, and so for another amount.
    pub(crate) outdated: usize,
    /// What the units cost that were taken off since the payment was authorised, in minor units.
    pub(crate) lowered: i64,
    /// Refunds that were asked for or reported, ended or not.
    pub(crate) requests: Vec<Request<'a>>,
    /// Refunds that have ended, whether or not the money went back.
    ended: Vec<Ended<'a>>,
}

/// A refund that was asked for or reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    /// Place in the order's history.
    pub(crate) sequence: u32,
    /// When it was asked for, in milliseconds since 1970.
    at_ms: i64,
    /// How much.
    pub(crate) amount: i64,
    /// The refund that the provider reports: it is there, and is not to be made.
    pub(crate) reported: Option<Named<'a>>,
}

/// A refund that has ended.
#[derive(Debug, PartialEq, Eq)]
struct Ended<'a> {
    /// `None` when people say so, whose names of refunds may be those of a provider.
    provider: Option<&'a str>,
    refund: &'a str,
    /// The request that the provider refused, so that there is no name.
    request: Option<u32>,
}

impl<'a> PaymentHistory<'a> {
    pub(crate) fn of(record: &'a OrderRecord) -> Self {
        let mut history = Self::default();
        for recorded in &record.events {
            match &recorded.event {
                Event::PaymentBegun {
                    provider, session, ..
                } => history.pages.push(Named::new(provider, session)),
                Event::PaymentAuthorised {
                    provider, payment, ..
                } => {
                    history.payment = Some(Named::new(provider, payment));
                    history.lowered = 0;
                }
                Event::UnitsRemoved { amount, .. } => {
                    history.outdated = history.pages.len();
                    history.lowered += amount;
                }
                Event::RefundRequested { amount, origin, .. } => history.requests.push(Request {
                    sequence: recorded.sequence,
                    at_ms: recorded.at_ms,
                    amount: *amount,
                    reported: match origin {
                        RefundOrigin::Provider { provider, id } => Some(Named::new(provider, id)),
                        RefundOrigin::Staff | RefundOrigin::Automatic => None,
                    },
                }),
                Event::RefundSettled {
                    provider, refund, ..
                } => history.end(provider, refund, None),
                Event::RefundFailed {
                    provider,
                    refund,
                    request,
                    ..
                } => history.end(provider, refund, *request),
                Event::PaymentDeclined { .. }
                | Event::PaymentCaptured { .. }
                | Event::PaymentVoided { .. }
                | Event::PaymentReceived { .. }
                | Event::Confirmed
                | Event::Reinstated
                | Event::Expired
                | Event::Cancelled { .. }
                | Event::AddressChanged
                | Event::Allocated
                | Event::Shipped { .. }
                | Event::Delivered
                | Event::Returned { .. }
                | Event::DisputeOpened { .. }
                | Event::DisputeWon { .. }
                | Event::DisputeLost { .. }
                | Event::MailFailed { .. } => {}
            }
        }
        history
    }

    fn end(&mut self, provider: &'a Option<String>, refund: &'a str, request: Option<u32>) {
        self.ended.push(Ended {
            provider: provider.as_deref(),
            refund,
            request,
        });
    }

    /// Whether a refund has ended.
    pub(crate) fn has_ended(&self, refund: Named<'_>) -> bool {
        self.ended.iter().any(|ended| {
            let of_provider = ended.provider.is_none_or(|name| name == refund.provider);
            of_provider && ended.request.is_none() && ended.refund == refund.id
        })
    }

    /// Whether a refund was made for a request of this history.
    pub(crate) fn has_request_of(&self, refund: &Refund) -> bool {
        self.requests.iter().any(|request| request.is_of(refund))
    }

    /// Whether the provider refused to make the refund of a request.
    pub(crate) fn was_refused(&self, request: &Request<'_>) -> bool {
        let place = Some(request.sequence);
        self.ended.iter().any(|ended| ended.request == place)
    }
}

impl Request<'_> {
    /// What it is called at the provider. After a restore the history gives out its places again, so
    /// that a place alone may be one of two requests.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.sequence, self.at_ms)
    }

    /// Whether this refund was made for it.
    pub(crate) fn is_of(&self, refund: &Refund) -> bool {
        refund.amount == self.amount && refund.request.as_ref() == Some(&self.name())
    }
}

impl<'a> Named<'a> {
    pub(crate) fn new(provider: &'a str, id: &'a str) -> Self {
        Self { provider, id }
    }
}

/// Whether the units of an order belong to its buyer, so that its money may be taken.
pub(crate) fn is_sold(status: Status) -> bool {
    match status {
        Status::Confirmed | Status::Allocated | Status::Shipped | Status::Delivered => true,
        Status::AwaitingPayment | Status::Returned | Status::Cancelled | Status::Expired => false,
    }
}
