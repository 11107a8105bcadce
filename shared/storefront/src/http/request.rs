//! What a request says about itself.

use std::borrow::Cow;

use bytes::Bytes;
use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, Request, header};
use mime::Mime;
use souk_protocol::problem;
use souk_service_http::{asked_url, url_of};

/// The headers of a `GET` or `HEAD` that an answer depends on, where scheme and host stand in the
/// address: an adapter need not take others over.
pub const READ_HEADERS: [&str; 9] = [
    "accept",
    "authorization",
    "cookie",
    "if-none-match",
    "last-event-id",
    "origin",
    "referer",
    "souk-forwarded",
    "traceparent",
];

/// The same for every other method. An address of the client that a proxy tells in a header of its
/// own is one of the last three.
pub const WRITE_HEADERS: [&str; 19] = [
    "accept",
    "access-control-request-method",
    "authorization",
    "cf-connecting-ip",
    "content-type",
    "cookie",
    "host",
    "idempotency-key",
    "origin",
    "prefer",
    "sec-fetch-site",
    "souk-challenge",
    "souk-forwarded",
    "souk-ticket",
    "spin-client-addr",
    "traceparent",
    "x-forwarded-proto",
    "x-forwarded-for",
    "x-real-ip",
];

/// A request, taken apart once.
pub(crate) struct Incoming {
    pub(crate) request: Request<Bytes>,
    /// Scheme and host of canonical addresses.
    pub(crate) base_url: String,
    /// Scheme and host that the client asked; `None`: those of `base_url`.
    own_url: Option<String>,
    /// Whether the browser came over HTTPS.
    pub(crate) https: bool,
    /// Whether cookies need `Secure`: everywhere but on the developer's own machine.
    pub(crate) secure_cookies: bool,
}

impl Incoming {
    pub(crate) fn new(request: Request<Bytes>, base_url: Option<&str>) -> Self {
        let own = asked_url(&request);
        let https = own.starts_with("https://");
        let host = own.split("://").nth(1).unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let local = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        let secure_cookies = https || !local;
        let (base_url, own_url) = match base_url {
            Some(url) => (url.trim_end_matches('/').to_owned(), Some(own)),
            None => (own, None),
        };
        Self {
            request,
            base_url,
            own_url,
            https,
            secure_cookies,
        }
    }

    /// The whole URL that was asked for.
    pub(crate) fn address(&self) -> String {
        let own = self.own_url.as_ref().unwrap_or(&self.base_url);
        let path = self.request.uri().path_and_query();
        format!("{own}{}", path.map_or("/", |path| path.as_str()))
    }

    /// The first value of a query parameter, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.request.uri().query()?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The token of an order that an API client sends: as `Authorization: Bearer`, which no log of
    /// addresses has, or as the query parameter `token`, which an `EventSource` needs.
    pub(crate) fn order_token(&self) -> String {
        let bearer = self.request.headers().typed_get::<Authorization<Bearer>>();
        let bearer = bearer.map(|bearer| bearer.token().to_owned());
        bearer
            .or_else(|| self.parameter("token"))
            .unwrap_or_default()
    }

    /// Every query parameter with its value, decoded, in the order of the address.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let query = self.request.uri().query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
    }

    /// Whether a state change may come from this page: browsers say where a form was sent from.
    /// A client that is no browser says nothing and has no cookies that it could misuse.
    pub(crate) fn is_same_site(&self) -> bool {
        let text = |name: &str| {
            self.request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap_or("invalid"))
        };
        match (text("sec-fetch-site"), text("origin")) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => {
                let host = |url: &str| url.split("://").nth(1).map(str::to_owned);
                let own = text("host")
                    .map(str::to_owned)
                    .or_else(|| host(&self.base_url));
                let same =
                    |origin: String| own.is_some_and(|own| origin.eq_ignore_ascii_case(&own));
                host(origin).is_some_and(same)
            }
            (None, None) => true,
        }
    }
}

/// The address under which a response is kept, from the scheme and the host that the client asked
/// and the path with its query.
pub fn address(scheme: Option<&str>, host: Option<&str>, path_and_query: Option<&str>) -> String {
    let mut address = url_of(scheme, host);
    address.push_str(path_and_query.unwrap_or("/"));
    address
}

/// The value of a cookie. A pair that cannot be read hides no other.
///
/// Names and values are all that a client sends (RFC 6265, 4.2.1); a parser of whole cookies would
/// bring one for dates with it, 10 KiB of the script.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut all = all.filter_map(|value| value.to_str().ok());
    all.find_map(|pairs| cookie_in(pairs, name))
}

/// The value of a cookie, from the value of the header `Cookie`.
pub(crate) fn cookie_in<'a>(pairs: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = pairs.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(known, _)| known.trim() == name);
    found.map(|(_, value)| value.trim())
}

/// Whether the client would rather have a page than JSON: it names `text/html`, does not refuse it
/// with a weight of 0, and does not give JSON a higher one (RFC 9110, 12.5.1).
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (None, None);
    let all = headers.get_all(header::ACCEPT).iter();
    for range in all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|range| range.trim().parse::<Mime>().ok())
    {
        let weight = match range.get_param("q") {
            Some(weight) => thousandths(weight.as_str()),
            None => 1000,
        };
        match range.essence_str() {
            "text/html" => html = Some(weight),
            "application/json" | problem::MEDIA_TYPE => json = Some(weight),
            _ => {}
        }
    }
    html.is_some_and(|html| html > 0 && json.is_none_or(|json| html >= json))
}

/// A weight (RFC 9110, 12.4.2), which has three digits after its point at most. What is no weight
/// counts as none. Not read as a float: the tables for that are 10 KiB of the script.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = fraction.get(..3).unwrap_or(fraction);
    let digits = format!("{whole}{fraction:0<3}");
    digits.parse::<u16>().unwrap_or_default().min(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(headers: &[(&str, &str)]) -> Incoming {
        let mut builder = Request::builder().uri("/cart");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Incoming::new(builder.body(Bytes::new()).unwrap(), None)
    }

    #[test]
    fn forms_from_other_sites_are_recognised() {
        let cases: [(&[(&str, &str)], bool); 7] = [
            (&[("host", "shop.example")], true),
            (
                &[("host", "shop.example"), ("origin", "https://shop.example")],
                true,
            ),
            (
                &[("host", "shop.example"), ("origin", "https://evil.example")],
                false,
            ),
            (&[("host", "shop.example"), ("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
        ];
        for (headers, same) in cases {
            assert_eq!(incoming(headers).is_same_site(), same, "{headers:?}");
        }
    }

    #[test]
    fn cookies_need_https_everywhere_but_at_home() {
        assert!(!incoming(&[("host", "127.0.0.1:8787")]).secure_cookies);
        assert!(!incoming(&[("host", "localhost:8787")]).secure_cookies);
        assert!(incoming(&[("host", "shop.example")]).secure_cookies);
        let https = incoming(&[("host", "localhost"), ("x-forwarded-proto", "https")]);
        assert!(https.secure_cookies && https.https);
    }

    #[test]
    fn a_page_is_for_clients_that_would_rather_have_one() {
        let cases = [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("text/html", true),
            ("Text/HTML;level=1", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("text/html;q=0", false),
            ("text/html; q=0.000, */*", false),
            ("text/html;q=nonsense", false),
            ("application/json, text/html", true),
            ("application/json, text/html;q=0.9", false),
            ("application/problem+json;q=0.2, text/html;q=0.9", true),
            ("application/json;q=0.25, text/html;q=0.3", true),
            ("application/json;q=0.3333, text/html;q=0.333", true),
            ("application/json;q=0.002, text/html;q=0.001", false),
            ("text/htmlx, nonsense, ;", false),
        ];
        for (accept, html) in cases {
            let incoming = incoming(&[("accept", accept)]);
            assert_eq!(wants_html(incoming.request.headers()), html, "{accept}");
        }
    }

    #[test]
    fn a_cookie_is_found_beside_broken_ones() {
        let incoming = incoming(&[("cookie", "broken; a=\"1; b=2=3"), ("cookie", "=x; c=4")]);
        let value = |name| {
            let cookie = cookie(incoming.request.headers(), name);
            cookie.map(str::to_owned)
        };
        assert_eq!(value("b").as_deref(), Some("2=3"));
        assert_eq!(value("c").as_deref(), Some("4"));
        assert_eq!(value("d"), None);
    }

    #[test]
    fn hosts_have_no_case() {
        let shouting = [("host", "SHOP.Example"), ("origin", "https://shop.example")];
        assert_eq!(incoming(&shouting).base_url, "http://shop.example");
        assert!(incoming(&shouting).is_same_site());
    }

    #[test]
    fn a_strange_host_does_not_get_into_addresses() {
        assert_eq!(
            incoming(&[("host", "a\"><script>")]).base_url,
            "http://unreadable.invalid"
        );
        assert_eq!(
            incoming(&[("host", "shop.example:80")]).base_url,
            "http://shop.example:80"
        );
    }
}
