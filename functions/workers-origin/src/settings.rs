//! What the deployment decides about the origin.

use souk_order_index::courier::{Pace, RATE, deliveries_per_second};
use souk_origin::Settings;
use souk_settings::{Reader, SettingsError};
use souk_workers_platform::WorkersRandomness;
use souk_workers_platform::settings::values;
use worker::Env;

/// What an object of the origin goes by.
pub(crate) struct Deployment {
    pub(crate) settings: Settings,
    /// Most messages for the order index in a second, of all shards together.
    per_second: u32,
}

impl Deployment {
    /// Read when an object is made.
    ///
    /// # Errors
    /// With what is wrong; the object answers nothing then.
    pub(crate) fn read(env: &Env) -> Result<Self, SettingsError> {
        let values = values(env, Settings::NAMES.iter().chain(&[RATE]));
        let mut reader = Reader::new(&values);
        let per_second = deliveries_per_second(&mut reader);
        let settings = Settings::read(&values, WorkersRandomness)?;
        reader.finish(Self {
            settings,
            per_second,
        })
    }

    /// How fast one shard sends its messages out. Each shard has a courier of its own.
    pub(crate) fn pace(&self, budget_ms: i64, shards: u16) -> Pace {
        let pace = Pace {
            budget_ms,
            per_second: self.per_second,
        };
        pace.shared_by(shards)
    }
}
