//! The store, and how it calls a function of the database.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use souk_order_store::StoreError;
use souk_sql::{NoPause, Pause, PostgresDriver, Value};

use crate::schema::{self, FIND_MARK, Schema};
use crate::shared::Shared;

/// The order store on PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOrderStore<D, P = NoPause> {
    pub(crate) driver: D,
    pub(crate) shared: Arc<Shared>,
    /// How orders wait for each other, if they do.
    pub(crate) pause: Option<P>,
}

impl<D: PostgresDriver> PostgresOrderStore<D> {
    /// A store over a driver. The database is ready once [`Self::set_up`] was called on it.
    pub fn new(driver: D) -> Self {
        Self {
            driver,
            shared: Arc::default(),
            pause: None,
        }
    }
}

impl<D: PostgresDriver, P: Pause> PostgresOrderStore<D, P> {
    /// A store whose orders go together with those of all stores that share the same, where they
    /// arrive at the same time.
    pub fn in_groups(driver: D, shared: Arc<Shared>, pause: P) -> Self {
        Self {
            driver,
            shared,
            pause: Some(pause),
        }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] also where the role may not create it.
    pub async fn set_up(&self) -> Result<(), StoreError> {
        let schema = Schema::CURRENT;
        let rows = self.driver.query(FIND_MARK, &[]).await?;
        let found = rows.first().map(|row| row.optional_text(0)).transpose()?;
        let has_it = |mark| mark == schema.mark() || schema::is_newer(mark);
        if !found.flatten().is_some_and(has_it) {
            self.driver.query(&schema.statement(), &[]).await?;
        }
        Ok(())
    }

    /// The one text of the one row.
    pub(crate) async fn text(
        &self,
        sql: &str,
        parameters: &[Value],
    ) -> Result<Option<String>, StoreError> {
        let rows = self.driver.query(sql, parameters).await?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::Corrupt("a function gave no row".into()))?;
        Ok(row.optional_text(0)?.map(str::to_owned))
    }

    pub(crate) async fn reply<T: DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[Value],
    ) -> Result<T, StoreError> {
        let text = self.text(sql, parameters).await?;
        read(&text.ok_or_else(no_reply)?)
    }
}

pub(crate) fn no_reply() -> StoreError {
    StoreError::Corrupt("a function gave no reply".into())
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    souk_json::read(text.as_bytes())
        .map_err(|error| StoreError::Corrupt(format!("a reply: {error}")))
}
