//! The cart: a signed cookie, so that no store and no session is behind it.
//!
//! A line is as short as can be: the hash of the product's slug, by which the catalogue finds the
//! product, the hash of the variant's SKU, the units, and what the shopper says of options. So the
//! length of names does not count, and a cart holds as many lines as an order; with long texts in its
//! options it is full before that.
//!
//! - **Architecture Invariant:** what a shopper types into options is in the browser's own cookie until
//!   it is ordered, and in no store, log or cache of the shop.

use http::HeaderMap;
use souk_catalogue::SlugHash;
use souk_domain::{LINES_MAX, QUANTITY_MAX, Sku, Slug};
use souk_protocol::options::GivenOptions;

use crate::cart::line::{Line, LineKey};
use crate::http::request::cookie;
use crate::http::set_cookie::SetCookie;
use crate::http::signing::Signer;

/// Lines in a cart. Of 19 bytes each without options they make a cookie of 2.6 KB.
pub(crate) const CART_LINES_MAX: usize = LINES_MAX;
/// Bytes of all lines, so that the cookie has less than 4,000 with its name and its signature:
/// browsers keep 4,096.
const CART_BYTES_MAX: usize = 2_900;
/// The cookie's name. With this prefix a browser takes the cookie only from the shop's own host, over
/// HTTPS, for the whole host: no sister host can plant a cart.
const COOKIE: &str = "__Host-souk_cart";
/// Its name where the developer's own machine speaks HTTP: there the prefix cannot be.
const LOCAL_COOKIE: &str = "souk_cart";
const COOKIE_AGE_S: i64 = 14 * 24 * 60 * 60;

/// The cookie's name, for browsers that came over HTTPS and for the others.
pub(crate) fn name(secure: bool) -> &'static str {
    match secure {
        true => COOKIE,
        false => LOCAL_COOKIE,
    }
}

/// A cookie with the attributes of the cart's: `value` is kept as long as a cart is; an empty one
/// removes the cookie.
pub(crate) fn kept(name: &'static str, value: String, secure: bool) -> SetCookie<'static> {
    let max_age_s = match value.is_empty() {
        true => 0,
        false => COOKIE_AGE_S,
    };
    SetCookie {
        name,
        value,
        max_age_s,
        secure,
    }
}

/// Whether a cookie that was signed then is one that browsers still keep. One that is dated so far
/// ahead was made by a clock that was wrong.
pub(crate) fn is_current(signed_s: i64, now_ms: i64) -> bool {
    (now_ms / 1_000).abs_diff(signed_s) <= COOKIE_AGE_S.unsigned_abs()
}

/// Lines in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<Line>,
}

/// Why a line was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CartFull;

impl Cart {
    /// The cart in the request's cookie; an empty one when there is none, it is not ours, or it is
    /// older than browsers keep it.
    pub(crate) fn read(headers: &HeaderMap, signer: &Signer, secure: bool, now_ms: i64) -> Self {
        let payload = cookie(headers, name(secure)).and_then(|signed| signer.open(signed));
        let lines = payload.and_then(|payload| decode(&payload, now_ms));
        Self {
            lines: lines.unwrap_or_default(),
        }
    }

    /// The line of a SKU; of this product, if one is named.
    pub(crate) fn key(&self, sku: &Sku, product: Option<&Slug>) -> LineKey {
        let named = product.map(|slug| SlugHash::of(slug.as_str()));
        let known = self.lines.iter().map(|line| line.key);
        let mut known = known.filter(|key| key.has_sku(sku.as_str()));
        match named {
            Some(product) => LineKey::new(product, sku.as_str()),
            None => known
                .next()
                .unwrap_or_else(|| LineKey::new(SlugHash::of(""), sku.as_str())),
        }
    }

    /// Sets the units of a line; 0 removes it. A line that is not there and has options is gone: its
    /// name does not tell them.
    pub(crate) fn set(&mut self, key: LineKey, units: u32) -> Result<(), CartFull> {
        match self.lines.iter().any(|line| line.key == key) || key.options == 0 {
            true => self.set_with(key, &GivenOptions::new(), units),
            false => Ok(()),
        }
    }

    fn set_with(
        &mut self,
        key: LineKey,
        options: &GivenOptions,
        units: u32,
    ) -> Result<(), CartFull> {
        let units = units.min(QUANTITY_MAX);
        let place = self.lines.iter().position(|line| line.key == key);
        match (place, units) {
            (Some(place), 0) => drop(self.lines.remove(place)),
            (Some(place), units) => self.lines[place].units = units,
            (None, 0) => {}
            (None, _) if self.lines.len() >= CART_LINES_MAX => return Err(CartFull),
            (None, units) => {
                let options = options.clone();
                self.lines.push(Line {
                    key,
                    units,
                    options,
                });
                if self.encode(0).len() > CART_BYTES_MAX {
                    self.lines.pop();
                    return Err(CartFull);
                }
            }
        }
        Ok(())
    }

    /// Adds units to the line of a variant with options.
    pub(crate) fn add(
        &mut self,
        key: LineKey,
        options: &GivenOptions,
        units: u32,
    ) -> Result<(), CartFull> {
        let key = key.with(options);
        let known = self.lines.iter().find(|line| line.key == key);
        let known = known.map_or(0, |line| line.units);
        self.set_with(key, options, known.saturating_add(units))
    }

    /// Takes out what was ordered, as SKUs and units. What was added since stays.
    pub(crate) fn take_out<'a>(&mut self, ordered: impl IntoIterator<Item = (&'a str, u32)>) {
        for (sku, mut units) in ordered {
            for line in &mut self.lines {
                if line.key.has_sku(sku) {
                    let taken = line.units.min(units);
                    (line.units, units) = (line.units - taken, units - taken);
                }
            }
        }
        self.lines.retain(|line| line.units > 0);
    }

    /// The value of the cookie that keeps this cart; empty for an empty cart.
    pub(crate) fn signed(&self, signer: &Signer, now_ms: i64) -> String {
        match self.lines.is_empty() {
            true => String::new(),
            false => signer.sign(&self.encode(now_ms)),
        }
    }

    fn encode(&self, now_ms: i64) -> Vec<u8> {
        let mut payload = (now_ms / 1_000).to_be_bytes().to_vec();
        for line in &self.lines {
            line.encode(&mut payload);
        }
        payload
    }
}

/// The lines of a cart that was signed a short while ago. The signature is ours, so what does not
/// fit was written by another build.
fn decode(payload: &[u8], now_ms: i64) -> Option<Vec<Line>> {
    let (signed_s, mut rest) = payload.split_first_chunk::<8>()?;
    if !is_current(i64::from_be_bytes(*signed_s), now_ms) {
        return None;
    }
    let mut lines = Vec::new();
    while !rest.is_empty() {
        lines.push(Line::decode(&mut rest)?);
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use souk_protocol::options::GivenOption;
    use souk_settings::Secrets;

    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;

    fn signer(secrets: &str) -> Signer {
        Signer::new(&Secrets::split(secrets), "cart")
    }

    fn cookie_of(cart: &Cart, secrets: &str, secure: bool) -> SetCookie<'static> {
        kept(name(secure), cart.signed(&signer(secrets), NOW_MS), secure)
    }

    fn key(slug: &str, sku: &str) -> LineKey {
        LineKey::new(SlugHash::of(slug), sku)
    }

    fn none() -> GivenOptions {
        GivenOptions::new()
    }

    fn engraved(text: &str) -> GivenOptions {
        let engraving = ("engraving".to_owned(), GivenOption::Text(text.to_owned()));
        [engraving, ("wrap".to_owned(), GivenOption::Yes)].into()
    }

    fn headers(cookie: &SetCookie<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let pair = format!("other=1; {}={}", cookie.name, cookie.value);
        headers.insert("cookie", pair.parse().unwrap());
        headers
    }

    #[test]
    fn a_cart_survives_its_cookie() {
        let mut cart = Cart::default();
        cart.add(key("茶", "茶-1"), &none(), 2).unwrap();
        cart.add(key("b", "b c"), &none(), QUANTITY_MAX).unwrap();
        cart.add(key("茶", "茶-1"), &none(), 1).unwrap();
        assert_eq!(cart.lines.len(), 2);
        let cookie = cookie_of(&cart, "secret", true);
        let text = cookie.to_string();
        assert!(text.starts_with("__Host-souk_cart="), "{text}");
        assert!(!text.contains("Domain"), "{text}");
        assert!(text.contains("HttpOnly") && text.contains("; Secure"));
        assert!(text.contains("; Max-Age=1209600") && text.contains("; SameSite=Lax"));
        assert!(text.contains("; Path=/"));
        let headers = headers(&cookie);
        let read = |secrets, secure| Cart::read(&headers, &signer(secrets), secure, NOW_MS);
        assert_eq!(read("secret", true), cart);
        assert_eq!(read("x", true), Cart::default());
        // The name without the prefix may come from another host.
        assert_eq!(read("secret", false), Cart::default());
    }

    #[test]
    fn a_cart_that_browsers_have_forgotten_is_forgotten() {
        let mut cart = Cart::default();
        cart.add(key("a", "a"), &none(), 1).unwrap();
        let headers = headers(&cookie_of(&cart, "secret", true));
        let age_ms = COOKIE_AGE_S * 1_000;
        for (now_ms, expected) in [
            (NOW_MS - 60_000, &cart),
            (NOW_MS + age_ms, &cart),
            (NOW_MS + age_ms + 1_000, &Cart::default()),
            // A clock that was ahead when it was signed does not make it last longer.
            (NOW_MS - age_ms - 1_000, &Cart::default()),
        ] {
            let read = Cart::read(&headers, &signer("secret"), true, now_ms);
            assert_eq!(&read, expected, "{now_ms}");
        }
    }

    #[test]
    fn a_full_cart_holds_as_much_as_an_order_and_fits_a_cookie() {
        let mut cart = Cart::default();
        let long = |at: usize| key(&format!("{at:0>255}"), &format!("{at:0>255}"));
        while cart
            .add(long(cart.lines.len()), &none(), QUANTITY_MAX)
            .is_ok()
        {}
        assert_eq!(cart.lines.len(), LINES_MAX);
        let cookie = cookie_of(&cart, "secret", true);
        assert!(
            cookie.to_string().len() < 2_700,
            "{}",
            cookie.to_string().len()
        );
        let read = Cart::read(&headers(&cookie), &signer("secret"), true, NOW_MS);
        assert_eq!(read, cart);
        assert_eq!(cart.add(long(LINES_MAX), &none(), 1), Err(CartFull));
        assert_eq!(cart.set(long(0), 3), Ok(()), "a line that is there");
    }

    #[test]
    fn lines_with_other_options_are_other_lines_and_keep_them() {
        let mut cart = Cart::default();
        let mug = key("mug", "MUG");
        for (options, units) in [(none(), 1), (engraved("Für Anna"), 2), (engraved("茶"), 1)] {
            cart.add(mug, &options, units).unwrap();
        }
        cart.add(mug, &engraved("茶"), 3).unwrap();
        let units: Vec<_> = cart.lines.iter().map(|line| line.units).collect();
        assert_eq!(units, [1, 2, 4]);
        let cookie = cookie_of(&cart, "secret", true);
        let mut read = Cart::read(&headers(&cookie), &signer("secret"), true, NOW_MS);
        assert_eq!(read, cart);
        let anna = LineKey::parse(&read.lines[1].key.text()).unwrap();
        read.set(anna, 5).unwrap();
        assert_eq!(
            (read.lines[1].units, &read.lines[1].options),
            (5, &engraved("Für Anna"))
        );
        read.set(anna, 0).unwrap();
        // Its name alone brings it not back.
        read.set(anna, 1).unwrap();
        assert_eq!(read.lines.len(), 2);
    }

    #[test]
    fn texts_fill_a_cart_before_the_cookie_is_too_long() {
        let mut cart = Cart::default();
        let text = |at: usize| engraved(&format!("{at:0>200}"));
        while cart
            .add(key("mug", "MUG"), &text(cart.lines.len()), 1)
            .is_ok()
        {}
        assert_eq!(cart.lines.len(), 12);
        let cookie = cookie_of(&cart, "secret", true);
        assert!(COOKIE.len() + 1 + cookie.value.len() < 4_000);
        let read = Cart::read(&headers(&cookie), &signer("secret"), true, NOW_MS);
        assert_eq!(read, cart);
        let tea = key("tea", "TEA");
        assert_eq!(cart.add(tea, &none(), 1), Err(CartFull));
        let first = cart.lines[0].key;
        cart.set(first, 0).unwrap();
        assert_eq!(cart.add(tea, &none(), 1), Ok(()));
    }

    #[test]
    fn a_payload_of_another_build_is_no_cart() {
        let signer = signer("secret");
        for payload in [&b""[..], b"1234567", b"[1790000000,[[\"a\",\"b\",1]]]"] {
            let cookie = kept(COOKIE, signer.sign(payload), true);
            let read = Cart::read(&headers(&cookie), &signer, true, NOW_MS);
            assert_eq!(read, Cart::default());
        }
    }

    #[test]
    fn zero_units_remove_a_line() {
        let mut cart = Cart::default();
        cart.add(key("a", "a"), &none(), 3).unwrap();
        cart.set(key("a", "a"), 0).unwrap();
        assert!(cart.lines.is_empty());
        let cookie = cookie_of(&cart, "s", false).to_string();
        assert!(cookie.contains("Max-Age=0"));
    }

    #[test]
    fn a_line_is_named_by_its_sku_alone_once_it_is_there() {
        let sku = |text| Sku::parse(text).unwrap();
        let slug = Slug::parse("mug").unwrap();
        let mut cart = Cart::default();
        let added = cart.key(&sku("A"), Some(&slug));
        cart.add(added, &none(), 1).unwrap();
        assert_eq!(cart.key(&sku("A"), None), added);
        assert_ne!(cart.key(&sku("B"), None), added);
        assert_eq!(LineKey::parse(&added.text()), Some(added));
        for bad in [
            "",
            "x",
            &added.text()[1..],
            &format!("{}0", added.text()),
            &"+".repeat(48),
        ] {
            assert_eq!(LineKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_was_ordered_leaves_the_cart_and_the_rest_stays() {
        let mut cart = Cart::default();
        for (slug, sku, units) in [("a", "A", 2), ("b", "B", 3), ("c", "C", 1)] {
            cart.add(key(slug, sku), &none(), units).unwrap();
        }
        cart.take_out([("A", 2), ("B", 1), ("B", 1), ("X", 9)]);
        let left: Vec<_> = cart.lines.iter().map(|line| line.units).collect();
        assert_eq!(left, [1, 1]);
        assert!(cart.lines[0].key.has_sku("B"));
    }
}
