//! The availability snapshot and the sold-out holds in Spin's key-value store, which shows a write
//! at once.

use souk_origin::AvailabilityProjector;
use souk_protocol::keys;
use spin_sdk::key_value::{Error, Store};

pub(crate) struct StoreProjector;

impl AvailabilityProjector for StoreProjector {
    async fn project(&self, availability: Vec<u8>) {
        if let Err(error) = write(keys::AVAILABILITY, &availability).await {
            eprintln!("availability: {error}");
        }
    }

    async fn sold_out_holds(&self) -> Vec<u8> {
        match read(keys::SOLD_OUT_HOLDS).await {
            Ok(sold_out_holds) => sold_out_holds.unwrap_or_default(),
            Err(error) => {
                eprintln!("sold-out holds: {error}");
                Vec::new()
            }
        }
    }

    async fn project_sold_out_holds(&self, sold_out_holds: Vec<u8>) {
        if let Err(error) = write(keys::SOLD_OUT_HOLDS, &sold_out_holds).await {
            eprintln!("sold-out holds: {error}");
        }
    }
}

async fn read(key: &str) -> Result<Option<Vec<u8>>, Error> {
    Store::open_default().await?.get(key).await
}

async fn write(key: &str, value: &[u8]) -> Result<(), Error> {
    Store::open_default().await?.set(key, value).await
}
