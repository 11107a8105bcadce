//! The provider as plain data: requests in, answers out.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use serde_json::json;

use crate::api::{self, Form};
use crate::events::{Event, signature};
use crate::faults::{Fault, Plan, Step, Webhooks};
use crate::pages;
use crate::state::{CardBehaviour, Kept, PaymentSummary, Refusal, State};

/// What a sandbox is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The key that opens the API.
    pub secret_key: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// Scheme and host of its own pages.
    pub own_address: String,
}

/// An answer and when it comes.
#[derive(Debug)]
pub struct Reply {
    /// How long it takes.
    pub after: Duration,
    /// `None`: the connection breaks.
    pub response: Option<Response<Bytes>>,
}

/// A provider.
#[derive(Debug)]
pub struct Sandbox {
    config: Config,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    plan: Plan,
    webhooks: Webhooks,
    steps: Vec<Step>,
}

impl Sandbox {
    /// A provider without any payment.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder of the lock panics")
    }

    /// Answers one request, of the shop or of a shopper's browser.
    pub fn answer(&self, request: &Request<Bytes>, now_ms: i64) -> Reply {
        let at_once = |response| Reply {
            after: Duration::ZERO,
            response: Some(response),
        };
        let mut inner = self.inner();
        inner.state.pass(now_ms / 1000);
        if !request.uri().path().starts_with("/v1/") {
            return at_once(pages::answer(&mut inner.state, request, now_ms));
        }
        if !self.is_authorised(request) {
            let refusal = Refusal {
                status: 401,
                ..Refusal::invalid("", "Invalid API Key provided.", "")
            };
            return at_once(refused(&refusal));
        }
        let Some(step) = api::step(request) else {
            let refusal = Refusal {
                status: 404,
                ..Refusal::invalid("", "Unrecognized request URL.", "")
            };
            return at_once(refused(&refusal));
        };
        inner.steps.push(step.0);
        let fault = inner.plan.take(step.0);
        if fault == Some(Fault::LoseRequest) {
            return Reply {
                after: Duration::ZERO,
                response: None,
            };
        }
        if let Some(Fault::Answer(status)) = fault {
            return at_once(broken(status));
        }
        let response = self.keyed(&mut inner.state, request, step, fault, now_ms);
        match fault {
            Some(Fault::LoseReply) => Reply {
                after: Duration::ZERO,
                response: None,
            },
            Some(Fault::Delay(after)) => Reply {
                after,
                response: Some(response),
            },
            Some(Fault::LoseRequest | Fault::Answer(_) | Fault::AnswerAndKeep(_)) | None => {
                at_once(response)
            }
        }
    }

    /// Does a step, unless its key was used before.
    fn keyed(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        step: (Step, &str),
        fault: Option<Fault>,
        now_ms: i64,
    ) -> Response<Bytes> {
        let key = request.headers().get("idempotency-key");
        let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
        let key = key.filter(|_| request.method() == Method::POST);
        let whole = format!(
            "{} {}",
            request.uri(),
            String::from_utf8_lossy(request.body())
        );
        if let Some(kept) = key.as_ref().and_then(|key| state.kept.get(key)) {
            return replay(kept, &whole, now_ms);
        }
        let form = match *request.method() {
            Method::POST => Form::read(request.body()),
            _ => Form::read(request.uri().query().unwrap_or_default().as_bytes()),
        };
        let response = match fault {
            Some(Fault::AnswerAndKeep(status)) => broken(status),
            _ => match api::answer(state, step, &form, &self.config.own_address, now_ms) {
                Ok(object) => respond(200, &object.to_string()),
                Err(refusal) => refused(&refusal),
            },
        };
        if let Some(key) = key {
            let busy_ms = match fault {
                Some(Fault::Delay(after)) => i64::try_from(after.as_millis()).unwrap_or(0),
                _ => 0,
            };
            let kept = Kept {
                request: whole,
                status: response.status().as_u16(),
                body: String::from_utf8_lossy(response.body()).into_owned(),
                busy_until_ms: now_ms + busy_ms,
            };
            state.kept.insert(key, kept);
        }
        response
    }

    fn is_authorised(&self, request: &Request<Bytes>) -> bool {
        let header = request.headers().get(header::AUTHORIZATION);
        let header = header.and_then(|value| value.to_str().ok());
        header.and_then(|value| value.strip_prefix("Bearer ")) == Some(&self.config.secret_key)
    }

    /// Lets something go wrong the next time that this step is asked for.
    pub fn fail(&self, step: Step, fault: Fault) {
        self.inner().plan.add(step, fault);
    }

    /// Lets nothing go wrong any more.
    pub fn mend(&self) {
        self.inner().plan = Plan::default();
    }

    /// How events reach the shop from now on.
    pub fn set_webhooks(&self, webhooks: Webhooks) {
        self.inner().webhooks = webhooks;
    }

    /// Events to deliver now, in the order of delivery, each as often as it is to be delivered.
    pub fn take_events(&self, now_ms: i64) -> Vec<Event> {
        let mut inner = self.inner();
        inner.state.pass(now_ms / 1000);
        if inner.webhooks.held {
            return Vec::new();
        }
        let (copies, reversed) = (inner.webhooks.copies, inner.webhooks.reversed);
        let mut events = std::mem::take(&mut inner.state.events);
        if reversed {
            events.reverse();
        }
        let copies = |event: Event| (0..copies).map(move |_| event.clone());
        events.into_iter().flat_map(copies).collect()
    }

    /// The header `Stripe-Signature` of a delivery.
    pub fn signature(&self, body: &[u8], now_ms: i64) -> String {
        signature(&self.config.webhook_secret, body, now_ms / 1000)
    }

    /// Every payment.
    pub fn payments(&self) -> Vec<PaymentSummary> {
        self.inner().state.summaries()
    }

    /// The payments of one order.
    pub fn payments_of(&self, order: &str) -> Vec<PaymentSummary> {
        let mut payments = self.payments();
        payments.retain(|payment| payment.order == order);
        payments
    }

    /// Names of the pages of an order that are open.
    pub fn open_pages_of(&self, order: &str, now_ms: i64) -> Vec<String> {
        let mut inner = self.inner();
        inner.state.pass(now_ms / 1000);
        let sessions = inner.state.sessions.values();
        let open = sessions.filter(|page| page.reference == order && page.status == "open");
        open.map(|page| page.id.clone()).collect()
    }

    /// How often a step was asked for, those included that went wrong.
    pub fn count(&self, step: Step) -> usize {
        self.inner()
            .steps
            .iter()
            .filter(|one| **one == step)
            .count()
    }

    /// Pays on a page as a shopper does with a card that behaves so.
    pub fn pay(&self, page: &str, card: CardBehaviour, now_ms: i64) {
        self.inner().state.pay(page, card, now_ms);
    }

    /// Forgets every idempotency key, as Stripe does after a day.
    pub fn forget_keys(&self) {
        self.inner().state.kept.clear();
    }

    /// The bank forgets that it vouched for a payment.
    pub fn lapse(&self, payment: &str, now_ms: i64) {
        self.inner().state.lapse(payment, now_ms / 1000);
    }

    /// The staff refund an amount in the provider's dashboard.
    ///
    /// # Panics
    /// When the payment has no such amount.
    pub fn refund_by_hand(&self, payment: &str, amount: i64, now_ms: i64) {
        let refunded = self
            .inner()
            .state
            .refund(payment, Some(amount), Default::default(), now_ms);
        refunded.expect("the payment has this amount");
    }

    /// The buyer disputes a payment with the bank; the provider's name of the dispute.
    pub fn dispute(&self, payment: &str, amount: i64, now_ms: i64) -> String {
        self.inner().state.dispute(payment, amount, now_ms)
    }

    /// What buyers have by disputes that the shop lost.
    pub fn lost_by_disputes(&self) -> i64 {
        let inner = self.inner();
        let lost = inner.state.disputes.values();
        let lost = lost.filter(|dispute| dispute.status == "lost");
        lost.map(|dispute| dispute.amount).sum()
    }

    /// The bank decides a dispute.
    pub fn close_dispute(&self, dispute: &str, won: bool, now_ms: i64) {
        self.inner().state.close_dispute(dispute, won, now_ms);
    }
}

fn replay(kept: &Kept, request: &str, now_ms: i64) -> Response<Bytes> {
    if kept.request != request {
        let text = "Keys for idempotent requests can only be used with the same parameters they \
                    were first used with.";
        return refused(&Refusal {
            kind: "idempotency_error",
            ..Refusal::invalid("", text, "")
        });
    }
    if now_ms < kept.busy_until_ms {
        let text = "There is currently another in-progress request using this key.";
        return refused(&Refusal {
            status: 409,
            kind: "idempotency_error",
            ..Refusal::invalid("idempotency_key_in_use", text, "")
        });
    }
    let mut response = respond(kept.status, &kept.body);
    let replayed = http::HeaderValue::from_static("true");
    response
        .headers_mut()
        .insert("idempotent-replayed", replayed);
    response
}

fn broken(status: u16) -> Response<Bytes> {
    let error = json!({"error": {"type": "api_error", "message": "An unknown error occurred."}});
    respond(status, &error.to_string())
}

fn refused(refusal: &Refusal) -> Response<Bytes> {
    let mut error = json!({"type": refusal.kind, "message": refusal.message});
    for (name, value) in [("code", refusal.code), ("param", refusal.param.as_str())] {
        if !value.is_empty() {
            error[name] = json!(value);
        }
    }
    respond(refusal.status, &json!({"error": error}).to_string())
}

fn respond(status: u16, body: &str) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a status of ours")
}
