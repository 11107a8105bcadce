//! The availability board in Spin's key-value store, which shows a write at once.

use souk_origin::AvailabilityProjector;
use souk_protocol::keys;
use spin_sdk::key_value::{Error, Store};

pub(crate) struct StoreProjector;

impl AvailabilityProjector for StoreProjector {
    async fn project(&self, board: Vec<u8>) {
        if let Err(error) = write(&board).await {
            eprintln!("availability: {error}");
        }
    }
}

async fn write(board: &[u8]) -> Result<(), Error> {
    Store::open_default()
        .await?
        .set(keys::AVAILABILITY, board)
        .await
}
