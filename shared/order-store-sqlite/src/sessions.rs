//! Orders with a ticket, as the usher of a waiting room reads them; `schema` says how they are listed.
//!
//! Not here: that a ticket has one order (an allowance).

use souk_order_store::StoreError;
use souk_protocol::origin::{
    ReadSession, SESSION_ORDERS_MAX, SessionLevel, SessionOrder, SessionStanding,
};
use souk_sql::{Row, SqliteSession, json};

/// Units and orders in one statement, and so of one moment: the accounts of some SKUs (first column 0,
/// with their places in the list that was asked for), and orders (1).
const READ: &str = "SELECT 0, asked.key, supplied, available, held
    FROM json_each(?1) AS asked CROSS JOIN stock ON stock.sku = asked.value
    UNION ALL
    SELECT * FROM (SELECT 1, number, rank, units, NULL FROM ticket_order
        WHERE session = ?2 AND number > ?3 ORDER BY number LIMIT ?4)";
/// One session after the other, each by its last order.
const OLD: &str = "WITH RECURSIVE known (session) AS (
        SELECT min(session) FROM ticket_order
        UNION ALL
        SELECT (SELECT min(session) FROM ticket_order AS next WHERE next.session > known.session)
        FROM known WHERE known.session IS NOT NULL
    )
    SELECT session FROM known
    WHERE (SELECT max(number) FROM ticket_order AS one WHERE one.session = known.session) < ?1
    LIMIT 1";
/// The oldest first, so that what is left is old until the last one is gone.
const FORGET: &str = "DELETE FROM ticket_order WHERE session = ?1 AND number IN (
        SELECT number FROM ticket_order WHERE session = ?1 ORDER BY number LIMIT ?2)
    RETURNING number";

/// How a session stands.
pub(crate) async fn read<S: SqliteSession>(
    session: &S,
    asked: &ReadSession,
) -> Result<SessionStanding, StoreError> {
    let most = i64::try_from(SESSION_ORDERS_MAX).unwrap_or(i64::MAX);
    let parameters = [
        json(&asked.skus).into(),
        i64::from(asked.session).into(),
        asked.after.into(),
        most.into(),
    ];
    let mut levels = vec![SessionLevel::default(); asked.skus.len()];
    let mut orders = Vec::new();
    for row in &session.execute(READ, &parameters).await? {
        if row.integer(0)? == 1 {
            orders.push(order(row)?);
            continue;
        }
        let place = usize::try_from(row.integer(1)?).ok();
        if let Some(level) = place.and_then(|place| levels.get_mut(place)) {
            *level = SessionLevel {
                supplied: row.integer(2)?,
                available: row.integer(3)?,
                held: row.integer(4)?,
            };
        }
    }
    Ok(SessionStanding { levels, orders })
}

fn order(row: &Row) -> Result<SessionOrder, StoreError> {
    let units = u32::try_from(row.integer(3)?);
    Ok(SessionOrder {
        number: row.integer(1)?,
        rank: row.text(2)?.to_owned(),
        units: units.map_err(|_| StoreError::Corrupt("an order has too many units".into()))?,
    })
}

/// A session whose last order is older than a moment.
pub(crate) async fn old<S: SqliteSession>(
    session: &S,
    before_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let rows = session.execute(OLD, &[before_ms.into()]).await?;
    rows.first().map(|row| row.integer(0)).transpose()
}

/// Forgets the first orders of such a session, and gives how many. Runs inside of one write
/// transaction.
pub(crate) async fn forget<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
) -> Result<u32, StoreError> {
    let Some(number) = old(session, before_ms).await? else {
        return Ok(0);
    };
    let parameters = [number.into(), i64::from(limit).into()];
    let rows = session.execute(FORGET, &parameters).await?;
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}
