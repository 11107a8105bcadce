//! `spin:key-value@3.0.0`: stores that are kept in one SQLite file of the state directory.
//!
//! File name and table are those of Spin's own local store, so a state directory works with both.
//! Invariants: a component opens only the labels its manifest lists; a value is visible to every
//! later read as soon as `set` returns.
//! As in Spin, all of the application has one connection behind one lock, in SQLite's default
//! journal, and calls run on the calling thread.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension as _, params};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::guest::{Guest, SpinHost};

/// Name of the file inside the state directory.
pub const FILE_NAME: &str = "sqlite_key_value.db";

/// The file that holds every key-value store of the application.
#[derive(Debug)]
pub struct Database {
    connection: Mutex<Connection>,
}

impl Database {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// When it cannot be opened or is no SQLite file.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("cannot open the key-value store {}", path.display());
        let connection = Connection::open(path).with_context(context)?;
        connection
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS spin_key_value (
                    store TEXT NOT NULL,
                    key TEXT NOT NULL,
                    value BLOB NOT NULL,
                    PRIMARY KEY (store, key)
                )",
            )
            .with_context(context)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Reads one value.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn get(&self, store: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.lock()
            .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
            .query_row([store, key], |row| row.get(0))
            .optional()
    }

    /// Writes one value, over any existing one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set(&self, store: &str, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached(
                "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (store, key) DO UPDATE SET value = excluded.value",
            )?
            .execute(params![store, key, value])
            .map(drop)
    }

    /// Deletes one value; a missing one is no error.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn delete(&self, store: &str, key: &str) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
            .execute([store, key])
            .map(drop)
    }

    /// All keys of a store, in no promised order.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keys(&self, store: &str) -> rusqlite::Result<Vec<String>> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
        statement.query_map([store], |row| row.get(0))?.collect()
    }

    /// A panic while the connection is held leaves it usable: SQLite rolls back what was not
    /// committed.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a guest's `store` resource stands for.
#[derive(Clone, Debug)]
pub struct StoreHandle {
    database: Arc<Database>,
    label: Arc<str>,
}

fn failed(error: rusqlite::Error) -> Error {
    Error::Other(error.to_string())
}

fn handle<T: Send>(
    accessor: &Accessor<T, SpinHost>,
    store: &Resource<StoreHandle>,
) -> wasmtime::Result<StoreHandle> {
    accessor.with(|mut access| Ok(access.get().table.get(store)?.clone()))
}

impl Host for Guest {}

impl HostStore for Guest {
    async fn drop(&mut self, store: Resource<StoreHandle>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl<T: Send> HostStoreWithStore<T> for SpinHost {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<StoreHandle>, Error>> {
        accessor.with(|mut access| {
            let guest = access.get();
            let Some(database) = guest.component.key_value_stores.get(&label) else {
                return Ok(Err(Error::AccessDenied));
            };
            let handle = StoreHandle {
                database: Arc::clone(database),
                label: label.into(),
            };
            Ok(Ok(guest.table.push(handle)?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<StoreHandle>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let store = handle(accessor, &store)?;
        Ok(store.database.get(&store.label, &key).map_err(failed))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<StoreHandle>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let store = handle(accessor, &store)?;
        Ok(store
            .database
            .set(&store.label, &key, &value)
            .map_err(failed))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<StoreHandle>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let store = handle(accessor, &store)?;
        Ok(store.database.delete(&store.label, &key).map_err(failed))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<StoreHandle>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let store = handle(accessor, &store)?;
        Ok(store
            .database
            .get(&store.label, &key)
            .map(|value| value.is_some())
            .map_err(failed))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<StoreHandle>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let store = handle(accessor, &store)?;
        let (keys, result) = match store.database.keys(&store.label) {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(failed(error))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok((keys, result))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_apart_and_values_survive_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let database = Database::open(&path).unwrap();
        database.set("a", "key", b"1").unwrap();
        database.set("a", "key", b"2").unwrap();
        database.set("b", "key", b"3").unwrap();
        database.set("b", "gone", b"4").unwrap();
        database.delete("b", "gone").unwrap();
        database.delete("b", "never").unwrap();
        drop(database);

        let database = Database::open(&path).unwrap();
        assert_eq!(
            database.get("a", "key").unwrap().as_deref(),
            Some(&b"2"[..])
        );
        assert_eq!(
            database.get("b", "key").unwrap().as_deref(),
            Some(&b"3"[..])
        );
        assert_eq!(database.get("a", "other").unwrap(), None);
        assert_eq!(database.keys("b").unwrap(), ["key"]);
    }

    #[test]
    fn there_is_one_connection_with_the_default_journal() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(&directory.path().join(FILE_NAME)).unwrap();
        let held = database.lock();
        let journal = held.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
        assert_eq!(journal.unwrap(), "delete");
        assert!(
            database.connection.try_lock().is_err(),
            "a second call has to wait"
        );
        drop(held);
        assert_eq!(database.get("a", "key").unwrap(), None);
    }
}
