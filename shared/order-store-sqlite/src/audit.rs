//! Recounting the books from what was written beside them.
//!
//! Not here: making them agree again (`repairs`).

use souk_domain::Movement;
use souk_order_store::{FundsAccount, StoreError, movement_name};
use souk_protocol::origin::{AuditReport, Drift, DriftKind};
use souk_sql::SqliteSession;

const COUNTS: &str = "SELECT (SELECT count(*) FROM stock WHERE guest = 0),
    (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_archive),
    (SELECT count(*) FROM message WHERE queue = 'back_office')";
/// Orders with an event that would never be delivered to the back office.
const DRIFT_OUTBOX: &str = "SELECT DISTINCT event.order_id FROM (
        SELECT id AS order_id, 0 AS sequence FROM orders
        UNION ALL SELECT order_id, sequence FROM order_event
    ) AS event
    WHERE (order_id, sequence) NOT IN (
            SELECT order_id, sequence FROM message WHERE queue = 'back_office')
        AND (order_id, sequence) NOT IN (SELECT order_id, sequence FROM delivered)
    LIMIT 100";
/// Orders that wait for their payment and that nothing would ever end.
const DRIFT_HOLDS: &str = "SELECT orders.id FROM orders
    LEFT JOIN order_state ON order_state.order_id = orders.id
    WHERE coalesce(order_state.status, orders.status) = 'awaiting_payment'
        AND orders.body ->> '$.hold_until_ms' IS NOT NULL
        AND orders.id NOT IN (SELECT order_id FROM message WHERE queue = 'holds')
    LIMIT 100";
/// Orders whose history has a gap or another length than their state says.
const DRIFT_HISTORY: &str = "SELECT coalesce(order_state.order_id, event.order_id)
    FROM order_state FULL JOIN (
        SELECT order_id, count(*) AS events, max(sequence) AS last
        FROM order_event GROUP BY order_id
    ) AS event ON event.order_id = order_state.order_id
    WHERE order_state.revision IS NOT event.events OR event.events IS NOT event.last LIMIT 100";

/// The checks. Their first column is the subject; then come as many numbers as the books have, and as
/// many that they should have.
fn checks() -> [(DriftKind, String, usize); 7] {
    [
        (DriftKind::Ledger, drift_ledger(), 4),
        (DriftKind::Orders, drift_orders(), 2),
        (DriftKind::Outbox, DRIFT_OUTBOX.to_owned(), 0),
        (DriftKind::Hold, DRIFT_HOLDS.to_owned(), 0),
        (DriftKind::History, DRIFT_HISTORY.to_owned(), 0),
        (DriftKind::Funds, drift_funds(), 0),
        (DriftKind::Allowance, drift_allowances(), 1),
    ]
}

/// What the ledger of stock adds up to for each SKU, with what repairs have added to it; `which`
/// leaves rows of both tables out.
pub(crate) fn ledger(which: &str) -> String {
    let sum = |column: fn(Movement) -> i64| {
        let kinds = Movement::ALL.into_iter().chain(Movement::BETWEEN_STORES);
        let cases = kinds.map(|movement| {
            format!(
                "WHEN '{}' THEN {}",
                movement_name(movement),
                column(movement)
            )
        });
        let cases: Vec<_> = cases.collect();
        format!("sum(units * CASE kind {} END)", cases.join(" "))
    };
    format!(
        "SELECT sku, sum(supplied) AS supplied, sum(available) AS available, sum(held) AS held,
            sum(sold) AS sold
        FROM (
            SELECT sku, {} AS supplied, {} AS available, {} AS held, {} AS sold
            FROM stock_movement {which} GROUP BY sku
            UNION ALL
            SELECT sku, supplied, available, held, sold FROM stock_repair {which}
        ) GROUP BY sku",
        sum(|movement| movement.unit().supplied),
        sum(|movement| movement.unit().available),
        sum(|movement| movement.unit().held),
        sum(|movement| movement.unit().sold),
    )
}

/// What orders ask for of each SKU, without what was taken off: those that wait for their payment hold,
/// the others have what did not come back. `which` leaves lines out.
pub(crate) fn ordered(which: &str) -> String {
    format!(
        "SELECT line.value ->> '$.sku' AS sku,
            sum(iif(status = 'awaiting_payment', (line.value ->> '$.quantity')
                    - coalesce(state ->> ('$.removed[' || line.key || ']'), 0), 0)) AS held,
            sum(iif(status IN ('confirmed', 'allocated', 'shipped', 'delivered', 'returned'),
                (line.value ->> '$.quantity')
                    - coalesce(state ->> ('$.removed[' || line.key || ']'), 0)
                    - coalesce(state ->> ('$.returned[' || line.key || ']'), 0), 0)) AS sold
        FROM (
            SELECT orders.body, coalesce(order_state.status, orders.status) AS status,
                order_state.body AS state
            FROM orders LEFT JOIN order_state ON order_state.order_id = orders.id
            UNION ALL
            SELECT content ->> '$.body', coalesce(content ->> '$.state.status',
                content ->> '$.status'), content ->> '$.state' FROM order_archive
        ) AS standing, json_each(standing.body, '$.lines') AS line {which} GROUP BY 1"
    )
}

/// Accounts that the ledger of stock does not explain, those that are gone among them.
fn drift_ledger() -> String {
    format!(
        "SELECT coalesce(stock.sku, ledger.sku), coalesce(stock.supplied, 0),
            coalesce(stock.available, 0), coalesce(stock.held, 0), coalesce(stock.sold, 0),
            coalesce(ledger.supplied, 0), coalesce(ledger.available, 0), coalesce(ledger.held, 0),
            coalesce(ledger.sold, 0)
        FROM stock FULL JOIN ({}) AS ledger ON ledger.sku = stock.sku
        WHERE coalesce(stock.supplied, 0) <> coalesce(ledger.supplied, 0)
            OR coalesce(stock.available, 0) <> coalesce(ledger.available, 0)
            OR coalesce(stock.held, 0) <> coalesce(ledger.held, 0)
            OR coalesce(stock.sold, 0) <> coalesce(ledger.sold, 0)
        ORDER BY 1 LIMIT 100",
        ledger("")
    )
}

/// Accounts whose orders ask for other units than are held and sold, those that are gone among
/// them.
fn drift_orders() -> String {
    format!(
        "SELECT coalesce(stock.sku, ordered.sku), coalesce(stock.held, 0), coalesce(stock.sold, 0),
            coalesce(ordered.held, 0), coalesce(ordered.sold, 0)
        FROM stock FULL JOIN ({}) AS ordered ON ordered.sku = stock.sku
        WHERE coalesce(stock.held, 0) <> coalesce(ordered.held, 0)
            OR coalesce(stock.sold, 0) <> coalesce(ordered.sold, 0)
        ORDER BY 1 LIMIT 100",
        ordered("")
    )
}

/// What orders have taken of each allowance: those that are not paid
/// (`souk_domain::OrderState::is_unpaid`; those that were sold at once are to be paid on delivery), and
/// of what is kept all that did not come to nothing (`souk_domain::OrderStatus::is_void`). `which` leaves
/// accounts out.
pub(crate) fn taken(which: &str) -> String {
    format!(
        "SELECT took.value ->> '$.account' AS account, sum(took.value ->> '$.units') AS taken
        FROM (
            SELECT orders.takes, orders.status AS placed,
                coalesce(order_state.status, orders.status) AS status,
                coalesce(order_state.captured, 0) AS captured
            FROM orders LEFT JOIN order_state ON order_state.order_id = orders.id
            UNION ALL
            SELECT content ->> '$.takes', content ->> '$.status',
                coalesce(content ->> '$.state.status', content ->> '$.status'), 1
            FROM order_archive
        ) AS standing CROSS JOIN json_each(standing.takes) AS took
        WHERE {IS_TAKEN} {which} GROUP BY 1"
    )
}

/// Whether what an order took is counted: the columns `placed`, `status` and `captured` of the order,
/// and `took`.
pub(crate) const IS_TAKEN: &str = "iif(coalesce(took.value ->> '$.kept', 0),
    status NOT IN ('cancelled', 'expired'),
    status = 'awaiting_payment'
        OR (placed = 'confirmed' AND captured = 0 AND status IN ('confirmed', 'allocated')))";

/// Allowances that orders have taken something else of, those that are gone among them.
fn drift_allowances() -> String {
    format!(
        "SELECT coalesce(allowance.account, ordered.account), coalesce(allowance.taken, 0),
            coalesce(ordered.taken, 0)
        FROM allowance FULL JOIN ({}) AS ordered ON ordered.account = allowance.account
        WHERE coalesce(allowance.taken, 0) <> coalesce(ordered.taken, 0) ORDER BY 1 LIMIT 100",
        taken("")
    )
}

/// Orders whose funds the ledger of funds does not explain.
fn drift_funds() -> String {
    let sum = |account: FundsAccount| {
        let name = account.name();
        format!("sum(amount * ((target = '{name}') - (source = '{name}')))")
    };
    format!(
        "SELECT coalesce(state.order_id, ledger.order_id) FROM (
            SELECT order_id, authorised, captured, refunding, refunded, disputed FROM order_state
            UNION ALL
            SELECT id, content ->> '$.state.funds.authorised', content ->> '$.state.funds.captured',
                content ->> '$.state.funds.refunding', content ->> '$.state.funds.refunded',
                content ->> '$.state.funds.disputed'
            FROM order_archive WHERE content ->> '$.state' IS NOT NULL
        ) AS state FULL JOIN (
            SELECT order_id, {} AS authorised, {} + {} AS shop, {} AS owed, -({}) AS buyer,
                {} AS disputed
            FROM funds_entry GROUP BY order_id
        ) AS ledger ON ledger.order_id = state.order_id
        WHERE coalesce(state.authorised, 0) <> coalesce(ledger.authorised, 0)
            OR coalesce(captured - refunding - refunded - state.disputed, 0)
                <> coalesce(ledger.shop, 0)
            OR coalesce(state.disputed, 0) <> coalesce(ledger.disputed, 0)
            OR coalesce(state.refunding, 0) <> coalesce(ledger.owed, 0)
            OR coalesce(state.authorised + captured - refunded, 0)
                <> coalesce(ledger.buyer, 0)
        LIMIT 100",
        sum(FundsAccount::Authorised),
        sum(FundsAccount::Shop),
        sum(FundsAccount::Fees),
        sum(FundsAccount::Owed),
        sum(FundsAccount::Buyer),
        sum(FundsAccount::Disputed),
    )
}

pub(crate) async fn audit<S: SqliteSession>(session: &S) -> Result<AuditReport, StoreError> {
    let counts = session.execute(COUNTS, &[]).await?;
    let counts = counts
        .first()
        .ok_or_else(|| StoreError::Corrupt("no counts".into()))?;
    let mut drift = Vec::new();
    for (kind, sql, numbers) in checks() {
        for row in session.execute(&sql, &[]).await? {
            let read = |from: usize| -> Result<Vec<i64>, StoreError> {
                (from..from + numbers).map(|at| row.integer(at)).collect()
            };
            drift.push(Drift {
                shard: None,
                kind,
                subject: row.text(0)?.to_owned(),
                found: read(1)?,
                expected: read(1 + numbers)?,
            });
        }
    }
    let (skus, orders) = (counts.integer(0)?, counts.integer(1)?);
    Ok(AuditReport {
        skus,
        orders,
        outbox: counts.integer(2)?,
        drift,
    })
}
