//! Making the books agree again: rows that are appended, with a key and a reason.
//!
//! Runs inside of one write transaction, so account, ledger and orders are of one moment, and no
//! order comes in between.

use souk_domain::{Recount, StockLevel};
use souk_order_store::StoreError;
use souk_order_store::receipt::fingerprint_of_repair;
use souk_order_store::rows::read;
use souk_protocol::origin::{
    AccountRepair, AllowanceRepair, MessageRepair, Queue, Repair, RepairBooks, RepairReply,
    StockAccount, Subject,
};
use souk_sql::{Row, SqliteSession, Value, json};

use crate::audit;

const KNOWN: &str = "SELECT fingerprint, repair FROM receipt WHERE key = ?1";
const RECORD: &str = "INSERT INTO receipt (key, fingerprint, reason, at_ms, repair, by_name)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const APPEND: &str = "INSERT INTO stock_repair
        (sku, kind, supplied, available, held, sold, receipt, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const ADD: &str = "UPDATE stock SET supplied = supplied + ?2, available = available + ?3,
        held = held + ?4, sold = sold + ?5
    WHERE sku = ?1";
const KNOWN_ORDER: &str = "SELECT 1 FROM orders WHERE id = ?1
    UNION ALL SELECT 1 FROM order_archive WHERE id = ?1";
/// Messages that an order should have and has not, as the audit sees it.
const MISSING: &str = "SELECT 'back_office', sequence, ?2 FROM (
        SELECT 0 AS sequence FROM orders WHERE id = ?1
        UNION ALL SELECT sequence FROM order_event WHERE order_id = ?1
    ) AS event
    WHERE sequence NOT IN (
            SELECT sequence FROM message WHERE queue = 'back_office' AND order_id = ?1)
        AND sequence NOT IN (SELECT sequence FROM delivered WHERE order_id = ?1)
    UNION ALL
    SELECT 'holds', 0, orders.body ->> '$.hold_until_ms' FROM orders
        LEFT JOIN order_state ON order_state.order_id = orders.id
    WHERE orders.id = ?1 AND orders.body ->> '$.hold_until_ms' IS NOT NULL
        AND coalesce(order_state.status, orders.status) = 'awaiting_payment'
        AND NOT EXISTS (SELECT 1 FROM message WHERE queue = 'holds' AND order_id = ?1)
    ORDER BY 1, 2";
const END_ALLOWANCE: &str = "DELETE FROM allowance WHERE account = ?1";
const BEGIN_ALLOWANCE: &str = "INSERT INTO allowance (account, taken) VALUES (?1, ?2)";
const TELL: &str = "INSERT INTO message (queue, order_id, sequence, due_ms)
    SELECT value ->> '$.queue', ?2, value ->> '$.sequence', value ->> '$.due_ms'
    FROM json_each(?1)";

/// See [`souk_order_store::OrderStore::repair`].
pub(crate) async fn repair<S: SqliteSession>(
    session: &S,
    asked: &RepairBooks,
    now_ms: i64,
) -> Result<RepairReply, StoreError> {
    let fingerprint = fingerprint_of_repair(asked);
    if !asked.preview {
        let known = session.execute(KNOWN, &[asked.key.as_str().into()]).await?;
        if let Some(row) = known.first() {
            return known_reply(row, &fingerprint);
        }
    }
    let found = match &asked.subject {
        Subject::Sku(sku) => match sku_of(session, asked, sku, now_ms).await? {
            Ok(found) => found,
            Err(short) => return Ok(short),
        },
        Subject::Order(order) => order_of(session, asked, order, now_ms).await?,
        Subject::Allowance(account) => allowance_of(session, asked, account).await?,
    };
    // Another store may know what this one does not, and the key is kept here for all of them.
    if !asked.preview && (found.is_some() || asked.home.is_some()) {
        let record = [
            asked.key.as_str().into(),
            fingerprint.into(),
            asked.reason.as_str().into(),
            now_ms.into(),
            found
                .as_ref()
                .map_or(Value::Null, |repair| json(repair).into()),
            asked.by_name.as_deref().map_or(Value::Null, Value::from),
        ];
        session.execute(RECORD, &record).await?;
    }
    Ok(match found {
        None => RepairReply::Unknown,
        Some(repair) if asked.preview => RepairReply::Would { repair },
        Some(repair) => RepairReply::Done { repair },
    })
}

/// The columns of [`KNOWN`].
fn known_reply(row: &Row, fingerprint: &str) -> Result<RepairReply, StoreError> {
    if row.text(0)? != fingerprint {
        return Ok(RepairReply::KeyUsedForSomethingElse);
    }
    Ok(match row.optional_text(1)? {
        Some(_) => RepairReply::Already {
            repair: read(row, 1)?,
        },
        None => RepairReply::Unknown,
    })
}

/// Repairs the account of a SKU; nothing, where there is none.
async fn sku_of<S: SqliteSession>(
    session: &S,
    asked: &RepairBooks,
    sku: &str,
    now_ms: i64,
) -> Result<Result<Option<Repair>, RepairReply>, StoreError> {
    let rows = session.execute(&recount_of(), &[sku.into()]).await?;
    let Some(row) = rows.first() else {
        return Ok(Ok(None));
    };
    let recount = recount(row)?;
    let repair = match recount.repair() {
        Ok(repair) if repair.is_empty() => return Ok(Ok(Some(Repair::default()))),
        Ok(repair) => repair,
        Err(short) => {
            let (sku, units) = (sku.to_owned(), short.units);
            return Ok(Err(RepairReply::Short { sku, units }));
        }
    };
    if !asked.preview {
        for (kind, level) in [("found", repair.found), ("added", repair.added)] {
            if level != StockLevel::default() {
                append(session, asked, sku, kind, level, now_ms).await?;
            }
        }
        let added = repair.added;
        let columns = [added.supplied, added.available, added.held, added.sold];
        let mut parameters = vec![sku.into()];
        parameters.extend(columns.map(Value::from));
        session.execute(ADD, &parameters).await?;
    }
    Ok(Ok(Some(Repair {
        accounts: vec![AccountRepair {
            shard: None,
            before: account(sku, recount.account),
            ledger: account(sku, recount.ledger),
            after: account(sku, recount.account + repair.added),
            backordered: repair.backordered,
        }],
        ..Repair::default()
    })))
}

async fn append<S: SqliteSession>(
    session: &S,
    asked: &RepairBooks,
    sku: &str,
    kind: &str,
    level: StockLevel,
    now_ms: i64,
) -> Result<(), StoreError> {
    let parameters = [
        sku.into(),
        kind.into(),
        level.supplied.into(),
        level.available.into(),
        level.held.into(),
        level.sold.into(),
        asked.key.as_str().into(),
        now_ms.into(),
    ];
    session.execute(APPEND, &parameters).await?;
    Ok(())
}

/// Puts the messages of an order in that are missing; nothing, where there is no such order.
async fn order_of<S: SqliteSession>(
    session: &S,
    asked: &RepairBooks,
    order: &str,
    now_ms: i64,
) -> Result<Option<Repair>, StoreError> {
    let known = session.execute(KNOWN_ORDER, &[order.into()]).await?;
    if known.is_empty() {
        return Ok(None);
    }
    let parameters = [order.into(), now_ms.into()];
    let rows = session.execute(MISSING, &parameters).await?;
    let messages: Vec<_> = rows.iter().map(missing).collect::<Result<_, _>>()?;
    if !asked.preview && !messages.is_empty() {
        let parameters = [json(&messages).into(), order.into()];
        session.execute(TELL, &parameters).await?;
    }
    Ok(Some(Repair {
        messages,
        ..Repair::default()
    }))
}

/// Counts an allowance again; nothing, where no order has taken from it and no account says so.
async fn allowance_of<S: SqliteSession>(
    session: &S,
    asked: &RepairBooks,
    account: &str,
) -> Result<Option<Repair>, StoreError> {
    let recount = format!(
        "SELECT coalesce((SELECT taken FROM allowance WHERE account = ?1), 0),
            coalesce((SELECT taken FROM ({})), 0)",
        audit::taken("AND took.value ->> '$.account' = ?1")
    );
    let rows = session.execute(&recount, &[account.into()]).await?;
    let row = crate::columns::one(rows)?;
    let (before, after) = (row.integer(0)?, row.integer(1)?);
    if (before, after) == (0, 0) {
        return Ok(None);
    }
    if before == after {
        return Ok(Some(Repair::default()));
    }
    if !asked.preview {
        session.execute(END_ALLOWANCE, &[account.into()]).await?;
        if after > 0 {
            let parameters = [account.into(), after.into()];
            session.execute(BEGIN_ALLOWANCE, &parameters).await?;
        }
    }
    let account = account.to_owned();
    Ok(Some(Repair {
        allowances: vec![AllowanceRepair {
            shard: None,
            account,
            before,
            after,
        }],
        ..Repair::default()
    }))
}

/// The columns of [`Recount`], of one SKU.
fn recount_of() -> String {
    format!(
        "SELECT stock.supplied, stock.available, stock.held, stock.sold,
            coalesce(ledger.supplied, 0), coalesce(ledger.available, 0),
            coalesce(ledger.held, 0), coalesce(ledger.sold, 0),
            coalesce(ordered.held, 0), coalesce(ordered.sold, 0), stock.backorder
        FROM stock LEFT JOIN ({}) AS ledger ON ledger.sku = stock.sku
            LEFT JOIN ({}) AS ordered ON ordered.sku = stock.sku
        WHERE stock.sku = ?1",
        audit::ledger("WHERE sku = ?1"),
        audit::ordered("WHERE line.value ->> '$.sku' = ?1"),
    )
}

fn recount(row: &Row) -> Result<Recount, StoreError> {
    Ok(Recount {
        account: level(row, 0)?,
        ledger: level(row, 4)?,
        held: row.integer(8)?,
        sold: row.integer(9)?,
        backorder: row.integer(10)? == 1,
    })
}

fn level(row: &Row, from: usize) -> Result<StockLevel, StoreError> {
    Ok(StockLevel {
        supplied: row.integer(from)?,
        available: row.integer(from + 1)?,
        held: row.integer(from + 2)?,
        sold: row.integer(from + 3)?,
    })
}

fn account(sku: &str, level: StockLevel) -> StockAccount {
    StockAccount {
        sku: sku.to_owned(),
        supplied: level.supplied,
        available: level.available,
        held: level.held,
        sold: level.sold,
    }
}

fn missing(row: &Row) -> Result<MessageRepair, StoreError> {
    let name = row.text(0)?;
    let queue = Queue::ALL.into_iter().find(|queue| queue.name() == name);
    Ok(MessageRepair {
        queue: queue.ok_or_else(|| StoreError::Corrupt(format!("a queue {name}")))?,
        sequence: u32::try_from(row.integer(1)?)
            .map_err(|_| StoreError::Corrupt("a number of an event does not fit".into()))?,
        due_ms: row.integer(2)?,
    })
}
