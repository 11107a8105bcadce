//! What the deployment decides about the origin.

use souk_order_index::courier::{Pace, deliveries_per_second};
use souk_order_store::{LimitTexts, Limits, Terms};
use souk_origin::{Settings, SettingsError};
use souk_vault::Vault;
use souk_workers_platform::WorkersRandomness;
use souk_workers_platform::settings::{secret, variable};
use worker::Env;

/// What the origin goes by; read when an object is made.
///
/// # Errors
/// See [`SettingsError`].
pub(crate) fn settings(env: &Env) -> Result<Settings, SettingsError> {
    let terms = Terms::read(
        &variable(env, "EXPRESS_FEE_MINOR"),
        &variable(env, "CARD_HOLD_MINUTES"),
        &variable(env, "TRANSFER_HOLD_DAYS"),
        &variable(env, "ARCHIVE_AFTER_DAYS"),
    );
    let limits = Limits::read(LimitTexts {
        units_per_line: &variable(env, "LIMITS_UNITS_PER_LINE"),
        units_per_order: &variable(env, "LIMITS_UNITS_PER_ORDER"),
        unpaid_units_per_buyer: &variable(env, "LIMITS_UNPAID_UNITS_PER_BUYER"),
        unpaid_units_per_client: &variable(env, "LIMITS_UNPAID_UNITS_PER_CLIENT"),
        unpaid_percent_per_sku: &variable(env, "LIMITS_UNPAID_PERCENT_PER_SKU"),
    })?;
    let terms = terms.keeping_unpaid(&variable(env, "UNPAID_KEPT_DAYS"));
    Ok(Settings {
        terms: Terms { limits, ..terms },
        vault: Vault::read(&secret(env, "DATA_KEYS"), WorkersRandomness)?,
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
