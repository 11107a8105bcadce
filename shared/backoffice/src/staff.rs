//! Routes of the staff API.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use souk_catalogue::Hash;
use souk_ports::{Desk, PortError};
use souk_protocol::problem::{self, Problem, ProblemKind};
use souk_protocol::{desk, keys, limits, staff, trade};
use souk_sql::StoreError;

use crate::book::OrderBook;
use crate::tick::tick;
use crate::{metrics, orders, publish, queues, repairs, shards};

/// A shorter staff token counts as none: it could be guessed.
pub const TOKEN_BYTES_MIN: usize = 16;

/// What a deployment decides about the staff API.
#[derive(Clone)]
pub struct Settings {
    /// The staff token; an empty or short one closes the staff API.
    pub token: String,
    /// Most messages for the book in a second; see [`crate::courier::Pace`].
    pub deliveries_per_second: u32,
}

impl Settings {
    /// Reads the settings from a platform's texts; what is no number is the default.
    pub fn read(token: String, deliveries_per_second: &str) -> Self {
        Self {
            token,
            deliveries_per_second: deliveries_per_second
                .parse()
                .ok()
                .filter(|&rate| rate > 0)
                .unwrap_or(DELIVERIES_PER_SECOND),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Settings")
            .field("deliveries_per_second", &self.deliveries_per_second)
            .finish_non_exhaustive()
    }
}

/// Messages in a second, where a deployment says nothing: ten full rounds of a courier.
const DELIVERIES_PER_SECOND: u32 = 1_000;

/// Why a staff request gets no proper answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Problem(Box<Problem>),
    Port(PortError),
    Book(StoreError),
    /// Nobody knows what became of a write; the client is told so.
    Unknown(PortError, Box<Problem>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Book(error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(Box::new(problem))
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Failure::Port(error)
    }
}

pub(crate) type Outcome = Result<Response<Bytes>, Failure>;

/// Answers one request of the staff. `log` gets a line for each failure.
pub async fn handle<D, B>(
    request: Request<Bytes>,
    desk: &D,
    book: &B,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes>
where
    D: Desk,
    B: OrderBook,
{
    let path = request.uri().path().to_owned();
    let again = || Problem::new(ProblemKind::Unavailable).detail("send the same request again");
    let problem = match answer(request, desk, book, settings, &log).await {
        Ok(response) => return finished(response),
        Err(Failure::Problem(problem)) => *problem,
        Err(Failure::Port(error)) => {
            log(&format!("{path}: {error}"));
            again()
        }
        Err(Failure::Unknown(error, problem)) => {
            log(&format!("{path}: {error}"));
            *problem
        }
        Err(Failure::Book(error)) => {
            log(&format!("{path}: the book: {error}"));
            match error {
                StoreError::Transient(_) => again(),
                StoreError::Rejected(_) | StoreError::Corrupt(_) => {
                    Problem::new(ProblemKind::Internal)
                }
            }
        }
    };
    finished(reply(problem.status, &problem))
}

/// The answer of an adapter that stopped reading a body at [`limits::STAFF_BODY_BYTES_MAX`].
pub fn refuse_large_body() -> Response<Bytes> {
    let max = limits::STAFF_BODY_BYTES_MAX;
    let problem = Problem::new(ProblemKind::BodyTooLarge);
    let problem = problem.detail(format!("at most {max} bytes are read"));
    finished(reply(problem.status, &problem))
}

fn finished(mut response: Response<Bytes>) -> Response<Bytes> {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn answer<D, B>(
    request: Request<Bytes>,
    desk: &D,
    book: &B,
    settings: &Settings,
    log: &impl Fn(&str),
) -> Outcome
where
    D: Desk,
    B: OrderBook,
{
    authorise(request.headers(), &settings.token)?;
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    if let Some(rest) = path.strip_prefix(desk::ORDERS_PATH)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return orders::answer(desk, book, request, rest).await;
    }
    match (path.as_str(), &method) {
        (desk::REPORT_PATH, &Method::GET) => Ok(json(&book.totals().await?)),
        (desk::RECEIPTS_PATH, &Method::POST) => orders::receive(desk, &request).await,
        (desk::REPAIRS_PATH, &Method::POST) => repairs::repair(desk, &request).await,
        (desk::QUEUES_PATH, &Method::GET) => queues::report(desk, book).await,
        (desk::REPLAY_PATH, &Method::POST) => queues::replay(desk, book, &request).await,
        (staff::SHARDS_PATH, &Method::GET) => shards::layout(desk).await,
        (staff::SHARD_PINS_PATH, &Method::POST) => shards::pin(desk, &request).await,
        (desk::TICK_PATH, &Method::POST) => Ok(json(
            &tick(desk, book, settings.deliveries_per_second, log).await,
        )),
        (desk::METRICS_PATH, &Method::GET) => {
            let condition = book.condition().await?;
            let text = metrics::render(&condition, desk.now_ms());
            let mut response = Response::new(Bytes::from(text));
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            Ok(response)
        }
        (
            desk::REPORT_PATH
            | desk::RECEIPTS_PATH
            | desk::REPAIRS_PATH
            | desk::QUEUES_PATH
            | desk::REPLAY_PATH
            | desk::TICK_PATH
            | desk::METRICS_PATH
            | staff::SHARDS_PATH
            | staff::SHARD_PINS_PATH,
            _,
        ) => Err(Problem::new(ProblemKind::MethodNotAllowed).into()),
        (staff::PUBLICATIONS_PATH, &Method::GET) => {
            forward(desk, request, trade::PUBLICATIONS_PATH).await
        }
        (staff::PUBLICATIONS_PATH, &Method::POST) => publish::step(desk, request.body()).await,
        (staff::OFFERS_PATH, &Method::POST) => forward(desk, request, trade::OFFERS_PATH).await,
        (staff::STOCK_PATH, &Method::POST) => forward(desk, request, trade::STOCK_PATH).await,
        (staff::AUDIT_PATH, &Method::GET) => forward(desk, request, trade::AUDIT_PATH).await,
        (path, _) => {
            let (hashed, name) = if let Some(name) = path.strip_prefix(staff::BLOBS_PATH) {
                (Hash::parse(name), keys::blob(name))
            } else if let Some(name) = path.strip_prefix(staff::MEDIA_PATH) {
                (
                    name.split_once('.').and_then(|(hash, _)| Hash::parse(hash)),
                    keys::media(name),
                )
            } else {
                return Err(Problem::new(ProblemKind::NotFound).into());
            };
            let Some(hash) = hashed.filter(|_| name.len() <= 255) else {
                return Err(Problem::new(ProblemKind::NotFound).into());
            };
            blob(desk, &method, &name, hash, request.into_body()).await
        }
    }
}

async fn forward<D: Desk>(desk: &D, request: Request<Bytes>, path: &str) -> Outcome {
    let (parts, body) = request.into_parts();
    let mut onward = Request::new(body);
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = path.parse().expect("a path of the protocol is a URI");
    let json = HeaderValue::from_static("application/json");
    onward.headers_mut().insert(header::CONTENT_TYPE, json);
    passed_on(desk.send(onward).await?)
}

async fn blob<D: Desk>(desk: &D, method: &Method, key: &str, hash: Hash, body: Bytes) -> Outcome {
    match *method {
        Method::GET | Method::HEAD => match desk.read(key).await? {
            Some(blob) => Ok(Response::new(blob)),
            None => Err(Problem::new(ProblemKind::NotFound).into()),
        },
        Method::PUT if body.len() > limits::BLOB_BYTES_MAX => {
            Err(Problem::new(ProblemKind::BodyTooLarge).into())
        }
        Method::PUT if Hash::of(&body) != hash => {
            let detail = "the content has another hash than its name: it was damaged on its way";
            Err(Problem::new(ProblemKind::InvalidRequest)
                .detail(detail)
                .into())
        }
        Method::PUT => {
            desk.write(key, body).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Method::DELETE => {
            desk.delete(key).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Err(Problem::new(ProblemKind::MethodNotAllowed).into()),
    }
}

fn authorise(headers: &HeaderMap, token: &str) -> Result<(), Problem> {
    if token.len() < TOKEN_BYTES_MIN {
        let detail = format!(
            "the staff API is closed: set the secret STAFF_TOKEN to at least {TOKEN_BYTES_MIN} bytes"
        );
        return Err(Problem::new(ProblemKind::Unauthorized).detail(detail));
    }
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    // Hashes of equal length are compared, so the time tells nothing about the token.
    let (given, right) = (Hash::of(given.as_bytes()), Hash::of(token.as_bytes()));
    if given == right {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Unauthorized).detail("send the staff token as a bearer token"))
}

/// The origin's answer as the staff's: a refusal of the origin becomes a problem.
pub(crate) fn passed_on(response: Response<Bytes>) -> Outcome {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::UNPROCESSABLE_ENTITY => Err(Problem::new(ProblemKind::InvalidRequest)
            .detail("the origin refused the message; see its log")
            .into()),
        status => Err(PortError::Transient(format!("the origin said {status}")).into()),
    }
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Response<Bytes> {
    let body = serde_json::to_vec(value).expect("plain structs with text keys become JSON");
    let mut response = Response::new(Bytes::from(body));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// A problem, or something that has one in it.
pub(crate) fn reply<T: serde::Serialize>(status: u16, problem: &T) -> Response<Bytes> {
    let mut response = json(problem);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of ProblemKind");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(problem::MEDIA_TYPE),
    );
    if status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
