//! A shop with an origin and a provider, and what tests do in it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::Poll;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_memory_sqlite::Database;
use souk_order_store_sqlite::MIGRATIONS;
use souk_payment_sandbox::{CardBehaviour, Config, Event, PaymentSummary, Sandbox};
use souk_payments::{AnyProvider, Figures, handle};
use souk_payments_stripe::{SIGNATURE_HEADER, Settings, Stripe, WEBHOOK_PATH};
use souk_ports::{Clock, OriginClient, OutboundHttp, PortError, Randomness};
use souk_protocol::origin::{
    self, Action, Actor, AuditReport, ChangeOrder, ChangeReply, DefineOffers, OfferDefinition,
    OrderDetails, OrderRecord, PaymentMethod, Queue, QueueDepth, StockAccount, StockQuery,
    StockReport, SubmitLine, SubmitOrder, SubmitReply,
};
use souk_protocol::payments::{
    self, BeginPayment, BeginReply, ReturnedReply, ShopperReturned, WorkReport,
};

use crate::abacus::Abacus;
use crate::origin::carry_out;

/// When a shop opens, in milliseconds since 1970.
pub(crate) const DAWN_MS: i64 = 1_790_000_000_000;
/// How long the units of an order are held.
pub(crate) const HOLD_MS: i64 = 15 * 60 * 1000;
pub(crate) const PRICE: i64 = 1_299;
const SECRET_KEY: &str = "sk_test_of_the_tests";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// What happens to a message to the origin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OriginFault {
    RequestLost,
    ReplyLost,
    Busy,
}

pub(crate) struct Shop {
    pub(crate) now_ms: Cell<i64>,
    pub(crate) origin: Database,
    pub(crate) sandbox: Sandbox,
    pub(crate) stripe: Option<Settings>,
    pub(crate) abacus: Option<Abacus>,
    /// Whether the second provider is the one that opens new pages.
    pub(crate) abacus_first: Cell<bool>,
    /// For the next messages whose path ends so, first come first.
    pub(crate) origin_faults: RefCell<VecDeque<(&'static str, OriginFault)>>,
    pub(crate) log: RefCell<Vec<String>>,
    /// Scheme and host of the shop.
    pub(crate) address: &'static str,
    random: Cell<u8>,
}

/// A placed order.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) id: String,
}

impl Shop {
    /// Ten units of one thing, and a provider.
    pub(crate) fn open() -> Self {
        let shop = Self {
            now_ms: Cell::new(DAWN_MS),
            origin: Database::migrated(MIGRATIONS),
            sandbox: Sandbox::new(Config {
                secret_key: SECRET_KEY.to_owned(),
                webhook_secret: WEBHOOK_SECRET.to_owned(),
                own_address: "http://127.0.0.1:8797".to_owned(),
            }),
            stripe: Settings::new(SECRET_KEY, WEBHOOK_SECRET, "8797", "")
                .ok()
                .map(Settings::taking_test_payments),
            abacus: None,
            abacus_first: Cell::new(false),
            origin_faults: RefCell::default(),
            log: RefCell::default(),
            address: "https://shop.example",
            random: Cell::new(0),
        };
        shop.offer("tea", 10);
        shop
    }

    pub(crate) fn offer(&self, sku: &str, units: i64) {
        self.redefine(OfferDefinition {
            sku: sku.to_owned(),
            title: format!("Best {sku}"),
            slug: sku.to_owned(),
            unit_price: PRICE,
            backorder: false,
            initial_units: units,
            facts: Vec::new(),
            prices: Vec::new(),
        });
    }

    pub(crate) fn redefine(&self, offer: OfferDefinition) {
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: vec![offer],
            withdrawn: Vec::new(),
        };
        let reply = self.ask_origin("POST", origin::OFFERS_PATH, &offers);
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// Places an order that is to be paid by card.
    pub(crate) fn place(&self, key: &str, quantity: u32) -> Placed {
        self.place_by(key, quantity, PaymentMethod::Card)
    }

    pub(crate) fn place_by(&self, key: &str, quantity: u32, payment: PaymentMethod) -> Placed {
        self.submit(key, quantity, payment, "lilei@example.com")
    }

    pub(crate) fn place_with_email(&self, key: &str, email: &str) -> Placed {
        self.submit(key, 1, PaymentMethod::Card, email)
    }

    fn submit(&self, key: &str, quantity: u32, payment: PaymentMethod, email: &str) -> Placed {
        let submit = SubmitOrder {
            terms: None,
            asked_by: Default::default(),
            payment_min: None,
            home: None,
            key: key.to_owned(),
            fingerprint: key.to_owned(),
            id: format!("order-{key}"),
            currency: None,
            lines: vec![SubmitLine {
                sku: "tea".to_owned(),
                quantity,
                expected_price: None,
                facts: None,
                options: Default::default(),
            }],
            details: OrderDetails {
                customer: souk_protocol::public::Customer {
                    name: "Li Lei".to_owned(),
                    email: email.to_owned(),
                },
                shipping_address: souk_protocol::public::Address {
                    country: "CN".to_owned(),
                    region: "Zhejiang".to_owned(),
                    city: "Hangzhou".to_owned(),
                    postal_code: "310000".to_owned(),
                    line1: "1 Wensan Road".to_owned(),
                    line2: String::new(),
                },
                delivery: "standard".to_owned(),
                payment,
                language: None,
                note: None,
                texts: Default::default(),
            },
            quote: None,
            ticket: None,
        };
        let reply = self.ask_origin("POST", origin::ORDERS_PATH, &submit);
        match read::<SubmitReply>(&reply) {
            SubmitReply::Accepted { order, .. } => Placed { id: order.id },
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn begin(&self, order: &Placed) -> BeginReply {
        read(&block_on(self.begin_async(order, "en")))
    }

    pub(crate) async fn begin_async(&self, order: &Placed, locale: &str) -> Response<Bytes> {
        let begin = BeginPayment {
            order: order.id.clone(),
            return_url: format!("{}/orders/{}?token=t", self.address, order.id),
            cancel_url: format!("https://shop.example/orders/{}?token=t", order.id),
            locale: locale.to_owned(),
        };
        self.call(request("POST", payments::BEGIN_PATH, &begin))
            .await
    }

    /// Opens a page; gives its name.
    pub(crate) fn page(&self, order: &Placed) -> String {
        match self.begin(order) {
            BeginReply::Open { url } => url.rsplit('/').next().expect("a name").to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// A shopper pays on a page and does not return to the shop.
    pub(crate) fn pay(&self, page: &str, card: CardBehaviour) {
        self.sandbox.pay(page, card, self.now_ms.get());
    }

    pub(crate) fn returned(&self, order: &Placed, page: &str) -> ReturnedReply {
        read(&block_on(self.returned_async(order, page)))
    }

    pub(crate) async fn returned_async(&self, order: &Placed, page: &str) -> Response<Bytes> {
        let returned = ShopperReturned {
            order: order.id.clone(),
            session: page.to_owned(),
            shop: self.address.to_owned(),
        };
        self.call(request("POST", payments::RETURNED_PATH, &returned))
            .await
    }

    /// Delivers every event of the provider once, in order.
    pub(crate) fn hear_everything(&self) {
        loop {
            let events = self.sandbox.take_events(self.now_ms.get());
            if events.is_empty() {
                return;
            }
            for event in events {
                assert_eq!(self.hear(&event), StatusCode::OK, "{}", event.kind);
            }
        }
    }

    pub(crate) fn hear(&self, event: &Event) -> StatusCode {
        block_on(self.hear_async(event)).status()
    }

    pub(crate) async fn hear_async(&self, event: &Event) -> Response<Bytes> {
        let signature = self
            .sandbox
            .signature(event.body.as_bytes(), self.now_ms.get());
        self.webhook(&signature, event.body.clone()).await
    }

    pub(crate) async fn webhook(&self, signature: &str, body: String) -> Response<Bytes> {
        let request = Request::post(WEBHOOK_PATH)
            .header(SIGNATURE_HEADER, signature)
            .body(Bytes::from(body));
        self.call(request.expect("a request")).await
    }

    /// What the scheduler does: expires holds, and does the provider's work.
    pub(crate) fn tick(&self) -> WorkReport {
        let reply = self.ask_origin("POST", origin::TICK_PATH, &());
        assert_eq!(reply.status(), StatusCode::OK);
        self.work()
    }

    pub(crate) fn work(&self) -> WorkReport {
        read(&block_on(self.call(request(
            "POST",
            payments::WORK_PATH,
            &(),
        ))))
    }

    pub(crate) async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let log = |line: &str| self.log.borrow_mut().push(line.to_owned());
        let settings = self.stripe.as_ref();
        let stripe = settings.map(|settings| Stripe::new(self, settings));
        let stripe = stripe.as_ref().map(|stripe| stripe as &dyn AnyProvider);
        let abacus = self.abacus.as_ref();
        let abacus = abacus.map(|abacus| abacus as &dyn AnyProvider);
        let mut providers: Vec<_> = stripe.into_iter().chain(abacus).collect();
        if self.abacus_first.get() {
            providers.reverse();
        }
        handle(request, self, &providers, &Figures::default(), log).await
    }

    /// A change of an order, by the staff or another caller.
    pub(crate) fn change(&self, order: &Placed, key: &str, action: Action) -> OrderRecord {
        self.change_by(Actor::Staff, order, key, action)
    }

    /// A change by the buyer.
    pub(crate) fn edit(&self, order: &Placed, key: &str, action: Action) -> OrderRecord {
        self.change_by(Actor::Shopper, order, key, action)
    }

    fn change_by(&self, by: Actor, order: &Placed, key: &str, action: Action) -> OrderRecord {
        let change = ChangeOrder {
            key: key.to_owned(),
            order: order.id.clone(),
            by,
            by_name: None,
            action,
        };
        match read(&self.ask_origin("POST", origin::CHANGES_PATH, &change)) {
            ChangeReply::Done { record } => *record,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn record(&self, order: &Placed) -> OrderRecord {
        let path = format!("{}?id={}", origin::RECORD_PATH, order.id);
        read(&self.ask_origin("GET", &path, &()))
    }

    pub(crate) fn stock(&self) -> StockAccount {
        let query = StockQuery {
            skus: vec!["tea".to_owned()],
        };
        let report: StockReport = read(&self.ask_origin("POST", origin::STOCK_PATH, &query));
        report.accounts.into_iter().next().expect("tea is sold")
    }

    /// The messages that wait for the provider, and those that wait for the staff.
    pub(crate) fn backlog(&self) -> QueueDepth {
        let depths: Vec<QueueDepth> = read(&self.ask_origin("GET", origin::BACKLOG_PATH, &()));
        let mut depths = depths.into_iter();
        let of_payments = depths.find(|depth| depth.queue == Queue::Payments);
        of_payments.expect("every queue is reported")
    }

    /// The one payment that took or holds money of an order.
    pub(crate) fn payment(&self, order: &Placed) -> PaymentSummary {
        let mut payments = self.sandbox.payments_of(&order.id);
        payments.retain(|payment| payment.status != "canceled");
        assert_eq!(payments.len(), 1, "{payments:?}");
        payments.remove(0)
    }

    /// The books add up, and agree with the provider's.
    pub(crate) fn audit(&self) {
        let report: AuditReport = read(&self.ask_origin("GET", origin::AUDIT_PATH, &()));
        assert_eq!(report.drift, Vec::new());
        let all = self.sandbox.payments();
        let abacus = self.abacus.as_ref().map(Abacus::sums).unwrap_or_default();
        let captured: i64 = all.iter().map(|payment| payment.captured).sum();
        let refunded: i64 = all.iter().flat_map(|payment| &payment.refunds).sum();
        let refunded = refunded + self.sandbox.lost_by_disputes();
        let sum = |column: &str| {
            let sql = format!("SELECT coalesce(sum({column}), 0) FROM order_state");
            self.origin.number(&sql)
        };
        assert_eq!(sum("captured"), captured + abacus.captured, "captured");
        assert_eq!(sum("refunded"), refunded + abacus.refunded, "refunded");
        let authorised = self.authorised() + abacus.authorised;
        assert_eq!(sum("authorised"), authorised, "authorised");
    }

    fn authorised(&self) -> i64 {
        let all = self.sandbox.payments();
        let held = all
            .iter()
            .filter(|payment| payment.status == "requires_capture");
        held.map(|payment| payment.amount).sum()
    }

    fn ask_origin(&self, method: &str, path: &str, body: &impl Serialize) -> Response<Bytes> {
        let request = request(method, path, body);
        block_on(carry_out(&self.origin, &request, self.now_ms.get()))
    }

    fn take_fault(&self, path: &str) -> Option<OriginFault> {
        let mut faults = self.origin_faults.borrow_mut();
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

/// Pending once, then ready: a place where others may go first.
async fn yield_once() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn lost<T>(what: &str) -> Result<T, PortError> {
    Err(PortError::Transient(format!("{what} is lost")))
}

impl OutboundHttp for Shop {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        assert_eq!(request.uri().host(), Some("127.0.0.1"));
        assert_eq!(
            request.headers()["stripe-version"],
            souk_payments_stripe::API_VERSION
        );
        yield_once().await;
        let reply = self.sandbox.answer(&request, self.now_ms.get());
        yield_once().await;
        let after_ms = i64::try_from(reply.after.as_millis()).expect("a short time");
        if after_ms > 0 {
            let due_ms = self.now_ms.get() + after_ms;
            while self.now_ms.get() < due_ms {
                yield_once().await;
            }
        }
        reply.response.map_or_else(|| lost("the connection"), Ok)
    }
}

impl OriginClient for Shop {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        yield_once().await;
        let fault = self.take_fault(request.uri().path());
        match fault {
            Some(OriginFault::RequestLost) => return lost("the request"),
            Some(OriginFault::Busy) => {
                let busy = Response::builder().status(503).body(Bytes::new());
                return Ok(busy.expect("a response"));
            }
            Some(OriginFault::ReplyLost) | None => {}
        }
        let response = carry_out(&self.origin, &request, self.now_ms.get()).await;
        yield_once().await;
        match fault {
            Some(OriginFault::ReplyLost) => lost("the reply"),
            Some(OriginFault::RequestLost | OriginFault::Busy) | None => Ok(response),
        }
    }
}

impl Clock for Shop {
    fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// Short pauses pass at once; a long one is a deadline, and never comes before an answer that
    /// is under way.
    async fn pause_ms(&self, ms: u32) {
        if ms < 1_000 {
            return yield_once().await;
        }
        std::future::pending().await
    }
}

impl Randomness for Shop {
    fn random_bytes(&self) -> [u8; 16] {
        self.random.set(self.random.get().wrapping_add(37));
        [self.random.get(); 16]
    }
}
