//! Finished responses in the memory of an instance, and the shortest way to them.
//!
//! A response that depends on nothing but its [`ResponseKey`] is cached whole.
//! [`crate::cached_response`] finds it by the bare address, before the request is parsed: at the
//! peak nearly all requests end there. It decides nothing: a request whose response is not known to
//! be current goes to [`crate::handle`], which also caches what it makes.
//!
//! **Architecture Invariant:** nothing personal is ever cached; only `Shop::cached` adds responses.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use souk_operations::RouteClass;

use crate::cache::ByteBudget;
use crate::catalogue::version::Version;
use crate::http::freshness::{self, Ages, Period};
use crate::http::response_key::ResponseKey;
use crate::search::Searched;
use crate::signals::Signals;

/// Bytes of finished responses that an instance keeps, and of what adapters make of them.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of finished answers to searches, and of what adapters make of them.
const SEARCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a kept response or address takes beside its text: headers, the lists of the cache.
const ENTRY_OVERHEAD_BYTES: usize = 512;

/// The finished responses of an instance. Those of searches have room of their own: what shoppers type
/// never pushes a page out.
#[derive(Debug)]
pub(crate) struct ResponseCache {
    pages: Kept,
    searches: Kept,
}

#[derive(Debug)]
struct Kept {
    responses: ByteBudget<Rc<ResponseKey>, Rc<StoredResponse>>,
    /// Keys of `responses` by the addresses that were answered with them.
    addresses: ByteBudget<String, Rc<ResponseKey>>,
}

impl Kept {
    /// With so much room for responses, and a quarter of it for addresses.
    fn new(bytes_max: usize) -> Self {
        Self {
            responses: ByteBudget::new(bytes_max),
            addresses: ByteBudget::new(bytes_max / 4),
        }
    }

    fn at(&self, address: &str) -> Option<Rc<StoredResponse>> {
        let find = |key: &Rc<ResponseKey>| self.responses.get(key, Rc::clone);
        self.addresses.get(address, find)?
    }
}

impl Default for ResponseCache {
    fn default() -> Self {
        Self {
            pages: Kept::new(RESPONSE_BYTES_MAX),
            searches: Kept::new(SEARCH_BYTES_MAX),
        }
    }
}

impl ResponseCache {
    /// Bytes of responses kept at the moment.
    pub(crate) fn bytes_kept(&self) -> usize {
        self.pages.responses.used() + self.searches.responses.used()
    }

    fn of(&self, key: &ResponseKey) -> &Kept {
        match key.content.is_search() {
            true => &self.searches,
            false => &self.pages,
        }
    }

    pub(crate) fn get(&self, key: &ResponseKey) -> Option<Rc<StoredResponse>> {
        self.of(key).responses.get(key, Rc::clone)
    }

    pub(crate) fn put(&self, key: Rc<ResponseKey>, stored: Rc<StoredResponse>) {
        // Twice: an adapter may keep a form of its own beside it.
        let body = stored.response.body().len();
        let bytes = 2 * (body + ENTRY_OVERHEAD_BYTES) + key.bytes();
        self.of(&key).responses.put(key.clone(), stored, bytes);
    }

    /// Notes that an address was answered with the response of this key.
    pub(crate) fn name(&self, address: String, key: Rc<ResponseKey>) {
        let bytes = address.len() + key.bytes() + ENTRY_OVERHEAD_BYTES;
        self.of(&key).addresses.put(address, key.clone(), bytes);
    }

    /// The response that this address was answered with last.
    pub(crate) fn at(&self, address: &str) -> Option<Rc<StoredResponse>> {
        self.pages.at(address).or_else(|| self.searches.at(address))
    }
}

/// A finished response, without its ages.
#[derive(Debug)]
pub(crate) struct StoredResponse {
    pub(crate) response: Response<Bytes>,
    version: u64,
    published_at_ms: i64,
    stamp: u64,
    insights: Option<u64>,
    /// What a request for it counts as, where it is a search.
    searched: Option<Searched>,
    period: Period,
    is_result: bool,
    is_search: bool,
    form: OnceCell<Box<dyn Any>>,
}

impl StoredResponse {
    /// Keeps the response of a key, which was made from these.
    pub(crate) fn new(
        mut response: Response<Bytes>,
        version: &Version,
        signals: &Signals,
        key: &ResponseKey,
        searched: Option<Searched>,
        period: Period,
    ) -> Self {
        freshness::name_version(response.headers_mut(), version);
        period.put_on(response.headers_mut());
        freshness::name_insights(response.headers_mut(), key.insights);
        Self {
            response,
            version: version.number,
            published_at_ms: version.activated_at_ms,
            stamp: signals.stamp,
            insights: key.insights,
            searched,
            period,
            is_result: key.content.is_result(),
            is_search: key.content.is_search(),
            form: OnceCell::new(),
        }
    }

    /// What a request that is answered with it counts as, where it is a search.
    pub(crate) fn searched(&self) -> Option<&Searched> {
        self.searched.as_ref()
    }

    /// What kind of request it answers.
    pub(crate) fn class(&self) -> RouteClass {
        match self.is_search {
            true => RouteClass::Search,
            false => RouteClass::Read,
        }
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Whether its prices are those of a moment, in milliseconds since 1970.
    pub(crate) fn has_prices_of(&self, at_ms: i64) -> bool {
        self.period.has(at_ms)
    }

    /// Whether it was made from this version and the signals with this stamp.
    pub(crate) fn is_of(&self, version: &Version, stamp: u64) -> bool {
        self.is_of_version(version) && self.stamp == stamp
    }

    /// Whether it was made from this version.
    pub(crate) fn is_of_version(&self, version: &Version) -> bool {
        self.version == version.number && self.published_at_ms == version.activated_at_ms
    }

    /// Whether it shows nothing of the insights, or that version which an instance knows to be the
    /// published one.
    pub(crate) fn is_of_insights(&self, known: Option<u64>) -> bool {
        self.insights.is_none() || self.insights == known
    }
}

/// A response of status 200 that is as current as one that would be made now.
#[derive(Debug)]
pub struct CachedResponse {
    pub(crate) stored: Rc<StoredResponse>,
    /// The only headers that change.
    pub ages: Ages,
}

impl CachedResponse {
    /// Every header but the ages.
    pub fn headers(&self) -> &HeaderMap {
        self.stored.response.headers()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        self.stored.response.body()
    }

    /// Whether pages of results lead to it, so that the header `Referer` is worth a look
    /// ([`crate::count_click`]).
    pub fn is_result(&self) -> bool {
        self.stored.is_result
    }

    /// The form in which an adapter hands the response to its platform: made once, and forgotten
    /// together with the response. An instance has one adapter, hence one type.
    ///
    /// # Panics
    /// When it was made with another type before.
    pub fn form<T: 'static>(&self, make: impl FnOnce(&Self) -> T) -> &T {
        let form = self.stored.form.get_or_init(|| Box::new(make(self)));
        form.downcast_ref()
            .expect("an instance has one adapter, which asks for one type")
    }
}
