//! Which scheme and host a client asked.

use http::Request;

/// In place of a host that can stand in no address. No such host exists (RFC 2606).
const UNREADABLE: &str = "unreadable.invalid";

/// Scheme and host that a request was sent to. A proxy that ends TLS says so in
/// `X-Forwarded-Proto`.
pub fn asked_url<B>(request: &Request<B>) -> String {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    let uri = request.uri();
    let host = header("host").or_else(|| uri.authority().map(http::uri::Authority::as_str));
    url_of(header("x-forwarded-proto").or(uri.scheme_str()), host)
}

/// Scheme and host as an address has them; a request without a host was sent on this machine.
pub fn url_of(scheme: Option<&str>, host: Option<&str>) -> String {
    // Only what can stand in an address: the host comes from the client.
    let is_readable = |host: &str| {
        host.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
            && host.len() <= 255
    };
    let host = host.unwrap_or("localhost");
    let host = match is_readable(host) {
        // Hosts have no case; one of them is canonical.
        true => host.to_ascii_lowercase(),
        false => UNREADABLE.to_owned(),
    };
    let scheme = match scheme {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_stand_in_an_address_gets_into_one() {
        for (scheme, host, url) in [
            (
                Some("https"),
                Some("Shop.Example:80"),
                "https://shop.example:80",
            ),
            (None, None, "http://localhost"),
            (Some("gopher"), Some("a"), "http://a"),
            (None, Some("a\"><script>"), "http://unreadable.invalid"),
            (None, Some("a/b"), "http://unreadable.invalid"),
        ] {
            assert_eq!(url_of(scheme, host), url, "{host:?}");
        }
    }
}
