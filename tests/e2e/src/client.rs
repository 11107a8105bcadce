//! Plain HTTP: redirects are not followed, nothing is decompressed, no cookie is kept.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

/// A request without an answer by then has none.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Speaks HTTP to one shop.
///
/// Connections belong to the test's own runtime, so every test has a client of its own.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// What a shop answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Client {
    /// A client of the shop at `base`.
    pub fn new(base: impl Into<String>) -> Self {
        Self::with_idle_connections(base.into(), usize::MAX)
    }

    /// The same with a connection for every request. A server that refuses a body without reading
    /// it closes the connection, and the next request must not be lost with it.
    pub fn without_reuse(&self) -> Self {
        Self::with_idle_connections(self.base.clone(), 0)
    }

    fn with_idle_connections(base: String, idle_max: usize) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(idle_max)
            .timeout(TIMEOUT)
            .build();
        let http = http.expect("the options fit each other");
        Self { http, base }
    }

    /// Scheme and host of the shop.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request with some headers and a body.
    ///
    /// # Errors
    /// When there is no answer: what became of the request is not known then.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.into();
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer {
            status,
            headers,
            body: response.bytes().await?,
        })
    }

    /// `GET` with headers.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send("GET", path, headers, "")
            .await
            .with_context(|| format!("GET {path}"))
    }

    /// `GET`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.get_with(path, &[]).await
    }
}

impl Answer {
    /// A header as text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or("(not ASCII)"))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("status {}, body {}", self.status, self.beginning()))
    }

    /// That it is a refusal of this kind.
    ///
    /// # Errors
    /// When it is something else, saying what.
    pub fn is_problem(&self, status: u16, kind: &str) -> Result<()> {
        let found = (self.status, self.problem());
        ensure!(
            found == (status, kind.to_owned()),
            "{found:?}: {}",
            self.beginning()
        );
        Ok(())
    }

    /// The beginning of the body, for messages.
    pub fn beginning(&self) -> String {
        self.text().chars().take(300).collect()
    }

    /// The version of the catalogue that the answer was made from.
    pub fn version(&self) -> Option<u64> {
        self.header("souk-catalogue-version").parse().ok()
    }

    /// The last part of the problem's `type`; empty when the body is no problem.
    pub fn problem(&self) -> String {
        if self.header("content-type") != souk_protocol::problem::MEDIA_TYPE {
            return String::new();
        }
        let problem: Option<souk_protocol::problem::Problem> = self.json().ok();
        let kind = problem.map(|problem| problem.kind).unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default().to_owned()
    }
}
