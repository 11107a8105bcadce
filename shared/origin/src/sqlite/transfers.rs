//! Transfers of units between one store and the others, each inside of one write transaction.

use souk_domain::{Currency, Money, Offer, Sku, StockLevel};
use souk_protocol::life::{ReceiptReply, StockReceipt};
use souk_protocol::shards::{Delivery, GiveAway, OfferFacts, Pull, PullReply};
use souk_protocol::trade::SubmitReply;
use souk_sql::{Row, SqliteSession, Value, json};

use super::orders::{self, Looked};
use super::receipts;
use super::shards::{one, optional_shard, shard};
use super::sku_keys;
use crate::rows::read;
use crate::shards::{Arrival, Departure, DepartureKind};
use crate::{NewOrder, StoreError};

const KNOWN_DEPARTURE: &str = "SELECT state, units FROM departure WHERE transfer = ?1";
const ACCOUNT: &str =
    "SELECT slug, title, unit_price, currency, backorder, offered, available, owner,
        latched_until_ms
    FROM stock WHERE sku = ?1";
/// See `latch.rs`: somebody has the SKU now whose key no latch knows.
const UNLATCH: &str = "UPDATE stock SET latched_until_ms = 0 WHERE sku = ?1";
const RECORD_MOVE: &str = "INSERT INTO stock_movement (sku, kind, units, receipt, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5)";
const DEPART: &str = "INSERT INTO departure (transfer, kind, sku, units, shard, key, at_ms)
    VALUES (?1, 'asked', ?2, ?3, ?4, ?5, ?6)";
/// Named by whoever sends, and the number of the row, which is never used again.
const SEND: &str = "INSERT INTO departure (kind, sku, units, shard, key, offer, at_ms)
    VALUES ('sent', ?1, ?2, ?3, '', ?4, ?5) RETURNING number";
const NAME: &str = "UPDATE departure SET transfer = ?2 WHERE number = ?1";
const KNOWN_ARRIVALS: &str =
    "SELECT 1 FROM arrival WHERE transfer IN (SELECT value FROM json_each(?1)) LIMIT 1";
/// SKUs of a list that belong here: nothing of them comes from elsewhere for an order.
const OWNED_HERE: &str = "SELECT 1 FROM stock
    WHERE owner IS NULL AND sku IN (SELECT value FROM json_each(?1)) LIMIT 1";
const RECORD_ARRIVAL: &str = "INSERT INTO arrival (transfer, refused) VALUES (?1, 0)";
/// Units for orders here, of a SKU that another shard owns.
const ARRIVE_AS_GUEST: &str =
    "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder,
        offered, supplied, available, held, sold, owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7, 0, 0, ?8)
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder, owner = excluded.owner,
        supplied = supplied + excluded.supplied, available = available + excluded.available";
/// A latch that was set here before lacks keys that came since, so none has its number again.
const ARRIVE_AS_OWNER: &str =
    "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder,
        offered, supplied, available, held, sold, owner, latched_until_ms, keys_elsewhere)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 0, 0, NULL, ?9, ?10)
    ON CONFLICT (sku) DO UPDATE SET slug = excluded.slug, title = excluded.title,
        unit_price = excluded.unit_price, currency = excluded.currency,
        backorder = excluded.backorder, offered = excluded.offered, owner = NULL,
        latched_until_ms = excluded.latched_until_ms, keys_elsewhere = excluded.keys_elsewhere,
        keys_wanted = 0, latch_number = max(latch_number + 1, ?11),
        supplied = supplied + excluded.supplied, available = available + excluded.available";
/// A latch goes with the ownership, and would stand in the way of orders here that bring units.
const GIVE_UP: &str =
    "UPDATE stock SET supplied = supplied - available, available = 0, offered = 0,
    owner = ?2, latched_until_ms = 0 WHERE sku = ?1";
/// A SKU that was never defined here is given away like any other: a definition that comes late must
/// not make it a second time.
const NOTHING_TO_GIVE: &str =
    "INSERT INTO stock (sku, slug, title, unit_price, currency, backorder,
        offered, supplied, available, held, sold, owner)
    VALUES (?1, '', '', 0, '', 0, 0, 0, 0, 0, 0, ?2)";

const TAKE_OFF: &str = "UPDATE stock SET supplied = supplied - ?2, available = available - ?2
    WHERE sku = ?1";

const PUT_BACK: &str = "UPDATE stock SET supplied = supplied + ?2, available = available + ?2
    WHERE sku = ?1 RETURNING available = ?2 AND backorder = 0 AND owner IS NULL";

const ASK_ARRIVAL: &str = "INSERT INTO arrival (transfer, refused) VALUES (?1, 1)
    ON CONFLICT (transfer) DO UPDATE SET refused = refused RETURNING refused";

const STRAYS: &str = "SELECT sku, available, owner FROM stock
    WHERE owner IS NOT NULL AND available > 0 LIMIT 50";

const OPEN: &str = "SELECT transfer, kind, sku, units, shard, offer FROM departure
    WHERE state = 'open' AND (at_ms <= ?1 OR kind = 'sent')
        AND shard NOT IN (SELECT value FROM json_each(?3))
    ORDER BY at_ms LIMIT ?2";
const OPEN_ONE: &str = "SELECT transfer, kind, sku, units, shard, offer FROM departure
    WHERE transfer = ?1 AND state = 'open'";

const END: &str = "UPDATE departure SET state = ?2 WHERE transfer = ?1 AND state = 'open'
    RETURNING sku, units";

pub(super) async fn depart<S: SqliteSession>(
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
        return Ok(PullReply::Elsewhere { shard: None });
    };
    let (mut offer, mut available) = (facts(account)?, account.integer(6)?);
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
    if let Some(owner) = optional_shard(account, 7)? {
        return Ok(PullReply::Elsewhere { shard: Some(owner) });
    }
    if !offer.offered && !pull.key.is_empty() {
        return Ok(PullReply::NotSold);
    }
    if souk_stock_signals::sold_out_hold::is_in_force(account.integer(8)?, now_ms) {
        // Whatever came back since is sold when the latch is over.
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
        sku_keys::note(session, sku, &pull.key).await?;
        session.execute(UNLATCH, &[sku.into()]).await?;
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
        session.execute(UNLATCH, &[sku.into()]).await?;
        book(session, "depart", sku, units, &pull.transfer, now_ms).await?;
    }
    Ok(PullReply::Gone {
        offer,
        units: small(units)?,
        available,
    })
}

pub(super) async fn submit_with<S: SqliteSession>(
    session: &S,
    order: NewOrder<'_>,
    arrivals: &[Arrival],
) -> Result<Option<SubmitReply>, StoreError> {
    let mut foreign = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        foreign.push(foreign_offer(arrival)?);
    }
    let Some(looked) = orders::look_with(session, order, foreign).await? else {
        return Ok(None);
    };
    let placeable = match looked {
        Looked::Answered(reply) => return Ok(Some(reply)),
        Looked::Placeable(placeable) => placeable,
    };
    if !arrive(session, arrivals, order.now_ms).await? {
        return Ok(None);
    }
    orders::place(session, order, placeable).await.map(Some)
}

/// Units that left before a moment, to shards that are not silent; before that, strays are sent off.
pub(super) async fn departures<S: SqliteSession>(
    session: &S,
    before_ms: i64,
    limit: u32,
    silent: &[u16],
    now_ms: i64,
) -> Result<Vec<Departure>, StoreError> {
    for row in session.execute(STRAYS, &[]).await? {
        let (sku, units) = (row.text(0)?, row.integer(1)?);
        send(session, None, sku, units, shard(&row, 2)?, None, now_ms).await?;
        let parameters = [sku.into(), units.into()];
        session.execute(TAKE_OFF, &parameters).await?;
    }
    let silent = json(silent).into();
    let parameters = [before_ms.into(), i64::from(limit).into(), silent];
    let rows = session.execute(OPEN, &parameters).await?;
    rows.iter().map(departure).collect()
}

/// What left under a name, if it is not known to have arrived.
pub(super) async fn open_departure<S: SqliteSession>(
    session: &S,
    transfer: &str,
) -> Result<Option<Departure>, StoreError> {
    let rows = session.execute(OPEN_ONE, &[transfer.into()]).await?;
    rows.first().map(departure).transpose()
}

/// The end of a transfer. Gives whether a SKU can be ordered that could not before.
pub(super) async fn end<S: SqliteSession>(
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
pub(super) async fn has_arrived<S: SqliteSession>(
    session: &S,
    transfer: &str,
) -> Result<bool, StoreError> {
    let rows = session.execute(ASK_ARRIVAL, &[transfer.into()]).await?;
    Ok(one(rows)?.integer(0)? == 0)
}

/// Books a receipt with what comes for it, or says why not and books nothing.
pub(super) async fn receive_with<S: SqliteSession>(
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
pub(super) async fn arrive<S: SqliteSession>(
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
            i64::from(arrival.from).into(),
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

pub(super) async fn take_in<S: SqliteSession>(
    session: &S,
    delivery: &Delivery,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Delivery {
        transfer,
        sku,
        units,
        offer,
    } = delivery;
    let known = session
        .execute(KNOWN_ARRIVALS, &[json(&[transfer]).into()])
        .await?;
    if !known.is_empty() {
        return Ok(false);
    }
    let before = session.execute(ACCOUNT, &[sku.as_str().into()]).await?;
    let could_be_ordered = match before.first() {
        Some(row) => row.integer(6)? > 0 && row.integer(5)? == 1,
        None => false,
    };
    let owned = match (offer, before.first()) {
        (Some(offer), _) => {
            let account = [
                sku.as_str().into(),
                offer.slug.as_str().into(),
                offer.title.as_str().into(),
                offer.unit_price.into(),
                offer.currency.as_str().into(),
                i64::from(offer.backorder).into(),
                i64::from(offer.offered).into(),
                (*units).into(),
                offer.latched_until_ms.into(),
                i64::from(offer.has_keys_elsewhere).into(),
                now_ms.into(),
            ];
            session.execute(ARRIVE_AS_OWNER, &account).await?;
            sku_keys::come(session, sku, &offer.keys_from, transfer).await?;
            true
        }
        (None, Some(row)) => {
            let parameters = [sku.as_str().into(), (*units).into()];
            session.execute(PUT_BACK, &parameters).await?;
            optional_shard(row, 7)?.is_none()
        }
        // It was given away to this shard and has not come yet.
        (None, None) => {
            let text = format!("units of {sku} came before it did");
            return Err(StoreError::Transient(text));
        }
    };
    session
        .execute(RECORD_ARRIVAL, &[transfer.as_str().into()])
        .await?;
    if *units > 0 {
        book(session, "arrive", sku, *units, transfer, now_ms).await?;
    }
    Ok(owned && !could_be_ordered)
}

pub(super) async fn give_away<S: SqliteSession>(
    session: &S,
    give: &GiveAway,
    own: u16,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let (sku, to) = (give.sku.as_str(), i64::from(give.to));
    let name = give.transfer.as_str();
    // Told again, however late: the SKU may have come back since, and stays then.
    let known = session.execute(KNOWN_DEPARTURE, &[name.into()]).await?;
    if let Some(row) = known.first() {
        return Ok(row.text(0)? == "arrived");
    }
    let account = session.execute(ACCOUNT, &[sku.into()]).await?;
    match account.first() {
        None => {
            session
                .execute(NOTHING_TO_GIVE, &[sku.into(), to.into()])
                .await?;
            send(session, Some(name), sku, 0, give.to, None, now_ms).await?;
            session
                .execute(END, &[name.into(), "arrived".into()])
                .await?;
            Ok(true)
        }
        Some(row) if optional_shard(row, 7)?.is_none() => {
            let (mut offer, units) = (facts(row)?, row.integer(6)?);
            offer.latched_until_ms = row.integer(8)?;
            (offer.has_keys_elsewhere, offer.keys_from) =
                sku_keys::leave(session, sku, own, give.to).await?;
            session.execute(GIVE_UP, &[sku.into(), to.into()]).await?;
            let offer = Some(&offer);
            send(session, Some(name), sku, units, give.to, offer, now_ms).await?;
            Ok(false)
        }
        // Who does not own it cannot give it: the directory asks its owner next time.
        Some(_) => Ok(false),
    }
}

/// Writes units down as sent, by a name or one of their own; the caller takes them off the account.
async fn send<S: SqliteSession>(
    session: &S,
    name: Option<&str>,
    sku: &str,
    units: i64,
    to: u16,
    offer: Option<&OfferFacts>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let parameters = [
        sku.into(),
        units.into(),
        i64::from(to).into(),
        offer.map_or(Value::Null, |offer| json(offer).into()),
        now_ms.into(),
    ];
    let number = one(session.execute(SEND, &parameters).await?)?.integer(0)?;
    let transfer = name.map_or_else(|| format!("sent:{number}:{to}:{sku}"), str::to_owned);
    session
        .execute(NAME, &[number.into(), transfer.as_str().into()])
        .await?;
    if units > 0 {
        book(session, "depart", sku, units, &transfer, now_ms).await?;
    }
    Ok(())
}

pub(super) async fn book<S: SqliteSession>(
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

pub(super) fn facts(row: &Row) -> Result<OfferFacts, StoreError> {
    Ok(OfferFacts {
        slug: row.text(0)?.to_owned(),
        title: row.text(1)?.to_owned(),
        unit_price: row.integer(2)?,
        currency: row.text(3)?.to_owned(),
        backorder: row.integer(4)? == 1,
        offered: row.integer(5)? == 1,
        latched_until_ms: 0,
        has_keys_elsewhere: false,
        keys_from: Vec::new(),
    })
}

/// What an order may take of units that are on their way.
pub(super) fn foreign_offer(arrival: &Arrival) -> Result<Offer, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
    let currency = Currency::parse(&arrival.offer.currency).map_err(|error| corrupt(&error))?;
    let available = match arrival.units {
        0 => arrival.available,
        units => i64::from(units),
    };
    Ok(Offer {
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
    })
}

pub(super) fn departure(row: &Row) -> Result<Departure, StoreError> {
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
            offer: match row.optional_text(5)? {
                Some(_) => Some(read(row, 5)?),
                None => None,
            },
        },
    })
}

fn small(units: i64) -> Result<u32, StoreError> {
    u32::try_from(units).map_err(|_| StoreError::Corrupt("units do not fit an order".into()))
}
