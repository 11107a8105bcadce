//! What the back office says to the mail function, and how a mail is called in the history of its
//! order.
//!
//! HTTP with JSON bodies, over service chaining or a service binding. Only [`EVENTS_PATH`] is public:
//! there the provider of mails reports what became of them, signed. Nothing here has an address or
//! any other personal field.

use serde::{Deserialize, Serialize};
use souk_domain::MailKind;

/// `POST` without a body: sends the mails that are due → [`MailReport`].
pub const WORK_PATH: &str = "/mail/v1/work";
/// `GET`: → [`MailStatus`].
pub const STATUS_PATH: &str = "/mail/v1/status";
/// Where the provider delivers its events, signed: `POST`. Public.
pub const EVENTS_PATH: &str = "/mail/v1/events";

/// Longest event that is read. One holds the envelope of one mail and no content of it.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// What a call of [`WORK_PATH`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailReport {
    /// Whether mails are sent at all: without a provider, due ones are settled and not sent.
    pub on: bool,
    /// Mails that the provider has accepted.
    pub sent: u32,
    /// Messages for which there is nothing to send (any more).
    pub skipped: u32,
    /// Messages that are tried again later.
    pub retried: u32,
    /// Messages that were dead-lettered: the staff have to handle them.
    pub dead: u32,
    /// Whether there is more to do at once.
    pub more: bool,
}

/// How mails leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStatus {
    /// Whether mails are sent at all. Pages promise a mail only where they are.
    pub on: bool,
    /// The setting `mail_provider`: `resend`, `webhook` or `off`.
    pub provider: String,
}

/// Why a mail did not get to its buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailProblem {
    /// The provider did not accept it.
    Refused,
    /// The provider accepted it and could not send it.
    Failed,
    /// The mail server of the buyer rejected it for good.
    Bounced,
    /// The buyer has marked it as spam.
    Complained,
}

impl MailProblem {
    /// As it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            MailProblem::Refused => "refused",
            MailProblem::Failed => "failed",
            MailProblem::Bounced => "bounced",
            MailProblem::Complained => "complained",
        }
    }
}

/// A [`MailKind`] as its name.
pub(crate) mod kind {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use souk_domain::MailKind;

    pub(crate) fn serialize<S: Serializer>(kind: &MailKind, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(kind.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<MailKind, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(from)?;
        MailKind::parse(&name).ok_or_else(|| D::Error::custom(format!("no kind of mail: {name}")))
    }
}

/// Most entries of a list of failed mails.
pub const FAILED_MAILS_MAX: usize = 100;

/// A mail that did not get to its buyer, for the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedMail {
    /// The order's number.
    pub order: String,
    /// Place of the report in the order's history.
    pub sequence: u32,
    /// When it was reported, in milliseconds since 1970.
    pub at_ms: i64,
    /// Which mail.
    #[serde(with = "kind")]
    pub mail: MailKind,
    /// What became of it.
    pub problem: MailProblem,
    /// The provider's short word for it, such as `Permanent/Suppressed`; it never has an address.
    pub detail: String,
}
