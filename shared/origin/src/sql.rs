//! Values and rows, as every SQL engine of the order store gives and takes them.
//!
//! Not here: connections (the drivers in `functions/` own them) and what the columns mean.

use souk_protocol::trade::StockAccount;

use crate::StoreError;

/// A value that goes into or comes out of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// A 64-bit integer; a Durable Object takes up to 2^53.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

/// One row of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(StoreError::Corrupt(format!(
                "column {column} is {other:?}, not text"
            ))),
        }
    }

    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(*number),
            other => Err(StoreError::Corrupt(format!(
                "column {column} is {other:?}, no integer"
            ))),
        }
    }

    pub(crate) fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// The columns `sku, supplied, available, held, sold`.
    pub(crate) fn account(&self) -> Result<StockAccount, StoreError> {
        Ok(StockAccount {
            sku: self.text(0)?.to_owned(),
            supplied: self.integer(1)?,
            available: self.integer(2)?,
            held: self.integer(3)?,
            sold: self.integer(4)?,
        })
    }
}

/// A list or a structure as a parameter.
pub(crate) fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structs with text keys become JSON")
}

/// A version number as a parameter; none is ever so large that it does not fit.
pub(crate) fn version(version: u64) -> Value {
    Value::Integer(i64::try_from(version).unwrap_or(i64::MAX))
}
