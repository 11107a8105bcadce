//! Waiting by the host's clock: the requests of an instance are tasks of their own, and none of them
//! wakes another one.

use std::time::Duration;

use souk_sql::Pause;

/// Waits for the host's clock.
pub(crate) struct HostPause;

impl Pause for HostPause {
    async fn pause_us(&self, us: u32) {
        spin_sdk::time::sleep(Duration::from_micros(u64::from(us))).await;
    }
}
