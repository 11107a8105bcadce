//! The availability board and the latches in Spin's key-value store, which shows a write at once.

use souk_origin::AvailabilityProjector;
use souk_protocol::keys;
use spin_sdk::key_value::{Error, Store};

pub(crate) struct StoreProjector;

impl AvailabilityProjector for StoreProjector {
    async fn project(&self, board: Vec<u8>) {
        if let Err(error) = write(keys::AVAILABILITY, &board).await {
            eprintln!("availability: {error}");
        }
    }

    async fn latches(&self) -> Vec<u8> {
        match read(keys::LATCHES).await {
            Ok(latches) => latches.unwrap_or_default(),
            Err(error) => {
                eprintln!("latches: {error}");
                Vec::new()
            }
        }
    }

    async fn project_latches(&self, latches: Vec<u8>) {
        if let Err(error) = write(keys::LATCHES, &latches).await {
            eprintln!("latches: {error}");
        }
    }
}

async fn read(key: &str) -> Result<Option<Vec<u8>>, Error> {
    Store::open_default().await?.get(key).await
}

async fn write(key: &str, value: &[u8]) -> Result<(), Error> {
    Store::open_default().await?.set(key, value).await
}
