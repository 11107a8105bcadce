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
    /// How clients are told apart, for limits.
    pub clients: Clients,
}

/// How clients are told apart.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// The header with a client's address, in lower case: the platform's own, or that of a proxy
    /// which every request comes through. Empty: clients are not told apart.
    pub address_header: String,
    /// Whether a loopback address is a client like any other.
    pub count_loopback: bool,
}

impl Clients {
    /// Reads the settings as a deployment writes them. `own_header` is the platform's.
    ///
    /// # Errors
    /// When `count_loopback` is neither `true` nor `false`; the text says so.
    pub fn read(own_header: &str, header: &str, count_loopback: &str) -> Result<Self, String> {
        let header = header.trim().to_ascii_lowercase();
        let header = if header.is_empty() {
            own_header.to_owned()
        } else {
            header
        };
        Ok(Self {
            address_header: header,
            count_loopback: match count_loopback.trim() {
                "" | "false" => false,
                "true" => true,
                other => {
                    let text = format!("limits.count_loopback is '{other}': true or false");
                    return Err(text);
                }
            },
        })
    }
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
