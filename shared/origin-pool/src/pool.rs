//! Sends requests to the members of a pool, and judges what comes back.
//!
//! An instance asks all members for their store before its first request; that of the first one in the
//! settings that answers is the pool's, and a member with another one, or with none, is ejected. From
//! then on each request names the store that it means, so a member of another store refuses it before it
//! does anything.
//!
//! Not here: which member is chosen (`balancer`), how often a request is repeated and when none is sent at
//! all (the caller), the other side (`souk_origin`).

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use futures_util::future::{join, join4};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use souk_ports::{Clock, OutboundHttp, PortError, Randomness, is_within};
use souk_protocol::limits::ORIGIN_CALL_MS_MAX;
use souk_protocol::origin::{ENTRANCE, IDENTITY_PATH, MEMBERS_HEADER, OTHER_STORE, STORE_HEADER};
use souk_service_http::{Counter, Figure, MetricsText, before, get};

use crate::balancer::{Attempt, Balancer, PROBE_MS_MAX};
use crate::settings::{MEMBERS_MAX, PoolSettings};

/// An attempt is given up after this long, in milliseconds: a call reaches three members by then.
const ATTEMPT_MS_MAX: i64 = ORIGIN_CALL_MS_MAX / 3;
/// A request that waits for another one's introduction looks again after this long, in milliseconds.
const LOOK_AGAIN_MS: u32 = 5;

const REQUESTS: &str = "souk_origin_pool_requests_total";
const FAILURES: &str = "souk_origin_pool_failures_total";
const EJECTIONS: &str = "souk_origin_pool_ejections_total";

/// What a platform needs for a pool.
pub trait Network: OutboundHttp + Clock + Randomness {}

impl<T: OutboundHttp + Clock + Randomness> Network for T {}

/// A pool as one instance knows it.
#[derive(Debug)]
pub struct Pool {
    settings: PoolSettings,
    counts: Vec<Counts>,
    /// `None` before the first request.
    balancer: RefCell<Option<Balancer>>,
    /// The store of the origins, once one has answered.
    store: RefCell<Option<HeaderValue>>,
    introduction: Cell<Introduction>,
    /// The last answer about stock, and when it came, in milliseconds since 1970.
    pub(crate) stock: RefCell<Option<(Bytes, i64)>>,
}

/// Whether all members were asked for their store.
#[derive(Debug, Clone, Copy, Default)]
enum Introduction {
    #[default]
    None,
    /// A request began to, in milliseconds since 1970.
    Since(i64),
    Over,
}

/// What is counted of a member.
#[derive(Debug, Default)]
struct Counts {
    requests: Counter,
    failures: Counter,
    ejections: Counter,
}

/// Takes a request off the count of those in flight when it is over, or abandoned.
struct InFlight<'a>(&'a Pool, usize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.with_balancer(|balancer| balancer.left(self.1));
    }
}

impl Pool {
    /// A pool of which nothing is known yet.
    pub fn new(settings: PoolSettings) -> Self {
        Self {
            counts: settings.members.iter().map(|_| Counts::default()).collect(),
            settings,
            balancer: RefCell::default(),
            store: RefCell::default(),
            introduction: Cell::default(),
            stock: RefCell::default(),
        }
    }

    /// Sends one request of the protocol to a member; the authority is ignored. It is not repeated here.
    /// `log` gets a line where a member is misconfigured.
    ///
    /// # Errors
    /// When no answer of an origin of this shop came back. The request may still have been carried out.
    pub async fn send<N: Network>(
        &self,
        network: &N,
        request: Request<Bytes>,
        log: &dyn Fn(&str),
    ) -> Result<Response<Bytes>, PortError> {
        self.introduce(network, log).await;
        let due = self.with_balancer(|balancer| balancer.due(network.now_ms()));
        let probe = async {
            if let Some(place) = due.flatten() {
                self.probe(network, place, log).await;
            }
        };
        let (sent, ()) = join(self.attempt(network, request, log), probe).await;
        sent
    }

    /// Sends a request to the member whose turn it is.
    async fn attempt<N: Network>(
        &self,
        network: &N,
        request: Request<Bytes>,
        log: &dyn Fn(&str),
    ) -> Result<Response<Bytes>, PortError> {
        let chosen = self.with_balancer(|balancer| {
            let place = balancer.choose();
            balancer.began(place);
            place
        });
        let place = chosen.ok_or_else(|| PortError::Unsupported("there is no pool".to_owned()))?;
        let _in_flight = InFlight(self, place);
        self.counts[place].requests.add_one();
        let limit_ms = u32::try_from(ATTEMPT_MS_MAX).unwrap_or(u32::MAX);
        let (attempt, answer) = self.ask(network, place, request, limit_ms, log).await;
        if matches!(attempt, Attempt::Slow | Attempt::Failed) {
            self.counts[place].failures.add_one();
        }
        let now_ms = network.now_ms();
        let ended = self.with_balancer(|balancer| balancer.ended(place, attempt, now_ms));
        if ended == Some(true) {
            self.counts[place].ejections.add_one();
        }
        answer
    }

    /// Asks every member for its store, before the first request of an instance. Requests that come
    /// meanwhile wait for that.
    async fn introduce<N: Network>(&self, network: &N, log: &dyn Fn(&str)) {
        loop {
            match self.introduction.get() {
                Introduction::Over => return,
                Introduction::Since(ms) if is_within(PROBE_MS_MAX.into(), ms, network.now_ms()) => {
                    network.pause_ms(LOOK_AGAIN_MS).await;
                }
                // Where it began long ago, the request that did it is gone.
                Introduction::None | Introduction::Since(_) => break,
            }
        }
        self.introduction.set(Introduction::Since(network.now_ms()));
        let random = network.random_bytes();
        let random = random
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let weights = self.settings.members.iter().map(|member| member.weight);
        let balancer = Balancer::new(&weights.collect::<Vec<_>>(), self.settings.policy, random);
        self.balancer.replace(Some(balancer));
        // One alone cannot be mixed up with another one.
        if self.settings.members.len() > 1 {
            self.compare_stores(network, log).await;
        }
        self.introduction.set(Introduction::Over);
    }

    async fn compare_stores<N: Network>(&self, network: &N, log: &dyn Fn(&str)) {
        // All at the same time; a list of them would take more code than these four.
        let one = |place| self.store_at(network, place, log);
        let (a, b, c, d) = join4(one(0), one(1), one(2), one(3)).await;
        let stores: [_; MEMBERS_MAX] = [a, b, c, d];
        let store = stores.iter().flatten().next();
        self.store.replace(store.cloned());
        for (place, own) in stores.iter().enumerate().take(self.settings.members.len()) {
            if own.is_some() && own.as_ref() == store {
                continue;
            }
            if own.is_some() {
                log(&self.other_store(place));
            }
            self.with_balancer(|balancer| balancer.probed(place, false, network.now_ms()));
            self.counts[place].ejections.add_one();
        }
    }

    /// The store of a member; `None` where there is no such member, or it does not say.
    async fn store_at<N: Network>(
        &self,
        network: &N,
        place: usize,
        log: &dyn Fn(&str),
    ) -> Option<HeaderValue> {
        if place >= self.settings.members.len() {
            return None;
        }
        let answer = self.fetch(network, place, get(IDENTITY_PATH), PROBE_MS_MAX);
        let text = match answer.await {
            Ok(answer) if answer.status().as_u16() == OTHER_STORE => self.other_store(place),
            Ok(answer) => match store_of(&answer) {
                Some(store) => return Some(store),
                None => self.no_origin(place, answer.status()),
            },
            Err((_, text)) => text,
        };
        log(&text);
        None
    }

    /// Asks an ejected member whether it is back. The request that it goes beside waits for that, for
    /// [`PROBE_MS_MAX`] at most: a platform may end an instance's work with its last response.
    async fn probe<N: Network>(&self, network: &N, place: usize, log: &dyn Fn(&str)) {
        let (attempt, _) = self
            .ask(network, place, get(IDENTITY_PATH), PROBE_MS_MAX, log)
            .await;
        let (is_back, now_ms) = (attempt == Attempt::Answered, network.now_ms());
        self.with_balancer(|balancer| balancer.probed(place, is_back, now_ms));
    }

    /// Sends a request to a member, and judges the answer.
    async fn ask<N: Network>(
        &self,
        network: &N,
        place: usize,
        request: Request<Bytes>,
        limit_ms: u32,
        log: &dyn Fn(&str),
    ) -> (Attempt, Result<Response<Bytes>, PortError>) {
        let (attempt, text) = match self.fetch(network, place, request, limit_ms).await {
            Err(failed) => failed,
            Ok(answer) => {
                let misconfigured = match self.judge(&answer) {
                    Verdict::Own(attempt) => return (attempt, Ok(answer)),
                    Verdict::OtherStore => self.other_store(place),
                    Verdict::NoOrigin => self.no_origin(place, answer.status()),
                };
                log(&misconfigured);
                (Attempt::Failed, misconfigured)
            }
        };
        (attempt, Err(PortError::Transient(text)))
    }

    /// Sends a request to a member.
    async fn fetch<N: Network>(
        &self,
        network: &N,
        place: usize,
        request: Request<Bytes>,
        limit_ms: u32,
    ) -> Result<Response<Bytes>, (Attempt, String)> {
        let site = &self.settings.members[place].site;
        let request = self.addressed(site, request);
        let request = request.map_err(|text| (Attempt::Failed, format!("{site} {text}")))?;
        match before(network.fetch(request), network.pause_ms(limit_ms)).await {
            None => Err((
                Attempt::Slow,
                format!("{site} said nothing for {limit_ms} ms"),
            )),
            Some(Err(error)) => Err((Attempt::Failed, format!("{site} {error}"))),
            Some(Ok(answer)) => Ok(answer),
        }
    }

    fn judge(&self, answer: &Response<Bytes>) -> Verdict {
        let Some(store) = store_of(answer) else {
            return Verdict::NoOrigin;
        };
        // Where no member answered when the instance began, the first one that does says what is meant.
        let is_own = *self.store.borrow_mut().get_or_insert_with(|| store.clone()) == store;
        match answer.status() {
            status if status.as_u16() == OTHER_STORE || !is_own => Verdict::OtherStore,
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Verdict::Own(Attempt::Busy),
            _ => Verdict::Own(Attempt::Answered),
        }
    }

    fn no_origin(&self, place: usize, status: StatusCode) -> String {
        let site = &self.settings.members[place].site;
        format!(
            "{site} does not answer as an origin of this shop ({status}): does it have the same ORIGIN_TOKEN, \
             and reach its store?"
        )
    }

    fn other_store(&self, place: usize) -> String {
        let site = &self.settings.members[place].site;
        format!(
            "{site} has another store than the other origins of ORIGIN_POOL, or one that origins cannot \
             share: it gets no orders"
        )
    }

    /// The request as it goes to a member.
    fn addressed(&self, site: &str, request: Request<Bytes>) -> Result<Request<Bytes>, String> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Result<Uri, _> = format!("{site}{ENTRANCE}{path}").parse();
        parts.uri = uri.map_err(|error| error.to_string())?;
        let token = HeaderValue::try_from(format!("Bearer {}", self.settings.token));
        let mut token = token.map_err(|error| error.to_string())?;
        token.set_sensitive(true);
        parts.headers.insert(header::AUTHORIZATION, token);
        parts
            .headers
            .insert(MEMBERS_HEADER, self.settings.members.len().into());
        if let Some(store) = self.store.borrow().as_ref() {
            parts.headers.insert(STORE_HEADER, store.clone());
        }
        Ok(Request::from_parts(parts, body))
    }

    fn with_balancer<T>(&self, step: impl FnOnce(&mut Balancer) -> T) -> Option<T> {
        self.balancer.borrow_mut().as_mut().map(step)
    }

    /// The counters, for what all instances together count.
    pub fn figures(&self) -> Vec<Figure> {
        let rows = self.settings.members.iter().zip(&self.counts);
        let rows = rows.flat_map(|(member, counts)| {
            let figure = |name, counter: &Counter| {
                Figure::with(name, ("member", host_of(&member.site)), counter.get())
            };
            [
                figure(REQUESTS, &counts.requests),
                figure(FAILURES, &counts.failures),
                figure(EJECTIONS, &counts.ejections),
            ]
        });
        rows.collect()
    }

    /// Writes what the instance knows of its pool.
    pub fn write(&self, text: &mut MetricsText) {
        let names = || {
            self.settings
                .members
                .iter()
                .map(|member| host_of(&member.site))
        };
        let mut counters = |name, help, of: fn(&Counts) -> &Counter| {
            let values = self.counts.iter().map(|counts| of(counts).get());
            text.counters(name, help, "member", names().zip(values));
        };
        counters(REQUESTS, "Requests to each origin of the pool.", |counts| {
            &counts.requests
        });
        counters(
            FAILURES,
            "Requests to each origin of the pool that it did not answer in time, or not as an origin of this shop.",
            |counts| &counts.failures,
        );
        counters(
            EJECTIONS,
            "How often each origin of the pool was ejected.",
            |counts| &counts.ejections,
        );
        let state = |of: fn(&Balancer, usize) -> u32| {
            let balancer = self.balancer.borrow();
            let places = 0..self.settings.members.len();
            let values =
                places.map(|place| balancer.as_ref().map_or(0, |balancer| of(balancer, place)));
            names().zip(values.collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        text.gauges(
            "souk_origin_pool_in_flight",
            "Requests to each origin of the pool that are not over.",
            "member",
            state(Balancer::in_flight),
        );
        text.gauges(
            "souk_origin_pool_ejected",
            "1 for an origin of the pool that is ejected at the moment.",
            "member",
            state(|balancer, place| balancer.is_ejected(place).into()),
        );
    }
}

enum Verdict {
    Own(Attempt),
    OtherStore,
    NoOrigin,
}

/// The store that an answer names.
fn store_of(answer: &Response<Bytes>) -> Option<HeaderValue> {
    answer.headers().get(STORE_HEADER).cloned()
}

/// The part behind the scheme.
fn host_of(site: &str) -> &str {
    site.split_once("://").map_or(site, |(_, host)| host)
}
