//! The counts on SQLite. Those of the shop's own orders change in the transaction that ingests the
//! orders' events: with three statements, two more where an order counts no longer, and once a day
//! with four that forget.

use std::collections::BTreeMap;

use souk_protocol::order_index::{Counted, MostOrdered, PAIRS_PAGE_MAX, PairCount, PairMet};
use souk_protocol::staff::{IMPORT_ROWS_MAX, ImportCounts, ImportedOrders};
use souk_sql::{Row, SqliteSession, StoreError, json};

use super::rows::parameters;
use crate::counts::{
    BASKET_PRODUCTS_MAX, Change, DAY_PRODUCTS_MAX, FORGOTTEN_AFTER_DAYS, IMPORTED_MAX, PAIRS_KEPT,
    PAIRS_MAX, POPULAR_DAYS, SEEN_ONCE_DAYS, day_of, is_name,
};

/// What the shop's own orders are counted under. Imports have 1 and 2 in turn.
const OWN: i64 = 0;
/// How long counts are filled anew at most: an origin that has lost orders never sends as many again.
const REFILL_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

const NOTE: &str = "UPDATE order_index_counted SET orders = orders + ?1,
        last_day = max(last_day, ?2), pairs = pairs + ?3, changes = changes + 1,
        orders_before = iif(orders + ?1 >= orders_before, 0, orders_before)
    RETURNING pairs, tidied_day, orders_before > 0 AS is_refilling";
const ADD_PAIRS: &str =
    "INSERT INTO order_index_pair (product, companion, source, orders, last_day)
    SELECT value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
    ON CONFLICT DO UPDATE SET orders = orders + excluded.orders,
        last_day = max(last_day, excluded.last_day)";
const ADD_DAYS: &str = "INSERT INTO order_index_day (day, product, source, orders)
    SELECT value ->> 0, value ->> 1, ?2, value ->> 2 FROM json_each(?1) WHERE true
    ON CONFLICT DO UPDATE SET orders = orders + excluded.orders";
/// What an order leaves that counts no longer, also where its counts were forgotten before.
const DROP_EMPTY: [&str; 2] = [
    "DELETE FROM order_index_pair WHERE orders <= 0",
    "DELETE FROM order_index_day WHERE orders <= 0",
];
/// Pairs that were seen once and are old, and everything that is very old.
const FORGET_PAIRS: &str = "DELETE FROM order_index_pair WHERE source = 0
    AND (last_day <= ?2 OR (orders = 1 AND product <> companion AND last_day <= ?1))";
const FORGET_DAYS: &str = "DELETE FROM order_index_day WHERE source = 0 AND day <= ?1";
const TRIM_DAYS: &str = "DELETE FROM order_index_day WHERE (day, product, source) IN (
    SELECT day, product, source FROM order_index_day WHERE source = 0
    ORDER BY day DESC, orders DESC, product LIMIT -1 OFFSET ?1)";
/// Drops the pairs that fewest orders have. The two ways of a pair stand beside each other in the
/// order, so both go.
const TRIM_PAIRS: &str = "DELETE FROM order_index_pair WHERE (product, companion, source) IN (
    SELECT product, companion, source FROM order_index_pair
    WHERE source = 0 AND product <> companion
    ORDER BY orders DESC, last_day DESC, min(product, companion), max(product, companion)
    LIMIT -1 OFFSET ?1)";
const COUNT_PAIRS: &str = "UPDATE order_index_counted SET tidied_day = ?1,
    pairs = ?2 + (SELECT count(*) FROM order_index_pair WHERE source = 0 AND product <> companion)";

/// Adds what changed, inside the transaction that ingests.
pub(super) async fn add<S: SqliteSession>(
    session: &S,
    changes: &[Change],
    now_ms: i64,
) -> Result<(), StoreError> {
    let today = day_of(now_ms);
    let (pairs, days) = (pairs_of(changes), days_of(changes, today));
    let Some(last_day) = changes.iter().map(|change| change.day).max() else {
        return Ok(());
    };
    let orders: i64 = changes.iter().map(|change| change.by).sum();
    let added = i64::try_from(pairs.len()).unwrap_or(i64::MAX);
    let noted = [orders.into(), last_day.into(), added.into()];
    let noted = session.execute(NOTE, &noted).await?;
    let noted = first(&noted)?;
    // While counts are filled anew, one that is small may still grow.
    let is_refilling = noted.integer(2)? != 0;
    if today > noted.integer(1)? + i64::from(is_refilling) {
        forget(session, today, added).await?;
    }
    let pairs = pairs
        .iter()
        .map(|((one, other), (by, day))| (one, other, by, day));
    for list in parameters(pairs) {
        session.execute(ADD_PAIRS, &[list, OWN.into()]).await?;
    }
    let days = days.iter().map(|((day, product), by)| (day, product, by));
    for list in parameters(days) {
        session.execute(ADD_DAYS, &[list, OWN.into()]).await?;
    }
    if changes.iter().any(|change| change.by < 0) {
        for statement in DROP_EMPTY {
            session.execute(statement, &[]).await?;
        }
    }
    if noted.integer(0)? > PAIRS_MAX {
        session.execute(TRIM_PAIRS, &[PAIRS_KEPT.into()]).await?;
        session
            .execute(COUNT_PAIRS, &[today.into(), 0_i64.into()])
            .await?;
    }
    Ok(())
}

/// For two products by how many orders their count changes, and the last day of these.
fn pairs_of(changes: &[Change]) -> BTreeMap<(&str, &str), (i64, i64)> {
    let mut pairs: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    let small = changes
        .iter()
        .filter(|change| change.products.len() <= BASKET_PRODUCTS_MAX);
    for change in small {
        for one in &change.products {
            for other in &change.products {
                let (by, day) = pairs.entry((one, other)).or_default();
                *by += change.by;
                *day = change.day.max(*day);
            }
        }
    }
    pairs.retain(|_, (by, _)| *by != 0);
    pairs
}

/// For a day and a product by how many orders the count changes, as far as days are kept.
fn days_of(changes: &[Change], today: i64) -> BTreeMap<(i64, &str), i64> {
    let mut days: BTreeMap<(i64, &str), i64> = BTreeMap::new();
    for change in changes {
        if change.day <= today - POPULAR_DAYS {
            continue;
        }
        for product in &change.products {
            *days.entry((change.day, product)).or_default() += change.by;
        }
    }
    days.retain(|_, by| *by != 0);
    days
}

/// What is done once a day, before `added` pairs are.
async fn forget<S: SqliteSession>(session: &S, today: i64, added: i64) -> Result<(), StoreError> {
    let old = [
        (today - SEEN_ONCE_DAYS).into(),
        (today - FORGOTTEN_AFTER_DAYS).into(),
    ];
    session.execute(FORGET_PAIRS, &old).await?;
    let old = [(today - POPULAR_DAYS).into()];
    session.execute(FORGET_DAYS, &old).await?;
    session
        .execute(TRIM_DAYS, &[DAY_PRODUCTS_MAX.into()])
        .await?;
    session
        .execute(COUNT_PAIRS, &[today.into(), added.into()])
        .await?;
    Ok(())
}

/// Forgets the shop's own counts, and how many orders they were of.
pub(super) const CLEAR: [&str; 3] = [
    "DELETE FROM order_index_pair WHERE source = 0",
    "DELETE FROM order_index_day WHERE source = 0",
    "UPDATE order_index_counted SET orders_before = max(orders_before, orders), orders = 0,
        last_day = 0, pairs = 0, changes = changes + 1, clears = clears + 1",
];

const COUNTED: &str = "SELECT orders + imported_orders, max(last_day, imported_last_day), changes,
        clears, build, orders < orders_before,
        (SELECT ingested_at_ms FROM order_index_event ORDER BY number LIMIT 1)
    FROM order_index_counted";

pub(super) async fn counted<S: SqliteSession>(
    session: &S,
    now_ms: i64,
) -> Result<Counted, StoreError> {
    let rows = session.execute(COUNTED, &[]).await?;
    let row = first(&rows)?;
    let has_fewer = row.integer(5)? != 0;
    let since_ms = row.optional_integer(6)?;
    Ok(Counted {
        orders: row.integer(0)?,
        last_day: row.integer(1)?,
        changes: row.integer(2)?,
        clears: row.integer(3)?,
        is_refilling: has_fewer && since_ms.is_none_or(|since| now_ms - since < REFILL_MS_MAX),
        build: row.text(4)?.to_owned(),
    })
}

const MOST_ORDERED: &str = "WITH counted AS (
        SELECT imported_source, max(last_day, imported_last_day) AS today FROM order_index_counted)
    SELECT product, sum(orders * weight.value) AS popularity
    FROM counted CROSS JOIN json_each(?1) AS weight
        CROSS JOIN order_index_day ON day = today - weight.key
    WHERE source IN (0, imported_source)
    GROUP BY product ORDER BY popularity DESC, product LIMIT ?2";
const PRODUCTS: &str = "SELECT count(DISTINCT product) FROM order_index_pair
    WHERE source IN (0, (SELECT imported_source FROM order_index_counted))";

pub(super) async fn most_ordered<S: SqliteSession>(
    session: &S,
    weights: &[i64],
    limit: i64,
) -> Result<MostOrdered, StoreError> {
    let parameters = [json(weights).into(), limit.into()];
    let rows = session.execute(MOST_ORDERED, &parameters).await?;
    let products = rows
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.integer(1)?)));
    let products = products.collect::<Result<_, StoreError>>()?;
    let rows = session.execute(PRODUCTS, &[]).await?;
    Ok(MostOrdered {
        products,
        counted: first(&rows)?.integer(0)?,
    })
}

/// Walks along the primary key, whose order is that of the answer.
const PAIRS: &str = "SELECT product, companion, sum(orders) AS both,
        (SELECT sum(own.orders) FROM order_index_pair AS own
            WHERE own.product = pair.companion AND own.companion = pair.companion
                AND own.source IN (0, ?4)) AS companion_orders
    FROM order_index_pair AS pair
    WHERE (product, companion) > (?1, ?2) AND source IN (0, ?4)
    GROUP BY product, companion HAVING both >= ?3 OR product = companion
    ORDER BY product, companion LIMIT ?5";
const IMPORTED_SOURCE: &str = "SELECT imported_source FROM order_index_counted";

pub(super) async fn pairs<S: SqliteSession>(
    session: &S,
    after: &(String, String),
    orders_min: i64,
) -> Result<Vec<PairCount>, StoreError> {
    let rows = session.execute(IMPORTED_SOURCE, &[]).await?;
    let source = first(&rows)?.integer(0)?;
    let (product, companion) = after;
    let limit = i64::try_from(PAIRS_PAGE_MAX).expect("a small number");
    let parameters = [
        product.as_str().into(),
        companion.as_str().into(),
        orders_min.into(),
        source.into(),
        limit.into(),
    ];
    let rows = session.execute(PAIRS, &parameters).await?;
    let pairs = rows.iter().map(|row| {
        Ok(PairCount {
            product: row.text(0)?.to_owned(),
            companion: row.text(1)?.to_owned(),
            orders: row.integer(2)?,
            // A pair without a count of its companion cannot be; it is not worth an error.
            companion_orders: row.optional_integer(3)?.unwrap_or(0),
        })
    });
    pairs.collect()
}

const MOST_MET: &str = "SELECT product, companion, sum(orders) AS both FROM order_index_pair
    WHERE product < companion
        AND source IN (0, (SELECT imported_source FROM order_index_counted))
    GROUP BY product, companion HAVING both >= ?1
    ORDER BY both DESC, product, companion LIMIT ?2";

pub(super) async fn most_met<S: SqliteSession>(
    session: &S,
    orders_min: i64,
    limit: i64,
) -> Result<Vec<PairMet>, StoreError> {
    let rows = session
        .execute(MOST_MET, &[orders_min.into(), limit.into()])
        .await?;
    let pair = |row: &Row| {
        let (one, other) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        Ok((one, other, row.integer(2)?))
    };
    rows.iter().map(pair).collect()
}

pub(super) async fn keep_build<S: SqliteSession>(
    session: &S,
    before: &str,
    build: &str,
) -> Result<bool, StoreError> {
    const KEEP: &str = "UPDATE order_index_counted SET build = ?1 WHERE build = ?2 RETURNING id";
    let kept = session
        .execute(KEEP, &[build.into(), before.into()])
        .await?;
    Ok(!kept.is_empty())
}

const STAGING: &str = "SELECT imported_source, imported, staged_import FROM order_index_counted";
const FORGET_SOURCE: [&str; 2] = [
    "DELETE FROM order_index_pair WHERE source = ?1",
    "DELETE FROM order_index_day WHERE source = ?1",
];
const NOTE_STAGED: &str = "UPDATE order_index_counted SET staged_import = ?1,
        staged = ?2 + iif(staged_import = ?1, staged, 0)
    RETURNING staged";
const STAGE_PAIRS: &str = "INSERT OR REPLACE INTO order_index_pair
        (product, companion, source, orders, last_day)
    SELECT value ->> 0, value ->> 1, ?2, value ->> 2, 0 FROM json_each(?1)";
const STAGE_DAYS: &str = "INSERT OR REPLACE INTO order_index_day (day, product, source, orders)
    SELECT value ->> 0, value ->> 1, ?2, value ->> 2 FROM json_each(?1)";
const END_IMPORT: &str = "UPDATE order_index_counted SET imported = staged_import,
    imported_source = ?1, imported_orders = ?2, imported_last_day = ?3, staged_import = '',
    changes = changes + 1, clears = clears + 1";

/// Takes a part of an import; runs inside a write transaction.
pub(super) async fn import<S: SqliteSession>(
    session: &S,
    counts: &ImportCounts,
) -> Result<(), StoreError> {
    check(counts)?;
    let rows = session.execute(STAGING, &[]).await?;
    let row = first(&rows)?;
    let (current, name) = (row.integer(0)?, counts.import.as_str());
    if row.text(1)? == name {
        // Its last part came before, and its reply was lost.
        return Ok(());
    }
    let source = match current {
        1 => 2,
        _ => 1,
    };
    if row.text(2)? != name {
        forget_source(session, source).await?;
    }
    let added = counts.pairs.len() + counts.days.len();
    let added = i64::try_from(added).unwrap_or(i64::MAX);
    let noted = [name.into(), added.into()];
    let rows = session.execute(NOTE_STAGED, &noted).await?;
    if first(&rows)?.integer(0)? > IMPORTED_MAX {
        return Err(rejected("it has too many parts"));
    }
    for list in parameters(&counts.pairs) {
        session.execute(STAGE_PAIRS, &[list, source.into()]).await?;
    }
    for list in parameters(&counts.days) {
        session.execute(STAGE_DAYS, &[list, source.into()]).await?;
    }
    if let Some(ImportedOrders { orders, last_day }) = counts.whole {
        let ended = [source.into(), orders.into(), last_day.into()];
        session.execute(END_IMPORT, &ended).await?;
        if current != OWN {
            forget_source(session, current).await?;
        }
    }
    Ok(())
}

/// Forgets an import: one that was not finished, or that another one replaces.
async fn forget_source<S: SqliteSession>(session: &S, source: i64) -> Result<(), StoreError> {
    for statement in FORGET_SOURCE {
        session.execute(statement, &[source.into()]).await?;
    }
    Ok(())
}

/// Refuses what is not the counts of orders.
fn check(counts: &ImportCounts) -> Result<(), StoreError> {
    let is_count = |count: i64| (1..=i64::from(u32::MAX)).contains(&count);
    let is_day = |day: i64| (0..=i64::from(u16::MAX)).contains(&day);
    if !(1..=64).contains(&counts.import.len()) {
        return Err(rejected("an import has a name of 1 to 64 bytes"));
    }
    if counts.pairs.len() > IMPORT_ROWS_MAX || counts.days.len() > IMPORT_ROWS_MAX {
        return Err(rejected("it has too many rows"));
    }
    let mut pairs = counts.pairs.iter();
    if !pairs.all(|(one, other, orders)| is_name(one) && is_name(other) && is_count(*orders)) {
        return Err(rejected("a pair is wrong"));
    }
    let mut days = counts.days.iter();
    if !days.all(|(day, product, orders)| is_day(*day) && is_name(product) && is_count(*orders)) {
        return Err(rejected("a day is wrong"));
    }
    match counts.whole {
        Some(whole) if !is_count(whole.orders) || !is_day(whole.last_day) => {
            Err(rejected("the number of orders or the last day is wrong"))
        }
        Some(_) | None => Ok(()),
    }
}

fn rejected(reason: &str) -> StoreError {
    StoreError::Rejected(format!("these are no counts of orders: {reason}"))
}

fn first(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first()
        .ok_or_else(|| StoreError::Corrupt("the row of the counts is gone".into()))
}
