//! Resend as the provider of mails: `POST /emails`.
//!
//! It remembers an idempotency key for a day: the same request again gives the first answer, another
//! one under the same key is refused. Sources: <https://resend.com/docs/api-reference/emails/send-email>,
//! <https://resend.com/docs/dashboard/emails/idempotency-keys>,
//! <https://resend.com/docs/api-reference/errors>.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use souk_ports::{Clock, OutboundHttp};

use super::{Mail, MailSender, Outcome, by_status, fetch};
use crate::settings::ResendSettings;

const PATH: &str = "/emails";
/// Requests without one are refused.
const USER_AGENT: HeaderValue = HeaderValue::from_static("souk");

/// Sends mails by Resend.
pub struct Resend<'a, E> {
    edge: &'a E,
    settings: &'a ResendSettings,
}

impl<'a, E> Resend<'a, E> {
    /// With the settings of a deployment.
    pub fn new(edge: &'a E, settings: &'a ResendSettings) -> Self {
        Self { edge, settings }
    }
}

#[derive(Serialize)]
struct Email<'a> {
    from: &'a str,
    to: [&'a str; 1],
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    /// The events about the mail carry them.
    tags: [EmailTag<'a>; 3],
}

#[derive(Serialize)]
struct EmailTag<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Deserialize)]
struct EmailError {
    /// The kind of error. The message beside it may repeat an address.
    name: String,
}

impl<E: OutboundHttp + Clock> MailSender for Resend<'_, E> {
    async fn send(&self, mail: &Mail) -> Outcome {
        let tag = |name, value| EmailTag { name, value };
        let body = serde_json::to_vec(&Email {
            from: &self.settings.from,
            to: [&mail.to],
            subject: &mail.subject,
            html: &mail.html,
            text: &mail.text,
            tags: [
                tag("order", &mail.order),
                tag("kind", mail.kind.name()),
                tag("language", &mail.language),
            ],
        });
        let body = Bytes::from(body.expect("plain structs become JSON"));
        let request = Request::post(format!("{}{PATH}", self.settings.base))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", self.settings.api_key),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, USER_AGENT)
            .header("idempotency-key", &mail.key)
            .body(body);
        let Ok(request) = request else {
            let reason = "the key of the mail is no header".to_owned();
            return Outcome::Refused { reason };
        };
        match fetch(self.edge, request).await {
            Ok(response) => outcome(&response),
            Err(outcome) => outcome,
        }
    }
}

/// What an answer means.
fn outcome(response: &Response<Bytes>) -> Outcome {
    let error: Option<EmailError> = souk_json::read(response.body()).ok();
    let name = error.map_or_else(String::new, |error| error.name);
    // Words of ours only: a name has small letters and underscores.
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let name = name.trim();
    let name = if name.chars().all(is_name) && name.len() <= 64 {
        name
    } else {
        ""
    };
    match (response.status(), name) {
        // The key was used for this mail with other texts, so it is on its way.
        (StatusCode::CONFLICT, "invalid_idempotent_request") => Outcome::Accepted,
        _ => by_status(response, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers as the documentation of the API has them.
    const ANSWERS: &str = include_str!("../../tests/answers/resend.txt");

    #[test]
    fn each_answer_of_the_api_is_understood() {
        let mut answers = 0;
        for answer in ANSWERS.split("\n\n").map(str::trim) {
            let lines: Vec<_> = answer
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect();
            let [expected, status, rest @ ..] = lines.as_slice() else {
                continue;
            };
            let mut response = Response::builder().status(status.parse::<u16>().unwrap());
            let mut body = "";
            for line in rest {
                match line.split_once(": ") {
                    Some((name, value)) if !line.starts_with(['{', '<']) => {
                        response = response.header(name, value);
                    }
                    _ => body = line,
                }
            }
            let response = response.body(Bytes::from(body.to_owned())).unwrap();
            let found = match outcome(&response) {
                Outcome::Accepted => "accepted".to_owned(),
                Outcome::Refused { reason } => format!("refused: {reason}"),
                Outcome::Later {
                    reason,
                    after_ms: None,
                } => format!("later: {reason}"),
                Outcome::Later {
                    reason,
                    after_ms: Some(ms),
                } => format!("later: {reason} after {ms}"),
            };
            assert_eq!(found, *expected, "{answer}");
            answers += 1;
        }
        assert_eq!(answers, 17);
    }
}
