//! One instance of the edge in a world, and how tests talk to it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures::executor::block_on;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use souk_catalogue::{Catalogue, Hash};
use souk_ports::TallySender;
use souk_pricing::SeriesKeys;
use souk_search::rules::SearchRules;
use souk_settings::{PublicAddress, Reader};
use souk_storefront::{
    CachedResponse, Instance, READ_HEADERS, Settings, WRITE_HEADERS, cached_response, count_click,
    handle, tallies_due,
};

use super::origin::CODE_SECRET;
use super::terms::{terms, with_terms};
use super::world::search_index;
use super::{World, fixture};

/// An open shop.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) instance: Instance,
    pub(crate) settings: Settings,
}

/// A browser that keeps cookies.
pub(crate) struct Browser<'a> {
    shop: &'a Shop,
    pub(crate) cookie: RefCell<String>,
}

/// A request as a client on the network sends it.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Bytes> {
    let mut builder = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "shop.localhost");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request")
}

/// The body as text.
pub(crate) fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).expect("bodies are UTF-8")
}

/// The body as JSON.
pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body())
        .unwrap_or_else(|error| panic!("{error}: {}", text(response)))
}

impl Shop {
    /// A shop that has published [`super::terms::terms`].
    pub(crate) fn open_with_terms() -> Self {
        let shop = Self::empty();
        let catalogue = with_terms(fixture::catalogue(), &terms());
        shop.world.publish(&catalogue);
        shop.world.offer(&catalogue, 10);
        shop
    }

    /// A shop with the fixture on its shelves, ten units of each variant.
    pub(crate) fn open() -> Self {
        let shop = Self::empty();
        let catalogue = fixture::catalogue();
        shop.world.publish(&catalogue);
        shop.world.offer(&catalogue, 10);
        shop
    }

    /// The same with a search.
    pub(crate) fn open_with_search() -> Self {
        Self::open_searching(fixture::catalogue())
    }

    /// The same with other goods.
    pub(crate) fn open_searching(mut catalogue: Catalogue) -> Self {
        let shop = Self::empty();
        catalogue.search = Some(search_index(&catalogue));
        shop.world.publish(&catalogue);
        shop.world.offer(&catalogue, 10);
        shop
    }

    /// A shop with a search that staff steer.
    pub(crate) fn open_with_rules(rules: &SearchRules) -> Self {
        Self::open_steered(fixture::catalogue(), rules)
    }

    /// The same with other goods.
    pub(crate) fn open_steered(mut catalogue: Catalogue, rules: &SearchRules) -> Self {
        let rules = rules.encode();
        let about = catalogue.shop.get_or_insert_default();
        about.search_rules = Some(Hash::of(&rules));
        about.blobs.push(rules);
        Self::open_searching(catalogue)
    }

    /// The same with a public address, and other hosts that lead there.
    pub(crate) fn at(base_url: &str, redirect_hosts: &str) -> Self {
        let pairs = [("base_url", base_url), ("redirect_hosts", redirect_hosts)];
        let values = pairs.into_iter().collect();
        let mut reader = Reader::new(&values);
        let address = reader.public_address();
        let mut shop = Self::open();
        shop.settings.address = reader.finish(address).expect("an address");
        shop
    }

    /// A shop that has published nothing yet.
    pub(crate) fn empty() -> Self {
        Self {
            world: World::new(),
            instance: Instance::new(),
            settings: Settings {
                order_page_open_days: 30,
                freeze_ms: 15 * 60 * 1_000,
                security_contact: "mailto:security@shop.example".to_owned(),
                sends_mails: true,
                address: PublicAddress::default(),
                session_secrets: souk_settings::Secrets::split("a secret of thirty-two characters"),
                series: SeriesKeys::new([CODE_SECRET].into_iter()),
                metrics_are_public: true,
                collector: None,
                clients: Default::default(),
                origin_pool: None,
                is_next_lane: false,
            },
        }
    }

    /// Forgets everything that an instance may forget.
    pub(crate) fn restart(&mut self) {
        self.instance = Instance::new();
    }

    /// In every test, a response that the instance would answer from its cache must equal the one
    /// that it makes, and nothing depends on a header that adapters may leave out.
    pub(crate) async fn answer(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let taken: &[&str] = match *request.method() {
            Method::GET | Method::HEAD => &READ_HEADERS,
            _ => &WRITE_HEADERS,
        };
        let others: Vec<_> = request.headers().keys().cloned().collect();
        for name in others {
            // Addresses of the tests are without scheme and host.
            let is_of_address = ["host", "x-forwarded-proto"].contains(&name.as_str());
            if !is_of_address && !taken.contains(&name.as_str()) {
                request.headers_mut().remove(name);
            }
        }
        let log = |line: &str| self.world.log.borrow_mut().push(line.to_owned());
        let is_get = request.method() == Method::GET;
        let conditional = request.headers().contains_key(header::IF_NONE_MATCH);
        let path = request.uri().to_string();
        let cookies = request.headers().get(header::COOKIE);
        let cookies = cookies.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let cached = self.cached_with(&path, cookies);
        if let Some(referer) = request.headers().get(header::REFERER)
            && cached.as_ref().is_some_and(CachedResponse::is_result)
        {
            self.follow(&path, referer.to_str().expect("ASCII"));
        }
        let response = handle(request, &self.world, &self.instance, &self.settings, log).await;
        if let Some(cached) = cached.filter(|_| is_get && !conditional) {
            let mut headers = cached.headers().clone();
            headers.extend(
                cached
                    .ages
                    .headers()
                    .map(|(name, age_s)| (name, age_s.into())),
            );
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers(), &headers);
            assert_eq!(response.body(), cached.body());
        }
        response
    }

    /// What the instance has for a path, as an adapter asks it before anything else.
    pub(crate) fn cached_response(&self, path: &str) -> Option<CachedResponse> {
        self.cached_with(path, None)
    }

    /// The same for a request with these cookies.
    pub(crate) fn cached_with(
        &self,
        path: &str,
        cookies: Option<String>,
    ) -> Option<CachedResponse> {
        let address = format!("http://shop.localhost{path}");
        cached_response(
            &address,
            || cookies,
            self.world.now_ms.get(),
            &self.instance,
        )
    }

    /// Has the instance look at the header `Referer`, as an adapter does beside a response that it has.
    pub(crate) fn follow(&self, path: &str, referer: &str) {
        let address = format!("http://shop.localhost{path}");
        count_click(&address, referer, self.world.now_ms.get(), &self.instance);
    }

    /// Sends the counts of searches that are due, as an adapter does after a response; whether some
    /// were, and arrived.
    pub(crate) fn send_tallies(&self) -> bool {
        let due = tallies_due(&self.instance, self.world.now_ms.get());
        due.is_some_and(|batch| block_on(self.world.send_tallies(batch)).is_ok())
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        block_on(self.answer(request))
    }

    pub(crate) fn get(&self, path: &str) -> Response<Bytes> {
        self.send(request(
            "GET",
            path,
            &[("accept", "text/html,*/*;q=0.8")],
            "",
        ))
    }

    /// Like [`Shop::get`] for what must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let response = self.get(path);
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{path}: {}",
            text(&response)
        );
        text(&response)
    }

    pub(crate) fn api(&self, path: &str) -> Response<Bytes> {
        self.send(request("GET", path, &[("accept", "application/json")], ""))
    }

    pub(crate) fn order(&self, key: &str, order: &Value) -> Response<Bytes> {
        self.send(order_request(key, order))
    }

    pub(crate) fn quote(&self, cart: &Value) -> Response<Bytes> {
        let headers = [("content-type", "application/json")];
        self.send(request(
            "POST",
            "/api/v1/quotes",
            &headers,
            &cart.to_string(),
        ))
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            shop: self,
            cookie: RefCell::default(),
        }
    }

    /// Polls the request `polls` times, does something, and polls it to its end. Gives the response
    /// and whether the request was still open when it happened.
    pub(crate) fn interrupt(
        &self,
        request: Request<Bytes>,
        polls: u32,
        event: impl FnOnce(),
    ) -> (Response<Bytes>, bool) {
        let mut answer = pin!(self.answer(request));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if let Poll::Ready(response) = answer.as_mut().poll(&mut context) {
                return (response, false);
            }
        }
        event();
        (block_on(answer), true)
    }
}

/// An order of one line.
pub(crate) fn order_of(sku: &str, quantity: i64) -> Value {
    json!({
        "lines": [{"sku": sku, "quantity": quantity}],
        "customer": {"name": "Li Lei", "email": "lilei@example.com"},
        "shipping_address": {"country": "CN", "region": "Zhejiang", "city": "Hangzhou",
            "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""},
        "delivery": "standard",
        "payment": {"method": "on_delivery"}
    })
}

pub(crate) fn order_request(key: &str, order: &Value) -> Request<Bytes> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    request("POST", "/api/v1/orders", &headers, &order.to_string())
}

impl Browser<'_> {
    fn keep(&self, response: &Response<Bytes>) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("cookies are ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            let kept = self.cookie.borrow().clone();
            let kept = kept
                .split("; ")
                .filter(|other| !other.is_empty() && other.split('=').next() != Some(name));
            let new = (!cookie.contains("Max-Age=0")).then_some(pair);
            let all: Vec<_> = kept.chain(new).collect();
            self.cookie.replace(all.join("; "));
        }
    }

    pub(crate) fn get(&self, path: &str) -> Response<Bytes> {
        let cookie = self.cookie.borrow().clone();
        let headers = [("accept", "text/html"), ("cookie", cookie.as_str())];
        let response = self.shop.send(request("GET", path, &headers, ""));
        self.keep(&response);
        response
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
        let response = self.shop.send(self.form(path, fields));
        self.keep(&response);
        response
    }

    /// The request of a form that was sent.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let cookie = self.cookie.borrow().clone();
        let headers = [
            ("accept", "text/html"),
            ("cookie", cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "https://shop.localhost"),
            ("sec-fetch-site", "same-origin"),
        ];
        request("POST", path, &headers, &body)
    }

    pub(crate) fn add(&self, slug: &str, sku: &str, quantity: &str) -> Response<Bytes> {
        let fields = [
            ("action", "add"),
            ("product", slug),
            ("sku", sku),
            ("quantity", quantity),
        ];
        self.post("/cart", &fields)
    }
}
