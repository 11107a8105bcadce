//! The protocol of the origin over HTTP, for callers that are our own functions.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use souk_protocol::trade::{self, DefineOffers, StockQuery, StockReport, SubmitOrder, SubmitReply};
use souk_protocol::{limits, staff::PublicationChange};

use crate::{AvailabilityProjector, NewOrder, OrderStore, PublicationStep, StoreError, board};

/// Answers one request of the edge or of the staff functions.
///
/// `log` gets one line for each failure; the caller sees only its class.
pub async fn handle<S: OrderStore, P: AvailabilityProjector>(
    request: &Request<Bytes>,
    store: &S,
    projector: &P,
    now_ms: i64,
    express_fee_minor: i64,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let origin = Origin {
        store,
        projector,
        now_ms,
        express_fee_minor,
        log: &log,
    };
    match origin.answer(request).await {
        Ok(response) => response,
        Err(error) => {
            let trace = request.headers().get(trade::TRACE_HEADER);
            let trace = trace.and_then(|trace| trace.to_str().ok()).unwrap_or("-");
            log(&format!(
                "{} {}: {error}; trace {trace}",
                request.method(),
                request.uri().path()
            ));
            let status = match error {
                StoreError::Transient(_) => StatusCode::SERVICE_UNAVAILABLE,
                StoreError::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
                StoreError::Corrupt(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            empty(status)
        }
    }
}

struct Origin<'a, S, P> {
    store: &'a S,
    projector: &'a P,
    now_ms: i64,
    express_fee_minor: i64,
    log: &'a dyn Fn(&str),
}

impl<S: OrderStore, P: AvailabilityProjector> Origin<'_, S, P> {
    async fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let post = request.method() == Method::POST;
        match request.uri().path() {
            trade::ORDERS_PATH if post => self.submit(&read(request)?).await,
            trade::ORDERS_PATH => self.order(request.uri().query().unwrap_or_default()).await,
            trade::OFFERS_PATH if post => self.define_offers(&read(request)?).await,
            trade::STOCK_PATH if post => {
                let query: StockQuery = read(request)?;
                bounded(query.skus.len())?;
                let accounts = self.store.stock(&query.skus).await?;
                Ok(json(&StockReport { accounts }))
            }
            trade::AUDIT_PATH => Ok(json(&self.store.audit().await?)),
            trade::AVAILABILITY_PATH => {
                let mut response = Response::new(board(self.store, self.now_ms).await?.into());
                let kind = header::HeaderValue::from_static("application/octet-stream");
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
                Ok(response)
            }
            trade::PUBLICATIONS_PATH if post => {
                let change: PublicationChange = read(request)?;
                let step = PublicationStep {
                    change: &change,
                    now_ms: self.now_ms,
                };
                Ok(json(&self.store.publish(step).await?))
            }
            trade::PUBLICATIONS_PATH => Ok(json(&self.store.publications().await?)),
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    async fn submit(&self, submit: &SubmitOrder) -> Result<Response<Bytes>, StoreError> {
        let express_fee_minor = self.express_fee_minor;
        let order = NewOrder {
            submit,
            now_ms: self.now_ms,
            express_fee_minor,
        };
        let reply = self.store.submit(order).await?;
        if matches!(
            reply,
            SubmitReply::Accepted {
                exhausted: true,
                ..
            }
        ) {
            // The order is placed: whatever happens to the badge, the reply says so.
            self.project().await;
        }
        Ok(json(&reply))
    }

    async fn project(&self) {
        match board(self.store, self.now_ms).await {
            Ok(board) => self.projector.project(board).await,
            Err(error) => (self.log)(&format!("availability: {error}")),
        }
    }

    async fn order(&self, query: &str) -> Result<Response<Bytes>, StoreError> {
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let (id, token) = (parameter("id"), parameter("token"));
        Ok(match self.store.order(&id).await? {
            Some(order) if same(&order.token, &token) => json(&order),
            Some(_) | None => empty(StatusCode::NOT_FOUND),
        })
    }

    async fn define_offers(&self, offers: &DefineOffers) -> Result<Response<Bytes>, StoreError> {
        bounded(offers.offers.len())?;
        bounded(offers.withdrawn.len())?;
        self.store.define_offers(offers, self.now_ms).await?;
        self.project().await;
        Ok(empty(StatusCode::NO_CONTENT))
    }
}

fn bounded(count: usize) -> Result<(), StoreError> {
    if count > limits::OFFERS_PER_MESSAGE_MAX {
        let max = limits::OFFERS_PER_MESSAGE_MAX;
        return Err(StoreError::Rejected(format!(
            "more than {max} SKUs in one message"
        )));
    }
    Ok(())
}

/// Compares in a time that does not tell how much is right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |sum, (x, y)| sum | (x ^ y))
            == 0
}

fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, StoreError> {
    serde_json::from_slice(request.body()).map_err(|error| StoreError::Rejected(error.to_string()))
}

fn json<T: Serialize>(value: &T) -> Response<Bytes> {
    let body = serde_json::to_vec(value).expect("plain structs with text keys become JSON");
    let mut response = Response::new(Bytes::from(body));
    let kind = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
