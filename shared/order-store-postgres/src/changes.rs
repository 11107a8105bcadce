//! What happens to orders and shelves after orders are placed, and repairs.

use serde::Deserialize;
use souk_order_store::rows::{event_messages, found, moved_funds, moved_units, sums};
use souk_order_store::{Committed, Found, KeptTakes, OrderChange, StoreError, receipt};
use souk_protocol::origin::{ReceiptReply, RepairBooks, RepairReply, StockReceipt, Subject};
use souk_sql::{Pause, PostgresDriver, Value, json};

use crate::array::array;
use crate::engine::PostgresOrderStore;

const FIND: &str = "SELECT sequence, body, state, fingerprint, takes
    FROM souk.find_order($1, $2)";
const CHANGE: &str = "SELECT souk.change_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)";
const RECEIVE: &str = "SELECT souk.receive_stock($1, $2, $3, $4, $5, $6)";

const REPAIR_STOCK: &str = "SELECT souk.repair_stock($1, $2, $3, $4, $5, $6, $7)";
const REPAIR_ALLOWANCE: &str = "SELECT souk.repair_allowance($1, $2, $3, $4, $5, $6, $7)";
const REPAIR_ORDER: &str = "SELECT souk.repair_order($1, $2, $3, $4, $5, $6, $7)";

/// What `souk.change_order` answers.
#[derive(Deserialize)]
#[serde(tag = "committed", rename_all = "snake_case")]
enum Answer {
    Done { shelves_changed: bool },
    Stale,
    TooFew { sku: String },
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    pub(crate) async fn find_order(
        &self,
        id: &str,
        key: &str,
    ) -> Result<Option<Found>, StoreError> {
        found(&self.driver.query(FIND, &[id.into(), key.into()]).await?)
    }

    pub(crate) async fn change_order(
        &self,
        change: OrderChange<'_>,
    ) -> Result<Committed, StoreError> {
        let OrderChange {
            events, progress, ..
        } = change;
        let funds = progress.funds;
        let lowered = change.lowered.map(|one| (&*one.takes, &*one.back));
        let (takes, back) = lowered.unwrap_or_default();
        let parameters = [
            change.order.into(),
            change.key.into(),
            change.fingerprint.into(),
            i64::from(change.revision).into(),
            array(events.iter().map(|event| Some(event.sequence))).into(),
            array(events.iter().map(|event| Some(event.at_ms))).into(),
            array(events.iter().map(|event| Some(json(event)))).into(),
            i64::from(progress.revision).into(),
            progress.status.name().into(),
            funds.authorised.into(),
            funds.captured.into(),
            funds.refunding.into(),
            funds.refunded.into(),
            funds.disputed.into(),
            json(progress).into(),
            json(&sums(change.moves)).into(),
            json(&moved_units(change.moves)).into(),
            json(&moved_funds(change.entries)).into(),
            change.currency.into(),
            json(&event_messages(&change)).into(),
            change.now_ms.into(),
            i64::from(change.ends_unpaid).into(),
            kept_name(change.kept).into(),
            json(takes).into(),
            json(back).into(),
            change.placed.map_or_else(String::new, json).into(),
        ];
        Ok(match self.reply(CHANGE, &parameters).await? {
            Answer::Done { shelves_changed } => Committed::Done { shelves_changed },
            Answer::Stale => Committed::Stale,
            Answer::TooFew { sku } => Committed::TooFew { sku },
        })
    }

    pub(crate) async fn receive_stock(
        &self,
        receipt: &StockReceipt,
        now_ms: i64,
    ) -> Result<ReceiptReply, StoreError> {
        let parameters = [
            receipt.key.as_str().into(),
            receipt::fingerprint(receipt).into(),
            receipt.reason.as_str().into(),
            json(&receipt.lines).into(),
            now_ms.into(),
            receipt.by_name.as_deref().map_or(Value::Null, Value::from),
        ];
        self.reply(RECEIVE, &parameters).await
    }

    pub(crate) async fn repair_books(
        &self,
        asked: &RepairBooks,
        now_ms: i64,
    ) -> Result<RepairReply, StoreError> {
        let (sql, name) = match &asked.subject {
            Subject::Sku(sku) => (REPAIR_STOCK, sku),
            Subject::Order(order) => (REPAIR_ORDER, order),
            Subject::Allowance(account) => (REPAIR_ALLOWANCE, account),
        };
        let parameters = [
            asked.key.as_str().into(),
            receipt::fingerprint_of_repair(asked).into(),
            asked.reason.as_str().into(),
            name.as_str().into(),
            i64::from(asked.preview).into(),
            now_ms.into(),
            asked.by_name.as_deref().map_or(Value::Null, Value::from),
        ];
        self.reply(sql, &parameters).await
    }
}

/// As `souk.change_order` knows it.
fn kept_name(kept: KeptTakes) -> &'static str {
    match kept {
        KeptTakes::Stay => "stay",
        KeptTakes::GoBack => "go_back",
        KeptTakes::TakenAgain => "taken_again",
    }
}
