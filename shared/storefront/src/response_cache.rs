//! Finished responses in the memory of an instance, and the shortest way to them.
//!
//! A response that depends on nothing but its address, the published version and the availability
//! snapshot is cached whole. [`cached_response`] finds it by the bare address, before the request
//! is parsed: at the peak nearly all requests end there. It decides nothing: a request whose
//! response is not known to be current goes to [`crate::handle`], which also caches what it makes.
//!
//! **Architecture Invariant:** nothing personal is ever cached; only `Shop::cached` adds responses.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use crate::availability::Availability;
use crate::catalogue::Version;
use crate::instance::Instance;
use crate::reply;

/// A finished response, without its age.
#[derive(Debug)]
pub(crate) struct StoredResponse {
    pub(crate) response: Response<Bytes>,
    version: u64,
    stamp: u64,
    form: OnceCell<Box<dyn Any>>,
}

impl StoredResponse {
    /// Keeps a response that was made from these two.
    pub(crate) fn new(
        mut response: Response<Bytes>,
        version: &Version,
        availability: &Availability,
    ) -> Self {
        let number = HeaderValue::from(version.number);
        response.headers_mut().insert(reply::VERSION, number);
        Self {
            response,
            version: version.number,
            stamp: availability.stamp,
            form: OnceCell::new(),
        }
    }
}

/// Whole seconds since a version became the published one.
pub(crate) fn age_s(activated_at_ms: i64, now_ms: i64) -> i64 {
    (now_ms - activated_at_ms).max(0) / 1000
}

/// A response of status 200 that is as current as one that would be made now.
#[derive(Debug)]
pub struct CachedResponse {
    stored: Rc<StoredResponse>,
    /// Value of the header [`CachedResponse::AGE`], in seconds; the only header that changes.
    pub age_s: i64,
}

impl CachedResponse {
    /// Name of the header that tells the age of the catalogue's version.
    pub const AGE: HeaderName = reply::AGE;

    /// Every header but the age.
    pub fn headers(&self) -> &HeaderMap {
        self.stored.response.headers()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        self.stored.response.body()
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

/// The response to an unconditional `GET` of this address, where the instance has it and knows
/// that nothing has changed since; `None`: ask [`crate::handle`].
///
/// `address` is the whole URL; `now_ms` is the time in milliseconds since 1970.
pub fn cached_response(address: &str, now_ms: i64, instance: &Instance) -> Option<CachedResponse> {
    let find = |key: &String| instance.responses.get(key.as_str(), Rc::clone);
    let stored: Rc<StoredResponse> = instance.addresses.get(address, find)??;
    let current = instance.current.borrow();
    let version = current.as_ref()?.fresh(now_ms)?;
    let availability = instance.availability.borrow();
    let availability = availability
        .as_ref()
        .filter(|availability| availability.is_fresh(now_ms))?;
    if stored.version != version.number || stored.stamp != availability.stamp {
        return None;
    }
    instance.metrics.requests.add_one();
    instance.metrics.response_hits.add_one();
    let age_s = age_s(version.activated_at_ms, now_ms);
    Some(CachedResponse { stored, age_s })
}
