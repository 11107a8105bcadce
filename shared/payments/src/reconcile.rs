//! What the provider still has to do for an order, done: capture, void, refund, close pages.
//!
//! The order's record says what is to be done, so a round may stop anywhere and start again, and
//! two rounds at the same time do everything once. Before money goes back, the provider is asked
//! what went back already: its memory of idempotency keys ends after a day, a refund does not.

use souk_origin_client::Changed;
use souk_ports::PaymentsPort;
use souk_protocol::origin::{Action, OrderRecord, Status};

use crate::completion::{Payments, is_of, void_key};
use crate::payment_history::{Named, PaymentHistory, Request, is_sold};
use crate::provider::{
    NewRefund, PageState, Payment, PaymentState, ProviderError, Refund, RefundState,
};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;

/// Rounds at most: closing a page may find that it was paid, which is something to do again.
const ROUNDS_MAX: u32 = 4;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reconciled {
    /// Nothing is left to do.
    Nothing,
    /// A refund is pending; the provider will report when it has arrived.
    Waiting,
}

impl<E: PaymentsPort> Payments<'_, E> {
    /// Does everything that the provider has to do for this order.
    pub(crate) async fn reconcile(&self, mut record: OrderRecord) -> Result<Reconciled, Trouble> {
        for _ in 0..ROUNDS_MAX {
            if record.progress.funds.authorised > 0 {
                record = self.take_or_leave(&record).await?;
                continue;
            }
            if record.progress.funds.refunding > 0 && self.refund(&record).await? {
                return Ok(Reconciled::Waiting);
            }
            match self.close_pages(&record).await? {
                Some(changed) => record = changed,
                None => return Ok(Reconciled::Nothing),
            }
        }
        Err(Trouble::corrupt(format!(
            "the order {} does not come to rest",
            record.order.id
        )))
    }

    /// Takes the authorised amount of an order that has its units; gives it up otherwise.
    async fn take_or_leave(&self, record: &OrderRecord) -> Result<OrderRecord, Trouble> {
        let (order, authorised) = (&record.order, record.progress.funds.authorised);
        let Some(Named { provider, id }) = PaymentHistory::of(record).payment else {
            let text = format!("the order {} has an amount of no payment", order.id);
            return Err(Trouble::corrupt(text));
        };
        let (provider, payment) = (self.provider(provider)?, id);
        let status = record.progress.status;
        if !is_sold(status) {
            let reason = format!("the order was {} when the payment came", status.name());
            return self.void(record, provider, payment, &reason).await;
        }
        // What was taken off since goes back once all of it is taken.
        if authorised != order.total + PaymentHistory::of(record).lowered {
            let reason = "the amount is not that of the order";
            return self.void(record, provider, payment, reason).await;
        }
        let key = format!("souk-{}-capture-{payment}", order.id);
        let captured = provider
            .capture(payment, authorised, &order.currency, &key)
            .await;
        let (lapsed, why) = match captured {
            Ok(captured) => match captured.state {
                PaymentState::Captured { .. } | PaymentState::Voided { .. } => {
                    return self.noted(provider, &captured).await;
                }
                PaymentState::Authorised { .. }
                | PaymentState::Waiting
                | PaymentState::Declined { .. } => {
                    let text = format!("the capture of payment {payment} is under way");
                    return Err(ProviderError::Transient(text).into());
                }
            },
            Err(ProviderError::Declined { reason, .. }) => (true, reason),
            Err(ProviderError::AuthorisationLapsed(reason)) => (true, reason),
            Err(ProviderError::Rejected { code, reason }) => (false, format!("{code}: {reason}")),
            Err(ProviderError::NotFound(reason)) => {
                return self.record_void(record, provider, payment, &reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        let known = provider.payment(payment).await?;
        match known.state {
            // Another round was quicker, or it was done at the provider.
            PaymentState::Captured { .. } | PaymentState::Voided { .. } => {
                self.noted(provider, &known).await
            }
            PaymentState::Waiting | PaymentState::Declined { .. } => {
                self.void(record, provider, payment, &why).await
            }
            PaymentState::Authorised { .. } if lapsed => {
                self.void(record, provider, payment, &why).await
            }
            PaymentState::Authorised { .. } => Err(ProviderError::Rejected {
                code: "capture".to_owned(),
                reason: why,
            }
            .into()),
        }
    }

    async fn noted(
        &self,
        provider: &dyn AnyProvider,
        payment: &Payment,
    ) -> Result<OrderRecord, Trouble> {
        let noted = self.take_note(provider, payment).await?;
        noted.ok_or_else(|| Trouble::corrupt(format!("payment {} is of no order", payment.id)))
    }

    /// Gives an authorisation up. An order that counted on it is cancelled by the origin.
    async fn void(
        &self,
        record: &OrderRecord,
        provider: &dyn AnyProvider,
        payment: &str,
        reason: &str,
    ) -> Result<OrderRecord, Trouble> {
        let key = void_key(&record.order.id, payment);
        let known = match provider.void(payment, &key).await {
            Ok(known) => known,
            Err(
                ProviderError::Rejected { .. }
                | ProviderError::Declined { .. }
                | ProviderError::AuthorisationLapsed(_),
            ) => provider.payment(payment).await?,
            Err(ProviderError::NotFound(_)) => {
                return self.record_void(record, provider, payment, reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        match known.state {
            PaymentState::Voided { .. } => {
                self.record_void(record, provider, payment, reason).await
            }
            // It was captured at the provider: the origin requests the refund.
            PaymentState::Captured { .. } => self.noted(provider, &known).await,
            PaymentState::Authorised { .. }
            | PaymentState::Waiting
            | PaymentState::Declined { .. } => {
                let text = format!("payment {payment} cannot be voided: {reason}");
                Err(ProviderError::Transient(text).into())
            }
        }
    }

    async fn record_void(
        &self,
        record: &OrderRecord,
        provider: &dyn AnyProvider,
        payment: &str,
        reason: &str,
    ) -> Result<OrderRecord, Trouble> {
        let name = provider.name();
        let action = Action::Void {
            provider: name.to_owned(),
            payment: payment.to_owned(),
            reason: reason.to_owned(),
        };
        self.reported(record, format!("void:{name}:{payment}"), action)
            .await
    }

    async fn reported(
        &self,
        record: &OrderRecord,
        key: String,
        action: Action,
    ) -> Result<OrderRecord, Trouble> {
        match self
            .books
            .report(&record.order.id, key.clone(), action)
            .await?
        {
            Changed::Done(record) => Ok(*record),
            Changed::Illegal(why) => Err(Trouble::corrupt(format!("{key}: {why}"))),
            Changed::Unknown => Err(Trouble::corrupt(format!("{key}: no such order"))),
        }
    }

    /// Refunds what is to be refunded; gives whether some of it is still pending.
    async fn refund(&self, record: &OrderRecord) -> Result<bool, Trouble> {
        let history = PaymentHistory::of(record);
        let order = &record.order;
        let Some(Named { provider, id }) = history.payment else {
            let text = format!("the order {} has a refund of no payment", order.id);
            return Err(Trouble::corrupt(text));
        };
        let (provider, payment) = (self.provider(provider)?, id);
        let known = provider.refunds(payment, &order.currency).await?;
        let of_request = |request: &Request<'_>| {
            known.iter().find(|refund| match request.reported {
                Some(reported) => named(provider, refund) == reported,
                None => request.is_of(refund),
            })
        };
        let under_way: i64 = history
            .requests
            .iter()
            .filter_map(of_request)
            .filter(|refund| !history.has_ended(named(provider, refund)))
            .map(|refund| refund.amount)
            .sum();
        let mut to_make = record.progress.funds.refunding - under_way;
        let mut waits = false;
        for request in &history.requests {
            let made = match of_request(request) {
                Some(refund) if history.has_ended(named(provider, refund)) => continue,
                Some(refund) => refund.clone(),
                None if request.reported.is_some() => continue,
                None if history.was_refused(request) => continue,
                // People settled it in another way.
                None if request.amount > to_make => continue,
                None => {
                    to_make -= request.amount;
                    let made = self.make_refund(record, provider, payment, request);
                    let Some(refund) = made.await? else {
                        continue;
                    };
                    refund
                }
            };
            waits |= made.state == RefundState::Pending;
            self.note_refund(record, provider, &made).await?;
        }
        Ok(waits)
    }

    /// Makes one refund; `None` when the provider never will, which is recorded.
    async fn make_refund(
        &self,
        record: &OrderRecord,
        provider: &dyn AnyProvider,
        payment: &str,
        request: &Request<'_>,
    ) -> Result<Option<Refund>, Trouble> {
        let order = &record.order;
        let name = request.name();
        let new = NewRefund {
            order: &order.id,
            payment,
            request: &name,
            amount: request.amount,
            currency: &order.currency,
        };
        let key = format!("souk-{}-refund-{name}", order.id);
        let (reason, disputed) = match provider.refund(&new, &key).await {
            Ok(refund) => return Ok(Some(refund)),
            // No other attempt will work.
            Err(ProviderError::AlreadyRefunded(reason)) => (reason, false),
            Err(ProviderError::Disputed(reason)) => (reason, true),
            Err(error) => return Err(error.into()),
        };
        let action = Action::FailRefund {
            provider: Some(provider.name().to_owned()),
            request: Some(request.sequence),
            refund: String::new(),
            amount: request.amount,
            reason,
        };
        let key = format!("refund-of-request:{}:failed", request.sequence);
        let record = self.reported(record, key, action).await?;
        // The bank has this money too, which was on its way to the buyer when the dispute was booked.
        if disputed {
            let payment = provider.payment(payment).await?;
            self.book_disputes(provider, record, &payment).await?;
        }
        Ok(None)
    }

    /// Records where a refund stands.
    async fn note_refund(
        &self,
        record: &OrderRecord,
        provider: &dyn AnyProvider,
        refund: &Refund,
    ) -> Result<(), Trouble> {
        let (id, amount, name) = (refund.id.clone(), refund.amount, provider.name());
        let provider = Some(name.to_owned());
        let (key, action) = match &refund.state {
            RefundState::Pending => return Ok(()),
            RefundState::Done => (
                format!("refund:{name}:{id}:settled"),
                Action::SettleRefund {
                    provider,
                    refund: id,
                    amount,
                },
            ),
            RefundState::Failed { reason } => (
                format!("refund:{name}:{id}:failed"),
                Action::FailRefund {
                    provider,
                    request: None,
                    refund: id,
                    amount,
                    reason: reason.clone(),
                },
            ),
        };
        self.reported(record, key, action).await.map(drop)
    }

    /// Records refunds in the books that were made at the provider, or for a request that the books
    /// lack since they were restored. One that failed after it had arrived is logged for the staff.
    pub(crate) async fn adopt_refunds(
        &self,
        provider: &dyn AnyProvider,
        mut record: OrderRecord,
        payment: &Payment,
    ) -> Result<OrderRecord, Trouble> {
        if !is_of(&record, provider, payment) {
            (self.log)(&format!(
                "payment {} has a refund, and is not what paid the order {}",
                payment.id, record.order.id
            ));
            return Ok(record);
        }
        let known = provider
            .refunds(&payment.id, &record.order.currency)
            .await?;
        // A request is in the books before its refund is made: the books of now have that of every
        // refund that was known.
        let history = PaymentHistory::of(&record);
        let is_new = |refund: &Refund| refund.request.is_some() && !history.has_request_of(refund);
        if known.iter().any(is_new)
            && let Some(latest) = self.books.record(&record.order.id).await?
        {
            record = latest;
        }
        for refund in known {
            let history = PaymentHistory::of(&record);
            let failed = matches!(refund.state, RefundState::Failed { .. });
            if history.has_ended(named(provider, &refund)) {
                if failed {
                    (self.log)(&format!(
                        "refund {} of the order {} has failed at the provider: see that the \
                         buyer gets the money in another way",
                        refund.id, record.order.id
                    ));
                }
                continue;
            }
            let mut requests = history.requests.iter();
            let is_known =
                requests.any(|request| request.reported == Some(named(provider, &refund)));
            if history.has_request_of(&refund) || is_known || failed {
                continue;
            }
            let key = format!("refund:{}:{}:reported", provider.name(), refund.id);
            let action = Action::ReportRefund {
                provider: provider.name().to_owned(),
                payment: payment.id.clone(),
                refund: refund.id.clone(),
                amount: refund.amount,
            };
            record = match self.books.report(&record.order.id, key, action).await? {
                Changed::Done(record) => *record,
                Changed::Illegal(why) => {
                    (self.log)(&format!(
                        "refund {} of the order {} was made at the provider and does not fit \
                         into the books: {why}",
                        refund.id, record.order.id
                    ));
                    record
                }
                Changed::Unknown => record,
            };
        }
        Ok(record)
    }

    /// Closes pages on which nothing is to be paid any more. Gives the order when one of them
    /// turns out to have been paid.
    async fn close_pages(&self, record: &OrderRecord) -> Result<Option<OrderRecord>, Trouble> {
        let history = PaymentHistory::of(record);
        let all = history.pages.len();
        let surplus = match record.progress.status {
            // On a page from before units were taken off, more would be paid than is due.
            Status::AwaitingPayment => history.outdated,
            Status::Expired | Status::Cancelled if history.payment.is_none() => all,
            // A shopper who paid on one of several pages may still have another one open.
            Status::Expired
            | Status::Cancelled
            | Status::Confirmed
            | Status::Allocated
            | Status::Shipped
            | Status::Delivered
            | Status::Returned => match all {
                0 | 1 if history.outdated == 0 => 0,
                _ => all,
            },
        };
        let mut changed = None;
        for page in history.pages.into_iter().take(surplus) {
            let provider = self.provider(page.provider)?;
            let closed = match provider.close(page.id).await {
                Ok(closed) => closed,
                Err(ProviderError::NotFound(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            if let (PageState::Complete, Some(payment)) = (closed.state, &closed.payment)
                && history.payment != Some(Named::new(page.provider, payment))
            {
                let payment = provider.payment(payment).await?;
                let noted = self.take_note(provider, &payment).await?;
                changed = noted.filter(|noted| noted.progress != record.progress);
            }
        }
        Ok(changed)
    }
}

/// A refund as the order's history names it.
fn named<'a>(provider: &'a dyn AnyProvider, refund: &'a Refund) -> Named<'a> {
    Named::new(provider.name(), &refund.id)
}
