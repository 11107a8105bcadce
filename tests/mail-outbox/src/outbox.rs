//! The provider as plain data.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use souk_mail::{Secret, sign};
use time::OffsetDateTime;

use crate::page;

/// Mails that are kept; the oldest go first.
const MESSAGES_MAX: usize = 1_000;
/// Bytes of a request.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A mail that the shop has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The provider's name of it.
    pub id: String,
    /// The address that it is for.
    pub to: String,
    /// Its kind, such as `order_received`: the tag `kind`.
    pub kind: String,
    /// The language of its text: the tag `language`.
    pub language: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML document.
    pub html: String,
    /// The order that it is about: the tag `order`.
    pub order: String,
    /// When it was sent, as RFC 3339 has it.
    pub at: String,
}

/// An event to be delivered to the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name, the same for every delivery.
    pub id: String,
    /// The body, as it is signed.
    pub body: String,
}

/// What goes wrong with one of the next mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status and not taken.
    Status(u16),
    /// It is taken, and the connection breaks before the answer.
    AnswerLost,
}

/// What becomes of a request.
#[derive(Debug)]
pub struct Answer {
    /// `None`: the connection breaks.
    pub response: Option<Response<Bytes>>,
    /// To be delivered to the shop.
    pub event: Option<Event>,
}

/// The provider.
#[derive(Debug)]
pub struct Outbox {
    api_key: String,
    secret: Secret,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Message>,
    /// Names and bodies by idempotency key.
    keys: BTreeMap<String, (String, Bytes)>,
    faults: VecDeque<Fault>,
    /// Requests to send a mail, whatever became of them.
    asked: u64,
    numbers: u64,
}

#[derive(Deserialize)]
struct Email {
    to: Vec<String>,
    subject: String,
    html: String,
    text: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    value: String,
}

impl Outbox {
    /// An empty one; the key opens its API, the secret signs its events.
    pub fn new(api_key: &str, secret: Secret) -> Self {
        Self {
            api_key: api_key.to_owned(),
            secret,
            state: Mutex::default(),
        }
    }

    /// What was sent, the first one first.
    pub fn messages(&self) -> Vec<Message> {
        self.state().messages.iter().cloned().collect()
    }

    /// How often the shop has asked to send a mail, repetitions and refusals among them.
    pub fn asked(&self) -> u64 {
        self.state().asked
    }

    /// What happens to the next mails, first come first.
    pub fn fail(&self, faults: &[Fault]) {
        self.state().faults.extend(faults);
    }

    /// The headers that sign an event at a moment, in seconds since 1970.
    pub fn signature(&self, event: &Event, now_s: i64) -> [(&'static str, String); 3] {
        let signature = sign(&self.secret, &event.id, now_s, event.body.as_bytes());
        [
            ("svix-id", event.id.clone()),
            ("svix-timestamp", now_s.to_string()),
            ("svix-signature", signature),
        ]
    }

    /// Answers a request at a moment, in milliseconds since 1970.
    pub fn answer(&self, request: &Request<Bytes>, now_ms: i64) -> Answer {
        let path = request.uri().path();
        let plain = |response| Answer {
            response: Some(response),
            event: None,
        };
        match (request.method(), path) {
            (&Method::POST, "/emails") => Answer {
                response: self.send(request, now_ms),
                event: None,
            },
            (&Method::GET, "/messages") => plain(reply(StatusCode::OK, &json!(self.messages()))),
            (&Method::GET, "/") => plain(page::list(&self.messages())),
            (&Method::POST, path) => match self.report(path, now_ms) {
                Some(event) => Answer {
                    response: Some(back_to_the_list()),
                    event: Some(event),
                },
                None => plain(error(
                    StatusCode::NOT_FOUND,
                    "not_found",
                    "There is nothing.",
                )),
            },
            _ => plain(error(
                StatusCode::NOT_FOUND,
                "not_found",
                "There is nothing.",
            )),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }

    fn send(&self, request: &Request<Bytes>, now_ms: i64) -> Option<Response<Bytes>> {
        let state = &mut *self.state();
        state.asked += 1;
        let header = |name: &str| {
            let value = request.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let bearer = header("authorization").unwrap_or_default();
        let refusal = match bearer.strip_prefix("Bearer ") {
            None => Some((StatusCode::UNAUTHORIZED, "missing_api_key")),
            Some(key) if key != self.api_key => Some((StatusCode::FORBIDDEN, "invalid_api_key")),
            Some(_) if header("user-agent").is_none() => {
                Some((StatusCode::FORBIDDEN, "missing_user_agent"))
            }
            Some(_) => None,
        };
        if let Some((status, name)) = refusal {
            return Some(error(status, name, "The request is not allowed."));
        }
        let fault = state.faults.pop_front();
        if let Some(Fault::Status(status)) = fault {
            let status = StatusCode::from_u16(status).expect("a status");
            return Some(error(status, "application_error", "A fault of the test."));
        }
        let body = request.body();
        let key = header("idempotency-key").unwrap_or_default();
        if let Some((id, known)) = state.keys.get(&key) {
            return Some(match known == body {
                true => reply(StatusCode::OK, &json!({"id": id})),
                false => error(
                    StatusCode::CONFLICT,
                    "invalid_idempotent_request",
                    "This idempotency key has been used with a different request payload.",
                ),
            });
        }
        let Ok(email) = serde_json::from_slice::<Email>(body) else {
            let text = "A field of the request is missing or wrong.";
            return Some(error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation_error",
                text,
            ));
        };
        let Some(to) = email.to.first().filter(|to| is_address(to)) else {
            let text = format!("Invalid `to` field: {}", email.to.join(", "));
            return Some(error(
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation_error",
                &text,
            ));
        };
        let tag = |name: &str| {
            let tag = email.tags.iter().find(|tag| tag.name == name);
            tag.map(|tag| tag.value.clone()).unwrap_or_default()
        };
        state.numbers += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", state.numbers);
        state.messages.push_back(Message {
            id: id.clone(),
            to: to.clone(),
            kind: tag("kind"),
            language: tag("language"),
            subject: email.subject,
            text: email.text,
            html: email.html,
            order: tag("order"),
            at: rfc3339(now_ms),
        });
        if state.messages.len() > MESSAGES_MAX {
            state.messages.pop_front();
        }
        if !key.is_empty() {
            state.keys.insert(key, (id.clone(), body.clone()));
        }
        match fault {
            Some(Fault::AnswerLost) => None,
            Some(Fault::Status(_)) | None => Some(reply(StatusCode::OK, &json!({"id": id}))),
        }
    }

    /// The event of `/messages/{id}/bounced` or `/messages/{id}/complained`.
    fn report(&self, path: &str, now_ms: i64) -> Option<Event> {
        let (id, what) = path.strip_prefix("/messages/")?.split_once('/')?;
        let mut state = self.state();
        let message = state.messages.iter().find(|message| message.id == id)?;
        let mut data = json!({
            "created_at": message.at,
            "email_id": message.id,
            "from": "Shop <orders@shop.example>",
            "to": [message.to],
            "subject": message.subject,
            "tags": {
                "order": message.order,
                "kind": message.kind,
                "language": message.language,
            },
        });
        let event_type = match what {
            "bounced" => {
                data["bounce"] = json!({
                    "type": "Permanent",
                    "subType": "General",
                    "message": format!("The recipient's mail server rejected {}.", message.to),
                });
                "email.bounced"
            }
            "complained" => "email.complained",
            _ => return None,
        };
        let body = json!({"type": event_type, "created_at": rfc3339(now_ms), "data": data});
        state.numbers += 1;
        Some(Event {
            id: format!("msg_outbox{:012}", state.numbers),
            body: body.to_string(),
        })
    }
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

fn rfc3339(at_ms: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000));
    let at = at.expect("a time of this age");
    let (hour, minute, second) = at.to_hms();
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let ms = at_ms.rem_euclid(1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

fn reply(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body.to_string().into())
        .expect("a response")
}

fn error(status: StatusCode, name: &str, message: &str) -> Response<Bytes> {
    let body = json!({"statusCode": status.as_u16(), "name": name, "message": message});
    reply(status, &body)
}

fn back_to_the_list() -> Response<Bytes> {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, "/")
        .body(Bytes::new())
        .expect("a response")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_336_245_678;

    fn outbox() -> Outbox {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        Outbox::new("re_test", secret)
    }

    fn email(key: &str, subject: &str) -> Request<Bytes> {
        let body = json!({
            "from": "Shop <orders@shop.example>", "to": ["lilei@example.com"], "subject": subject,
            "html": "<p>Hello</p>", "text": "Hello",
            "tags": [{"name": "order", "value": "1"}, {"name": "kind", "value": "shipped"},
                {"name": "language", "value": "en"}],
        });
        Request::post("/emails")
            .header("authorization", "Bearer re_test")
            .header("user-agent", "souk")
            .header("idempotency-key", key)
            .body(body.to_string().into())
            .unwrap()
    }

    fn status(outbox: &Outbox, request: &Request<Bytes>) -> Option<u16> {
        let response = outbox.answer(request, NOW_MS).response;
        response.map(|response| response.status().as_u16())
    }

    #[test]
    fn a_mail_is_kept_once_for_each_key() {
        let outbox = outbox();
        for _ in 0..2 {
            assert_eq!(status(&outbox, &email("k", "s")), Some(200));
        }
        assert_eq!(status(&outbox, &email("k", "other")), Some(409));
        assert_eq!(status(&outbox, &email("l", "s")), Some(200));
        let messages = outbox.messages();
        assert_eq!(messages.len(), 2);
        assert_eq!(
            (messages[0].kind.as_str(), messages[0].at.as_str()),
            ("shipped", "2026-11-22T08:30:45.678Z")
        );
        assert_eq!(outbox.asked(), 4);
    }

    #[test]
    fn an_answer_may_be_lost_after_the_mail_was_taken() {
        let outbox = outbox();
        outbox.fail(&[Fault::AnswerLost, Fault::Status(500)]);
        assert_eq!(status(&outbox, &email("k", "s")), None);
        assert_eq!(outbox.messages().len(), 1);
        assert_eq!(status(&outbox, &email("l", "s")), Some(500));
        assert_eq!(outbox.messages().len(), 1);
    }

    #[test]
    fn requests_without_the_key_are_refused() {
        let mut request = email("k", "s");
        request.headers_mut().remove("authorization");
        assert_eq!(status(&outbox(), &request), Some(401));
    }

    #[test]
    fn the_page_shows_mails_and_bounces_are_reported() {
        let outbox = outbox();
        assert_eq!(status(&outbox, &email("k", "A <subject>")), Some(200));
        let page = outbox.answer(&Request::get("/").body(Bytes::new()).unwrap(), NOW_MS);
        let page = page.response.unwrap().into_body();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(
            page.contains("A &lt;subject&gt;") && !page.contains("<p>Hello"),
            "{page}"
        );
        let id = &outbox.messages()[0].id;
        let report = Request::post(format!("/messages/{id}/bounced")).body(Bytes::new());
        let event = outbox.answer(&report.unwrap(), NOW_MS).event.unwrap();
        assert!(event.body.contains("email.bounced"), "{event:?}");
        let unknown = Request::post("/messages/x/bounced").body(Bytes::new());
        assert_eq!(status(&outbox, &unknown.unwrap()), Some(404));
    }
}
