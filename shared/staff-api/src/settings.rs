//! What a deployment decides about the staff API.

use souk_order_index::courier::{RATE, deliveries_per_second};
use souk_settings::{PublicAddress, Reader, SettingsError, Values};

/// What a deployment decides about the staff API.
#[derive(Clone)]
pub struct Settings {
    /// The secret that makes the first tokens and nothing else, and from which tokens are derived.
    pub token: String,
    /// Where the shop is.
    pub address: PublicAddress,
    /// Most messages for the order index in a second; see [`souk_order_index::courier::Pace`].
    pub deliveries_per_second: u32,
}

impl Settings {
    /// Names of the variables and secrets that [`Settings::read`] needs.
    pub const NAMES: [&'static str; 4] = ["staff_token", "base_url", "redirect_hosts", RATE];

    /// Reads the settings; adapters do so once per instance.
    ///
    /// # Errors
    /// With everything that is wrong; the back office serves nothing then.
    pub fn read(values: &Values) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let settings = Self {
            token: reader.secret("staff_token"),
            address: reader.public_address(),
            deliveries_per_second: deliveries_per_second(&mut reader),
        };
        reader.finish(settings)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("deliveries_per_second", &self.deliveries_per_second)
            .finish_non_exhaustive()
    }
}
