//! The queue of work for the provider: claim, reconcile, settle.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use souk_ports::{PaymentsPort, is_within};
use souk_protocol::origin::{Message, OrderRecord, Queue, Settled, Settlement};
use souk_protocol::payments::WorkReport;

use crate::completion::Payments;
use crate::reconcile::Reconciled;
use crate::trouble::Trouble;

/// Messages worked on at the same time.
const CLAIM: u32 = 8;
/// How long no other caller gets a claimed message: twice the time in which new ones are begun, and
/// what one of them may take. A round of an order that takes longer may run twice, which does no
/// harm; after a crash it is how long the payment waits.
const VISIBILITY_MS: i64 = 45_000;
/// No new messages are claimed after this long: the caller may wait for half a minute.
const BUDGET_MS: i64 = 15_000;

/// The pause after the first failure; doubled for each further one.
const BACKOFF_MS: i64 = 5_000;
/// The longest pause.
const BACKOFF_MS_MAX: i64 = 60 * 60 * 1000;
/// After so many attempts the message is dead-lettered for the staff: 5 s + 10 s + … + 2,560 s +
/// 3,600 s, about two and a half hours after the first one.
const ATTEMPTS_MAX: u32 = 12;
/// How long until a pending refund is looked at again; usually a webhook comes first.
const REFUND_PAUSE_MS: i64 = 6 * 60 * 60 * 1000;
/// A refund that has not arrived after so many looks, three weeks, is left to the staff.
const REFUND_ATTEMPTS_MAX: u32 = 84;

impl<E: PaymentsPort> Payments<'_, E> {
    /// Works through the queue until it is empty or the time is over.
    pub(crate) async fn work(&self) -> Result<WorkReport, Trouble> {
        let began_ms = self.edge.now_ms();
        let mut report = WorkReport::default();
        loop {
            let claimed = self
                .books
                .claim(Queue::Payments, CLAIM, VISIBILITY_MS, None)
                .await?;
            let is_last = claimed.len() < CLAIM as usize;
            let mut orders: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
            for message in &claimed {
                orders.entry(&message.order).or_default().push(message);
            }
            let settled = join_all(
                orders
                    .iter()
                    .map(|(order, of_it)| self.work_at(order, of_it)),
            );
            let settlements = settled.await.concat();
            for settlement in &settlements {
                match settlement.outcome {
                    Settled::Done => report.done += 1,
                    Settled::Retry { .. } => report.retried += 1,
                    Settled::Dead { .. } => report.dead += 1,
                }
            }
            self.books.settle(&settlements).await?;
            report.more = !is_last;
            if is_last || !is_within(BUDGET_MS, began_ms, self.edge.now_ms()) {
                return Ok(report);
            }
        }
    }

    /// Does what is to be done for one order now, whether or not another caller is working on it.
    /// What fails stays in the queue.
    pub(crate) async fn work_on(&self, record: OrderRecord) {
        let order = record.order.id.clone();
        let claimed = self
            .books
            .claim(Queue::Payments, CLAIM, VISIBILITY_MS, Some(&order))
            .await;
        let claimed = claimed.unwrap_or_else(|error| {
            (self.log)(&format!("the queue of payments: {error}"));
            Vec::new()
        });
        // The record is older than the claim: a message may be about what has happened since, and
        // would be settled without that having been read.
        let reconciled = match claimed.is_empty() {
            true => self.reconcile(record).await,
            false => self.look_and_reconcile(&order).await,
        };
        if let Err(error) = &reconciled {
            (self.log)(&format!("payment of the order {order}: {error}"));
            self.figures.failures.add_one();
        }
        let settlements = claimed
            .iter()
            .map(|message| self.settlement(message, &reconciled));
        let settlements: Vec<_> = settlements.collect();
        if let Err(error) = self.books.settle(&settlements).await {
            (self.log)(&format!("the queue of payments: {error}"));
        }
    }

    /// One round settles every message of an order: they all ask for the same.
    async fn work_at(&self, order: &str, messages: &[&Message]) -> Vec<Settlement> {
        let reconciled = self.look_and_reconcile(order).await;
        if let Err(error) = &reconciled {
            (self.log)(&format!("payment of the order {order}: {error}"));
            self.figures.failures.add_one();
        }
        let settlements = messages.iter();
        settlements
            .map(|message| self.settlement(message, &reconciled))
            .collect()
    }

    async fn look_and_reconcile(&self, order: &str) -> Result<Reconciled, Trouble> {
        match self.books.record(order).await? {
            Some(record) => self.reconcile(record).await,
            None => Err(Trouble::corrupt(format!("there is no order {order}"))),
        }
    }

    fn settlement(
        &self,
        message: &Message,
        reconciled: &Result<Reconciled, Trouble>,
    ) -> Settlement {
        let jitter = self.edge.random_bytes()[0];
        Settlement {
            id: message.id,
            order: message.order.clone(),
            sequence: message.sequence,
            attempts: message.attempts,
            outcome: outcome(message.attempts, reconciled, jitter),
        }
    }
}

/// What becomes of a message that was claimed for the `attempts`th time.
fn outcome(attempts: u32, reconciled: &Result<Reconciled, Trouble>, jitter: u8) -> Settled {
    match reconciled {
        Ok(Reconciled::Nothing) => Settled::Done,
        Ok(Reconciled::Waiting) if attempts < REFUND_ATTEMPTS_MAX => Settled::Retry {
            after_ms: REFUND_PAUSE_MS,
            error: "a refund is on its way".to_owned(),
        },
        Ok(Reconciled::Waiting) => Settled::Dead {
            error: "a refund is on its way for three weeks".to_owned(),
        },
        Err(error) if attempts < ATTEMPTS_MAX => Settled::Retry {
            after_ms: backoff_ms(attempts, jitter),
            error: error.to_string(),
        },
        Err(error) => Settled::Dead {
            error: error.to_string(),
        },
    }
}

/// The pause after the `attempts`th failure: three quarters of it to all of it, by chance.
fn backoff_ms(attempts: u32, jitter: u8) -> i64 {
    let doublings = attempts.saturating_sub(1).min(16);
    let pause = (BACKOFF_MS << doublings).min(BACKOFF_MS_MAX);
    pause - pause * i64::from(jitter) / 1024
}

#[cfg(test)]
mod tests {
    use souk_origin_client::OriginError;

    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_never_fall_below_three_quarters() {
        let cases = [
            (1, 5_000),
            (2, 10_000),
            (10, 2_560_000),
            (11, 3_600_000),
            (200, 3_600_000),
        ];
        for (attempts, longest) in cases {
            assert_eq!(backoff_ms(attempts, 0), longest, "{attempts}");
            let shortest = backoff_ms(attempts, 255);
            assert!(
                shortest > longest * 3 / 4 && shortest < longest,
                "{attempts}"
            );
        }
    }

    #[test]
    fn a_failure_is_retried_and_then_dead_lettered() {
        let failed = Err(Trouble::from(OriginError::Silent("said 503".to_owned())));
        for attempts in 1..ATTEMPTS_MAX {
            let outcome = outcome(attempts, &failed, 0);
            assert!(matches!(outcome, Settled::Retry { .. }), "{attempts}");
        }
        let last = outcome(ATTEMPTS_MAX, &failed, 0);
        assert!(matches!(last, Settled::Dead { .. }), "{last:?}");
        assert_eq!(outcome(99, &Ok(Reconciled::Nothing), 0), Settled::Done);
    }

    #[test]
    fn a_refund_on_its_way_is_waited_for() {
        let waits = Ok(Reconciled::Waiting);
        let after_ms = |attempts| match outcome(attempts, &waits, 0) {
            Settled::Retry { after_ms, .. } => Some(after_ms),
            Settled::Done | Settled::Dead { .. } => None,
        };
        assert_eq!(after_ms(ATTEMPTS_MAX), Some(REFUND_PAUSE_MS));
        assert_eq!(after_ms(REFUND_ATTEMPTS_MAX), None);
    }
}
