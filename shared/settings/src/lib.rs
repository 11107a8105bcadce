//! Settings of a deployment: read from the platform's texts and checked in one place, for both
//! platforms.
//!
//! A function has its platform give it the texts of the variables and secrets that it names
//! ([`Values`]), once per instance; the use case reads them with a [`Reader`]. What is wrong is
//! never replaced by a default: every fault is collected, and the function does not open
//! ([`SettingsError`]).
//!
//! - [`Reader`]: numbers within bounds, switches, secrets that could not be guessed.
//! - [`PublicAddress`]: the hosts that are the shop's, and HTTPS everywhere but on the loopback.
//! - [`Reader::database`]: PostgreSQL by TLS everywhere but on the loopback.
//! - [`gate`], [`closed`]: the answers to requests that are not let in.
//!
//! Not here: what a setting means (the use case that reads it), where a platform keeps it (the
//! adapters).

mod address;
mod database;
mod gate;
mod reader;
mod secret;

use std::collections::BTreeMap;

pub use address::{Admission, PublicAddress, is_loopback_url, site};
pub use gate::{Loopback, NO_PUBLIC_ADDRESS, closed, gate};
pub use reader::Reader;
pub use secret::{SECRET_BYTES_MIN, Secrets, Weakness, weakness};

/// Texts of variables and secrets, by their names in small letters, as Spin has them. On Workers
/// they have the same names in capitals.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The text, without blanks around it; empty when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        // One by one: collecting them would sort them before, by 4 KiB of code in each function.
        let mut values = BTreeMap::new();
        for (name, value) in pairs {
            values.insert(name.into(), value.into());
        }
        Self(values)
    }
}

/// Names only: some values are secrets.
impl std::fmt::Debug for Values {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// What is wrong with one setting, in words for the person who deploys. Never with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The setting, as Spin spells it.
    pub name: String,
    /// What is wrong, and what is wanted.
    pub reason: String,
}

/// Why a function does not open: everything that is wrong, so that one look at the log is enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the settings are wrong, and nothing is served until they are right: {}", lines(.0))]
pub struct SettingsError(pub Vec<Fault>);

impl SettingsError {
    /// Two groups of settings as one: with everything that is wrong in either.
    ///
    /// # Errors
    /// When something is.
    pub fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(one), Err(other)) => Err(Self([one.0, other.0].concat())),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        }
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.name.to_ascii_uppercase(), fault.reason));
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_every_setting_that_is_wrong() {
        let fault = |name: &str, reason: &str| Fault {
            name: name.to_owned(),
            reason: reason.to_owned(),
        };
        let error = SettingsError(vec![fault("base_url", "one"), fault("a", "two")]);
        let text = error.to_string();
        assert!(text.ends_with("BASE_URL: one; A: two"), "{text}");
    }

    #[test]
    fn no_value_is_printed() {
        let values: Values = [("session_secret", "hidden")].into_iter().collect();
        assert_eq!(format!("{values:?}"), "{\"session_secret\"}");
    }
}
