//! The ports of the edge on Workers.

use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use js_sys::Uint8Array;
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, CatalogueWriter, Clock, GATE_MS_MAX, MailClient,
    NextStorefront, OperationsClient, OperationsReporter, OrderGate, OriginClient, OutboundHttp,
    PaymentsClient, PortError, Quota, Randomness, SharedCache, Signals, SignalsReader, TallySender,
};
use souk_protocol::origin::STORE_HEADER;
use souk_protocol::rates::{self, RateReply, TakeRate};
use souk_protocol::{keys, room, samples};
use souk_service_http::{before, json_bytes, post};
use souk_sharding::{Address, Known, Router, ShardClient};
use worker::{
    Cache, Delay, Env, Fetch, Headers, Method, QueueContentType, RawMessageBuilder, RequestInit,
    RequestRedirect,
};

use crate::errors::{stored, transient, unsupported};
use crate::{now_ms, objects, settings, signals};

const CATALOGUE: &str = "CATALOGUE";
const BACKOFFICE: &str = "BACKOFFICE";
const BACKOFFICE_AUTHORITY: &str = "https://backoffice.souk.invalid";
const PAYMENTS: &str = "PAYMENTS";
/// The host of a request that another script sends to payments over its service binding. A name
/// below `invalid` belongs to no zone (RFC 6761, 6.4), so no request from outside arrives with it.
pub const PAYMENTS_HOST: &str = "payments.souk.invalid";
const MAIL: &str = "MAIL";
/// The same for mails.
pub const MAIL_HOST: &str = "mail.souk.invalid";
/// How long KV may answer from its own cache of a place: the pointer for the shortest time that
/// KV knows, a blob, which never changes, for a day.
const POINTER_CACHE_S: u64 = 30;
const BLOB_CACHE_S: u64 = 24 * 60 * 60;
/// The build of a release. A script without this binding is stable only.
const NEXT: &str = "NEXT";
/// The queue that takes tallies of searches to the back office.
const SEARCH_TALLIES: &str = "SEARCH_TALLIES";

/// Headers of other servers' answers that a use case looks at.
const ANSWER: [&str; 3] = ["idempotent-replayed", "retry-after", STORE_HEADER];

thread_local! {
    /// What this isolate knows of the origin's layout.
    static KNOWN: &'static Known = Box::leak(Box::default());
}

/// One request's access to the platform. `O` is what the script asks the origin for.
pub struct WorkersEdge<O = AllRequests> {
    env: Env,
    of_origin: PhantomData<O>,
}

/// What a script asks the origin for: it has no code to divide other requests among shards.
pub trait OriginRequests: Sized {
    /// Sends a request to the origin.
    fn send(
        router: Router<'_, WorkersEdge<Self>>,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, PortError>>;
}

/// Everything.
pub enum AllRequests {}

/// What shoppers and clients of the API need.
pub enum ShopRequests {}

/// What payments and mails need.
pub enum PaymentsRequests {}

/// What the ushers of waiting rooms need.
pub enum UsherRequests {}

impl OriginRequests for AllRequests {
    async fn send(
        router: Router<'_, WorkersEdge<Self>>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        router.send(request).await
    }
}

impl OriginRequests for ShopRequests {
    async fn send(
        router: Router<'_, WorkersEdge<Self>>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        router.send_of_shop(request).await
    }
}

impl OriginRequests for PaymentsRequests {
    async fn send(
        router: Router<'_, WorkersEdge<Self>>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        router.send_of_payments(request).await
    }
}

impl OriginRequests for UsherRequests {
    async fn send(
        router: Router<'_, WorkersEdge<Self>>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        router.send_of_usher(request).await
    }
}

impl WorkersEdge {
    /// Access with the bindings of a script that asks the origin for anything.
    pub fn new(env: Env) -> Self {
        let of_origin = PhantomData;
        Self { env, of_origin }
    }
}

impl WorkersEdge<ShopRequests> {
    /// Access with the bindings of the storefront.
    pub fn of_shop(env: Env) -> Self {
        let of_origin = PhantomData;
        Self { env, of_origin }
    }
}

impl WorkersEdge<PaymentsRequests> {
    /// Access with the bindings of payments.
    pub fn of_payments(env: Env) -> Self {
        let of_origin = PhantomData;
        Self { env, of_origin }
    }

    /// Access with the bindings of mails, which ask the origin for the same.
    pub fn of_mail(env: Env) -> Self {
        Self::of_payments(env)
    }
}

impl WorkersEdge<UsherRequests> {
    /// Access with the bindings of operations.
    pub fn of_operations(env: Env) -> Self {
        let of_origin = PhantomData;
        Self { env, of_origin }
    }
}

impl<O> WorkersEdge<O> {
    /// The bindings of the script.
    pub fn env(&self) -> &Env {
        &self.env
    }
}

impl<O> CatalogueStore for WorkersEdge<O> {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        let cache_s = if keys::is_current(key) {
            POINTER_CACHE_S
        } else {
            BLOB_CACHE_S
        };
        let value = kv
            .get(key)
            .cache_ttl(cache_s)
            .bytes()
            .await
            .map_err(transient)?;
        Ok(value.map(Bytes::from))
    }
}

impl<O> CatalogueWriter for WorkersEdge<O> {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        kv.put_bytes(key, &value)
            .map_err(transient)?
            .execute()
            .await
            .map_err(transient)
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        let kv = self.env.kv(CATALOGUE).map_err(unsupported)?;
        kv.delete(key).await.map_err(transient)
    }
}

/// The Cache API: one cache for each data centre.
impl<O> SharedCache for WorkersEdge<O> {
    fn exists(&self) -> bool {
        true
    }

    async fn get(&self, key: &str) -> Option<Bytes> {
        let mut found = Cache::default()
            .get(cache_url(key), true)
            .await
            .ok()
            .flatten()?;
        found.bytes().await.ok().map(Bytes::from)
    }

    async fn put(&self, key: &str, blob: &Bytes) {
        let headers = Headers::new();
        let kept = headers.set("cache-control", "public, max-age=31536000, immutable");
        let response = worker::Response::from_bytes(blob.to_vec());
        if let (Ok(()), Ok(response)) = (kept, response) {
            // A cache that does not take a value is an empty cache.
            let response = response.with_headers(headers);
            let _ = Cache::default().put(cache_url(key), response).await;
        }
    }
}

/// The Cache API is keyed by URL; this host exists nowhere.
fn cache_url(key: &str) -> String {
    format!("https://catalogue.souk.invalid/{key}")
}

impl<O> SignalsReader for WorkersEdge<O> {
    async fn signals(&self, at_once: bool) -> Result<Signals, PortError> {
        signals::read(&self.env, at_once).await
    }

    /// Through the Cache API.
    async fn shared_for_a_second(
        &self,
        name: &str,
        at_once: bool,
        read: impl Future<Output = Result<Bytes, PortError>>,
    ) -> Result<Bytes, PortError> {
        let (answer, _) = signals::lease(name, at_once, read).await?;
        Ok(answer)
    }
}

/// The origin as one, for any number of objects.
impl<O: OriginRequests> OriginClient for WorkersEdge<O> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let shards = settings::shards(&self.env).map_err(unsupported)?;
        let known = KNOWN.with(|known| *known);
        O::send(Router::new(self, known, shards), request).await
    }
}

/// The objects, one by one.
impl<O> ShardClient for WorkersEdge<O> {
    async fn ask(
        &self,
        to: Address,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        let origin = objects::origin(&self.env).map_err(unsupported)?;
        objects::send(&origin, to, request).await.map_err(transient)
    }
}

/// Objects of the script of operations count the requests of clients.
impl<O> OrderGate for WorkersEdge<O> {
    async fn admits(&self, quota: Quota, client: &str, _challenge: Option<&str>) -> Admission {
        let asked = post(rates::RATE_PATH, json_bytes(&take_rate(quota, client)));
        let answer = objects::send_to_counters(&self.env, client, asked);
        match before(answer, self.pause_ms(GATE_MS_MAX)).await {
            Some(Ok(answer)) => admission(souk_json::read(answer.body()).ok()),
            Some(Err(_)) | None => Admission::Open,
        }
    }
}

fn take_rate(quota: Quota, client: &str) -> TakeRate {
    TakeRate {
        name: format!("{}:{client}", quota.name),
        quota: quota.quota,
        window_s: quota.window_s,
    }
}

fn admission(reply: Option<RateReply>) -> Admission {
    match reply {
        Some(RateReply::Allowed { remaining, reset_s }) => {
            Admission::Counted { remaining, reset_s }
        }
        Some(RateReply::Refused { retry_after_s }) => Admission::TooMany { retry_after_s },
        None => Admission::Open,
    }
}

/// Payments are a script of their own, behind a service binding.
impl<O> PaymentsClient for WorkersEdge<O> {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let payments = objects::binding(&self.env, PAYMENTS).map_err(unsupported)?;
        let authority = format!("https://{PAYMENTS_HOST}");
        let answer = objects::send_to_service(&payments, &authority, request).await;
        answer.map_err(transient)
    }
}

/// So are mails.
impl<O> MailClient for WorkersEdge<O> {
    async fn ask_mail(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let mail = objects::binding(&self.env, MAIL).map_err(unsupported)?;
        let authority = format!("https://{MAIL_HOST}");
        let answer = objects::send_to_service(&mail, &authority, request).await;
        answer.map_err(transient)
    }
}

/// Operations are an object of a script of their own.
impl<O> OperationsClient for WorkersEdge<O> {
    async fn ask_operations(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let operations = objects::operations(&self.env).map_err(unsupported)?;
        let answer = objects::send_to_operations(&operations, request).await;
        answer.map_err(transient)
    }
}

/// The back office is a script of its own too. It believes a request by its token alone, whatever its host.
impl<O> BackOfficeClient for WorkersEdge<O> {
    async fn ask_back_office(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let back_office = objects::binding(&self.env, BACKOFFICE).map_err(unsupported)?;
        let answer = objects::send_to_service(&back_office, BACKOFFICE_AUTHORITY, request).await;
        answer.map_err(transient)
    }
}

/// The build of a release is a script of its own, without a route. It gets the address that the client
/// asked, by which its memory knows what it has answered.
impl<O> NextStorefront for WorkersEdge<O> {
    async fn ask_next(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let next = objects::binding(&self.env, NEXT).map_err(unsupported)?;
        let request = outgoing(request)?;
        let answer = objects::forward_to_service(&next, &request).await;
        let mut answer = answer.map_err(transient)?;
        let mut response = Response::builder().status(answer.status_code());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let body = answer.bytes().await.map_err(transient)?;
        response.body(body.into()).map_err(transient)
    }
}

/// Through a queue, so that the storefront can add counts and do nothing else.
impl<O> TallySender for WorkersEdge<O> {
    async fn send_tallies(&self, batch: Bytes) -> Result<(), PortError> {
        let queue = self.env.queue(SEARCH_TALLIES).map_err(unsupported)?;
        let text = String::from_utf8_lossy(&batch);
        let message = RawMessageBuilder::new(text.as_ref().into())
            .build_with_content_type(QueueContentType::Text);
        queue.send_raw(message).await.map_err(transient)
    }
}

/// To the object of operations.
impl<O> OperationsReporter for WorkersEdge<O> {
    async fn report_room(&self, batch: Bytes) -> Result<(), PortError> {
        stored(self.ask_operations(post(room::ROOM_PATH, batch)).await?)
    }

    async fn report_samples(&self, batch: Bytes) -> Result<(), PortError> {
        let request = post(samples::SAMPLES_PATH, batch);
        stored(self.ask_operations(request).await?)
    }
}

impl<O> OutboundHttp for WorkersEdge<O> {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let request = outgoing(request)?;
        let mut answer = Fetch::Request(request).send().await.map_err(transient)?;
        let mut response = Response::builder().status(answer.status_code());
        for name in ANSWER {
            if let Some(value) = answer.headers().get(name).map_err(transient)? {
                response = response.header(name, value);
            }
        }
        let body = answer.bytes().await.map_err(transient)?;
        response.body(body.into()).map_err(transient)
    }
}

/// A request as JavaScript sends it; no redirect is followed.
fn outgoing(request: Request<Bytes>) -> Result<worker::Request, PortError> {
    let (parts, body) = request.into_parts();
    let headers = Headers::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().map_err(transient)?;
        headers.set(name.as_str(), value).map_err(transient)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(parts.method.as_str().to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    if !body.is_empty() {
        init.with_body(Some(Uint8Array::from(body.as_ref()).into()));
    }
    let url = parts.uri.to_string();
    worker::Request::new_with_init(&url, &init).map_err(transient)
}

impl<O> Clock for WorkersEdge<O> {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        Delay::from(Duration::from_millis(u64::from(ms))).await;
    }
}

impl<O> Randomness for WorkersEdge<O> {
    fn random_bytes(&self) -> [u8; 16] {
        WorkersRandomness.random_bytes()
    }
}

/// The runtime's source of randomness, which needs no binding.
pub struct WorkersRandomness;

impl Randomness for WorkersRandomness {
    fn random_bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("Workers have crypto.getRandomValues");
        bytes
    }
}
