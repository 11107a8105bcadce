//! The store on SQLite, over a driver for each place where SQLite lives.
//!
//! A state is CBOR as text, in base64: drivers carry texts and integers alone. That the journal is only
//! appended to is enforced by triggers, and so by every version of this program.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_operations::{Allowed, Operations, Rate, Record};
use souk_sql::{Row, SqliteDriver, SqliteSession, StoreError, json, keep_write_ahead_log, migrate};

use crate::rates::RateCounters;
use crate::{
    KeepEntry, KeepRoom, KeepSignals, OperationsStore, ROOM_BATCHES_MAX, ROOM_BATCHES_TAKEN,
    SAMPLE_BATCHES_MAX, SampleBatch, Series, Stored, StoredRoom, StoredSignals,
};

/// Where it is written which migrations a database has.
const LEDGER: &str = "operations_migration";

/// What a database must have. A migration that was ever released is not changed; a new one is
/// appended. Every name begins with `operations_`, because on Spin the tables may share a database
/// with others.
const MIGRATIONS: &[&[&str]] = &[&[
    // One row; no state before the first change.
    "CREATE TABLE operations_state (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        state TEXT
    ) STRICT",
    "INSERT INTO operations_state (only, version) VALUES (1, 0)",
    // Each line is a record as JSON.
    "CREATE TABLE operations_journal (
        seq INTEGER PRIMARY KEY,
        line TEXT NOT NULL
    ) STRICT",
    // It also keeps `INSERT OR REPLACE` out, which would remove a record without `DELETE`.
    "CREATE TRIGGER operations_journal_follows BEFORE INSERT ON operations_journal
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM operations_journal)
        OR NEW.seq IS NOT NEW.line ->> 'seq'
        OR NEW.seq > 1 AND NEW.line ->> 'prev' IS NOT (
            SELECT line ->> 'hash' FROM operations_journal WHERE seq = NEW.seq - 1)
    BEGIN
        SELECT RAISE(ABORT, 'a record follows on the one before it');
    END",
    "CREATE TRIGGER operations_journal_stays BEFORE UPDATE ON operations_journal
    BEGIN
        SELECT RAISE(ABORT, 'a record is never changed');
    END",
    "CREATE TRIGGER operations_journal_is_kept BEFORE DELETE ON operations_journal
    BEGIN
        SELECT RAISE(ABORT, 'a record is never removed');
    END",
    // The waiting room of a session: what its usher has to know again.
    "CREATE TABLE operations_room (
        session INTEGER PRIMARY KEY,
        kept TEXT NOT NULL
    ) STRICT",
    // What edges have sent and no step has taken yet. Numbers are not used again, so that a step takes
    // what it has read and nothing else.
    "CREATE TABLE operations_room_batch (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT",
    "CREATE INDEX operations_room_batch_session ON operations_room_batch (session, number)",
    // When all that a client may send has flowed back, in microseconds since 1970.
    "CREATE TABLE operations_rate (
        name TEXT PRIMARY KEY,
        full_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX operations_rate_full ON operations_rate (full_us)",
    // One row: what the next second of signals has to know.
    "CREATE TABLE operations_signals (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        kept TEXT NOT NULL
    ) STRICT",
    // What edges have sent and no step has taken yet; numbered as the batches of waiting rooms.
    "CREATE TABLE operations_sample_batch (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        body TEXT NOT NULL
    ) STRICT",
    // What was measured, by series and second or minute since 1970.
    "CREATE TABLE operations_series (
        series INTEGER NOT NULL,
        place INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (series, place)
    ) STRICT, WITHOUT ROWID",
]];

const READ: &str = "SELECT version, state FROM operations_state";
const REPLACE: &str = "UPDATE operations_state SET version = version + 1, state = ?2
    WHERE version = ?1 RETURNING version";
const APPEND: &str = "INSERT INTO operations_journal (seq, line) VALUES (?1, ?2)";
const JOURNAL: &str = "SELECT line FROM operations_journal WHERE seq > ?1 ORDER BY seq LIMIT ?2";
const ROOM: &str = "SELECT kept FROM operations_room WHERE session = ?1";
const BATCHES: &str = "SELECT number, body FROM operations_room_batch WHERE session = ?1
    ORDER BY number LIMIT ?2";
const KEEP: &str = "INSERT INTO operations_room (session, kept) VALUES (?1, ?2)
    ON CONFLICT (session) DO UPDATE SET kept = excluded.kept";
const TAKE: &str = "DELETE FROM operations_room_batch WHERE session = ?1 AND number <= ?2";
const ADD: &str = "INSERT INTO operations_room_batch (session, body)
    SELECT ?1, ?2 WHERE (SELECT count(*) FROM operations_room_batch WHERE session = ?1) < ?3
    RETURNING number";
const FORGET_ROOMS: &str = "DELETE FROM operations_room
    WHERE session NOT IN (SELECT value FROM json_each(?1))";
const FORGET_BATCHES: &str = "DELETE FROM operations_room_batch
    WHERE session NOT IN (SELECT value FROM json_each(?1))";
const SIGNALS: &str = "SELECT kept FROM operations_signals";
const SAMPLES: &str = "SELECT number, at_ms, body FROM operations_sample_batch ORDER BY number";
const KEEP_SIGNALS: &str = "INSERT INTO operations_signals (only, kept) VALUES (1, ?1)
    ON CONFLICT (only) DO UPDATE SET kept = excluded.kept";
const TAKE_SAMPLES: &str = "DELETE FROM operations_sample_batch WHERE number <= ?1";
const ADD_SAMPLES: &str = "INSERT INTO operations_sample_batch (at_ms, body)
    SELECT ?1, ?2 WHERE (SELECT count(*) FROM operations_sample_batch) < ?3
    RETURNING number";
const SERIES: &str = "SELECT place, body FROM operations_series WHERE series = ?1 AND place > ?2
    ORDER BY place";
const KEEP_ENTRY: &str = "INSERT INTO operations_series (series, place, body) VALUES (?1, ?2, ?3)
    ON CONFLICT (series, place) DO UPDATE SET body = excluded.body";
/// A clock that was set back leaves what is later, which would stand behind what comes.
const CUT_SERIES: &str = "DELETE FROM operations_series
    WHERE series = ?1 AND (place <= ?2 OR place > ?3)";
const RATE: &str = "SELECT full_us FROM operations_rate WHERE name = ?1";
const TAKE_RATE: &str = "INSERT INTO operations_rate (name, full_us) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET full_us = excluded.full_us";
/// A client whose quota is whole needs no row. Two go for each that comes.
const FORGET_RATES: &str = "DELETE FROM operations_rate WHERE name IN (
    SELECT name FROM operations_rate WHERE full_us <= ?1 LIMIT 2)";

/// The store on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOperations<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteOperations<D> {
    /// The store over a driver whose database is set up.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Makes the tables that are missing; one cheap look when none is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        keep_write_ahead_log(&self.driver).await?;
        migrate(&self.driver, LEDGER, MIGRATIONS).await
    }
}

impl<D: SqliteDriver> OperationsStore for SqliteOperations<D> {
    async fn read(&self) -> Result<Stored, StoreError> {
        let rows = self
            .driver
            .run(async |session| session.execute(READ, &[]).await);
        stored(&rows.await?)
    }

    async fn replace(
        &self,
        version: i64,
        next: &Operations,
        records: &[Record],
        rooms: &[KeepRoom],
        signals: Option<&KeepSignals>,
    ) -> Result<bool, StoreError> {
        let state = [version.into(), encoded(next).into()];
        self.driver
            .write(async |session| {
                if session.execute(REPLACE, &state).await?.is_empty() {
                    return Ok(false);
                }
                for record in records {
                    let line = [integer(record.seq).into(), json(record).into()];
                    session.execute(APPEND, &line).await?;
                }
                for room in rooms {
                    let number = i64::from(room.session);
                    let kept = STANDARD.encode(&room.kept);
                    session.execute(KEEP, &[number.into(), kept.into()]).await?;
                    session
                        .execute(TAKE, &[number.into(), room.taken.into()])
                        .await?;
                }
                if let Some(signals) = signals {
                    keep_signals(session, signals).await?;
                }
                Ok(true)
            })
            .await
    }

    async fn room(&self, session: u32) -> Result<StoredRoom, StoreError> {
        let number = i64::from(session);
        let limit = integer(ROOM_BATCHES_TAKEN);
        let (kept, batches) = self
            .driver
            .run(async |session| {
                let kept = session.execute(ROOM, &[number.into()]).await?;
                let batches = session
                    .execute(BATCHES, &[number.into(), limit.into()])
                    .await?;
                Ok((kept, batches))
            })
            .await?;
        let kept = match kept.first() {
            Some(row) => decoded("the waiting room", row.text(0)?)?,
            None => Vec::new(),
        };
        let batches = batches
            .iter()
            .map(|row| Ok((row.integer(0)?, row.text(1)?.to_owned())));
        Ok(StoredRoom {
            kept,
            batches: batches.collect::<Result<_, StoreError>>()?,
        })
    }

    async fn add_batch(&self, session: u32, body: &str) -> Result<bool, StoreError> {
        let values = [
            i64::from(session).into(),
            body.into(),
            integer(ROOM_BATCHES_MAX).into(),
        ];
        let rows = self
            .driver
            .write(async |session| session.execute(ADD, &values).await);
        Ok(!rows.await?.is_empty())
    }

    async fn keep_rooms_of(&self, sessions: &[u32]) -> Result<(), StoreError> {
        let sessions = [json(&sessions).into()];
        self.driver
            .write(async |session| {
                session.execute(FORGET_ROOMS, &sessions).await?;
                session.execute(FORGET_BATCHES, &sessions).await?;
                Ok(())
            })
            .await
    }

    async fn signals(&self) -> Result<StoredSignals, StoreError> {
        let (kept, batches) = self
            .driver
            .run(async |session| {
                let kept = session.execute(SIGNALS, &[]).await?;
                Ok((kept, session.execute(SAMPLES, &[]).await?))
            })
            .await?;
        let kept = match kept.first() {
            Some(row) => decoded("the signals", row.text(0)?)?,
            None => Vec::new(),
        };
        let batches = batches.iter().map(|row| {
            Ok(SampleBatch {
                number: row.integer(0)?,
                at_ms: row.integer(1)?,
                body: row.text(2)?.to_owned(),
            })
        });
        Ok(StoredSignals {
            kept,
            batches: batches.collect::<Result<_, StoreError>>()?,
        })
    }

    async fn add_samples(&self, body: &str, at_ms: i64) -> Result<bool, StoreError> {
        let values = [
            at_ms.into(),
            body.into(),
            integer(SAMPLE_BATCHES_MAX).into(),
        ];
        let rows = self
            .driver
            .write(async |session| session.execute(ADD_SAMPLES, &values).await);
        Ok(!rows.await?.is_empty())
    }

    async fn series(&self, series: Series, after: i64) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let wanted = [number(series).into(), after.into()];
        let rows = self
            .driver
            .run(async |session| session.execute(SERIES, &wanted).await);
        let rows = rows.await?;
        let entries = rows
            .iter()
            .map(|row| Ok((row.integer(0)?, decoded("a series", row.text(1)?)?)));
        entries.collect()
    }

    async fn journal(&self, after: u64, limit: u64) -> Result<String, StoreError> {
        let page = [integer(after).into(), integer(limit).into()];
        let rows = self
            .driver
            .run(async |session| session.execute(JOURNAL, &page).await);
        let mut lines = String::new();
        for row in rows.await? {
            lines.push_str(row.text(0)?);
            lines.push('\n');
        }
        Ok(lines)
    }
}

impl<D: SqliteDriver> RateCounters for SqliteOperations<D> {
    async fn take(&self, name: &str, rate: Rate, now_ms: i64) -> Result<Allowed, StoreError> {
        self.driver
            .write(async |session| {
                let rows = session.execute(RATE, &[name.into()]).await?;
                let known = rows.first().map(|row| row.integer(0)).transpose()?;
                let allowed = rate.allow(known.unwrap_or_default(), now_ms);
                if let Allowed::Yes { state, .. } = allowed {
                    session
                        .execute(TAKE_RATE, &[name.into(), state.into()])
                        .await?;
                    if known.is_none() {
                        let now_us = now_ms.saturating_mul(1_000);
                        session.execute(FORGET_RATES, &[now_us.into()]).await?;
                    }
                }
                Ok(allowed)
            })
            .await
    }
}

async fn keep_signals<S: SqliteSession>(
    session: &S,
    signals: &KeepSignals,
) -> Result<(), StoreError> {
    let kept = STANDARD.encode(&signals.kept);
    session.execute(KEEP_SIGNALS, &[kept.into()]).await?;
    session
        .execute(TAKE_SAMPLES, &[signals.taken.into()])
        .await?;
    for KeepEntry { series, at, body } in &signals.entries {
        let entry = [
            number(*series).into(),
            (*at).into(),
            STANDARD.encode(body).into(),
        ];
        session.execute(KEEP_ENTRY, &entry).await?;
        let first = at - series.length();
        let cut = [number(*series).into(), first.into(), (*at).into()];
        session.execute(CUT_SERIES, &cut).await?;
    }
    Ok(())
}

/// A series as the database has it.
fn number(series: Series) -> i64 {
    match series {
        Series::Seconds => 0,
        Series::Minutes => 1,
    }
}

fn encoded(state: &Operations) -> String {
    let blob = minicbor::to_vec(state).expect("a Vec takes all bytes");
    STANDARD.encode(blob)
}

fn stored(rows: &[Row]) -> Result<Stored, StoreError> {
    let row = rows.first();
    let row = row.ok_or_else(|| StoreError::Corrupt("there is no row for a state".to_owned()))?;
    let state = match row.optional_text(1)? {
        None => Operations::default(),
        Some(text) => {
            let blob = decoded("the state", text)?;
            let state = minicbor::decode(&blob);
            state.map_err(|error| StoreError::Corrupt(format!("the state: {error}")))?
        }
    };
    Ok(Stored {
        version: row.integer(0)?,
        state,
    })
}

fn decoded(what: &str, text: &str) -> Result<Vec<u8>, StoreError> {
    let blob = STANDARD.decode(text);
    blob.map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

/// A number as the engine takes it; no journal has records beyond its bound.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
