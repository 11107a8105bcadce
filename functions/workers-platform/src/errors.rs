//! Errors of the runtime in the words of the ports.

use souk_ports::PortError;

/// The deployment lacks a binding.
pub fn unsupported(error: impl std::fmt::Display) -> PortError {
    PortError::Unsupported(error.to_string())
}

/// The other side did not answer, or not as it should: the request may be repeated.
pub fn transient(error: impl std::fmt::Display) -> PortError {
    PortError::Transient(error.to_string())
}
