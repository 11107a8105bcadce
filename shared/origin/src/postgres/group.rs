//! Several orders in one statement: a call of `migrations/0013`.

use souk_protocol::trade::SubmitReply;
use souk_sql::{PostgresDriver, json};

use super::{PostgresOrderStore, array, submit_reply};
use crate::decide::asked;
use crate::{GroupedSubmit, NewOrder, StoreError};

const SUBMIT_MANY: &str = "SELECT reply FROM souk.submit_many($1, $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13)";

/// An order for one SKU, as the engine takes it.
#[derive(Debug)]
pub struct PreparedOrder {
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

impl<D: PostgresDriver> GroupedSubmit for PostgresOrderStore<D> {
    type Prepared = PreparedOrder;

    fn prepare(&self, order: NewOrder<'_>) -> Result<Option<PreparedOrder>, StoreError> {
        let asked = asked(order)?;
        let submit = order.submit;
        let [line] = submit.lines.as_slice() else {
            return Ok(None);
        };
        Ok(Some(PreparedOrder {
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
        }))
    }

    async fn submit_group(
        &self,
        orders: &[PreparedOrder],
    ) -> Result<Vec<Option<SubmitReply>>, StoreError> {
        fn each<T: std::fmt::Display>(
            orders: &[PreparedOrder],
            value: impl Fn(&PreparedOrder) -> T,
        ) -> souk_sql::Value {
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
