//! The one path on which what the provider knows becomes a change of the order.
//!
//! It begins with the payment as the provider has it *now*, not with what an event or a shopper
//! says. So events may come twice, late, in any order or never, and the shopper's return and a
//! webhook may race: all of them say the same, under the same key.

use http::HeaderMap;
use souk_ports::Till;
use souk_protocol::life::{Action, OrderRecord};

use crate::origin::{Books, Changed, Trouble};
use crate::provider::{Payment, PaymentProvider, PaymentState, ProviderError};
use crate::standing::Standing;

/// Who settles payments: reads the provider, writes the books.
pub(crate) struct Cashier<'a, E, P> {
    pub(crate) edge: &'a E,
    pub(crate) provider: &'a P,
    pub(crate) books: Books<'a, E>,
    /// Takes one line for what somebody should know.
    pub(crate) log: &'a dyn Fn(&str),
}

impl<'a, E: Till, P: PaymentProvider> Cashier<'a, E, P> {
    pub(crate) fn new(
        edge: &'a E,
        provider: &'a P,
        headers: &HeaderMap,
        log: &'a dyn Fn(&str),
    ) -> Self {
        Self {
            edge,
            provider,
            books: Books::new(edge, headers),
            log,
        }
    }

    /// Records where a payment stands; the order after that. `None` when it is for no order of
    /// this shop.
    pub(crate) async fn take_note(
        &self,
        payment: &Payment,
    ) -> Result<Option<OrderRecord>, Trouble> {
        let id = &payment.id;
        let Some(order) = &payment.order else {
            (self.log)(&format!("payment {id} is for no order: not ours"));
            return Ok(None);
        };
        let Some(record) = self.books.record(order, None).await? else {
            (self.log)(&format!(
                "payment {id} is for the order {order}, which is not here"
            ));
            return Ok(None);
        };
        if record.order.currency != payment.currency {
            let text = format!("is in {}", payment.currency);
            return self.give_up(payment, record, &text).await.map(Some);
        }
        let (key, action) = match &payment.state {
            PaymentState::Waiting => return Ok(Some(record)),
            PaymentState::Declined { attempt, reason } => (
                format!("decline:{id}:{attempt}"),
                Action::DeclinePayment {
                    payment: id.clone(),
                    reason: reason.clone(),
                },
            ),
            PaymentState::Authorised { amount } => (
                format!("authorise:{id}"),
                Action::Authorise {
                    payment: id.clone(),
                    amount: *amount,
                },
            ),
            PaymentState::Captured { amount, fee } => (
                format!("capture:{id}"),
                Action::Capture {
                    payment: id.clone(),
                    amount: *amount,
                    fee: *fee,
                },
            ),
            PaymentState::Voided { .. } if !is_of(&record, payment) => return Ok(Some(record)),
            PaymentState::Voided { reason } => (
                format!("void:{id}"),
                Action::Void {
                    payment: id.clone(),
                    reason: reason.clone(),
                },
            ),
        };
        match self.books.report(order, key, action).await? {
            Changed::Done(record) => match &payment.state {
                PaymentState::Authorised { .. } | PaymentState::Captured { .. }
                    if !is_of(&record, payment) =>
                {
                    let text = "is a second one";
                    self.give_up(payment, *record, text).await.map(Some)
                }
                PaymentState::Authorised { .. }
                | PaymentState::Captured { .. }
                | PaymentState::Waiting
                | PaymentState::Declined { .. }
                | PaymentState::Voided { .. } => Ok(Some(*record)),
            },
            Changed::Illegal(why) => self.give_up(payment, record, &why).await.map(Some),
            Changed::Unknown => Ok(None),
        }
    }

    /// A payment that the order cannot have: its authorisation is given up, and the books never
    /// hear of it. Money that was taken already is a person's business.
    async fn give_up(
        &self,
        payment: &Payment,
        record: OrderRecord,
        why: &str,
    ) -> Result<OrderRecord, Trouble> {
        let (id, order) = (&payment.id, &record.order.id);
        match &payment.state {
            PaymentState::Authorised { .. } => {
                (self.log)(&format!(
                    "payment {id} of the order {order} {why}: it is voided"
                ));
                match self.provider.void(id, &void_key(order, id)).await {
                    Ok(_) | Err(ProviderError::Refused { .. } | ProviderError::NotFound(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            PaymentState::Captured { amount, .. } => (self.log)(&format!(
                "payment {id} of the order {order} {why}, and {amount} were taken: \
                 look at it in the provider's dashboard"
            )),
            PaymentState::Waiting | PaymentState::Declined { .. } | PaymentState::Voided { .. } => {
                (self.log)(&format!("payment {id} of the order {order} {why}"));
            }
        }
        Ok(record)
    }
}

/// The key under which an authorisation is given up.
pub(crate) fn void_key(order: &str, payment: &str) -> String {
    format!("souk-{order}-void-{payment}")
}

/// Whether the order was paid by this payment.
fn is_of(record: &OrderRecord, payment: &Payment) -> bool {
    Standing::of(record).payment == Some(payment.id.as_str())
}
