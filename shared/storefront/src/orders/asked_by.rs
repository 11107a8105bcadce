//! Who orders, as far as limits need to know: keyed hashes of the buyer's e-mail address
//! and of the client's address.
//!
//! Where the client's address comes from is the platform's word: Cloudflare writes
//! `cf-connecting-ip` over whatever a client sends, and Spin adds `spin-client-addr` behind whatever a
//! client sends under that name. A shop on Spin that stands behind a proxy names the header that its
//! proxy writes. So of several the last address counts: the one that the platform or the proxy has
//! seen.
//!
//! Invariants: neither address leaves the edge. The key comes from the deployment's secret, so a
//! hash in a copied database tells nothing to those who guess addresses. In a shop with a public
//! address no client is local: behind a proxy on the same machine every shopper comes from the
//! loopback.
//!
//! Not here: what is limited (`souk_order_store::limits`).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use souk_protocol::origin::AskedBy;

use crate::settings::Clients;

/// The client that sends an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Client {
    /// It is on the machine of a shop that has no public address, and is not counted.
    Local,
    /// The shop has a public address and is not told the client's own: a proxy is in front, and
    /// `CLIENT_ADDRESS_HEADER` is not set. An account of all such clients together would be full soon
    /// and close the shop, so neither their units nor their requests are counted. The buyer's units are.
    Unknown,
    /// It has an address.
    At(IpAddr),
}

impl Client {
    /// The client that a request comes from.
    pub(crate) fn of(clients: &Clients, headers: &HeaderMap, shop_is_public: bool) -> Self {
        let address = client_address(clients, headers);
        match address.filter(|address| !address.is_loopback() || clients.count_loopback) {
            Some(address) => Client::At(address),
            None if shop_is_public => Client::Unknown,
            // A loopback address, or none at all: a bare `workerd` tells none.
            None => Client::Local,
        }
    }

    /// The name under which the gate in front of orders counts it.
    pub(crate) fn gate_name(&self, secret: &str) -> Option<String> {
        match self {
            Client::Local | Client::Unknown => None,
            Client::At(address) => Some(hash(secret, "souk 2026 client", &network(*address))),
        }
    }
}

/// Who orders: a client, with the e-mail address that was typed.
pub(crate) fn asked_by(secret: &str, client: &Client, email: &str) -> AskedBy {
    AskedBy {
        buyer: Some(hash(secret, "souk 2026 buyer", &same_mailbox(email))),
        client: client.gate_name(secret),
        is_local: *client == Client::Local,
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

/// Bits of an IPv6 address that are the same for one subscriber. RIPE-690 (4.2) advises providers to
/// give a home a /56 and a business a /48; a shop that counted each /64 would have 256 clients in one
/// home.
const SUBSCRIBER_BITS: u32 = 56;

/// What one subscriber has: an address of IPv4, or a network of IPv6.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << (128 - SUBSCRIBER_BITS));
            Ipv6Addr::from_bits(network).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of thirty-two characters";

    const HEADER: &str = "x-forwarded-for";

    fn told(header: &str, values: &[&str], count_loopback: bool, is_public: bool) -> Client {
        let clients = Clients {
            address_header: header.to_owned(),
            count_loopback,
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        Client::of(&clients, &headers, is_public)
    }

    fn by(client: &Client) -> AskedBy {
        asked_by(SECRET, client, "a@b.example")
    }

    fn client(value: &str) -> Option<String> {
        by(&told(HEADER, &[value], false, true)).client
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
        let of_two = by(&told(HEADER, &values, false, true)).client;
        assert_eq!(of_two, client("203.0.113.8"));
        assert_ne!(of_two, one);
        for none in ["", "nonsense", "203.0.113.7, nonsense"] {
            assert_eq!(client(none), None, "{none}");
        }
        let other = told("spin-client-addr", &["203.0.113.7"], false, true);
        assert_eq!(by(&other).client, None);
        assert!(!one.unwrap().contains("203"));
    }

    #[test]
    fn a_subscriber_has_a_network_of_ipv6() {
        let one = client("2001:db8:1:200::1");
        for same in ["[2001:db8:1:2ff:ffff::9]:443", "2001:db8:1:27f::"] {
            assert_eq!(client(same), one, "{same}");
        }
        for other in [
            "2001:db8:1:300::1",
            "2001:db8:1:1ff::1",
            "2001:db8:2:200::1",
        ] {
            assert_ne!(client(other), one, "{other}");
        }
    }

    #[test]
    fn a_client_is_local_in_a_shop_without_a_public_address_alone() {
        let none: &[&str] = &[];
        for address in [
            none,
            &["127.0.0.1:5000"],
            &["[::1]:5000"],
            &["::ffff:127.0.0.1"],
            &["nonsense"],
        ] {
            let local = told(HEADER, address, false, false);
            assert_eq!(local, Client::Local, "{address:?}");
            assert_eq!(local.gate_name(SECRET), None);
            assert_eq!((by(&local).client, by(&local).is_local), (None, true));

            let unknown = told(HEADER, address, false, true);
            assert_eq!(unknown, Client::Unknown, "{address:?}");
            assert_eq!(unknown.gate_name(SECRET), None);
            assert_eq!((by(&unknown).client, by(&unknown).is_local), (None, false));
        }
        for is_public in [false, true] {
            let told = told(HEADER, &["203.0.113.7"], false, is_public);
            let of_it = by(&told);
            assert_eq!(of_it.client, told.gate_name(SECRET));
            assert!(of_it.client.is_some() && !of_it.is_local);
        }
    }

    #[test]
    fn a_loopback_address_is_a_client_where_it_is_counted() {
        for address in ["127.0.0.1:5000", "[::1]:5000", "::1"] {
            for is_public in [false, true] {
                let counted = by(&told(HEADER, &[address], true, is_public));
                assert!(counted.client.is_some() && !counted.is_local, "{address}");
            }
        }
    }

    #[test]
    fn a_buyer_is_a_mailbox() {
        let buyer = |email: &str| asked_by(SECRET, &Client::Unknown, email).buyer.unwrap();
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
        let other = asked_by("another secret", &Client::Unknown, "li.lei@example.com");
        assert_ne!(other.buyer, Some(one));
    }
}
