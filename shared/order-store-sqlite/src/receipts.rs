//! Units that are received or missing: movements with a key, a reason and no order.

use souk_order_store::StoreError;
use souk_order_store::receipt::fingerprint;
use souk_protocol::origin::{ReceiptReply, StockAccount, StockReceipt};
use souk_sql::{SqliteSession, Value, json};

use crate::backup::unfinished;
use crate::layout::closed;
use crate::stock;

const IS_KNOWN: &str = "SELECT 1 FROM receipt WHERE key = ?1";
/// What the key was used for, and behind it a row without a fingerprint while the shop grows or (1) a
/// backup is being put back: then no receipt is written ([`crate::layout::expect_open`],
/// [`crate::backup::expect_restored`]), and that costs no statement.
const KNOWN: &str = "SELECT fingerprint, 0 FROM receipt WHERE key = ?1
    UNION ALL SELECT NULL, 0 FROM layout WHERE growing_to IS NOT NULL
    UNION ALL SELECT NULL, 1 FROM restoration WHERE only = 1 AND finished = 0";
const RECORD: &str =
    "INSERT INTO receipt (key, fingerprint, reason, at_ms, by_name) VALUES (?1, ?2, ?3, ?4, ?5)";
const BOOK: &str = "UPDATE stock SET supplied = supplied + (line.value ->> '$.units'),
        available = available + (line.value ->> '$.units')
    FROM json_each(?1) AS line WHERE stock.sku = line.value ->> '$.sku'";
const RECORD_MOVES: &str = "INSERT INTO stock_movement (sku, kind, units, receipt, at_ms)
    SELECT value ->> '$.sku', iif(value ->> '$.units' > 0, 'supply', 'write_off'),
        abs(value ->> '$.units'), ?2, ?3 FROM json_each(?1)";

/// Whether the key was used before.
pub(crate) async fn is_known<S: SqliteSession>(
    session: &S,
    receipt: &StockReceipt,
) -> Result<bool, StoreError> {
    let key = [receipt.key.as_str().into()];
    Ok(!session.execute(IS_KNOWN, &key).await?.is_empty())
}

/// Why a receipt whose key is new is not booked, when these units are added to its SKUs first.
pub(crate) async fn refused<S: SqliteSession>(
    session: &S,
    receipt: &StockReceipt,
    coming: &[(&str, u32)],
) -> Result<Option<ReceiptReply>, StoreError> {
    let skus: Vec<_> = receipt.lines.iter().map(|line| line.sku.clone()).collect();
    let mut accounts = stock::accounts(session, &skus).await?;
    for &(sku, units) in coming {
        let units = i64::from(units);
        match accounts.iter_mut().find(|account| account.sku == sku) {
            Some(account) => account.available += units,
            None => accounts.push(StockAccount {
                sku: sku.to_owned(),
                supplied: units,
                available: units,
                held: 0,
                sold: 0,
            }),
        }
    }
    Ok(refusal(receipt, &accounts))
}

/// Runs inside of one write transaction. Gives the reply, and whether a SKU ran out or can be
/// ordered again is for the caller to find out: receipts are rare.
pub(crate) async fn receive<S: SqliteSession>(
    session: &S,
    receipt: &StockReceipt,
    now_ms: i64,
) -> Result<ReceiptReply, StoreError> {
    let skus: Vec<_> = receipt.lines.iter().map(|line| line.sku.clone()).collect();
    let lines = json(&receipt.lines);
    let fingerprint = fingerprint(receipt);
    let known = session
        .execute(KNOWN, &[receipt.key.as_str().into()])
        .await?;
    if let Some(row) = known.first() {
        return match row.optional_text(0)? {
            Some(known) if known == fingerprint => Ok(ReceiptReply::Done {
                accounts: stock::accounts(session, &skus).await?,
            }),
            Some(_) => Ok(ReceiptReply::KeyUsedForOtherReceipt),
            None if row.integer(1)? == 1 => Err(unfinished()),
            None => Err(closed()),
        };
    }
    let before = stock::accounts(session, &skus).await?;
    if let Some(refusal) = refusal(receipt, &before) {
        return Ok(refusal);
    }
    let record = [
        receipt.key.as_str().into(),
        fingerprint.into(),
        receipt.reason.as_str().into(),
        now_ms.into(),
        receipt.by_name.as_deref().map_or(Value::Null, Value::from),
    ];
    session.execute(RECORD, &record).await?;
    session.execute(BOOK, &[lines.as_str().into()]).await?;
    let moves = [lines.into(), receipt.key.as_str().into(), now_ms.into()];
    session.execute(RECORD_MOVES, &moves).await?;
    let accounts = stock::accounts(session, &skus).await?;
    Ok(ReceiptReply::Done { accounts })
}

/// Held and sold units are promised: only what can be ordered can be missing.
fn refusal(receipt: &StockReceipt, accounts: &[StockAccount]) -> Option<ReceiptReply> {
    receipt.lines.iter().find_map(|line| {
        let sku = line.sku.clone();
        match accounts.iter().find(|account| account.sku == line.sku) {
            None => Some(ReceiptReply::UnknownSku { sku }),
            Some(account) if account.available + line.units < 0 => Some(ReceiptReply::TooFew {
                sku,
                available: account.available,
            }),
            Some(_) => None,
        }
    })
}
