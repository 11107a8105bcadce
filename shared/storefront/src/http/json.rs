//! Bodies of the API: what their type has to be, and where they are wrong.
//!
//! Not here: what the members may say (beside the use cases).

use headers::{ContentType, HeaderMapExt};
use http::HeaderMap;
use mime::Mime;
use serde::de::DeserializeOwned;
use serde_json::Value;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};

use crate::http::{json_pointer, reply};

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

/// Where a body with lines has objects.
pub(crate) struct Shape {
    /// JSON Pointers, beside the body itself.
    pub(crate) objects: &'static [&'static str],
    /// Members of each line.
    pub(crate) of_lines: &'static [&'static str],
}

/// Reads a body.
///
/// # Errors
/// `invalid-request`: 400 where it is no JSON, else 422 with every place that is wrong.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], shape: &Shape) -> Result<T, Problem> {
    let read = souk_json::read(body).map_err(|error| {
        let status = if error.is_data() { 422 } else { 400 };
        let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(status);
        problem.errors.push(FieldError {
            pointer: json_pointer::pointer(body, error.line(), error.column()),
            detail: error.to_string(),
        });
        problem
    })?;
    // Lines are an array, so with one bracket in all there is no other.
    if body.iter().filter(|&&byte| byte == b'[').count() != 1 {
        check_objects(body, shape)?;
    }
    Ok(read)
}

/// Refuses arrays in the place of objects: the deserialiser would take their items as members by
/// position, which no client means.
fn check_objects(body: &[u8], shape: &Shape) -> Result<(), Problem> {
    let value: Value =
        souk_json::read(body).map_err(|error| reply::invalid("", error.to_string()))?;
    let lines = value.pointer("/lines").and_then(Value::as_array);
    let of_lines = (0..lines.map_or(0, Vec::len)).flat_map(|n| {
        let line = format!("/lines/{n}");
        let members = shape.of_lines.iter();
        let members: Vec<_> = members.map(|member| format!("{line}/{member}")).collect();
        std::iter::once(line).chain(members)
    });
    let fixed = shape.objects.iter().map(|&pointer| pointer.to_owned());
    let objects = std::iter::once(String::new()).chain(fixed).chain(of_lines);
    let is_array = |pointer: &String| value.pointer(pointer).is_some_and(Value::is_array);
    let errors: Vec<_> = objects
        .filter(is_array)
        .map(|pointer| FieldError {
            pointer,
            detail: "must be an object".to_owned(),
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(Problem {
        errors,
        ..Problem::new(ProblemKind::InvalidRequest)
    })
}
