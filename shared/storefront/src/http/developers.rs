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
#[cfg(not(feature = "compressed"))]
fn contract() -> Bytes {
    Bytes::from_static(include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json")))
}

/// The contract of the API; a test keeps `openapi.json` equal to the code.
#[cfg(feature = "compressed")]
fn contract() -> Bytes {
    let file = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.lz4"));
    let contract = lz4_flex::block::decompress_size_prepended(file);
    contract.expect("the build has compressed it").into()
}

/// `GET /openapi.json`.
pub(crate) fn openapi() -> Response<Bytes> {
    reply::body(
        StatusCode::OK,
        "application/json",
        CachePolicy::Catalogue,
        contract(),
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
                let contract = souk_json::read(&contract())
                    .map_err(|error| Failure::Internal(format!("openapi.json: {error}")))?;
                let page = pages::developers(&self.site(&reader, "/developers", true), &contract);
                Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
            },
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_the_committed_file_without_its_white_space() {
        let read = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        let committed = include_bytes!("../../openapi.json");
        let served = contract();
        assert_eq!(read(&served), read(committed));
        assert!(served.len() < committed.len() * 3 / 4);
    }
}
