//! Who orders, as far as limits need to know: keyed hashes of the buyer's e-mail address
//! and of the client's address.
//!
//! Where the client's address comes from is the platform's word: Cloudflare writes
//! `cf-connecting-ip` over whatever a client sends, and Spin adds `spin-client-addr` behind whatever a
//! client sends under that name. A shop on Spin that stands behind a proxy names the header that its
//! proxy writes. So of several the last address counts: the one that the platform or the proxy has
//! seen.
//!
//! Where no address is told, the shop is a local one if it was asked by a local name: a bare `workerd`
//! tells none.
//!
//! Invariants: neither address leaves the edge. The key comes from the deployment's secret, so a
//! hash in a copied database tells nothing to those who guess addresses.
//!
//! Not here: what is limited (`souk_order_store::limits`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use souk_protocol::origin::AskedBy;

use crate::settings::Clients;

/// Who orders, out of the request's headers and the e-mail address that was typed.
pub(crate) fn asked_by(
    secret: &str,
    clients: &Clients,
    headers: &HeaderMap,
    is_local_host: bool,
    email: &str,
) -> AskedBy {
    let address = client_address(clients, headers);
    let is_local = address.map_or(is_local_host, |address| address.is_loopback());
    let counted = address.filter(|_| !is_local || clients.count_loopback);
    AskedBy {
        buyer: Some(hash(secret, "souk 2026 buyer", &same_mailbox(email))),
        client: counted.map(|address| hash(secret, "souk 2026 client", &network(address))),
        is_local: is_local && !clients.count_loopback,
    }
}

/// 128 bits: enough that no two buyers share an account.
fn hash(secret: &str, purpose: &'static str, text: &str) -> String {
    let key = blake3::derive_key(purpose, secret.as_bytes());
    blake3::keyed_hash(&key, text.as_bytes()).to_hex()[..32].to_owned()
}

/// An address as one mailbox has it: most providers ignore the case of ASCII letters, and what
/// follows a `+`.
fn same_mailbox(email: &str) -> String {
    let email = email.trim().to_ascii_lowercase();
    match email.rsplit_once('@') {
        Some((name, host)) => {
            let name = name.split('+').next().unwrap_or_default();
            format!("{name}@{host}")
        }
        None => email,
    }
}

/// The client's address, where the platform tells it.
fn client_address(clients: &Clients, headers: &HeaderMap) -> Option<IpAddr> {
    let mut values = headers.get_all(clients.address_header.as_str()).iter();
    let last = values.next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next().unwrap_or_default().trim();
    let address = last
        .parse::<IpAddr>()
        .or_else(|_| last.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| last.trim_matches(['[', ']']).parse::<IpAddr>());
    address.ok().map(|address| address.to_canonical())
}

/// What one subscriber has: an address of IPv4, or a network of 2^64 addresses of IPv6.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(network).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of thirty-two characters";

    fn by(header: &str, values: &[&str], count_loopback: bool, email: &str) -> AskedBy {
        let clients = Clients {
            address_header: header.to_owned(),
            count_loopback,
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        asked_by(SECRET, &clients, &headers, false, email)
    }

    fn client(value: &str) -> Option<String> {
        by("x-forwarded-for", &[value], false, "a@b.example").client
    }

    #[test]
    fn a_client_is_the_last_address_that_the_named_header_has() {
        let one = client("203.0.113.7");
        assert!(one.is_some());
        for same in [
            "203.0.113.7:4711",
            "198.51.100.1, 203.0.113.7",
            "nonsense, 203.0.113.7",
            "::ffff:203.0.113.7",
        ] {
            assert_eq!(client(same), one, "{same}");
        }
        let values = ["203.0.113.7", "203.0.113.8"];
        let of_two = by("x-forwarded-for", &values, false, "a@b.example").client;
        assert_eq!(of_two, client("203.0.113.8"));
        assert_ne!(of_two, one);
        for none in ["", "nonsense", "203.0.113.7, nonsense"] {
            assert_eq!(client(none), None, "{none}");
        }
        assert_eq!(
            by("spin-client-addr", &["203.0.113.7"], false, "a@b.example").client,
            None
        );
        assert!(!one.unwrap().contains("203"));
    }

    #[test]
    fn a_subscriber_has_a_network_of_ipv6() {
        let one = client("2001:db8:1:2::1");
        assert_eq!(client("[2001:db8:1:2:ffff::9]:443"), one);
        assert_ne!(client("2001:db8:1:3::1"), one);
    }

    #[test]
    fn a_loopback_address_is_no_client_unless_it_is_counted() {
        for address in ["127.0.0.1:5000", "[::1]:5000", "::1"] {
            let local = by("x-forwarded-for", &[address], false, "a@b.example");
            assert_eq!((local.client, local.is_local), (None, true), "{address}");
            let counted = by("x-forwarded-for", &[address], true, "a@b.example");
            assert!(counted.client.is_some() && !counted.is_local, "{address}");
        }
    }

    #[test]
    fn a_buyer_is_a_mailbox() {
        let buyer = |email: &str| by("x", &[], false, email).buyer.unwrap();
        let one = buyer("li.lei@example.com");
        assert_eq!(one.len(), 32);
        for same in [
            "Li.Lei@Example.com",
            "li.lei+shop@example.com",
            " li.lei@example.com ",
        ] {
            assert_eq!(buyer(same), one, "{same}");
        }
        for other in [
            "li.lei@example.org",
            "lilei@example.com",
            "+@example.com",
            "x",
        ] {
            assert_ne!(buyer(other), one, "{other}");
        }
        let clients = Clients::default();
        let other = asked_by(
            "another secret",
            &clients,
            &HeaderMap::new(),
            false,
            "li.lei@example.com",
        );
        assert_ne!(other.buyer, Some(one));
    }
}
