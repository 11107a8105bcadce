//! Disputes: a buyer has asked the bank for the money of a payment.
//!
//! The shop learns of one by an event, reads it from the provider as it is now, and books what the
//! bank did with the money. It is answered by people, in the provider's dashboard: until it is decided,
//! the order is on the worklist of disputed ones.

use souk_origin_client::Changed;
use souk_ports::PaymentsPort;
use souk_protocol::origin::{Action, Event, OrderRecord};

use crate::completion::{Payments, is_of};
use crate::provider::{Dispute, DisputeState, Payment};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;

impl<E: PaymentsPort> Payments<'_, E> {
    /// Books what has become of the disputes of a payment; the order after that. Each step has a key
    /// of its own, so an event that comes twice or late changes nothing.
    ///
    /// A bank may name more than the books have left, because some of it is on its way to the buyer.
    /// Where that refund fails, this is called again and books the rest.
    pub(crate) async fn book_disputes(
        &self,
        provider: &dyn AnyProvider,
        mut record: OrderRecord,
        payment: &Payment,
    ) -> Result<OrderRecord, Trouble> {
        if !is_of(&record, provider, payment) {
            (self.log)(&format!(
                "payment {} is disputed, and is not what paid the order {}",
                payment.id, record.order.id
            ));
            return Ok(record);
        }
        let disputes = provider.disputes(&payment.id, &record.order.currency);
        for dispute in disputes.await? {
            if let Some(step) = opened(provider.name(), &payment.id, &dispute, &record) {
                record = self.book_dispute(record, &dispute, step).await?;
            }
            if let Some(step) = closed(provider.name(), &payment.id, &dispute, &record) {
                record = self.book_dispute(record, &dispute, step).await?;
            }
        }
        Ok(record)
    }

    async fn book_dispute(
        &self,
        record: OrderRecord,
        dispute: &Dispute,
        (key, action): (String, Action),
    ) -> Result<OrderRecord, Trouble> {
        let order = &record.order.id;
        match self.books.report(order, key, action).await? {
            Changed::Done(after) => Ok(*after),
            Changed::Illegal(why) => {
                (self.log)(&format!(
                    "dispute {} of the order {order} was not booked: {why}",
                    dispute.id
                ));
                Ok(record)
            }
            Changed::Unknown => Ok(record),
        }
    }
}

/// What an order's history has of one dispute.
#[derive(Debug, Default, PartialEq, Eq)]
struct Booked {
    /// What the bank took.
    opened: i64,
    /// What it has decided about.
    closed: i64,
}

impl Booked {
    fn of(record: &OrderRecord, provider: &str, dispute: &str) -> Self {
        let mut booked = Self::default();
        for recorded in &record.events {
            if let Event::DisputeOpened {
                provider: of,
                dispute: id,
                amount,
                ..
            } = &recorded.event
                && (of.as_str(), id.as_str()) == (provider, dispute)
            {
                booked.opened += amount;
            }
            if let Event::DisputeWon {
                provider: of,
                dispute: id,
                amount,
            }
            | Event::DisputeLost {
                provider: of,
                dispute: id,
                amount,
            } = &recorded.event
                && (of.as_str(), id.as_str()) == (provider, dispute)
            {
                booked.closed += amount;
            }
        }
        booked
    }
}

/// What the bank took and the history lacks.
fn opened(
    provider: &str,
    payment: &str,
    dispute: &Dispute,
    record: &OrderRecord,
) -> Option<(String, Action)> {
    let booked = Booked::of(record, provider, &dispute.id);
    match dispute.state {
        DisputeState::Inquiry => return None,
        // The shop has it again.
        DisputeState::Won if booked.closed > 0 => return None,
        DisputeState::Open | DisputeState::Won | DisputeState::Lost => {}
    }
    let amount = dispute.amount - booked.opened;
    let action = Action::OpenDispute {
        provider: provider.to_owned(),
        payment: payment.to_owned(),
        dispute: dispute.id.clone(),
        amount,
        reason: dispute.reason.clone(),
    };
    let key = format!("dispute:{provider}:{}:open:{}", dispute.id, booked.opened);
    (amount > 0).then_some((key, action))
}

/// What the bank has decided and the history lacks. It is about what was booked of this dispute:
/// another one of the payment may still be open.
fn closed(
    provider: &str,
    payment: &str,
    dispute: &Dispute,
    record: &OrderRecord,
) -> Option<(String, Action)> {
    let booked = Booked::of(record, provider, &dispute.id);
    let (won, name) = match dispute.state {
        DisputeState::Inquiry | DisputeState::Open => return None,
        DisputeState::Won => (true, "won"),
        DisputeState::Lost => (false, "lost"),
    };
    let amount = booked.opened - booked.closed;
    let action = Action::CloseDispute {
        provider: provider.to_owned(),
        payment: payment.to_owned(),
        dispute: dispute.id.clone(),
        amount,
        won,
    };
    let key = format!("dispute:{provider}:{}:{name}:{}", dispute.id, booked.closed);
    (amount > 0).then_some((key, action))
}
