//! The list of requests, each with what it must be answered with.

mod orders;
mod pages;

use bytes::Bytes;
use serde_json::Value;
use souk_e2e::{Answer, Client};

use crate::{HOST, Names};

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) status: u16,
    /// The last part of the problem's `type`; empty when the answer is no problem.
    pub(crate) problem: &'static str,
    /// The place that the problem points at; empty when it need not point.
    pub(crate) pointer: &'static str,
    /// Whether bodies may differ from one sending to the next.
    pub(crate) volatile: bool,
}

impl Case {
    pub(crate) fn new(method: &'static str, path: impl Into<String>, status: u16) -> Self {
        let path = path.into();
        let shown: String = path.chars().take(60).collect();
        Self {
            name: format!("{method} {shown}"),
            method,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
            status,
            problem: "",
            pointer: "",
            volatile: false,
        }
    }

    pub(crate) fn get(path: impl Into<String>, status: u16) -> Self {
        Self::new("GET", path, status)
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = format!("{} ({name})", self.name);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// One more header, whether or not there is one of this name.
    pub(crate) fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn html(self) -> Self {
        self.header("accept", "text/html").named("as a page")
    }

    pub(crate) fn problem(mut self, problem: &'static str) -> Self {
        self.problem = problem;
        self
    }

    pub(crate) fn at(mut self, pointer: &'static str) -> Self {
        self.pointer = pointer;
        self
    }

    pub(crate) fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// Sends it to a shop under [`HOST`].
    pub(crate) async fn send(&self, client: &Client) -> anyhow::Result<Answer> {
        let mut headers = vec![("host", HOST)];
        headers.extend(
            self.headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let answer = client
            .send(self.method, &self.path, &headers, self.body.clone())
            .await;
        answer.map_err(|error| error.context(self.name.clone()))
    }
}

/// The whole list, in the order in which it is to be sent.
pub(crate) fn all(names: &Names) -> Vec<Case> {
    let mut cases = pages::pages(names);
    cases.extend(pages::machines(names));
    cases.extend(pages::lists(names));
    cases.extend(pages::searches());
    cases.extend(pages::strange_addresses(names));
    cases.extend(pages::wrong_methods(names));
    cases.extend(pages::forms(names));
    cases.extend(pages::staff());
    cases.extend(orders::refused(names));
    cases.extend(orders::unreadable(names));
    cases.extend(orders::placed(names));
    cases
}

/// The places that a problem points at.
pub(crate) fn pointers(answer: &Answer) -> Vec<String> {
    let problem: Value = answer.json().unwrap_or_default();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .filter_map(|error| Some(error["pointer"].as_str()?.to_owned()))
        .collect()
}
