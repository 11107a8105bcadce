//! Which payments the providers have taken or vouch for, a page at a time.
//!
//! A page is of one provider; its name is part of where the next one begins.
//!
//! Not here: which of them the orders know (the staff API).

use souk_ports::PaymentsPort;
use souk_protocol::payments::{
    ListPayments, NamedPayment, TAKEN_PAYMENTS_MAX, TakenPayment, TakenPayments,
};

use crate::completion::Payments;
use crate::origin::Trouble;
use crate::provider::{ListedPayment, PaymentState};
use crate::webhook::{ProviderEvent, Subject};

impl<E: PaymentsPort> Payments<'_, E> {
    /// A page of payments; `None` when there is no such page.
    pub(crate) async fn list(
        &self,
        asked: &ListPayments,
    ) -> Result<Option<TakenPayments>, Trouble> {
        let place = match asked.after.as_deref() {
            None => Some((0, "")),
            Some(after) => after.split_once(':').and_then(|(name, after)| {
                let mut known = self.providers.iter();
                Some((known.position(|known| known.name() == name)?, after))
            }),
        };
        let Some((at, after)) = place else {
            return Ok(None);
        };
        let Some(provider) = self.providers.get(at) else {
            return Ok(Some(TakenPayments::default()));
        };
        // A shopper who opened a page before the moment may have paid there after it.
        let since_s = asked.since_ms.div_euclid(1000) - provider.page_limits().life_s_max;
        let after = Some(after).filter(|after| !after.is_empty());
        let since_s = since_s.max(0);
        let listed = provider
            .payments(since_s, after, TAKEN_PAYMENTS_MAX)
            .await?;
        let next = match listed.after {
            Some(after) => Some(format!("{}:{after}", provider.name())),
            None => {
                let next = self.providers.get(at + 1);
                next.map(|next| format!("{}:", next.name()))
            }
        };
        let payments = listed.payments.into_iter();
        Ok(Some(TakenPayments {
            payments: payments
                .filter_map(|listed| taken(provider.name(), listed))
                .collect(),
            after: next,
        }))
    }

    /// Books what the provider knows of a payment on its order; `None` when the provider is not set up.
    pub(crate) async fn book(&self, named: NamedPayment) -> Result<Option<()>, Trouble> {
        let Ok(provider) = self.provider(&named.provider) else {
            return Ok(None);
        };
        let event = ProviderEvent {
            id: "of the staff".to_owned(),
            subject: Subject::Payment(named.payment),
        };
        self.handle_event(provider, &event).await.map(Some)
    }
}

/// The payment, if there is money in it.
fn taken(provider: &str, listed: ListedPayment) -> Option<TakenPayment> {
    let (authorised, captured) = match listed.payment.state {
        PaymentState::Authorised { amount } => (amount, 0),
        PaymentState::Captured { amount, .. } => (0, amount),
        PaymentState::Waiting | PaymentState::Declined { .. } | PaymentState::Voided { .. } => {
            return None;
        }
    };
    Some(TakenPayment {
        provider: provider.to_owned(),
        payment: listed.payment.id,
        order: listed.payment.order?,
        currency: listed.payment.currency,
        authorised,
        captured,
        refunded: listed.refunded,
        began_at_ms: listed.began_at_s.saturating_mul(1000),
        url: listed.url,
    })
}
