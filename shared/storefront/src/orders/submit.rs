//! Places an order at the origin, and reads it there.
//!
//! Not here: attempts and deadlines of a call (`origin::client`).

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_ports::{Admission, Edge};
use souk_protocol::origin::{self, AskedBy, OrderRecord, StoredOrder, SubmitReply};
use souk_protocol::problem::{Problem, ProblemKind};

use crate::http::shop::{Failure, Shop};
use crate::monitoring::metrics::Metrics;
use crate::orders::asked_by::asked_by;
use crate::orders::request::OrderNames;
use crate::orders::token::{is_token_of, token_of};
use crate::origin::client::{self, CallError};

/// What a client sends in answer to a challenge.
const CHALLENGE: &str = "souk-challenge";

impl<E: Edge> Shop<'_, E> {
    /// Whether a token is the one of an order that may exist: others never reach the origin.
    pub(crate) fn opens(&self, id: &str, token: &str) -> bool {
        souk_domain::OrderId::parse(id).is_ok()
            && is_token_of(&self.settings.session_secrets, id, token)
    }

    /// The token of an order that the origin has just answered to the client that placed it.
    pub(crate) fn token_of(&self, order: &StoredOrder) -> String {
        token_of(&self.settings.session_secrets, &order.id)
    }

    /// Asks the origin for the order; `None` also when the token is wrong.
    pub(crate) async fn order(
        &self,
        id: &str,
        token: &str,
    ) -> Result<Option<OrderRecord>, Failure> {
        if !self.opens(id, token) {
            return Ok(None);
        }
        let (personal, required) = origin::PERSONAL_REQUIRED;
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("id", id)
            .append_pair(personal, required)
            .finish();
        let path = format!("{}?{query}", origin::RECORD_PATH);
        let response = self.ask_origin(&path, None).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => Ok(Some(client::read(&response).map_err(Failure::Internal)?)),
        }
    }

    /// Places an order, unless a sold-out hold refuses it, and counts the outcome.
    pub(crate) async fn submit(&self, submit: origin::SubmitOrder) -> Result<SubmitReply, Failure> {
        let submit = &self.with_asked_by(submit);
        let (edge, metrics) = (self.edge, &self.instance.metrics);
        self.expect_admission(&submit.asked_by).await?;
        let holds = &self.instance.sold_out_holds;
        if let Some(refusal) = holds.refusal(edge, metrics, submit).await {
            count_refusal(metrics, &refusal);
            return Ok(refusal);
        }
        let body = serde_json::to_vec(submit).expect("plain structs with text keys become JSON");
        let body = Bytes::from(body);
        let response = self.ask_origin(origin::ORDERS_PATH, Some(body)).await;
        let response = response.map_err(|error| match error {
            CallError::Unknown(_) => Failure::OutcomeUnknown(error.to_string()),
            CallError::Shed { .. } | CallError::Closed | CallError::Unsupported(_) => error.into(),
        })?;
        let mut reply: SubmitReply = client::read(&response).map_err(Failure::Internal)?;
        reply.complete(submit);
        holds.learn(edge, metrics, &reply).await;
        match &reply {
            SubmitReply::Accepted { .. } => metrics.orders_accepted.add_one(),
            SubmitReply::Exists { .. } => metrics.orders_replayed.add_one(),
            SubmitReply::ExistsWithDifferentContent
            | SubmitReply::UnknownSku { .. }
            | SubmitReply::PriceChanged { .. }
            | SubmitReply::SoldOut { .. }
            | SubmitReply::LimitExceeded { .. } => count_refusal(metrics, &reply),
        }
        Ok(reply)
    }

    fn with_asked_by(&self, mut submit: origin::SubmitOrder) -> origin::SubmitOrder {
        submit.asked_by = self.asked_by(&submit.details.customer.email);
        submit
    }

    /// Who asks, with the e-mail address that was typed.
    pub(crate) fn asked_by(&self, email: &str) -> AskedBy {
        let (settings, headers) = (self.settings, self.incoming.request.headers());
        let secret = settings.session_secrets.newest();
        let is_local_host = !self.incoming.secure_cookies;
        asked_by(secret, &settings.clients, headers, is_local_host, email)
    }

    /// A client that is told apart passes the gate first.
    pub(crate) async fn expect_admission(&self, asked_by: &AskedBy) -> Result<(), Failure> {
        let Some(client) = &asked_by.client else {
            return Ok(());
        };
        let header = self.incoming.request.headers().get(CHALLENGE);
        let challenge = header.and_then(|value| value.to_str().ok());
        match self.edge.admits(client, challenge).await {
            Admission::Admitted => Ok(()),
            Admission::TooMany { retry_after_s } => {
                self.instance.metrics.gate_refusals.add_one();
                let detail = format!("try again in {retry_after_s} s");
                Err(Problem::new(ProblemKind::QuotaExceeded)
                    .detail(detail)
                    .into())
            }
            Admission::Challenged => {
                self.instance.metrics.gate_refusals.add_one();
                Err(Problem::new(ProblemKind::ChallengeRequired).into())
            }
        }
    }

    async fn ask_origin(
        &self,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, CallError> {
        let trace = self.trace().header();
        let (guard, metrics) = (&self.instance.guard, &self.instance.metrics);
        client::call(self.edge, guard, metrics, path, body, &trace).await
    }

    pub(crate) fn order_names(&self, key: String) -> OrderNames {
        let (now_ms, random) = (self.edge.now_ms(), self.edge.random_bytes());
        OrderNames::new(key, now_ms, random)
    }
}

fn count_refusal(metrics: &Metrics, reply: &SubmitReply) {
    let refusals = &metrics.refusals;
    let of_reason = match reply {
        SubmitReply::SoldOut { .. } => &refusals.sold_out,
        SubmitReply::PriceChanged { .. } => &refusals.price_changed,
        SubmitReply::UnknownSku { .. } => &refusals.unknown_sku,
        SubmitReply::LimitExceeded { .. } => &refusals.limit,
        SubmitReply::ExistsWithDifferentContent => &refusals.key_reused,
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => return,
    };
    of_reason.add_one();
    metrics.orders_refused.add_one();
}
