//! A shop with an origin and an outbox, and what tests do in it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_mail::{Figures, Published, PublishedTexts, Secret, Settings, handle};
use souk_mail_outbox::{Event, Message, Outbox};
use souk_memory_sqlite::Database;
use souk_order_store_sqlite::MIGRATIONS;
use souk_ports::{CatalogueStore, Clock, OriginClient, OutboundHttp, PortError, Randomness};
use souk_protocol::mail::{EVENTS_PATH, MailReport, WORK_PATH};
use souk_protocol::origin::{
    self, Action, Actor, ChangeOrder, ChangeReply, DefineOffers, OfferDefinition, OrderDetails,
    OrderRecord, PaymentMethod, Queue, QueueDepth, SubmitLine, SubmitOrder, SubmitReply,
};
use souk_protocol::public::{Address, Customer};

use crate::origin::carry_out;
use crate::store::{self, Store};

/// When a shop opens, in milliseconds since 1970.
pub(crate) const DAWN_MS: i64 = 1_790_000_000_000;
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a claimed message is left alone.
pub(crate) const VISIBILITY_MS: i64 = 90_000;
const API_KEY: &str = "re_GkPz3vXq_7yTn4wBd9sJhL2mRc8";
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const SESSION_SECRET: &str = "5d41402abc4b2a76b9719d911017c592";
pub(crate) const EMAIL: &str = "lilei@example.com";

/// What happens to a message to the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OriginFault {
    RequestLost,
    ReplyLost,
}

pub(crate) struct Shop {
    pub(crate) now_ms: Cell<i64>,
    origin: Database,
    pub(crate) outbox: Outbox,
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    published: Rc<Published>,
    /// For the next messages whose path ends so, first come first.
    pub(crate) faults: RefCell<VecDeque<(&'static str, OriginFault)>>,
    pub(crate) log: RefCell<Vec<String>>,
    /// Requests to a webhook of the merchant's own.
    pub(crate) webhook: RefCell<Vec<Request<Bytes>>>,
}

/// An order to place.
pub(crate) struct Buyer {
    pub(crate) payment: PaymentMethod,
    pub(crate) language: Option<&'static str>,
    pub(crate) email: &'static str,
}

impl Default for Buyer {
    fn default() -> Self {
        Self {
            payment: PaymentMethod::OnDelivery,
            language: Some("en"),
            email: EMAIL,
        }
    }
}

pub(crate) fn resend() -> Vec<(&'static str, &'static str)> {
    vec![
        ("session_secret", SESSION_SECRET),
        ("base_url", "https://shop.example"),
        ("mail_provider", "resend"),
        ("mail_from", "Shop <orders@shop.example>"),
        ("resend_api_key", API_KEY),
        ("resend_webhook_secrets", SIGNING),
    ]
}

pub(crate) fn settings(pairs: &[(&'static str, &'static str)]) -> Settings {
    Settings::read(&pairs.iter().copied().collect()).expect("right settings")
}

impl Shop {
    pub(crate) fn open() -> Self {
        let shop = Self {
            now_ms: Cell::new(DAWN_MS),
            origin: Database::migrated(MIGRATIONS),
            outbox: Outbox::new(API_KEY, Secret::parse(SIGNING).expect("a secret")),
            settings: settings(&resend()),
            store: Store::default(),
            published: Rc::default(),
            faults: RefCell::default(),
            log: RefCell::default(),
            webhook: RefCell::default(),
        };
        shop.store.publish(&store::teahouse());
        let offers = DefineOffers {
            currency: "EUR".to_owned(),
            offers: vec![OfferDefinition {
                sku: "tea".to_owned(),
                title: "Best <tea>".to_owned(),
                slug: "tea".to_owned(),
                unit_price: 1_299,
                backorder: false,
                initial_units: 1_000,
                facts: Vec::new(),
                prices: Vec::new(),
            }],
            withdrawn: Vec::new(),
        };
        let reply = shop.ask_origin("POST", origin::OFFERS_PATH, &offers);
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
        shop
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// Places an order of two units; its number.
    pub(crate) fn place(&self, key: u8, buyer: &Buyer) -> String {
        let submit = SubmitOrder {
            asked_by: Default::default(),
            terms: None,
            payment_min: None,
            home: None,
            key: key.to_string(),
            fingerprint: key.to_string(),
            id: format!("18BCFE56800-01010101{key:02}"),
            currency: None,
            lines: vec![SubmitLine {
                sku: "tea".to_owned(),
                quantity: 2,
                expected_price: None,
                facts: None,
                options: Default::default(),
            }],
            details: OrderDetails {
                customer: Customer {
                    name: "Li <Lei>".to_owned(),
                    email: buyer.email.to_owned(),
                },
                shipping_address: Address {
                    country: "CN".to_owned(),
                    region: "Zhejiang".to_owned(),
                    city: "Hangzhou".to_owned(),
                    postal_code: "310000".to_owned(),
                    line1: "1 Wensan Road".to_owned(),
                    line2: String::new(),
                },
                delivery: "standard".to_owned(),
                payment: buyer.payment,
                language: buyer.language.map(str::to_owned),
                note: None,
                texts: Default::default(),
            },
            quote: None,
            ticket: None,
        };
        match read::<SubmitReply>(&self.ask_origin("POST", origin::ORDERS_PATH, &submit)) {
            SubmitReply::Accepted { order, .. } => order.id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn change(&self, order: &str, key: &str, action: Action) {
        let change = ChangeOrder {
            key: key.to_owned(),
            order: order.to_owned(),
            by: Actor::Staff,
            by_name: None,
            action,
        };
        match read::<ChangeReply>(&self.ask_origin("POST", origin::CHANGES_PATH, &change)) {
            ChangeReply::Done { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn lapse(&self) {
        let reply = self.ask_origin("POST", origin::TICK_PATH, &());
        assert_eq!(reply.status(), StatusCode::OK);
    }

    pub(crate) fn record(&self, order: &str) -> OrderRecord {
        let path = format!("{}?id={order}", origin::RECORD_PATH);
        read(&self.ask_origin("GET", &path, &()))
    }

    pub(crate) fn depth(&self) -> QueueDepth {
        let depths: Vec<QueueDepth> = read(&self.ask_origin("GET", origin::BACKLOG_PATH, &()));
        let depth = depths.into_iter().find(|depth| depth.queue == Queue::Mails);
        depth.expect("every queue is reported")
    }

    /// Does what is due; an error of the origin is one of the function.
    pub(crate) fn work(&self) -> Result<MailReport, StatusCode> {
        let response = self.call(request("POST", WORK_PATH, &()));
        match response.status() {
            StatusCode::OK => Ok(read(&response)),
            status => Err(status),
        }
    }

    /// Does what is due until nothing is, while time passes.
    pub(crate) fn work_off(&self) {
        for _ in 0..40 {
            let depth = self.depth();
            if depth.waiting == 0 && depth.next_due_ms.is_none() {
                return;
            }
            let _ = self.work();
            self.pass(VISIBILITY_MS);
        }
        panic!("mails are still due: {:?}", self.depth());
    }

    pub(crate) fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let log = |line: &str| self.log.borrow_mut().push(line.to_owned());
        let figures = Figures::default();
        let texts = PublishedTexts::new(self, &self.published);
        block_on(handle(request, self, &texts, &self.settings, &figures, log))
    }

    /// Delivers an event of the provider.
    pub(crate) fn hear(&self, event: &Event) -> StatusCode {
        let mut request = Request::post(EVENTS_PATH);
        for (name, value) in self.outbox.signature(event, self.now_ms.get() / 1_000) {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(event.body.clone()));
        self.call(request.expect("a request")).status()
    }

    /// Messages that are still in the queue, dead ones among them.
    pub(crate) fn left(&self) -> i64 {
        let sql = "SELECT count(*) FROM message WHERE queue = 'mails'";
        self.origin.number(sql)
    }

    /// The kinds of the mails that were sent, in order.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let messages = self.outbox.messages().into_iter();
        messages.map(|message| message.kind).collect()
    }

    /// The only mail of a kind.
    pub(crate) fn mail(&self, kind: &str) -> Message {
        let mut messages = self.outbox.messages();
        messages.retain(|message| message.kind == kind);
        assert_eq!(messages.len(), 1, "{kind}: {:?}", self.kinds());
        messages.remove(0)
    }

    fn ask_origin(&self, method: &str, path: &str, body: &impl Serialize) -> Response<Bytes> {
        let request = request(method, path, body);
        block_on(carry_out(&self.origin, &request, self.now_ms.get()))
    }

    fn take_fault(&self, path: &str) -> Option<OriginFault> {
        let mut faults = self.faults.borrow_mut();
        let place = faults.iter().position(|(end, _)| path.ends_with(end))?;
        faults.remove(place).map(|(_, fault)| fault)
    }
}

pub(crate) fn request(method: &str, path: &str, body: &impl Serialize) -> Request<Bytes> {
    let body = match method {
        "GET" => Vec::new(),
        _ => serde_json::to_vec(body).expect("plain structs become JSON"),
    };
    let request = Request::builder().method(method).uri(path);
    request.body(body.into()).expect("a request")
}

pub(crate) fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> T {
    let text = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), StatusCode::OK, "{text}");
    serde_json::from_slice(response.body()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl CatalogueStore for Shop {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        self.store.read(key)
    }
}

impl OutboundHttp for Shop {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        if request.uri().host() == Some("mails.shop.example") {
            self.webhook.borrow_mut().push(request);
            return Ok(Response::new(Bytes::new()));
        }
        assert_eq!(request.uri().to_string(), "https://api.resend.com/emails");
        let response = self.outbox.answer(&request, self.now_ms.get()).response;
        response.ok_or_else(|| PortError::Transient(format!("lost on the way to {EMAIL}")))
    }
}

impl OriginClient for Shop {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let fault = self.take_fault(request.uri().path());
        if fault == Some(OriginFault::RequestLost) {
            return Err(PortError::Transient("the request is lost".to_owned()));
        }
        let response = carry_out(&self.origin, &request, self.now_ms.get()).await;
        match fault {
            Some(_) => Err(PortError::Transient("the reply is lost".to_owned())),
            None => Ok(response),
        }
    }
}

impl Clock for Shop {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    async fn pause_ms(&self, ms: u32) {
        // A deadline is never reached: what is waited for here is there at once. Pauses between
        // attempts are short.
        if ms > 1_000 {
            futures::future::pending().await
        }
    }
}

impl Randomness for Shop {
    fn random_bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}
