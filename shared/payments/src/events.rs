//! An event of a provider: what it gives reason to do.

use souk_ports::PaymentsPort;

use crate::completion::Payments;
use crate::origin::Trouble;
use crate::provider::ProviderError;
use crate::providers::AnyProvider;
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
        let (id, name) = (&event.id, provider.name());
        let (payment, is_refund, is_dispute) = match &event.subject {
            Subject::Payment(payment) => (payment, false, false),
            Subject::Refund(payment) => (payment, true, false),
            Subject::Dispute(payment) => (payment, false, true),
            Subject::Other => return Ok(()),
        };
        let payment = match provider.payment(payment).await {
            Ok(payment) => payment,
            Err(ProviderError::NotFound(_)) => {
                (self.log)(&format!(
                    "event {id}: {name} does not know payment {payment}"
                ));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
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
}
