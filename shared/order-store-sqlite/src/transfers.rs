//! Transfers of units between one store and the others, each inside of one write transaction.

use souk_domain::{Currency, Money, Offer, Sku, StockLevel};
use souk_order_store::facts::{Fact, FactStamps};
use souk_order_store::rows::read;
use souk_order_store::{Arrival, Departure, DepartureKind, NewOrder, StoreError, SubmitReply};
use souk_protocol::origin::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, OfferFacts, Pull, PullReply, SkuKeys};
use souk_sharding::layout::place_by_hash;
use souk_sql::{Row, SqliteSession, json};

use crate::columns::{one, shard};
use crate::orders::{self, Looked};
use crate::{receipts, sku_keys};

const KNOWN_DEPARTURE: &str = "SELECT state, units FROM departure WHERE transfer = ?1";
const ACCOUNT: &str =
    "SELECT slug, title, unit_price, currency, backorder, offered, available, guest,
        sold_out_until_ms, facts, facts_before, facts_since_ms
    FROM stock WHERE sku = ?1";
/// See `sold_out_hold.rs`: an order whose key no sold-out hold has takes the SKU now.
const END_SOLD_OUT_HOLD: &str = "UPDATE stock SET sold_out_until_ms = 0 WHERE sku = ?1";
const RECORD_MOVE: &str = "INSERT INTO stock_movement (sku, kind, units, receipt, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const DEPART: &str = "INSERT INTO departure (transfer, kind, sku, units, shard, key, at_ms)
    VALUES (?1, 'asked', ?2, ?3, ?4, ?5, ?6)";
/// Named by the number of the row, which is never used again.
const SEND: &str = "INSERT INTO departure (kind, sku, units, shard, key, at_ms)
    VALUES ('sent', ?1, ?2, ?3, '', ?4) RETURNING number";
const NAME: &str = "UPDATE departure SET transfer = ?2 WHERE number = ?1";
pub(crate) const KNOWN_ARRIVALS: &str =
    "SELECT 1 FROM arrival WHERE transfer IN (SELECT value FROM json_each(?1)) LIMIT 1";
/// SKUs of a list that belong here: no units of them are brought from another shard for an order.
const OWNED_HERE: &str = "SELECT 1 FROM stock
    WHERE guest = 0 AND sku IN (SELECT value FROM json_each(?1)) LIMIT 1";
/// SKUs of an order that belonged here and have left, so that no units of them are brought for it.
const HAS_LEFT: &str = "SELECT 1 FROM stock
    WHERE guest = 1 AND sku IN (SELECT value FROM json_each(?1))
        AND sku NOT IN (SELECT value FROM json_each(?2)) LIMIT 1";
pub(crate) const RECORD_ARRIVAL: &str = "INSERT INTO arrival (transfer, refused) VALUES (?1, 0)";
/// Units for orders here, of a SKU that another shard owns.
const ARRIVE_AS_GUEST: &str =
    "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder,
        offered, supplied, available, held, sold, guest)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7, 0, 0, 1)
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder,
        supplied = supplied + excluded.supplied, available = available + excluded.available";
const TAKE_OFF: &str = "UPDATE stock SET supplied = supplied - ?2, available = available - ?2
    WHERE sku = ?1";

const PUT_BACK: &str = "UPDATE stock SET supplied = supplied + ?2, available = available + ?2
    WHERE sku = ?1 RETURNING available = ?2 AND backorder = 0 AND guest = 0";

const ASK_ARRIVAL: &str = "INSERT INTO arrival (transfer, refused) VALUES (?1, 1)
    ON CONFLICT (transfer) DO UPDATE SET refused = refused RETURNING refused";

const STRAYS: &str = "SELECT sku, available FROM stock
    WHERE guest = 1 AND available > 0 LIMIT 50";

const OPEN: &str = "SELECT transfer, kind, sku, units, shard FROM departure
    WHERE state = 'open' AND (kind = 'sent' OR (kind = 'asked' AND at_ms <= ?1))
        AND shard NOT IN (SELECT value FROM json_each(?3))
    ORDER BY at_ms LIMIT ?2";
const END: &str = "UPDATE departure SET state = ?2 WHERE transfer = ?1 AND state = 'open'
    RETURNING sku, units";

pub(crate) async fn depart<S: SqliteSession>(
    session: &S,
    pull: &Pull,
    now_ms: i64,
) -> Result<PullReply, StoreError> {
    let sku = pull.sku.as_str();
    let known = session
        .execute(KNOWN_DEPARTURE, &[pull.transfer.as_str().into()])
        .await?;
    let account = session.execute(ACCOUNT, &[sku.into()]).await?;
    let Some(account) = account.first() else {
        return Ok(PullReply::NotSold);
    };
    let (mut offer, mut available) = (facts(account, 9)?, account.integer(6)?);
    if let Some(row) = known.first() {
        return Ok(match row.text(0)? {
            "open" => PullReply::Gone {
                offer,
                units: small(row.integer(1)?)?,
                available: 0,
            },
            _ => PullReply::GivenUp,
        });
    }
    if account.integer(7)? == 1 {
        return Ok(PullReply::Moved);
    }
    if !offer.offered && !pull.key.is_empty() {
        return Ok(PullReply::NotSold);
    }
    if souk_stock_signals::sold_out_hold::is_in_force(account.integer(8)?, now_ms) {
        // Units that came back since are sold when the sold-out hold is over.
        (offer.backorder, available) = (false, 0);
    }
    let wanted = i64::from(pull.units);
    let units = match available >= wanted {
        true => wanted,
        false if offer.backorder => available,
        false => 0,
    };
    if units == 0 && wanted > 0 && offer.backorder && !pull.key.is_empty() {
        // It may be ordered without any, and then the order has it all the same.
        let key = SkuKeys {
            sku: sku.to_owned(),
            keys: vec![pull.key.clone()],
        };
        sku_keys::note(session, &[key]).await?;
        session.execute(END_SOLD_OUT_HOLD, &[sku.into()]).await?;
    }
    if units > 0 {
        let parameters = [
            pull.transfer.as_str().into(),
            sku.into(),
            units.into(),
            i64::from(pull.to).into(),
            pull.key.as_str().into(),
            now_ms.into(),
        ];
        session.execute(DEPART, &parameters).await?;
        let taken = [sku.into(), units.into()];
        session.execute(TAKE_OFF, &taken).await?;
        session.execute(END_SOLD_OUT_HOLD, &[sku.into()]).await?;
        book(session, "depart", sku, units, &pull.transfer, now_ms).await?;
    }
    Ok(PullReply::Gone {
        offer,
        units: small(units)?,
        available,
    })
}

pub(crate) async fn submit_with<S: SqliteSession>(
    session: &S,
    order: NewOrder<'_>,
    arrivals: &[Arrival],
) -> Result<Option<SubmitReply>, StoreError> {
    let mut foreign = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        foreign.push(foreign_fact(arrival)?);
    }
    let lines = order.submit.lines.iter();
    let lines: Vec<_> = lines.map(|line| line.sku.as_str()).collect();
    let coming: Vec<_> = arrivals.iter().map(|one| one.sku.as_str()).collect();
    let skus = [json(&lines).into(), json(&coming).into()];
    if !session.execute(HAS_LEFT, &skus).await?.is_empty() {
        return Ok(None);
    }
    let Some(looked) = orders::look_with(session, order, foreign).await? else {
        return Ok(None);
    };
    let placeable = match looked {
        Looked::Answered(reply) => return Ok(Some(reply)),
        Looked::Placeable { decided, .. } => decided,
    };
    if !arrive(session, arrivals, order.now_ms).await? {
        return Ok(None);
    }
    orders::place(session, order, placeable).await.map(Some)
}

/// Sends units off that belong on another one of so many shards.
pub(crate) async fn send_strays<S: SqliteSession>(
    session: &S,
    shards: u16,
    now_ms: i64,
) -> Result<(), StoreError> {
    for row in session.execute(STRAYS, &[]).await? {
        let (sku, units) = (row.text(0)?, row.integer(1)?);
        send(session, sku, units, place_by_hash(sku, shards), now_ms).await?;
        let parameters = [sku.into(), units.into()];
        session.execute(TAKE_OFF, &parameters).await?;
    }
    Ok(())
}

/// Units that left before a moment, to shards that are not silent.
pub(crate) async fn departures<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
    silent: &[u16],
) -> Result<Vec<Departure>, StoreError> {
    let silent = json(silent).into();
    let parameters = [before_ms.into(), i64::from(limit).into(), silent];
    let rows = session.execute(OPEN, &parameters).await?;
    rows.iter().map(departure).collect()
}

/// The end of a transfer. Gives whether a SKU can be ordered that could not before.
pub(crate) async fn end<S: SqliteSession>(
    session: &S,
    transfer: &str,
    arrived: bool,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let state = if arrived { "arrived" } else { "returned" };
    let rows = session
        .execute(END, &[transfer.into(), state.into()])
        .await?;
    let Some(row) = rows.first().filter(|_| !arrived) else {
        return Ok(false);
    };
    let (sku, units) = (row.text(0)?, row.integer(1)?);
    book(session, "arrive", sku, units, transfer, now_ms).await?;
    let parameters = [sku.into(), units.into()];
    let back = session.execute(PUT_BACK, &parameters).await?;
    Ok(one(back)?.integer(0)? == 1)
}

/// Whether a transfer is in the books; from now on it never will be if it is not.
pub(crate) async fn has_arrived<S: SqliteSession>(
    session: &S,
    transfer: &str,
) -> Result<bool, StoreError> {
    let rows = session.execute(ASK_ARRIVAL, &[transfer.into()]).await?;
    Ok(one(rows)?.integer(0)? == 0)
}

/// Books a receipt with the units that were brought for it, or says why not and books nothing.
pub(crate) async fn receive_with<S: SqliteSession>(
    session: &S,
    receipt: &StockReceipt,
    arrivals: &[Arrival],
    now_ms: i64,
) -> Result<Option<ReceiptReply>, StoreError> {
    if receipts::is_known(session, receipt).await? {
        return receipts::receive(session, receipt, now_ms).await.map(Some);
    }
    let coming = arrivals.iter().map(|one| (one.sku.as_str(), one.units));
    let coming: Vec<_> = coming.collect();
    if let Some(refusal) = receipts::refused(session, receipt, &coming).await? {
        return Ok(Some(refusal));
    }
    if !arrive(session, arrivals, now_ms).await? {
        return Ok(None);
    }
    receipts::receive(session, receipt, now_ms).await.map(Some)
}

/// Books units for something here; `false`, and nothing is written, when a transfer was given up or
/// booked before, or the SKU belongs here by now.
pub(crate) async fn arrive<S: SqliteSession>(
    session: &S,
    arrivals: &[Arrival],
    now_ms: i64,
) -> Result<bool, StoreError> {
    let coming = arrivals.iter().filter(|one| one.units > 0);
    let names: Vec<_> = coming.map(|one| one.transfer.as_str()).collect();
    let skus: Vec<_> = arrivals.iter().map(|one| one.sku.as_str()).collect();
    let names = [json(&names).into()];
    let is_known = !session.execute(KNOWN_ARRIVALS, &names).await?.is_empty();
    let here = session.execute(OWNED_HERE, &[json(&skus).into()]).await?;
    if is_known || !here.is_empty() {
        return Ok(false);
    }
    for arrival in arrivals {
        let (sku, offer, units) = (&arrival.sku, &arrival.offer, i64::from(arrival.units));
        let account = [
            sku.as_str().into(),
            offer.slug.as_str().into(),
            offer.title.as_str().into(),
            offer.unit_price.into(),
            offer.currency.as_str().into(),
            i64::from(offer.backorder).into(),
            units.into(),
        ];
        session.execute(ARRIVE_AS_GUEST, &account).await?;
        if units > 0 {
            let name = [arrival.transfer.as_str().into()];
            session.execute(RECORD_ARRIVAL, &name).await?;
            book(session, "arrive", sku, units, &arrival.transfer, now_ms).await?;
        }
    }
    Ok(true)
}

/// Books units that another shard sent to their owner; once for each name. Gives whether a SKU can be ordered that
/// could not before.
pub(crate) async fn accept_delivery<S: SqliteSession>(
    session: &S,
    delivery: &Delivery,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Delivery {
        transfer,
        sku,
        units,
    } = delivery;
    let known = session
        .execute(KNOWN_ARRIVALS, &[json(&[transfer]).into()])
        .await?;
    if !known.is_empty() {
        return Ok(false);
    }
    let parameters = [sku.as_str().into(), (*units).into()];
    let back = session.execute(PUT_BACK, &parameters).await?;
    let Some(back) = back.first() else {
        // It is given to this shard and has not arrived yet.
        let text = format!("units of {sku} came before it did");
        return Err(StoreError::Transient(text));
    };
    session
        .execute(RECORD_ARRIVAL, &[transfer.as_str().into()])
        .await?;
    book(session, "arrive", sku, *units, transfer, now_ms).await?;
    Ok(back.integer(0)? == 1)
}

/// Writes units down as sent; the caller takes them off the account.
async fn send<S: SqliteSession>(
    session: &S,
    sku: &str,
    units: i64,
    to: u16,
    now_ms: i64,
) -> Result<(), StoreError> {
    let parameters = [
        sku.into(),
        units.into(),
        i64::from(to).into(),
        now_ms.into(),
    ];
    let number = one(session.execute(SEND, &parameters).await?)?.integer(0)?;
    let transfer = format!("sent:{number}:{to}:{sku}");
    session
        .execute(NAME, &[number.into(), transfer.as_str().into()])
        .await?;
    book(session, "depart", sku, units, &transfer, now_ms).await
}

pub(crate) async fn book<S: SqliteSession>(
    session: &S,
    kind: &str,
    sku: &str,
    units: i64,
    transfer: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let parameters = [
        sku.into(),
        kind.into(),
        units.into(),
        transfer.into(),
        now_ms.into(),
    ];
    session.execute(RECORD_MOVE, &parameters).await?;
    Ok(())
}

/// The columns `slug, title, unit_price, currency, backorder, offered`, and from a place on `facts,
/// facts_before, facts_since_ms`.
pub(crate) fn facts(row: &Row, prices: usize) -> Result<OfferFacts, StoreError> {
    Ok(OfferFacts {
        facts: read(row, prices)?,
        facts_before: read(row, prices + 1)?,
        facts_since_ms: row.integer(prices + 2)?,
        slug: row.text(0)?.to_owned(),
        title: row.text(1)?.to_owned(),
        unit_price: row.integer(2)?,
        currency: row.text(3)?.to_owned(),
        backorder: row.integer(4)? == 1,
        offered: row.integer(5)? == 1,
    })
}

/// What an order may take of units in transit. It has no stamp, because it is written together with the
/// order.
pub(crate) fn foreign_fact(arrival: &Arrival) -> Result<Fact, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let currency = Currency::parse(&arrival.offer.currency).map_err(|error| corrupt(&error))?;
    let available = match arrival.units {
        0 => arrival.available,
        units => i64::from(units),
    };
    let offer = Offer {
        sku: Sku::parse(&arrival.sku).map_err(|error| corrupt(&error))?,
        slug: arrival.offer.slug.clone(),
        title: arrival.offer.title.clone(),
        unit_price: Money::new(arrival.offer.unit_price, currency),
        backorder: arrival.offer.backorder,
        level: StockLevel {
            supplied: available,
            available,
            held: 0,
            sold: 0,
        },
    };
    Ok(Fact {
        offer,
        prices: FactStamps {
            current: arrival.offer.facts.clone(),
            before: arrival.offer.facts_before.clone(),
            since_ms: arrival.offer.facts_since_ms,
        },
        stamp: String::new(),
        sold_out_until_ms: 0,
    })
}

pub(crate) fn departure(row: &Row) -> Result<Departure, StoreError> {
    Ok(Departure {
        shard: shard(row, 4)?,
        kind: match row.text(1)? {
            "asked" => DepartureKind::Asked,
            _ => DepartureKind::Sent,
        },
        delivery: Delivery {
            transfer: row.text(0)?.to_owned(),
            sku: row.text(2)?.to_owned(),
            units: row.integer(3)?,
        },
    })
}

fn small(units: i64) -> Result<u32, StoreError> {
    u32::try_from(units).map_err(|_| StoreError::Corrupt("units do not fit an order".into()))
}
