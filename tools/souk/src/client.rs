//! The staff API of a running shop.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Serialize, de::DeserializeOwned};
use souk_catalogue::{DecodeError, Hash};
use souk_protocol::endpoint::{Address, Bytes};
use souk_protocol::problem::Problem;
use souk_protocol::staff;
use ureq::Agent;

/// Timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Attempts of a request; every request may be repeated.
const ATTEMPTS_MAX: u32 = 4;
/// Media types of bodies.
const JSON: &str = "application/json";
const BLOB: &str = "application/octet-stream";

/// The shop has nothing of this name, or what it has is damaged.
#[derive(Debug)]
pub(crate) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// Whether an error says that something of the shop is lost or damaged, and not that the shop does
/// not answer.
pub(crate) fn is_unreadable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unreadable>().is_some() || error.downcast_ref::<DecodeError>().is_some()
}

/// A client of one shop.
#[derive(Clone)]
pub(crate) struct StaffClient {
    agent: Agent,
    base: String,
    token: String,
}

enum Call<'a> {
    Get,
    Post(&'a [u8]),
    /// With its idempotency key.
    PostOnce(&'a str, &'a [u8]),
    /// With its media type.
    Put(&'a str, &'a [u8]),
    Delete,
}

impl StaffClient {
    /// A client of the shop at `base`.
    ///
    /// # Errors
    /// When the address is not one.
    pub(crate) fn new(base: &str, token: &str) -> Result<Self> {
        if !base.starts_with("http://") && !base.starts_with("https://") {
            bail!("'{base}' is no address of a shop: give one such as https://shop.example");
        }
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_idle_connections_per_host(16)
            .build();
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self {
            agent: config.into(),
            base,
            token: token.to_owned(),
        })
    }

    /// Reads something.
    pub(crate) fn get<R: DeserializeOwned>(&self, address: impl Into<Address<(), R>>) -> Result<R> {
        json(&self.call(address.into().path(), &Call::Get)?)
    }

    /// Sends a request that may be repeated.
    pub(crate) fn post<Q: Serialize, R: DeserializeOwned>(
        &self,
        address: impl Into<Address<Q, R>>,
        request: &Q,
    ) -> Result<R> {
        let body = serde_json::to_vec(request)?;
        json(&self.call(address.into().path(), &Call::Post(&body))?)
    }

    /// Sends a request that takes effect once, however often it is sent.
    pub(crate) fn post_once<Q: Serialize, R: DeserializeOwned>(
        &self,
        address: impl Into<Address<Q, R>>,
        key: &str,
        request: &Q,
    ) -> Result<R> {
        let body = serde_json::to_vec(request)?;
        json(&self.call(address.into().path(), &Call::PostOnce(key, &body))?)
    }

    /// Sends a request that may be repeated and has no reply.
    pub(crate) fn send<Q>(&self, address: impl Into<Address<Q, ()>>, body: &[u8]) -> Result<()> {
        self.call(address.into().path(), &Call::Post(body))
            .map(drop)
    }

    /// Reads something that is no JSON.
    pub(crate) fn read(&self, address: &Address<(), Bytes>) -> Result<Vec<u8>> {
        self.call(address.path(), &Call::Get)
    }

    /// Reads a blob of the catalogue, which has to have this hash.
    ///
    /// # Errors
    /// As [`is_unreadable`] tells apart.
    pub(crate) fn blob(&self, hash: Hash) -> Result<Vec<u8>> {
        let blob = self.read(&staff::READ_BLOB.at(&[&hash.to_string()]))?;
        intact(blob, hash, &hash.to_string())
    }

    /// Reads a media file, whose name begins with its hash.
    ///
    /// # Errors
    /// As [`is_unreadable`] tells apart.
    pub(crate) fn media(&self, name: &str) -> Result<Vec<u8>> {
        let hash = name.split_once('.').and_then(|(hash, _)| Hash::parse(hash));
        let hash = hash.with_context(|| format!("'{name}' is no name of a media file"))?;
        intact(self.read(&staff::READ_MEDIA.at(&[name]))?, hash, name)
    }

    /// Writes something that is no JSON.
    pub(crate) fn put(&self, address: &Address<Bytes, ()>, content: &[u8]) -> Result<()> {
        self.call(address.path(), &Call::Put(BLOB, content))
            .map(drop)
    }

    /// Replaces something; what is there then.
    pub(crate) fn put_json<Q: Serialize, R: DeserializeOwned>(
        &self,
        address: impl Into<Address<Q, R>>,
        request: &Q,
    ) -> Result<R> {
        let body = serde_json::to_vec(request)?;
        json(&self.call(address.into().path(), &Call::Put(JSON, &body))?)
    }

    /// Deletes something.
    pub(crate) fn delete(&self, address: &Address<(), ()>) -> Result<()> {
        self.call(address.path(), &Call::Delete).map(drop)
    }

    fn call(&self, path: &str, call: &Call<'_>) -> Result<Vec<u8>> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.call_once(path, call) {
                Ok((200..=299, body)) => return Ok(body),
                Ok((429 | 502..=504, _)) if attempt < ATTEMPTS_MAX => {}
                Ok((401, body)) => {
                    let detail = problem_detail(&body);
                    bail!(
                        "the shop at {} refused the staff token: {detail}",
                        self.base
                    );
                }
                Ok((404, body)) => {
                    let detail = problem_detail(&body);
                    let base = &self.base;
                    let text = format!("the shop at {base} answered 404 to {path}: {detail}");
                    return Err(Unreadable(text).into());
                }
                Ok((status, body)) => {
                    let detail = problem_detail(&body);
                    bail!(
                        "the shop at {} answered {status} to {path}: {detail}",
                        self.base
                    );
                }
                Err(_) if attempt < ATTEMPTS_MAX => {}
                Err(error) => {
                    let base = &self.base;
                    return Err(error).with_context(|| {
                        format!(
                            "no shop answers at {base}: name yours with --shop URL or in SOUK_SHOP"
                        )
                    });
                }
            }
            std::thread::sleep(Duration::from_millis(100 << attempt));
        }
    }

    fn call_once(&self, path: &str, call: &Call<'_>) -> Result<(u16, Vec<u8>)> {
        let url = format!("{}{path}", self.base);
        let bearer = format!("Bearer {}", self.token);
        let response = match call {
            Call::Get => self.agent.get(&url).header("authorization", &bearer).call(),
            Call::Delete => self
                .agent
                .delete(&url)
                .header("authorization", &bearer)
                .call(),
            Call::Post(body) => self
                .agent
                .post(&url)
                .header("authorization", &bearer)
                .header("content-type", JSON)
                .send(*body),
            Call::PostOnce(key, body) => self
                .agent
                .post(&url)
                .header("authorization", &bearer)
                .header("content-type", JSON)
                .header("idempotency-key", *key)
                .send(*body),
            Call::Put(kind, body) => self
                .agent
                .put(&url)
                .header("authorization", &bearer)
                .header("content-type", *kind)
                .send(*body),
        };
        let mut response = response?;
        let status = response.status().as_u16();
        let limit = u64::try_from(souk_protocol::limits::BLOB_BYTES_MAX)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(limit)
            .read_to_vec()?;
        Ok((status, body))
    }
}

/// The content, if it is what its name says.
fn intact(content: Vec<u8>, hash: Hash, name: &str) -> Result<Vec<u8>> {
    if Hash::of(&content) == hash {
        return Ok(content);
    }
    Err(Unreadable(format!("{name} is damaged in the shop's store")).into())
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // `()` is answered without a body.
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).context("the shop's answer is of another version of this tool")
}

fn problem_detail(body: &[u8]) -> String {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        return String::from_utf8_lossy(body).chars().take(200).collect();
    };
    let mut detail = problem.detail.unwrap_or(problem.title);
    for error in problem.errors {
        detail += &format!("; {} {}", error.pointer, error.detail);
    }
    detail
}

#[cfg(test)]
mod tests {
    use souk_protocol::problem::{FieldError, ProblemKind};

    use super::*;

    #[test]
    fn a_refusal_names_everything_that_is_wrong() {
        let mut problem = Problem::new(ProblemKind::InvalidRequest).detail("nothing was changed");
        let error = |pointer: &str, detail: &str| FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        };
        problem.errors = vec![error("/level", "0 to 5"), error("/until", "a moment")];
        let body = serde_json::to_vec(&problem).unwrap();
        let detail = problem_detail(&body);
        assert_eq!(
            detail,
            "nothing was changed; /level 0 to 5; /until a moment"
        );
        assert_eq!(problem_detail(b"<html>"), "<html>");
    }
}
