//! Which mails the buyer of an order gets: one table, from what happened to the kind of mail.
//!
//! A mail belongs to one event of one order, so an event that is reported twice, or late, has its
//! mail once. What a mail says, and how it travels, is not here (`souk-mail`).

use crate::{OrderEvent, PaymentMethod};

/// What a mail tells the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// The order is placed.
    OrderReceived,
    /// The order is to be paid by transfer, until when and where to.
    PaymentDue,
    /// The money has arrived.
    PaymentReceived,
    /// The parcel is on its way.
    Shipped,
    /// The parcel has arrived.
    Delivered,
    /// The order is another one: fewer units, or another address.
    Changed,
    /// The order is given up.
    Cancelled,
    /// Money has gone back.
    Refunded,
}

impl MailKind {
    /// Every kind, in the order in which a life goes on.
    pub const ALL: [MailKind; 8] = [
        MailKind::OrderReceived,
        MailKind::PaymentDue,
        MailKind::PaymentReceived,
        MailKind::Shipped,
        MailKind::Delivered,
        MailKind::Changed,
        MailKind::Cancelled,
        MailKind::Refunded,
    ];

    /// As it is stored, shown and named in a file.
    pub const fn name(self) -> &'static str {
        match self {
            MailKind::OrderReceived => "order_received",
            MailKind::PaymentDue => "payment_due",
            MailKind::PaymentReceived => "payment_received",
            MailKind::Shipped => "shipped",
            MailKind::Delivered => "delivered",
            MailKind::Changed => "changed",
            MailKind::Cancelled => "cancelled",
            MailKind::Refunded => "refunded",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The mails about an order that was placed. Every buyer gets a confirmation at once
/// (Directive 2000/31/EC, article 11); a buyer who pays by transfer also gets the account to pay to.
pub const fn mails_of_placing(method: PaymentMethod) -> &'static [MailKind] {
    match method {
        PaymentMethod::Transfer => &[MailKind::OrderReceived, MailKind::PaymentDue],
        PaymentMethod::OnDelivery | PaymentMethod::Card => &[MailKind::OrderReceived],
    }
}

impl OrderEvent {
    /// The mail about this event, if there is one. An order that was not paid in time is given up
    /// like one that was cancelled.
    pub const fn mail(&self) -> Option<MailKind> {
        match self {
            OrderEvent::PaymentCaptured { .. } | OrderEvent::PaymentReceived { .. } => {
                Some(MailKind::PaymentReceived)
            }
            OrderEvent::Shipped => Some(MailKind::Shipped),
            OrderEvent::Delivered => Some(MailKind::Delivered),
            OrderEvent::UnitsRemoved { .. } | OrderEvent::AddressChanged => Some(MailKind::Changed),
            OrderEvent::Cancelled | OrderEvent::Expired => Some(MailKind::Cancelled),
            OrderEvent::RefundSettled { .. } => Some(MailKind::Refunded),
            OrderEvent::PaymentBegun
            | OrderEvent::PaymentDeclined
            | OrderEvent::PaymentAuthorised { .. }
            | OrderEvent::PaymentVoided { .. }
            | OrderEvent::Confirmed
            | OrderEvent::Reinstated
            | OrderEvent::Allocated
            | OrderEvent::Returned { .. }
            | OrderEvent::RefundRequested { .. }
            | OrderEvent::RefundFailed { .. }
            | OrderEvent::DisputeOpened { .. }
            | OrderEvent::DisputeWon { .. }
            | OrderEvent::DisputeLost { .. }
            | OrderEvent::MailFailed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(MailKind::parse("Shipped"), None);
    }

    #[test]
    fn every_kind_has_an_occasion() {
        let events = [
            OrderEvent::PaymentReceived { amount: 1 },
            OrderEvent::Shipped,
            OrderEvent::Delivered,
            OrderEvent::AddressChanged,
            OrderEvent::Cancelled,
            OrderEvent::RefundSettled { amount: 1 },
        ];
        let mut kinds = mails_of_placing(PaymentMethod::Transfer).to_vec();
        kinds.extend(events.iter().filter_map(OrderEvent::mail));
        assert_eq!(kinds, MailKind::ALL);
    }
}
