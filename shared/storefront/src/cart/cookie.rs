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
pub(crate) const COOKIE: &str = "souk_cart";
const COOKIE_AGE: Duration = Duration::days(14);

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
    /// The cart in the request's cookie; an empty one when there is none or it is not ours.
    pub(crate) fn read(headers: &HeaderMap, signer: &Signer) -> Self {
        let payload = cookie(headers, COOKIE).and_then(|signed| signer.open(signed.value()));
        let lines = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
        Self {
            lines: lines.unwrap_or_default(),
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
    pub(crate) fn cookie(&self, signer: &Signer, secure: bool) -> Cookie<'static> {
        let payload = serde_json::to_vec(&self.lines).expect("text and numbers become JSON");
        let (value, age) = match self.lines.is_empty() {
            true => (String::new(), Duration::ZERO),
            false => (signer.sign(&payload), COOKIE_AGE),
        };
        Cookie::build((COOKIE, value))
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
    use super::*;

    #[test]
    fn a_cart_survives_its_cookie() {
        let signer = Signer::new("secret", "cart");
        let mut cart = Cart::default();
        let sku = |text| Sku::parse(text).unwrap();
        cart.add(&sku("茶-1"), "茶", 2).unwrap();
        cart.add(&sku("b c"), "b", 1).unwrap();
        cart.add(&sku("茶-1"), "", 1).unwrap();
        let cookie = cart.cookie(&signer, true).to_string();
        assert!(cookie.contains("HttpOnly") && cookie.contains("; Secure"));
        assert!(cookie.contains("; Max-Age=1209600") && cookie.contains("; SameSite=Lax"));
        assert!(cookie.contains("; Path=/"));
        let mut headers = HeaderMap::new();
        let pair = cookie.split(';').next().unwrap();
        headers.insert("cookie", format!("other=1; {pair}").parse().unwrap());
        assert_eq!(Cart::read(&headers, &signer), cart);
        assert_eq!(
            Cart::read(&headers, &Signer::new("x", "cart")),
            Cart::default()
        );
    }

    #[test]
    fn a_full_cart_still_fits_a_cookie() {
        let signer = Signer::new("secret", "cart");
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
        assert!(cart.cookie(&signer, true).to_string().len() < 4096);
        let mut cart = Cart::default();
        while cart
            .add(
                &Sku::parse(&format!("{:0>255}", cart.lines.len())).unwrap(),
                "",
                1,
            )
            .is_ok()
        {}
        assert!(cart.cookie(&signer, true).to_string().len() < 4096);
    }

    #[test]
    fn zero_units_remove_a_line() {
        let mut cart = Cart::default();
        let sku = Sku::parse("a").unwrap();
        cart.add(&sku, "a", 3).unwrap();
        cart.set(&sku, "", 0).unwrap();
        assert!(cart.lines.is_empty());
        assert!(
            cart.cookie(&Signer::new("s", "cart"), false)
                .to_string()
                .contains("Max-Age=0")
        );
    }
}
