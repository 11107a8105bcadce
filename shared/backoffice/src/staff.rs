//! Routes of the staff API.

use bytes::Bytes;
use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use souk_catalogue::Hash;
use souk_ports::{BackOffice, PortError};
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;

use souk_protocol::{back_office, keys, limits, staff, trade};
use souk_service_http::{JSON, Miss, Route, empty, find, json, never_cached, problem};
use souk_sql::StoreError;

use crate::order_index::OrderIndex;
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
    /// Most messages for the order index in a second; see [`crate::courier::Pace`].
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
    OrderIndex(StoreError),
    /// The outcome of a write is unknown; the client gets a problem that says so.
    Unknown(PortError, Box<Problem>),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::OrderIndex(error)
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
    IndexedOrder,
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
    Route::get(back_office::ORDERS_PATH, Endpoint::Worklist),
    Route::get(back_office::ORDERS_PATH, Endpoint::Order).below("{}"),
    Route::get(back_office::ORDERS_PATH, Endpoint::IndexedOrder).below("{}/index"),
    Route::post(back_office::ORDERS_PATH, Endpoint::ChangeOrder).below("{}/changes"),
    Route::get(back_office::REPORT_PATH, Endpoint::Totals),
    Route::post(back_office::RECEIPTS_PATH, Endpoint::Receive),
    Route::post(back_office::REPAIRS_PATH, Endpoint::Repair),
    Route::get(back_office::QUEUES_PATH, Endpoint::Queues),
    Route::post(back_office::REPLAY_PATH, Endpoint::Replay),
    Route::get(staff::SHARDS_PATH, Endpoint::Shards),
    Route::post(staff::GROW_PATH, Endpoint::GrowShards),
    Route::post(back_office::TICK_PATH, Endpoint::Tick),
    Route::get(back_office::METRICS_PATH, Endpoint::Metrics),
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
    back_office: &D,
    index: &B,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes>
where
    D: BackOffice,
    B: OrderIndex,
{
    let path = request.uri().path().to_owned();
    let outcome = answer(request, back_office, index, settings, &log).await;
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
        Failure::OrderIndex(error) => {
            log(&format!("{path}: the order index: {error}"));
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
    back_office: &D,
    index: &B,
    settings: &Settings,
    log: &impl Fn(&str),
) -> Outcome
where
    D: BackOffice,
    B: OrderIndex,
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
            orders::worklist(index, request.uri().query().unwrap_or_default()).await
        }
        Endpoint::Order => orders::record(back_office, name).await,
        Endpoint::IndexedOrder => orders::indexed(index, name).await,
        Endpoint::ChangeOrder => orders::change(back_office, name, &request).await,
        Endpoint::Totals => Ok(json(&index.totals().await?)),
        Endpoint::Receive => orders::receive(back_office, &request).await,
        Endpoint::Repair => repairs::repair(back_office, &request).await,
        Endpoint::Queues => queues::report(back_office, index).await,
        Endpoint::Replay => queues::replay(back_office, index, &request).await,
        Endpoint::Shards => shards::layout(back_office).await,
        Endpoint::GrowShards => shards::grow(back_office, &request).await,
        Endpoint::Tick => {
            let rate = settings.deliveries_per_second;
            Ok(json(&tick(back_office, index, rate, log).await))
        }
        Endpoint::Metrics => {
            let condition = index.condition().await?;
            Ok(metrics::text(&condition, back_office.now_ms()).into_response())
        }
        Endpoint::Publications => forward(back_office, request, trade::PUBLICATIONS_PATH).await,
        Endpoint::Publish => publish::step(back_office, request.body()).await,
        Endpoint::Offers => forward(back_office, request, trade::OFFERS_PATH).await,
        Endpoint::Stock => forward(back_office, request, trade::STOCK_PATH).await,
        Endpoint::Audit => forward(back_office, request, trade::AUDIT_PATH).await,
        Endpoint::ReadBlob => read_blob(back_office, &blob(name)?).await,
        Endpoint::WriteBlob => write_blob(back_office, &blob(name)?, request.into_body()).await,
        Endpoint::DeleteBlob => delete_blob(back_office, &blob(name)?).await,
        Endpoint::ReadMedia => read_blob(back_office, &media(name)?).await,
        Endpoint::WriteMedia => write_blob(back_office, &media(name)?, request.into_body()).await,
        Endpoint::DeleteMedia => delete_blob(back_office, &media(name)?).await,
    }
}

async fn forward<D: BackOffice>(back_office: &D, request: Request<Bytes>, path: &str) -> Outcome {
    let (parts, body) = request.into_parts();
    let mut onward = Request::new(body);
    *onward.method_mut() = parts.method;
    *onward.uri_mut() = path.parse().expect("a path of the protocol is a URI");
    let kind = HeaderValue::from_static(JSON);
    onward.headers_mut().insert(header::CONTENT_TYPE, kind);
    passed_on(back_office.send(onward).await?)
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

async fn read_blob<D: BackOffice>(back_office: &D, named: &Named) -> Outcome {
    match back_office.read(&named.key).await? {
        Some(blob) => Ok(Response::new(blob)),
        None => Err(Problem::new(ProblemKind::NotFound).into()),
    }
}

async fn write_blob<D: BackOffice>(back_office: &D, named: &Named, body: Bytes) -> Outcome {
    if body.len() > limits::BLOB_BYTES_MAX {
        return Err(Problem::new(ProblemKind::BodyTooLarge).into());
    }
    if Hash::of(&body) != named.hash {
        let detail = "the content has another hash than its name: it was damaged on its way";
        let problem = Problem::new(ProblemKind::InvalidRequest).detail(detail);
        return Err(problem.into());
    }
    back_office.write(&named.key, body).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

async fn delete_blob<D: BackOffice>(back_office: &D, named: &Named) -> Outcome {
    back_office.delete(&named.key).await?;
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
