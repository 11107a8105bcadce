//! Payment by card: whether it is offered, the way to the provider's page, and back.
//!
//! Shoppers type card numbers on the provider's own page; the edge only redirects there. A client
//! that has the order's token may pay it, so the forms here need no other proof of their origin.
//!
//! Not here: what the provider is asked, and what a payment does to an order (`souk-payments`).

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use souk_pages::paths;
use souk_ports::{Edge, PortError};
use souk_protocol::origin::{self, OrderRecord, PaymentMethod, Status};
use souk_protocol::payments::{
    self, BeginPayment, BeginReply, PaymentMethods, ReturnedReply, ShopperReturned,
};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::public;
use souk_service_http::{before, get, json_bytes, post};

use crate::catalogue::reader::Reader;
use crate::http::form::{self, Field};
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::problems;
use crate::orders::request::Offered;

/// Opening a page or recording a payment takes one or a few calls to the provider.
const DEADLINE_MS: u32 = 30_000;

/// `POST /orders/{id}/pay`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PayForm {
    token: Field,
}

/// Why there is no page to pay on.
#[derive(Debug)]
pub(crate) enum NoPage {
    /// There is nothing to pay by card now; the order says why.
    NotPayable(Box<OrderRecord>),
    /// The provider does not take this order.
    Refused(String),
    /// There is no such order, or the token is another one.
    UnknownOrder,
    /// The shop takes no cards.
    Off,
}

/// How an order may be paid by card.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CardTerms {
    /// Whether it may.
    pub(crate) taken: bool,
    /// The least that a card can pay, in minor units.
    pub(crate) min: Option<i64>,
}

impl<E: Edge> Shop<'_, E> {
    /// How the shop takes cards for orders in a currency (ISO 4217 code); a shop whose payments do
    /// not answer takes none for now.
    pub(crate) async fn payment_methods(&self, currency: &str) -> PaymentMethods {
        let none = PaymentMethods {
            card: false,
            card_min: 0,
            page_origins: Vec::new(),
        };
        match self.ask_payment_methods(currency).await {
            Ok(methods) => methods,
            Err(Failure::Unavailable(text)) => {
                self.log_failure("unavailable", &text);
                none
            }
            Err(_) => none,
        }
    }

    /// Whether an order may be paid by card if it names that, and the least that a card can pay in the
    /// currency of its market.
    ///
    /// # Errors
    /// When the order is to be paid by card, and it is unknown whether the shop takes cards.
    pub(crate) async fn card_terms(
        &self,
        request: &public::OrderRequest,
    ) -> Result<CardTerms, Failure> {
        if request.payment.method != "card" {
            return Ok(CardTerms::default());
        }
        // Without the catalogue no least amount is known; the provider knows it.
        let reader = self.reader().await.ok();
        let place = |reader: &Reader<'_, E>| match &request.market {
            Some(id) => reader.version.market(id).unwrap_or(0),
            None => reader.market,
        };
        let currency = reader.map_or("", |reader| {
            let market = &reader.version.markets[place(&reader)];
            market.currency.code()
        });
        let methods = self.ask_payment_methods(currency).await?;
        Ok(CardTerms {
            taken: methods.card,
            min: Some(methods.card_min).filter(|&min| min > 0),
        })
    }

    /// The methods of the published version, cards only where the shop takes them. Without a version
    /// the origin decides.
    pub(crate) async fn offered(&self, cards: bool) -> Offered {
        let reader = self.reader().await.ok();
        let terms = reader.and_then(|reader| reader.version.terms.clone());
        let all = || {
            let all = [
                PaymentMethod::Card,
                PaymentMethod::OnDelivery,
                PaymentMethod::Transfer,
            ];
            all.to_vec()
        };
        let mut methods = terms.map_or_else(all, |terms| terms.payment_methods);
        methods.retain(|&method| method != PaymentMethod::Card || cards);
        Offered { methods }
    }

    async fn ask_payment_methods(&self, currency: &str) -> Result<PaymentMethods, Failure> {
        let now_ms = self.edge.now_ms();
        let cache = &self.instance.payment_methods;
        if let Some(methods) = cache.fresh(currency, now_ms) {
            return Ok(methods);
        }
        let (path, name) = (payments::METHODS_PATH, payments::CURRENCY);
        let asked = self.ask_payments(get(&format!("{path}?{name}={currency}")));
        let methods: PaymentMethods = asked.await?;
        cache.put(currency, now_ms, methods.clone());
        Ok(methods)
    }

    /// Finds or opens the page where an order is paid.
    pub(crate) async fn begin_payment(
        &self,
        id: &str,
        token: &str,
    ) -> Result<Result<String, NoPage>, Failure> {
        if !self.opens(id, token) {
            return Ok(Err(NoPage::UnknownOrder));
        }
        let path = self.local(&paths::order(id, token));
        let page = format!("{}{path}", self.incoming.base_url);
        let begin = BeginPayment {
            order: id.to_owned(),
            return_url: page.clone(),
            cancel_url: page,
            locale: self.locale.code().to_owned(),
        };
        Ok(
            match self.send_to_payments(payments::BEGIN_PATH, &begin).await? {
                BeginReply::Open { url } => Ok(url),
                BeginReply::NotPayable { record } => Err(NoPage::NotPayable(record)),
                BeginReply::Refused { reason } => Err(NoPage::Refused(reason)),
                BeginReply::UnknownOrder => Err(NoPage::UnknownOrder),
                BeginReply::Off => Err(NoPage::Off),
            },
        )
    }

    /// `POST /orders/{id}/pay`: on to the provider's page, or back to the order, which says why
    /// not.
    pub(crate) async fn pay_order(&self, id: &str) -> Outcome {
        let form: PayForm = form::read(self.incoming.request.body())?;
        let token = &*form.token;
        let order = || self.local(&paths::order(id, token));
        match self.begin_payment(id, token).await? {
            Ok(url) => Ok(to_provider(&url)?),
            Err(NoPage::UnknownOrder) => Err(Failure::NotFound),
            Err(NoPage::Refused(_)) => Ok(reply::see_other(&format!("{}&card=refused", order()))),
            Err(NoPage::NotPayable(_) | NoPage::Off) => Ok(reply::see_other(&order())),
        }
    }

    /// `POST /api/v1/orders/{id}/payment?token=`.
    pub(crate) async fn api_pay_order(&self, id: &str) -> Outcome {
        let token = self.incoming.order_token();
        let conflict = |detail: String| Problem::new(ProblemKind::Conflict).detail(detail);
        let problem = match self.begin_payment(id, &token).await? {
            Ok(url) => {
                let page = public::PaymentPage { url };
                return Ok(reply::json(StatusCode::OK, CachePolicy::Private, &page));
            }
            Err(NoPage::UnknownOrder) => problems::no_such_order(),
            Err(NoPage::NotPayable(record)) => conflict(format!(
                "there is nothing to pay by card: the order is {}",
                record.progress.status.name()
            )),
            Err(NoPage::Refused(reason)) => conflict(format!(
                "the payment provider does not take this order: {reason}"
            )),
            Err(NoPage::Off) => conflict("the shop takes no cards".to_owned()),
        };
        Err(problem.into())
    }

    /// Records what happened on the provider's page before the order is shown to the shopper who
    /// returns from it. If that fails now, a webhook brings it later.
    pub(crate) async fn shopper_returned(&self, id: &str, token: &str, session: &str) {
        if !self.opens(id, token) {
            return;
        }
        let returned = ShopperReturned {
            order: id.to_owned(),
            session: session.to_owned(),
            shop: self.incoming.base_url.to_string(),
        };
        let settled = self
            .send_to_payments(payments::RETURNED_PATH, &returned)
            .await;
        match settled {
            Ok(ReturnedReply::Settled | ReturnedReply::UnknownOrder | ReturnedReply::Off) => {}
            Err(Failure::Unavailable(text) | Failure::Internal(text)) => {
                self.log_failure("payment not settled", &text);
            }
            Err(_) => self.log_failure("payment not settled", "for another reason"),
        }
    }

    async fn send_to_payments<T: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, Failure> {
        let mut request = post(path, json_bytes(message));
        let trace = self.trace().header();
        request.headers_mut().insert(origin::TRACE_HEADER, trace);
        self.ask_payments(request).await
    }

    async fn ask_payments<T: DeserializeOwned>(
        &self,
        request: Request<Bytes>,
    ) -> Result<T, Failure> {
        let asked = self.edge.ask_payments(request);
        let answer = before(asked, self.edge.pause_ms(DEADLINE_MS)).await;
        let unavailable = |text: String| Failure::Unavailable(format!("payments: {text}"));
        let response = match answer {
            Some(Ok(response)) => response,
            Some(Err(error @ PortError::Transient(_))) => {
                return Err(unavailable(error.to_string()));
            }
            Some(Err(error @ PortError::Unsupported(_))) => {
                return Err(Failure::Internal(format!("payments: {error}")));
            }
            None => return Err(unavailable(format!("nothing came for {DEADLINE_MS} ms"))),
        };
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(unavailable(format!("said {status}")));
        }
        if !status.is_success() {
            return Err(Failure::Internal(format!("payments said {status}")));
        }
        souk_json::read(response.body())
            .map_err(|error| Failure::Internal(format!("the answer of payments: {error}")))
    }
}

/// Go to the provider's page.
pub(crate) fn to_provider(url: &str) -> Result<Response<Bytes>, Failure> {
    if HeaderValue::from_str(url).is_err() {
        return Err(Failure::Internal(
            "the address of a payment page is none".to_owned(),
        ));
    }
    Ok(reply::see_other(url))
}

/// Lets the forms of a page lead on to the provider: browsers hold a redirect after a form against
/// the same rule.
pub(crate) fn allow_provider(response: &mut Response<Bytes>, methods: &PaymentMethods) {
    if !methods.card {
        return;
    }
    let policy = reply::page_policy(&methods.page_origins);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Whether a card can pay an order now.
pub(crate) fn is_payable(record: &OrderRecord, now_ms: i64) -> bool {
    let until_ms = record.progress.hold_until_ms;
    record.order.details.payment == PaymentMethod::Card
        && record.progress.status == Status::AwaitingPayment
        && record.progress.funds.authorised == 0
        && until_ms.is_none_or(|until_ms| now_ms < until_ms)
}
