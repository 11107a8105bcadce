//! SQLite inside a Durable Object, for `souk_sql`.
//!
//! A statement is atomic by itself, and one that fails leaves nothing behind. Work of several
//! statements that write is atomic because it runs inside `transactionSync`: the runtime rolls back
//! to its savepoint when the callback throws, and nothing else runs in the object meanwhile. The
//! work is an async function only in form: none of its statements ever waits, so one poll
//! completes it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::{Serialize, Serializer};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, Value};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Storage;

/// The largest integer that a number of JavaScript holds exactly, with all below it.
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

#[wasm_bindgen]
extern "C" {
    /// The SDK has no binding for `transactionSync`, and takes a value at a time out of a row.
    type SqlStorage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &SqlStorage) -> JsValue;

    type Sql;

    #[wasm_bindgen(method, getter, js_name = databaseSize)]
    fn database_size(this: &Sql) -> f64;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &SqlStorage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;
}

#[wasm_bindgen(module = "/js/bridge.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn execute(sql: &JsValue, statement: &str, parameters: &str)
    -> Result<Option<String>, JsValue>;
}

/// The database of one object.
pub struct DurableSqlite {
    session: DurableSession,
    storage: SqlStorage,
}

/// The one connection of the object.
pub struct DurableSession {
    sql: JsValue,
}

impl DurableSqlite {
    /// Opens the database. Called once, when the object is constructed.
    pub fn open(storage: &Storage) -> Self {
        let storage: JsValue = storage.as_raw().into();
        let storage = SqlStorage::from(storage);
        let sql = storage.sql();
        Self {
            session: DurableSession { sql },
            storage,
        }
    }
}

impl SqliteSession for DurableSession {
    async fn execute(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let parameters: Vec<_> = parameters.iter().map(Parameter).collect();
        let parameters = serde_json::to_string(&parameters)
            .map_err(|error| StoreError::Rejected(error.to_string()))?;
        // JavaScript is given each text once: the store has few statements.
        let rows = execute(&self.sql, wasm_bindgen::intern(sql), &parameters)
            .map_err(|error| StoreError::Corrupt(format!("{error:?}")))?;
        let Some(rows) = rows else {
            return Ok(Vec::new());
        };
        let rows: Vec<Vec<serde_json::Value>> = souk_json::read(rows.as_bytes())
            .map_err(|error| StoreError::Corrupt(format!("a result: {error}")))?;
        rows.into_iter()
            .map(|row| {
                row.into_iter()
                    .map(value)
                    .collect::<Result<_, _>>()
                    .map(Row)
            })
            .collect()
    }
}

/// A parameter in JSON.
struct Parameter<'a>(&'a Value);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(number) if number.unsigned_abs() > SAFE_INTEGER_MAX => {
                let text = "an integer that JavaScript does not hold exactly";
                Err(serde::ser::Error::custom(text))
            }
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

fn value(value: serde_json::Value) -> Result<Value, StoreError> {
    match value {
        serde_json::Value::Null => Ok(Value::Null),
        serde_json::Value::String(text) => Ok(Value::Text(text)),
        serde_json::Value::Number(number) => number
            .as_i64()
            .filter(|number| number.unsigned_abs() <= SAFE_INTEGER_MAX)
            .map(Value::Integer)
            .ok_or_else(|| StoreError::Corrupt(format!("{number} is no exact integer"))),
        // The schema is STRICT and has neither column type.
        serde_json::Value::Bool(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            Err(StoreError::Corrupt(
                "a column that the schema does not have".into(),
            ))
        }
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

    /// The engine refuses the pragmas that would tell it.
    async fn bytes(&self) -> Result<i64, StoreError> {
        let size = self.session.sql.unchecked_ref::<Sql>().database_size();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a database has at most 10 GB"
        )]
        Ok(size as i64)
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

/// The output of work whose statements never wait.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a statement of a Durable Object never waits"),
    }
}
