//! The one path on which what the provider knows becomes a change of the order.
//!
//! It begins with the payment as the provider has it *now*, not with what an event or a shopper
//! says. So events may come twice, late, in any order or never, and the shopper's return and a
//! webhook may race: all of them say the same, under the same key.

use http::HeaderMap;
use souk_origin_client::{Books, Changed};
use souk_ports::PaymentsPort;
use souk_protocol::origin::{Action, OrderRecord};

use crate::figures::Figures;
use crate::payment_history::{Named, PaymentHistory};
use crate::provider::{Payment, PaymentState, ProviderError};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;

/// Settles payments: reads the providers, writes the books.
pub(crate) struct Payments<'a, E> {
    pub(crate) edge: &'a E,
    /// Those that are set up. The first opens new pages; each settles what was begun with it.
    pub(crate) providers: &'a [&'a dyn AnyProvider],
    pub(crate) books: Books<'a, E>,
    /// Gets one line for what an operator should know.
    pub(crate) log: &'a dyn Fn(&str),
    pub(crate) figures: &'a Figures,
}

impl<'a, E: PaymentsPort> Payments<'a, E> {
    pub(crate) fn new(
        edge: &'a E,
        providers: &'a [&'a dyn AnyProvider],
        headers: &HeaderMap,
        figures: &'a Figures,
        log: &'a dyn Fn(&str),
    ) -> Self {
        Self {
            edge,
            providers,
            books: Books::new(edge, headers),
            log,
            figures,
        }
    }

    /// The provider of this name.
    pub(crate) fn provider(&self, name: &str) -> Result<&'a dyn AnyProvider, Trouble> {
        let known = self.providers.iter().find(|known| known.name() == name);
        known
            .copied()
            .ok_or_else(|| Trouble::NoProvider(name.to_owned()))
    }

    /// Records where a payment stands; the order after that. `None` when it is for no order of
    /// this shop.
    pub(crate) async fn take_note(
        &self,
        provider: &dyn AnyProvider,
        payment: &Payment,
    ) -> Result<Option<OrderRecord>, Trouble> {
        let (id, name) = (&payment.id, provider.name());
        let Some(order) = &payment.order else {
            (self.log)(&format!("payment {id} is for no order: not ours"));
            return Ok(None);
        };
        let Some(record) = self.books.record(order).await? else {
            (self.log)(&format!(
                "payment {id} is for the order {order}, which is not here"
            ));
            return Ok(None);
        };
        if record.order.currency != payment.currency {
            let text = format!("is in {}", payment.currency);
            return self
                .give_up(provider, payment, record, &text)
                .await
                .map(Some);
        }
        let is_void = matches!(payment.state, PaymentState::Voided { .. });
        if is_void && !is_of(&record, provider, payment) {
            return Ok(Some(record));
        }
        let Some((key, action)) = report(name, payment) else {
            return Ok(Some(record));
        };
        match self.books.report(order, key, action).await? {
            Changed::Done(record) => match &payment.state {
                PaymentState::Authorised { .. } | PaymentState::Captured { .. }
                    if !is_of(&record, provider, payment) =>
                {
                    let text = "is a second one";
                    self.give_up(provider, payment, *record, text)
                        .await
                        .map(Some)
                }
                PaymentState::Authorised { .. }
                | PaymentState::Captured { .. }
                | PaymentState::Waiting
                | PaymentState::Declined { .. }
                | PaymentState::Voided { .. } => Ok(Some(*record)),
            },
            Changed::Illegal(why) => self
                .give_up(provider, payment, record, &why)
                .await
                .map(Some),
            Changed::Unknown => Ok(None),
        }
    }

    /// A payment that the order cannot have: its authorisation is voided, and the books never
    /// record it. Money that was captured already is left to the staff.
    async fn give_up(
        &self,
        provider: &dyn AnyProvider,
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
                match provider.void(id, &void_key(order, id)).await {
                    Ok(_)
                    | Err(
                        ProviderError::Rejected { .. }
                        | ProviderError::AuthorisationLapsed(_)
                        | ProviderError::NotFound(_),
                    ) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            PaymentState::Captured { amount, .. } => (self.log)(&format!(
                "payment {id} of the order {order} {why}, and {amount} were taken: \
                 look at it in the dashboard of {}",
                provider.name()
            )),
            PaymentState::Waiting | PaymentState::Declined { .. } | PaymentState::Voided { .. } => {
                (self.log)(&format!("payment {id} of the order {order} {why}"));
            }
        }
        Ok(record)
    }
}

/// What a provider reports of a payment, and the key of that report; `None` when it is nothing yet.
fn report(provider: &str, payment: &Payment) -> Option<(String, Action)> {
    let (id, name) = (payment.id.clone(), provider.to_owned());
    Some(match &payment.state {
        PaymentState::Waiting => return None,
        PaymentState::Declined { attempt, reason } => (
            format!("decline:{name}:{id}:{attempt}"),
            Action::DeclinePayment {
                provider: name,
                payment: id,
                reason: reason.clone(),
            },
        ),
        PaymentState::Authorised { amount } => (
            format!("authorise:{name}:{id}"),
            Action::Authorise {
                provider: name,
                payment: id,
                amount: *amount,
            },
        ),
        PaymentState::Captured { amount, fee } => (
            format!("capture:{name}:{id}"),
            Action::Capture {
                provider: name,
                payment: id,
                amount: *amount,
                fee: *fee,
            },
        ),
        PaymentState::Voided { reason } => (
            format!("void:{name}:{id}"),
            Action::Void {
                provider: name,
                payment: id,
                reason: reason.clone(),
            },
        ),
    })
}

/// The key under which an authorisation is given up.
pub(crate) fn void_key(order: &str, payment: &str) -> String {
    format!("souk-{order}-void-{payment}")
}

/// Whether the order was paid by this payment.
pub(crate) fn is_of(record: &OrderRecord, provider: &dyn AnyProvider, payment: &Payment) -> bool {
    PaymentHistory::of(record).payment == Some(Named::new(provider.name(), &payment.id))
}
