//! `allowed_outbound_hosts`: which addresses a component may reach, by Spin's rules.
//!
//! An entry is `scheme://host[:port]`; `*` stands for any scheme, host or port, `*.name` for any
//! subdomain, `self` for the application's own address, `1..3` for the ports 1 and 2.
//! Not here: making the connection (`outbound.rs`, `postgres.rs`).

use std::net::IpAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use url::Host;

/// The domain under which components of one application reach each other.
const SERVICE_CHAINING_SUFFIX: &str = ".spin.internal";

/// The component that `NAME.spin.internal` means, or `None` for any other host.
#[must_use]
pub fn service_chaining_target(host: &str) -> Option<&str> {
    host.strip_suffix(SERVICE_CHAINING_SUFFIX)
        .filter(|name| !name.contains('.'))
}

/// Everything that one component may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    entries: Vec<AllowedHost>,
}

impl AllowedHosts {
    /// Parses the entries of a manifest, after their templates are expanded.
    ///
    /// An entry that a template left empty means nothing, so that an address can be optional.
    ///
    /// # Errors
    /// A sentence that quotes the entry.
    pub fn parse<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self> {
        let entries = entries
            .into_iter()
            .filter(|entry| !matches!(entry.as_ref(), "" | "http://" | "https://"))
            .map(|entry| AllowedHost::parse(entry.as_ref()))
            .collect::<Result<_>>()?;
        Ok(Self { entries })
    }

    /// Whether a connection is allowed; without a port the scheme's own is meant.
    #[must_use]
    pub fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let Ok(host) = Host::parse(host) else {
            return false;
        };
        let Some(port) = port.or_else(|| well_known_port(scheme)) else {
            return false;
        };
        self.entries.iter().any(|entry| {
            entry.scheme_matches(scheme) && entry.host.matches(&host) && entry.port.matches(port)
        })
    }

    /// Whether requests to the application's own address are allowed.
    #[must_use]
    pub fn allows_self(&self) -> bool {
        self.entries.iter().any(|entry| {
            (entry.scheme_matches("http") || entry.scheme_matches("https"))
                && matches!(entry.host, HostPattern::Any | HostPattern::ToSelf)
        })
    }

    /// The components that entries name literally, for checking that they exist.
    pub fn service_chaining_targets(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match &entry.host {
            HostPattern::Literal(Host::Domain(domain)) => service_chaining_target(domain),
            _ => None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AllowedHost {
    /// `None` is `*`.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self> {
        ensure!(
            entry != "insecure:allow-all",
            "`insecure:allow-all` is not an allowed outbound host: write `*://*:*` instead"
        );
        let (scheme, rest) = entry.trim().split_once("://").with_context(|| {
            format!("allowed outbound host `{entry}` has no scheme such as `https://`")
        })?;
        let (host, port) = split_port(rest.strip_suffix('/').unwrap_or(rest));
        let context = || format!("allowed outbound host `{entry}` is invalid");
        Ok(Self {
            scheme: parse_scheme(scheme).with_context(context)?,
            host: HostPattern::parse(host).with_context(context)?,
            port: PortPattern::parse(port, scheme).with_context(context)?,
        })
    }

    fn scheme_matches(&self, scheme: &str) -> bool {
        self.scheme
            .as_deref()
            .is_none_or(|allowed| allowed == scheme)
    }
}

/// Splits `host:port`, leaving the colons of an IPv6 address in brackets alone.
fn split_port(host_and_port: &str) -> (&str, &str) {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (host_and_port, ""),
    }
}

fn parse_scheme(scheme: &str) -> Result<Option<String>> {
    if scheme == "*" {
        return Ok(None);
    }
    let alphabetic = !scheme.is_empty() && scheme.chars().all(char::is_alphabetic);
    ensure!(alphabetic, "the scheme must be letters or `*`");
    Ok(Some(scheme.to_owned()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// The suffix, with its leading dot.
    AnySubdomain(String),
    ToSelf,
    Literal(Host),
    Network {
        address: IpAddr,
        prefix_bits: u8,
    },
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self> {
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::ToSelf),
            _ => {}
        }
        if let Some((address, bits)) = host.split_once('/') {
            return parse_network(address, bits).context("a path is not allowed");
        }
        if let Some(domain) = host.strip_prefix("*.") {
            let Host::Domain(domain) = Host::parse(domain)? else {
                bail!("`*.` must be followed by a domain");
            };
            return Ok(Self::AnySubdomain(format!(".{domain}")));
        }
        ensure!(
            !host.contains(['{', '}']),
            "lists of hosts are not supported"
        );
        ensure!(
            !host.contains('*'),
            "`*` is allowed only as the whole host or first label"
        );
        Ok(Self::Literal(Host::parse(host)?))
    }

    fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::AnySubdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Literal(literal), host) => literal == host,
            (
                Self::Network {
                    address,
                    prefix_bits,
                },
                Host::Ipv4(ip),
            ) => network_contains(*address, *prefix_bits, IpAddr::V4(*ip)),
            (
                Self::Network {
                    address,
                    prefix_bits,
                },
                Host::Ipv6(ip),
            ) => network_contains(*address, *prefix_bits, IpAddr::V6(*ip)),
            (Self::AnySubdomain(_) | Self::Network { .. } | Self::ToSelf, _) => false,
        }
    }
}

fn parse_network(address: &str, bits: &str) -> Result<HostPattern> {
    let address: IpAddr = address.trim_matches(['[', ']']).parse()?;
    let prefix_bits: u8 = bits.parse()?;
    let bits_max = if address.is_ipv4() { 32 } else { 128 };
    ensure!(
        prefix_bits <= bits_max,
        "a network prefix has at most {bits_max} bits"
    );
    Ok(HostPattern::Network {
        address,
        prefix_bits,
    })
}

fn network_contains(network: IpAddr, prefix_bits: u8, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let shift = 32 - u32::from(prefix_bits);
            (network.to_bits() ^ ip.to_bits())
                .checked_shr(shift)
                .unwrap_or(0)
                == 0
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let shift = 128 - u32::from(prefix_bits);
            (network.to_bits() ^ ip.to_bits())
                .checked_shr(shift)
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
    Any,
    One(u16),
    Range(Range<u16>),
}

impl PortPattern {
    fn parse(port: &str, scheme: &str) -> Result<Self> {
        if port.is_empty() {
            return well_known_port(scheme).map(Self::One).with_context(|| {
                format!("no port is given and the scheme `{scheme}` has no usual one")
            });
        }
        if port == "*" {
            return Ok(Self::Any);
        }
        let number = |text: &str| {
            text.parse::<u16>()
                .with_context(|| format!("port `{text}` is not a number"))
        };
        match port.split_once("..") {
            Some((start, end)) => Ok(Self::Range(number(start)?..number(end)?)),
            None => Ok(Self::One(number(port)?)),
        }
    }

    fn matches(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::One(allowed) => *allowed == port,
            Self::Range(range) => range.contains(&port),
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, scheme: &str, host: &str, port: Option<u16>) -> bool {
        AllowedHosts::parse([entry])
            .unwrap()
            .allows(scheme, host, port)
    }

    #[test]
    fn only_what_an_entry_names_is_allowed() {
        let cases = [
            ("https://example.com", "https", "example.com", None, true),
            (
                "https://example.com",
                "https",
                "example.com",
                Some(443),
                true,
            ),
            ("https://example.com/", "https", "example.com", None, true),
            ("https://example.com", "http", "example.com", None, false),
            (
                "https://example.com",
                "https",
                "example.com",
                Some(8443),
                false,
            ),
            ("https://example.com", "https", "a.example.com", None, false),
            (
                "https://example.com",
                "https",
                "example.com.evil.test",
                None,
                false,
            ),
            (
                "https://*.example.com",
                "https",
                "a.example.com",
                None,
                true,
            ),
            ("https://*.example.com", "https", "example.com", None, false),
            (
                "https://*.example.com",
                "https",
                "badexample.com",
                None,
                false,
            ),
            (
                "http://127.0.0.1:8080",
                "http",
                "127.0.0.1",
                Some(8080),
                true,
            ),
            (
                "http://127.0.0.1:8080",
                "http",
                "localhost",
                Some(8080),
                false,
            ),
            ("http://[::1]:8080", "http", "[::1]", Some(8080), true),
            ("http://10.0.0.0/8:*", "http", "10.1.2.3", Some(1), true),
            ("http://10.0.0.0/8:*", "http", "11.1.2.3", Some(1), false),
            ("http://0.0.0.0/0:*", "http", "11.1.2.3", Some(1), true),
            (
                "http://localhost:3000..3002",
                "http",
                "localhost",
                Some(3001),
                true,
            ),
            (
                "http://localhost:3000..3002",
                "http",
                "localhost",
                Some(3002),
                false,
            ),
            ("*://localhost:*", "redis", "localhost", None, true),
            ("*://*:*", "postgres", "db.internal", Some(1), true),
            (
                "postgres://127.0.0.1:5432",
                "postgres",
                "127.0.0.1",
                None,
                true,
            ),
            ("http://self", "http", "self", None, false),
        ];
        for (entry, scheme, host, port, expected) in cases {
            assert_eq!(
                allows(entry, scheme, host, port),
                expected,
                "{entry} {scheme} {host}"
            );
        }
    }

    #[test]
    fn nothing_is_allowed_by_an_empty_list() {
        assert!(!AllowedHosts::default().allows("https", "example.com", None));
        let optional = AllowedHosts::parse(["", "https://"]).unwrap();
        assert_eq!(optional, AllowedHosts::default());
    }

    #[test]
    fn invalid_entries_are_refused_in_a_sentence_that_quotes_them() {
        for entry in [
            "example.com",
            "https://example.com/path",
            "ftp://example.com",
            "https://a.*.com",
            "https://{a,b}.com",
            "https://example.com:port",
            "1a://example.com:1",
            "insecure:allow-all",
        ] {
            let error = AllowedHosts::parse([entry]).unwrap_err();
            assert!(error.to_string().contains(entry), "{entry}: {error}");
        }
    }

    #[test]
    fn own_address_needs_self_or_any_host() {
        assert!(AllowedHosts::parse(["http://self"]).unwrap().allows_self());
        assert!(AllowedHosts::parse(["*://*:*"]).unwrap().allows_self());
        assert!(
            !AllowedHosts::parse(["http://localhost"])
                .unwrap()
                .allows_self()
        );
    }

    #[test]
    fn service_chaining_names_one_component() {
        assert_eq!(
            service_chaining_target("origin.spin.internal"),
            Some("origin")
        );
        assert_eq!(service_chaining_target("a.b.spin.internal"), None);
        assert_eq!(service_chaining_target("spin.internal"), None);
        assert_eq!(service_chaining_target("example.com"), None);
        let hosts = AllowedHosts::parse(["http://origin.spin.internal", "https://a.test"]).unwrap();
        assert_eq!(
            hosts.service_chaining_targets().collect::<Vec<_>>(),
            ["origin"]
        );
        assert!(hosts.allows("http", "origin.spin.internal", None));
        assert!(!hosts.allows("http", "backoffice.spin.internal", None));
    }
}
