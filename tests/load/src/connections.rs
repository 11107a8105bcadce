//! Connections to one server, kept alive: as many as there are requests under way at the same time.
//!
//! A request never waits for another one. The connection that was used last is used first, so that those
//! of a rush lie idle after it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

use crate::target::Target;

type Connection = SendRequest<Full<Bytes>>;

/// Connections to a server.
#[derive(Debug)]
pub struct Connections {
    target: Target,
    host: HeaderValue,
    idle: Mutex<Vec<Connection>>,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Unanswered {
    /// Nothing by the time at which the generator gives up.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The server takes no connection, or this process has too many of them.
    #[error("no connection")]
    NotConnected(#[source] std::io::Error),
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
}

impl Answer {
    /// Head and body as they came over the wire, compressed where they were, without the framing of
    /// chunks.
    pub fn bytes(&self) -> u64 {
        let status = http::StatusCode::from_u16(self.status).ok();
        let reason = status.and_then(|status| status.canonical_reason());
        let first = "HTTP/1.1 200 \r\n".len() + reason.unwrap_or_default().len();
        let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
            name.as_str().len() + ": ".len() + value.len() + "\r\n".len()
        };
        let headers: usize = self.headers.iter().map(header).sum();
        (first + headers + "\r\n".len() + self.body.len()) as u64
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_default())
    }
}

impl Connections {
    /// Connections to a server; the first one is made with the first request.
    pub fn to(target: Target) -> Self {
        let host = HeaderValue::from_str(&target.host).expect("a part of an address is a header");
        Self {
            target,
            host,
            idle: Mutex::default(),
        }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn exchange(&self, request: Request<Bytes>) -> Result<Answer, Unanswered> {
        let mut request = request.map(Full::new);
        request
            .headers_mut()
            .entry(HOST)
            .or_insert(self.host.clone());
        loop {
            let (mut connection, is_new) = self.connection().await?;
            let sent = connection.try_send_request(request).await;
            let response = match sent {
                Ok(response) => response,
                Err(mut error) => match error.take_message() {
                    // The server closed an idle connection at this moment: nothing was sent.
                    Some(unsent) if !is_new => {
                        request = unsent;
                        continue;
                    }
                    _ => return Err(Unanswered::Broken(error.into_error())),
                },
            };
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(Unanswered::Broken)?;
            self.keep(connection);
            return Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: body.to_bytes(),
            });
        }
    }

    /// A connection that lies idle, or a new one; and whether it is new.
    async fn connection(&self) -> Result<(Connection, bool), Unanswered> {
        while let Some(mut idle) = self.take_idle() {
            if idle.ready().await.is_ok() {
                return Ok((idle, false));
            }
        }
        let stream = TcpStream::connect(self.target.address).await;
        let stream = stream.map_err(Unanswered::NotConnected)?;
        stream.set_nodelay(true).map_err(Unanswered::NotConnected)?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, driver) = handshake.map_err(Unanswered::Broken)?;
        // Its failure is that of the request that is under way on it.
        tokio::spawn(async { drop(driver.await) });
        Ok((sender, true))
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop()
    }

    fn keep(&self, connection: Connection) {
        if !connection.is_closed() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_head_and_body() {
        let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nage: 1\r\n\r\n";
        let mut headers = HeaderMap::new();
        headers.insert("content-length", HeaderValue::from_static("4"));
        headers.insert("age", HeaderValue::from_static("1"));
        let answer = Answer {
            status: 404,
            headers,
            body: Bytes::from_static(b"none"),
        };
        assert_eq!(answer.bytes(), (head.len() + 4) as u64);
    }
}
