//! How old what a response shows may be, said in its headers.
//!
//! - `Souk-Catalogue-Version` and `Souk-Catalogue-Published`: which version, and the moment of its
//!   publish (or of the rollback to it);
//! - `Souk-Catalogue-Age`: seconds since this instance read the pointer that named it;
//! - `Souk-Availability-Age`: seconds since this instance read the availability snapshot; absent
//!   where the response shows no badge, or no snapshot was read yet;
//! - `Souk-Level`: the level of the shop, from 1 on;
//! - `Souk-Insights-Version`: which version of what was learnt from orders, 0 where there is none;
//!   absent where the response shows nothing of it.
//!
//! A response from the cache has the same first headers; [`Ages`] change with every second.
//!
//! A response is kept while no price of its version changes: [`Period`] says until when, and
//! `Cache-Control` promises no more.
//!
//! Not here: how long an instance trusts what it has read (`version`, `availability`).

use http::{HeaderMap, HeaderName, HeaderValue, header};
use souk_pages::format;

use crate::catalogue::version::Version;

const VERSION: HeaderName = HeaderName::from_static("souk-catalogue-version");
const PUBLISHED: HeaderName = HeaderName::from_static("souk-catalogue-published");
const INSIGHTS: HeaderName = HeaderName::from_static("souk-insights-version");
const AGE: HeaderName = HeaderName::from_static("souk-catalogue-age");
/// The level of the shop, on every response from level 1 on.
pub(crate) const LEVEL: HeaderName = HeaderName::from_static("souk-level");
const AVAILABILITY_AGE: HeaderName = HeaderName::from_static("souk-availability-age");

/// How long other caches keep a page, whose badge is right to within seconds, and how much longer they
/// show it while they ask for it again, in seconds.
const MAX_AGE_S: i64 = 5;
/// 5 s and 30 s.
const KEPT_S_MAX: i64 = 35;
/// The same as a header.
pub(crate) const PAGE_CACHED: &str = "public, max-age=5, stale-while-revalidate=30";

/// The headers that every response of a version has, whenever it is sent.
pub(crate) fn name_version(headers: &mut HeaderMap, version: &Version) {
    headers.insert(VERSION, HeaderValue::from(version.number));
    let moment = format::timestamp(version.activated_at_ms);
    if let Some(moment) = moment.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(PUBLISHED, moment);
    }
}

/// While a kept response is as one that would be made now. All times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    from_ms: i64,
    /// The response has ended then.
    until_ms: i64,
    /// Seconds that other caches may show it; `None`: as long as its policy says.
    rest_s: Option<i64>,
}

impl Period {
    /// That of a response with the prices of a moment, which also changes at another one.
    pub(crate) fn of(version: &Version, at_ms: i64, changes_at_ms: Option<i64>) -> Self {
        let shown = version.manifest.shown.as_ref();
        let (from_ms, next_ms) = shown.map_or((i64::MIN, i64::MAX), |shown| shown.period(at_ms));
        let next_ms = changes_at_ms.map_or(next_ms, |ms| ms.min(next_ms));
        // Whole seconds: the response is made anew for each of the last ones.
        let rest_s = next_ms.saturating_sub(at_ms) / 1_000;
        let promised_s = rest_s.min(KEPT_S_MAX);
        Self {
            from_ms,
            until_ms: next_ms - (promised_s * 1_000 - 1).max(0),
            rest_s: (promised_s < KEPT_S_MAX).then_some(promised_s),
        }
    }

    /// Whether the response is still as one that would be made at a moment.
    pub(crate) fn has(self, at_ms: i64) -> bool {
        (self.from_ms..self.until_ms).contains(&at_ms)
    }

    /// Lets other caches keep a public response no longer than its prices hold.
    pub(crate) fn put_on(self, headers: &mut HeaderMap) {
        let Some(rest_s) = self.rest_s else {
            return;
        };
        let is_page = |value: &HeaderValue| value == PAGE_CACHED;
        if !headers.get(header::CACHE_CONTROL).is_some_and(is_page) {
            return;
        }
        let max_age_s = rest_s.min(MAX_AGE_S);
        let policy = match rest_s - max_age_s {
            0 => format!("public, max-age={max_age_s}"),
            stale_s => format!("public, max-age={max_age_s}, stale-while-revalidate={stale_s}"),
        };
        let policy = HeaderValue::try_from(policy).expect("words and digits");
        headers.insert(header::CACHE_CONTROL, policy);
    }
}

/// The header of a response that shows what was learnt from orders.
pub(crate) fn name_insights(headers: &mut HeaderMap, insights: Option<u64>) {
    if let Some(number) = insights {
        headers.insert(INSIGHTS, HeaderValue::from(number));
    }
}

/// Seconds since an instance has read what a response was made of, and the level of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    catalogue_s: i64,
    availability_s: Option<i64>,
    /// 0 where the response does not say it.
    level: u8,
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
            level: 0,
        }
    }

    /// The same with the level of the shop.
    pub(crate) fn at_level(self, level: u8) -> Self {
        Self { level, ..self }
    }

    /// Each header with its value.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, i64)> {
        let level = (self.level > 0).then_some((LEVEL, self.level.into()));
        let ages = [
            level,
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
