//! The request headers that a component sees: those of the client, and Spin's own about the match.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

use crate::hosts::service_chaining_target;
use crate::routes::RouteMatch;

/// Removes headers that a client must not send to a component.
pub(crate) fn strip_transport_headers(headers: &mut HeaderMap) {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if host.is_some_and(|host| service_chaining_target(host).is_some()) {
        headers.remove(header::HOST);
    }
    headers.remove(header::CONNECTION);
}

/// The headers for the component: those of the client as they came, one that was sent twice as two in
/// their order, and behind them Spin's own. A client's header with one of Spin's names stays.
///
/// # Errors
/// When a header is not UTF-8.
pub(crate) fn spin_headers<B>(
    request: &Request<B>,
    route: &RouteMatch,
    client: SocketAddr,
) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(request.headers().len() + 8);
    for (name, value) in request.headers() {
        std::str::from_utf8(value.as_bytes())
            .with_context(|| format!("the header `{name}` is not UTF-8"))?;
        headers.append(name.clone(), value.clone());
    }
    let uri = request.uri();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let full_url = format!("{}://{host}{path}", uri.scheme_str().unwrap_or("http"));
    let own: [(&'static str, &str); 7] = [
        ("spin-path-info", &route.path_info),
        ("spin-full-url", &full_url),
        ("spin-matched-route", &route.based_route),
        ("spin-base-path", "/"),
        ("spin-raw-component-route", &route.raw_route),
        ("spin-component-route", route.component_route()),
        ("spin-client-addr", &client.to_string()),
    ];
    for (name, value) in own {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    for (name, value) in &route.captures {
        let name = format!(
            "spin-path-match-{}",
            name.replace('_', "-").to_ascii_lowercase()
        );
        headers.append(
            HeaderName::try_from(name)?,
            HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::HttpTrigger;
    use crate::routes::Router;

    fn seen(route: &str, request: &Request<()>) -> HeaderMap {
        let trigger = HttpTrigger {
            component: "web".to_owned(),
            route: Some(route.to_owned()),
        };
        let router = Router::new(&[trigger]).unwrap();
        let matched = router.find(request.uri().path()).unwrap();
        spin_headers(request, &matched, "127.0.0.1:8777".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_component_sees_how_its_route_matched() {
        let request = Request::builder()
            .uri("http://shop.test/foo/bar?key=1")
            .header("host", "shop.test")
            .header("x-one", "a")
            .body(())
            .unwrap();
        let headers = seen("/foo/...", &request);
        for (name, value) in [
            ("host", "shop.test"),
            ("x-one", "a"),
            ("spin-path-info", "/bar"),
            ("spin-full-url", "http://shop.test/foo/bar?key=1"),
            ("spin-matched-route", "/foo/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/foo/..."),
            ("spin-component-route", "/foo"),
            ("spin-client-addr", "127.0.0.1:8777"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
    }

    #[test]
    fn a_header_that_was_sent_twice_is_there_twice_in_order() {
        let request = Request::builder()
            .uri("http://shop.test/")
            .header("idempotency-key", "a")
            .header("accept", "text/html")
            .header("idempotency-key", "b")
            .header("spin-client-addr", "sent by the client")
            .body(())
            .unwrap();
        let headers = seen("/...", &request);
        let values = |name: &str| headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(values("idempotency-key"), ["a", "b"]);
        assert_eq!(
            values("spin-client-addr"),
            ["sent by the client", "127.0.0.1:8777"]
        );
    }

    #[test]
    fn captured_segments_become_headers() {
        let request = Request::builder()
            .uri("http://shop.test/p/tea")
            .body(())
            .unwrap();
        let headers = seen("/p/:product_id", &request);
        assert_eq!(headers["spin-path-match-product-id"], "tea");
        assert_eq!(headers["spin-full-url"], "http://localhost/p/tea");
    }

    #[test]
    fn a_client_cannot_pose_as_service_chaining() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("origin.spin.internal:80"));
        headers.insert("connection", HeaderValue::from_static("close"));
        strip_transport_headers(&mut headers);
        assert!(headers.is_empty());
        headers.insert("host", HeaderValue::from_static("shop.test:80"));
        strip_transport_headers(&mut headers);
        assert_eq!(headers["host"], "shop.test:80");
    }
}
