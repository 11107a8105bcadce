//! What the deployment decides about the origin.

use souk_order_index::courier::{Pace, deliveries_per_second};
use souk_order_store::Terms;
use souk_origin::Settings;
use souk_vault::{Vault, VaultError};
use souk_workers_platform::WorkersRandomness;
use souk_workers_platform::settings::{secret, variable};
use worker::Env;

/// What the origin goes by; read when an object is made.
///
/// # Errors
/// When the data keys cannot be read, or there is none and that is not meant.
pub(crate) fn settings(env: &Env) -> Result<Settings, VaultError> {
    Ok(Settings {
        terms: Terms::read(
            &variable(env, "EXPRESS_FEE_MINOR"),
            &variable(env, "CARD_HOLD_MINUTES"),
            &variable(env, "TRANSFER_HOLD_DAYS"),
            &variable(env, "ARCHIVE_AFTER_DAYS"),
        ),
        vault: Vault::of_deployment(
            &secret(env, "DATA_KEYS"),
            &variable(env, "OPEN_STORAGE"),
            WorkersRandomness,
        )?,
    })
}

/// How fast one shard sends its messages out. Each shard has a courier of its own.
pub(crate) fn pace(env: &Env, budget_ms: i64, shards: u16) -> Pace {
    let pace = Pace {
        budget_ms,
        per_second: deliveries_per_second(&variable(env, "DELIVERIES_PER_SECOND")),
    };
    pace.shared_by(shards)
}
