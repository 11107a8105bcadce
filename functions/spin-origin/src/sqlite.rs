//! The order store in Spin's SQLite. The requests of an instance place their orders together.
//!
//! One request of a new instance sees to the schema, and the others wait for it: each would open a
//! connection for it, and afterwards most of them need none.

use std::cell::Cell;
use std::sync::Arc;

use souk_order_store_sqlite::{SqliteOrderStore, SubmitQueue};
use souk_spin_platform::SpinSqlite;
use souk_sql::{Pause, StoreError};

use crate::pause::HostPause;

/// The database of orders.
const DATABASE: SpinSqlite<'static> = SpinSqlite { label: "default" };

/// How long a request waits before it looks again whether the schema is there.
const LOOK_AGAIN_US: u32 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Schema {
    Unknown,
    BeingSetUp,
    Ready,
}

thread_local! {
    static SCHEMA: Cell<Schema> = const { Cell::new(Schema::Unknown) };
    static QUEUE: Arc<SubmitQueue> = Arc::default();
}

/// The right to set the schema up. Given back when it is dropped, also with its request.
struct SettingUp;

impl Drop for SettingUp {
    fn drop(&mut self) {
        if SCHEMA.get() == Schema::BeingSetUp {
            SCHEMA.set(Schema::Unknown);
        }
    }
}

/// The order store of a request, once the schema is sure to be there.
pub(crate) async fn open() -> Result<SqliteOrderStore<SpinSqlite<'static>, HostPause>, StoreError> {
    let queue = QUEUE.with(Arc::clone);
    let store = SqliteOrderStore::in_batches(DATABASE, queue, HostPause);
    loop {
        match SCHEMA.get() {
            Schema::Ready => return Ok(store),
            Schema::BeingSetUp => HostPause.pause_us(LOOK_AGAIN_US).await,
            Schema::Unknown => {
                SCHEMA.set(Schema::BeingSetUp);
                let _setting_up = SettingUp;
                store.set_up().await?;
                SCHEMA.set(Schema::Ready);
            }
        }
    }
}
