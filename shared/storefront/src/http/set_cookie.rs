//! Cookies that a response sets. All have the same attributes: for the shop's own host, for every path,
//! out of reach of scripts, and not sent with forms of other sites.
//!
//! By hand: `cookie` brings the formats of dates for one attribute that none of ours has, 16 KiB.

use std::fmt;

use http::HeaderValue;

/// A cookie. Its name and its value are of characters that cookies may have: base64, our own, and the
/// id of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetCookie<'n> {
    pub(crate) name: &'n str,
    pub(crate) value: String,
    /// How long a browser keeps it, in seconds; 0 removes it.
    pub(crate) max_age_s: i64,
    /// Whether it is sent over HTTPS alone.
    pub(crate) secure: bool,
}

impl SetCookie<'_> {
    /// The value of `Set-Cookie`.
    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).expect("base64 and our own ASCII")
    }
}

/// As RFC 6265, 4.1 says.
impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            max_age_s,
            secure,
        } = self;
        let secure = if *secure { "; Secure" } else { "" };
        write!(
            out,
            "{name}={value}; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age={max_age_s}"
        )
    }
}
