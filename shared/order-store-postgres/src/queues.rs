//! The outbox.

use serde_json::json;
use souk_order_store::StoreError;
use souk_order_store::rows::message;
use souk_protocol::origin::{CLAIM_MAX, Claim, Message, Queue, QueueDepth, Settled, Settlement};
use souk_sql::{Pause, PostgresDriver, Row, Value, json as text};

use crate::array::array;
use crate::engine::PostgresOrderStore;

const CLAIM: &str = "SELECT id, order_id, sequence, attempts, body
    FROM souk.claim_messages($1, $2, $3, $4, $5)";
const SETTLE: &str = "SELECT souk.settle_messages($1, $2)";
const REPLAY: &str = "SELECT souk.replay_messages($1, $2)";
const DEPTHS: &str = "SELECT queue, waiting, next_due_ms, dead FROM souk.queue_depths($1, $2)";

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    pub(crate) async fn claim_messages(
        &self,
        claim: &Claim,
        now_ms: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let limit = usize::try_from(claim.limit)
            .unwrap_or(CLAIM_MAX)
            .clamp(1, CLAIM_MAX);
        let parameters = [
            claim.queue.name().into(),
            now_ms.into(),
            claim.visibility_ms.max(0).into(),
            i64::try_from(limit).expect("a small number").into(),
            claim.order.as_deref().map_or(Value::Null, Into::into),
        ];
        let rows = self.driver.query(CLAIM, &parameters).await?;
        rows.iter().map(message).collect()
    }

    pub(crate) async fn settle_messages(
        &self,
        settlements: &[Settlement],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let list: Vec<_> = settlements.iter().map(settlement).collect();
        let parameters = [text(&list).into(), now_ms.into()];
        self.driver.query(SETTLE, &parameters).await?;
        Ok(())
    }

    pub(crate) async fn replay_messages(
        &self,
        queue: Queue,
        now_ms: i64,
    ) -> Result<i64, StoreError> {
        let parameters = [queue.name().into(), now_ms.into()];
        let rows = self.driver.query(REPLAY, &parameters).await?;
        let row = rows.first();
        row.map_or(Ok(0), |row| row.integer(0))
    }

    pub(crate) async fn queue_depths(&self, now_ms: i64) -> Result<Vec<QueueDepth>, StoreError> {
        let names = array(Queue::ALL.iter().map(|queue| Some(queue.name())));
        let rows = self
            .driver
            .query(DEPTHS, &[names.into(), now_ms.into()])
            .await?;
        Queue::ALL
            .map(|queue| depth(&rows, queue, now_ms))
            .into_iter()
            .collect()
    }
}

fn depth(rows: &[Row], queue: Queue, now_ms: i64) -> Result<QueueDepth, StoreError> {
    let row = rows.iter().find(|row| row.text(0) == Ok(queue.name()));
    let row = row.ok_or_else(|| StoreError::Corrupt("a queue was not counted".into()))?;
    let next_due_ms = Some(row.integer(2)?).filter(|&due_ms| due_ms >= 0);
    let oldest = next_due_ms.filter(|&due_ms| due_ms <= now_ms);
    Ok(QueueDepth {
        queue,
        waiting: row.integer(1)?,
        oldest_age_ms: oldest.map_or(0, |due_ms| now_ms - due_ms),
        next_due_ms,
        dead: row.integer(3)?,
    })
}

/// A settlement that the engine can take apart: it cannot where a reason has the character U+0000.
fn settlement(settlement: &Settlement) -> serde_json::Value {
    let (settled, after_ms, error) = match &settlement.outcome {
        Settled::Done => ("done", 0, ""),
        Settled::Retry { after_ms, error } => ("retry", *after_ms, error.as_str()),
        Settled::Dead { error } => ("dead", 0, error.as_str()),
    };
    json!({
        "id": settlement.id, "order": settlement.order, "sequence": settlement.sequence,
        "attempts": settlement.attempts, "settled": settled, "after_ms": after_ms,
        "error": error.replace('\0', "\u{fffd}"),
    })
}
