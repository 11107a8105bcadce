//! Bodies of the API: what their type has to be, and where they are wrong.
//!
//! Not here: what the members may say (beside the use cases).

use headers::{ContentType, HeaderMapExt};
use http::HeaderMap;
use mime::Mime;
use serde::de::{DeserializeOwned, IgnoredAny};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};

use crate::http::json_pointer;

/// Refuses a body that does not say that it is JSON; `please` tells the client what to do.
///
/// # Errors
/// `unsupported-media-type`.
pub(crate) fn expect(headers: &HeaderMap, please: &str) -> Result<(), Problem> {
    let content_type = headers.typed_get::<ContentType>().map(Mime::from);
    match content_type {
        Some(found) if found.essence_str() == "application/json" => Ok(()),
        Some(_) | None => Err(Problem::new(ProblemKind::UnsupportedMediaType).detail(please)),
    }
}

/// Reads a body.
///
/// # Errors
/// `invalid-request`: 400 where it is no JSON, else 422 with the first place that is wrong.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    souk_json::read(body).map_err(|error| {
        // What is wrong in a text that is cut off may stand before the cut.
        let no_json = souk_json::read::<IgnoredAny>(body).err();
        let error = no_json.unwrap_or(error);
        let status = if error.is_data() { 422 } else { 400 };
        let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(status);
        problem.errors.push(FieldError {
            pointer: json_pointer::pointer(body, error.line(), error.column()),
            detail: error.to_string(),
        });
        problem
    })
}
