//! Outbound HTTP of components: `allowed_outbound_hosts`, service chaining, requests to itself.
//!
//! Invariant: nothing leaves a component before its address was checked, service chaining included.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

use crate::guest::Component;
use crate::headers::spin_headers;
use crate::hosts::service_chaining_target;
use crate::instances::InstanceFactory;
use crate::routes::RouteMatch;

/// The client address that a component sees in a request of another component, as in Spin.
const CHAINED_CLIENT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// What `wasi:http/client.send` returns, besides the response: the future of its transmission.
type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

/// The running components, by name, and where the application listens.
///
/// Filled once, after all components are compiled: components refer to each other through it.
#[derive(Default)]
pub struct Services {
    handlers: OnceLock<HashMap<String, ProxyHandler<InstanceFactory>>>,
    own_address: OnceLock<SocketAddr>,
    detours: HashMap<String, SocketAddr>,
    ending: AtomicBool,
}

impl Services {
    /// Services of which some are reached through an address, and not by service chaining.
    #[must_use]
    pub fn with_detours(detours: HashMap<String, SocketAddr>) -> Self {
        Self {
            detours,
            ..Self::default()
        }
    }

    /// Makes the components known to each other.
    pub fn start(
        &self,
        handlers: HashMap<String, ProxyHandler<InstanceFactory>>,
        own_address: SocketAddr,
    ) {
        let fresh = self.handlers.set(handlers).is_ok() & self.own_address.set(own_address).is_ok();
        assert!(fresh, "an application is started once");
    }

    /// Says that the process is about to end.
    pub fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Lets a component answer a request; its failure is logged here and becomes a bare 500.
    pub async fn respond(
        &self,
        route: &RouteMatch,
        mut request: Request<WasiBody>,
        client: SocketAddr,
    ) -> Response<WasiBody> {
        let handler = self
            .handlers
            .get()
            .and_then(|handlers| handlers.get(&route.component));
        let Some(handler) = handler else {
            return internal_error();
        };
        match spin_headers(&request, route, client) {
            Ok(headers) => *request.headers_mut() = headers,
            Err(error) => {
                eprintln!("[{}] request refused: {error:#}", route.component);
                return internal_error();
            }
        }
        match handler.handle((), request).await {
            Ok(response) => response,
            Err(error) => {
                handler.state().report_failure(&error);
                internal_error()
            }
        }
    }
}

fn internal_error() -> Response<WasiBody> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// The outbound side of one instance.
pub struct Outbound {
    component: Arc<Component>,
    services: Arc<Services>,
}

impl Outbound {
    /// The outbound side of a fresh instance.
    #[must_use]
    pub fn new(component: Arc<Component>, services: Arc<Services>) -> Self {
        Self {
            component,
            services,
        }
    }

    /// Checks a request and turns one to the application itself into one with an address.
    fn check(&self, uri: &mut Uri) -> Result<(), Error> {
        let host = uri.host().unwrap_or_default();
        if matches!(host, "" | "self.alt") {
            if !self.component.allowed_hosts.allows_self() {
                self.component
                    .report_denied("its own application (http://self)");
                return Err(Error::HttpRequestDenied);
            }
            let address = self
                .services
                .own_address
                .get()
                .ok_or(Error::HttpRequestUriInvalid)?;
            *uri = own_uri(*address, uri.path_and_query())?;
            return Ok(());
        }
        let scheme = uri.scheme_str().unwrap_or("https");
        if self
            .component
            .allowed_hosts
            .allows(scheme, host, uri.port_u16())
        {
            return Ok(());
        }
        let authority = uri.authority().map_or(host, Authority::as_str);
        self.component
            .report_denied(&format!("{scheme}://{authority}"));
        Err(Error::HttpRequestDenied)
    }
}

fn own_uri(address: SocketAddr, path: Option<&PathAndQuery>) -> Result<Uri, Error> {
    Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(address.to_string())
        .path_and_query(path.map_or("/", PathAndQuery::as_str))
        .build()
        .map_err(|_| Error::HttpRequestUriInvalid)
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        // Nothing here depends on whether the guest received the response.
        _received: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        if let Err(error) = self.check(request.uri_mut()) {
            return Box::new(std::future::ready(Err(error)));
        }
        let target = request
            .uri()
            .host()
            .and_then(service_chaining_target)
            .map(str::to_owned);
        let services = Arc::clone(&self.services);
        Box::new(async move {
            let Some(target) = target else {
                return send(request, options).await;
            };
            request.headers_mut().remove(header::HOST);
            if let Some(detour) = services.detours.get(&target) {
                let path = request.uri().path_and_query();
                *request.uri_mut() = own_uri(*detour, path)?;
                // Its server answers no request without one, as Spin's.
                let host = HeaderValue::from_str(&detour.to_string());
                let host = host.map_err(|_| Error::HttpRequestUriInvalid)?;
                request.headers_mut().insert(header::HOST, host);
                return send(request, options).await;
            }
            let route = RouteMatch::chained(&target, request.uri().path());
            let response = services.respond(&route, request, CHAINED_CLIENT).await;
            Ok((response, Box::new(std::future::ready(Ok(()))) as _))
        })
    }
}

async fn send(request: Request<WasiBody>, options: Option<RequestOptions>) -> Result<Sent, Error> {
    let (response, transmission) = default_send_request(request, options).await?;
    Ok((
        response.map(|body| body.boxed_unsync()),
        Box::new(transmission),
    ))
}
