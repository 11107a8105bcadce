//! A store that lives in another process: its calls as bytes, its errors as statuses, the same for
//! every store.
//!
//! Not here: what a call says (each store has its own), how it travels (`functions/`).

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_ports::PortError;

use crate::StoreError;

/// Carries a call to the store and its answer back.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait StoreClient {
    /// Sends one call; status and body of the answer.
    ///
    /// # Errors
    /// When no answer came back. The call may have been carried out.
    async fn call(&self, body: Bytes) -> Result<(StatusCode, Bytes), PortError>;
}

/// Sends one call of the store `what`; what [`answer`] was given there.
///
/// # Errors
/// Those of the store; [`StoreError::Transient`] where no answer came back.
pub async fn ask<C: StoreClient>(
    client: &C,
    what: &str,
    body: impl Into<Bytes>,
) -> Result<Bytes, StoreError> {
    let answer = client.call(body.into()).await;
    let (status, body) = answer.map_err(|error| StoreError::Transient(error.to_string()))?;
    let text = || String::from_utf8_lossy(&body).into_owned();
    match status {
        StatusCode::OK => Ok(body),
        StatusCode::UNPROCESSABLE_ENTITY => Err(StoreError::Rejected(text())),
        StatusCode::INTERNAL_SERVER_ERROR => Err(StoreError::Corrupt(text())),
        status => Err(StoreError::Transient(format!("the {what} said {status}"))),
    }
}

/// Sends one call of the store `what` whose answer is JSON.
///
/// # Errors
/// As [`ask`]; [`StoreError::Corrupt`] where the answer is another one.
pub async fn ask_json<C: StoreClient, T: DeserializeOwned>(
    client: &C,
    what: &str,
    call: String,
) -> Result<T, StoreError> {
    let body = ask(client, what, call).await?;
    souk_json::read(&body)
        .map_err(|error| StoreError::Corrupt(format!("the answer of the {what}: {error}")))
}

/// The answer to a call, where the store `what` is. `log` gets a line for a failure.
pub fn answer(
    what: &str,
    result: Result<String, StoreError>,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            log(&format!("{what}: {error}"));
            match error {
                StoreError::Transient(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
                StoreError::Rejected(text) => (StatusCode::UNPROCESSABLE_ENTITY, text),
                StoreError::Corrupt(text) => (StatusCode::INTERNAL_SERVER_ERROR, text),
            }
        }
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A store that answers every call so.
    struct Near(Result<String, StoreError>);

    impl StoreClient for Near {
        async fn call(&self, _: Bytes) -> Result<(StatusCode, Bytes), PortError> {
            let answer = answer("store", self.0.clone(), |_| {});
            Ok((answer.status(), answer.into_body()))
        }
    }

    fn at_once<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("this store answers at once"),
        }
    }

    #[test]
    fn an_error_is_the_same_at_both_ends() {
        let text = || "why".to_owned();
        for result in [
            Ok("[7]".to_owned()),
            Err(StoreError::Rejected(text())),
            Err(StoreError::Corrupt(text())),
        ] {
            let read: Result<[u8; 1], _> =
                at_once(ask_json(&Near(result.clone()), "store", String::new()));
            assert_eq!(read, result.map(|_| [7]));
        }
        let busy = Near(Err(StoreError::Transient(text())));
        let error = at_once(ask(&busy, "store", "")).unwrap_err();
        assert!(matches!(error, StoreError::Transient(_)), "{error}");
        let nonsense = Near(Ok("[7, 8]".to_owned()));
        let read: Result<[u8; 1], _> = at_once(ask_json(&nonsense, "store", String::new()));
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
    }

    #[test]
    fn a_failure_is_logged_once_with_the_name_of_the_store() {
        let lines = RefCell::new(Vec::new());
        let log = |line: &str| lines.borrow_mut().push(line.to_owned());
        answer("order index", Ok(String::new()), log);
        answer("order index", Err(StoreError::Corrupt("why".into())), log);
        assert_eq!(lines.take(), ["order index: the store is damaged: why"]);
    }
}
