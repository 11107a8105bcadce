//! Which use case answers a request, and how a failure is answered.

use std::cell::{Cell, OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use souk_catalogue::Collection;
use souk_domain::{Currency, LanguageCode, Locale};
use souk_operations::release::is_next;
use souk_operations::{Lane, RouteClass};
use souk_origin_pool::PooledEdge;
use souk_pages::{
    self as pages,
    view::{Message, Site},
    words::Words,
};
use souk_ports::{Clock, Edge, OutboundHttp};
use souk_protocol::limits::BODY_BYTES_MAX;
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;
use souk_service_http::{BodyError, Miss};
use souk_settings::{Loopback, gate};
use souk_shop::Shop as ShopSettings;

use crate::http::developers;
use crate::http::forwarded;
use crate::http::freshness::Ages;
use crate::http::lane;
use crate::http::reply::{self, CachePolicy};
use crate::http::request::{Incoming, wants_html};
use crate::http::response_cache::CachedResponse;
use crate::http::route::{self, Endpoint, Found};
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::instance::Instance;
use crate::monitoring::probes;
use crate::monitoring::samples::Answered;
use crate::settings::Settings;

/// How long what is switched off is likely to stay so, in seconds.
const SWITCHED_OFF_RETRY_AFTER_S: u32 = 60;

/// The response to an unconditional `GET` of this address, where the instance has it and knows
/// that nothing has changed since; `None`: ask [`handle`].
///
/// `address` is the whole URL; `cookies` gives the header `Cookie`, which is looked at only while a release
/// is out; `now_ms` is the time in milliseconds since 1970.
pub fn cached_response(
    address: &str,
    cookies: impl FnOnce() -> Option<String>,
    now_ms: i64,
    instance: &Instance,
) -> Option<CachedResponse> {
    let stored = instance.responses.at(address)?;
    let (version, pointer_read_at_ms) = instance.published.fresh(now_ms)?;
    let signals = instance.signals.fresh(now_ms)?;
    let insights = instance.insights.fresh(now_ms);
    let is_current = stored.is_of(&version, signals.stamp)
        && stored.is_of_insights(insights)
        && stored.has_prices_of(now_ms);
    if !is_current {
        return None;
    }
    let lane = match signals.release {
        None => None,
        Some(_) if instance.is_next_lane.get() => Some(Lane::Next),
        Some(release) => {
            let bucket = lane::bucket_in(&cookies()?, release)?;
            if is_next(bucket, release.share) {
                return None;
            }
            Some(Lane::Stable)
        }
    };
    instance.metrics.requests.add_one();
    instance.metrics.response_hits.add_one();
    let class = stored.class();
    instance.metrics.latency.of(Some(class)).observe_ms(0);
    if let Some(searched) = stored.searched() {
        instance.count_search(searched, now_ms);
    }
    if signals.is_sampling {
        let answered = Answered {
            class,
            status: stored.status(),
            took_ms: 0,
            origin: None,
            places: false,
            lane,
        };
        instance.sample(answered, now_ms, None);
    }
    let ages = Ages::new(pointer_read_at_ms, Some(signals.read_at_ms), now_ms);
    let ages = ages.at_level(signals.level);
    Some(CachedResponse { stored, ages })
}

/// Answers one request of a shopper or an API client.
///
/// `log` gets one line for each failure that is ours; the response never carries it.
pub async fn handle<E: Edge + OutboundHttp>(
    mut request: Request<Bytes>,
    edge: &E,
    instance: &Instance,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes> {
    instance.metrics.requests.add_one();
    let edge = &PooledEdge::new(edge, instance.origin_pool(settings), &log);
    let began_ms = edge.now_ms();
    instance.is_next_lane.set(settings.is_next_lane);
    if settings.is_next_lane {
        forwarded::restore(&mut request, &settings.clients);
    }
    let mut found = route::program(request.method(), request.uri().path());
    let incoming = Incoming::new(request, settings.address.base_url());
    let mut shop = Shop {
        edge,
        instance,
        settings,
        incoming,
        locale: Locale::own(LanguageCode::EN),
        about: Rc::new(ShopSettings::plain()),
        markets: Rc::default(),
        words: Rc::new(Words::english()),
        countries: None,
        opened: RefCell::default(),
        searched: Cell::default(),
        changes_at: Cell::default(),
        passed: Cell::default(),
        origin_time: Cell::default(),
        lane: Cell::default(),
        lane_cookie: Cell::default(),
        log: &log,
        trace: OnceCell::new(),
    };
    let outcome = match shop.admitted(&found) {
        Err(turned_away) => Ok(*turned_away),
        Ok(()) => {
            let is_page = found == Err(Miss::Path);
            if is_page {
                found = Box::pin(shop.open_page()).await;
            }
            match Box::pin(shop.forwarded(&found, is_page)).await {
                Ok(Some(whole)) => return whole,
                Ok(None) => Box::pin(shop.answer_here(&found)).await,
                Err(failure) => Err(failure),
            }
        }
    };
    let mut response = match outcome {
        Ok(response) => response,
        Err(failure) => Box::pin(shop.failed(&found, failure)).await,
    };
    shop.share(response.headers_mut());
    shop.name_level(response.headers_mut());
    if let Some(passed) = shop.passed.get() {
        passed.name(response.headers_mut());
    }
    if let Some(cookie) = shop.lane_cookie.take() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    shop.note_answer(&found, &response, began_ms);
    let Incoming { request, https, .. } = &shop.incoming;
    reply::finish(request.method(), request.headers(), *https, response)
}

/// The answer of a storefront whose settings are wrong: that its program runs, and nothing else.
pub fn closed(request: &Request<Bytes>) -> Response<Bytes> {
    let response = match route::program(request.method(), request.uri().path()) {
        Ok((Endpoint::Health, _)) => probes::health(),
        _ => souk_settings::closed(),
    };
    reply::finish(request.method(), request.headers(), false, response)
}

/// The answer of an adapter that did not get the whole body.
pub fn refuse_body(error: BodyError) -> Response<Bytes> {
    let response = reply::problem(&error.problem(BODY_BYTES_MAX));
    reply::finish(&Method::POST, &HeaderMap::new(), false, response)
}

/// In a box of its own: the code of each use case stays apart, and a request has room for its own
/// alone.
type Answer<'s> = Pin<Box<dyn Future<Output = Outcome> + 's>>;

impl<E: Edge> Shop<'_, E> {
    /// Whether the request is for this shop. A balancer asks for its state by the address of the
    /// machine, so the two probes answer under every host; monitoring may ask for the metrics beside
    /// the shop.
    fn admitted(&self, found: &Found) -> Result<(), Box<Response<Bytes>>> {
        let loopback = match found {
            Ok((Endpoint::Health | Endpoint::Ready, _)) => return Ok(()),
            Ok((Endpoint::Metrics, _)) => Loopback::LetIn,
            _ => Loopback::AsOthers,
        };
        let Incoming { request, .. } = &self.incoming;
        gate(&self.settings.address, loopback, request, self.log)
    }

    /// Counts and reports an answer of this build.
    fn note_answer(&self, found: &Found, response: &Response<Bytes>, began_ms: i64) {
        let Self { edge, instance, .. } = self;
        let now_ms = edge.now_ms();
        let took_ms = now_ms - began_ms;
        let endpoint = found.as_ref().ok().map(|(endpoint, _)| *endpoint);
        // What lies at no address is asked for as a page.
        let class = endpoint.map_or(Some(RouteClass::Read), Endpoint::class);
        instance.metrics.latency.of(class).observe_ms(took_ms);
        if response.status().is_server_error() {
            instance.metrics.failures.add_one();
            instance.metrics.failures_by_class.of(class).add_one();
        }
        let Some(class) = class else {
            return;
        };
        let is_replayed = response.headers().contains_key(reply::REPLAYED);
        let answered = Answered {
            class,
            status: response.status(),
            took_ms,
            origin: self.origin_time.get(),
            places: endpoint.is_some_and(Endpoint::places_order) && !is_replayed,
            lane: self.lane.get(),
        };
        let random = || edge.random_bytes();
        instance.sample(answered, now_ms, Some(&random));
    }

    /// Answers a request by this build.
    async fn answer_here(&self, found: &Found) -> Outcome {
        Box::pin(self.learn_origins()).await;
        // In boxes: a request waits for one of them.
        match Box::pin(self.answer_whole(found)).await {
            Err(Failure::NotFound) => Box::pin(self.moved(found)).await,
            other => other,
        }
    }

    /// Answers a read once more from the version before, when the published one is found broken.
    /// A write is not repeated: the client does that, and meets the version before then.
    async fn answer_whole(&self, found: &Found) -> Outcome {
        let outcome = self.answer(found).await;
        let Err(Failure::Broken { version, text }) = &outcome else {
            return outcome;
        };
        let aside = self
            .instance
            .published
            .set_aside(*version, self.edge.now_ms());
        let is_read = matches!(*self.incoming.request.method(), Method::GET | Method::HEAD);
        if !aside || !is_read {
            return outcome;
        }
        self.log_failure("served from the version before", text);
        self.opened.take();
        self.answer(found).await
    }

    async fn answer(&self, found: &Found) -> Outcome {
        if let Err(miss @ Miss::Method { allow }) = found {
            if let Some(preflight) = self.preflight(allow) {
                return Ok(preflight);
            }
            return Ok(self.method_not_allowed(miss, allow));
        }
        if self.incoming.request.body().len() > BODY_BYTES_MAX {
            return Err(BodyError::TooLarge.problem(BODY_BYTES_MAX).into());
        }
        let Ok((endpoint, name)) = found else {
            return Err(Failure::NotFound);
        };
        // A read looks at none of these headers.
        if !matches!(*self.incoming.request.method(), Method::GET | Method::HEAD) {
            for name in ONCE {
                let values = self.incoming.request.headers().get_all(name).iter();
                at_most_once(name, values.map(HeaderValue::as_bytes))?;
            }
        }
        Box::pin(self.check_switch(*endpoint)).await?;
        if endpoint.needs_addresses() {
            Box::pin(self.learn_addresses(*endpoint)).await?;
        }
        let answer: Answer<'_> = match endpoint {
            Endpoint::Home => Box::pin(self.home()),
            Endpoint::Collections => Box::pin(self.collections()),
            Endpoint::Collection => Box::pin(self.collection(name)),
            Endpoint::Product => Box::pin(self.product(name)),
            Endpoint::Search => Box::pin(self.search_page()),
            Endpoint::ApiSearch => Box::pin(self.api_search()),
            Endpoint::ApiSuggest => Box::pin(self.api_suggest()),
            Endpoint::ApiHelpSearch => Box::pin(self.api_help_search()),
            Endpoint::Cart => Box::pin(self.cart()),
            Endpoint::ChangeCart => Box::pin(self.change_cart()),
            Endpoint::Checkout => Box::pin(self.checkout()),
            Endpoint::CheckoutQuote => Box::pin(self.checkout_quote()),
            Endpoint::PlaceOrder => Box::pin(self.place_order()),
            Endpoint::Order => Box::pin(self.order_page(name)),
            Endpoint::PayOrder => Box::pin(self.pay_order(name)),
            Endpoint::OpenOrder => Box::pin(self.open_order(name)),
            Endpoint::ChangeOrder => Box::pin(self.change_by_form(name)),
            Endpoint::Developers => Box::pin(self.developers()),
            Endpoint::Document(kind) => Box::pin(self.document(*kind, name)),
            Endpoint::JudgeAnswer => Box::pin(self.judge_answer(name)),
            Endpoint::Documents(kind) => Box::pin(self.documents(*kind)),
            Endpoint::Feed => Box::pin(self.feed()),
            Endpoint::ApiShop => Box::pin(self.api_shop()),
            Endpoint::ApiStatus => Box::pin(self.api_status()),
            Endpoint::Sale => Box::pin(self.sale_page(name)),
            Endpoint::ApiSale => Box::pin(self.api_sale(name)),
            Endpoint::ApiDocument(kind) => Box::pin(self.api_document(*kind, name)),
            Endpoint::ApiDocuments(kind) => Box::pin(self.api_documents(*kind)),
            Endpoint::ApiProducts => Box::pin(self.api_products()),
            Endpoint::ApiProduct => Box::pin(self.api_product(name)),
            Endpoint::ApiProductRecommendations => Box::pin(self.api_product_recommendations(name)),
            Endpoint::ApiRecommendations => Box::pin(self.api_recommendations()),
            Endpoint::ApiQuote => Box::pin(self.api_quote()),
            Endpoint::ApiPlaceOrder => Box::pin(self.api_place_order("")),
            Endpoint::ApiSaleOrder => Box::pin(self.api_place_order(name)),
            Endpoint::ApiIssueTicket => Box::pin(self.api_issue_ticket(name)),
            Endpoint::ApiTicket => Box::pin(self.api_ticket(name)),
            Endpoint::Opening => Box::pin(self.opening(name)),
            Endpoint::Place => Box::pin(self.place_page(name)),
            Endpoint::TakePlace => Box::pin(self.take_place(name)),
            Endpoint::Buy => Box::pin(self.buy_page(name)),
            Endpoint::ChooseItems => Box::pin(self.choose_items(name)),
            Endpoint::ApiOrder => Box::pin(self.api_order(name)),
            Endpoint::ApiOrderEvents => Box::pin(self.api_order_events(name)),
            Endpoint::ApiPayOrder => Box::pin(self.api_pay_order(name)),
            Endpoint::ApiChangeOrder => Box::pin(self.api_change_order(name)),
            Endpoint::OpenApi => return Ok(developers::openapi()),
            Endpoint::Asset => Box::pin(self.asset(name)),
            Endpoint::Media => Box::pin(self.media(name)),
            Endpoint::Robots => Box::pin(async { Ok(self.robots().await) }),
            Endpoint::SecurityTxt => return self.security_txt(),
            Endpoint::SitemapIndex => Box::pin(self.sitemap_index()),
            Endpoint::Sitemap => Box::pin(self.sitemap(name)),
            Endpoint::Health => return Ok(probes::health()),
            Endpoint::Ready => Box::pin(self.ready()),
            Endpoint::Metrics => Box::pin(self.metrics()),
            Endpoint::Problem => return developers::problem(name),
        };
        answer.await
    }

    /// Reads the rules of addresses, if this instance has none yet. The page of an order does without.
    async fn learn_addresses(&self, endpoint: Endpoint) -> Result<(), Failure> {
        if souk_addresses::are_known() {
            return Ok(());
        }
        let read = async || {
            let reader = self.reader().await?;
            if let Some(rules) = reader.version.manifest.addresses {
                souk_addresses::learn(&reader.blob(rules).await?);
            }
            Ok(())
        };
        match (read().await, endpoint) {
            (Err(_), Endpoint::Order | Endpoint::PayOrder | Endpoint::OpenOrder) => Ok(()),
            // An order that was placed before is found without the catalogue; a new one has no price.
            (Err(_), Endpoint::ApiPlaceOrder) if self.reader().await.is_err() => Ok(()),
            (read, _) => read,
        }
    }

    fn method_not_allowed(&self, miss: &Miss, allow: &str) -> Response<Bytes> {
        let mut response = if wants_html(self.incoming.request.headers()) {
            self.message_page(
                StatusCode::METHOD_NOT_ALLOWED,
                Message::MethodNotAllowed,
                &[],
            )
        } else {
            reply::problem(&miss.problem())
        };
        let allow = HeaderValue::from_str(allow).expect("names of methods are ASCII");
        response.headers_mut().insert(header::ALLOW, allow);
        response
    }

    async fn failed(&self, found: &Found, failure: Failure) -> Response<Bytes> {
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
            Failure::SwitchedOff(switch) => {
                retry_after_s = SWITCHED_OFF_RETRY_AFTER_S;
                let detail = format!(
                    "nothing was done: '{}' is switched off for a while, so that everybody can \
                    order; products, cart, checkout and orders answer as ever",
                    switch.name()
                );
                let problem = Problem::new(ProblemKind::SwitchedOff).detail(detail);
                (problem, Message::SwitchedOff)
            }
            Failure::OutcomeUnknown(text) => {
                self.log_failure("not answered", &text);
                let detail = "whether it was done is not known; send the same request with the \
                    same key again: it is carried out once";
                let problem = Problem::new(ProblemKind::OutcomeUnknown).detail(detail);
                (problem, Message::Unavailable)
            }
            Failure::Internal(text) | Failure::Broken { text, .. } => {
                self.log_failure("failed", &text);
                (Problem::new(ProblemKind::Internal), Message::Internal)
            }
        };
        let page = match found {
            Ok((
                Endpoint::ApiShop
                | Endpoint::ApiStatus
                | Endpoint::ApiSale
                | Endpoint::ApiIssueTicket
                | Endpoint::ApiTicket
                | Endpoint::ApiSaleOrder
                | Endpoint::ApiProducts
                | Endpoint::ApiProduct
                | Endpoint::ApiProductRecommendations
                | Endpoint::ApiRecommendations
                | Endpoint::ApiSearch
                | Endpoint::ApiSuggest
                | Endpoint::ApiHelpSearch
                | Endpoint::ApiDocument(_)
                | Endpoint::ApiDocuments(_)
                | Endpoint::ApiQuote
                | Endpoint::ApiPlaceOrder
                | Endpoint::ApiOrder
                | Endpoint::ApiOrderEvents
                | Endpoint::ApiPayOrder
                | Endpoint::ApiChangeOrder
                | Endpoint::OpenApi,
                _,
            )) => false,
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
            shop: &self.about,
            markets: &self.markets,
            words: &self.words,
            countries: None,
            collections,
            currency: Currency::USD,
            sends_mails: self.settings.sends_mails,
            indexable: false,
            has_search: false,
        };
        let page = pages::message(&site, message);
        reply::html(status, CachePolicy::Private, page)
    }
}
