//! What the stable build tells the build of a release about a request that it forwards: where the client
//! asked, and from where.
//!
//! The platform between the two writes another host and another client into the request. So the stable
//! build puts both into one header, and the other build puts them back in their places before it looks at
//! the request. Only that build believes the header: strangers cannot reach it, because it has no route,
//! and the stable build writes the header anew. A stable build that gets the header from a stranger does
//! not forward the request, and otherwise does not look at it.
//!
//! Not here: which requests are forwarded (`forward`).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};

use crate::http::request::{READ_HEADERS, WRITE_HEADERS};
use crate::settings::Clients;

/// Scheme and host that the client asked, a space, and what the stable build knows of the client's address.
pub(crate) const FORWARDED: HeaderName = HeaderName::from_static("souk-forwarded");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The same request for the other build. `asked`: scheme and host that the client asked; `address` the
/// whole URL.
pub(crate) fn forward(
    request: &Request<Bytes>,
    asked: &str,
    address: &str,
    clients: &Clients,
) -> Option<Request<Bytes>> {
    let headers = request.headers();
    let client = headers.get_all(clients.address_header.as_str());
    let client = client.iter().next_back();
    let client = client.and_then(|value| value.to_str().ok());
    let forwarded = format!("{asked} {}", client.unwrap_or_default());
    let mut next = Request::new(request.body().clone());
    *next.method_mut() = request.method().clone();
    *next.uri_mut() = address.parse().ok()?;
    for (name, value) in headers {
        let mut known = READ_HEADERS.iter().chain(&WRITE_HEADERS);
        let is_known = known.any(|known| *known == name.as_str());
        if is_known && ![header::HOST, PROTO, FORWARDED].contains(name) {
            next.headers_mut().append(name, value.clone());
        }
    }
    let forwarded = HeaderValue::from_str(&forwarded).ok()?;
    next.headers_mut().insert(FORWARDED, forwarded);
    Some(next)
}

/// Puts what the stable build said in its places, in the build of the release.
pub(crate) fn restore(request: &mut Request<Bytes>, clients: &Clients) {
    let headers = request.headers_mut();
    let Some(forwarded) = headers.remove(FORWARDED) else {
        return;
    };
    let forwarded = forwarded.to_str().unwrap_or_default();
    let (asked, client) = forwarded.split_once(' ').unwrap_or((forwarded, ""));
    let Some((scheme, host)) = asked.split_once("://") else {
        return;
    };
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::HOST, host);
    put(PROTO, scheme);
    if let Ok(name) = HeaderName::from_bytes(clients.address_header.as_bytes())
        && !client.is_empty()
    {
        put(name, client);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_asked_comes_through_a_platform_that_writes_its_own() {
        let clients = Clients {
            address_header: "spin-client-addr".to_owned(),
            count_loopback: false,
        };
        let request = Request::post("/cart?x=1")
            .header("host", "shop.example")
            .header("cookie", "a=1")
            .header("souk-forwarded", "https://evil.example 6.6.6.6")
            .header("spin-client-addr", "6.6.6.6")
            .header("spin-client-addr", "203.0.113.9:4711")
            .header("x-unknown", "1");
        let request = request.body(Bytes::from_static(b"sku=A")).unwrap();
        let (asked, address) = ("https://shop.example", "https://shop.example/cart?x=1");
        let mut next = forward(&request, asked, address, &clients).unwrap();
        assert_eq!(
            (next.method().as_str(), &next.body()[..]),
            ("POST", &b"sku=A"[..])
        );
        assert_eq!(next.uri(), address);
        assert!(!next.headers().contains_key("x-unknown"));
        // As a platform does.
        let headers = next.headers_mut();
        headers.insert(
            "host",
            HeaderValue::from_static("storefront-next.spin.internal"),
        );
        headers.append("spin-client-addr", HeaderValue::from_static("127.0.0.1:0"));
        restore(&mut next, &clients);
        let all = |name: &str| -> Vec<_> { next.headers().get_all(name).iter().collect() };
        assert_eq!(all("host"), ["shop.example"]);
        assert_eq!(all("x-forwarded-proto"), ["https"]);
        assert_eq!(all("spin-client-addr"), ["203.0.113.9:4711"]);
        assert_eq!(all("cookie"), ["a=1"]);
        assert!(all("souk-forwarded").is_empty());
    }
}
