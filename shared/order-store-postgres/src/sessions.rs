//! Orders with a ticket, as the usher of a waiting room reads them: which function of the database
//! does it.

use souk_order_store::{SessionStore, StoreError};
use souk_protocol::origin::{
    ReadSession, SESSION_ORDERS_MAX, SessionLevel, SessionOrder, SessionStanding,
};
use souk_sql::{Pause, PostgresDriver, Row, json};

use crate::engine::{PostgresOrderStore, no_reply};

const READ: &str = "SELECT number, supplied, available, held, rank, units
    FROM souk.read_session($1, $2, $3, $4, $5)";
const FORGET: &str = "SELECT souk.forget_session($1, $2)";

impl<D: PostgresDriver, P: Pause> SessionStore for PostgresOrderStore<D, P> {
    async fn read_session(
        &self,
        asked: &ReadSession,
        now_ms: i64,
    ) -> Result<SessionStanding, StoreError> {
        let most = i64::try_from(SESSION_ORDERS_MAX).unwrap_or(i64::MAX);
        let parameters = [
            i64::from(asked.session).into(),
            json(&asked.skus).into(),
            asked.after.into(),
            most.into(),
            now_ms.into(),
        ];
        let rows = self.driver.query(READ, &parameters).await?;
        let mut levels = vec![SessionLevel::default(); asked.skus.len()];
        let mut orders = Vec::new();
        for row in &rows {
            if let Some(rank) = row.optional_text(4)? {
                orders.push(order(row, rank)?);
                continue;
            }
            // Places begin with 1.
            let place = usize::try_from(row.integer(0)? - 1).ok();
            if let Some(level) = place.and_then(|place| levels.get_mut(place)) {
                *level = SessionLevel {
                    supplied: row.integer(1)?,
                    available: row.integer(2)?,
                    held: row.integer(3)?,
                };
            }
        }
        Ok(SessionStanding { levels, orders })
    }

    async fn forget_session(&self, before_ms: i64, limit: u32) -> Result<u32, StoreError> {
        let parameters = [before_ms.into(), i64::from(limit).into()];
        let rows = self.driver.query(FORGET, &parameters).await?;
        let count = rows.first().ok_or_else(no_reply)?.integer(0)?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt(format!("{count} orders forgotten")))
    }
}

fn order(row: &Row, rank: &str) -> Result<SessionOrder, StoreError> {
    let units = u32::try_from(row.integer(5)?);
    Ok(SessionOrder {
        number: row.integer(0)?,
        rank: rank.to_owned(),
        units: units.map_err(|_| StoreError::Corrupt("an order has too many units".into()))?,
    })
}
