//! Asking stores: one, or several at the same time.

use std::future::Future;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response, StatusCode, Uri};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use souk_ports::{Clock, PortError};
use souk_protocol::shards::{MoreShards, SHARDS_PARAMETER};
use souk_service_http::{empty, json_bytes};

use super::routing::{Failed, Routed, Router, ShardClient};
use crate::layout::Address;

/// Stores that are asked at the same time. Objects are woken side by side and their answers, of
/// which an audit may be long, are in memory together; a thousand shards take their turns.
pub(super) const AT_ONCE: usize = 32;

/// Does work on several stores at the same time, as far as that is good; gives what came of each, in
/// their order.
pub(super) async fn at_once<F: Future>(work: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

impl<C: ShardClient + Clock> Router<'_, C> {
    /// Sends a request to one store. The request says for how many shards it was routed.
    pub(super) async fn send_to(&self, to: Address, mut request: Request<Bytes>) -> Routed {
        if let Address::Shard(_) = to {
            *request.uri_mut() = routed_for(request.uri(), self.known_shards());
        }
        let response = self.client.ask(to, request).await?;
        match response.status() {
            StatusCode::MISDIRECTED_REQUEST => {
                let MoreShards { layout } = body(&response)?;
                Err(Failed::TooFew(layout))
            }
            StatusCode::LOCKED => Err(Failed::Answered(Box::new(response))),
            _ => Ok(response),
        }
    }

    /// The answers of all shards to the same request, in their order. Each is asked, also when one
    /// does not answer: a tick wakes whom it can.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        request: &Request<Bytes>,
    ) -> Result<Vec<T>, Failed> {
        let shards = self.shards().await?;
        let parts = (0..shards).map(|shard| self.part(shard, request));
        let parts: Vec<Result<T, Failed>> = at_once(parts).await;
        parts.into_iter().collect()
    }

    async fn part<T: DeserializeOwned>(
        &self,
        shard: u16,
        request: &Request<Bytes>,
    ) -> Result<T, Failed> {
        let response = self.send_to(Address::Shard(shard), again(request)).await?;
        if !response.status().is_success() {
            let text = format!("shard {shard} said {}", response.status());
            return Err(PortError::Transient(text).into());
        }
        body(&response)
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        to: Address,
        path: &str,
        message: &impl Serialize,
    ) -> Result<T, Failed> {
        let response = self.send_to(to, post(path, message)).await?;
        body(&of_shards(response)?)
    }

    /// Sends a message on as the request that it came with.
    pub(super) async fn pass(
        &self,
        shard: u16,
        request: &Request<Bytes>,
        message: &impl Serialize,
    ) -> Routed {
        let mut passed = again(request);
        *passed.body_mut() = json_bytes(message);
        self.send_to(Address::Shard(shard), passed).await
    }

    /// The same for the parts of a message. Each is sent, also when another one is refused: what is
    /// sent again does nothing a second time.
    pub(super) async fn pass_parts<T: Serialize>(
        &self,
        request: &Request<Bytes>,
        parts: impl IntoIterator<Item = (u16, T)>,
    ) -> Routed {
        let passed = parts.into_iter().map(async |(shard, part)| {
            let response = self.pass(shard, request, &part).await?;
            succeeded(response)
        });
        let passed: Vec<Routed> = at_once(passed).await;
        let mut last = no_content();
        for answer in passed {
            last = answer?;
        }
        Ok(last)
    }
}

/// The address of a request with the number of shards that it was routed for.
fn routed_for(uri: &Uri, shards: u16) -> Uri {
    let path = uri.path();
    let address = match uri.query() {
        Some(query) => format!("{path}?{query}&{SHARDS_PARAMETER}={shards}"),
        None => format!("{path}?{SHARDS_PARAMETER}={shards}"),
    };
    address.try_into().expect("a URI with a number is a URI")
}

pub(super) fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Failed> {
    souk_json::read(request.body()).map_err(|_| unreadable())
}

/// The members of a message that is passed on: its type is read where it is used.
pub(super) type Members = Map<String, Value>;

/// A member that is a text.
pub(super) fn text<'m>(message: &'m Members, member: &str) -> Result<&'m str, Failed> {
    let text = message.get(member).and_then(Value::as_str);
    text.ok_or_else(unreadable)
}

/// As a shard answers what it cannot read.
pub(super) fn unreadable() -> Failed {
    Failed::Answered(Box::new(empty(StatusCode::UNPROCESSABLE_ENTITY)))
}

pub(super) fn body<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, Failed> {
    souk_json::read(response.body()).map_err(|error| PortError::Transient(error.to_string()).into())
}

pub(super) fn succeeded(response: Response<Bytes>) -> Routed {
    match response.status().is_success() {
        true => Ok(response),
        false => Err(Failed::Answered(Box::new(response))),
    }
}

/// An origin that knows of no shards is about to be redeployed, or does not know of them yet.
pub(super) fn of_shards(response: Response<Bytes>) -> Routed {
    match response.status() {
        StatusCode::NOT_FOUND => {
            let text = "the origin knows of no shards yet";
            Err(PortError::Transient(text.to_owned()).into())
        }
        _ => succeeded(response),
    }
}

pub(super) fn again(request: &Request<Bytes>) -> Request<Bytes> {
    let mut twin = Request::new(request.body().clone());
    *twin.method_mut() = request.method().clone();
    *twin.uri_mut() = request.uri().clone();
    *twin.headers_mut() = request.headers().clone();
    twin
}

pub(super) fn post(path: &str, message: &impl Serialize) -> Request<Bytes> {
    souk_service_http::post(path, json_bytes(message))
}

pub(super) fn no_content() -> Response<Bytes> {
    empty(StatusCode::NO_CONTENT)
}
