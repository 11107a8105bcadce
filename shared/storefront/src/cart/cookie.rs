//! The cart: a signed cookie, so that no store and no session is behind it.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use souk_domain::{QUANTITY_MAX, Sku, Slug};

use crate::http::request::cookie;
use crate::http::signing::Signer;

/// Lines in a cart: with long SKUs the cookie stays below the 4 KB that browsers keep.
pub(crate) const CART_LINES_MAX: usize = 30;
/// Bytes of all SKUs and slugs in a cart, for the same reason.
const CART_NAME_BYTES_MAX: usize = 2_000;
/// The cookie's name. With this prefix a browser takes the cookie only from the shop's own host, over
/// HTTPS, for the whole host: no sister host can plant a cart.
const COOKIE: &str = "__Host-souk_cart";
/// Its name where the developer's own machine speaks HTTP: there the prefix cannot be.
const LOCAL_COOKIE: &str = "souk_cart";
const COOKIE_AGE: Duration = Duration::days(14);
const COOKIE_AGE_S: i64 = 14 * 24 * 60 * 60;

/// The cookie's name, for browsers that came over HTTPS and for the others.
pub(crate) fn name(secure: bool) -> &'static str {
    match secure {
        true => COOKIE,
        false => LOCAL_COOKIE,
    }
}

/// What the cookie holds: when it was signed, in seconds since 1970, and the lines.
type Signed = (i64, Vec<Line>);

/// Lines in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<Line>,
}

/// One line. The slug finds the product again: the catalogue is read by slug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, String, u32)", into = "(String, String, u32)")]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) slug: String,
    pub(crate) units: u32,
}

impl From<(String, String, u32)> for Line {
    fn from((sku, slug, units): (String, String, u32)) -> Self {
        Self { sku, slug, units }
    }
}

impl From<Line> for (String, String, u32) {
    fn from(line: Line) -> Self {
        (line.sku, line.slug, line.units)
    }
}

/// Why a line was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CartFull;

impl Cart {
    /// The cart in the request's cookie; an empty one when there is none, it is not ours, or it is
    /// older than browsers keep it.
    pub(crate) fn read(headers: &HeaderMap, signer: &Signer, secure: bool, now_ms: i64) -> Self {
        let payload = cookie(headers, name(secure)).and_then(|signed| signer.open(signed.value()));
        let signed = payload.and_then(|payload| serde_json::from_slice::<Signed>(&payload).ok());
        // One that is dated so far ahead was made by a clock that was wrong.
        let is_current =
            |signed_s: i64| (now_ms / 1_000).abs_diff(signed_s) <= COOKIE_AGE_S.unsigned_abs();
        let current = signed.filter(|(signed_s, _)| is_current(*signed_s));
        Self {
            lines: current.map(|(_, lines)| lines).unwrap_or_default(),
        }
    }

    /// Sets the units of a SKU; 0 removes it. The slug counts when the line is new.
    pub(crate) fn set(&mut self, sku: &Sku, slug: &str, units: u32) -> Result<(), CartFull> {
        let units = units.min(QUANTITY_MAX);
        let place = self.lines.iter().position(|line| line.sku == sku.as_str());
        match (place, units) {
            (Some(place), 0) => drop(self.lines.remove(place)),
            (Some(place), units) => self.lines[place].units = units,
            (None, 0) => {}
            (None, units) => {
                let slug = Slug::parse(slug).map_or_else(|_| String::new(), |s| s.to_string());
                let line = Line {
                    sku: sku.to_string(),
                    slug,
                    units,
                };
                let bytes: usize = self
                    .lines
                    .iter()
                    .chain([&line])
                    .map(|l| l.sku.len() + l.slug.len())
                    .sum();
                if self.lines.len() >= CART_LINES_MAX || bytes > CART_NAME_BYTES_MAX {
                    return Err(CartFull);
                }
                self.lines.push(line);
            }
        }
        Ok(())
    }

    /// Adds units of a SKU.
    pub(crate) fn add(&mut self, sku: &Sku, slug: &str, units: u32) -> Result<(), CartFull> {
        let known = self.lines.iter().find(|line| line.sku == sku.as_str());
        let before = known.map_or(0, |line| line.units);
        self.set(sku, slug, before.saturating_add(units))
    }

    /// The cookie that keeps this cart. An empty cart removes the cookie.
    pub(crate) fn cookie(&self, signer: &Signer, secure: bool, now_ms: i64) -> Cookie<'static> {
        let signed = (now_ms / 1_000, &self.lines);
        let payload = serde_json::to_vec(&signed).expect("text and numbers become JSON");
        let (value, age) = match self.lines.is_empty() {
            true => (String::new(), Duration::ZERO),
            false => (signer.sign(&payload), COOKIE_AGE),
        };
        Cookie::build((name(secure), value))
            .path("/")
            .max_age(age)
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(secure)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use souk_settings::Secrets;

    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;

    #[test]
    fn a_cart_survives_its_cookie() {
        let signer = Signer::new(&Secrets::split("secret"), "cart");
        let mut cart = Cart::default();
        let sku = |text| Sku::parse(text).unwrap();
        cart.add(&sku("茶-1"), "茶", 2).unwrap();
        cart.add(&sku("b c"), "b", 1).unwrap();
        cart.add(&sku("茶-1"), "", 1).unwrap();
        let cookie = cart.cookie(&signer, true, NOW_MS).to_string();
        assert!(cookie.starts_with("__Host-souk_cart="), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(cookie.contains("HttpOnly") && cookie.contains("; Secure"));
        assert!(cookie.contains("; Max-Age=1209600") && cookie.contains("; SameSite=Lax"));
        assert!(cookie.contains("; Path=/"));
        let mut headers = HeaderMap::new();
        let pair = cookie.split(';').next().unwrap();
        headers.insert("cookie", format!("other=1; {pair}").parse().unwrap());
        let read = |signer: &Signer, secure, now_ms| Cart::read(&headers, signer, secure, now_ms);
        assert_eq!(read(&signer, true, NOW_MS), cart);
        let other = Signer::new(&Secrets::split("x"), "cart");
        assert_eq!(read(&other, true, NOW_MS), Cart::default());
        // The name without the prefix may come from another host.
        assert_eq!(read(&signer, false, NOW_MS), Cart::default());
    }

    #[test]
    fn a_cart_that_browsers_have_forgotten_is_forgotten() {
        let signer = Signer::new(&Secrets::split("secret"), "cart");
        let mut cart = Cart::default();
        cart.add(&Sku::parse("a").unwrap(), "a", 1).unwrap();
        let cookie = cart.cookie(&signer, true, NOW_MS).to_string();
        let mut headers = HeaderMap::new();
        let pair = cookie.split(';').next().unwrap();
        headers.insert("cookie", pair.parse().unwrap());
        let age_ms = COOKIE_AGE_S * 1_000;
        for (now_ms, expected) in [
            (NOW_MS - 60_000, &cart),
            (NOW_MS + age_ms, &cart),
            (NOW_MS + age_ms + 1_000, &Cart::default()),
            // A clock that was ahead when it was signed does not make it last longer.
            (NOW_MS - age_ms - 1_000, &Cart::default()),
        ] {
            let read = Cart::read(&headers, &signer, true, now_ms);
            assert_eq!(&read, expected, "{now_ms}");
        }
    }

    #[test]
    fn a_full_cart_still_fits_a_cookie() {
        let signer = Signer::new(&Secrets::split("secret"), "cart");
        let mut cart = Cart::default();
        while cart
            .add(
                &Sku::parse(&format!("{:0>60}", cart.lines.len())).unwrap(),
                "",
                9999,
            )
            .is_ok()
        {}
        assert_eq!(cart.lines.len(), CART_LINES_MAX);
        assert!(cart.cookie(&signer, true, NOW_MS).to_string().len() < 4096);
        let mut cart = Cart::default();
        while cart
            .add(
                &Sku::parse(&format!("{:0>255}", cart.lines.len())).unwrap(),
                "",
                1,
            )
            .is_ok()
        {}
        assert!(cart.cookie(&signer, true, NOW_MS).to_string().len() < 4096);
    }

    #[test]
    fn zero_units_remove_a_line() {
        let mut cart = Cart::default();
        let sku = Sku::parse("a").unwrap();
        cart.add(&sku, "a", 3).unwrap();
        cart.set(&sku, "", 0).unwrap();
        assert!(cart.lines.is_empty());
        assert!(
            cart.cookie(&Signer::new(&Secrets::split("s"), "cart"), false, NOW_MS)
                .to_string()
                .contains("Max-Age=0")
        );
    }
}
