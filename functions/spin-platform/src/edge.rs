//! The ports of the edge on Spin.

use std::cell::OnceCell;

use bytes::Bytes;
use futures_util::future::try_join3;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use souk_ports::{
    Admission, BackOfficeClient, CatalogueStore, CatalogueWriter, Clock, GATE_MS_MAX, MailClient,
    NextStorefront, OperationsClient, OperationsReporter, OrderGate, OriginClient, OutboundHttp,
    PaymentsClient, PortError, Quota, Randomness, SharedCache, Signals, SignalsReader, TallySender,
};
use souk_protocol::rates::{self, RateReply, TakeRate};
use souk_protocol::{keys, room, samples, tallies};
use souk_service_http::{before, json_bytes, post};
use spin_sdk::key_value::{Error, Store};
use spin_sdk::wasip3::{clocks, random};

/// Where service chaining finds the origin: the component's name in `spin.toml`.
const ORIGIN: &str = "http://origin.spin.internal";
/// Where it finds the back office.
const BACK_OFFICE: &str = "http://backoffice.spin.internal";
/// Where it finds mails.
const MAIL: &str = "http://mail.spin.internal";
/// Where it finds operations.
const OPERATIONS: &str = "http://operations.spin.internal";
/// Where it finds the build of a release.
const NEXT: &str = "http://storefront-next.spin.internal";
/// Where it finds payments.
const PAYMENTS: &str = "http://payments.spin.internal";

/// One request's access to the platform.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinEdge;

thread_local! {
    static STORE: OnceCell<&'static Store> = const { OnceCell::new() };
}

/// The store, opened by the first request of an instance that needs it.
async fn store() -> Result<&'static Store, PortError> {
    if let Some(store) = STORE.with(|cell| cell.get().copied()) {
        return Ok(store);
    }
    let store = Store::open_default().await.map_err(port_error)?;
    // Another request of the instance may have been quicker; one handle is as good as the other.
    Ok(STORE.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(store)))))
}

fn port_error(error: Error) -> PortError {
    match error {
        Error::NoSuchStore | Error::AccessDenied => PortError::Unsupported(error.to_string()),
        Error::StoreTableFull | Error::Other(_) => PortError::Transient(error.to_string()),
    }
}

impl CatalogueStore for SpinEdge {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        let value = store().await?.get(key).await.map_err(port_error)?;
        Ok(value.map(Bytes::from))
    }
}

impl CatalogueWriter for SpinEdge {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        store().await?.set(key, value).await.map_err(port_error)
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        store().await?.delete(key).await.map_err(port_error)
    }
}

/// Spin has no cache between an instance and the store.
impl SharedCache for SpinEdge {}

/// Spin's store shows a write at once, so the signals lie there.
impl SignalsReader for SpinEdge {
    async fn signals(&self, _at_once: bool) -> Result<Signals, PortError> {
        let keys = [keys::AVAILABILITY, keys::SOLD_OUT_HOLDS, keys::PULSE];
        let [availability, sold_out_holds, pulse] = keys.map(|key| self.read(key));
        let found = try_join3(availability, sold_out_holds, pulse).await?;
        Ok(Signals {
            availability: found.0.unwrap_or_default(),
            sold_out_holds: found.1.unwrap_or_default(),
            pulse: found.2.unwrap_or_default(),
            pulse_age_ms: None,
            kept_ms: 0,
        })
    }
}

impl OriginClient for SpinEdge {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(ORIGIN, request).await
    }
}

/// Operations count the requests of clients.
impl OrderGate for SpinEdge {
    async fn admits(&self, quota: Quota, client: &str, _challenge: Option<&str>) -> Admission {
        let asked = TakeRate {
            name: format!("{}:{client}", quota.name),
            quota: quota.quota,
            window_s: quota.window_s,
        };
        let answer = self.ask_operations(post(rates::RATE_PATH, json_bytes(&asked)));
        let Some(Ok(answer)) = before(answer, self.pause_ms(GATE_MS_MAX)).await else {
            return Admission::Open;
        };
        match souk_json::read(answer.body()) {
            Ok(RateReply::Allowed { remaining, reset_s }) => {
                Admission::Counted { remaining, reset_s }
            }
            Ok(RateReply::Refused { retry_after_s }) => Admission::TooMany { retry_after_s },
            Err(_) => Admission::Open,
        }
    }
}

impl PaymentsClient for SpinEdge {
    async fn ask_payments(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(PAYMENTS, request).await
    }
}

impl MailClient for SpinEdge {
    async fn ask_mail(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(MAIL, request).await
    }
}

impl OperationsClient for SpinEdge {
    async fn ask_operations(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(OPERATIONS, request).await
    }
}

impl BackOfficeClient for SpinEdge {
    async fn ask_back_office(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(BACK_OFFICE, request).await
    }
}

impl NextStorefront for SpinEdge {
    async fn ask_next(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        chain(NEXT, request).await
    }
}

impl TallySender for SpinEdge {
    async fn send_tallies(&self, batch: Bytes) -> Result<(), PortError> {
        let request = Request::post(tallies::TALLIES_PATH).body(batch);
        stored(chain(BACK_OFFICE, request.map_err(|error| transient(&error))?).await?)
    }
}

impl OperationsReporter for SpinEdge {
    async fn report_room(&self, batch: Bytes) -> Result<(), PortError> {
        stored(self.ask_operations(post(room::ROOM_PATH, batch)).await?)
    }

    async fn report_samples(&self, batch: Bytes) -> Result<(), PortError> {
        let request = post(samples::SAMPLES_PATH, batch);
        stored(self.ask_operations(request).await?)
    }
}

impl OutboundHttp for SpinEdge {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        fetch(request).await
    }
}

/// Whether another component has stored what it was sent.
fn stored(answer: Response<Bytes>) -> Result<(), PortError> {
    match answer.status().is_success() {
        true => Ok(()),
        false => Err(PortError::Transient(format!("said {}", answer.status()))),
    }
}

/// Sends a request to another component.
async fn chain(component: &str, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri: Result<Uri, _> = format!("{component}{path}").parse();
    parts.uri = uri.map_err(|error| transient(&error))?;
    fetch(Request::from_parts(parts, body)).await
}

async fn fetch(request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
    let response = spin_sdk::http::send(request.map(Full::new))
        .await
        .map_err(|error| transient(&error))?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| transient(&error))?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

fn transient(error: &dyn std::fmt::Debug) -> PortError {
    PortError::Transient(format!("{error:?}"))
}

impl Clock for SpinEdge {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        spin_sdk::time::sleep(std::time::Duration::from_millis(u64::from(ms))).await;
    }
}

impl Randomness for SpinEdge {
    fn random_bytes(&self) -> [u8; 16] {
        let bytes = random::random::get_random_bytes(16);
        bytes.try_into().expect("as many bytes as were asked for")
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let now = clocks::system_clock::now();
    now.seconds * 1000 + i64::from(now.nanoseconds / 1_000_000)
}
