//! Shards of the origin in the staff API: how many there are, and making them more.
//!
//! Not here: growing itself, which is the origin's (`souk_origin_sharding`).

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_ports::OriginClient;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::{self, GrowReply, SHARDS_MAX};
use souk_protocol::staff;
use souk_service_http::{get, json_bytes, post};

use crate::origin::{passed_on, read};
use crate::reply::{Failure, Outcome, reply};
use crate::request::body;

/// How many shards there are, and whether the shop grows.
pub(crate) async fn layout<O: OriginClient>(origin: &O) -> Outcome {
    let report = ask(origin, get(shards::LAYOUT_PATH)).await?;
    Ok(reply(staff::READ_SHARDS, &report))
}

/// One step of growing.
pub(crate) async fn grow<O: OriginClient>(origin: &O, request: &Request<Bytes>) -> Outcome {
    let grow = body(staff::GROW_SHARDS, request)?;
    if !(1..=SHARDS_MAX).contains(&grow.to) {
        let detail = format!("a shop has 1 to {SHARDS_MAX} shards");
        return Err(invalid(detail));
    }
    let request = post(shards::GROW_PATH, json_bytes(&grow));
    let outcome = ask(origin, request).await?;
    match outcome {
        GrowReply::Grown { .. } | GrowReply::Growing { .. } => {
            Ok(reply(staff::GROW_SHARDS, &outcome))
        }
        GrowReply::Refused { layout } => Err(invalid(match layout.growing_to {
            Some(to) => format!("the shop grows to {to} shards: finish that first"),
            None => format!(
                "the shop has {} shards: there are never fewer",
                layout.shards
            ),
        })),
    }
}

fn invalid(detail: String) -> Failure {
    let problem = Problem::new(ProblemKind::InvalidRequest);
    problem.detail(detail).into()
}

async fn ask<O: OriginClient, T: serde::de::DeserializeOwned>(
    origin: &O,
    request: Request<Bytes>,
) -> Result<T, Failure> {
    let response = origin.send(request).await?;
    if response.status() == StatusCode::NOT_FOUND {
        let detail = "this shop's origin is one store, without shards";
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

    /// The answer of an origin that answers at once.
    fn at_once<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("the origin answers at once"),
        }
    }

    fn grown(origin: &Origin, wish: &Value) -> Outcome {
        let request = Request::post("/").body(Bytes::from(wish.to_string()));
        at_once(grow(origin, &request.unwrap()))
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
        let asked = [at_once(layout(&origin)), grown(&origin, &json!({"to": 2}))];
        for outcome in asked {
            let (kind, status, detail) = problem(outcome);
            assert_eq!((kind.as_str(), status), ("unsupported", 501));
            assert!(detail.contains("one store"), "{detail}");
        }
    }

    #[test]
    fn a_step_of_growing_is_the_origins_and_its_refusals_are_problems() {
        let wish = json!({"to": 3});
        let layout = json!({"shards": 1, "growing_to": 3});
        let reply = json!({
            "outcome": "growing", "layout": layout, "done": 2,
            "round": {"skus": 7, "keys": 9, "more": true},
        });
        let origin = Origin::answering(200, reply.clone());
        let answer = grown(&origin, &wish).expect("an answer");
        let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
        assert_eq!(answer, reply);
        let asked = origin.asked.take();
        assert_eq!(asked, [(shards::GROW_PATH.to_owned(), wish.clone())]);

        for (layout, said) in [
            (json!({"shards": 1, "growing_to": 4}), "grows to 4 shards"),
            (json!({"shards": 4}), "has 4 shards"),
        ] {
            let refused = json!({"outcome": "refused", "layout": layout});
            let origin = Origin::answering(200, refused);
            let (kind, status, detail) = problem(grown(&origin, &wish));
            assert_eq!((kind.as_str(), status), ("invalid-request", 422));
            assert!(detail.contains(said), "{detail}");
        }
        for (nonsense, status) in [
            (json!({"to": 0}), 422),
            (json!({"to": 1_025}), 422),
            (json!({"to": -1}), 400),
        ] {
            let origin = Origin::answering(200, json!(null));
            assert_eq!(problem(grown(&origin, &nonsense)).1, status);
            assert!(origin.asked.take().is_empty());
        }
    }
}
