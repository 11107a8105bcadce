//! SQLite inside a Durable Object, for `souk_origin::sqlite`.
//!
//! A write is atomic because it runs inside `transactionSync`: the runtime rolls back to its
//! savepoint when the callback throws, and nothing else runs in the object meanwhile. The work is
//! an async function only in form: none of its statements ever waits, so one poll completes it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use souk_origin::StoreError;
use souk_origin::sqlite::{Row, SCHEMA, SqliteDriver, SqliteSession, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{SqlStorage, SqlStorageValue, Storage};

#[wasm_bindgen]
extern "C" {
    /// The SDK has no binding for `transactionSync`.
    type TransactionStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionStorage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;
}

/// The database of one object.
pub(crate) struct DurableSqlite {
    session: DurableSession,
    storage: TransactionStorage,
}

/// The one connection of the object.
pub(crate) struct DurableSession {
    sql: SqlStorage,
}

impl DurableSqlite {
    /// Opens the database and makes its tables. Called once, when the object is constructed.
    pub(crate) fn open(storage: &Storage) -> Self {
        let sql = storage.sql();
        for statement in SCHEMA {
            sql.exec(statement, None).expect("the schema is valid SQL");
        }
        let raw: JsValue = storage.as_raw().into();
        Self {
            session: DurableSession { sql },
            storage: raw.into(),
        }
    }
}

impl SqliteSession for DurableSession {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let failed = |error: worker::Error| StoreError::Corrupt(error.to_string());
        let parameters: Vec<_> = parameters.iter().map(parameter).collect::<Result<_, _>>()?;
        let cursor = self.sql.exec(sql, parameters).map_err(failed)?;
        cursor
            .raw()
            .map(|row| Ok(Row(row.map_err(failed)?.into_iter().map(value).collect())))
            .collect()
    }
}

fn parameter(value: &Value) -> Result<SqlStorageValue, StoreError> {
    Ok(match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => SqlStorageValue::try_from_i64(*number)
            .map_err(|error| StoreError::Rejected(error.to_string()))?,
        Value::Text(text) => SqlStorageValue::String(text.clone()),
    })
}

fn value(value: SqlStorageValue) -> Value {
    match value {
        SqlStorageValue::Integer(number) => Value::Integer(number),
        SqlStorageValue::Boolean(boolean) => Value::Integer(boolean.into()),
        SqlStorageValue::String(text) => Value::Text(text),
        // The schema is STRICT and has neither column type.
        SqlStorageValue::Null | SqlStorageValue::Float(_) | SqlStorageValue::Blob(_) => Value::Null,
    }
}

impl SqliteDriver for DurableSqlite {
    type Session = DurableSession;

    async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&self.session).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Self::Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let work = RefCell::new(Some(work));
        let mut outcome = None;
        let finished = self.storage.transaction_sync(&mut || {
            let work = work
                .borrow_mut()
                .take()
                .expect("the callback is called once");
            let result = at_once(work(&self.session));
            let keep = result.is_ok();
            outcome = Some(result);
            // Throwing is what makes the runtime roll back.
            if keep {
                Ok(())
            } else {
                Err(JsValue::from_str("rolled back"))
            }
        });
        match (outcome, finished) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(StoreError::Transient(format!("{error:?}"))),
            (None, Ok(())) => Err(StoreError::Corrupt("the transaction did nothing".into())),
        }
    }
}

fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a statement of a Durable Object never waits"),
    }
}
