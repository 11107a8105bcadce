//! The list of catalogue versions, of which at most one of each format is published.

use souk_order_store::rows::version as number;
use souk_order_store::{PublicationStep, StoreError, TermsChange, next_terms};
use souk_protocol::origin::StoredTerms;
use souk_protocol::staff::{Publication, PublicationChange, PublicationReply, Publications};
use souk_sql::{Row, SqliteSession, json};

const COLUMNS: &str = "SELECT version, manifest, format, products, variants, begun_at_ms,
    activated_at_ms, retired_at_ms, current FROM publication";
const TAKE_UP: &str = "UPDATE publication
    SET retired_at_ms = CASE current WHEN 1 THEN NULL ELSE ?2 END WHERE manifest = ?1";
/// Not `ON CONFLICT`, which would use up a number at every attempt.
const BEGIN: &str = "INSERT INTO publication
        (manifest, format, products, variants, begun_at_ms, retired_at_ms)
    SELECT ?1, ?2, ?3, ?4, ?5, ?5
    WHERE NOT EXISTS (SELECT 1 FROM publication WHERE manifest = ?1)";
const RETIRE: &str = "UPDATE publication SET current = 0, retired_at_ms = ?1
    WHERE current = 1 AND format = ?2";
const ACTIVATE: &str = "UPDATE publication
    SET current = 1, activated_at_ms = ?2, retired_at_ms = NULL WHERE version = ?1";
const PRICE_TERMS: &str = "SELECT blob FROM price_terms WHERE stamp = ?1";
const ADD_PRICE_TERMS: &str = "INSERT INTO price_terms (stamp, blob) VALUES (?1, ?2)
    ON CONFLICT (stamp) DO NOTHING";
const DROP_PRICE_TERMS: &str = "DELETE FROM price_terms
    WHERE stamp NOT IN (SELECT value FROM json_each(?1) WHERE value IS NOT NULL)";
const DROP: &str = "DELETE FROM publication WHERE version = ?1";

pub(crate) async fn list<S: SqliteSession>(session: &S) -> Result<Publications, StoreError> {
    let rows = session
        .execute(&format!("{COLUMNS} ORDER BY version"), &[])
        .await?;
    let mut list = Publications::default();
    for row in &rows {
        let (publication, current) = publication(row)?;
        if current {
            list.current.insert(publication.format, publication.version);
        }
        list.versions.push(publication);
    }
    Ok(list)
}

pub(crate) async fn step<S: SqliteSession>(
    session: &S,
    step: PublicationStep<'_>,
) -> Result<PublicationReply, StoreError> {
    let now = step.now_ms;
    match step.change {
        PublicationChange::Begin {
            manifest,
            format,
            products,
            variants,
        } => {
            let numbers = [*format, *products, *variants].map(|n| i64::from(n).into());
            let [format, products, variants] = numbers;
            let parameters = [
                manifest.as_str().into(),
                format,
                products,
                variants,
                now.into(),
            ];
            session
                .execute(TAKE_UP, &[manifest.as_str().into(), now.into()])
                .await?;
            session.execute(BEGIN, &parameters).await?;
            let sql = format!("{COLUMNS} WHERE manifest = ?1");
            let rows = session.execute(&sql, &[manifest.as_str().into()]).await?;
            done(rows.first())
        }
        PublicationChange::Activate { version, expected } => {
            let Some(row) = find(session, *version).await? else {
                return Ok(PublicationReply::Unknown);
            };
            let format = publication(&row)?.0.format;
            let current = list(session).await?.current.get(&format).copied();
            if current == Some(*version) {
                return done(Some(&row));
            }
            if current != *expected {
                return Ok(PublicationReply::Superseded { current });
            }
            session
                .execute(RETIRE, &[now.into(), i64::from(format).into()])
                .await?;
            session
                .execute(ACTIVATE, &[number(*version), now.into()])
                .await?;
            done(find(session, *version).await?.as_ref())
        }
        PublicationChange::Drop { version, grace_ms } => {
            let Some(row) = find(session, *version).await? else {
                return Ok(PublicationReply::Unknown);
            };
            let (publication, current) = publication(&row)?;
            let retired = publication.retired_at_ms;
            if current || retired.is_none_or(|retired| now - retired < *grace_ms) {
                return Ok(PublicationReply::InUse);
            }
            session.execute(DROP, &[number(*version)]).await?;
            Ok(PublicationReply::Done { publication })
        }
    }
}

/// What the published version says about orders and prices.
pub(crate) async fn terms<S: SqliteSession>(
    session: &S,
) -> Result<Option<StoredTerms>, StoreError> {
    let rows = session.execute("SELECT terms FROM terms", &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let terms = souk_json::read(row.text(0)?.as_bytes());
    terms
        .map(Some)
        .map_err(|error| StoreError::Corrupt(format!("terms: {error}")))
}

/// Stores the terms after a change.
pub(crate) async fn change_terms<S: SqliteSession>(
    session: &S,
    change: TermsChange<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(next) = next_terms(terms(session).await?, change, now_ms) else {
        return Ok(());
    };
    let text = serde_json::to_string(&next).expect("plain structs become JSON");
    const SET: &str = "INSERT INTO terms (only, terms) VALUES (1, ?1)
        ON CONFLICT (only) DO UPDATE SET terms = excluded.terms";
    session.execute(SET, &[text.as_str().into()]).await?;
    if let Some((stamp, blob)) = change.prices() {
        let parameters = [stamp.into(), blob.into()];
        session.execute(ADD_PRICE_TERMS, &parameters).await?;
    }
    let named = [next.prices.current, next.prices.before];
    session
        .execute(DROP_PRICE_TERMS, &[json(&named).into()])
        .await?;
    Ok(())
}

/// The terms of prices with a stamp.
pub(crate) async fn price_terms<S: SqliteSession>(
    session: &S,
    stamp: &str,
) -> Result<Option<String>, StoreError> {
    let rows = session.execute(PRICE_TERMS, &[stamp.into()]).await?;
    rows.first()
        .map(|row| row.text(0).map(str::to_owned))
        .transpose()
}

async fn find<S: SqliteSession>(session: &S, version: u64) -> Result<Option<Row>, StoreError> {
    let sql = format!("{COLUMNS} WHERE version = ?1");
    Ok(session
        .execute(&sql, &[number(version)])
        .await?
        .into_iter()
        .next())
}

fn done(row: Option<&Row>) -> Result<PublicationReply, StoreError> {
    let row = row.ok_or_else(|| StoreError::Corrupt("the version is not there".into()))?;
    Ok(PublicationReply::Done {
        publication: publication(row)?.0,
    })
}

fn publication(row: &Row) -> Result<(Publication, bool), StoreError> {
    let small = |column| {
        u32::try_from(row.integer(column)?)
            .map_err(|_| StoreError::Corrupt(format!("column {column} is out of range")))
    };
    let version = u64::try_from(row.integer(0)?)
        .map_err(|_| StoreError::Corrupt("a version is negative".into()))?;
    let publication = Publication {
        version,
        manifest: row.text(1)?.to_owned(),
        format: small(2)?,
        products: small(3)?,
        variants: small(4)?,
        begun_at_ms: row.integer(5)?,
        activated_at_ms: row.optional_integer(6)?,
        retired_at_ms: row.optional_integer(7)?,
    };
    Ok((publication, row.integer(8)? == 1))
}
