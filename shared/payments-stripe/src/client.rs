//! What Stripe is asked: Checkout Sessions for pages, PaymentIntents with manual capture, Refunds.
//!
//! The pages are Stripe's own, so card numbers never touch the shop. Requests are forms, answers
//! JSON. A request that does something carries an `Idempotency-Key`; Stripe keeps what it answered
//! under it for at least a day, failures included.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use souk_payments::{
    Dispute, NewPage, NewRefund, Page, PageLimits, Payment, PaymentList, PaymentProvider,
    ProviderError, Refund,
};
use souk_ports::{Clock, OutboundHttp, PortError};
use souk_service_http::before;

use crate::amounts::{amount_min, to_stripe};
use crate::settings::Settings;
use crate::wire::{DisputeObject, ErrorBody, List, PaymentIntent, RefundObject, Session};

/// The version of the API that the requests are written for, independent of the account's default.
pub const API_VERSION: &str = "2024-06-20";

/// Headers of Stripe's answers that are looked at.
pub const ANSWER_HEADERS: [&str; 1] = [REPLAYED];
/// Says that an answer is the one that was kept under the key.
const REPLAYED: &str = "idempotent-replayed";

/// Stripe lets no page live for less than 30 minutes, and clocks differ; nor for more than 24
/// hours, less an hour for clocks and waiting. Lines at most, the delivery included.
const PAGES: PageLimits = PageLimits {
    life_s_min: 35 * 60,
    life_s_max: 23 * 60 * 60,
    lines_max: 100,
};

/// Refusals of a capture after which no other will work: the authorisation is over.
const LAPSED: [&str; 3] = [
    "charge_expired_for_capture",
    "capture_charge_authorization_expired",
    "capture_unauthorized_payment",
];

/// A request is given up after this long. Stripe answers in a second or two; a capture or a refund
/// may wait for a bank.
const DEADLINE_MS: u32 = 25_000;
/// Keys tried for one step, where Stripe has kept a failure of its own under the first.
const KEYS_MAX: u32 = 3;
/// Refunds in one list, at most.
const REFUNDS_MAX: &str = "100";
/// Longest name of a line on a payment page, in characters.
const NAME_CHARS_MAX: usize = 250;

/// Stripe, or a sandbox that speaks its language.
#[derive(Debug)]
pub struct Stripe<'a, P> {
    port: &'a P,
    pub(crate) settings: &'a Settings,
}

/// A failure with what Stripe says about it beyond its kind.
struct Failure {
    error: ProviderError,
    /// The parameter that is wrong.
    param: String,
    /// Stripe said the same before, to the same key.
    kept: bool,
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            param: String::new(),
            kept: false,
        }
    }
}

type Form = Vec<(String, String)>;

impl<'a, P: OutboundHttp + Clock> Stripe<'a, P> {
    /// Stripe as the settings say.
    pub fn new(port: &'a P, settings: &'a Settings) -> Self {
        Self { port, settings }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ProviderError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let path = match query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let sent = self.send(Method::GET, &path, Bytes::new(), None).await;
        sent.map_err(|failure| failure.error)
    }

    /// Sends a form. Where Stripe stores a failure of its own under the key, it repeats that answer
    /// for a day: then the caller reads again what is to be done, and does it under a new key.
    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &Form,
        key: &str,
    ) -> Result<T, Failure> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let body = Bytes::from(body);
        let mut sent = self.send(Method::POST, path, body.clone(), Some(key)).await;
        for again in 2..=KEYS_MAX {
            if !matches!(&sent, Err(failure) if failure.kept) {
                break;
            }
            let key = format!("{key}-{again}");
            sent = self
                .send(Method::POST, path, body.clone(), Some(&key))
                .await;
        }
        sent
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        key: Option<&str>,
    ) -> Result<T, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.settings.api_base))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", self.settings.secret_key),
            )
            .header("stripe-version", API_VERSION);
        if let Some(key) = key {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("idempotency-key", key);
        }
        let request = request.body(body).map_err(|error| {
            ProviderError::Corrupt(format!("the key or a name cannot be sent: {error}"))
        })?;
        let answer = before(self.port.fetch(request), self.port.pause_ms(DEADLINE_MS)).await;
        match answer {
            Some(Ok(response)) => read(path, &response),
            Some(Err(PortError::Transient(text))) => Err(ProviderError::Transient(text).into()),
            Some(Err(error @ PortError::Unsupported(_))) => {
                Err(ProviderError::Unauthorised(error.to_string()).into())
            }
            None => {
                let text = format!("nothing came for {DEADLINE_MS} ms");
                Err(ProviderError::Transient(text).into())
            }
        }
    }

    fn page_form(&self, page: &NewPage<'_>) -> Result<Form, ProviderError> {
        let amount = |minor: i64| {
            let amount = to_stripe(minor, page.currency);
            amount.ok_or_else(|| ProviderError::Rejected {
                code: "amount".to_owned(),
                reason: format!("{minor} {} cannot be paid by card", page.currency),
            })
        };
        let currency = page.currency.to_ascii_lowercase();
        let return_url = format!("{}&session={{CHECKOUT_SESSION_ID}}", page.return_url);
        let mut form = fields(&[
            ("mode", "payment"),
            ("payment_method_types[0]", "card"),
            ("client_reference_id", page.order),
            ("metadata[order]", page.order),
            ("payment_intent_data[metadata][order]", page.order),
            ("payment_intent_data[capture_method]", "manual"),
            ("success_url", &return_url),
            ("cancel_url", page.cancel_url),
            ("locale", page.locale),
        ]);
        for (at, line) in page.lines.iter().enumerate() {
            let name: String = line.name.chars().take(NAME_CHARS_MAX).collect();
            let price = amount(line.unit_price)?;
            form.extend([
                (
                    format!("line_items[{at}][quantity]"),
                    line.quantity.to_string(),
                ),
                (
                    format!("line_items[{at}][price_data][currency]"),
                    currency.clone(),
                ),
                (
                    format!("line_items[{at}][price_data][unit_amount]"),
                    price.to_string(),
                ),
                (
                    format!("line_items[{at}][price_data][product_data][name]"),
                    name,
                ),
            ]);
        }
        if let Some(at_s) = page.closes_at_s {
            form.push(("expires_at".to_owned(), at_s.to_string()));
        }
        Ok(form)
    }
}

impl<P: OutboundHttp + Clock> PaymentProvider for Stripe<'_, P> {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn page_origin(&self) -> &str {
        &self.settings.page_origin
    }

    fn is_for_loopback(&self) -> bool {
        self.settings.is_for_loopback()
    }

    fn page_limits(&self) -> PageLimits {
        PAGES
    }

    fn amount_min(&self, currency: &str) -> i64 {
        amount_min(currency)
    }

    async fn open(&self, page: &NewPage<'_>, key: &str) -> Result<Page, ProviderError> {
        const PATH: &str = "/v1/checkout/sessions";
        let mut form = self.page_form(page)?;
        if let Some(email) = page.email {
            form.push(("customer_email".to_owned(), email.to_owned()));
        }
        let opened: Result<Session, _> = self.post(PATH, &form, &key_of(key, &form)).await;
        match opened {
            Ok(session) => session.page(),
            // Stripe is stricter about addresses than the shop: the shopper types one there.
            Err(failure) if failure.param == "customer_email" => {
                form.retain(|(name, _)| name != "customer_email");
                let opened: Result<Session, _> = self.post(PATH, &form, &key_of(key, &form)).await;
                opened.map_err(|failure| failure.error)?.page()
            }
            Err(failure) => Err(failure.error),
        }
    }

    async fn page(&self, id: &str) -> Result<Page, ProviderError> {
        let session: Session = self
            .get(&named("/v1/checkout/sessions/", id, "")?, &[])
            .await?;
        session.page()
    }

    async fn close(&self, id: &str) -> Result<Page, ProviderError> {
        let path = named("/v1/checkout/sessions/", id, "/expire")?;
        let closed: Result<Session, _> =
            self.post(&path, &Form::new(), &format!("close-{id}")).await;
        match closed.map_err(|failure| failure.error) {
            Ok(session) => session.page(),
            // It is not open any more: paid, or closed before.
            Err(ProviderError::Rejected { .. }) => self.page(id).await,
            Err(error) => Err(error),
        }
    }

    async fn payment(&self, id: &str) -> Result<Payment, ProviderError> {
        let path = named("/v1/payment_intents/", id, "")?;
        let query = [("expand[]", "latest_charge.balance_transaction")];
        let intent: PaymentIntent = self.get(&path, &query).await?;
        intent.payment(self.settings.is_live())
    }

    async fn payments(
        &self,
        since_s: i64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PaymentList, ProviderError> {
        let (since, limit) = (since_s.to_string(), limit.to_string());
        let mut query = vec![
            ("created[gte]", since.as_str()),
            ("limit", &limit),
            ("expand[]", "data.latest_charge"),
        ];
        query.extend(after.map(|after| ("starting_after", after)));
        let list: List<PaymentIntent> = self.get("/v1/payment_intents", &query).await?;
        let last = list.data.last().map(|last| last.id().to_owned());
        let payments = list.data.into_iter().filter(PaymentIntent::is_of_a_shop);
        let payments = payments.map(|intent| intent.listed(self.settings));
        Ok(PaymentList {
            payments: payments.collect::<Result<_, _>>()?,
            after: last.filter(|_| list.has_more),
        })
    }

    async fn capture(
        &self,
        id: &str,
        amount: i64,
        currency: &str,
        key: &str,
    ) -> Result<Payment, ProviderError> {
        let path = named("/v1/payment_intents/", id, "/capture")?;
        let amount = in_stripe(amount, currency)?;
        let form = fields(&[
            ("amount_to_capture", &amount.to_string()),
            ("expand[]", "latest_charge.balance_transaction"),
        ]);
        let captured: Result<PaymentIntent, _> = self.post(&path, &form, key).await;
        captured
            .map_err(|failure| failure.error)?
            .payment(self.settings.is_live())
    }

    async fn void(&self, id: &str, key: &str) -> Result<Payment, ProviderError> {
        let path = named("/v1/payment_intents/", id, "/cancel")?;
        let voided: Result<PaymentIntent, _> = self.post(&path, &Form::new(), key).await;
        voided
            .map_err(|failure| failure.error)?
            .payment(self.settings.is_live())
    }

    async fn refund(&self, refund: &NewRefund<'_>, key: &str) -> Result<Refund, ProviderError> {
        let amount = in_stripe(refund.amount, refund.currency)?.to_string();
        let form = fields(&[
            ("payment_intent", refund.payment),
            ("amount", &amount),
            ("metadata[order]", refund.order),
            ("metadata[request]", refund.request),
        ]);
        let refunded: Result<RefundObject, _> = self.post("/v1/refunds", &form, key).await;
        refunded
            .map_err(|failure| failure.error)?
            .refund(refund.currency)
    }

    async fn refunds(&self, payment: &str, currency: &str) -> Result<Vec<Refund>, ProviderError> {
        let query = [("payment_intent", payment), ("limit", REFUNDS_MAX)];
        let list: List<RefundObject> = self.get("/v1/refunds", &query).await?;
        let refunds = list.data.into_iter();
        refunds.map(|refund| refund.refund(currency)).collect()
    }

    async fn disputes(&self, payment: &str, currency: &str) -> Result<Vec<Dispute>, ProviderError> {
        let query = [("payment_intent", payment), ("limit", REFUNDS_MAX)];
        let list: List<DisputeObject> = self.get("/v1/disputes", &query).await?;
        let disputes = list.data.into_iter();
        disputes.map(|dispute| dispute.dispute(currency)).collect()
    }
}

fn fields(pairs: &[(&str, &str)]) -> Form {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The key of a step for exactly this form: Stripe refuses a key that comes with another one, and
/// the same page may be asked for in another language.
fn key_of(key: &str, form: &Form) -> String {
    let text = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let hash = blake3::hash(text.as_bytes()).to_hex();
    format!("{key}-{}", &hash[..16])
}

/// The path of a thing. Names come from outside, and must not lead elsewhere.
fn named(before: &str, id: &str, after: &str) -> Result<String, ProviderError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || id.len() > 255 || !id.bytes().all(plain) {
        return Err(ProviderError::NotFound("a name that is none".to_owned()));
    }
    Ok(format!("{before}{id}{after}"))
}

fn in_stripe(amount: i64, currency: &str) -> Result<i64, ProviderError> {
    to_stripe(amount, currency).ok_or_else(|| ProviderError::Rejected {
        code: "amount".to_owned(),
        reason: format!("{amount} {currency} is no amount that Stripe counts"),
    })
}

fn read<T: DeserializeOwned>(path: &str, response: &Response<Bytes>) -> Result<T, Failure> {
    let status = response.status();
    if status.is_success() {
        let read = souk_json::read(response.body());
        return read.map_err(|error| ProviderError::Corrupt(format!("{path}: {error}")).into());
    }
    let body: ErrorBody = souk_json::read(response.body()).unwrap_or_default();
    let replayed = response.headers().get(REPLAYED);
    let kept = status.is_server_error() && replayed.is_some_and(|value| value == "true");
    let param = body.error.param.clone().unwrap_or_default();
    let error = error_of(path, status, body);
    Err(Failure { error, param, kept })
}

/// What kind of failure an answer is. Source: <https://docs.stripe.com/api/errors>.
fn error_of(path: &str, status: StatusCode, body: ErrorBody) -> ProviderError {
    let error = body.error;
    let reason = error.message.unwrap_or_else(|| format!("{path}: {status}"));
    match (status.as_u16(), error.code.as_deref()) {
        (401 | 403, _) => ProviderError::Unauthorised(reason),
        (404, _) | (_, Some("resource_missing")) => ProviderError::NotFound(reason),
        // Another request with this key or about this object is under way; too many requests;
        // a bank that does not answer; Stripe's own trouble.
        (409 | 424 | 429 | 500.., _) | (_, Some("lock_timeout" | "rate_limit")) => {
            ProviderError::Transient(format!("{status}: {reason}"))
        }
        (400..=499, Some(code)) if LAPSED.contains(&code) => {
            ProviderError::AuthorisationLapsed(format!("{code}: {reason}"))
        }
        (400..=499, Some("charge_already_refunded")) => ProviderError::AlreadyRefunded(reason),
        (400..=499, Some("charge_disputed")) => ProviderError::Disputed(reason),
        (402, code) => ProviderError::Declined {
            code: code.unwrap_or("card_error").to_owned(),
            reason,
        },
        (400..=499, code) => ProviderError::Rejected {
            code: code.map_or(error.kind, str::to_owned),
            reason,
        },
        _ => ProviderError::Corrupt(format!("{path}: {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, body: &str) -> ProviderError {
        let body = serde_json::from_str(body).unwrap_or_default();
        error_of("/v1/x", StatusCode::from_u16(status).unwrap(), body)
    }

    #[test]
    fn every_class_of_failure_is_told_apart() {
        let transient = |e: &ProviderError| matches!(e, ProviderError::Transient(_));
        let rejected = |e: &ProviderError| matches!(e, ProviderError::Rejected { .. });
        let declined = |e: &ProviderError| matches!(e, ProviderError::Declined { .. });
        let unauthorised = |e: &ProviderError| matches!(e, ProviderError::Unauthorised(_));
        let not_found = |e: &ProviderError| matches!(e, ProviderError::NotFound(_));
        type Is = dyn Fn(&ProviderError) -> bool;
        let lapsed = |e: &ProviderError| matches!(e, ProviderError::AuthorisationLapsed(_));
        let refunded = |e: &ProviderError| matches!(e, ProviderError::AlreadyRefunded(_));
        let disputed = |e: &ProviderError| matches!(e, ProviderError::Disputed(_));
        let cases: [(u16, &str, &Is); 19] = [
            (
                400,
                r#"{"error":{"code":"charge_expired_for_capture"}}"#,
                &lapsed,
            ),
            (
                402,
                r#"{"error":{"code":"capture_charge_authorization_expired"}}"#,
                &lapsed,
            ),
            (
                400,
                r#"{"error":{"code":"capture_unauthorized_payment"}}"#,
                &lapsed,
            ),
            (
                400,
                r#"{"error":{"code":"charge_already_refunded"}}"#,
                &refunded,
            ),
            (400, r#"{"error":{"code":"charge_disputed"}}"#, &disputed),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","code":"amount_too_small"}}"#,
                &rejected,
            ),
            (400, r#"{"error":{"type":"idempotency_error"}}"#, &rejected),
            (400, r#"{"error":{"code":"lock_timeout"}}"#, &transient),
            (400, r#"{"error":{"code":"resource_missing"}}"#, &not_found),
            (
                401,
                r#"{"error":{"type":"invalid_request_error"}}"#,
                &unauthorised,
            ),
            (
                402,
                r#"{"error":{"type":"card_error","code":"card_declined"}}"#,
                &declined,
            ),
            (403, "{}", &unauthorised),
            (404, "", &not_found),
            (409, r#"{"error":{"type":"idempotency_error"}}"#, &transient),
            (429, r#"{"error":{"code":"rate_limit"}}"#, &transient),
            (500, "", &transient),
            (502, "<html>", &transient),
            (503, "{}", &transient),
            (504, "{}", &transient),
        ];
        for (status, body, is) in cases {
            let error = error(status, body);
            assert!(is(&error), "{status} {body}: {error:?}");
        }
    }

    #[test]
    fn a_rejection_names_its_code_or_its_type() {
        let code = |body| match error(400, body) {
            ProviderError::Rejected { code, .. } => code,
            other => panic!("{other:?}"),
        };
        let with_code = r#"{"error":{"type":"card_error","code":"expired_card"}}"#;
        assert_eq!(code(with_code), "expired_card");
        assert_eq!(
            code(r#"{"error":{"type":"idempotency_error"}}"#),
            "idempotency_error"
        );
    }

    #[test]
    fn names_lead_nowhere_else() {
        assert_eq!(named("/v1/a/", "pi_1", "/b").unwrap(), "/v1/a/pi_1/b");
        for id in ["", "../x", "a/b", "a?b", "a%2fb", "é"] {
            assert!(named("/v1/a/", id, "").is_err(), "{id}");
        }
    }

    #[test]
    fn another_form_has_another_key() {
        let (en, zh) = (fields(&[("locale", "en")]), fields(&[("locale", "zh")]));
        assert_eq!(key_of("a", &en), key_of("a", &en));
        assert_ne!(key_of("a", &en), key_of("a", &zh));
        assert_ne!(key_of("a", &en), key_of("b", &en));
    }
}
