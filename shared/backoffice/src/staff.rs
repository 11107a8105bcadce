//! Routes of the staff API.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use souk_catalogue::Hash;
use souk_ports::{Desk, PortError};
use souk_protocol::problem::{self, Problem, ProblemKind};
use souk_protocol::{keys, limits, staff, trade};

use crate::publish;

/// A shorter staff token counts as none: it could be guessed.
pub const TOKEN_BYTES_MIN: usize = 16;

/// Why a staff request gets no proper answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Problem(Box<Problem>),
    Port(PortError),
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

/// Answers one request of the staff.
///
/// `token` is the deployment's staff token; an empty or short one closes the staff API.
pub async fn handle<D: Desk>(
    request: Request<Bytes>,
    desk: &D,
    token: &str,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    let mut response = match answer(request, desk, token).await {
        Ok(response) => response,
        Err(Failure::Problem(problem)) => reply(&problem),
        Err(Failure::Port(error)) => {
            log(&format!("{path}: {error}"));
            reply(&Problem::new(ProblemKind::Unavailable).detail("send the same request again"))
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn answer<D: Desk>(request: Request<Bytes>, desk: &D, token: &str) -> Outcome {
    authorise(request.headers(), token)?;
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    match (path.as_str(), &method) {
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

fn reply(problem: &Problem) -> Response<Bytes> {
    let mut response = json(problem);
    *response.status_mut() = StatusCode::from_u16(problem.status).expect("a status of ProblemKind");
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(problem::MEDIA_TYPE),
    );
    if problem.status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
