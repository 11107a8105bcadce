//! Which use case answers a request, and how a failure is answered.

use std::cell::OnceCell;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use souk_catalogue::Collection;
use souk_domain::Currency;
use souk_pages::{
    self as pages,
    view::{Message, Site},
};
use souk_ports::Edge;
use souk_protocol::limits::BODY_BYTES_MAX;
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;
use souk_service_http::BodyError;

use crate::http::reply::{self, CachePolicy};
use crate::http::request::{Incoming, wants_html};
use crate::http::response_cache::{CachedResponse, age_s};
use crate::http::route::{self, Route};
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::http::{developers, files};
use crate::instance::Instance;
use crate::monitoring::probes;
use crate::settings::{SECRET_BYTES_MIN, Settings};

/// The response to an unconditional `GET` of this address, where the instance has it and knows
/// that nothing has changed since; `None`: ask [`handle`].
///
/// `address` is the whole URL; `now_ms` is the time in milliseconds since 1970.
pub fn cached_response(address: &str, now_ms: i64, instance: &Instance) -> Option<CachedResponse> {
    let stored = instance.responses.at(address)?;
    let version = instance.published.fresh(now_ms)?;
    let stamp = instance.availability.fresh_stamp(now_ms)?;
    if !stored.is_of(&version, stamp) {
        return None;
    }
    instance.metrics.requests.add_one();
    instance.metrics.response_hits.add_one();
    let age_s = age_s(version.activated_at_ms, now_ms);
    Some(CachedResponse { stored, age_s })
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

/// The answer of an adapter that did not get the whole body.
pub fn refuse_body(error: BodyError) -> Response<Bytes> {
    let response = reply::problem(&error.problem(BODY_BYTES_MAX));
    reply::finish(&Method::POST, &HeaderMap::new(), false, response)
}

impl<E: Edge> Shop<'_, E> {
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
            Route::OpenApi => Ok(developers::openapi()),
            Route::Asset(name) => files::asset(name),
            Route::Media(name) => self.media(name).await,
            Route::Robots => Ok(self.robots()),
            Route::SitemapIndex => self.sitemap_index().await,
            Route::Sitemap(number) => self.sitemap(*number).await,
            Route::Health => Ok(probes::health()),
            Route::Ready => self.ready().await,
            Route::Metrics => Ok(self.metrics().await),
            Route::Problem(kind) => Ok(reply::see_other(&format!(
                "/developers#problem-{}",
                kind.name()
            ))),
            Route::Unknown => Err(Failure::NotFound),
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

    fn message_page(
        &self,
        status: StatusCode,
        message: Message,
        collections: &[Collection],
    ) -> Response<Bytes> {
        let site = Site {
            locale: self.locale,
            base_url: &self.incoming.base_url,
            path: "/",
            shop_name: &self.settings.shop_name,
            collections,
            currency: Currency::USD,
            indexable: false,
        };
        let page = pages::message(&site, message);
        reply::html(status, CachePolicy::Private, page)
    }
}
