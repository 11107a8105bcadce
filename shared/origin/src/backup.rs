//! Pages of copies, cut at their moment, and putting them back.
//!
//! An order of a page has only what had happened at the moment of the copy; where it stood then is
//! computed when it is put back, by the fold that every reader of a record verifies.

use serde_json::Value;
use souk_order_store::{BackupStore, RowsToRestore, StoreError};
use souk_protocol::history;
use souk_protocol::origin::{
    COPY_CUT_MS_MIN, COPY_ORDERS_MAX, CopiedRows, CopyRows, Ledger, OrderCopy,
    RESTORED_CARD_HOLD_MS_MIN, RequeueOrders, RequeuedOrders, Restore, RestoreReply,
};

/// A page of a copy.
///
/// # Errors
/// Those of the store, and [`StoreError::Rejected`] for a moment that is not over.
pub(crate) async fn copy<S: BackupStore>(
    store: &S,
    asked: &CopyRows,
    now_ms: i64,
) -> Result<CopiedRows, StoreError> {
    if asked.until_ms > now_ms - COPY_CUT_MS_MIN {
        let text = format!("a copy is cut at least {COPY_CUT_MS_MIN} ms before now");
        return Err(StoreError::Rejected(text));
    }
    let page = store.copy_rows(asked).await?;
    let rows = match asked.ledger {
        Ledger::Orders => cut(page.rows, asked.until_ms)?,
        Ledger::Funds
        | Ledger::Receipts
        | Ledger::Repairs
        | Ledger::Movements
        | Ledger::Prices
        | Ledger::Publications
        | Ledger::Offers => page.rows,
    };
    Ok(CopiedRows {
        rows,
        // The router knows of more.
        shards: 1,
        after: page.after,
    })
}

fn cut(rows: Vec<Value>, until_ms: i64) -> Result<Vec<Value>, StoreError> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let mut copy: OrderCopy = typed(row)?;
        if copy.order.placed_at_ms > until_ms {
            continue;
        }
        copy.order.status = history::status(history::placed_state(&copy.order).status);
        let events = copy.events.iter();
        let events = events.take_while(|event| event.at_ms <= until_ms).count();
        copy.events.truncate(events);
        let revision = u32::try_from(events).unwrap_or(u32::MAX);
        copy.changes.retain(|&(_, _, reached)| reached <= revision);
        kept.push(value(&copy)?);
    }
    Ok(kept)
}

/// A step of putting a copy back.
///
/// # Errors
/// Those of the store, and [`StoreError::Rejected`] for what is no copy.
pub(crate) async fn restore<S: BackupStore>(
    store: &S,
    step: Restore,
    now_ms: i64,
) -> Result<RestoreReply, StoreError> {
    match step {
        Restore::Begin { backup } => store.begin_restore(&backup).await,
        Restore::Finish { backup } => {
            let card_holds_from_ms = now_ms.saturating_add(RESTORED_CARD_HOLD_MS_MIN);
            store.finish_restore(&backup, card_holds_from_ms).await
        }
        Restore::Rows {
            backup,
            batch,
            ledger,
            mut rows,
        } => {
            if ledger == Ledger::Orders {
                rows = rows.into_iter().map(with_state).collect::<Result<_, _>>()?;
            }
            let rows = RowsToRestore {
                backup: &backup,
                batch,
                ledger,
                rows: &rows,
            };
            store.restore_rows(rows).await
        }
    }
}

/// An order with where it stands.
fn with_state(row: Value) -> Result<Value, StoreError> {
    let mut copy: OrderCopy = typed(row)?;
    let mut state = history::placed_state(&copy.order);
    for (at, recorded) in (1..).zip(&copy.events) {
        if recorded.sequence != at {
            let text = format!("event {at} of the order {} is missing", copy.order.id);
            return Err(StoreError::Rejected(text));
        }
        state = state.after(&history::fact(&recorded.event));
    }
    let revision = u32::try_from(copy.events.len()).unwrap_or(u32::MAX);
    copy.state = (revision > 0).then(|| history::progress(&state, revision));
    value(&copy)
}

/// One step of sending orders to the order index once more.
///
/// # Errors
/// Those of the store.
pub(crate) async fn requeue<S: BackupStore>(
    store: &S,
    asked: &RequeueOrders,
    now_ms: i64,
) -> Result<RequeuedOrders, StoreError> {
    let limit = COPY_ORDERS_MAX;
    let requeued = store.requeue_orders(&asked.after, limit, asked.payments, now_ms);
    let orders = requeued.await?;
    let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
    Ok(RequeuedOrders {
        orders: count,
        after: orders.into_iter().next_back().filter(|_| count >= limit),
    })
}

fn typed(row: Value) -> Result<OrderCopy, StoreError> {
    serde_json::from_value(row).map_err(|error| StoreError::Rejected(error.to_string()))
}

fn value(copy: &OrderCopy) -> Result<Value, StoreError> {
    serde_json::to_value(copy).map_err(|error| StoreError::Corrupt(error.to_string()))
}
