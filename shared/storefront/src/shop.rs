//! One request at the edge: what it knows, how a response is kept, how a failure is answered.

use std::cell::OnceCell;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use souk_domain::Locale;
use souk_protocol::limits::BODY_BYTES_MAX;
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;
use souk_protocol::trade;
use souk_service_http::{BodyError, Trace, set_retry_after};

use crate::availability::{self, Availability};
use crate::catalogue::{ReadError, Reader, Version};
use crate::instance::Instance;
use crate::origin::CallError;
use crate::pages::{
    self,
    view::{Message, Site},
};
use crate::reply::{self, CachePolicy};
use crate::request::{Incoming, wants_html};
use crate::response_cache::{self, StoredResponse};
use crate::route::{self, Route};
use crate::settings::{SECRET_BYTES_MIN, Settings};
use souk_ports::{Edge, PortError};

/// What a kept response or address takes beside its text: headers, keys, the lists of the cache.
const ENTRY_OVERHEAD_BYTES: usize = 512;

/// Why a request gets no proper answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client's mistake; the problem names it.
    Problem(Box<Problem>),
    /// Nothing at this address: a page or a problem.
    NotFound,
    /// A form that was sent from another site.
    Forbidden,
    /// A store or the origin does not answer; the text is for the log.
    Unavailable(String),
    /// The origin is not asked now: it is down, or more wait for it than it can serve.
    Busy {
        /// When to retry.
        retry_after_s: u32,
    },
    /// The shop grows, and takes no orders and changes meanwhile.
    Closed,
    /// A write was sent and not answered; the text is for the log.
    OutcomeUnknown(String),
    /// Ours; the text is for the log.
    Internal(String),
}

pub(crate) type Outcome = Result<Response<Bytes>, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(Box::new(problem))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Shed { retry_after_s } => Failure::Busy { retry_after_s },
            CallError::Closed => Failure::Closed,
            CallError::Unknown(_) => Failure::Unavailable(error.to_string()),
            CallError::Unsupported(_) => Failure::Internal(error.to_string()),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unpublished | ReadError::Store(PortError::Transient(_)) => {
                Failure::Unavailable(error.to_string())
            }
            ReadError::VersionGone(_) => Problem::new(ProblemKind::CursorExpired)
                .detail("the catalogue was published anew; begin with the first page")
                .into(),
            ReadError::Store(PortError::Unsupported(_))
            | ReadError::Missing(_)
            | ReadError::Decode(_) => Failure::Internal(error.to_string()),
        }
    }
}

/// Everything that a request is answered with.
pub(crate) struct Shop<'a, E> {
    pub(crate) edge: &'a E,
    pub(crate) instance: &'a Instance,
    pub(crate) settings: &'a Settings,
    pub(crate) incoming: Incoming,
    pub(crate) locale: Locale,
    /// Takes one line for each failure, where it is handled.
    pub(crate) log: &'a dyn Fn(&str),
    trace: OnceCell<Trace>,
}

/// Answers one request of a shopper or an API client.
///
/// `log` gets one line for each failure that is ours; the response never carries it.
pub async fn handle<E: Edge>(
    request: Request<Bytes>,
    edge: &E,
    instance: &Instance,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes> {
    instance.metrics.requests.add_one();
    let (locale, route) = route::parse(request.uri().path());
    let incoming = Incoming::new(request, settings.base_url.as_deref());
    let shop = Shop {
        edge,
        instance,
        settings,
        incoming,
        locale,
        log: &log,
        trace: OnceCell::new(),
    };
    let outcome = match shop.answer(&route).await {
        Err(Failure::NotFound) => shop.moved(&route).await,
        other => other,
    };
    let response = match outcome {
        Ok(response) => response,
        Err(failure) => shop.failed(&route, failure).await,
    };
    if response.status().is_server_error() {
        instance.metrics.failures.add_one();
    }
    let Incoming { request, https, .. } = &shop.incoming;
    reply::finish(request.method(), request.headers(), *https, response)
}

impl<'a, E: Edge> Shop<'a, E> {
    async fn answer(&self, route: &Route) -> Outcome {
        let method = self.incoming.request.method();
        if *route != Route::Unknown && !route.methods().contains(&method.as_str()) {
            return Ok(self.method_not_allowed(route));
        }
        if self.incoming.request.body().len() > BODY_BYTES_MAX {
            return Err(BodyError::TooLarge.problem(BODY_BYTES_MAX).into());
        }
        // A read looks at none of these headers.
        if !matches!(*method, Method::GET | Method::HEAD) {
            for name in ONCE {
                let values = self.incoming.request.headers().get_all(name).iter();
                at_most_once(name, values.map(HeaderValue::as_bytes))?;
            }
        }
        let signs = matches!(route, Route::Cart | Route::Checkout | Route::Ready);
        if signs && self.settings.session_secret.len() < SECRET_BYTES_MIN {
            // Signing with a guessable key would be worse than not serving.
            let text =
                format!("set the secret SESSION_SECRET to at least {SECRET_BYTES_MIN} bytes");
            return Err(Failure::Unavailable(text));
        }
        let post = method == Method::POST;
        match route {
            Route::Home => self.home().await,
            Route::Collection(slug) => self.collection(slug).await,
            Route::Product(slug) => self.product(slug).await,
            Route::Cart if post => self.change_cart().await,
            Route::Cart => self.cart().await,
            Route::Checkout if post => self.place_order().await,
            Route::Checkout => self.checkout().await,
            Route::Order(id) => self.order_page(id).await,
            Route::Pay(id) => self.pay_order(id).await,
            Route::Developers => self.developers().await,
            Route::ApiProducts => self.api_products().await,
            Route::ApiProduct(slug) => self.api_product(slug).await,
            Route::ApiOrders => self.api_place_order().await,
            Route::ApiOrder(id) => self.api_order(id).await,
            Route::ApiOrderEvents(id) => self.api_order_events(id).await,
            Route::ApiPayment(id) => self.api_pay_order(id).await,
            Route::OpenApi => Ok(crate::plain::openapi()),
            Route::Asset(name) => crate::plain::asset(name),
            Route::Media(name) => self.media(name).await,
            Route::Robots => Ok(self.robots()),
            Route::SitemapIndex => self.sitemap_index().await,
            Route::Sitemap(number) => self.sitemap(*number).await,
            Route::Health => Ok(crate::plain::text(StatusCode::OK, "ok\n")),
            Route::Ready => self.ready().await,
            Route::Metrics => Ok(self.metrics().await),
            Route::Problem(kind) => Ok(reply::see_other(&format!(
                "/developers#problem-{}",
                kind.name()
            ))),
            Route::Unknown => Err(Failure::NotFound),
        }
    }

    /// The trace that this request belongs to.
    pub(crate) fn trace(&self) -> &Trace {
        self.trace.get_or_init(|| {
            let header = self.incoming.request.headers().get(trade::TRACE_HEADER);
            let header = header.and_then(|value| value.to_str().ok());
            Trace::new(header, self.edge.random_bytes())
        })
    }

    /// The published version. Every request asks once.
    pub(crate) async fn reader(&self) -> Result<Reader<'a, E>, ReadError> {
        Reader::open(self.edge, self.instance).await
    }

    pub(crate) async fn availability(&self) -> Availability {
        availability::current(self.edge, self.instance).await
    }

    /// A response that depends on nothing but `key`, the version, the availability snapshot and the
    /// host: made once, then answered from memory. Text from the client is quoted in `key`, so that
    /// spaces in it cannot give two requests one key.
    pub(crate) async fn cached(
        &self,
        key: &str,
        reader: &Reader<'a, E>,
        availability: &Availability,
        make: impl AsyncFnOnce() -> Outcome,
    ) -> Outcome {
        let version = &reader.version;
        let Incoming {
            base_url, https, ..
        } = &self.incoming;
        let key = format!(
            "{key} v{} {:x} {https} {base_url}",
            version.number, availability.stamp
        );
        let metrics = &self.instance.metrics;
        let stored = match self.instance.responses.get(key.as_str(), Rc::clone) {
            Some(stored) => {
                metrics.response_hits.add_one();
                stored
            }
            None => {
                metrics.response_misses.add_one();
                let mut response = make().await?;
                reply::secure(response.headers_mut(), *https);
                let stored = Rc::new(StoredResponse::new(response, version, availability));
                // Twice: an adapter may keep a form of its own beside it.
                let body = stored.response.body().len();
                let bytes = 2 * (body + ENTRY_OVERHEAD_BYTES) + key.len();
                let responses = &self.instance.responses;
                responses.put(key.clone(), stored.clone(), bytes);
                stored
            }
        };
        let address = self.incoming.address();
        let bytes = address.len() + key.len() + ENTRY_OVERHEAD_BYTES;
        self.instance.addresses.put(address, key, bytes);
        let mut response = stored.response.clone();
        self.name_version(version, &mut response);
        Ok(response)
    }

    /// Says which version a response was made from and how old that is.
    pub(crate) fn name_version(&self, version: &Version, response: &mut Response<Bytes>) {
        let age_s = response_cache::age_s(version.activated_at_ms, self.edge.now_ms());
        let headers = response.headers_mut();
        headers.insert(reply::VERSION, HeaderValue::from(version.number));
        headers.insert(reply::AGE, HeaderValue::from(age_s));
    }

    /// What every page knows; `path` without the language's prefix.
    pub(crate) fn site<'s>(
        &'s self,
        reader: &'s Reader<'a, E>,
        path: &'s str,
        indexable: bool,
    ) -> Site<'s> {
        Site {
            locale: self.locale,
            base_url: &self.incoming.base_url,
            path,
            shop_name: &self.settings.shop_name,
            collections: reader.version.named_collections(),
            currency: crate::api::currency(reader),
            indexable,
        }
    }

    fn method_not_allowed(&self, route: &Route) -> Response<Bytes> {
        let allow = route.methods().join(", ");
        let mut response = if wants_html(self.incoming.request.headers()) {
            self.message_page(
                StatusCode::METHOD_NOT_ALLOWED,
                Message::MethodNotAllowed,
                &[],
            )
        } else {
            let detail = format!("this address answers {allow}");
            reply::problem(&Problem::new(ProblemKind::MethodNotAllowed).detail(detail))
        };
        let allow = HeaderValue::from_str(&allow).expect("names of methods are ASCII");
        response.headers_mut().insert(header::ALLOW, allow);
        response
    }

    async fn failed(&self, route: &Route, failure: Failure) -> Response<Bytes> {
        let mut retry_after_s = 1;
        let (problem, message) = match failure {
            Failure::Problem(problem) => {
                let message = match problem.status {
                    404 => Message::NotFound,
                    410 => Message::ListingChanged,
                    _ => Message::BadRequest,
                };
                (*problem, message)
            }
            Failure::NotFound => (
                Problem::new(ProblemKind::NotFound).detail("there is nothing at this address"),
                Message::NotFound,
            ),
            Failure::Forbidden => (
                Problem::new(ProblemKind::Unauthorized)
                    .with_status(403)
                    .detail("the form was sent from another site, or is too old: open it again"),
                Message::Forbidden,
            ),
            Failure::Unavailable(text) => {
                self.log_failure("unavailable", &text);
                let detail = "a part of the shop does not answer; send the same request again";
                let problem = Problem::new(ProblemKind::Unavailable).detail(detail);
                (problem, Message::Unavailable)
            }
            Failure::Busy { retry_after_s: s } => {
                retry_after_s = s;
                let detail = format!(
                    "nothing was done: the shop is very busy; send the same request again in {s} s"
                );
                let problem = Problem::new(ProblemKind::Unavailable).detail(detail);
                (problem, Message::Unavailable)
            }
            Failure::Closed => {
                retry_after_s = CLOSED_RETRY_AFTER_S;
                let detail = "nothing was done: the shop is being made larger, which takes some \
                    minutes; send the same request again then";
                let problem = Problem::new(ProblemKind::OrderingClosed).detail(detail);
                (problem, Message::Unavailable)
            }
            Failure::OutcomeUnknown(text) => {
                self.log_failure("not answered", &text);
                let detail = "whether it was done is not known; send the same request with the \
                    same key again: it is carried out once";
                let problem = Problem::new(ProblemKind::OutcomeUnknown).detail(detail);
                (problem, Message::Unavailable)
            }
            Failure::Internal(text) => {
                self.log_failure("failed", &text);
                (Problem::new(ProblemKind::Internal), Message::Internal)
            }
        };
        let page = match route {
            Route::ApiProducts
            | Route::ApiProduct(_)
            | Route::ApiOrders
            | Route::ApiOrder(_)
            | Route::ApiOrderEvents(_)
            | Route::ApiPayment(_)
            | Route::OpenApi => false,
            _ => wants_html(self.incoming.request.headers()),
        };
        if !page {
            let mut response = reply::problem(&problem);
            retry_after(&mut response, retry_after_s);
            return response;
        }
        let status = StatusCode::from_u16(problem.status).expect("a status of ProblemKind");
        // A page about a failure must not depend on what failed.
        let reader = self.reader().await.ok();
        let named = reader.as_ref().map(|reader| reader.version.clone());
        let collections = named
            .as_ref()
            .map_or(&[][..], |version| version.named_collections());
        let mut response = self.message_page(status, message, collections);
        retry_after(&mut response, retry_after_s);
        response
    }

    /// One line for the operator's log; the client never sees it.
    pub(crate) fn log_failure(&self, how: &str, text: &str) {
        let path = self.incoming.request.uri().path();
        let trace = self.trace().id();
        (self.log)(&format!("{path} {how}: {text}; trace {trace}"));
    }

    fn message_page(
        &self,
        status: StatusCode,
        message: Message,
        collections: &[souk_catalogue::Collection],
    ) -> Response<Bytes> {
        let site = Site {
            locale: self.locale,
            base_url: &self.incoming.base_url,
            path: "/",
            shop_name: &self.settings.shop_name,
            collections,
            currency: souk_domain::Currency::USD,
            indexable: false,
        };
        let page = pages::message(&site, message);
        reply::html(status, CachePolicy::Private, page)
    }
}

/// Says when to come back, where a status promises that it is worth it.
pub(crate) fn retry_after(response: &mut Response<Bytes>, seconds: u32) {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        set_retry_after(response, seconds);
    }
}

/// The answer of an adapter that did not get the whole body.
pub fn refuse_body(error: BodyError) -> Response<Bytes> {
    let response = reply::problem(&error.problem(BODY_BYTES_MAX));
    reply::finish(&Method::POST, &http::HeaderMap::new(), false, response)
}
