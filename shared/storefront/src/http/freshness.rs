//! How old what a response shows may be, said in its headers.
//!
//! - `Souk-Catalogue-Version` and `Souk-Catalogue-Published`: which version, and the moment of its
//!   publish (or of the rollback to it);
//! - `Souk-Catalogue-Age`: seconds since this instance read the pointer that named it;
//! - `Souk-Availability-Age`: seconds since this instance read the availability snapshot; absent
//!   where the response shows no badge, or no snapshot was read yet;
//! - `Souk-Insights-Version`: which version of what was learnt from orders, 0 where there is none;
//!   absent where the response shows nothing of it.
//!
//! A response from the cache has the same first headers; [`Ages`] change with every second.
//!
//! Not here: how long an instance trusts what it has read (`version`, `availability`).

use http::{HeaderMap, HeaderName, HeaderValue};
use souk_pages::format;

use crate::catalogue::version::Version;

const VERSION: HeaderName = HeaderName::from_static("souk-catalogue-version");
const PUBLISHED: HeaderName = HeaderName::from_static("souk-catalogue-published");
const INSIGHTS: HeaderName = HeaderName::from_static("souk-insights-version");
const AGE: HeaderName = HeaderName::from_static("souk-catalogue-age");
const AVAILABILITY_AGE: HeaderName = HeaderName::from_static("souk-availability-age");

/// The headers that every response of a version has, whenever it is sent.
pub(crate) fn name_version(headers: &mut HeaderMap, version: &Version) {
    headers.insert(VERSION, HeaderValue::from(version.number));
    let moment = format::timestamp(version.activated_at_ms);
    if let Some(moment) = moment.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(PUBLISHED, moment);
    }
}

/// The header of a response that shows what was learnt from orders.
pub(crate) fn name_insights(headers: &mut HeaderMap, insights: Option<u64>) {
    if let Some(number) = insights {
        headers.insert(INSIGHTS, HeaderValue::from(number));
    }
}

/// Seconds since an instance has read what a response was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    catalogue_s: i64,
    availability_s: Option<i64>,
}

impl Ages {
    /// The ages at a moment. All times are in milliseconds since 1970.
    pub(crate) fn new(
        pointer_read_at_ms: i64,
        availability_read_at_ms: Option<i64>,
        now_ms: i64,
    ) -> Self {
        // A clock that was set back makes nothing younger than it is.
        let age_s = |read_at_ms: i64| (now_ms - read_at_ms).max(0) / 1_000;
        Self {
            catalogue_s: age_s(pointer_read_at_ms),
            availability_s: availability_read_at_ms.map(age_s),
        }
    }

    /// Each header with its value.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, i64)> {
        let ages = [
            Some((AGE, self.catalogue_s)),
            self.availability_s.map(|age_s| (AVAILABILITY_AGE, age_s)),
        ];
        ages.into_iter().flatten()
    }

    /// Puts them on a response.
    pub(crate) fn put_on(&self, headers: &mut HeaderMap) {
        for (name, age_s) in self.headers() {
            headers.insert(name, HeaderValue::from(age_s));
        }
    }
}
