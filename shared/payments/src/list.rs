//! Which payments the providers have taken or vouch for, a page at a time.
//!
//! A page is of one provider; its name is part of where the next one begins.
//!
//! Not here: which of them the orders know (the staff API).

use souk_ports::PaymentsPort;
use souk_protocol::payments::{ListPayments, TAKEN_PAYMENTS_MAX, TakenPayment, TakenPayments};

use crate::completion::Payments;
use crate::provider::{DisputeState, ListedPayment, PaymentState};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;

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
        let mut payments = Vec::with_capacity(listed.payments.len());
        for listed in listed.payments {
            payments.extend(self.taken(*provider, listed).await?);
        }
        Ok(Some(TakenPayments {
            payments,
            after: next,
        }))
    }

    /// The payment, if there is money in it.
    async fn taken(
        &self,
        provider: &dyn AnyProvider,
        listed: ListedPayment,
    ) -> Result<Option<TakenPayment>, Trouble> {
        let payment = listed.payment;
        let (authorised, captured) = match payment.state {
            PaymentState::Authorised { amount } => (amount, 0),
            PaymentState::Captured { amount, .. } => (0, amount),
            PaymentState::Waiting | PaymentState::Declined { .. } | PaymentState::Voided { .. } => {
                return Ok(None);
            }
        };
        let Some(order) = payment.order else {
            return Ok(None);
        };
        let (mut disputed, mut lost) = (0, 0);
        if listed.is_disputed {
            for dispute in provider.disputes(&payment.id, &payment.currency).await? {
                match dispute.state {
                    DisputeState::Inquiry | DisputeState::Won => {}
                    DisputeState::Open => disputed += dispute.amount,
                    DisputeState::Lost => lost += dispute.amount,
                }
            }
        }
        Ok(Some(TakenPayment {
            provider: provider.name().to_owned(),
            payment: payment.id,
            order,
            currency: payment.currency,
            authorised,
            captured,
            refunded: listed.refunded,
            disputed,
            lost,
            began_at_ms: listed.began_at_s.saturating_mul(1000),
            url: listed.url,
        }))
    }
}
