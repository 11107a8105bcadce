//! Staff tokens on SQLite, over a driver for each place where SQLite lives.

mod schema;

use souk_protocol::staff::{Permission, Refusal, RefusalCount, StaffToken, TOKENS_MAX};
use souk_sql::{
    Row, SqliteDriver, SqliteSession, StoreError, Value, json, keep_write_ahead_log, migrate,
};

use crate::{
    Creation, KeptToken, LOG_PAUSE_MS, NewToken, REFUSAL_WINDOW_MS, Recounted, RefusalWindow,
    StaffTokens, none_refused,
};

/// The columns that [`kept`] reads, in their order.
const COLUMNS: &str = "hash, name, permissions, created_at_ms, created_by, expires_at_ms, \
    last_used_at_ms, revoked_at_ms";
/// Tokens that have not ended, those of them with a name, and all that are not revoked.
const OTHERS: &str = "SELECT
        coalesce(sum(coalesce(expires_at_ms > ?2, 1)), 0),
        coalesce(sum(name = ?1 AND coalesce(expires_at_ms > ?2, 1)), 0),
        count(*)
    FROM staff_token WHERE revoked_at_ms IS NULL";
/// Frees a name from a token that has ended.
const FREE_NAME: &str = "UPDATE staff_token SET revoked_at_ms = ?3, revoked_by = ?2
    WHERE name = ?1 AND revoked_at_ms IS NULL AND expires_at_ms <= ?3 RETURNING hash";
/// Makes room in the list: revokes the token that ended first.
const FREE_PLACE: &str = "UPDATE staff_token SET revoked_at_ms = ?2, revoked_by = ?1
    WHERE hash = (SELECT hash FROM staff_token
        WHERE revoked_at_ms IS NULL AND expires_at_ms <= ?2
        ORDER BY expires_at_ms, hash LIMIT 1)";
const INSERT: &str = "INSERT INTO staff_token
        (hash, name, permissions, created_at_ms, created_by, expires_at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const REVOKE: &str = "UPDATE staff_token SET revoked_at_ms = ?3, revoked_by = ?2
    WHERE name = ?1 AND revoked_at_ms IS NULL RETURNING hash";
const USED: &str = "UPDATE staff_token SET last_used_at_ms = max(coalesce(last_used_at_ms, 0), ?2)
    WHERE hash = ?1";
const COUNT: &str = "INSERT INTO staff_refusal (reason, count, untold)
    SELECT value ->> 'reason', value ->> 'count', value ->> 'count' FROM json_each(?1) WHERE true
    ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count,
        untold = untold + excluded.untold";
/// Marks a line as written, if the last one is long enough ago or, by a clock that went back, still
/// to come.
const TELL: &str = "INSERT INTO staff_refusal_log (only, told_at_ms) VALUES (1, ?1)
    ON CONFLICT (only) DO UPDATE SET told_at_ms = excluded.told_at_ms
        WHERE excluded.told_at_ms NOT BETWEEN told_at_ms AND told_at_ms + ?2 - 1
    RETURNING told_at_ms";
/// Adds to the window in which a moment is; one that is over, or by a clock that went back still to
/// come, begins anew.
const IN_WINDOW: &str = "INSERT INTO staff_refusal_window (only, begun_at_ms, refused)
    VALUES (1, ?1, ?2)
    ON CONFLICT (only) DO UPDATE SET
        refused = excluded.refused + iif(
            excluded.begun_at_ms BETWEEN begun_at_ms AND begun_at_ms + ?3 - 1, refused, 0),
        begun_at_ms = iif(
            excluded.begun_at_ms BETWEEN begun_at_ms AND begun_at_ms + ?3 - 1,
            begun_at_ms, excluded.begun_at_ms)
    RETURNING begun_at_ms, refused";
const UNTOLD: &str = "SELECT reason, untold FROM staff_refusal WHERE untold > 0";
const ALL_TOLD: &str = "UPDATE staff_refusal SET untold = 0 WHERE untold > 0";
const COUNTS: &str = "SELECT reason, count FROM staff_refusal";

/// Staff tokens on SQLite.
#[derive(Debug, Clone, Copy)]
pub struct SqliteStaffTokens<D> {
    driver: D,
}

impl<D: SqliteDriver> SqliteStaffTokens<D> {
    /// Staff tokens over a driver whose database is set up.
    pub fn new(driver: D) -> Self {
        Self { driver }
    }

    /// Makes the tables that are missing; one cheap look when none is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn set_up(&self) -> Result<(), StoreError> {
        keep_write_ahead_log(&self.driver).await?;
        migrate(&self.driver, schema::LEDGER, schema::MIGRATIONS).await
    }
}

impl<D: SqliteDriver> StaffTokens for SqliteStaffTokens<D> {
    async fn create(&self, token: &NewToken, now_ms: i64) -> Result<Creation, StoreError> {
        self.driver
            .write(async |session| create(session, token, now_ms).await)
            .await
    }

    async fn revoke(&self, name: &str, by: &str, now_ms: i64) -> Result<bool, StoreError> {
        let parameters = [name.into(), by.into(), now_ms.into()];
        let revoked = self
            .driver
            .run(async |session| session.execute(REVOKE, &parameters).await);
        Ok(!revoked.await?.is_empty())
    }

    async fn tokens(&self) -> Result<Vec<KeptToken>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM staff_token WHERE revoked_at_ms IS NULL ORDER BY name");
        let rows = self
            .driver
            .run(async |session| session.execute(&sql, &[]).await);
        rows.await?.iter().map(kept).collect()
    }

    async fn used(&self, hash: &str, now_ms: i64) -> Result<(), StoreError> {
        let parameters = [hash.into(), now_ms.into()];
        let used = self
            .driver
            .run(async |session| session.execute(USED, &parameters).await);
        used.await.map(drop)
    }

    async fn refused(
        &self,
        refused: &[RefusalCount],
        now_ms: i64,
    ) -> Result<Recounted, StoreError> {
        if refused.is_empty() {
            return Ok(Recounted::default());
        }
        let guesses = refused.iter().filter(|one| one.reason.is_guess());
        let guesses: i64 = guesses.map(|one| one.count).sum();
        self.driver
            .write(async |session| {
                session.execute(COUNT, &[json(refused).into()]).await?;
                let now = [now_ms.into(), guesses.into(), REFUSAL_WINDOW_MS.into()];
                let window = session.execute(IN_WINDOW, &now).await?;
                let window = window.first();
                let window =
                    window.ok_or_else(|| StoreError::Corrupt("a window without a row".into()))?;
                let window = RefusalWindow {
                    begun_at_ms: window.integer(0)?,
                    refused: window.integer(1)?,
                };
                let due = [now_ms.into(), LOG_PAUSE_MS.into()];
                let mut untold = Vec::new();
                if !session.execute(TELL, &due).await?.is_empty() {
                    untold = session.execute(UNTOLD, &[]).await?;
                    session.execute(ALL_TOLD, &[]).await?;
                }
                let untold = counts(&untold)?;
                Ok(Recounted { untold, window })
            })
            .await
    }

    async fn refusals(&self) -> Result<Vec<RefusalCount>, StoreError> {
        let rows = self
            .driver
            .run(async |session| session.execute(COUNTS, &[]).await);
        let counts = counts(&rows.await?)?;
        let all = none_refused().map(|none| {
            let known = counts.iter().find(|known| known.reason == none.reason);
            known.copied().unwrap_or(none)
        });
        Ok(all.collect())
    }
}

async fn create<S: SqliteSession>(
    session: &S,
    token: &NewToken,
    now_ms: i64,
) -> Result<Creation, StoreError> {
    let asked = &token.asked;
    let hash = Value::from(token.hash.as_str());
    let of_hash = format!("SELECT {COLUMNS} FROM staff_token WHERE hash = ?1");
    let known = session
        .execute(&of_hash, std::slice::from_ref(&hash))
        .await?;
    if let Some(row) = known.first() {
        let about = kept(row)?.about;
        let is_same = about.name == asked.name
            && about.permissions == asked.permissions
            && about.expires_at_ms == asked.expires_at_ms;
        let is_revoked = row.optional_integer(7)?.is_some();
        return Ok(match is_same && !is_revoked {
            true => Creation::Already { token: about },
            false => Creation::HashUsed,
        });
    }
    let others = session
        .execute(OTHERS, &[asked.name.as_str().into(), now_ms.into()])
        .await?;
    let others = others.first();
    let others = others.ok_or_else(|| StoreError::Corrupt("counting gave no row".into()))?;
    if others.integer(1)? > 0 {
        return Ok(Creation::NameTaken);
    }
    let tokens_max = i64::try_from(TOKENS_MAX).expect("a small number");
    if others.integer(0)? >= tokens_max {
        return Ok(Creation::TooMany);
    }
    let by = Value::from(token.by.as_str());
    let freed = [asked.name.as_str().into(), by.clone(), now_ms.into()];
    let freed = session.execute(FREE_NAME, &freed).await?;
    if freed.is_empty() && others.integer(2)? >= tokens_max {
        session.execute(FREE_PLACE, &[by, now_ms.into()]).await?;
    }
    let parameters = [
        hash,
        asked.name.as_str().into(),
        json(&asked.permissions).into(),
        now_ms.into(),
        token.by.as_str().into(),
        asked.expires_at_ms.map_or(Value::Null, Value::from),
    ];
    session.execute(INSERT, &parameters).await?;
    let token = StaffToken {
        name: asked.name.clone(),
        permissions: asked.permissions.clone(),
        created_at_ms: now_ms,
        created_by: token.by.clone(),
        expires_at_ms: asked.expires_at_ms,
        last_used_at_ms: None,
    };
    Ok(Creation::Done { token })
}

fn kept(row: &Row) -> Result<KeptToken, StoreError> {
    let words: Vec<String> = souk_json::read(row.text(2)?.as_bytes())
        .map_err(|error| StoreError::Corrupt(format!("permissions of a token: {error}")))?;
    Ok(KeptToken {
        hash: row.text(0)?.to_owned(),
        about: StaffToken {
            name: row.text(1)?.to_owned(),
            // A word of another version allows nothing, and takes no other token down.
            permissions: Permission::known(&words),
            created_at_ms: row.integer(3)?,
            created_by: row.text(4)?.to_owned(),
            expires_at_ms: row.optional_integer(5)?,
            last_used_at_ms: row.optional_integer(6)?,
        },
    })
}

/// Counts by reason; one that this version does not know is left out.
fn counts(rows: &[Row]) -> Result<Vec<RefusalCount>, StoreError> {
    let mut known = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(reason) = Refusal::parse(row.text(0)?) {
            let count = row.integer(1)?;
            known.push(RefusalCount { reason, count });
        }
    }
    Ok(known)
}
