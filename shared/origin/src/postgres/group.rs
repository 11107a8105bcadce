//! Orders that come in at the same time go down together: a call of `migrations/0015`.
//!
//! Grouping never changes what becomes of an order. The statement leaves those alone that it cannot
//! place without deciding anything anew or waiting for somebody, and each of these is submitted by
//! itself afterwards, as is every order of a group that the engine refused as a whole. Nobody
//! depends on whoever leads: its followers go alone when it goes away, or when its statement is not
//! back in time. That is a repetition with the same key, which is safe.
//!
//! Orders of several lines always go alone.
//!
//! Not here: whose turn it is (`commit_queue`).

use souk_protocol::trade::{SubmitLine, SubmitReply};
use souk_sql::{PostgresDriver, Value, json};

use super::{PostgresOrderStore, array, submit_reply};
use crate::commit_queue::{CommitQueue, Leader, Pause, Turn};
use crate::decide::Asked;
use crate::{NewOrder, StoreError};

const SUBMIT_MANY: &str = "SELECT reply FROM souk.submit_many($1, $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13)";

/// The orders that wait, of all stores of an instance.
#[derive(Debug, Default)]
pub struct SubmitQueue(CommitQueue<PreparedOrder, SubmitReply>);

/// An order for one SKU, as the engine takes it.
#[derive(Debug)]
pub(super) struct PreparedOrder {
    key: String,
    fingerprint: String,
    id: String,
    token: String,
    status: &'static str,
    sku: String,
    quantity: u32,
    expected_price: Option<i64>,
    currency: String,
    details: String,
    shipping: i64,
    hold_until_ms: Option<i64>,
    now_ms: i64,
}

fn prepare(order: NewOrder<'_>, line: &SubmitLine, asked: &Asked) -> PreparedOrder {
    let submit = order.submit;
    PreparedOrder {
        key: submit.key.clone(),
        fingerprint: submit.fingerprint.clone(),
        id: submit.id.clone(),
        token: submit.token.clone(),
        status: asked.status.name(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        expected_price: line.expected_price,
        currency: submit.currency.clone().unwrap_or_default(),
        details: json(&submit.details),
        shipping: asked.shipping,
        hold_until_ms: asked.hold_until_ms,
        now_ms: order.now_ms,
    }
}

type OrderLead<'l> = Leader<'l, PreparedOrder, SubmitReply>;

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// Submits an order when it is its turn, with others where others wait too.
    pub(super) async fn submit_in_turn(
        &self,
        queue: &SubmitQueue,
        pause: &P,
        order: NewOrder<'_>,
        asked: &Asked,
    ) -> Result<SubmitReply, StoreError> {
        let [line] = order.submit.lines.as_slice() else {
            return self.submit_alone(order, asked).await;
        };
        let prepared = || prepare(order, line, asked);
        let reply = match queue.0.turn(prepared, pause).await {
            Turn::Lead(lead) if lead.is_alone() => {
                let reply = self.submit_alone(order, asked).await;
                drop(lead);
                return reply;
            }
            Turn::Lead(lead) => self.lead(lead, prepared()).await,
            Turn::Done(reply) => Some(reply),
            Turn::RunAlone => None,
        };
        match reply {
            Some(reply) => Ok(reply),
            None => self.submit_alone(order, asked).await,
        }
    }

    /// Takes an order and those that wait down, and leaves these their replies. `None`: the order
    /// has to go alone.
    async fn lead(&self, mut lead: OrderLead<'_>, own: PreparedOrder) -> Option<SubmitReply> {
        let mut orders = lead.take_items();
        orders.push(own);
        let replies = self.submit_group(&orders).await;
        let mut replies = match replies {
            Ok(replies) if replies.len() == orders.len() => replies,
            // Whose failure it is comes out when each goes alone. If the statement was carried out
            // all the same, each finds its order.
            Ok(_) | Err(_) => Vec::new(),
        };
        let own = replies.pop().flatten();
        lead.finish(replies.into_iter());
        own
    }

    /// Places orders together: a reply for each, or `None` for one that has to be submitted alone,
    /// because nothing was written for it.
    async fn submit_group(
        &self,
        orders: &[PreparedOrder],
    ) -> Result<Vec<Option<SubmitReply>>, StoreError> {
        fn each<T: std::fmt::Display>(
            orders: &[PreparedOrder],
            value: impl Fn(&PreparedOrder) -> T,
        ) -> Value {
            array(orders.iter().map(|order| Some(value(order)))).into()
        }
        let parameters = [
            each(orders, |order| order.key.clone()),
            each(orders, |order| order.fingerprint.clone()),
            each(orders, |order| order.id.clone()),
            each(orders, |order| order.token.clone()),
            each(orders, |order| order.status),
            each(orders, |order| order.sku.clone()),
            each(orders, |order| order.quantity),
            array(orders.iter().map(|order| order.expected_price)).into(),
            each(orders, |order| order.currency.clone()),
            each(orders, |order| order.details.clone()),
            each(orders, |order| order.shipping),
            array(orders.iter().map(|order| order.hold_until_ms)).into(),
            each(orders, |order| order.now_ms),
        ];
        let rows = self.driver.query(SUBMIT_MANY, &parameters).await?;
        let replies = rows.iter().map(|row| {
            let text = row.optional_text(0)?;
            text.map(submit_reply).transpose()
        });
        replies.collect()
    }
}
