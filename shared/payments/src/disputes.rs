//! Disputes: a buyer has asked the bank for the money of a payment.
//!
//! The shop learns of one by an event, reads it from the provider as it is now, and books what the
//! bank did with the money. It is answered by people, in the provider's dashboard: until it is decided,
//! the order is on the worklist of disputed ones.

use souk_ports::PaymentsPort;
use souk_protocol::origin::{Action, OrderRecord};

use crate::completion::{Payments, is_of};
use crate::origin::{Changed, Trouble};
use crate::provider::{Dispute, DisputeState, Payment};
use crate::providers::AnyProvider;

impl<E: PaymentsPort> Payments<'_, E> {
    /// Books what has become of the disputes of a payment; the order after that. Each step has a key
    /// of its own, so an event that comes twice or late changes nothing.
    pub(crate) async fn book_disputes(
        &self,
        provider: &dyn AnyProvider,
        mut record: OrderRecord,
        payment: &Payment,
    ) -> Result<OrderRecord, Trouble> {
        let order = record.order.id.clone();
        if !is_of(&record, provider, payment) {
            (self.log)(&format!(
                "payment {} is disputed, and is not what paid the order {order}",
                payment.id
            ));
            return Ok(record);
        }
        let disputes = provider.disputes(&payment.id, &record.order.currency);
        for dispute in disputes.await? {
            for (step, action) in steps(provider.name(), &payment.id, &dispute) {
                let key = format!("dispute:{}:{}:{step}", provider.name(), dispute.id);
                match self.books.report(&order, key, action).await? {
                    Changed::Done(after) => record = *after,
                    Changed::Illegal(why) => (self.log)(&format!(
                        "dispute {} of the order {order} was not booked: {why}",
                        dispute.id
                    )),
                    Changed::Unknown => return Ok(record),
                }
            }
        }
        Ok(record)
    }
}

/// What has happened to a dispute so far, in order.
fn steps(provider: &str, payment: &str, dispute: &Dispute) -> Vec<(&'static str, Action)> {
    let open = Action::OpenDispute {
        provider: provider.to_owned(),
        payment: payment.to_owned(),
        dispute: dispute.id.clone(),
        amount: dispute.amount,
        reason: dispute.reason.clone(),
    };
    let close = |won| Action::CloseDispute {
        provider: provider.to_owned(),
        payment: payment.to_owned(),
        dispute: dispute.id.clone(),
        amount: dispute.amount,
        won,
    };
    match dispute.state {
        DisputeState::Inquiry => vec![],
        DisputeState::Open => vec![("open", open)],
        DisputeState::Won => vec![("open", open), ("won", close(true))],
        DisputeState::Lost => vec![("open", open), ("lost", close(false))],
    }
}
