//! Growing: SKUs go to the shards that own them by another number of shards, with what can be
//! ordered of them and the keys of their orders. Orders stay where they are.
//!
//! Nothing is ordered meanwhile ([`crate::layout::expect_open`]), so both walks, over the SKUs here
//! and over the keys of the only shard, see everything that there will be. A step that is not known
//! to have come through is taken again: a SKU leaves once by its name, and arrives once.

use souk_order_store::rows::read;
use souk_order_store::{Given, KeysToKeep, StoreError};
use souk_protocol::shards::{OF_RECEIPT, Ownership};
use souk_sharding::layout::place_by_hash;
use souk_sql::{Row, SqliteSession, Value, json};

use crate::columns::{one, shard};
use crate::transfers::{KNOWN_ARRIVALS, RECORD_ARRIVAL, book, facts};

const WALK: &str = "SELECT growing_to, skus_from FROM layout
    WHERE growing_to IS NOT NULL AND skus_from IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM departure WHERE kind = 'given' AND state = 'open')";
const NEXT: &str = "SELECT slug, title, unit_price, currency, backorder, offered, available, guest,
        sold_out_until_ms, sku, facts, facts_before, facts_since_ms
    FROM stock WHERE sku > ?1 AND guest = 0 ORDER BY sku LIMIT ?2";
const STEP: &str = "UPDATE layout SET skus_from = ?1";
/// A sold-out hold goes with the SKU, and would block orders here that bring units.
const GIVE_UP: &str =
    "UPDATE stock SET supplied = supplied - available, available = 0, offered = 0,
    guest = 1, sold_out_until_ms = 0 WHERE sku = ?1";
const GIVE: &str =
    "INSERT INTO departure (transfer, kind, sku, units, shard, key, ownership, at_ms)
    VALUES (?1, 'given', ?2, ?3, ?4, '', ?5, ?6)";
const GIVEN: &str = "SELECT shard, ownership FROM departure
    WHERE kind = 'given' AND state = 'open' ORDER BY shard, number LIMIT ?1";
const IS_LEFT: &str = "SELECT skus_from IS NOT NULL OR keys_from IS NOT NULL
        OR EXISTS (SELECT 1 FROM departure WHERE kind = 'given' AND state = 'open')
    FROM layout";
const END: &str = "UPDATE departure SET state = 'arrived'
    WHERE kind = 'given' AND transfer IN (SELECT value FROM json_each(?1))";
const FORGET_KEYS: &str = "DELETE FROM sku_key WHERE sku IN (SELECT value FROM json_each(?1))";
/// A number that a sold-out hold had here before lacks keys that came since, so none has it again.
const ARRIVE: &str = "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder,
        offered, supplied, available, held, sold, sold_out_until_ms, sold_out_hold_number,
        facts, facts_before, facts_since_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 0, 0, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder, offered = excluded.offered, guest = 0,
        facts = excluded.facts, facts_before = excluded.facts_before,
        facts_since_ms = excluded.facts_since_ms,
        sold_out_until_ms = excluded.sold_out_until_ms,
        sold_out_hold_number = max(sold_out_hold_number + 1, excluded.sold_out_hold_number),
        supplied = supplied + excluded.supplied, available = available + excluded.available";

const KEY_WALK: &str = "SELECT keys_from FROM layout WHERE keys_from IS NOT NULL";
/// Each of both is read by its index, and no further than is wanted.
const ORDER_KEYS: &str = "SELECT key FROM (
        SELECT key FROM (SELECT key FROM orders WHERE key > ?1 ORDER BY key LIMIT ?2)
        UNION
        SELECT key FROM (SELECT key FROM order_archive WHERE key > ?1 ORDER BY key LIMIT ?2)
    ) ORDER BY key LIMIT ?2";
const RECEIPT_KEYS: &str = "SELECT key FROM receipt WHERE key > ?1 ORDER BY key LIMIT ?2";
const KEY_STEP: &str = "UPDATE layout SET keys_from = ?2 WHERE keys_from = ?1";
/// A key that is known keeps its home.
const KEEP: &str = "INSERT INTO key_home (key, shard) SELECT value, ?2 FROM json_each(?1)
    WHERE true ON CONFLICT (key) DO NOTHING";

/// Gives up the SKUs among the next `limit` that another shard owns by the new number, unless some
/// that were given up before have yet to arrive.
pub(crate) async fn give_up<S: SqliteSession>(
    session: &S,
    own: u16,
    limit: u32,
    now_ms: i64,
) -> Result<(), StoreError> {
    let walk = session.execute(WALK, &[]).await?;
    let Some(walk) = walk.first() else {
        return Ok(());
    };
    let shards = shard(walk, 0)?;
    let parameters = [walk.text(1)?.into(), i64::from(limit).into()];
    let rows = session.execute(NEXT, &parameters).await?;
    for row in &rows {
        let place = place_by_hash(row.text(9)?, shards);
        if place != own {
            give(session, row, shards, place, now_ms).await?;
        }
    }
    let is_over = u32::try_from(rows.len()).is_ok_and(|count| count < limit);
    let next = match rows.last() {
        Some(last) if !is_over => last.text(9)?.into(),
        Some(_) | None => Value::Null,
    };
    session.execute(STEP, &[next]).await?;
    Ok(())
}

async fn give<S: SqliteSession>(
    session: &S,
    row: &Row,
    shards: u16,
    to: u16,
    now_ms: i64,
) -> Result<(), StoreError> {
    let (sku, units) = (row.text(9)?, row.integer(6)?);
    let ownership = Ownership {
        transfer: format!("grow:{shards}:{sku}"),
        sku: sku.to_owned(),
        units,
        offer: facts(row, 10)?,
        sold_out_until_ms: row.integer(8)?,
    };
    let name = ownership.transfer.as_str();
    session.execute(GIVE_UP, &[sku.into()]).await?;
    let parameters = [
        name.into(),
        sku.into(),
        units.into(),
        i64::from(to).into(),
        json(&ownership).into(),
        now_ms.into(),
    ];
    session.execute(GIVE, &parameters).await?;
    if units > 0 {
        book(session, "depart", sku, units, name, now_ms).await?;
    }
    Ok(())
}

/// SKUs that were given up and are not known to have arrived.
pub(crate) async fn given<S: SqliteSession>(
    session: &S,
    limit: u32,
) -> Result<Vec<Given>, StoreError> {
    let rows = session.execute(GIVEN, &[i64::from(limit).into()]).await?;
    let given = |row: &Row| -> Result<Given, StoreError> {
        Ok(Given {
            to: shard(row, 0)?,
            ownership: read(row, 1)?,
        })
    };
    rows.iter().map(given).collect()
}

/// Whether there is anything left to give.
pub(crate) async fn is_left<S: SqliteSession>(session: &S) -> Result<bool, StoreError> {
    let rows = session.execute(IS_LEFT, &[]).await?;
    Ok(one(rows)?.integer(0)? == 1)
}

/// The new owners have these, and the keys of their orders.
pub(crate) async fn arrived<S: SqliteSession>(
    session: &S,
    ownerships: &[Ownership],
) -> Result<(), StoreError> {
    let names: Vec<_> = ownerships.iter().map(|one| one.transfer.as_str()).collect();
    session.execute(END, &[json(&names).into()]).await?;
    let skus: Vec<_> = ownerships.iter().map(|one| one.sku.as_str()).collect();
    session.execute(FORGET_KEYS, &[json(&skus).into()]).await?;
    Ok(())
}

/// Takes what is given to this shard, each once.
pub(crate) async fn own<S: SqliteSession>(
    session: &S,
    ownerships: &[Ownership],
    now_ms: i64,
) -> Result<(), StoreError> {
    for one in ownerships {
        let name = one.transfer.as_str();
        let known = [json(&[name]).into()];
        if !session.execute(KNOWN_ARRIVALS, &known).await?.is_empty() {
            continue;
        }
        let (sku, offer) = (one.sku.as_str(), &one.offer);
        let account = [
            sku.into(),
            offer.slug.as_str().into(),
            offer.title.as_str().into(),
            offer.unit_price.into(),
            offer.currency.as_str().into(),
            i64::from(offer.backorder).into(),
            i64::from(offer.offered).into(),
            one.units.into(),
            one.sold_out_until_ms.into(),
            now_ms.into(),
            json(&offer.facts).into(),
            json(&offer.facts_before).into(),
            offer.facts_since_ms.into(),
        ];
        session.execute(ARRIVE, &account).await?;
        session.execute(RECORD_ARRIVAL, &[name.into()]).await?;
        if one.units > 0 {
            book(session, "arrive", sku, one.units, name, now_ms).await?;
        }
    }
    Ok(())
}

/// The next keys of orders and receipts that the stores of keys are to know; `None` when they know
/// all.
pub(crate) async fn keys_to_keep<S: SqliteSession>(
    session: &S,
    limit: u32,
) -> Result<Option<KeysToKeep>, StoreError> {
    let walk = session.execute(KEY_WALK, &[]).await?;
    let Some(walk) = walk.first() else {
        return Ok(None);
    };
    // Orders first: the place in their list, or in that of receipts behind their mark.
    let from = walk.text(0)?;
    let (sql, mark, after) = match from.strip_prefix(OF_RECEIPT) {
        Some(after) => (RECEIPT_KEYS, OF_RECEIPT, after),
        None => (ORDER_KEYS, "", from.strip_prefix('o').unwrap_or("")),
    };
    let parameters = [after.into(), i64::from(limit).into()];
    let rows = session.execute(sql, &parameters).await?;
    let is_last = u32::try_from(rows.len()).is_ok_and(|count| count < limit);
    let up_to = match rows.last() {
        Some(row) if !is_last && mark.is_empty() => Some(format!("o{}", row.text(0)?)),
        Some(row) if !is_last => Some(format!("{mark}{}", row.text(0)?)),
        Some(_) | None => mark.is_empty().then(|| OF_RECEIPT.to_owned()),
    };
    let keys = rows.iter().map(|row| Ok(format!("{mark}{}", row.text(0)?)));
    Ok(Some(KeysToKeep {
        keys: keys.collect::<Result<_, StoreError>>()?,
        from: from.to_owned(),
        up_to,
    }))
}

/// The stores of keys know these. A step that another one has taken too is taken once.
pub(crate) async fn keys_kept<S: SqliteSession>(
    session: &S,
    kept: &KeysToKeep,
) -> Result<(), StoreError> {
    let up_to = kept.up_to.as_deref().map_or(Value::Null, Value::from);
    let parameters = [kept.from.as_str().into(), up_to];
    session.execute(KEY_STEP, &parameters).await?;
    Ok(())
}

/// As a store of keys: the orders of these live there.
pub(crate) async fn keep<S: SqliteSession>(
    session: &S,
    keys: &[String],
    home: u16,
) -> Result<(), StoreError> {
    let parameters = [json(keys).into(), i64::from(home).into()];
    session.execute(KEEP, &parameters).await?;
    Ok(())
}
