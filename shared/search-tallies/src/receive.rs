//! Batches of an edge, as they arrive.

use souk_domain::{LanguageCode, may_be_tallied};
use souk_protocol::tallies::{BATCH_TALLIES_MAX, Tally};
use souk_sql::StoreError;

use crate::SearchTallies;

/// The day of a moment, in days since 1970.
pub const fn day_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(24 * 60 * 60 * 1000)
}

/// Books batches on the day of `now_ms`. What may hold personal data is left out, although no edge
/// sends it.
///
/// # Errors
/// [`StoreError::Rejected`] where a batch is none, without its text; those of the store.
pub async fn receive<T: SearchTallies>(
    tallies: &T,
    batches: &[impl AsRef<[u8]>],
    now_ms: i64,
) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for batch in batches {
        let batch: Vec<Tally> = serde_json::from_slice(batch.as_ref())
            .map_err(|_| StoreError::Rejected("this is no batch of tallies".to_owned()))?;
        all.extend(batch.into_iter().take(BATCH_TALLIES_MAX));
    }
    all.retain(|tally| may_be_tallied(&tally.query) && LanguageCode::parse(&tally.locale).is_ok());
    match all.is_empty() {
        true => Ok(()),
        false => tallies.add(&all, day_of(now_ms)).await,
    }
}
