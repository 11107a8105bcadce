//! The API: from a request to a change of the state and an object.

use std::collections::BTreeMap;

use http::{Method, Request};
use serde_json::{Value, json};

use crate::faults::Step;
use crate::json;
use crate::state::{Line, Refusal, Session, State};

/// Shortest and longest life of a page.
const PAGE_S_MIN: i64 = 30 * 60;
const PAGE_S_MAX: i64 = 24 * 60 * 60;
/// The smallest amount that is taken: half a dollar, and half of whatever else.
const AMOUNT_MIN: i64 = 50;

/// A form, decoded.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        Self(
            pairs
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parse = |text: &str| {
            let wrong = |_| Refusal::invalid("parameter_invalid_integer", "Invalid integer", name);
            text.parse().map_err(wrong)
        };
        self.get(name).map(parse).transpose()
    }

    /// Everything below `prefix[…]`.
    fn below(&self, prefix: &str) -> BTreeMap<String, String> {
        let of = |(key, value): &(String, String)| {
            let rest = key
                .strip_prefix(prefix)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            Some((rest.to_owned(), value.clone()))
        };
        self.0.iter().filter_map(of).collect()
    }

    fn expands(&self, what: &str) -> bool {
        let mut fields = self.0.iter();
        fields.any(|(key, value)| key.starts_with("expand[") && value == what)
    }
}

/// What a request asks for: the step and the name of the thing.
pub(crate) fn step<B>(request: &Request<B>) -> Option<(Step, &str)> {
    let path = request.uri().path().strip_prefix("/v1/")?;
    let segments: Vec<&str> = path.split('/').collect();
    let step = match (request.method(), segments.as_slice()) {
        (&Method::POST, ["checkout", "sessions"]) => (Step::Open, ""),
        (&Method::GET, ["checkout", "sessions", id]) => (Step::ReadPage, *id),
        (&Method::POST, ["checkout", "sessions", id, "expire"]) => (Step::Close, *id),
        (&Method::GET, ["payment_intents", id]) => (Step::ReadPayment, *id),
        (&Method::GET, ["payment_intents"]) => (Step::ListPayments, ""),
        (&Method::POST, ["payment_intents", id, "capture"]) => (Step::Capture, *id),
        (&Method::POST, ["payment_intents", id, "cancel"]) => (Step::Void, *id),
        (&Method::POST, ["refunds"]) => (Step::Refund, ""),
        (&Method::GET, ["refunds"]) => (Step::ListRefunds, ""),
        (&Method::GET, ["disputes"]) => (Step::ListDisputes, ""),
        _ => return None,
    };
    Some(step)
}

/// Does one step. `pages` is the address of the hosted pages.
pub(crate) fn answer(
    state: &mut State,
    (step, id): (Step, &str),
    form: &Form,
    pages: &str,
    now_ms: i64,
) -> Result<Value, Refusal> {
    let now_s = now_ms / 1000;
    match step {
        Step::Open => open(state, form, pages, now_ms),
        Step::ReadPage => Ok(json::session(find_session(state, id)?, pages)),
        Step::Close => {
            if find_session(state, id)?.status != "open" {
                let text = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
                return Err(Refusal::invalid("", text, ""));
            }
            state.end_session(id, now_s);
            Ok(json::session(find_session(state, id)?, pages))
        }
        Step::ReadPayment => intent(state, id, form),
        Step::ListPayments => list_payments(state, form),
        Step::Capture => {
            state.capture(id, form.number("amount_to_capture")?, now_s)?;
            intent(state, id, form)
        }
        Step::Void => {
            state.cancel(id, now_s)?;
            intent(state, id, form)
        }
        Step::Refund => {
            let (amount, of) = (form.number("amount")?, form.text("payment_intent"));
            let id = state.refund(&of, amount, form.below("metadata"), now_ms)?;
            Ok(json::refund(&state.refunds[&id]))
        }
        Step::ListRefunds => {
            let of = form.text("payment_intent");
            let refunds = state.refunds.values();
            let refunds = refunds
                .filter(|refund| refund.intent == of)
                .map(json::refund);
            let refunds: Vec<_> = refunds.collect();
            Ok(json!({"object": "list", "url": "/v1/refunds", "has_more": false, "data": refunds}))
        }
        Step::ListDisputes => {
            let of = form.text("payment_intent");
            let disputes = state.disputes.values();
            let disputes: Vec<_> = disputes
                .filter(|dispute| dispute.intent == of)
                .map(json::dispute)
                .collect();
            Ok(
                json!({"object": "list", "url": "/v1/disputes", "has_more": false, "data": disputes}),
            )
        }
    }
}

fn find_session<'a>(state: &'a State, id: &str) -> Result<&'a Session, Refusal> {
    let missing = || Refusal::missing("checkout.session", id);
    state.sessions.get(id).ok_or_else(missing)
}

fn intent(state: &State, id: &str, form: &Form) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("payment_intent", id);
    let intent = state.intents.get(id).ok_or_else(missing)?;
    Ok(json::intent(
        intent,
        form.expands("latest_charge.balance_transaction"),
    ))
}

/// Payments, the newest first.
fn list_payments(state: &State, form: &Form) -> Result<Value, Refusal> {
    let since_s = form.number("created[gte]")?.unwrap_or(0);
    let limit = form.number("limit")?.unwrap_or(10);
    let limit = usize::try_from(limit)
        .ok()
        .filter(|limit| (1..=100).contains(limit));
    let limit = limit.ok_or_else(|| {
        Refusal::invalid("parameter_invalid_integer", "Limit is 1 to 100.", "limit")
    })?;
    let mut found: Vec<_> = state.intents.values().collect();
    found.retain(|intent| intent.created_s >= since_s);
    found.sort_by(|a, b| (b.created_s, &b.id).cmp(&(a.created_s, &a.id)));
    if let Some(after) = form.get("starting_after") {
        let last = state.intents.get(after);
        let last = last.ok_or_else(|| Refusal::missing("payment_intent", after))?;
        let last = (last.created_s, &last.id);
        found.retain(|intent| (intent.created_s, &intent.id) < last);
    }
    let expand = form.expands("data.latest_charge");
    let page = found.iter().take(limit).map(|intent| {
        let mut object = json::intent(intent, false);
        if expand && intent.charge.is_some() {
            let refunds: Vec<_> = state.refunds_of(&intent.id).cloned().collect();
            object["latest_charge"] = json::charge(intent, &refunds, state.is_disputed(&intent.id));
        }
        object
    });
    let page: Vec<_> = page.collect();
    let has_more = found.len() > page.len();
    Ok(json!({"object": "list", "url": "/v1/payment_intents", "has_more": has_more, "data": page}))
}

fn open(state: &mut State, form: &Form, pages: &str, now_ms: i64) -> Result<Value, Refusal> {
    let now_s = now_ms / 1000;
    if form.get("mode") != Some("payment") {
        return Err(Refusal::invalid(
            "parameter_missing",
            "Missing required param: mode.",
            "mode",
        ));
    }
    let success_url = form.text("success_url");
    if !success_url.starts_with("http://") && !success_url.starts_with("https://") {
        return Err(Refusal::invalid(
            "url_invalid",
            "Not a valid URL",
            "success_url",
        ));
    }
    let email = form.text("customer_email");
    if !email.is_empty() && (!email.contains('@') || !email.is_ascii()) {
        let text = format!("Invalid email address: {email}");
        return Err(Refusal::invalid("email_invalid", text, "customer_email"));
    }
    let expires_at_s = form.number("expires_at")?.unwrap_or(now_s + PAGE_S_MAX);
    if !(PAGE_S_MIN..=PAGE_S_MAX).contains(&(expires_at_s - now_s)) {
        let text = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.";
        return Err(Refusal::invalid("", text, "expires_at"));
    }
    let (lines, currency) = lines(form)?;
    let amount: i64 = lines
        .iter()
        .map(|line| line.unit_amount * line.quantity)
        .sum();
    if amount < AMOUNT_MIN {
        let text = "The Checkout Session's total amount is below the minimum.";
        return Err(Refusal::invalid("amount_too_small", text, ""));
    }
    let id = state.name("cs_test", now_ms);
    let session = Session {
        id: id.clone(),
        status: "open",
        lines,
        currency,
        amount,
        success_url,
        cancel_url: form.text("cancel_url"),
        locale: form.text("locale"),
        email,
        reference: form.text("client_reference_id"),
        metadata: form.below("metadata"),
        intent_metadata: form.below("payment_intent_data[metadata]"),
        manual: form.get("payment_intent_data[capture_method]") == Some("manual"),
        created_s: now_s,
        expires_at_s,
        intent: None,
    };
    let object = json::session(&session, pages);
    state.sessions.insert(id, session);
    Ok(object)
}

fn lines(form: &Form) -> Result<(Vec<Line>, String), Refusal> {
    let mut lines = Vec::new();
    let mut currency = String::new();
    for at in 0.. {
        let at = |member: &str| format!("line_items[{at}]{member}");
        let Some(name) = form.get(&at("[price_data][product_data][name]")) else {
            break;
        };
        let own = form.text(&at("[price_data][currency]"));
        if own.len() != 3
            || own != own.to_ascii_lowercase()
            || (!currency.is_empty() && own != currency)
        {
            let text = format!("Invalid currency: {own}");
            return Err(Refusal::invalid("", text, &at("[price_data][currency]")));
        }
        currency = own;
        let unit_amount = form.number(&at("[price_data][unit_amount]"))?.unwrap_or(-1);
        let quantity = form.number(&at("[quantity]"))?.unwrap_or(0);
        if unit_amount < 0 || quantity < 1 || name.trim().is_empty() {
            let text = "A line item needs a name, an amount and a quantity.";
            return Err(Refusal::invalid("parameter_invalid", text, "line_items"));
        }
        lines.push(Line {
            name: name.to_owned(),
            unit_amount,
            quantity,
        });
    }
    if lines.is_empty() || lines.len() > 100 {
        let text = "A Checkout Session has 1 to 100 line items.";
        return Err(Refusal::invalid("parameter_missing", text, "line_items"));
    }
    Ok((lines, currency))
}
