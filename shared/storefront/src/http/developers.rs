//! The contract of the API: as a file for programs, as a page for people.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_pages as pages;
use souk_ports::Edge;
use souk_protocol::problem::ProblemKind;

use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};

/// The contract of the API; a test keeps `openapi.json` equal to the code.
const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// `GET /openapi.json`.
pub(crate) fn openapi() -> Response<Bytes> {
    reply::body(
        StatusCode::OK,
        "application/json",
        CachePolicy::Catalogue,
        OPENAPI,
    )
}

/// `GET /problems/{kind}`: where the page explains this kind of problem.
pub(crate) fn problem(kind: &str) -> Outcome {
    let mut kinds = ProblemKind::ALL.into_iter();
    let kind = kinds.find(|known| known.name() == kind);
    let kind = kind.ok_or(Failure::NotFound)?;
    let place = format!("/developers#problem-{}", kind.name());
    Ok(reply::see_other(&place))
}

impl<E: Edge> Shop<'_, E> {
    /// `GET /developers`.
    pub(crate) async fn developers(&self) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        self.cached(
            Content::Developers,
            self.locale,
            &reader,
            &signals,
            async || {
                let contract = souk_json::read(OPENAPI.as_bytes())
                    .map_err(|error| Failure::Internal(format!("openapi.json: {error}")))?;
                let page = pages::developers(&self.site(&reader, "/developers", true), &contract);
                Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
            },
        )
        .await
    }
}
