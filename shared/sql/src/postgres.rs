//! PostgreSQL, and what its codes mean to a caller. Source: PostgreSQL, appendix A.

use crate::{Row, StoreError, Value};

/// Runs statements, each on a connection of the driver's choice.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PostgresDriver {
    /// Runs one statement as a transaction of its own and gives its rows.
    ///
    /// Parameters are `$1`, `$2`, …, each `text` or `bigint`; columns are `text` or `bigint`, of
    /// which the first kind may be `NULL`.
    ///
    /// # Errors
    /// As [`error_of`] says for the SQLSTATE that the server gave.
    async fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError>;
}

/// The class of a failure by its SQLSTATE; `None` where the server did not get to give one,
/// as when there is no connection.
pub fn error_of(sqlstate: Option<&str>, message: impl Into<String>) -> StoreError {
    let message = message.into();
    let Some(state) = sqlstate else {
        return StoreError::Transient(message);
    };
    let class = state.get(..2).unwrap_or_default();
    match (class, state) {
        // Connection lost; serialization failure or deadlock; too many connections, disk or
        // memory full; shut down, cancelled or still starting.
        ("08" | "40" | "53" | "57", _) => StoreError::Transient(message),
        // A lock timeout; a standby that was promoted away from under us.
        (_, "55P03" | "25006") => StoreError::Transient(message),
        // A value that the types do not hold; something longer than the engine takes.
        ("22" | "54", _) => StoreError::Rejected(message),
        _ => StoreError::Corrupt(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_failure_has_its_meaning() {
        let cases = [
            (None, "transient"),
            (Some("08006"), "transient"),
            (Some("40001"), "transient"),
            (Some("40P01"), "transient"),
            (Some("53300"), "transient"),
            (Some("55P03"), "transient"),
            (Some("57P01"), "transient"),
            (Some("25006"), "transient"),
            (Some("22003"), "rejected"),
            (Some("22P05"), "rejected"),
            (Some("54000"), "rejected"),
            (Some("23514"), "corrupt"),
            (Some("42501"), "corrupt"),
            (Some("42P01"), "corrupt"),
            (Some(""), "corrupt"),
        ];
        for (state, expected) in cases {
            let class = match error_of(state, "m") {
                StoreError::Transient(_) => "transient",
                StoreError::Rejected(_) => "rejected",
                StoreError::Corrupt(_) => "corrupt",
            };
            assert_eq!(class, expected, "{state:?}");
        }
    }
}
