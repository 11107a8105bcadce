//! PostgreSQL through Spin's pooled connections, for `souk_sql`.
//!
//! The requests of an instance place their orders together, and remember together what offers were
//! last. Each is a task of its own and wakes no other one, so an order that waits does so by the host's
//! clock.

use std::cell::Cell;
use std::sync::Arc;

use souk_order_store_postgres::{PostgresOrderStore, Shared};
use souk_sql::{PostgresDriver, Row, StoreError, Value, error_of};
use spin_sdk::pg::{Connection, DbValue, Error, ParameterValue, PgError, QueryError};

use crate::pause::HostPause;

thread_local! {
    static IS_SET_UP: Cell<bool> = const { Cell::new(false) };
    static SHARED: Arc<Shared> = Arc::default();
}

/// The order store of a request, once the schema is sure to be there.
pub(crate) async fn open(
    url: &'static str,
) -> Result<PostgresOrderStore<SpinPostgres, HostPause>, StoreError> {
    let shared = SHARED.with(Arc::clone);
    let store = PostgresOrderStore::in_groups(SpinPostgres { url }, shared, HostPause);
    if !IS_SET_UP.get() {
        store.set_up().await?;
        IS_SET_UP.set(true);
    }
    Ok(store)
}

/// The database at an address. Spin keeps the connections.
pub(crate) struct SpinPostgres {
    url: &'static str,
}

impl PostgresDriver for SpinPostgres {
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let connection = Connection::open(self.url).await.map_err(store_error)?;
        let parameters: Vec<_> = parameters.iter().map(parameter).collect();
        if parameters.is_empty() && sql.starts_with("DO") {
            connection
                .execute(sql, parameters)
                .await
                .map_err(store_error)?;
            return Ok(Vec::new());
        }
        let mut result = connection
            .query(sql, parameters)
            .await
            .map_err(store_error)?;
        let mut rows = Vec::new();
        while let Some(row) = result.next().await {
            let columns = result.columns().len();
            let values = (0..columns)
                .map(|column| value(&row[column]))
                .collect::<Result<_, _>>()?;
            rows.push(Row(values));
        }
        result.result().await.map_err(store_error)?;
        Ok(rows)
    }
}

fn parameter(value: &Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::DbNull,
        Value::Integer(number) => ParameterValue::Int64(*number),
        Value::Text(text) => ParameterValue::Str(text.clone()),
    }
}

fn value(value: &DbValue) -> Result<Value, StoreError> {
    match value {
        DbValue::DbNull => Ok(Value::Null),
        DbValue::Int64(number) => Ok(Value::Integer(*number)),
        DbValue::Str(text) => Ok(Value::Text(text.clone())),
        other => Err(StoreError::Corrupt(format!(
            "a column that no statement has: {other:?}"
        ))),
    }
}

fn store_error(error: Error) -> StoreError {
    match error {
        Error::PgError(PgError::QueryFailed(QueryError::DbError(error))) => {
            error_of(Some(&error.code), error.message)
        }
        Error::PgError(PgError::QueryFailed(QueryError::Text(text))) => error_of(None, text),
        Error::PgError(PgError::ConnectionFailed(text) | PgError::Other(text)) => {
            error_of(None, text)
        }
        other => StoreError::Corrupt(format!("{other:?}")),
    }
}
