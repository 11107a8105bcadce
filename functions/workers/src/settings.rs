//! Variables and secrets of the deployment, read once per isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use souk_origin::{Settings, Terms};
use souk_sharding::ShardsError;
use souk_vault::{Vault, VaultError};
use worker::{Env, console_error};

use crate::edge::WorkersRandomness;
use crate::payments;

/// Settings of every part.
pub(crate) struct WorkersSettings {
    pub(crate) storefront: souk_storefront::Settings,
    pub(crate) staff: souk_backoffice::Settings,
    pub(crate) payments: Result<payments::Configured, souk_payments::SettingsError>,
    /// How many shards the origin has.
    pub(crate) shards: Result<u16, ShardsError>,
}

thread_local! {
    static SETTINGS: OnceCell<Rc<WorkersSettings>> = const { OnceCell::new() };
}

pub(crate) fn settings(env: &Env) -> Rc<WorkersSettings> {
    SETTINGS.with(|cell| cell.get_or_init(|| Rc::new(read(env))).clone())
}

fn read(env: &Env) -> WorkersSettings {
    let text = |name: &str| {
        env.var(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    let secret = |name: &str| {
        env.secret(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    let storefront = souk_storefront::Settings {
        shop_name: text("SHOP_NAME"),
        base_url: Some(text("BASE_URL")).filter(|url| !url.is_empty()),
        session_secret: secret("SESSION_SECRET"),
        express_fee_minor: terms(env).express_fee_minor,
    };
    let shards = souk_sharding::shards(&text("ORIGIN_SHARDS"));
    if let Err(error) = &shards {
        console_error!("{error}");
    }
    WorkersSettings {
        storefront,
        staff: souk_backoffice::Settings::read(
            secret("STAFF_TOKEN"),
            &text("DELIVERIES_PER_SECOND"),
        ),
        payments: payments::read(env),
        shards,
    }
}

/// What the origin goes by.
///
/// # Errors
/// When the data keys cannot be read.
pub(crate) fn origin(env: &Env) -> Result<Settings, VaultError> {
    let keys = env.secret("DATA_KEYS").map(|value| value.to_string());
    Ok(Settings {
        terms: terms(env),
        vault: Vault::read(&keys.unwrap_or_default(), WorkersRandomness)?,
    })
}

/// What orders promise and cost.
fn terms(env: &Env) -> Terms {
    let text = |name: &str| {
        env.var(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    Terms::read(
        &text("EXPRESS_FEE_MINOR"),
        &text("CARD_HOLD_MINUTES"),
        &text("TRANSFER_HOLD_DAYS"),
        &text("ARCHIVE_AFTER_DAYS"),
    )
}
