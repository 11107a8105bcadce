//! Errors of the runtime in the words of the ports.

use bytes::Bytes;
use http::Response;
use souk_ports::PortError;

/// The deployment lacks a binding.
pub fn unsupported(error: impl std::fmt::Display) -> PortError {
    PortError::Unsupported(error.to_string())
}

/// The other side did not answer, or not as it should: the request may be repeated.
pub fn transient(error: impl std::fmt::Display) -> PortError {
    PortError::Transient(error.to_string())
}

/// Whether another script has stored what it was sent.
pub(crate) fn stored(answer: Response<Bytes>) -> Result<(), PortError> {
    match answer.status().is_success() {
        true => Ok(()),
        false => Err(transient(format_args!("said {}", answer.status()))),
    }
}
