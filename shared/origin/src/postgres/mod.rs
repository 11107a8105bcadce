//! The order store on PostgreSQL, over a driver for each place that has a client for it.
//!
//! Why a submit is atomic: it is one call of a function in the database, and a statement outside
//! a transaction block is a transaction of its own. Why it cannot oversell: the function takes the
//! units of a single SKU only if, under the lock of its account, nothing has changed since it read
//! the offer (`migrations/0005_submit_one.sql`). Otherwise it locks the accounts of its lines
//! before it decides (`migrations/0002_submit.sql`). The `CHECK`s of the tables refuse a negative
//! account even if the decision were wrong.
//!
//! **Architecture Invariant:** every method is exactly one statement. Connections may come from a
//! pool that hands each statement to another one.
//!
//! Not here: connections and their secrets (`functions/`).

mod errors;
mod schema;

use serde::de::DeserializeOwned;
use souk_protocol::staff::{PublicationChange, PublicationReply, Publications};
use souk_protocol::trade::{AuditReport, DefineOffers, StockAccount, StoredOrder, SubmitReply};

use crate::decide::{check_offers, status_name, terms};
use crate::sql::{json, version};
use crate::{NewOrder, OrderStore, PublicationStep, StoreError};

pub use crate::sql::{Row, Value};
pub use errors::error_of;
pub use schema::{FIND_VERSION, SETUP, VERSION};

const SUBMIT: &str = "SELECT souk.submit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const FIND_ORDER: &str = "SELECT souk.find_order($1)";
const DEFINE_OFFERS: &str = "SELECT souk.define_offers($1, $2, $3, $4)";
const ACCOUNTS: &str = "SELECT sku, supplied, available, held, sold FROM souk.accounts($1)";
const UNAVAILABLE: &str = "SELECT souk.unavailable()";
const AUDIT: &str = "SELECT souk.audit()";
const PUBLICATIONS: &str = "SELECT souk.publications()";
const BEGIN: &str = "SELECT souk.begin_publication($1, $2, $3, $4, $5)";
const ACTIVATE: &str = "SELECT souk.activate_publication($1, $2, $3)";
const DROP: &str = "SELECT souk.drop_publication($1, $2, $3)";

/// Runs statements, each on a connection of the driver's choice.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PostgresDriver {
    /// Runs one statement as a transaction of its own and gives its rows.
    ///
    /// Parameters are `$1`, `$2`, …, each `text` or `bigint`; columns are `text` or `bigint`, of
    /// which the first kind may be `NULL`.
    ///
    /// # Errors
    /// As [`error_of`] says for the SQLSTATE that the server gave.
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError>;
}

/// The order store on PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct PostgresOrderStore<D> {
    driver: D,
}

impl<D: PostgresDriver> PostgresOrderStore<D> {
    /// A store over a driver. The database is ready once [`Self::set_up`] was called on it.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Brings the database to the schema that this code needs. One cheap look when it has it.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Corrupt`] also where the role may not create it.
    pub async fn set_up(&self) -> Result<(), StoreError> {
        let rows = self.driver.query(FIND_VERSION, &[]).await?;
        let found = rows.first().map(|row| row.optional_text(0)).transpose()?;
        let found: i64 = found
            .flatten()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        if found < VERSION {
            self.driver.query(SETUP, &[]).await?;
        }
        Ok(())
    }

    /// The one text of the one row.
    async fn text(&self, sql: &str, parameters: &[Value]) -> Result<Option<String>, StoreError> {
        let rows = self.driver.query(sql, parameters).await?;
        let row = rows
            .first()
            .ok_or_else(|| StoreError::Corrupt("a function gave no row".into()))?;
        Ok(row.optional_text(0)?.map(str::to_owned))
    }

    async fn reply<T: DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[Value],
    ) -> Result<T, StoreError> {
        let text = self.text(sql, parameters).await?;
        read(&text.ok_or_else(|| StoreError::Corrupt("a function gave no reply".into()))?)
    }
}

impl<D: PostgresDriver> OrderStore for PostgresOrderStore<D> {
    async fn submit(&self, order: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
        let terms = terms(order)?;
        let submit = order.submit;
        let parameters = [
            submit.key.as_str().into(),
            submit.fingerprint.as_str().into(),
            submit.id.as_str().into(),
            submit.token.as_str().into(),
            status_name(terms.status).into(),
            array(submit.lines.iter().map(|line| Some(&line.sku))).into(),
            array(submit.lines.iter().map(|line| Some(line.quantity))).into(),
            array(submit.lines.iter().map(|line| line.expected_price)).into(),
            submit.currency.as_deref().unwrap_or_default().into(),
            json(&submit.details).into(),
            terms.shipping.into(),
            order.now_ms.into(),
        ];
        self.reply(SUBMIT, &parameters).await
    }

    async fn order(&self, id: &str) -> Result<Option<StoredOrder>, StoreError> {
        let text = self.text(FIND_ORDER, &[id.into()]).await?;
        text.as_deref().map(read).transpose()
    }

    async fn define_offers(&self, offers: &DefineOffers, now_ms: i64) -> Result<(), StoreError> {
        check_offers(offers)?;
        let parameters = [
            json(&offers.offers).into(),
            offers.currency.as_str().into(),
            json(&offers.withdrawn).into(),
            now_ms.into(),
        ];
        self.driver.query(DEFINE_OFFERS, &parameters).await?;
        Ok(())
    }

    async fn stock(&self, skus: &[String]) -> Result<Vec<StockAccount>, StoreError> {
        let rows = self.driver.query(ACCOUNTS, &[json(skus).into()]).await?;
        rows.iter().map(Row::account).collect()
    }

    async fn unavailable(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.driver.query(UNAVAILABLE, &[]).await?;
        rows.iter()
            .map(|row| row.text(0).map(str::to_owned))
            .collect()
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.reply(AUDIT, &[]).await
    }

    async fn publications(&self) -> Result<Publications, StoreError> {
        self.reply(PUBLICATIONS, &[]).await
    }

    async fn publish(&self, step: PublicationStep<'_>) -> Result<PublicationReply, StoreError> {
        let now = Value::from(step.now_ms);
        match step.change {
            PublicationChange::Begin {
                manifest,
                format,
                products,
                variants,
            } => {
                let [format, products, variants] =
                    [*format, *products, *variants].map(|n| i64::from(n).into());
                let manifest = manifest.as_str().into();
                self.reply(BEGIN, &[manifest, format, products, variants, now])
                    .await
            }
            PublicationChange::Activate {
                version: asked,
                expected,
            } => {
                let expected = expected.map_or(Value::Integer(-1), version);
                self.reply(ACTIVATE, &[version(*asked), expected, now])
                    .await
            }
            PublicationChange::Drop {
                version: asked,
                grace_ms,
            } => {
                self.reply(DROP, &[version(*asked), (*grace_ms).into(), now])
                    .await
            }
        }
    }
}

/// An array as PostgreSQL writes it. Source: PostgreSQL, 8.15.6 "Array Input and Output Syntax".
fn array<T: std::fmt::Display>(elements: impl Iterator<Item = Option<T>>) -> String {
    let elements: Vec<_> = elements
        .map(|element| match element {
            Some(value) => {
                let escaped = value.to_string().replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{escaped}\"")
            }
            None => "NULL".to_owned(),
        })
        .collect();
    format!("{{{}}}", elements.join(","))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("a reply: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_as_the_engine_reads_them() {
        let cases = [
            (vec![], "{}"),
            (vec![Some("a"), None, Some("NULL")], r#"{"a",NULL,"NULL"}"#),
            (
                vec![Some(r#"a"b\c"#), Some("{,} ")],
                r#"{"a\"b\\c","{,} "}"#,
            ),
        ];
        for (elements, text) in cases {
            assert_eq!(array(elements.into_iter()), text);
        }
    }
}
