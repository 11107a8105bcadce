//! What the provider reports of a mail after it has accepted it: bounces, complaints, failures.
//!
//! An event is believed if one of the deployment's secrets has signed its raw bytes within the last
//! five minutes. Its order and kind are the tags that the mail was sent with; what it says of its
//! addressee stays here.

use serde::Deserialize;
use souk_domain::{MailKind, OrderId};
use souk_origin_client::{Changed, OriginError};
use souk_protocol::mail::MailProblem;
use souk_protocol::origin::Action;

use crate::texts::MailTexts;
use crate::work::{MailPort, Mails};

/// Longest word of a provider that is recorded, in characters.
const WORD_CHARS_MAX: usize = 40;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    event_type: String,
    #[serde(default)]
    data: Data,
}

/// As Resend has it; a webhook of the merchant's own says `order`, `kind` and `detail` itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    tags: Tags,
    bounce: Bounce,
    order: String,
    kind: String,
    detail: String,
}

/// An object of names and values, or the list that the mail was sent with.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tags {
    ByName(ByName),
    List(Vec<NamedTag>),
}

impl Default for Tags {
    fn default() -> Self {
        Tags::List(Vec::new())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ByName {
    order: String,
    kind: String,
}

#[derive(Deserialize)]
struct NamedTag {
    name: String,
    value: String,
}

/// The message of a bounce, which is left out here, may repeat an address.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "type")]
    bounce_type: String,
    sub_type: String,
}

/// What an event says of a mail of the shop.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    order: String,
    mail: MailKind,
    problem: MailProblem,
    detail: String,
}

/// Reads an event; `None` for one that is about no trouble, or about no order.
///
/// # Errors
/// When it is no event at all.
pub(crate) fn read(body: &[u8]) -> Result<Option<Report>, serde_json::Error> {
    let Event { event_type, data } = souk_json::read(body)?;
    let problem = match event_type.as_str() {
        "email.bounced" | "mail.bounced" => MailProblem::Bounced,
        "email.complained" | "mail.complained" => MailProblem::Complained,
        "email.failed" | "email.suppressed" | "mail.failed" => MailProblem::Failed,
        _ => return Ok(None),
    };
    let (order, kind) = match data.tags {
        _ if !data.order.is_empty() => (data.order, data.kind),
        Tags::ByName(tags) => (tags.order, tags.kind),
        Tags::List(tags) => {
            let named = |name: &str| tags.iter().find(|tag| tag.name == name);
            let value = |name| named(name).map(|tag| tag.value.clone()).unwrap_or_default();
            (value("order"), value("kind"))
        }
    };
    let (Ok(_), Some(mail)) = (OrderId::parse(&order), MailKind::parse(&kind)) else {
        return Ok(None);
    };
    let parts = [data.bounce.bounce_type, data.bounce.sub_type, data.detail];
    let words: Vec<_> = parts.iter().filter_map(|part| word(part)).collect();
    Ok(Some(Report {
        order,
        mail,
        problem,
        detail: words.join("/"),
    }))
}

/// A word of the provider's, unless it may hold an address.
fn word(text: &str) -> Option<&str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-');
    let fits = (1..=WORD_CHARS_MAX).contains(&text.len()) && text.chars().all(is_of_word);
    fits.then_some(text)
}

impl<E: MailPort, T: MailTexts> Mails<'_, E, T> {
    /// Records what an event says with its order, each delivery once.
    pub(crate) async fn record(&self, id: &str, report: Report) -> Result<(), OriginError> {
        let action = Action::ReportMail {
            mail: report.mail,
            problem: report.problem,
            detail: report.detail,
        };
        let key = format!("mail:{}", key_part(id));
        match self.books.report(&report.order, key, action).await? {
            Changed::Done(_) => Ok(()),
            // Of another shop at the same provider, or never paid and deleted by now.
            Changed::Unknown => {
                (self.log)("an event is about a mail of an order that is not here");
                Ok(())
            }
            Changed::Illegal(why) => Err(OriginError::Corrupt(why)),
        }
    }
}

/// The id of a delivery as a part of a key, which has a bound.
fn key_part(id: &str) -> &str {
    const BYTES_MAX: usize = 128;
    id.get(..BYTES_MAX).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events as the documentation of the API has them.
    const BOUNCED: &str = include_str!("../tests/events/bounced.json");
    const COMPLAINED: &str = include_str!("../tests/events/complained.json");
    const DELIVERED: &str = include_str!("../tests/events/delivered.json");
    const ORDER: &str = "18BCFE56800-0101010101";

    #[test]
    fn a_bounce_names_its_order_and_says_no_address() {
        let report = read(BOUNCED.as_bytes()).unwrap().unwrap();
        let expected = Report {
            order: ORDER.to_owned(),
            mail: MailKind::Shipped,
            problem: MailProblem::Bounced,
            detail: "Permanent/Suppressed".to_owned(),
        };
        assert_eq!(report, expected);
        assert!(!format!("{report:?}").contains('@'));
    }

    #[test]
    fn a_complaint_has_no_words_of_its_own() {
        let report = read(COMPLAINED.as_bytes()).unwrap().unwrap();
        assert_eq!(report.problem, MailProblem::Complained);
        assert_eq!(report.detail, "");
    }

    #[test]
    fn what_is_no_trouble_or_of_no_order_is_passed_over() {
        assert_eq!(read(DELIVERED.as_bytes()).unwrap(), None);
        let other = r#"{"type":"email.bounced","data":{"tags":{"category":"newsletter"}}}"#;
        assert_eq!(read(other.as_bytes()).unwrap(), None);
        let without = r#"{"type":"email.bounced","data":{}}"#;
        assert_eq!(read(without.as_bytes()).unwrap(), None);
        assert!(read(b"{}").is_err() && read(b"no event").is_err());
    }

    #[test]
    fn a_system_of_the_merchants_own_reports_in_the_same_way() {
        let body = format!(
            r#"{{"type":"mail.failed","data":{{"order":"{ORDER}","kind":"shipped",
                "detail":"no such user a@b.example"}}}}"#
        );
        let report = read(body.as_bytes()).unwrap().unwrap();
        assert_eq!(
            (report.problem, report.detail.as_str()),
            (MailProblem::Failed, "")
        );
    }
}
