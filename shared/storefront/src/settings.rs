//! What a deployment decides about the storefront.

use souk_origin_pool::PoolSettings;
use souk_pricing::SeriesKeys;
use souk_service_http::Collector;
use souk_settings::{PublicAddress, Reader, Secrets, SettingsError, Values};

/// Settings of one deployment.
#[derive(Clone)]
pub struct Settings {
    /// Where the shop is.
    pub address: PublicAddress,
    /// Sign carts, forms and the tokens of orders.
    pub session_secrets: Secrets,
    /// Know codes of promotions' series; without a secret there are none.
    pub series: SeriesKeys,
    /// Whether `/metrics` is shown to every caller: `true` where only the shop's own network reaches it.
    /// Otherwise it takes a staff token with the permission `metrics`.
    pub metrics_are_public: bool,
    /// Where figures of all instances are added up; `None`: nowhere.
    pub collector: Option<Collector>,
    /// Days after the last event of an order until its page asks for the e-mail address, and the API
    /// leaves personal fields out; 0: never.
    pub order_page_open_days: u16,
    /// For how long a price that a buyer was shown is good, in milliseconds; the origin has the same.
    pub freeze_ms: i64,
    /// Where flaws are reported, as a URI (`mailto:`, `https:`); empty: the shop has no
    /// `security.txt`.
    pub security_contact: String,
    /// Whether buyers get mails about their orders: pages promise none where none are sent.
    pub sends_mails: bool,
    /// How a client's address is found, for limits.
    pub clients: Clients,
    /// The origins that are asked in the place of the deployment's own; `None`: that one.
    pub origin_pool: Option<PoolSettings>,
    /// Whether this is the build of a release, which the stable build forwards requests to. Nothing else
    /// reaches it, and it forwards none.
    pub is_next_lane: bool,
}

/// How a client's address is found.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// The header with a client's address, in lower case: the platform's own, or that of a proxy
    /// which every request comes through. Empty: no client has an address.
    pub address_header: String,
    /// Whether a loopback address is a client like any other.
    pub count_loopback: bool,
}

/// How long an order's page is open by its address alone, unless a deployment says otherwise.
const ORDER_PAGE_OPEN_DAYS: i64 = 30;
/// Ten years.
const ORDER_PAGE_OPEN_DAYS_MAX: i64 = 3_650;

impl Settings {
    /// Names of the variables and secrets that [`Settings::read`] needs.
    pub const NAMES: [&'static str; 17] = [
        "base_url",
        "redirect_hosts",
        "session_secret",
        "code_secret",
        "metrics_are_public",
        "otlp_metrics_url",
        "otlp_authorization",
        "order_page_open_days",
        "freeze_minutes",
        "security_contact",
        "mail_provider",
        "client_address_header",
        "limits_count_loopback",
        "origin_pool",
        "origin_pool_policy",
        "origin_token",
        "lane",
    ];

    /// Reads the settings; adapters do so once per instance. `own_header` is the header in which
    /// the platform tells a client's address.
    ///
    /// # Errors
    /// With everything that is wrong; the storefront serves nothing then.
    pub fn read(values: &Values, own_header: &str) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let days = 0..=ORDER_PAGE_OPEN_DAYS_MAX;
        let days = reader.number("order_page_open_days", ORDER_PAGE_OPEN_DAYS, days);
        let codes = reader.optional_secrets("code_secret");
        let settings = Self {
            address: reader.public_address(),
            session_secrets: reader.secrets("session_secret"),
            series: SeriesKeys::new(codes.iter().flat_map(Secrets::all)),
            metrics_are_public: reader.switch("metrics_are_public", false),
            collector: reader.collector(),
            order_page_open_days: u16::try_from(days).expect("ten years fit"),
            freeze_ms: reader.freeze_ms(),
            security_contact: security_contact(&mut reader),
            sends_mails: sends_mails(&mut reader),
            clients: clients(&mut reader, own_header),
            origin_pool: PoolSettings::read(&mut reader),
            is_next_lane: is_next_lane(&mut reader),
        };
        reader.finish(settings)
    }
}

fn security_contact(reader: &mut Reader<'_>) -> String {
    const NAME: &str = "security_contact";
    let contact = reader.text(NAME);
    // RFC 9116, 2.5.3: a URI, on the web with https.
    let is_uri = ["mailto:", "https://", "tel:"]
        .iter()
        .any(|scheme| contact.starts_with(scheme));
    if !contact.is_empty() && (!is_uri || contact.contains(char::is_control)) {
        let reason = format!("'{contact}' does not begin with mailto:, https:// or tel:");
        reader.fault(NAME, reason);
    }
    contact.to_owned()
}

/// The mail function has the same setting, and decides who gets the mails.
fn sends_mails(reader: &mut Reader<'_>) -> bool {
    const NAME: &str = "mail_provider";
    match reader.text(NAME) {
        "" | "off" => false,
        "resend" | "webhook" => true,
        other => {
            let reason = format!("'{other}' is none of resend, webhook and off");
            reader.fault(NAME, reason);
            false
        }
    }
}

fn clients(reader: &mut Reader<'_>, own_header: &str) -> Clients {
    let header = match reader.text("client_address_header") {
        "" => own_header,
        header => header,
    };
    if http::HeaderName::try_from(header).is_err() {
        let reason = format!("'{header}' is no name of a header");
        reader.fault("client_address_header", reason);
    }
    Clients {
        address_header: header.to_ascii_lowercase(),
        count_loopback: reader.switch("limits_count_loopback", false),
    }
}

fn is_next_lane(reader: &mut Reader<'_>) -> bool {
    const NAME: &str = "lane";
    match reader.text(NAME) {
        "" | "stable" => false,
        "next" => true,
        other => {
            let reason = format!("'{other}' is neither stable nor next");
            reader.fault(NAME, reason);
            false
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("address", &self.address)
            .field("metrics_are_public", &self.metrics_are_public)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

    fn read(changed: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let right = [
            ("base_url", "https://shop.example"),
            ("session_secret", SECRET),
        ];
        let values = right.iter().chain(changed).copied().collect();
        Settings::read(&values, "x-own")
    }

    #[test]
    fn right_settings_are_taken_as_they_are() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.address.base_url(), Some("https://shop.example"));
        assert_eq!(settings.session_secrets.newest(), SECRET);
        assert_eq!(settings.clients.address_header, "x-own");
        assert!(!settings.clients.count_loopback);
        assert!(!settings.sends_mails);
        assert_eq!(settings.freeze_ms, 900_000);
        assert_eq!(read(&[("freeze_minutes", "0")]).unwrap().freeze_ms, 0);
        assert!(read(&[("mail_provider", "webhook")]).unwrap().sends_mails);
        assert!(read(&[("mail_provider", "pigeons")]).is_err());
        assert!(!settings.is_next_lane && !read(&[("lane", "stable")]).unwrap().is_next_lane);
        assert!(read(&[("lane", "next")]).unwrap().is_next_lane);
        let proxied = read(&[("client_address_header", "X-Real-IP")]).unwrap();
        assert_eq!(proxied.clients.address_header, "x-real-ip");
        assert_eq!(settings.origin_pool, None);
        let pool = [
            ("origin_pool", "https://origin.example"),
            ("origin_token", SECRET),
        ];
        assert!(read(&pool).unwrap().origin_pool.is_some());
    }

    #[test]
    fn wrong_settings_do_not_pass() {
        for (name, value) in [
            ("base_url", "http://shop.example"),
            ("base_url", "javascript:alert(1)"),
            ("session_secret", ""),
            ("session_secret", "change-me-to-32-random-characters"),
            ("session_secret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("code_secret", "short"),
            ("redirect_hosts", "https://www.shop.example"),
            ("limits_count_loopback", "yes"),
            ("client_address_header", "x real ip"),
            ("otlp_metrics_url", "http://otlp.example/v1/metrics"),
            ("order_page_open_days", "-1"),
            ("order_page_open_days", "thirty"),
            ("freeze_minutes", "61"),
            ("origin_pool", "http://origin.example"),
            ("origin_pool_policy", "random"),
            ("lane", "left"),
            ("security_contact", "security@shop.example"),
            ("security_contact", "http://shop.example/security"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert_eq!(error.0[0].name, name, "{name}={value}");
        }
    }
}
