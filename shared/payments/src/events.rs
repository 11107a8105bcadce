//! An event of a provider, or the staff's wish to book a payment: what it gives reason to do.

use souk_ports::PaymentsPort;
use souk_protocol::payments::NamedPayment;

use crate::completion::{Payments, is_of};
use crate::provider::{Payment, ProviderError};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;
use crate::webhook::{ProviderEvent, Subject};

impl<E: PaymentsPort> Payments<'_, E> {
    /// Does what an event gives reason to do.
    ///
    /// # Errors
    /// When the event should come again.
    pub(crate) async fn handle_event(
        &self,
        provider: &dyn AnyProvider,
        event: &ProviderEvent,
    ) -> Result<(), Trouble> {
        let (payment, is_refund, is_dispute) = match &event.subject {
            Subject::Payment(payment) => (payment, false, false),
            Subject::Refund(payment) => (payment, true, false),
            Subject::Dispute(payment) => (payment, false, true),
            Subject::Other => return Ok(()),
        };
        let source = format!("event {}", event.id);
        let Some(payment) = self.known(provider, payment, &source).await? else {
            return Ok(());
        };
        let Some(mut record) = self.take_note(provider, &payment).await? else {
            return Ok(());
        };
        if is_refund {
            record = self.adopt_refunds(provider, record, &payment).await?;
        }
        if is_dispute {
            record = self.book_disputes(provider, record, &payment).await?;
        }
        self.work_on(record).await;
        Ok(())
    }

    /// Books what the provider knows of a payment on its order, with its refunds and disputes; `None`
    /// when the provider is not set up.
    pub(crate) async fn book(&self, named: NamedPayment) -> Result<Option<()>, Trouble> {
        let Ok(provider) = self.provider(&named.provider) else {
            return Ok(None);
        };
        let payment = self.known(provider, &named.payment, "booking").await?;
        let Some(payment) = payment else {
            return Ok(Some(()));
        };
        let Some(mut record) = self.take_note(provider, &payment).await? else {
            return Ok(Some(()));
        };
        if is_of(&record, provider, &payment) {
            record = self.adopt_refunds(provider, record, &payment).await?;
            record = self.book_disputes(provider, record, &payment).await?;
        }
        self.work_on(record).await;
        Ok(Some(()))
    }

    /// The payment, if the provider knows it.
    async fn known(
        &self,
        provider: &dyn AnyProvider,
        payment: &str,
        source: &str,
    ) -> Result<Option<Payment>, Trouble> {
        match provider.payment(payment).await {
            Ok(payment) => Ok(Some(payment)),
            Err(ProviderError::NotFound(_)) => {
                let name = provider.name();
                (self.log)(&format!("{source}: {name} does not know payment {payment}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
