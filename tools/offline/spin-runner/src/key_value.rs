//! `spin:key-value@3.0.0`: stores that are kept in one SQLite file of the state directory.
//!
//! File name and table are those of Spin's own local store, so a state directory works with both.
//! Invariants: a component opens only the labels its manifest lists; a value is visible to every
//! later read as soon as `set` returns.
//! The calls are short point queries and therefore run on the calling thread.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension as _, params};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::guest::{Guest, SpinHost};

/// Name of the file inside the state directory.
pub const FILE_NAME: &str = "sqlite_key_value.db";

/// Connections that only read, so that reads do not wait for each other or for a write.
const READERS: usize = 4;

/// The file that holds every key-value store of the application.
#[derive(Debug)]
pub struct Database {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
}

impl Database {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// When it cannot be opened or is no SQLite file.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("cannot open the key-value store {}", path.display());
        let writer = open_connection(path).with_context(context)?;
        writer
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS spin_key_value (
                    store TEXT NOT NULL,
                    key TEXT NOT NULL,
                    value BLOB NOT NULL,
                    PRIMARY KEY (store, key)
                )",
            )
            .with_context(context)?;
        let readers = (0..READERS)
            .map(|_| open_connection(path).map(Mutex::new))
            .collect::<rusqlite::Result<_>>()
            .with_context(context)?;
        Ok(Self {
            writer: Mutex::new(writer),
            readers,
        })
    }

    /// Reads one value.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn get(&self, store: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.reader()
            .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
            .query_row([store, key], |row| row.get(0))
            .optional()
    }

    /// Writes one value, over any existing one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn set(&self, store: &str, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        lock(&self.writer)
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
        lock(&self.writer)
            .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
            .execute([store, key])
            .map(drop)
    }

    /// All keys of a store, in no promised order.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keys(&self, store: &str) -> rusqlite::Result<Vec<String>> {
        let reader = self.reader();
        let mut statement =
            reader.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
        statement.query_map([store], |row| row.get(0))?.collect()
    }

    /// A reading connection that is free, or the first one when all are busy.
    fn reader(&self) -> MutexGuard<'_, Connection> {
        let free = self
            .readers
            .iter()
            .find_map(|reader| reader.try_lock().ok());
        free.unwrap_or_else(|| lock(&self.readers[0]))
    }
}

fn open_connection(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // WAL lets reads go on during a write; NORMAL still survives a crash of the process.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// A panic while a connection is held leaves it usable: SQLite rolls back what was not committed.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn a_write_is_seen_by_every_reader_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(&directory.path().join(FILE_NAME)).unwrap();
        for round in 0_u8..20 {
            database.set("a", "key", &[round]).unwrap();
            for reader in &database.readers {
                let read = lock(reader).query_row("SELECT value FROM spin_key_value", [], |row| {
                    row.get::<_, Vec<u8>>(0)
                });
                assert_eq!(read.unwrap(), [round]);
            }
        }
    }
}
