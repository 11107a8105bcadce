//! How many shards the shop has, as this store knows it.

use souk_order_store::StoreError;
use souk_protocol::shards::Layout;
use souk_sql::{Row, SqliteSession, Value};

use crate::columns::{one, optional_shard, shard};

const LAYOUT: &str = "SELECT shards, growing_to FROM layout";
/// A later layout counts, and an earlier one that is late changes nothing. A shard that is about to
/// be added owns nothing; the only shard keeps the keys of its orders itself, and hands them over.
const TAKE: &str = "INSERT INTO layout (only, shards, growing_to, skus_from, keys_from)
    VALUES (1, ?1, ?2, iif(?2 IS NOT NULL AND ?3 < ?1, '', NULL), iif(?2 IS NOT NULL AND ?1 = 1
        AND ?3 = 0, '', NULL))
    ON CONFLICT (only) DO UPDATE SET shards = excluded.shards, growing_to = excluded.growing_to,
        skus_from = excluded.skus_from, keys_from = excluded.keys_from
    WHERE (excluded.shards, coalesce(excluded.growing_to, 0))
        > (layout.shards, coalesce(layout.growing_to, 0))";

pub(crate) async fn find<S: SqliteSession>(session: &S) -> Result<Option<Layout>, StoreError> {
    let rows = session.execute(LAYOUT, &[]).await?;
    rows.first().map(layout).transpose()
}

/// Takes a layout, unless a later one is known; gives the one that counts.
pub(crate) async fn take<S: SqliteSession>(
    session: &S,
    taken: Layout,
    own: u16,
) -> Result<Layout, StoreError> {
    let growing_to = taken.growing_to.map(|to| i64::from(to).into());
    let parameters = [
        i64::from(taken.shards).into(),
        growing_to.unwrap_or(Value::Null),
        i64::from(own).into(),
    ];
    session.execute(TAKE, &parameters).await?;
    layout(&one(session.execute(LAYOUT, &[]).await?)?)
}

/// Refuses what must not be written while the shop grows. Inside of the transaction that would write
/// it: what was let in before ordering was closed is not written behind the copy.
pub(crate) async fn expect_open<S: SqliteSession>(session: &S) -> Result<(), StoreError> {
    match find(session).await? {
        Some(layout) if layout.is_closed() => Err(closed()),
        Some(_) | None => Ok(()),
    }
}

/// The refusal.
pub(crate) fn closed() -> StoreError {
    StoreError::Transient("ordering is closed while the shop grows".to_owned())
}

fn layout(row: &Row) -> Result<Layout, StoreError> {
    Ok(Layout {
        shards: shard(row, 0)?,
        growing_to: optional_shard(row, 1)?,
    })
}
