//! Where the shop is: scheme and host of its public address, and which requests are for it.
//!
//! **Architecture Invariant:** outside of the loopback a shop has one public address, over HTTPS.
//! No address that the shop sends out is made from what a request says about its host, and a shop
//! without a public address answers on the developer's own machine only.

use std::net::IpAddr;

/// Longest public address, in bytes.
const BASE_URL_BYTES_MAX: usize = 255;

/// Where the shop is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublicAddress {
    /// `https://shop.example`, in small letters and without a slash at its end; on the loopback
    /// also `http://…`. `None`: the loopback, under each of its names.
    base_url: Option<String>,
    /// Other hosts of the shop: they lead to `base_url`.
    redirect_hosts: Vec<String>,
}

/// What is to be done with a request, by the address that it was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission<'a> {
    /// It is for the shop.
    Here,
    /// It came without HTTPS, or to another host of the shop: this is where it belongs.
    At(&'a str),
    /// The shop is not known by this host.
    UnknownHost,
    /// It comes from outside of the loopback, and the shop has no public address.
    NotSetUp,
}

impl PublicAddress {
    /// Reads the settings `base_url` and `redirect_hosts`.
    ///
    /// # Errors
    /// The name of the setting and what is wrong.
    pub(crate) fn read(
        base_url: &str,
        redirect_hosts: &str,
    ) -> Result<Self, (&'static str, String)> {
        let base_url = match base_url.trim_end_matches('/') {
            "" => None,
            url => Some(site(url).map_err(|reason| ("base_url", reason))?),
        };
        let hosts = redirect_hosts.split([',', ' ']);
        let hosts = hosts.filter(|host| !host.is_empty());
        let redirect_hosts: Vec<_> = hosts.map(str::to_ascii_lowercase).collect();
        if let Some(wrong) = redirect_hosts.iter().find(|host| !is_host(host)) {
            return Err(("redirect_hosts", format!("'{wrong}' is no host")));
        }
        if base_url.is_none() && !redirect_hosts.is_empty() {
            let reason = "hosts can only lead to a shop that has a BASE_URL".to_owned();
            return Err(("redirect_hosts", reason));
        }
        Ok(Self {
            base_url,
            redirect_hosts,
        })
    }

    /// Scheme and host of the shop; `None`: the loopback.
    pub fn base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// Whether the shop is open to others than the developer: money and secrets are real.
    pub fn is_public(&self) -> bool {
        self.base_url
            .as_ref()
            .is_some_and(|url| !is_loopback(host_of(url)))
    }

    /// Whether a request that was sent to this scheme and host is for the shop.
    pub fn admit(&self, asked: &str) -> Admission<'_> {
        let Some(own) = self.base_url.as_deref() else {
            return match is_loopback(host_of(asked)) {
                true => Admission::Here,
                false => Admission::NotSetUp,
            };
        };
        let (host, own_host) = (host_of(asked), host_of(own));
        let is_own = without_default_port(host) == without_default_port(own_host);
        let needs_https = own.starts_with("https://") && !asked.starts_with("https://");
        if is_own && !needs_https {
            Admission::Here
        } else if is_own || self.redirect_hosts.iter().any(|known| known == host) {
            Admission::At(own)
        } else {
            Admission::UnknownHost
        }
    }
}

/// Scheme and host of a site, such as `https://shop.example`, in small letters and without a slash at its
/// end; on the loopback also `http://…`.
///
/// # Errors
/// What is wrong, for the person who deploys.
pub fn site(text: &str) -> Result<String, String> {
    check(text.trim_end_matches('/'))
}

/// The part behind the scheme.
fn host_of(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, host)| host)
}

fn without_default_port(host: &str) -> &str {
    let plain = host.strip_suffix(":443");
    plain.or_else(|| host.strip_suffix(":80")).unwrap_or(host)
}

fn check(url: &str) -> Result<String, String> {
    let url = url.to_ascii_lowercase();
    let wanted = "wanted is scheme and host, such as https://shop.example";
    let (scheme, host) = url
        .split_once("://")
        .ok_or_else(|| format!("'{url}' is no address: {wanted}"))?;
    if !is_host(host) || url.len() > BASE_URL_BYTES_MAX {
        return Err(format!("'{url}' is no address: {wanted}"));
    }
    match scheme {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        "http" => Err("outside of the loopback it must begin with https://".to_owned()),
        _ => Err(format!("'{url}' is no address: {wanted}")),
    }
}

/// Whether a text is a host with or without a port, and nothing else.
fn is_host(text: &str) -> bool {
    let (name, port) = split_port(text);
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_name = match name.strip_prefix('[') {
        Some(inner) => inner
            .strip_suffix(']')
            .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            let is_label = |label: &str| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            };
            name.split('.').all(is_label)
        }
    };
    is_name && is_port
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // A colon within brackets is no port's.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

/// Whether an address is one of the machine itself, whatever its path.
pub fn is_loopback_url(url: &str) -> bool {
    let uri = url.parse::<http::Uri>().ok();
    uri.is_some_and(|uri| uri.host().is_some_and(is_loopback))
}

/// Whether a host is the machine itself: `localhost`, a name below it (RFC 6761, 6.3), or an
/// address of the loopback.
pub(crate) fn is_loopback(host: &str) -> bool {
    let (name, _) = split_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_an_address_makes_it_one_of_the_loopback() {
        for local in [
            "http://localhost:8787/orders/1?token=t",
            "http://127.0.0.1/",
            "https://shop.localhost",
            "http://[::1]:3000/x",
        ] {
            assert!(is_loopback_url(local), "{local}");
        }
        for other in [
            "https://shop.example/localhost",
            "https://localhost:80@shop.example/",
            "https://shop.example?localhost",
            "/orders/1",
            "",
        ] {
            assert!(!is_loopback_url(other), "{other}");
        }
    }

    fn read(base_url: &str, hosts: &str) -> Result<PublicAddress, (&'static str, String)> {
        PublicAddress::read(base_url, hosts)
    }

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        for (text, base_url) in [
            ("https://shop.example", "https://shop.example"),
            ("https://Shop.Example/", "https://shop.example"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("http://localhost:8787", "http://localhost:8787"),
            ("http://[::1]:8787", "http://[::1]:8787"),
            ("http://shop.localhost", "http://shop.localhost"),
        ] {
            let address = read(text, "").unwrap();
            assert_eq!(address.base_url(), Some(base_url), "{text}");
        }
        for text in [
            "shop.example",
            "javascript:alert(1)",
            "http://shop.example",
            "ftp://shop.example",
            "https://",
            "https://shop.example/path",
            "https://user@shop.example",
            "https://shop..example",
            "https://-shop.example",
            "https://shop.example:0",
            "https://shop.example:99999",
            "https://shop.example?x",
            "https://[::1",
            "http://localhost.evil.example",
        ] {
            assert_eq!(read(text, "").unwrap_err().0, "base_url", "{text}");
        }
        for hosts in ["https://www.shop.example", "www.shop.example/", "a b/c"] {
            let error = read("https://shop.example", hosts).unwrap_err();
            assert_eq!(error.0, "redirect_hosts", "{hosts}");
        }
        assert!(read("", "www.shop.example").is_err());
    }

    #[test]
    fn a_shop_answers_at_its_own_address_over_https() {
        let shop = read("https://shop.example", "www.shop.example, shop.example.org").unwrap();
        let own = Admission::At("https://shop.example");
        for (asked, admission) in [
            ("https://shop.example", Admission::Here),
            ("https://shop.example:443", Admission::Here),
            ("http://shop.example", own),
            ("http://shop.example:80", own),
            ("https://www.shop.example", own),
            ("http://www.shop.example", own),
            ("https://shop.example.org", own),
            ("https://evil.example", Admission::UnknownHost),
            ("https://shop.example:8443", Admission::UnknownHost),
            ("http://localhost", Admission::UnknownHost),
            ("http://127.0.0.1:3000", Admission::UnknownHost),
        ] {
            assert_eq!(shop.admit(asked), admission, "{asked}");
        }
        assert!(shop.is_public());
    }

    #[test]
    fn without_an_address_the_loopback_is_served_and_nothing_else() {
        let shop = PublicAddress::default();
        for asked in [
            "http://localhost:8787",
            "http://127.0.0.1:8787",
            "http://127.8.9.1",
            "http://[::1]:8787",
            "http://shop.localhost",
            "https://localhost",
        ] {
            assert_eq!(shop.admit(asked), Admission::Here, "{asked}");
        }
        for asked in [
            "https://shop.example",
            "http://10.0.0.1",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://[::2]",
            "http://0.0.0.0",
        ] {
            assert_eq!(shop.admit(asked), Admission::NotSetUp, "{asked}");
        }
        assert!(!shop.is_public());
        assert!(!read("http://127.0.0.1:8787", "").unwrap().is_public());
    }
}
