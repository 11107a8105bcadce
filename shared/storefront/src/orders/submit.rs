//! Places an order at the origin, and reads it there.
//!
//! Not here: attempts and deadlines of a call (`origin::client`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_operations::RouteClass;
use souk_order_token::{is_token_of, token_of};
use souk_ports::Edge;
use souk_protocol::origin::{self, OrderRecord, PublishedTerms, StoredOrder, SubmitReply};

use crate::http::shop::{Failure, Shop};
use crate::monitoring::metrics::Metrics;
use crate::monitoring::samples::OriginTime;
use crate::orders::asked_by::{Client, asked_by};
use crate::orders::request::OrderNames;
use crate::origin::client::{self, Call, CallError};
use crate::origin::criticality::Criticality;

/// What the log says once of a shop whose proxy does not tell it who its clients are.
const CLIENTS_ARE_UNKNOWN: &str = "the address of clients is not known, so units per client are not \
    limited: set CLIENT_ADDRESS_HEADER to the header in which the proxy tells it";

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
        let response = self.ask_origin(&path, None, Criticality::Comfort).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => Ok(Some(client::read(&response).map_err(Failure::Internal)?)),
        }
    }

    /// Places an order, unless a sold-out hold refuses it, and counts the outcome.
    pub(crate) async fn submit(
        &self,
        mut submit: origin::SubmitOrder,
    ) -> Result<SubmitReply, Failure> {
        let client = self.client();
        let secret = self.settings.session_secrets.newest();
        submit.terms = self.shown_terms().await;
        submit.asked_by = asked_by(secret, &client, &submit.details.customer.email);
        let submit = &submit;
        let (edge, metrics) = (self.edge, &self.instance.metrics);
        let signals = &self.instance.signals;
        self.expect_admission(RouteClass::Order, &client).await?;
        let holds = &self.instance.sold_out_holds;
        if let Some(refusal) = holds.refusal(edge, signals, metrics, submit).await {
            self.count_reply(&refusal);
            return Ok(refusal);
        }
        let body = serde_json::to_vec(submit).expect("plain structs with text keys become JSON");
        let body = Bytes::from(body);
        // With a room before the checkout every order that gets here has a ticket that was called.
        let are_called = self.signals().await.switches.has_room_before_checkout();
        let class = match submit.ticket.is_some() || are_called {
            true => Criticality::CalledBuyer,
            false => Criticality::Other,
        };
        let mut reply: SubmitReply = self.write(origin::ORDERS_PATH, body, class).await?;
        reply.complete(submit);
        holds.learn(edge, signals, metrics, &reply).await;
        self.count_reply(&reply);
        Ok(reply)
    }

    /// Counts what became of an order.
    pub(crate) fn count_reply(&self, reply: &SubmitReply) {
        let metrics = &self.instance.metrics;
        match reply {
            SubmitReply::Accepted { .. } => metrics.orders_accepted.add_one(),
            SubmitReply::Exists { .. } => metrics.orders_replayed.add_one(),
            SubmitReply::ExistsWithDifferentContent
            | SubmitReply::TermsChanged
            | SubmitReply::UnknownSku { .. }
            | SubmitReply::PriceChanged { .. }
            | SubmitReply::QuoteChanged { .. }
            | SubmitReply::PromotionUnavailable { .. }
            | SubmitReply::DeliveryUnavailable
            | SubmitReply::NotOpen { .. }
            | SubmitReply::SaleOver
            | SubmitReply::SoldOut { .. }
            | SubmitReply::LimitExceeded { .. } => count_refusal(metrics, reply),
        }
    }

    /// What the shop says about orders in the version that this request reads; `None` where it reads
    /// none: the origin has the terms too.
    async fn shown_terms(&self) -> Option<PublishedTerms> {
        let reader = self.reader().await.ok()?;
        reader.version.terms.clone()
    }

    /// Who sends the request. One whose address is unknown is counted, and logged once.
    pub(crate) fn client(&self) -> Client {
        let headers = self.incoming.request.headers();
        let is_public = self.settings.address.is_public();
        let client = Client::of(&self.settings.clients, headers, is_public);
        if client == Client::Unknown {
            let unknown = &self.instance.metrics.clients_unknown;
            if unknown.get() == 0 {
                (self.log)(CLIENTS_ARE_UNKNOWN);
            }
            unknown.add_one();
        }
        client
    }

    /// Asks the origin for a write, of which it is unknown whether it was made where no answer comes.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Bytes,
        class: Criticality,
    ) -> Result<T, Failure> {
        let response = self.ask_origin(path, Some(body), class).await;
        let response = response.map_err(|error| match error {
            CallError::Unknown(_) => Failure::OutcomeUnknown(error.to_string()),
            CallError::Shed { .. } | CallError::Closed | CallError::Unsupported(_) => error.into(),
        })?;
        client::read(&response).map_err(Failure::Internal)
    }

    async fn ask_origin(
        &self,
        path: &str,
        body: Option<Bytes>,
        class: Criticality,
    ) -> Result<Response<Bytes>, CallError> {
        let trace = &self.trace().header();
        let call = Call {
            path,
            body,
            class,
            trace,
        };
        let (guard, metrics) = (&self.instance.guard, &self.instance.metrics);
        let began_ms = self.edge.now_ms();
        let answered = client::call(self.edge, guard, metrics, call).await;
        // A call that was not sent took no time of the origin's.
        let has_failed = matches!(answered, Err(CallError::Unknown(_)));
        if answered.is_ok() || has_failed {
            let ms = self.edge.now_ms() - began_ms;
            let time = OriginTime { ms, has_failed };
            self.origin_time.set(Some(time.and(self.origin_time.get())));
        }
        answered
    }

    /// A key that no other form has.
    pub(crate) fn new_key(&self) -> String {
        let bytes = self.edge.random_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
        SubmitReply::PriceChanged { .. } | SubmitReply::QuoteChanged { .. } => {
            &refusals.price_changed
        }
        SubmitReply::PromotionUnavailable { .. } => &refusals.promotion,
        SubmitReply::DeliveryUnavailable => &refusals.delivery,
        SubmitReply::NotOpen { .. } | SubmitReply::SaleOver => &refusals.out_of_time,
        SubmitReply::UnknownSku { .. } => &refusals.unknown_sku,
        SubmitReply::LimitExceeded { limit, .. } => {
            metrics.limit_refusals.add_one(limit);
            &refusals.limit
        }
        SubmitReply::ExistsWithDifferentContent => &refusals.key_reused,
        SubmitReply::TermsChanged => &refusals.terms_changed,
        SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => return,
    };
    of_reason.add_one();
    metrics.orders_refused.add_one();
}
