//! Souk on Spin: the origin. Reached by the other components only, through service chaining.
//!
//! The variable `postgres_url` chooses the engine: PostgreSQL when it is set, else Spin's SQLite.

#![allow(
    missing_docs,
    reason = "the macros of the SDK export undocumented glue"
)]

mod pause;
mod postgres;
mod projector;
mod sqlite;

use std::cell::OnceCell;

use http::StatusCode;
use souk_order_store::{LimitTexts, Limits, Terms};
use souk_origin::{Pressure, Settings, SettingsError, UNSEALED};
use souk_protocol::limits;
use souk_service_http::empty;
use souk_spin_platform::{FullResponse, SpinEdge, give, now_ms, take, variable};
use souk_vault::Vault;
use spin_sdk::http::Request;
use spin_sdk::http_service;

use crate::projector::StoreProjector;

/// What the deployment decides about the origin.
struct Deployment {
    settings: Settings,
    postgres_url: String,
}

thread_local! {
    static DEPLOYMENT: OnceCell<&'static Deployment> = const { OnceCell::new() };
    /// Whom this instance has refused.
    static PRESSURE: &'static Pressure = Box::leak(Box::new(Pressure::new()));
}

/// The settings of the deployment, read by the first request of an instance.
///
/// # Errors
/// See [`SettingsError`].
async fn deployment() -> Result<&'static Deployment, SettingsError> {
    if let Some(deployment) = DEPLOYMENT.with(|cell| cell.get().copied()) {
        return Ok(deployment);
    }
    let vault = Vault::read(&variable("data_keys").await, SpinEdge)?;
    if !vault.seals() {
        eprintln!("{UNSEALED}");
    }
    let terms = Terms::read(
        &variable("express_fee_minor").await,
        &variable("card_hold_minutes").await,
        &variable("transfer_hold_days").await,
        &variable("archive_after_days").await,
    );
    let limits = Limits::read(LimitTexts {
        units_per_line: &variable("limits_units_per_line").await,
        units_per_order: &variable("limits_units_per_order").await,
        unpaid_units_per_buyer: &variable("limits_unpaid_units_per_buyer").await,
        unpaid_units_per_client: &variable("limits_unpaid_units_per_client").await,
        unpaid_percent_per_sku: &variable("limits_unpaid_percent_per_sku").await,
    })?;
    let terms = terms.keeping_unpaid(&variable("unpaid_kept_days").await);
    let settings = Settings {
        vault,
        terms: Terms { limits, ..terms },
    };
    let deployment = Deployment {
        settings,
        postgres_url: variable("postgres_url").await,
    };
    // Another request of the same instance may have been quicker; its settings are equal.
    Ok(DEPLOYMENT.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(deployment)))))
}

#[http_service]
async fn origin(request: Request) -> FullResponse {
    let request = match take(request, limits::STAFF_BODY_BYTES_MAX).await {
        Ok(request) => request,
        Err(error) => return give(error.response(limits::STAFF_BODY_BYTES_MAX)),
    };
    let deployment = match deployment().await {
        Ok(deployment) => deployment,
        Err(error) => {
            eprintln!("{error}");
            return status(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let settings = &deployment.settings;
    let log = |line: &str| eprintln!("{line}");
    let projector = StoreProjector;
    let pressure = PRESSURE.with(|pressure| *pressure);
    let response = if deployment.postgres_url.is_empty() {
        let store = match sqlite::open().await {
            Ok(store) => store,
            Err(error) => {
                log(&format!("set-up of SQLite: {error}"));
                return status(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        souk_origin::handle(
            &request,
            &store,
            &projector,
            pressure,
            now_ms(),
            settings,
            log,
        )
        .await
    } else {
        let store = match postgres::open(&deployment.postgres_url).await {
            Ok(store) => store,
            Err(error) => {
                log(&format!("set-up of PostgreSQL: {error}"));
                return status(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        souk_origin::handle(
            &request,
            &store,
            &projector,
            pressure,
            now_ms(),
            settings,
            log,
        )
        .await
    };
    give(response)
}

fn status(status: StatusCode) -> FullResponse {
    give(empty(status))
}
