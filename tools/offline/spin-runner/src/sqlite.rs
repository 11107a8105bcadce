//! `spin:sqlite@3.1.0`: databases in files of the state directory.
//!
//! Invariants: every `open` is a connection of its own, so a transaction belongs to the handle that
//! began it and ends with it; a component opens only the labels its manifest lists, and no other
//! file. A statement runs on a thread that may block, because it can wait for another connection.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{ToSqlOutput, ValueRef};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::guest::{Guest, SpinHost};

/// Name of the default database's file inside the state directory, as in Spin.
pub const FILE_NAME: &str = "sqlite_db.db";

/// How long a statement waits for another connection's write, as in Spin.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a guest's `connection` resource stands for; the file is opened by the first statement.
#[derive(Clone, Debug)]
pub struct Connection {
    path: Arc<Path>,
    inner: Arc<Mutex<Option<rusqlite::Connection>>>,
}

/// The outcome of a statement: the rows that came before any error, and that error.
#[derive(Debug)]
struct Executed {
    columns: Vec<String>,
    rows: Vec<RowResult>,
    result: Result<(), Error>,
}

impl Connection {
    fn new(path: PathBuf) -> Self {
        Self {
            path: path.into(),
            inner: Arc::default(),
        }
    }

    /// Does something with the connection, opening it when it is not yet.
    fn with<R>(
        &self,
        action: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<R>,
    ) -> rusqlite::Result<R> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match inner.take() {
            Some(connection) => connection,
            None => open(&self.path)?,
        };
        action(inner.insert(connection))
    }

    /// Executes one statement on a thread that may block.
    async fn execute(&self, statement: String, parameters: Vec<Value>) -> Executed {
        let connection = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let (mut columns, mut rows) = (Vec::new(), Vec::new());
            let result = connection.with(|connection| {
                run(connection, &statement, &parameters, &mut columns, &mut rows)
            });
            Executed {
                columns,
                rows,
                result: result.map_err(failed),
            }
        });
        task.await.unwrap_or_else(|error| Executed {
            columns: Vec::new(),
            rows: Vec::new(),
            result: Err(Error::Io(error.to_string())),
        })
    }
}

fn open(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    // The journal is SQLite's default, until a component asks for another one.
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A component must not reach other files of the machine.
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }))?;
    Ok(connection)
}

fn run(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
    columns: &mut Vec<String>,
    results: &mut Vec<RowResult>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(statement)?;
    *columns = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters.iter().map(Parameter)))?;
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|index| row.get_ref(index).map(to_value));
        results.push(RowResult {
            values: values.collect::<rusqlite::Result<_>>()?,
        });
    }
    Ok(())
}

struct Parameter<'a>(&'a Value);

impl rusqlite::ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Integer(value) => ValueRef::Integer(*value),
            Value::Real(value) => ValueRef::Real(*value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Blob(value) => ValueRef::Blob(value),
            Value::Null => ValueRef::Null,
        }))
    }
}

fn to_value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
    }
}

fn failed(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

impl Guest {
    fn open_database(
        &mut self,
        label: &str,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        match self.component.sqlite_databases.get(label) {
            Some(path) => Ok(Ok(self.table.push(Connection::new(path.clone()))?)),
            None => Ok(Err(Error::AccessDenied)),
        }
    }
}

fn connection<T: Send>(
    accessor: &Accessor<T, SpinHost>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<Connection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}

impl Host for Guest {}

impl HostConnection for Guest {
    async fn open(
        &mut self,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        self.open_database(&database)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        let connection = self.table.get(&connection)?.clone();
        let Executed {
            columns,
            rows,
            result,
        } = connection.execute(statement, parameters).await;
        Ok(result.map(|()| QueryResult { columns, rows }))
    }

    async fn last_insert_rowid(
        &mut self,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = self.table.get(&connection)?;
        Ok(connection.with(|connection| Ok(connection.last_insert_rowid()))?)
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        let connection = self.table.get(&connection)?;
        Ok(connection.with(|connection| Ok(connection.changes()))?)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for SpinHost {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        accessor.with(|mut access| access.get().open_database(&database))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<
        Result<
            (
                Vec<String>,
                StreamReader<RowResult>,
                FutureReader<Result<(), Error>>,
            ),
            Error,
        >,
    > {
        let connection = connection(accessor, &handle)?;
        // As in Spin, a statement's error comes with the future and not as this call's result.
        let Executed {
            columns,
            rows,
            result,
        } = connection.execute(statement, parameters).await;
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok(Ok((columns, rows, result)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = connection(accessor, &handle)?;
        Ok(connection.with(|connection| Ok(connection.last_insert_rowid()))?)
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let connection = connection(accessor, &handle)?;
        Ok(connection.with(|connection| Ok(connection.changes()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn rows(connection: &Connection, statement: &str) -> Vec<RowResult> {
        let executed = connection.execute(statement.to_owned(), Vec::new()).await;
        assert!(
            executed.result.is_ok(),
            "{statement}: {:?}",
            executed.result
        );
        executed.rows
    }

    #[tokio::test]
    async fn a_transaction_belongs_to_one_connection_and_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let (first, second) = (Connection::new(path.clone()), Connection::new(path));
        rows(&first, "CREATE TABLE stock (sku TEXT, available INTEGER)").await;
        rows(&first, "BEGIN IMMEDIATE").await;
        rows(&first, "INSERT INTO stock VALUES ('tea', 1)").await;
        assert!(rows(&second, "SELECT * FROM stock").await.is_empty());
        drop(first);
        rows(&second, "INSERT INTO stock VALUES ('cup', 2)").await;
        let left = rows(&second, "SELECT * FROM stock").await;
        assert!(matches!(&left[..], [RowResult { values }]
            if matches!(&values[..], [Value::Text(sku), Value::Integer(2)] if sku == "cup")));
    }

    async fn setting(connection: &Connection, name: &str) -> Value {
        let mut rows = rows(connection, &format!("PRAGMA {name}")).await;
        rows.remove(0).values.remove(0)
    }

    #[tokio::test]
    async fn journal_and_waiting_are_as_in_spin_until_a_component_asks_for_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let (first, second) = (Connection::new(path.clone()), Connection::new(path));
        let journal = setting(&first, "journal_mode").await;
        assert!(matches!(journal, Value::Text(text) if text == "delete"));
        let waits = setting(&first, "busy_timeout").await;
        assert!(matches!(waits, Value::Integer(5_000)));
        let full = 2;
        let flushed = setting(&first, "synchronous").await;
        assert!(matches!(flushed, Value::Integer(level) if level == full));
        rows(&first, "PRAGMA journal_mode = WAL").await;
        rows(&first, "PRAGMA busy_timeout = 20").await;
        // The journal is the file's, the waiting is the connection's.
        let journal = setting(&second, "journal_mode").await;
        assert!(matches!(journal, Value::Text(text) if text == "wal"));
        let waits = setting(&second, "busy_timeout").await;
        assert!(matches!(waits, Value::Integer(5_000)));
    }

    #[tokio::test]
    async fn every_type_comes_back_as_it_went_in() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::new(directory.path().join(FILE_NAME));
        let parameters = vec![
            Value::Integer(i64::MAX),
            Value::Real(0.5),
            Value::Text("é".to_owned()),
            Value::Blob(vec![0, 255]),
            Value::Null,
        ];
        let executed = connection
            .execute("SELECT ?, ?, ?, ?, ? AS last".to_owned(), parameters)
            .await;
        assert_eq!(executed.columns[4], "last");
        let values = &executed.rows[0].values;
        assert!(matches!(values[0], Value::Integer(i64::MAX)));
        assert!(matches!(values[1], Value::Real(value) if value == 0.5));
        assert!(matches!(&values[2], Value::Text(text) if text == "é"));
        assert!(matches!(&values[3], Value::Blob(bytes) if bytes == &[0, 255]));
        assert!(matches!(values[4], Value::Null));
    }

    #[tokio::test]
    async fn another_file_cannot_be_attached() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::new(directory.path().join(FILE_NAME));
        let other = directory.path().join("other.db");
        let statement = format!("ATTACH '{}' AS other", other.display());
        let executed = connection.execute(statement, Vec::new()).await;
        assert!(matches!(executed.result, Err(Error::Io(reason)) if reason.contains("authorized")));
        assert!(!other.exists());
    }

    #[tokio::test]
    async fn an_invalid_statement_is_an_error_with_its_reason() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::new(directory.path().join(FILE_NAME));
        let executed = connection.execute("SELEC 1".to_owned(), Vec::new()).await;
        assert!(
            matches!(executed.result, Err(Error::Io(reason)) if reason.contains("syntax error"))
        );
    }
}
