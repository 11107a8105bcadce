//! Pages of copies, and putting them back: which function of the database does it.

use souk_order_store::{BackupStore, RowsToRestore, StoreError, StoredRows};
use souk_protocol::origin::{COPY_ORDERS_MAX, COPY_ROWS_MAX, CopyRows, Ledger, RestoreReply};
use souk_sql::{Pause, PostgresDriver, Row, json};

use crate::engine::{PostgresOrderStore, no_reply};

const COPY: &str = "SELECT place, content FROM souk.copy_rows($1, $2, $3, $4)";
const BEGIN: &str = "SELECT souk.begin_restore($1)";
const ROWS: &str = "SELECT souk.restore_rows($1, $2, $3, $4)";
const FINISH: &str = "SELECT souk.finish_restore($1, $2)";
const REQUEUE: &str = "SELECT souk.requeue_orders($1, $2, $3, $4)";

impl<D: PostgresDriver, P: Pause> BackupStore for PostgresOrderStore<D, P> {
    async fn copy_rows(&self, asked: &CopyRows) -> Result<StoredRows, StoreError> {
        let (most, by_blocks) = match asked.ledger {
            Ledger::Orders => (COPY_ORDERS_MAX, false),
            Ledger::Movements => (COPY_ROWS_MAX, true),
            Ledger::Funds
            | Ledger::Receipts
            | Ledger::Repairs
            | Ledger::Prices
            | Ledger::Publications
            | Ledger::Offers => (COPY_ROWS_MAX, false),
        };
        let parameters = [
            asked.ledger.name().into(),
            asked.after.as_str().into(),
            asked.until_ms.into(),
            i64::from(most).into(),
        ];
        let found = self.driver.query(COPY, &parameters).await?;
        let mut page = StoredRows::default();
        for row in &found {
            if let Some(place) = row.optional_text(0)? {
                page.after = Some(place.to_owned());
            }
            if row.optional_text(1)?.is_some() {
                page.rows.push(souk_order_store::rows::read(row, 1)?);
            }
        }
        if !by_blocks && found.len() < most as usize {
            page.after = None;
        }
        Ok(page)
    }

    async fn begin_restore(&self, backup: &str) -> Result<RestoreReply, StoreError> {
        let rows = self.driver.query(BEGIN, &[backup.into()]).await?;
        match rows.first().ok_or_else(no_reply)?.optional_integer(0)? {
            None => Ok(RestoreReply::NotEmpty),
            Some(batch) => Ok(reached(batch)),
        }
    }

    async fn restore_rows(&self, batch: RowsToRestore<'_>) -> Result<RestoreReply, StoreError> {
        let rows = match batch.ledger {
            Ledger::Orders => json(&batch.rows.iter().map(in_texts).collect::<Vec<_>>()),
            Ledger::Funds
            | Ledger::Receipts
            | Ledger::Repairs
            | Ledger::Movements
            | Ledger::Prices
            | Ledger::Publications
            | Ledger::Offers => json(batch.rows),
        };
        let parameters = [
            batch.backup.into(),
            batch.batch.into(),
            batch.ledger.name().into(),
            rows.into(),
        ];
        one(&self.driver.query(ROWS, &parameters).await?)
    }

    async fn finish_restore(
        &self,
        backup: &str,
        card_holds_from_ms: i64,
    ) -> Result<RestoreReply, StoreError> {
        let parameters = [backup.into(), card_holds_from_ms.into()];
        one(&self.driver.query(FINISH, &parameters).await?)
    }

    async fn requeue_orders(
        &self,
        after: &str,
        limit: u32,
        payments: bool,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        let parameters = [
            after.into(),
            i64::from(limit).into(),
            i64::from(payments).into(),
            now_ms.into(),
        ];
        let rows = self.driver.query(REQUEUE, &parameters).await?;
        rows.iter()
            .map(|row| row.text(0).map(str::to_owned))
            .collect()
    }
}

/// An order whose parts that people write are texts of JSON, which the engine need not take apart.
fn in_texts(copy: &serde_json::Value) -> serde_json::Value {
    let order = &copy["order"];
    let events = copy["events"].as_array().into_iter().flatten();
    let events: Vec<_> = events
        .map(|event| {
            serde_json::json!({"sequence": event["sequence"], "at_ms": event["at_ms"],
                "body": event.to_string()})
        })
        .collect();
    serde_json::json!({
        "id": order["id"], "key": copy["key"], "fingerprint": copy["fingerprint"],
        "status": order["status"], "placed_at_ms": order["placed_at_ms"],
        "hold_until_ms": order["hold_until_ms"], "lines": order["lines"].to_string(),
        "body": order.to_string(), "events": events, "changes": copy["changes"],
        "state": copy["state"], "takes": copy["takes"],
    })
}

fn one(rows: &[Row]) -> Result<RestoreReply, StoreError> {
    Ok(reached(rows.first().ok_or_else(no_reply)?.integer(0)?))
}

/// -1 says that it is not its turn, -2 that this copy is finished.
fn reached(batch: i64) -> RestoreReply {
    match batch {
        -1 => RestoreReply::OutOfTurn,
        -2 => RestoreReply::Finished,
        batch => RestoreReply::Done { batch },
    }
}
