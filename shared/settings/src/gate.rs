//! The answers to requests that are not let in: to a shop whose settings are wrong, at a host that
//! is not the shop's, without HTTPS.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_service_http::{asked_url, empty, never_cached, problem, set_retry_after};

use crate::address::{Admission, PublicAddress, is_loopback};

/// When a client should look again whether the shop has been set up, in seconds.
const CLOSED_RETRY_AFTER_S: u32 = 60;

/// What the log says of a shop that strangers reach and that does not know where it is.
pub const NO_PUBLIC_ADDRESS: &str = "BASE_URL: is not set, so the shop answers on the loopback \
    only: set scheme and host of the shop, such as https://shop.example";

/// Whether the loopback is let in beside the shop's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// It is: for programs beside the shop, such as its scheduler or its monitoring.
    LetIn,
    /// It is a host like every other one.
    AsOthers,
}

/// Lets a request in that was sent to the shop's address.
///
/// # Errors
/// With the answer to one that was not. `log` gets a line when the deployment is to blame.
pub fn gate<B>(
    address: &PublicAddress,
    loopback: Loopback,
    request: &Request<B>,
    log: impl Fn(&str),
) -> Result<(), Box<Response<Bytes>>> {
    let asked = asked_url(request);
    let host = asked.split_once("://").map_or("", |(_, host)| host);
    // A component names its neighbour so on Spin, a script what it binds on Workers: no client reaches
    // the shop by these names.
    let is_inside = host.ends_with(".spin.internal") || host.ends_with(".souk.invalid");
    if loopback == Loopback::LetIn && (is_loopback(host) || is_inside) {
        return Ok(());
    }
    let response = match address.admit(&asked) {
        Admission::Here => return Ok(()),
        Admission::At(base_url) => {
            let path = request.uri().path_and_query();
            let path = path.map_or("/", |path| path.as_str());
            moved(&format!("{base_url}{path}"))
        }
        Admission::UnknownHost => {
            let about = Problem::new(ProblemKind::NotFound)
                .with_status(StatusCode::MISDIRECTED_REQUEST.as_u16())
                .detail("no shop is at this host");
            problem(about.status, &about)
        }
        Admission::NotSetUp => {
            log(NO_PUBLIC_ADDRESS);
            closed()
        }
    };
    let mut response = response;
    never_cached(&mut response);
    Err(Box::new(response))
}

/// The answer of a function whose settings are wrong. What is wrong stands in its log only.
pub fn closed() -> Response<Bytes> {
    let about = Problem::new(ProblemKind::Unavailable)
        .detail("the shop is not set up: the log of the function says what is wrong");
    let mut response = problem(about.status, &about);
    set_retry_after(&mut response, CLOSED_RETRY_AFTER_S);
    never_cached(&mut response);
    response
}

/// 308: the same request, method and body, at another address.
fn moved(location: &str) -> Response<Bytes> {
    let mut response = empty(StatusCode::PERMANENT_REDIRECT);
    // A path with bytes that no header takes leads to the shop's front page.
    let location = HeaderValue::from_str(location);
    let location = location.unwrap_or_else(|_| HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn answer(base_url: &str, loopback: Loopback, asked: &str) -> (u16, String, bool) {
        let address = PublicAddress::read(base_url, "www.shop.example")
            .or_else(|_| PublicAddress::read(base_url, ""))
            .unwrap();
        let logged = Cell::new(false);
        let request = Request::post(asked).body(Bytes::new()).unwrap();
        let answer = gate(&address, loopback, &request, |_| logged.set(true));
        let (status, location) = match answer {
            Ok(()) => (200, String::new()),
            Err(response) => {
                assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
                let location = response.headers().get(header::LOCATION);
                let location = location.map_or("", |value| value.to_str().unwrap());
                (response.status().as_u16(), location.to_owned())
            }
        };
        (status, location, logged.get())
    }

    #[test]
    fn strangers_hosts_and_plain_http_are_not_let_in() {
        use Loopback::{AsOthers, LetIn};
        let (shop, none) = ("https://shop.example", "");
        let to = |path: &str| format!("https://shop.example{path}");
        for (base, loopback, asked, status, location, logged) in [
            (
                shop,
                AsOthers,
                "https://shop.example/a?b=c",
                200,
                none.to_owned(),
                false,
            ),
            (
                shop,
                AsOthers,
                "http://shop.example/a?b=c",
                308,
                to("/a?b=c"),
                false,
            ),
            (
                shop,
                AsOthers,
                "https://www.shop.example/",
                308,
                to("/"),
                false,
            ),
            (
                shop,
                AsOthers,
                "http://shop.example//evil.example",
                308,
                to("//evil.example"),
                false,
            ),
            (
                shop,
                AsOthers,
                "https://evil.example/",
                421,
                none.to_owned(),
                false,
            ),
            (
                shop,
                AsOthers,
                "http://127.0.0.1/",
                421,
                none.to_owned(),
                false,
            ),
            (
                shop,
                LetIn,
                "http://127.0.0.1/",
                200,
                none.to_owned(),
                false,
            ),
            (
                shop,
                LetIn,
                "https://evil.example/",
                421,
                none.to_owned(),
                false,
            ),
            (
                none,
                AsOthers,
                "http://127.0.0.1:8787/",
                200,
                none.to_owned(),
                false,
            ),
            (
                none,
                AsOthers,
                "https://shop.example/",
                503,
                none.to_owned(),
                true,
            ),
        ] {
            let got = answer(base, loopback, asked);
            assert_eq!(got, (status, location, logged), "{base} {asked}");
        }
    }

    #[test]
    fn a_closed_shop_tells_strangers_nothing() {
        let response = closed();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "60");
        assert!(!String::from_utf8_lossy(response.body()).contains("SECRET"));
    }
}
