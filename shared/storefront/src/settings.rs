//! What a deployment decides about the storefront. Adapters read it from the platform's variables
//! and secrets once per instance.

/// A shorter session secret counts as none: an attacker who guesses it can forge carts and forms.
pub(crate) const SECRET_BYTES_MIN: usize = 16;

/// Settings of one deployment.
#[derive(Clone)]
pub struct Settings {
    /// The name on every page.
    pub shop_name: String,
    /// Scheme and host for canonical addresses; `None`: those of the request.
    pub base_url: Option<String>,
    /// At least 16 bytes; signs carts and forms.
    pub session_secret: String,
    /// Fee of the express delivery in minor units of the shop's currency.
    pub express_fee_minor: i64,
    /// Days after the last event of an order until its page asks for the e-mail address, and the API
    /// leaves personal fields out; 0: never.
    pub order_page_open_days: u16,
    /// Where flaws are reported, as a URI (`mailto:`, `https:`); empty: the shop has no
    /// `security.txt`.
    pub security_contact: String,
}

/// How long an order's page is open by its address alone, unless a deployment says otherwise.
const ORDER_PAGE_OPEN_DAYS: u16 = 30;

/// The days of a platform's text; what is none is the default.
pub fn order_page_open_days(text: &str) -> u16 {
    text.trim().parse().unwrap_or(ORDER_PAGE_OPEN_DAYS)
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("shop_name", &self.shop_name)
            .field("base_url", &self.base_url)
            .field("express_fee_minor", &self.express_fee_minor)
            .finish_non_exhaustive()
    }
}
