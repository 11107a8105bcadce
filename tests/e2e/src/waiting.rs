//! Waiting for something to become true: by looking, not by guessing a time.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What has not come true by then will not; a busy machine needs some patience.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks until there is something to see.
///
/// # Errors
/// When looking fails, or nothing comes in time.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(PATIENCE, what, look).await
}

/// The same for what takes longer by its own clock.
///
/// # Errors
/// As [`eventually`].
pub async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if started.elapsed() > patience {
            bail!("{what}: not so after {} s", patience.as_secs());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
