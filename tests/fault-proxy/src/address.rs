//! Addresses of this machine alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, ensure};

/// `HOST:PORT` of the loopback; `localhost` and no host at all are `127.0.0.1`.
///
/// # Errors
/// When it is no address, or one of another machine.
pub fn loopback(text: &str) -> Result<SocketAddr> {
    let (host, port) = text.rsplit_once(':').context("an address has a port")?;
    let port: u16 = port
        .parse()
        .with_context(|| format!("'{port}' is no port"))?;
    let ip = match host {
        "" | "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        _ => host
            .trim_matches(['[', ']'])
            .parse()
            .with_context(|| format!("'{host}' is no IP address"))?,
    };
    ensure!(
        ip.is_loopback(),
        "'{text}' is not on the loopback: faults stay on this machine"
    );
    Ok(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loopback_is_an_address() {
        for (text, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("localhost:0", "127.0.0.1:0"),
            (":7", "127.0.0.1:7"),
            ("[::1]:7", "[::1]:7"),
        ] {
            assert_eq!(loopback(text).unwrap().to_string(), expected, "{text}");
        }
        for text in [
            "0.0.0.0:80",
            "192.0.2.1:80",
            "shop.example:80",
            "127.0.0.1",
            "[::]:1",
            "",
        ] {
            assert!(loopback(text).is_err(), "{text}");
        }
    }
}
