//! What the provider still has to do for an order, done: capture, void, refund, close pages.
//!
//! The order's record says what is to be done, so a round may end anywhere and begin anew, and two
//! rounds at the same time do everything once. Before money goes back, the provider is asked what
//! went back already: its memory of idempotency keys ends after a day, a refund does not.

use souk_ports::Till;
use souk_protocol::life::{Action, OrderRecord};
use souk_protocol::trade::Status;

use crate::completion::{Cashier, void_key};
use crate::origin::{Changed, Trouble};
use crate::provider::{
    NewRefund, PageState, PaymentProvider, PaymentState, ProviderError, Refund, RefundState,
};
use crate::standing::{Request, Standing, is_sold, outside_reason};

/// Rounds at most: closing a page may find that it was paid, which is something to do again.
const ROUNDS_MAX: u32 = 4;

/// Refusals of a capture after which no other will work: the authorisation is over.
const LAPSED: [&str; 3] = [
    "charge_expired_for_capture",
    "capture_charge_authorization_expired",
    "capture_unauthorized_payment",
];
/// Refusals of a refund after which no other will work.
const NEVER_REFUNDED: [&str; 2] = ["charge_already_refunded", "charge_disputed"];

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reconciled {
    /// Nothing is left to do.
    Nothing,
    /// Money is on its way back; the provider will say when it has arrived.
    Waiting,
}

impl<E: Till, P: PaymentProvider> Cashier<'_, E, P> {
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
        Err(Trouble::Corrupt(format!(
            "the order {} does not come to rest",
            record.order.id
        )))
    }

    /// Takes the authorised amount of an order that has its units; gives it up otherwise.
    async fn take_or_leave(&self, record: &OrderRecord) -> Result<OrderRecord, Trouble> {
        let (order, authorised) = (&record.order, record.progress.funds.authorised);
        let Some(payment) = Standing::of(record).payment else {
            let text = format!("the order {} has an amount of no payment", order.id);
            return Err(Trouble::Corrupt(text));
        };
        let status = record.progress.status;
        if !is_sold(status) {
            let reason = format!("the order was {} when the payment came", status.name());
            return self.void(record, payment, &reason).await;
        }
        if authorised != order.total {
            return self
                .void(record, payment, "the amount is not that of the order")
                .await;
        }
        let key = format!("souk-{}-capture-{payment}", order.id);
        let captured = self
            .provider
            .capture(payment, authorised, &order.currency, &key)
            .await;
        let (lapsed, why) = match captured {
            Ok(captured) => match captured.state {
                PaymentState::Captured { .. } | PaymentState::Voided { .. } => {
                    return self.noted(&captured).await;
                }
                PaymentState::Authorised { .. }
                | PaymentState::Waiting
                | PaymentState::Declined { .. } => {
                    let text = format!("the capture of payment {payment} is under way");
                    return Err(ProviderError::Transient(text).into());
                }
            },
            Err(ProviderError::Declined { reason, .. }) => (true, reason),
            Err(ProviderError::Refused { code, reason }) => {
                (LAPSED.contains(&code.as_str()), format!("{code}: {reason}"))
            }
            Err(ProviderError::NotFound(reason)) => {
                return self.record_void(record, payment, &reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        let known = self.provider.payment(payment).await?;
        match known.state {
            // Somebody was quicker, or did it at the provider.
            PaymentState::Captured { .. } | PaymentState::Voided { .. } => self.noted(&known).await,
            PaymentState::Waiting | PaymentState::Declined { .. } => {
                self.void(record, payment, &why).await
            }
            PaymentState::Authorised { .. } if lapsed => self.void(record, payment, &why).await,
            PaymentState::Authorised { .. } => Err(ProviderError::Refused {
                code: "capture".to_owned(),
                reason: why,
            }
            .into()),
        }
    }

    async fn noted(&self, payment: &crate::Payment) -> Result<OrderRecord, Trouble> {
        let noted = self.take_note(payment).await?;
        noted.ok_or_else(|| Trouble::Corrupt(format!("payment {} is of no order", payment.id)))
    }

    /// Gives an authorisation up. An order that counted on it is cancelled by the origin.
    async fn void(
        &self,
        record: &OrderRecord,
        payment: &str,
        reason: &str,
    ) -> Result<OrderRecord, Trouble> {
        let key = void_key(&record.order.id, payment);
        let known = match self.provider.void(payment, &key).await {
            Ok(known) => known,
            Err(ProviderError::Refused { .. } | ProviderError::Declined { .. }) => {
                self.provider.payment(payment).await?
            }
            Err(ProviderError::NotFound(_)) => {
                return self.record_void(record, payment, reason).await;
            }
            Err(error) => return Err(error.into()),
        };
        match known.state {
            PaymentState::Voided { .. } => self.record_void(record, payment, reason).await,
            // Somebody took it at the provider: the origin asks for the money to go back.
            PaymentState::Captured { .. } => self.noted(&known).await,
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
        payment: &str,
        reason: &str,
    ) -> Result<OrderRecord, Trouble> {
        let action = Action::Void {
            payment: payment.to_owned(),
            reason: reason.to_owned(),
        };
        self.reported(record, format!("void:{payment}"), action)
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
            Changed::Illegal(why) => Err(Trouble::Corrupt(format!("{key}: {why}"))),
            Changed::Unknown => Err(Trouble::Corrupt(format!("{key}: no such order"))),
        }
    }

    /// Gives back what is to go back; whether some of it is still on its way.
    async fn refund(&self, record: &OrderRecord) -> Result<bool, Trouble> {
        let standing = Standing::of(record);
        let order = &record.order;
        let Some(payment) = standing.payment else {
            let text = format!("the order {} has a refund of no payment", order.id);
            return Err(Trouble::Corrupt(text));
        };
        let known = self.provider.refunds(payment, &order.currency).await?;
        let of_request = |request: &Request<'_>| {
            known.iter().find(|refund| match request.outside {
                Some(id) => refund.id == id,
                None => refund.request == Some(request.sequence),
            })
        };
        let under_way: i64 = standing
            .requests
            .iter()
            .filter_map(of_request)
            .filter(|refund| !standing.has_ended(&refund.id))
            .map(|refund| refund.amount)
            .sum();
        let mut to_make = record.progress.funds.refunding - under_way;
        let mut waits = false;
        for request in &standing.requests {
            let made = match of_request(request) {
                Some(refund) if standing.has_ended(&refund.id) => continue,
                Some(refund) => refund.clone(),
                None if request.outside.is_some() => continue,
                None if standing.has_ended(&request.never_made()) => continue,
                // People settled it in another way.
                None if request.amount > to_make => continue,
                None => {
                    to_make -= request.amount;
                    let Some(refund) = self.make_refund(record, payment, request).await? else {
                        continue;
                    };
                    refund
                }
            };
            waits |= made.state == RefundState::Pending;
            self.note_refund(record, &made).await?;
        }
        Ok(waits)
    }

    /// Makes one refund; `None` when the provider never will, which is recorded.
    async fn make_refund(
        &self,
        record: &OrderRecord,
        payment: &str,
        request: &Request<'_>,
    ) -> Result<Option<Refund>, Trouble> {
        let order = &record.order;
        let new = NewRefund {
            order: &order.id,
            payment,
            request: request.sequence,
            amount: request.amount,
            currency: &order.currency,
        };
        let key = format!("souk-{}-refund-{}", order.id, request.sequence);
        let reason = match self.provider.refund(&new, &key).await {
            Ok(refund) => return Ok(Some(refund)),
            Err(ProviderError::Refused { code, reason })
                if NEVER_REFUNDED.contains(&code.as_str()) =>
            {
                reason
            }
            Err(error) => return Err(error.into()),
        };
        let never_made = request.never_made();
        let action = Action::FailRefund {
            refund: never_made.clone(),
            amount: request.amount,
            reason,
        };
        let key = format!("refund:{never_made}:failed");
        self.reported(record, key, action).await?;
        Ok(None)
    }

    /// Records where a refund stands.
    async fn note_refund(&self, record: &OrderRecord, refund: &Refund) -> Result<(), Trouble> {
        let (id, amount) = (refund.id.clone(), refund.amount);
        let (key, action) = match &refund.state {
            RefundState::Pending => return Ok(()),
            RefundState::Done => (
                format!("refund:{id}:settled"),
                Action::SettleRefund { refund: id, amount },
            ),
            RefundState::Failed { reason } => (
                format!("refund:{id}:failed"),
                Action::FailRefund {
                    refund: id,
                    amount,
                    reason: reason.clone(),
                },
            ),
        };
        self.reported(record, key, action).await.map(drop)
    }

    /// Enters refunds into the books that somebody made at the provider. One that failed after it
    /// had arrived is a person's business.
    pub(crate) async fn adopt_refunds(
        &self,
        record: OrderRecord,
        payment: &str,
    ) -> Result<OrderRecord, Trouble> {
        let mut record = record;
        let known = self
            .provider
            .refunds(payment, &record.order.currency)
            .await?;
        for refund in known {
            let standing = Standing::of(&record);
            let failed = matches!(refund.state, RefundState::Failed { .. });
            if standing.has_ended(&refund.id) {
                if failed {
                    (self.log)(&format!(
                        "refund {} of the order {} has failed at the provider: see that the \
                         buyer gets the money in another way",
                        refund.id, record.order.id
                    ));
                }
                continue;
            }
            let mut requests = standing.requests.iter();
            let is_asked_for = requests.any(|request| request.outside == Some(&refund.id));
            if refund.request.is_some() || is_asked_for || failed {
                continue;
            }
            let key = format!("refund:{}:request", refund.id);
            let action = Action::Refund {
                amount: refund.amount,
                reason: outside_reason(&refund.id),
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
        let standing = Standing::of(record);
        let surplus = match record.progress.status {
            Status::AwaitingPayment => false,
            Status::Expired | Status::Cancelled => {
                standing.payment.is_none() || standing.pages.len() > 1
            }
            // Whoever pays on a page of several may still have another one before the eyes.
            Status::Confirmed
            | Status::Allocated
            | Status::Shipped
            | Status::Delivered
            | Status::Returned => standing.pages.len() > 1,
        };
        if !surplus {
            return Ok(None);
        }
        let mut changed = None;
        for page in standing.pages {
            let closed = match self.provider.close(page).await {
                Ok(closed) => closed,
                Err(ProviderError::NotFound(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            if let (PageState::Complete, Some(payment)) = (closed.state, &closed.payment)
                && standing.payment != Some(payment)
            {
                let payment = self.provider.payment(payment).await?;
                let noted = self.take_note(&payment).await?;
                changed = noted.filter(|noted| noted.progress != record.progress);
            }
        }
        Ok(changed)
    }
}
