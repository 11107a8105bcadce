//! Placing orders. A submit is one read, and one write where it is accepted; where its offers were
//! read for an earlier one, it is the write alone.

use souk_domain::{Currency, Money, Offer, Sku, StockLevel};
use souk_order_store::allowances::{Wanted, accounts};
use souk_order_store::facts::{Decided, Fact, FactStamps, Facts};
use souk_order_store::rows::{read, revision};
use souk_order_store::{NewOrder, SealedOrder, StoreError, StoredOrder, SubmitReply, standing};
use souk_protocol::origin::Progress;
use souk_sql::{Row, SqliteSession, Value, json};

use crate::backup::unfinished;

/// What a decision needs, as one moment knows it: the order of a key, if there is one (first column
/// 1), the offers of some SKUs (first column 0), what is taken of some allowances (first column
/// 2), and whether a backup is being put back (first column 3).
const LOOK: &str = "SELECT 1, fingerprint, body,
        (SELECT body FROM order_state WHERE order_id = orders.id),
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM orders WHERE key = ?1
    UNION ALL
    SELECT 1, content ->> '$.fingerprint', content ->> '$.body', content ->> '$.state',
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM order_archive WHERE key = ?1
    UNION ALL
    SELECT 0, stock.sku, slug, title, unit_price, currency, backorder,
        supplied, available, held, sold, sold_out_until_ms,
        facts, facts_before, facts_since_ms, stamp
    FROM json_each(?2) AS asked CROSS JOIN stock ON stock.sku = asked.value
    WHERE offered = 1
    UNION ALL
    SELECT 2, account, NULL, NULL, taken, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL
    FROM json_each(?3) AS asked CROSS JOIN allowance ON allowance.account = asked.value
    UNION ALL
    SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL
    FROM restoration WHERE only = 1 AND finished = 0";
const RESEAL: &str =
    "UPDATE orders SET body = ?2, fingerprint = coalesce(?3, fingerprint) WHERE id = ?1
        AND coalesce((SELECT revision FROM order_state WHERE order_id = ?1), 0) = ?4";
const SEALED: &str = "SELECT fingerprint, body, revision FROM (
        SELECT * FROM (SELECT id, fingerprint, body, coalesce((SELECT revision FROM order_state
                WHERE order_id = orders.id), 0) AS revision
            FROM orders WHERE id > ?1 ORDER BY id LIMIT ?2)
        UNION ALL
        SELECT * FROM (SELECT id, content ->> '$.fingerprint', content ->> '$.body',
                coalesce(content ->> '$.state.revision', 0)
            FROM order_archive WHERE id > ?1 ORDER BY id LIMIT ?2)
    ) ORDER BY id LIMIT ?2";
/// The row that it returns is made when everything is written: whether this order took the last
/// unit of a SKU that cannot be ordered without stock.
const PLACE: &str = "INSERT INTO placement
        (id, key, fingerprint, status, placed_at_ms, body, takes, stamps, ticket)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    RETURNING EXISTS (
        SELECT 1 FROM json_each(?6, '$.lines') AS line
            CROSS JOIN stock ON stock.sku = line.value ->> '$.sku'
        WHERE stock.available = 0 AND stock.backorder = 0
    )";

/// The same on what was read of the offers earlier, without a look at the books just before. No row
/// comes back, and nothing is written, where a look would have found what the trigger does not know
/// of: the order of this key in the archive, or a SKU that another shard owns by now.
const PLACE_REMEMBERED: &str =
    "INSERT INTO placement (id, key, fingerprint, status, placed_at_ms, body, takes, stamps, ticket)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
    WHERE NOT EXISTS (SELECT 1 FROM order_archive WHERE key = ?2)
        AND NOT EXISTS (
            SELECT 1 FROM json_each(?6, '$.lines') AS line
                CROSS JOIN stock ON stock.sku = line.value ->> '$.sku'
            WHERE stock.guest = 1
        )
    RETURNING EXISTS (
        SELECT 1 FROM json_each(?6, '$.lines') AS line
            CROSS JOIN stock ON stock.sku = line.value ->> '$.sku'
        WHERE stock.available = 0 AND stock.backorder = 0
    )";

/// What a look at the books says about an order.
pub(crate) enum Looked {
    /// It exists, or is refused: nothing is to be written.
    Answered(SubmitReply),
    /// It may be placed as long as the facts are so.
    Placeable { decided: Decided, facts: Facts },
}

/// Finds the order of the key, or decides on the offers. Both are of one moment, because they are
/// from one statement: a submit whose twin just took the last unit finds the twin's order.
pub(crate) async fn look<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
) -> Result<Looked, StoreError> {
    let looked = look_with(session, new, Vec::new()).await?;
    looked.ok_or_else(|| {
        StoreError::Corrupt("an offer is here and brought from another shard".into())
    })
}

/// The same with offers whose units are brought from other shards; `None` when one of them is here too.
pub(crate) async fn look_with<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
    foreign: Vec<Fact>,
) -> Result<Option<Looked>, StoreError> {
    let skus: Vec<_> = new
        .submit
        .lines
        .iter()
        .map(|line| line.sku.as_str())
        .collect();
    let parameters = [
        new.submit.key.as_str().into(),
        json(&skus).into(),
        json(&accounts(new)).into(),
    ];
    let mut facts = Facts::default();
    for row in &session.execute(LOOK, &parameters).await? {
        match row.integer(0)? {
            1 => return Ok(Some(Looked::Answered(existing(row, new)?))),
            2 => add_taken(&mut facts, row)?,
            3 => return Err(unfinished()),
            _ => drop(facts.add(fact(row)?)),
        }
    }
    for fact in foreign {
        if !facts.add_foreign(fact) {
            return Ok(None);
        }
    }
    Ok(Some(match facts.decide(new)? {
        Ok(decided) => Looked::Placeable { decided, facts },
        Err(refusal) => Looked::Answered(refusal),
    }))
}

/// The fact of a row of a look.
pub(crate) fn fact(row: &Row) -> Result<Fact, StoreError> {
    Ok(Fact {
        offer: offer(row)?,
        sold_out_until_ms: row.integer(11)?,
        prices: FactStamps::read(row.text(12)?, row.text(13)?, row.integer(14)?)?,
        stamp: row.text(15)?.to_owned(),
    })
}

/// What is taken of an allowance, of a row of a look.
pub(crate) fn add_taken(facts: &mut Facts, row: &Row) -> Result<(), StoreError> {
    facts.add_taken(row.text(1)?, row.integer(4)?);
    Ok(())
}

/// Writes an order, in one statement that fails if what was decided on has changed.
pub(crate) async fn place<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
    decided: Decided,
) -> Result<SubmitReply, StoreError> {
    let placed = place_by(PLACE, session, new, decided).await?;
    placed.ok_or_else(|| StoreError::Corrupt("placing an order gave no row".into()))
}

/// The same for an order that was decided on what is remembered; `None` where nothing is written.
pub(super) async fn place_remembered<S: SqliteSession>(
    session: &S,
    new: NewOrder<'_>,
    decided: Decided,
) -> Result<Option<SubmitReply>, StoreError> {
    place_by(PLACE_REMEMBERED, session, new, decided).await
}

async fn place_by<S: SqliteSession>(
    statement: &str,
    session: &S,
    new: NewOrder<'_>,
    decided: Decided,
) -> Result<Option<SubmitReply>, StoreError> {
    let Decided {
        order,
        takes,
        stamps,
        ticket,
    } = decided;
    let parameters = [
        order.id.as_str().into(),
        new.submit.key.as_str().into(),
        new.submit.fingerprint.as_str().into(),
        order.status.name().into(),
        new.now_ms.into(),
        json(&*order).into(),
        takes_text(&takes).map_or(Value::Null, Value::from),
        json(&stamps).into(),
        ticket.map_or(Value::Null, |ticket| json(&ticket).into()),
    ];
    let rows = session.execute(statement, &parameters).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let exhausted = row.integer(0)? == 1;
    Ok(Some(SubmitReply::Accepted { exhausted, order }))
}

/// As it is stored with the order: nothing where it takes nothing.
pub(crate) fn takes_text(takes: &[Wanted]) -> Option<String> {
    (!takes.is_empty()).then(|| json(takes))
}

/// Writes an order as it was placed over itself, for its details alone.
pub(crate) async fn reseal<S: SqliteSession>(
    session: &S,
    placed: &StoredOrder,
    fingerprint: Option<&str>,
    revision: u32,
) -> Result<(), StoreError> {
    let fingerprint = fingerprint.map_or(Value::Null, Value::from);
    let parameters = [
        placed.id.as_str().into(),
        json(placed).into(),
        fingerprint,
        i64::from(revision).into(),
    ];
    session.execute(RESEAL, &parameters).await?;
    Ok(())
}

/// The next orders by their numbers, those in the archive among them.
pub(crate) async fn sealed<S: SqliteSession>(
    session: &S,
    after: &str,
    limit: u32,
) -> Result<Vec<SealedOrder>, StoreError> {
    let parameters = [after.into(), i64::from(limit).into()];
    let rows = session.execute(SEALED, &parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(SealedOrder {
                fingerprint: row.text(0)?.to_owned(),
                order: read(row, 1)?,
                revision: revision(row, 2)?,
            })
        })
        .collect()
}

pub(crate) fn existing(row: &Row, new: NewOrder<'_>) -> Result<SubmitReply, StoreError> {
    if row.text(1)? != new.submit.fingerprint {
        return Ok(SubmitReply::ExistsWithDifferentContent);
    }
    let mut order: StoredOrder = read(row, 2)?;
    if row.optional_text(3)?.is_some() {
        let progress: Progress = read(row, 3)?;
        order = standing(order, &progress);
    }
    Ok(SubmitReply::Exists {
        order: Box::new(order),
    })
}

fn offer(row: &Row) -> Result<Offer, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let sku = Sku::parse(row.text(1)?).map_err(|error| corrupt(&error))?;
    let currency = Currency::parse(row.text(5)?).map_err(|error| corrupt(&error))?;
    Ok(Offer {
        sku,
        slug: row.text(2)?.to_owned(),
        title: row.text(3)?.to_owned(),
        unit_price: Money::new(row.integer(4)?, currency),
        backorder: row.integer(6)? == 1,
        level: StockLevel {
            supplied: row.integer(7)?,
            available: row.integer(8)?,
            held: row.integer(9)?,
            sold: row.integer(10)?,
        },
    })
}
