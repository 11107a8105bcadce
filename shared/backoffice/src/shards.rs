//! Shards of the origin in the staff API: where SKUs are, and putting one on a shard of its own.
//!
//! Not here: moving SKUs, which is the origin's (`souk_origin::shards`).

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_domain::Sku;
use souk_ports::OriginClient;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::{self, Layout, Pin, PinReply};
use souk_service_http::{get, json, json_bytes, post};

use crate::orders::{body, read};
use crate::staff::{Failure, Outcome, passed_on};

/// Which shards there are, the pins, and how many SKUs are to move.
pub(crate) async fn layout<O: OriginClient>(origin: &O) -> Outcome {
    let layout: Layout = ask(origin, get(shards::LAYOUT_PATH)).await?;
    Ok(json(&layout))
}

/// Puts a SKU on a shard, or gives it back to the place of its hash.
pub(crate) async fn pin<O: OriginClient>(origin: &O, request: &Request<Bytes>) -> Outcome {
    let pin: Pin = body(request)?;
    let sku = Sku::parse(&pin.sku).map_err(|error| {
        let problem = Problem::new(ProblemKind::InvalidRequest);
        problem.detail(format!("the SKU: {error}"))
    })?;
    let pin = Pin {
        sku: sku.to_string(),
        ..pin
    };
    let request = post(shards::PINS_PATH, json_bytes(&pin));
    let reply: PinReply = ask(origin, request).await?;
    match reply {
        PinReply::Done | PinReply::Moving => Ok(json(&reply)),
        PinReply::UnknownSku => {
            let mut problem = Problem::new(ProblemKind::UnknownSku).detail("no shard sells it");
            problem.sku = Some(pin.sku);
            Err(problem.into())
        }
        PinReply::UnknownShard { shards } => {
            let last = shards.saturating_sub(1);
            let detail = format!("there are {shards} shards, numbered from 0 to {last}");
            Err(Problem::new(ProblemKind::InvalidRequest)
                .detail(detail)
                .into())
        }
    }
}

async fn ask<O: OriginClient, T: serde::de::DeserializeOwned>(
    origin: &O,
    request: Request<Bytes>,
) -> Result<T, Failure> {
    let response = origin.send(request).await?;
    if response.status() == StatusCode::NOT_FOUND {
        let detail = "this shop's origin is one store, without shards; on Workers the variable \
            ORIGIN_SHARDS gives it more";
        return Err(Problem::new(ProblemKind::Unsupported).detail(detail).into());
    }
    read(passed_on(response)?.body())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use http::Response;
    use serde_json::{Value, json};
    use souk_ports::PortError;

    use super::*;

    /// An origin that gives one answer and keeps what it was asked.
    struct Origin {
        status: u16,
        answer: Value,
        asked: RefCell<Vec<(String, Value)>>,
    }

    impl Origin {
        fn answering(status: u16, answer: Value) -> Self {
            let asked = RefCell::default();
            Self {
                status,
                answer,
                asked,
            }
        }
    }

    impl OriginClient for Origin {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
            let body = serde_json::from_slice(request.body()).unwrap_or_default();
            let path = request.uri().path().to_owned();
            self.asked.borrow_mut().push((path, body));
            let response = Response::builder().status(self.status);
            Ok(response.body(self.answer.to_string().into()).unwrap())
        }
    }

    /// The answer of an origin that never lets anybody wait.
    fn at_once<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("the origin answers at once"),
        }
    }

    fn pinned(origin: &Origin, wish: &Value) -> Outcome {
        let request = Request::post("/").body(Bytes::from(wish.to_string()));
        at_once(pin(origin, &request.unwrap()))
    }

    fn problem(outcome: Outcome) -> (String, u16, String) {
        match outcome {
            Err(Failure::Problem(problem)) => {
                let kind = problem.kind.rsplit('/').next().unwrap_or_default();
                (
                    kind.to_owned(),
                    problem.status,
                    problem.detail.unwrap_or_default(),
                )
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_origin_without_shards_is_said_to_be_one() {
        let origin = Origin::answering(404, json!(null));
        let asked = [
            at_once(layout(&origin)),
            pinned(&origin, &json!({"sku": "TEA", "shard": 1})),
        ];
        for outcome in asked {
            let (kind, status, detail) = problem(outcome);
            assert_eq!((kind.as_str(), status), ("unsupported", 501));
            assert!(detail.contains("ORIGIN_SHARDS"), "{detail}");
        }
    }

    #[test]
    fn a_pin_goes_to_the_directory_and_its_refusals_are_problems() {
        let wish = json!({"sku": "TEA", "shard": 7});
        let origin = Origin::answering(200, json!({"outcome": "moving"}));
        let reply = pinned(&origin, &wish).expect("an answer");
        assert_eq!(reply.body(), r#"{"outcome":"moving"}"#);
        let asked = origin.asked.take();
        assert_eq!(asked, [(shards::PINS_PATH.to_owned(), wish.clone())]);

        let origin = Origin::answering(200, json!({"outcome": "unknown_shard", "shards": 3}));
        let (kind, status, detail) = problem(pinned(&origin, &wish));
        assert_eq!((kind.as_str(), status), ("invalid-request", 422));
        assert!(
            detail.ends_with("3 shards, numbered from 0 to 2"),
            "{detail}"
        );

        let origin = Origin::answering(200, json!({"outcome": "unknown_sku"}));
        assert_eq!(problem(pinned(&origin, &wish)).0, "unknown-sku");

        let origin = Origin::answering(200, json!({"outcome": "done"}));
        let no_sku = pinned(&origin, &json!({"sku": "", "shard": 1}));
        assert_eq!(problem(no_sku).0, "invalid-request");
        let nonsense = pinned(&origin, &json!({"sku": "TEA", "shard": -1}));
        assert_eq!(problem(nonsense).1, 400);
        assert!(origin.asked.take().is_empty());
    }
}
