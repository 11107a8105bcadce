//! Where requests go: a server on this machine, and no other one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use thiserror::Error;

/// A server on the loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// The value of `Host`.
    pub host: String,
}

/// Why an address is none to send load to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TargetError {
    /// It is no address of a server.
    #[error("'{0}' is no address such as http://127.0.0.1:3000")]
    NotAnAddress(String),
    /// It has a path or a query; what is asked for stands in the scenario.
    #[error("'{0}' has a path: the paths stand in the scenario, and --url ends with the port")]
    HasPath(String),
    /// It is another machine.
    #[error(
        "'{0}' is not on this machine: load is sent to loopback addresses only (127.0.0.1, [::1], \
         localhost)"
    )]
    NotLoopback(String),
}

impl Target {
    /// The server at an address such as `http://127.0.0.1:3000`.
    ///
    /// # Errors
    /// When it is none, or on another machine.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let target = Self::with_path(url)?;
        match target.1.as_str() {
            "/" => Ok(target.0),
            _ => Err(TargetError::HasPath(url.to_owned())),
        }
    }

    /// The same where the address may name a path, which is returned.
    ///
    /// # Errors
    /// When it is none, or on another machine.
    pub fn with_path(url: &str) -> Result<(Self, String), TargetError> {
        let not_an_address = || TargetError::NotAnAddress(url.to_owned());
        let uri: http::Uri = url.parse().map_err(|_| not_an_address())?;
        let authority = uri.authority().ok_or_else(not_an_address)?;
        if uri.scheme_str() != Some("http") || authority.as_str().contains('@') {
            return Err(not_an_address());
        }
        let host = authority.host();
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let ip = match name.eq_ignore_ascii_case("localhost") {
            true => IpAddr::V4(Ipv4Addr::LOCALHOST),
            false => name
                .parse()
                .map_err(|_| TargetError::NotLoopback(host.to_owned()))?,
        };
        if !ip.is_loopback() {
            return Err(TargetError::NotLoopback(host.to_owned()));
        }
        let target = Self {
            address: SocketAddr::new(ip, authority.port_u16().unwrap_or(80)),
            host: authority.as_str().to_owned(),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok((target, path.to_owned()))
    }
}

impl From<SocketAddr> for Target {
    /// # Panics
    /// When it is no loopback address.
    fn from(address: SocketAddr) -> Self {
        assert!(address.ip().is_loopback(), "{address} is not the loopback");
        Self {
            address,
            host: address.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        for (url, address) in [
            ("http://127.0.0.1:3000", "127.0.0.1:3000"),
            ("http://127.8.9.1:3000/", "127.8.9.1:3000"),
            ("http://localhost:80", "127.0.0.1:80"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            assert_eq!(
                Target::parse(url).unwrap().address,
                address.parse().unwrap()
            );
        }
        for host in [
            "10.0.0.1",
            "shop.example",
            "localhost.shop.example",
            "0.0.0.0",
        ] {
            let refused = Target::parse(&format!("http://{host}:3000"));
            assert_eq!(refused, Err(TargetError::NotLoopback(host.to_owned())));
        }
    }

    #[test]
    fn what_is_no_address_is_said() {
        for url in [
            "https://127.0.0.1:3000",
            "127.0.0.1:3000",
            "http://a@127.0.0.1",
            "",
        ] {
            let refused = Target::parse(url);
            assert_eq!(refused, Err(TargetError::NotAnAddress(url.to_owned())));
        }
        let refused = Target::parse("http://127.0.0.1:3000/products");
        assert!(matches!(refused, Err(TargetError::HasPath(_))));
    }
}
