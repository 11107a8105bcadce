//! Places an order at the origin, and reads it there.
//!
//! Not here: attempts and deadlines of a call (`origin::client`).

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_ports::Edge;
use souk_protocol::origin::{self, OrderRecord, SubmitReply};

use crate::http::shop::{Failure, Shop};
use crate::monitoring::metrics::Metrics;
use crate::orders::request::OrderNames;
use crate::origin::client::{self, CallError};

impl<E: Edge> Shop<'_, E> {
    /// Asks the origin for the order; `None` also when the token is wrong.
    pub(crate) async fn order(
        &self,
        id: &str,
        token: &str,
    ) -> Result<Option<OrderRecord>, Failure> {
        if souk_domain::OrderId::parse(id).is_err() || token.is_empty() || token.len() > 64 {
            return Ok(None);
        }
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("id", id)
            .append_pair("token", token)
            .finish();
        let path = format!("{}?{query}", origin::RECORD_PATH);
        let response = self.ask_origin(&path, None).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => Ok(Some(client::read(&response).map_err(Failure::Internal)?)),
        }
    }

    /// Places an order, unless a sold-out hold refuses it, and counts the outcome.
    pub(crate) async fn submit(
        &self,
        submit: &origin::SubmitOrder,
    ) -> Result<SubmitReply, Failure> {
        let (edge, metrics) = (self.edge, &self.instance.metrics);
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
            | SubmitReply::SoldOut { .. } => count_refusal(metrics, &reply),
        }
        Ok(reply)
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
        let (id, token) = (self.edge.random_bytes(), self.edge.random_bytes());
        OrderNames::new(key, self.edge.now_ms(), id, token)
    }
}

fn count_refusal(metrics: &Metrics, reply: &SubmitReply) {
    let refusals = &metrics.refusals;
    let of_reason = match reply {
        SubmitReply::SoldOut { .. } => &refusals.sold_out,
        SubmitReply::PriceChanged { .. } => &refusals.price_changed,
        SubmitReply::UnknownSku { .. } => &refusals.unknown_sku,
        SubmitReply::ExistsWithDifferentContent => &refusals.key_reused,
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => return,
    };
    of_reason.add_one();
    metrics.orders_refused.add_one();
}
