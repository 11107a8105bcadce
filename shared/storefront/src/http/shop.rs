//! One request at the edge: what it knows, how a response is cached, why it fails.
//!
//! Not here: which use case answers it (`dispatch`).

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use souk_catalogue::Market;
use souk_domain::{Currency, Locale};
use souk_operations::{Lane, Setting, Switch};
use souk_pages::view::Site;
use souk_pages::words::Words;
use souk_ports::{Edge, PortError};
use souk_protocol::origin;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_service_http::{Trace, set_retry_after};
use souk_shop::{CountryNames, Shop as ShopSettings};

use crate::catalogue::blobs::Tiers;
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::{Opened, Reader};
use crate::http::freshness::{self, Ages, Period};
use crate::http::quota::Passed;
use crate::http::reply;
use crate::http::request::Incoming;
use crate::http::response_cache::StoredResponse;
use crate::http::response_key::{Content, ResponseKey};
use crate::http::route::is_api;
use crate::instance::Instance;
use crate::monitoring::samples::OriginTime;
use crate::origin::client::CallError;
use crate::search::Searched;
use crate::settings::Settings;
use crate::signals::{SIGNALS_TTL_MS, Signals};

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
    /// The staff have switched it off.
    SwitchedOff(Switch),
    /// A write was sent and not answered; the text is for the log.
    OutcomeUnknown(String),
    /// A version of the catalogue lacks something; the text is for the log.
    Broken {
        /// The version's number.
        version: u64,
        text: String,
    },
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
            ReadError::Broken { version, .. } => Failure::Broken {
                version,
                text: error.to_string(),
            },
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
    /// The language and the market of the page; the shop's own and the first one where the request is
    /// for no page.
    pub(crate) locale: Locale,
    /// What the shop says about itself.
    pub(crate) about: Rc<ShopSettings>,
    /// Its markets.
    pub(crate) markets: Rc<[Market]>,
    /// The texts of the pages in `locale`.
    pub(crate) words: Rc<Words>,
    /// Names of countries in `locale`, on pages that show some.
    pub(crate) countries: Option<CountryNames>,
    /// The version that the request reads.
    pub(crate) opened: RefCell<Option<Opened>>,
    /// What the response that is being made counts as, where it is a search.
    pub(crate) searched: Cell<Option<Searched>>,
    /// When the clock changes the response that is being made, in milliseconds since 1970.
    pub(crate) changes_at: Cell<Option<i64>>,
    /// What came of the gate that it passed.
    pub(crate) passed: Cell<Option<Passed>>,
    /// How long the origin took, where it was asked.
    pub(crate) origin_time: Cell<Option<OriginTime>>,
    /// The lane that the request is in while a release is out.
    pub(crate) lane: Cell<Option<Lane>>,
    /// What puts the shopper into a lane with this response.
    pub(crate) lane_cookie: Cell<Option<HeaderValue>>,
    /// Takes one line for each failure, where it is handled.
    pub(crate) log: &'a dyn Fn(&str),
    pub(crate) trace: OnceCell<Trace>,
}

impl<'a, E: Edge> Shop<'a, E> {
    /// The trace that this request belongs to.
    pub(crate) fn trace(&self) -> &Trace {
        self.trace.get_or_init(|| {
            let header = self.incoming.request.headers().get(origin::TRACE_HEADER);
            let header = header.and_then(|value| value.to_str().ok());
            Trace::new(header, self.edge.random_bytes())
        })
    }

    /// The tiers that blobs are read through.
    pub(crate) fn tiers(&self) -> Tiers<'a, E> {
        Tiers {
            edge: self.edge,
            memory: &self.instance.blobs,
            metrics: &self.instance.metrics,
        }
    }

    /// The published version in the market of the page: a request reads one, whatever is published
    /// meanwhile.
    pub(crate) async fn reader(&self) -> Result<Reader<'a, E>, ReadError> {
        let series = &self.settings.series;
        let opened = self.opened.borrow().clone();
        if let Some(opened) = opened {
            return Ok(Reader::again(self.tiers(), series, &opened).of(self.locale));
        }
        // In a box: every use case waits here, and none should be as large as this.
        let reader = Box::pin(Reader::open(self.tiers(), series, &self.instance.published)).await?;
        self.opened.replace(Some(reader.opened()));
        Ok(reader.of(self.locale))
    }

    /// What is sold out, what is switched off: as it was a second ago at most.
    pub(crate) async fn signals(&self) -> Rc<Signals> {
        let Instance {
            signals, metrics, ..
        } = self.instance;
        signals
            .current(self.edge, metrics, SIGNALS_TTL_MS, false)
            .await
    }

    /// The signals for a request that knows of newer ones: another instance may have heard of a call
    /// before this one. They are read at most four times a second.
    pub(crate) async fn newer_signals(&self) -> Rc<Signals> {
        const AGE_MS: i64 = 250;
        let Instance {
            signals, metrics, ..
        } = self.instance;
        signals.current(self.edge, metrics, AGE_MS, true).await
    }

    /// A response that depends on nothing but its content, the language, the version, the
    /// signals and the host: made once, then answered from memory.
    pub(crate) fn cached(
        &self,
        content: Content,
        locale: Locale,
        reader: &Reader<'a, E>,
        signals: &Signals,
        make: impl AsyncFnOnce() -> Outcome,
    ) -> impl Future<Output = Outcome> {
        self.cached_by(content, locale, reader, signals, None, make)
    }

    /// The same for a response that shows something of a version of the insights.
    pub(crate) async fn cached_by(
        &self,
        content: Content,
        locale: Locale,
        reader: &Reader<'a, E>,
        signals: &Signals,
        insights: Option<u64>,
        make: impl AsyncFnOnce() -> Outcome,
    ) -> Outcome {
        let key = self.response_key(content, locale, reader, signals, insights);
        let stored = match self.stored(&key, reader.at_ms) {
            Some(stored) => stored,
            // Only this part is another one for every page.
            None if is_unknown_search(&key.content, signals) => {
                let kept = self.answered_before(reader);
                let kept = kept.ok_or(Failure::SwitchedOff(Switch::Search))?;
                return Ok(self.reply_now(&kept, reader, signals));
            }
            None => self.store(&key, make().await?, reader, signals),
        };
        if let Some(searched) = stored.searched() {
            self.instance.count_search(searched, self.edge.now_ms());
        }
        Ok(self.reply_with(key, &stored, reader, signals))
    }

    fn response_key(
        &self,
        content: Content,
        locale: Locale,
        reader: &Reader<'a, E>,
        signals: &Signals,
        insights: Option<u64>,
    ) -> Rc<ResponseKey> {
        Rc::new(ResponseKey {
            content,
            locale,
            version: reader.version.number,
            published_at_ms: reader.version.activated_at_ms,
            signals_stamp: signals.stamp,
            insights,
            https: self.incoming.https,
            base_url: self.incoming.base_url.clone(),
        })
    }

    fn stored(&self, key: &ResponseKey, at_ms: i64) -> Option<Rc<StoredResponse>> {
        let metrics = &self.instance.metrics;
        let stored = self.instance.responses.get(key);
        let stored = stored.filter(|stored| stored.has_prices_of(at_ms));
        match stored {
            Some(_) => metrics.response_hits.add_one(),
            None => metrics.response_misses.add_one(),
        }
        stored
    }

    fn store(
        &self,
        key: &Rc<ResponseKey>,
        mut response: Response<Bytes>,
        reader: &Reader<'a, E>,
        signals: &Signals,
    ) -> Rc<StoredResponse> {
        reply::secure(response.headers_mut(), self.incoming.https);
        let (version, searched) = (&reader.version, self.searched.take());
        let period = Period::of(version, reader.at_ms, self.changes_at.take());
        let stored = StoredResponse::new(response, version, signals, key, searched, period);
        let stored = Rc::new(stored);
        self.instance.responses.put(key.clone(), stored.clone());
        stored
    }

    fn reply_with(
        &self,
        key: Rc<ResponseKey>,
        stored: &StoredResponse,
        reader: &Reader<'a, E>,
        signals: &Signals,
    ) -> Response<Bytes> {
        // What depends on the origin of a page is not found by the bare address.
        let path = self.incoming.request.uri().path();
        if key.content.has_address() && (!self.is_shared() || !is_api(path)) {
            let address = self.incoming.address();
            self.instance.responses.name(address, key);
        }
        self.reply_now(stored, reader, signals)
    }

    fn reply_now(
        &self,
        stored: &StoredResponse,
        reader: &Reader<'a, E>,
        signals: &Signals,
    ) -> Response<Bytes> {
        let mut response = stored.response.clone();
        let ages = self.ages(reader, Some(signals));
        ages.put_on(response.headers_mut());
        response
    }

    /// What this address was answered with last, by the same version, whatever was sold out or switched
    /// off then.
    fn answered_before(&self, reader: &Reader<'a, E>) -> Option<Rc<StoredResponse>> {
        let kept = self.instance.responses.at(&self.incoming.address())?;
        let is_current = kept.is_of_version(&reader.version) && kept.has_prices_of(reader.at_ms);
        is_current.then_some(kept)
    }

    /// Says which version a response was made from, and how old what it shows is.
    pub(crate) fn name_version(
        &self,
        reader: &Reader<'a, E>,
        signals: Option<&Signals>,
        response: &mut Response<Bytes>,
    ) {
        let headers = response.headers_mut();
        freshness::name_version(headers, &reader.version);
        self.ages(reader, signals).put_on(headers);
    }

    fn ages(&self, reader: &Reader<'a, E>, signals: Option<&Signals>) -> Ages {
        let badge_read_at_ms = signals.and_then(|signals| signals.read_at_ms);
        Ages::new(
            reader.pointer_read_at_ms,
            badge_read_at_ms,
            self.edge.now_ms(),
        )
    }

    /// What the shop says about itself, as far as this instance knows: it names the origins whose
    /// pages may call the API, beside the shop's own.
    pub(crate) fn known_shop(&self) -> Rc<ShopSettings> {
        let opened = self.opened.borrow();
        let opened = opened.as_ref().map(|opened| opened.version.clone());
        let known = opened.or_else(|| self.instance.published.last());
        known.map_or_else(|| self.about.clone(), |version| version.shop.clone())
    }

    /// Whether pages of other origins may call the API.
    pub(crate) fn is_shared(&self) -> bool {
        !self.known_shop().api_origins.is_empty()
    }

    /// A path of a page in the language and the market of the request.
    pub(crate) fn local(&self, path: &str) -> String {
        format!("{}{path}", self.locale.path_prefix())
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
            shop: &self.about,
            markets: &self.markets,
            words: &self.words,
            countries: self.countries.as_ref(),
            collections: reader.version.named_collections(),
            currency: reader.currency(),
            sends_mails: self.settings.sends_mails,
            indexable,
            has_search: reader.has_search() && !self.search_is_closed(),
        }
    }

    fn search_is_closed(&self) -> bool {
        let signals = self.instance.signals.last();
        signals.is_some_and(|signals| signals.switches.of(Switch::Search) == Setting::Closed)
    }

    /// The same for a page that stands without the catalogue; `currency` is the ISO 4217 code of its
    /// prices.
    pub(crate) fn bare_site<'s>(&'s self, path: &'s str, currency: &str) -> Site<'s> {
        Site {
            locale: self.locale,
            base_url: &self.incoming.base_url,
            path,
            shop: &self.about,
            markets: &self.markets,
            words: &self.words,
            countries: self.countries.as_ref(),
            collections: &[],
            currency: Currency::parse(currency).unwrap_or(Currency::USD),
            sends_mails: self.settings.sends_mails,
            indexable: false,
            has_search: false,
        }
    }

    /// One line for the operator's log; the client never sees it.
    pub(crate) fn log_failure(&self, how: &str, text: &str) {
        let path = without_secrets(self.incoming.request.uri().path());
        let trace = self.trace().id();
        (self.log)(&format!("{path} {how}: {text}; trace {trace}"));
    }
}

/// A path as a log may have it: of one below a sale neither a ticket nor the code at which it buys.
fn without_secrets(path: &str) -> &str {
    let Some((before, sale)) = path.split_once("/sales/") else {
        return path;
    };
    let second = sale.match_indices('/').nth(1);
    let end = second.map_or(sale.len(), |(end, _)| end);
    &path[..before.len() + "/sales/".len() + end]
}

/// Whether it is a search, and only those are answered that were answered before.
fn is_unknown_search(content: &Content, signals: &Signals) -> bool {
    let is_search = matches!(content, Content::Search { .. } | Content::ApiSearch { .. });
    is_search && signals.switches.keeps_to_known_searches()
}

/// Says when to retry, where a status promises that it is worth it.
pub(crate) fn retry_after(response: &mut Response<Bytes>, seconds: u32) {
    let says_when = [
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    if says_when.contains(&response.status()) {
        set_retry_after(response, seconds);
    }
}
