//! The directory: which shard owns which SKU, and what is to move.
//!
//! It begins with what is sold here, at the moment when the shop first has several shards.

use souk_sql::{Row, SqliteSession, Value, json};

use super::shards::{one, optional_shard, shard};
use crate::StoreError;
use crate::shards::Place;

const BEGUN: &str = "SELECT 1 FROM layout";
/// Whatever is sold by one shard is placed there, on shard 0.
const BEGIN: [&str; 2] = [
    "INSERT OR IGNORE INTO sku_place (sku, shard) SELECT sku, 0 FROM stock WHERE owner IS NULL",
    "INSERT INTO layout (only, shards, shards_max, seen, has_older_keys) VALUES (1, 1, 1, '',
        EXISTS (SELECT 1 FROM orders) OR EXISTS (SELECT 1 FROM order_archive)
            OR EXISTS (SELECT 1 FROM receipt))",
];
const SHARDS_MAX: &str = "SELECT shards_max FROM layout";
const SET_SHARDS_MAX: &str = "UPDATE layout SET shards_max = max(shards_max, ?1)
    RETURNING shards_max";
const PLACES: &str = "SELECT sku_place.sku, shard, target, pin, moves
    FROM json_each(?1) AS asked CROSS JOIN sku_place ON sku_place.sku = asked.value";
const ASSIGN: &str = "INSERT OR IGNORE INTO sku_place (sku, shard)
    SELECT value ->> '$[0]', value ->> '$[1]' FROM json_each(?1)";
/// One move after the other: a SKU that is on its way arrives first.
const DIRECT: &str = "UPDATE sku_place SET pin = ?3,
        target = coalesce(target, iif(shard = ?2, NULL, ?2))
    WHERE sku = ?1";
/// Who is told of a move twice has heard of it. Where the SKU is to be by now may be another place
/// than the one that it was sent to: its pin, or without one (and it may have been taken off on the
/// way) the place of its hash.
const MOVED: &str = "UPDATE sku_place SET shard = target, moves = moves + 1,
        target = nullif(coalesce(pin, ?4), target)
    WHERE sku = ?1 AND target = ?2 AND moves = ?3";
const MOVING: &str = "SELECT sku, shard, target, pin, moves FROM sku_place
    WHERE target IS NOT NULL ORDER BY sku LIMIT ?1";
const LAYOUT: &str = "SELECT shards, seen, has_older_keys FROM layout";
const NEXT: &str = "SELECT sku, shard, target, pin, moves FROM sku_place
    WHERE sku > ?1 ORDER BY sku LIMIT ?2";
const SEEN: &str = "UPDATE layout SET seen = ?1";
const ALL_SEEN: &str = "UPDATE layout SET shards = ?1, seen = ''";
const PINS: &str = "SELECT sku, pin FROM sku_place WHERE pin IS NOT NULL ORDER BY sku";
/// Those that have not been looked through count too: nobody knows yet whether they are to move.
const MISPLACED: &str = "SELECT (SELECT count(*) FROM sku_place WHERE target IS NOT NULL)
    + iif(?2, (SELECT count(*) FROM sku_place WHERE sku > ?1 AND target IS NULL), 0)";

/// The most shards that the shop ever had. A shop of one store is not written down as one of several.
pub(super) async fn count_shards<S: SqliteSession>(
    session: &S,
    deployed: u16,
) -> Result<u16, StoreError> {
    let rows = session.execute(SHARDS_MAX, &[]).await?;
    let known = rows.first().map(|row| shard(row, 0)).transpose()?;
    Ok(known.unwrap_or(1).max(deployed))
}

/// The same, and it is remembered.
pub(super) async fn keep_shards<S: SqliteSession>(
    session: &S,
    deployed: u16,
) -> Result<u16, StoreError> {
    begin(session).await?;
    let deployed = [i64::from(deployed).into()];
    shard(&one(session.execute(SET_SHARDS_MAX, &deployed).await?)?, 0)
}

async fn begin<S: SqliteSession>(session: &S) -> Result<(), StoreError> {
    if session.execute(BEGUN, &[]).await?.is_empty() {
        for statement in BEGIN {
            session.execute(statement, &[]).await?;
        }
    }
    Ok(())
}

pub(super) async fn places<S: SqliteSession>(
    session: &S,
    skus: &[String],
) -> Result<Vec<Place>, StoreError> {
    begin(session).await?;
    let rows = session.execute(PLACES, &[json(skus).into()]).await?;
    rows.iter().map(place).collect()
}

pub(super) async fn assign<S: SqliteSession>(
    session: &S,
    places: &[(String, u16)],
) -> Result<(), StoreError> {
    begin(session).await?;
    session.execute(ASSIGN, &[json(places).into()]).await?;
    Ok(())
}

pub(super) async fn direct<S: SqliteSession>(
    session: &S,
    sku: &str,
    target: u16,
    pin: Option<u16>,
) -> Result<(), StoreError> {
    let pin = pin.map_or(Value::Null, |pin| i64::from(pin).into());
    let parameters = [sku.into(), i64::from(target).into(), pin];
    session.execute(DIRECT, &parameters).await?;
    Ok(())
}

pub(super) async fn moved<S: SqliteSession>(
    session: &S,
    moved: &Place,
    place_by_hash: u16,
) -> Result<(), StoreError> {
    let Some(target) = moved.target else {
        return Ok(());
    };
    let parameters = [
        moved.sku.as_str().into(),
        i64::from(target).into(),
        moved.moves.into(),
        i64::from(place_by_hash).into(),
    ];
    session.execute(MOVED, &parameters).await?;
    Ok(())
}

pub(super) async fn moving<S: SqliteSession>(
    session: &S,
    limit: u32,
) -> Result<Vec<Place>, StoreError> {
    let rows = session.execute(MOVING, &[i64::from(limit).into()]).await?;
    rows.iter().map(place).collect()
}

pub(super) async fn unseen<S: SqliteSession>(
    session: &S,
    shards: u16,
    limit: u32,
) -> Result<Vec<Place>, StoreError> {
    begin(session).await?;
    let layout = one(session.execute(LAYOUT, &[]).await?)?;
    if layout.integer(0)? == i64::from(shards) {
        return Ok(Vec::new());
    }
    let parameters = [layout.text(1)?.into(), i64::from(limit).into()];
    let rows = session.execute(NEXT, &parameters).await?;
    if rows.is_empty() {
        let shards = [i64::from(shards).into()];
        session.execute(ALL_SEEN, &shards).await?;
    }
    rows.iter().map(place).collect()
}

pub(super) async fn seen<S: SqliteSession>(session: &S, up_to: &str) -> Result<(), StoreError> {
    session.execute(SEEN, &[up_to.into()]).await?;
    Ok(())
}

pub(super) async fn layout<S: SqliteSession>(
    session: &S,
    shards: u16,
) -> Result<(Vec<(String, u16)>, u64, bool), StoreError> {
    begin(session).await?;
    let pins = session.execute(PINS, &[]).await?;
    let pins = pins
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), shard(row, 1)?)));
    let pins = pins.collect::<Result<_, StoreError>>()?;
    let layout = one(session.execute(LAYOUT, &[]).await?)?;
    let is_looked_through = layout.integer(0)? == i64::from(shards);
    let unseen = [layout.text(1)?.into(), i64::from(!is_looked_through).into()];
    let misplaced = one(session.execute(MISPLACED, &unseen).await?)?.integer(0)?;
    let misplaced = u64::try_from(misplaced).unwrap_or_default();
    Ok((pins, misplaced, layout.integer(2)? == 1))
}

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok(Place {
        sku: row.text(0)?.to_owned(),
        shard: shard(row, 1)?,
        target: optional_shard(row, 2)?,
        pin: optional_shard(row, 3)?,
        moves: row.integer(4)?,
    })
}
