//! Which of two builds a shopper gets while a release is out: the bucket in the shopper's own cookie.
//!
//! The cookie names the release and a bucket that was drawn for it, so another release draws anew, and a
//! larger share moves no shopper back. It is not signed: a shopper who writes one gets the other build of
//! the same shop, and nothing else.
//!
//! Not here: whose bucket is in which lane (`souk_operations::release`), how a request gets to the other
//! build (`forward`).

use http::HeaderMap;
use souk_operations::PulseRelease;
use souk_operations::release::BUCKETS;

use crate::http::request::{cookie, cookie_in};
use crate::http::set_cookie::SetCookie;

/// With this prefix a browser takes the cookie only from the shop's own host, over HTTPS.
const COOKIE: &str = "__Host-souk_lane";
/// Its name where the developer's own machine speaks HTTP: there the prefix cannot be.
const LOCAL_COOKIE: &str = "souk_lane";
/// As long as a release is watched at most.
const COOKIE_AGE_S: i64 = 24 * 60 * 60;

/// The bucket that a request has for a release.
pub(crate) fn bucket(headers: &HeaderMap, release: PulseRelease) -> Option<u16> {
    let value = cookie(headers, COOKIE).or_else(|| cookie(headers, LOCAL_COOKIE))?;
    parse(value, release)
}

/// The same, from the value of the header `Cookie`.
pub(crate) fn bucket_in(cookies: &str, release: PulseRelease) -> Option<u16> {
    let value = cookie_in(cookies, COOKIE).or_else(|| cookie_in(cookies, LOCAL_COOKIE))?;
    parse(value, release)
}

fn parse(value: &str, release: PulseRelease) -> Option<u16> {
    let (salt, bucket) = value.split_once('.')?;
    if salt.parse() != Ok(release.salt) {
        return None;
    }
    bucket.parse().ok().filter(|bucket| *bucket < BUCKETS)
}

/// A bucket, from unpredictable bytes.
pub(crate) fn draw(random: [u8; 16]) -> u16 {
    let (first, _) = random.split_first_chunk().expect("sixteen bytes");
    let bucket = u64::from_be_bytes(*first) % u64::from(BUCKETS);
    u16::try_from(bucket).expect("it is below the number of buckets")
}

/// The cookie that keeps a bucket. `secure`: for a browser that came over HTTPS.
pub(crate) fn kept(release: PulseRelease, bucket: u16, secure: bool) -> SetCookie<'static> {
    SetCookie {
        name: if secure { COOKIE } else { LOCAL_COOKIE },
        value: format!("{}.{bucket}", release.salt),
        max_age_s: COOKIE_AGE_S,
        secure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: PulseRelease = PulseRelease {
        salt: 1_790_000_000_000,
        share: 100,
    };

    #[test]
    fn a_bucket_survives_its_cookie_and_counts_for_its_release_alone() {
        for secure in [true, false] {
            let cookie = kept(RELEASE, 77, secure);
            let pairs = format!("other=1; {}={}", cookie.name, cookie.value);
            assert_eq!(bucket_in(&pairs, RELEASE), Some(77));
            let mut headers = HeaderMap::new();
            headers.insert("cookie", pairs.parse().unwrap());
            assert_eq!(bucket(&headers, RELEASE), Some(77));
            let later = PulseRelease { salt: 5, ..RELEASE };
            assert_eq!(bucket(&headers, later), None);
        }
        assert!(kept(RELEASE, 1, true).to_string().contains("; Secure"));
    }

    #[test]
    fn what_is_no_bucket_is_none() {
        for value in [
            "",
            "1",
            "1790000000000.",
            "1790000000000.10000",
            "x.1",
            "1790000000000.-1",
        ] {
            assert_eq!(
                bucket_in(&format!("souk_lane={value}"), RELEASE),
                None,
                "{value}"
            );
        }
        assert_eq!(bucket_in("", RELEASE), None);
    }

    #[test]
    fn every_bucket_is_drawn_about_as_often() {
        let mut tenths = [0_u32; 10];
        for seed in 0_u32..10_000 {
            let hash = blake3::hash(&seed.to_le_bytes());
            let random = hash.as_bytes()[..16].try_into().unwrap();
            tenths[usize::from(draw(random)) / 1_000] += 1;
        }
        assert!(
            tenths.iter().all(|count| (850..1_150).contains(count)),
            "{tenths:?}"
        );
    }
}
