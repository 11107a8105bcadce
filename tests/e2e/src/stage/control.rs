//! What an experiment asks of its stage, over HTTP on the loopback.
//!
//! | request | does |
//! |---|---|
//! | `POST /defect` | begins the defect that is planted, if there is one |
//! | `POST /buyers` with a `Crowd` | sends buyers, and answers when each of them knows |
//! | `GET /buyers` | `ok`, or what is wrong with what buyers were answered so far |
//! | `GET /p90/NAME` | the p90 in milliseconds of a load report; 0 before there is one |
//! | `GET /level` | the level that an edge goes by |
//! | `GET /sale/STATE` | answers when the sale is in this state |

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use super::Inside;
use super::customers::Crowd;
use crate::eventually_within;

/// How long a sale may take to get to a state.
const SALE_WITHIN: Duration = Duration::from_secs(300);

/// The server.
#[derive(Debug)]
pub(super) struct Control {
    listener: TcpListener,
}

impl Control {
    /// Listens on a port that is free; answers come from [`Control::serve`].
    pub(super) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self { listener })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers, for ever.
    pub(super) async fn serve(&self, stage: &Inside) {
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    // A connection that is gone before it was accepted is none.
                    if let Ok((stream, _)) = accepted {
                        connections.push(converse(stream, stage));
                    }
                }
                Some(()) = connections.next() => {}
            }
        }
    }
}

async fn converse(stream: TcpStream, stage: &Inside) {
    let service = service_fn(|request| answer(request, stage));
    let connection = hyper::server::conn::http1::Builder::new();
    // A client that hangs up is done.
    let _ = connection
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    stage: &Inside,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match done(request, stage).await {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
    };
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let text = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    Ok(response)
}

async fn done(request: Request<Incoming>, stage: &Inside) -> Result<String> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path: Vec<_> = parts.uri.path().trim_matches('/').split('/').collect();
    match (parts.method.as_str(), path.as_slice()) {
        ("POST", ["defect"]) => match stage.defect {
            Some(defect) => {
                defect.begin(stage).await?;
                Ok(format!("the defect {} begins", defect.name()))
            }
            None => Ok("none is planted".to_owned()),
        },
        ("POST", ["buyers"]) => {
            let crowd: Crowd = serde_json::from_slice(&body).context("who come")?;
            stage.customers.send(&crowd).await
        }
        ("GET", ["buyers"]) => Ok(stage.customers.verdict()),
        ("GET", ["p90", name]) => p90(stage, name),
        ("GET", ["level"]) => {
            let status: Value = stage.front.get("/api/v1/status").await?.json()?;
            Ok(status["level"].to_string())
        }
        ("GET", ["sale", state]) => sale(stage, state).await,
        (method, _) => bail!("nothing answers {method} {}", parts.uri.path()),
    }
}

/// Of what clients waited for; of the time from sending on where the generator was late itself, as on a
/// machine that has other things to do.
fn p90(stage: &Inside, name: &str) -> Result<String> {
    let file = stage.folder.path().join(format!("{name}.json"));
    if !file.exists() {
        return Ok("0".to_owned());
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    let times = match report["valid"] == true {
        true => &report["response_ms"],
        false => &report["service_ms"],
    };
    let p90 = times["p90"].as_f64();
    Ok(p90.context("a load report has a p90")?.to_string())
}

async fn sale(stage: &Inside, state: &str) -> Result<String> {
    let what = format!("the sale is {state}");
    eventually_within(SALE_WITHIN, &what, async || {
        let answer = stage.front.get("/api/v1/sales/drop").await?;
        let sale: Value = answer.json()?;
        Ok((sale["state"] == state).then_some(()))
    })
    .await?;
    Ok(what)
}
