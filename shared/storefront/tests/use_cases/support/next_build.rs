//! The build of a release: a second instance of the edge over the same ports, behind a platform that writes
//! its own host and client into what is forwarded.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use souk_ports::PortError;
use souk_storefront::{Instance, READ_HEADERS, Settings, WRITE_HEADERS, handle};

use super::world::World;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextFault {
    /// It does not get the request.
    Away,
    /// It carries the request out, and its answer is lost.
    ReplyLost,
    /// It gets the request and never answers.
    Hangs,
    /// It answers with this status and this stylesheet.
    Answers(StatusCode, &'static str),
}

/// The build.
pub(crate) struct NextBuild {
    instance: Instance,
    settings: Settings,
    pub(crate) fault: Cell<Option<NextFault>>,
    /// Methods and paths of what it was asked.
    pub(crate) asked: RefCell<Vec<String>>,
}

impl NextBuild {
    /// One with the settings of the stable build, but for the lane.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            instance: Instance::new(),
            settings: Settings {
                is_next_lane: true,
                ..settings.clone()
            },
            fault: Cell::new(None),
            asked: RefCell::default(),
        }
    }

    pub(crate) async fn answer(
        &self,
        mut request: Request<Bytes>,
        world: &World,
    ) -> Result<Response<Bytes>, PortError> {
        let asked = format!("{} {}", request.method(), request.uri().path());
        self.asked.borrow_mut().push(asked);
        world.latency().await;
        let lost = || Err(PortError::Transient("lost".to_owned()));
        match self.fault.get() {
            Some(NextFault::Away) => return lost(),
            Some(NextFault::Hangs) => {
                world.pass_ms(60_000);
                return std::future::pending().await;
            }
            Some(NextFault::Answers(status, body)) => {
                let response = Response::builder().status(status);
                let response = response
                    .header("content-type", "text/css; charset=utf-8")
                    .header("cache-control", "public, max-age=31536000, immutable");
                return Ok(response.body(body.into()).expect("a response"));
            }
            Some(NextFault::ReplyLost) | None => {}
        }
        let taken: &[&str] = match *request.method() {
            Method::GET | Method::HEAD => &READ_HEADERS,
            _ => &WRITE_HEADERS,
        };
        let names: Vec<_> = request.headers().keys().cloned().collect();
        for name in names.iter().filter(|name| !taken.contains(&name.as_str())) {
            request.headers_mut().remove(name);
        }
        let headers = request.headers_mut();
        let host = HeaderValue::from_static("storefront-next.spin.internal");
        headers.insert("host", host);
        let client = HeaderValue::from_static("127.0.0.1");
        headers.append("cf-connecting-ip", client);
        let log = |line: &str| world.log.borrow_mut().push(line.to_owned());
        // One edge within the future of another: its type has no end.
        let answer: Pin<Box<dyn Future<Output = Response<Bytes>> + '_>> =
            Box::pin(handle(request, world, &self.instance, &self.settings, log));
        let answer = answer.await;
        match self.fault.get() {
            Some(_) => lost(),
            None => Ok(answer),
        }
    }
}
