//! Requests to the origin of functions that work on what happened to orders (payments, mails): an
//! order's record, changes of it, messages of a queue.
//!
//! Reads, changes and settlements may be repeated, because changes carry their key; a claim is not
//! repeated, because messages whose reply was lost are due again after the visibility timeout.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_ports::{Clock, OriginClient, PortError, Randomness};
use souk_protocol::origin::{
    self, Action, Actor, ChangeOrder, ChangeReply, Claim, Message, OrderRecord, Queue, Settlement,
    TRACE_HEADER,
};
use souk_service_http::{get, json_bytes, post};

/// Attempts for one message to the origin.
const ATTEMPTS_MAX: u32 = 3;
/// Pause before the first repetition; doubled for the second, with jitter of half of it.
const BACKOFF_MS: u32 = 100;

/// Why the origin did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It does not answer: the same request may succeed later.
    #[error("the origin {0}")]
    Silent(String),
    /// What it says cannot be.
    #[error("the origin's answer is not understood: {0}")]
    Corrupt(String),
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is so now, or was already: here is the order.
    Done(Box<OrderRecord>),
    /// Not legal now; the reason for the log.
    Illegal(String),
    /// There is no such order.
    Unknown,
}

/// The origin's books.
pub struct Books<'a, E> {
    edge: &'a E,
    trace: Option<HeaderValue>,
}

impl<'a, E: OriginClient + Clock + Randomness> Books<'a, E> {
    /// The books, asked on behalf of a request with these headers.
    pub fn new(edge: &'a E, headers: &HeaderMap) -> Self {
        let trace = headers.get(TRACE_HEADER).cloned();
        Self { edge, trace }
    }

    /// The order with everything that happened to it.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn record(&self, order: &str) -> Result<Option<OrderRecord>, OriginError> {
        self.record_of(&[("id", order)]).await
    }

    /// The same, for what is about to be sent to the buyer: it is an error if the personal fields do
    /// not open.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn opened_record(&self, order: &str) -> Result<Option<OrderRecord>, OriginError> {
        self.record_of(&[("id", order), origin::PERSONAL_REQUIRED])
            .await
    }

    async fn record_of(
        &self,
        parameters: &[(&str, &str)],
    ) -> Result<Option<OrderRecord>, OriginError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        let path = format!("{}?{}", origin::RECORD_PATH, query.finish());
        let response = self.ask(&path, None, ATTEMPTS_MAX).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => read(&response).map(Some),
        }
    }

    /// Changes an order as the provider reports it.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn report(
        &self,
        order: &str,
        key: String,
        action: Action,
    ) -> Result<Changed, OriginError> {
        let change = ChangeOrder {
            key,
            order: order.to_owned(),
            by: Actor::Provider,
            by_name: None,
            action,
        };
        self.change(&change).await
    }

    /// Changes an order.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn change(&self, change: &ChangeOrder) -> Result<Changed, OriginError> {
        let body = Some(json_bytes(change));
        let response = self.ask(origin::CHANGES_PATH, body, ATTEMPTS_MAX).await?;
        match read(&response)? {
            ChangeReply::Done { record } | ChangeReply::Already { record } => {
                Ok(Changed::Done(record))
            }
            // The same step with other words, such as a fee that is known by now: it is done.
            ChangeReply::KeyUsedForOtherChange => {
                let record = self.record(&change.order).await?;
                Ok(record.map_or(Changed::Unknown, |record| Changed::Done(Box::new(record))))
            }
            ChangeReply::UnknownOrder => Ok(Changed::Unknown),
            ChangeReply::Illegal {
                status, problem, ..
            } => Ok(Changed::Illegal(format!(
                "{problem} while the order is {}",
                status.name()
            ))),
        }
    }

    /// Takes messages that are due.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn claim(
        &self,
        queue: Queue,
        limit: u32,
        visibility_ms: i64,
        order: Option<&str>,
    ) -> Result<Vec<Message>, OriginError> {
        let claim = Claim {
            queue,
            limit,
            visibility_ms,
            order: order.map(str::to_owned),
        };
        let response = self
            .ask(origin::CLAIM_PATH, Some(json_bytes(&claim)), 1)
            .await?;
        read(&response)
    }

    /// Says what became of messages.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn settle(&self, settlements: &[Settlement]) -> Result<(), OriginError> {
        if settlements.is_empty() {
            return Ok(());
        }
        let body = Some(json_bytes(&settlements));
        let response = self.ask(origin::SETTLE_PATH, body, ATTEMPTS_MAX).await?;
        match response.status().is_success() {
            true => Ok(()),
            false => Err(OriginError::Corrupt(format!(
                "a settlement: {}",
                response.status()
            ))),
        }
    }

    async fn ask(
        &self,
        path: &str,
        body: Option<Bytes>,
        attempts: u32,
    ) -> Result<Response<Bytes>, OriginError> {
        let mut last = String::new();
        for attempt in 0..attempts {
            if attempt > 0 {
                let pause = BACKOFF_MS << (attempt - 1);
                let jitter = u32::from(self.edge.random_bytes()[0]) * pause / 512;
                self.edge.pause_ms(pause / 2 + jitter).await;
            }
            last = match self.edge.send(self.request(path, body.clone())).await {
                Ok(response) if is_transient(response.status()) => {
                    format!("said {}", response.status())
                }
                Ok(response) => return Ok(response),
                Err(error @ PortError::Transient(_)) => error.to_string(),
                Err(error @ PortError::Unsupported(_)) => {
                    return Err(OriginError::Corrupt(error.to_string()));
                }
            };
        }
        Err(OriginError::Silent(last))
    }

    fn request(&self, path: &str, body: Option<Bytes>) -> Request<Bytes> {
        let mut request = match body {
            Some(body) => post(path, body),
            None => get(path),
        };
        if let Some(trace) = &self.trace {
            request.headers_mut().insert(TRACE_HEADER, trace.clone());
        }
        request
    }
}

fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
            // The shop grows, and takes no changes meanwhile.
            | StatusCode::LOCKED
    )
}

fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, OriginError> {
    let status = response.status();
    if !status.is_success() {
        return Err(OriginError::Corrupt(format!("it said {status}")));
    }
    souk_json::read(response.body()).map_err(|error| OriginError::Corrupt(error.to_string()))
}
