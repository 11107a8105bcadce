//! Routes of the staff API.

use bytes::Bytes;
use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use souk_catalogue::Hash;
use souk_ports::{Desk, PortError};
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;

use souk_protocol::{desk, keys, limits, staff, trade};
use souk_service_http::{JSON, Miss, Route, empty, find, json, never_cached, problem};
use souk_sql::StoreError;

use crate::book::OrderBook;
use crate::tick::tick;
use crate::{metrics, orders, publish, queues, repairs, shards};

/// A shorter staff token counts as none: it could be guessed.
pub const TOKEN_BYTES_MIN: usize = 16;

/// Longest key of a value, in bytes.
const KEY_BYTES_MAX: usize = 255;

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
    /// No route takes it.
    Miss(Miss),
    Port(PortError),
    Book(StoreError),
    /// The outcome of a write is unknown; the client gets a problem that says so.
    Unknown(PortError, Box<Problem>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Book(error)
    }
}

impl From<Miss> for Failure {
    fn from(miss: Miss) -> Self {
        Failure::Miss(miss)
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

/// What the staff API does.
#[derive(Debug, Clone, Copy)]
enum Endpoint {
    Worklist,
    Order,
    BookedOrder,
    ChangeOrder,
    Totals,
    Receive,
    Repair,
    Queues,
    Replay,
    Shards,
    GrowShards,
    Tick,
    Metrics,
    Publications,
    Publish,
    Offers,
    Stock,
    Audit,
    ReadBlob,
    WriteBlob,
    DeleteBlob,
    ReadMedia,
    WriteMedia,
    DeleteMedia,
}

const ROUTES: [Route<Endpoint>; 24] = [
    Route::get(desk::ORDERS_PATH, Endpoint::Worklist),
    Route::get(desk::ORDERS_PATH, Endpoint::Order).below("{}"),
    Route::get(desk::ORDERS_PATH, Endpoint::BookedOrder).below("{}/book"),
    Route::post(desk::ORDERS_PATH, Endpoint::ChangeOrder).below("{}/changes"),
    Route::get(desk::REPORT_PATH, Endpoint::Totals),
    Route::post(desk::RECEIPTS_PATH, Endpoint::Receive),
    Route::post(desk::REPAIRS_PATH, Endpoint::Repair),
    Route::get(desk::QUEUES_PATH, Endpoint::Queues),
    Route::post(desk::REPLAY_PATH, Endpoint::Replay),
    Route::get(staff::SHARDS_PATH, Endpoint::Shards),
    Route::post(staff::GROW_PATH, Endpoint::GrowShards),
    Route::post(desk::TICK_PATH, Endpoint::Tick),
    Route::get(desk::METRICS_PATH, Endpoint::Metrics),
    Route::get(staff::PUBLICATIONS_PATH, Endpoint::Publications),
    Route::post(staff::PUBLICATIONS_PATH, Endpoint::Publish),
    Route::post(staff::OFFERS_PATH, Endpoint::Offers),
    Route::post(staff::STOCK_PATH, Endpoint::Stock),
    Route::get(staff::AUDIT_PATH, Endpoint::Audit),
    Route::get(staff::BLOBS_PATH, Endpoint::ReadBlob).below("{}"),
    Route::put(staff::BLOBS_PATH, Endpoint::WriteBlob).below("{}"),
    Route::delete(staff::BLOBS_PATH, Endpoint::DeleteBlob).below("{}"),
    Route::get(staff::MEDIA_PATH, Endpoint::ReadMedia).below("{}"),
    Route::put(staff::MEDIA_PATH, Endpoint::WriteMedia).below("{}"),
    Route::delete(staff::MEDIA_PATH, Endpoint::DeleteMedia).below("{}"),
];

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
    let outcome = answer(request, desk, book, settings, &log).await;
    let mut response = outcome.unwrap_or_else(|failure| failed(&path, failure, &log));
    never_cached(&mut response);
    response
}

fn failed(path: &str, failure: Failure, log: &impl Fn(&str)) -> Response<Bytes> {
    let again = || Problem::new(ProblemKind::Unavailable).detail("send the same request again");
    let about = match failure {
        Failure::Problem(problem) => *problem,
        Failure::Miss(miss) => return miss.response(),
        Failure::Port(error) => {
            log(&format!("{path}: {error}"));
            again()
        }
        Failure::Unknown(error, problem) => {
            log(&format!("{path}: {error}"));
            *problem
        }
        Failure::Book(error) => {
            log(&format!("{path}: the book: {error}"));
            match error {
                StoreError::Transient(_) => again(),
                StoreError::Rejected(_) | StoreError::Corrupt(_) => {
                    Problem::new(ProblemKind::Internal)
                }
            }
        }
    };
    let is_closed = about.kind == Problem::new(ProblemKind::OrderingClosed).kind;
    let mut response = problem(about.status, &about);
    if is_closed {
        let seconds = HeaderValue::from(CLOSED_RETRY_AFTER_S);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
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
    for name in ONCE {
        let values = request.headers().get_all(name).iter();
        at_most_once(name, values.map(HeaderValue::as_bytes))?;
    }
    authorise(request.headers(), &settings.token)?;
    let path = request.uri().path().to_owned();
    let (endpoint, segments) = find(&ROUTES, request.method(), &path)?;
    // The one segment of those routes that have any.
    let name = segments.first().copied().unwrap_or_default();
    match endpoint {
        Endpoint::Worklist => {
            orders::worklist(book, request.uri().query().unwrap_or_default()).await
        }
        Endpoint::Order => orders::record(desk, name).await,
        Endpoint::BookedOrder => orders::booked(book, name).await,
        Endpoint::ChangeOrder => orders::change(desk, name, &request).await,
        Endpoint::Totals => Ok(json(&book.totals().await?)),
        Endpoint::Receive => orders::receive(desk, &request).await,
        Endpoint::Repair => repairs::repair(desk, &request).await,
        Endpoint::Queues => queues::report(desk, book).await,
        Endpoint::Replay => queues::replay(desk, book, &request).await,
        Endpoint::Shards => shards::layout(desk).await,
        Endpoint::GrowShards => shards::grow(desk, &request).await,
        Endpoint::Tick => {
            let rate = settings.deliveries_per_second;
            Ok(json(&tick(desk, book, rate, log).await))
        }
        Endpoint::Metrics => {
            let condition = book.condition().await?;
            Ok(metrics::text(&condition, desk.now_ms()).into_response())
        }
        Endpoint::Publications => forward(desk, request, trade::PUBLICATIONS_PATH).await,
        Endpoint::Publish => publish::step(desk, request.body()).await,
        Endpoint::Offers => forward(desk, request, trade::OFFERS_PATH).await,
        Endpoint::Stock => forward(desk, request, trade::STOCK_PATH).await,
        Endpoint::Audit => forward(desk, request, trade::AUDIT_PATH).await,
        Endpoint::ReadBlob => read_blob(desk, &blob(name)?).await,
        Endpoint::WriteBlob => write_blob(desk, &blob(name)?, request.into_body()).await,
        Endpoint::DeleteBlob => delete_blob(desk, &blob(name)?).await,
        Endpoint::ReadMedia => read_blob(desk, &media(name)?).await,
        Endpoint::WriteMedia => write_blob(desk, &media(name)?, request.into_body()).await,
        Endpoint::DeleteMedia => delete_blob(desk, &media(name)?).await,
    }
}

async fn forward<D: Desk>(desk: &D, request: Request<Bytes>, path: &str) -> Outcome {
    let (parts, body) = request.into_parts();
    let mut onward = Request::new(body);
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = path.parse().expect("a path of the protocol is a URI");
    let kind = HeaderValue::from_static(JSON);
    onward.headers_mut().insert(header::CONTENT_TYPE, kind);
    passed_on(desk.send(onward).await?)
}

/// A value of the key-value store that is named by the hash of its content.
struct Named {
    key: String,
    hash: Hash,
}

fn blob(name: &str) -> Result<Named, Miss> {
    named(Hash::parse(name), keys::blob(name))
}

fn media(name: &str) -> Result<Named, Miss> {
    let hash = name.split_once('.').and_then(|(hash, _)| Hash::parse(hash));
    named(hash, keys::media(name))
}

fn named(hash: Option<Hash>, key: String) -> Result<Named, Miss> {
    match hash {
        Some(hash) if key.len() <= KEY_BYTES_MAX => Ok(Named { key, hash }),
        Some(_) | None => Err(Miss::Path),
    }
}

async fn read_blob<D: Desk>(desk: &D, named: &Named) -> Outcome {
    match desk.read(&named.key).await? {
        Some(blob) => Ok(Response::new(blob)),
        None => Err(Problem::new(ProblemKind::NotFound).into()),
    }
}

async fn write_blob<D: Desk>(desk: &D, named: &Named, body: Bytes) -> Outcome {
    if body.len() > limits::BLOB_BYTES_MAX {
        return Err(Problem::new(ProblemKind::BodyTooLarge).into());
    }
    if Hash::of(&body) != named.hash {
        let detail = "the content has another hash than its name: it was damaged on its way";
        let problem = Problem::new(ProblemKind::InvalidRequest).detail(detail);
        return Err(problem.into());
    }
    desk.write(&named.key, body).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

async fn delete_blob<D: Desk>(desk: &D, named: &Named) -> Outcome {
    desk.delete(&named.key).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn authorise(headers: &HeaderMap, token: &str) -> Result<(), Problem> {
    if token.len() < TOKEN_BYTES_MIN {
        let detail = format!(
            "the staff API is closed: set the secret STAFF_TOKEN to at least {TOKEN_BYTES_MIN} bytes"
        );
        return Err(Problem::new(ProblemKind::Unauthorized).detail(detail));
    }
    let given = headers.typed_get::<Authorization<Bearer>>();
    let given = given.as_ref().map_or("", Authorization::token);
    // Hashes of equal length are compared, so the time tells nothing about the token.
    let (given, right) = (Hash::of(given.as_bytes()), Hash::of(token.as_bytes()));
    if given == right {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Unauthorized).detail("send the staff token as a bearer token"))
}

/// The shop grows, and takes no orders and changes meanwhile.
pub(crate) fn closed() -> Failure {
    let detail = "nothing was done: the shop grows; send the same request again when \
        `souk shards` says that it has grown";
    Problem::new(ProblemKind::OrderingClosed)
        .detail(detail)
        .into()
}

/// The origin's answer as the staff's: a refusal of the origin becomes a problem.
pub(crate) fn passed_on(response: Response<Bytes>) -> Outcome {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::LOCKED => Err(closed()),
        StatusCode::UNPROCESSABLE_ENTITY => Err(Problem::new(ProblemKind::InvalidRequest)
            .detail("the origin refused the message; see its log")
            .into()),
        status => Err(PortError::Transient(format!("the origin said {status}")).into()),
    }
}
