//! Orders that are opened a long time after anything happened to them: an address that is found in a
//! history, a forwarded mail or a log then tells no name.
//!
//! The page asks for the e-mail address of the order, and a signed cookie keeps the answer for a
//! while; the API leaves the personal fields and free texts out.

use http::{Response, StatusCode, header};
use serde::Deserialize;
use souk_operations::RouteClass;
use souk_pages::{self as pages, paths};
use souk_ports::Edge;
use souk_protocol::origin::OrderRecord;
use souk_protocol::public;
use subtle::ConstantTimeEq;

use crate::http::form::{self, Field};
use crate::http::reply::{self, CachePolicy};
use crate::http::request::cookie;
use crate::http::set_cookie::SetCookie;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::signing::Signer;
use crate::orders::json::record_json;

/// The cookie's name. With this prefix a browser takes the cookie only from the shop's own host, over
/// HTTPS, for the whole host: no sister host can plant one.
const COOKIE: &str = "__Host-souk_order";
/// Its name where the developer's own machine speaks HTTP: there the prefix cannot be.
const LOCAL_COOKIE: &str = "souk_order";
/// How long an answer counts.
const OPEN_MS: i64 = 1000 * 60 * 60;
const DAY_MS: i64 = 1000 * 60 * 60 * 24;

/// `POST /orders/{id}/open`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenForm {
    token: Field,
    email: Field,
}

impl<E: Edge> Shop<'_, E> {
    /// Whether nothing has happened to the order for so long that its address alone does not open it.
    fn is_old(&self, record: &OrderRecord) -> bool {
        let days = i64::from(self.settings.order_page_open_days);
        let last_ms = record.events.last().map(|event| event.at_ms);
        let last_ms = last_ms.unwrap_or(record.order.placed_at_ms);
        days > 0 && self.edge.now_ms() - last_ms > days * DAY_MS
    }

    /// Whether the order is old, and its e-mail address was not given a short while ago.
    pub(crate) fn is_closed(&self, record: &OrderRecord) -> bool {
        self.is_old(record) && !self.was_opened(&record.order.id)
    }

    /// The page of an old order, unless its e-mail address was given a short while ago.
    pub(crate) fn asked_again(
        &self,
        record: &OrderRecord,
        token: &str,
    ) -> Option<Response<bytes::Bytes>> {
        self.is_closed(record)
            .then(|| self.ask_for_email(record, token, false))
    }

    /// The record as the API shows it: without personal fields, and without what the staff, banks and
    /// carriers have written of it, when the order is old and was not opened.
    pub(crate) fn for_api(&self, record: &OrderRecord, token: String) -> public::Order {
        let mut order = record_json(record, token);
        if self.is_closed(record) {
            order.customer = public::Customer::default();
            order.shipping_address = public::Address::default();
            order.note = None;
            order.history.iter_mut().for_each(forget_texts);
        }
        order
    }

    /// Compares the e-mail address, and opens the page.
    pub(crate) async fn open_order(&self, id: &str) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: OpenForm = form::read(self.incoming.request.body())?;
        if !self.opens(id, &form.token) {
            return Err(Failure::NotFound);
        }
        // So that e-mail addresses are not tried without a bound.
        let client = self.client();
        self.expect_admission(RouteClass::Secret, &client).await?;
        let record = self.order(id, &form.token).await?;
        let record = record.ok_or(Failure::NotFound)?;
        let plain = |text: &str| blake3::hash(text.trim().to_ascii_lowercase().as_bytes());
        let (given, right) = (
            plain(&form.email),
            plain(&record.order.details.customer.email),
        );
        // Hashes of equal length, so that the time says nothing about the address.
        if !bool::from(given.as_bytes().ct_eq(right.as_bytes())) {
            return Ok(self.ask_for_email(&record, &form.token, true));
        }
        let until_ms = self.edge.now_ms() + OPEN_MS;
        let signed = self.order_signer().sign(payload(id, until_ms).as_bytes());
        let secure = self.incoming.secure_cookies;
        let cookie = SetCookie {
            name: name(secure),
            value: signed,
            max_age_s: OPEN_MS / 1000,
            secure,
        };
        let path = paths::order(id, &form.token);
        let mut response = reply::see_other(&self.local(&path));
        let headers = response.headers_mut();
        headers.insert(header::SET_COOKIE, cookie.header());
        Ok(response)
    }

    fn ask_for_email(
        &self,
        record: &OrderRecord,
        token: &str,
        wrong: bool,
    ) -> Response<bytes::Bytes> {
        let order = &record.order;
        let path = paths::order(&order.id, token);
        let site = self.bare_site(&path, &order.currency);
        let page = pages::open_order(&site, &order.id, token, wrong);
        let status = match wrong {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        let mut response = reply::html(status, CachePolicy::Private, page);
        super::page::keep_to_itself(&mut response);
        response
    }

    fn was_opened(&self, id: &str) -> bool {
        let incoming = &self.incoming;
        let signed = cookie(incoming.request.headers(), name(incoming.secure_cookies));
        let opened = signed.and_then(|signed| self.order_signer().open(signed));
        let Some(opened) = opened.and_then(|opened| String::from_utf8(opened).ok()) else {
            return false;
        };
        let until_ms = opened.rsplit_once(' ').and_then(|(_, ms)| ms.parse().ok());
        let rest_ms = until_ms.map(|until_ms: i64| until_ms.saturating_sub(self.edge.now_ms()));
        // Both bounds: a clock that was set back does not prolong it.
        rest_ms.is_some_and(|rest_ms| (1..=OPEN_MS).contains(&rest_ms))
            && until_ms.is_some_and(|until_ms| payload(id, until_ms) == opened)
    }

    fn order_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 opened order")
    }
}

/// Leaves out what the staff, banks and carriers have written.
pub(crate) fn forget_texts(event: &mut public::OrderEvent) {
    (event.reason, event.carrier, event.tracking) = (None, None, None);
}

/// The cookie's name, for browsers that came over HTTPS and for the others.
fn name(secure: bool) -> &'static str {
    match secure {
        true => COOKIE,
        false => LOCAL_COOKIE,
    }
}

fn payload(id: &str, until_ms: i64) -> String {
    format!("{id} {until_ms}")
}
