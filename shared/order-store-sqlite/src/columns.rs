//! Columns as the shards read them.

use souk_order_store::StoreError;
use souk_sql::Row;

/// The one row of a statement.
pub(crate) fn one(rows: Vec<Row>) -> Result<Row, StoreError> {
    let first = rows.into_iter().next();
    first.ok_or_else(|| StoreError::Corrupt("a statement gave no row".into()))
}

/// The number of a shard.
pub(crate) fn shard(row: &Row, column: usize) -> Result<u16, StoreError> {
    u16::try_from(row.integer(column)?)
        .map_err(|_| StoreError::Corrupt("a shard has no such number".into()))
}

/// The number of a shard, if there is one.
pub(crate) fn optional_shard(row: &Row, column: usize) -> Result<Option<u16>, StoreError> {
    match row.optional_integer(column)? {
        Some(_) => shard(row, column).map(Some),
        None => Ok(None),
    }
}
