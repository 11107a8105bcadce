//! Where flaws are reported: `/.well-known/security.txt` (RFC 9116).

use http::StatusCode;
use souk_ports::Edge;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::rfc3339;

/// How long a reader may trust it. Source: RFC 9116, 2.5.5, which recommends less than a year.
const EXPIRES_AFTER_MS: i64 = 1000 * 60 * 60 * 24 * 180;
/// Its end is that of a whole day, so that the text changes once a day.
const DAY_MS: i64 = 1000 * 60 * 60 * 24;

impl<E: Edge> Shop<'_, E> {
    /// The text, where the shop says who is to be told.
    pub(crate) fn security_txt(&self) -> Outcome {
        let contact = self.settings.security_contact.trim();
        let is_uri = ["mailto:", "https://", "tel:"]
            .iter()
            .any(|scheme| contact.starts_with(scheme));
        if !is_uri || contact.contains(char::is_control) {
            return Err(Failure::NotFound);
        }
        let now_ms = self.edge.now_ms();
        let expires = rfc3339((now_ms + EXPIRES_AFTER_MS).div_euclid(DAY_MS) * DAY_MS);
        let base = &self.incoming.base_url;
        let text = format!(
            "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en, zh\n\
             Canonical: {base}/.well-known/security.txt\n"
        );
        let content_type = "text/plain; charset=utf-8";
        Ok(reply::body(
            StatusCode::OK,
            content_type,
            CachePolicy::Page,
            text,
        ))
    }
}
