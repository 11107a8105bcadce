//! The HTTP server in front of the components: HTTP/1.1 with keep-alive, and HTTP/2 without TLS.
//!
//! As in Spin, a request without exactly one host gets no answer: its connection is closed. Small
//! packets may wait for an acknowledgement (no `TCP_NODELAY`), as they do there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
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
    let application = Arc::clone(application);
    let service = service_fn(move |request| {
        let application = Arc::clone(&application);
        async move { respond(&application, request, client).await }
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
///
/// # Errors
/// When the connection has to be closed without an answer.
async fn respond(
    application: &Application,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Result<Response<WasiBody>> {
    ensure!(
        request.method() != Method::CONNECT,
        "CONNECT is for proxies"
    );
    strip_transport_headers(request.headers_mut());
    if let Some(name) = request.uri().path().strip_prefix(WELL_KNOWN_PREFIX) {
        return Ok(match name {
            "health" => plain(StatusCode::OK, "OK"),
            "info" => info(application),
            _ => plain(StatusCode::NOT_FOUND, ""),
        });
    }
    let Some(route) = application.router.find(request.uri().path()) else {
        return Ok(plain(StatusCode::NOT_FOUND, ""));
    };
    *request.uri_mut() = absolute_uri(&request)?;
    let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
    Ok(application.services.respond(&route, request, client).await)
}

fn info(application: &Application) -> Response<WasiBody> {
    let mut response = plain(StatusCode::OK, application.info());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
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

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<WasiBody> {
    let body = Full::new(text.into());
    let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::manifest::Manifest;

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

    /// Serves one connection of an application. Gives the client's end of it, the server's, and what
    /// ends the connection when it is dropped.
    async fn connect() -> (TcpStream, std::net::TcpStream, GracefulShutdown) {
        let manifest = "spin_manifest_version = 2
            [application]
            name = \"shop\"
            version = \"1.2.3\"
            [[trigger.http]]
            route = \"/...\"
            component = \"web\"
            [component.web]
            source = \"web.wasm\"";
        let manifest = Manifest::parse(manifest, std::path::PathBuf::new()).unwrap();
        let application = Arc::new(Application::without_components(&manifest));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, from) = accepted.unwrap();
        let stream = stream.into_std().unwrap();
        let own = stream.try_clone().unwrap();
        let stream = TcpStream::from_std(stream).unwrap();
        let (builder, connections) = (Builder::new(TokioExecutor::new()), GracefulShutdown::new());
        serve_connection(&builder, &connections, &application, stream, from);
        (client.unwrap(), own, connections)
    }

    /// What comes back until the connection is closed.
    async fn answer_to(request: &str) -> String {
        let (mut client, _, _running) = connect().await;
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A connection that is reset delivers nothing more either.
        let _ = client.read_to_string(&mut answer).await;
        answer
    }

    const TO_ITSELF: &str = "GET / HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_request_without_one_clear_host_gets_no_answer() {
        for request in [
            "GET / HTTP/1.1\r\nconnection: close\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: web.spin.internal\r\nconnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: web.spin.internal:80\r\nconnection: close\r\n\r\n",
            "GET http://a.test/ HTTP/1.1\r\nhost: b.test\r\nconnection: close\r\n\r\n",
            "CONNECT shop.test:80 HTTP/1.1\r\nhost: shop.test:80\r\n\r\n",
        ] {
            assert_eq!(answer_to(request).await, "", "{request}");
        }
        for request in [
            TO_ITSELF,
            "GET http://a.test/ HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n",
        ] {
            // The component is not there, but the request was routed to it.
            let answer = answer_to(request).await;
            assert!(answer.starts_with("HTTP/1.1 500 "), "{request}: {answer}");
        }
    }

    #[tokio::test]
    async fn the_runtime_says_which_application_it_serves_and_that_it_is_well() {
        let ask = async |name: &str| {
            let path = format!("/.well-known/spin/{name}");
            answer_to(&format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n")).await
        };
        let info = ask("info").await;
        let (head, body) = info.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({"name": "shop", "version": "1.2.3"})
        );
        let health = ask("health").await;
        assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
        assert!(health.ends_with("\r\n\r\nOK"), "{health}");
        let other = ask("other").await;
        assert!(other.starts_with("HTTP/1.1 404 "), "{other}");
    }

    #[tokio::test]
    async fn small_packets_may_wait_for_an_acknowledgement() {
        let (mut client, served, _running) = connect().await;
        client.write_all(TO_ITSELF.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(!answer.is_empty());
        assert!(!served.nodelay().unwrap());
    }
}
