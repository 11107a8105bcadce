//! Requests of shoppers who are in the lane of a release: they are forwarded to its build.
//!
//! - **Architecture Invariant:** what comes from the other build is never publicly cacheable, and is in no
//!   memory of this one; so is an answer that puts a shopper into a lane.
//! - A read that the other build does not answer is answered here. A write that it does not answer may
//!   have been carried out, so it is not repeated here.
//!
//! Shoppers get a bucket with their first page. Programs without the cookie stay with the stable build, and
//! so do files, probes and metrics.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use souk_operations::release::is_next;
use souk_operations::{Lane, PulseRelease, RouteClass};
use souk_ports::{Edge, PortError};
use souk_service_http::{Miss, before};

use crate::http::forwarded::{self, FORWARDED};
use crate::http::lane;
use crate::http::reply;
use crate::http::route::{Endpoint, Found};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::monitoring::samples::Answered;

/// Names the lane of an answer that came from the build of a release.
const LANE: HeaderName = HeaderName::from_static("souk-lane");
/// A read is answered here after this time, in milliseconds: a page has three seconds.
const READ_MS_MAX: u32 = 2_000;
/// What became of a write is unknown after this time, in milliseconds.
const WRITE_MS_MAX: u32 = 30_000;
/// What concerns one connection alone (RFC 9110, 7.6.1), or is said anew.
const OF_CONNECTION: [HeaderName; 3] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::DATE];

impl<E: Edge> Shop<'_, E> {
    /// The whole answer of the other build, where this request is for it; `None`: it is answered here.
    /// `is_page`: it is for no program, so it may get a bucket.
    ///
    /// # Errors
    /// When a write was sent there and not answered.
    pub(crate) async fn forwarded(
        &self,
        found: &Found,
        is_page: bool,
    ) -> Result<Option<Response<Bytes>>, Failure> {
        if self.settings.is_next_lane {
            self.lane.set(Some(Lane::Next));
            return Ok(None);
        }
        let Some(class) = class_of(found) else {
            return Ok(None);
        };
        let Some(release) = self.release().await else {
            return Ok(None);
        };
        let known = lane::bucket(self.incoming.request.headers(), release);
        let bucket = match known {
            Some(bucket) => bucket,
            None if is_page => self.draw(release),
            None => return Ok(None),
        };
        if !is_next(bucket, release.share) {
            self.lane.set(Some(Lane::Stable));
            return Ok(None);
        }
        self.ask_for(class).await
    }

    /// A file of the other build, whose pages name it and which this one does not have.
    pub(crate) async fn file_of_release(&self) -> Outcome {
        if self.settings.is_next_lane || self.release().await.is_none() {
            return Err(Failure::NotFound);
        }
        let Some(mut request) = self.to_other_build() else {
            return Err(Failure::NotFound);
        };
        *request.method_mut() = Method::GET;
        request.headers_mut().remove(header::IF_NONE_MATCH);
        let deadline = self.edge.pause_ms(READ_MS_MAX);
        match before(self.edge.ask_next(request), deadline).await {
            Some(Ok(mut answer)) if answer.status() == StatusCode::OK => {
                clean(&mut answer, &Method::GET);
                Ok(answer)
            }
            // A page of a build that is away has no file either.
            Some(_) | None => Err(Failure::NotFound),
        }
    }

    /// The release that is out. A request that says that it was forwarded is answered here.
    async fn release(&self) -> Option<PulseRelease> {
        match self.incoming.request.headers().contains_key(FORWARDED) {
            true => None,
            false => self.signals().await.release,
        }
    }

    /// A bucket for a shopper who has none.
    fn draw(&self, release: PulseRelease) -> u16 {
        let bucket = lane::draw(self.edge.random_bytes());
        let cookie = lane::kept(release, bucket, self.incoming.secure_cookies);
        self.lane_cookie.set(Some(cookie.header()));
        bucket
    }

    fn to_other_build(&self) -> Option<http::Request<Bytes>> {
        let address = self.incoming.address();
        let path = self.incoming.request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let asked = address.strip_suffix(path).unwrap_or(&address);
        let clients = &self.settings.clients;
        forwarded::forward(&self.incoming.request, asked, &address, clients)
    }

    async fn ask_for(&self, class: RouteClass) -> Result<Option<Response<Bytes>>, Failure> {
        let Some(request) = self.to_other_build() else {
            return Ok(None);
        };
        let method = self.incoming.request.method();
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let ms_max = if is_read { READ_MS_MAX } else { WRITE_MS_MAX };
        let began_ms = self.edge.now_ms();
        let answer = before(self.edge.ask_next(request), self.edge.pause_ms(ms_max)).await;
        let answer = answer.unwrap_or_else(|| {
            let text = format!("nothing within {ms_max} ms");
            Err(PortError::Transient(text))
        });
        let status = answer.as_ref().map(Response::status);
        self.note(class, status.unwrap_or(StatusCode::BAD_GATEWAY), began_ms);
        match answer {
            Ok(mut answer) => {
                clean(&mut answer, method);
                reply::keep_private(&mut answer);
                let headers = answer.headers_mut();
                headers.insert(LANE, HeaderValue::from_static("next"));
                if let Some(cookie) = self.lane_cookie.take() {
                    headers.append(header::SET_COOKIE, cookie);
                }
                Ok(Some(answer))
            }
            // Without the binding nothing was sent.
            Err(error) if is_read || matches!(error, PortError::Unsupported(_)) => {
                self.log_failure(
                    "answered by the stable build",
                    &format!("the release {error}"),
                );
                Ok(None)
            }
            Err(error) => Err(Failure::OutcomeUnknown(format!("the release {error}"))),
        }
    }

    /// Reports how the other build did. Its own report counts as a request; this one is for the judgement
    /// on the release.
    fn note(&self, class: RouteClass, status: StatusCode, began_ms: i64) {
        let now_ms = self.edge.now_ms();
        let answered = Answered {
            class,
            status,
            took_ms: now_ms - began_ms,
            origin: None,
            places: false,
            lane: Some(Lane::Forwarded),
        };
        let random = || self.edge.random_bytes();
        self.instance.sample(answered, now_ms, Some(&random));
    }
}

/// What kind of request of a shopper it is; `None`: nothing that is forwarded. A page that this build does
/// not know may be one of the other.
fn class_of(found: &Found) -> Option<RouteClass> {
    match found {
        Ok((endpoint, _)) => Endpoint::class(*endpoint),
        Err(Miss::Path) => Some(RouteClass::Read),
        Err(Miss::Method { .. }) => None,
    }
}

/// Takes out of an answer what concerns the connection between the two builds.
fn clean(answer: &mut Response<Bytes>, method: &Method) {
    let headers = answer.headers_mut();
    for name in &OF_CONNECTION {
        headers.remove(name);
    }
    // Of an answer to HEAD it is what a GET would have.
    if *method != Method::HEAD {
        headers.remove(header::CONTENT_LENGTH);
    }
}
