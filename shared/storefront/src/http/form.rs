//! Forms of the shop's pages, as types.
//!
//! A field that is missing is an empty one, a field that the form does not have is passed over, and
//! of a field that comes twice the first one counts.
//!
//! Not here: the forms themselves (beside their pages).

use std::ops::Deref;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use souk_protocol::problem::Problem;

use crate::http::reply;

/// What a field says, without the spaces around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field(String);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<String>::deserialize(deserializer)?;
        let first = values.first().map(String::as_str);
        Ok(first.unwrap_or_default().into())
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl Deref for Field {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Reads the body of a form.
///
/// # Errors
/// `invalid-request`, where it is no form.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_html_form::from_bytes(body).map_err(|error| reply::invalid("", error.to_string()))
}
