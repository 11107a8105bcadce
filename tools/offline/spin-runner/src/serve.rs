//! The HTTP server in front of the components: HTTP/1.1 with keep-alive, and HTTP/2 without TLS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::application::Application;
use crate::headers::strip_transport_headers;

/// Paths under this prefix are answered by the runtime itself, as in Spin.
const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// How long open requests may go on after the signal to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// How long to wait after a failed accept, such as one for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Serves until `ended` resolves, then lets open requests finish for a few seconds.
pub async fn serve(
    application: Application,
    listener: TcpListener,
    ended: impl Future<Output = ()>,
) {
    let application = Arc::new(application);
    let builder = Builder::new(TokioExecutor::new());
    let connections = GracefulShutdown::new();
    let mut ended = std::pin::pin!(ended);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ended => break,
        };
        match accepted {
            Ok((stream, client)) => {
                serve_connection(&builder, &connections, &application, stream, client);
            }
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, connections.shutdown())
        .await
        .is_err()
    {
        eprintln!("some requests did not finish in time and were cut off");
    }
    application.services.end();
}

fn serve_connection(
    builder: &Builder<TokioExecutor>,
    connections: &GracefulShutdown,
    application: &Arc<Application>,
    stream: TcpStream,
    client: SocketAddr,
) {
    // Small responses must not wait for the acknowledgement of earlier ones.
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("cannot set TCP_NODELAY: {error}");
    }
    let application = Arc::clone(application);
    let service = service_fn(move |request| {
        let application = Arc::clone(&application);
        async move { Ok::<_, Infallible>(respond(&application, request, client).await) }
    });
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let connection = connections.watch(connection);
    // A client that goes away, or a body that a trapped component cuts off, ends its connection
    // only; the trap itself is logged where the instance ends.
    tokio::spawn(async move { _ = connection.await });
}

/// Answers one request.
async fn respond(
    application: &Application,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Response<WasiBody> {
    strip_transport_headers(request.headers_mut());
    if let Some(name) = request.uri().path().strip_prefix(WELL_KNOWN_PREFIX) {
        return match name {
            "health" => plain(StatusCode::OK, "OK"),
            _ => plain(StatusCode::NOT_FOUND, ""),
        };
    }
    let Some(route) = application.router.find(request.uri().path()) else {
        return plain(StatusCode::NOT_FOUND, "");
    };
    match absolute_uri(&request) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return plain(StatusCode::BAD_REQUEST, ""),
    }
    let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
    application.services.respond(&route, request, client).await
}

/// The URI with the scheme and authority that components see.
fn absolute_uri<B>(request: &Request<B>) -> Result<Uri> {
    let mut parts = request.uri().clone().into_parts();
    let host = request.headers().get(header::HOST);
    let host: Option<Authority> = host.map(|host| host.as_bytes().try_into()).transpose()?;
    let differs = host.is_some() && parts.authority.is_some() && host != parts.authority;
    ensure!(
        !differs,
        "the Host header and the request's URI name different hosts"
    );
    let authority = host
        .or(parts.authority)
        .context("the request names no host")?;
    parts.authority = Some(authority);
    parts.scheme = Some(Scheme::HTTP);
    Ok(Uri::from_parts(parts)?)
}

fn plain(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(uri: &str, host: Option<&str>) -> Result<String> {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        absolute_uri(&request.body(()).unwrap()).map(|uri| uri.to_string())
    }

    #[test]
    fn the_host_header_completes_the_uri() {
        assert_eq!(
            uri("/a?b", Some("shop.test:1")).unwrap(),
            "http://shop.test:1/a?b"
        );
        assert_eq!(
            uri("http://shop.test/a", None).unwrap(),
            "http://shop.test/a"
        );
        assert_eq!(
            uri("http://a.test/", Some("a.test")).unwrap(),
            "http://a.test/"
        );
        assert!(uri("http://a.test/", Some("b.test")).is_err());
        assert!(uri("/", None).is_err());
        assert!(uri("/", Some("a b")).is_err());
    }
}
