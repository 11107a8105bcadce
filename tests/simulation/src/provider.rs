//! Payments by card: the production code in between, a provider that loses requests and answers,
//! and whose news come late, twice and in any order.
//!
//! The provider is the one that developers use on their own machine, as plain data: it is the truth
//! about money.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_payment_sandbox::{CardBehaviour, Config, Sandbox};
use souk_payments_stripe::{SIGNATURE_HEADER, Settings, Stripe, WEBHOOK_PATH};
use souk_ports::{Clock, OriginClient, OutboundHttp, PortError, Randomness};
use souk_protocol::payments::{
    BEGIN_PATH, BeginPayment, BeginReply, RETURNED_PATH, ReturnedReply, ShopperReturned,
};

use crate::executor::Node;
use crate::seen::{self, Receipt};
use crate::world::{Lost, World};

const SECRET_KEY: &str = "sk_test_simulation";
const WEBHOOK_SECRET: &str = "whsec_simulation";
/// Where the provider is; no server listens there.
const ADDRESS: &str = "http://127.0.0.1:9";
/// Deliveries of one event at most; a provider goes on for days.
const DELIVERIES_MAX: u32 = 60;

/// A provider that no shopper has used yet.
pub(crate) fn provider() -> Sandbox {
    Sandbox::new(Config {
        secret_key: SECRET_KEY.to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        own_address: ADDRESS.to_owned(),
    })
}

/// What the payments function is deployed with.
pub(crate) fn settings() -> Settings {
    Settings::new(SECRET_KEY, WEBHOOK_SECRET, "9", "")
        .expect("a sandbox and a test key")
        .taking_test_payments()
}

/// The payments function.
pub(crate) async fn answer(world: &Rc<World>, request: Request<Bytes>) -> Response<Bytes> {
    let ports = Ports(Rc::clone(world));
    let log = |line: &str| world.note(|| format!("   payments: {line}"));
    let stripe = Stripe::new(&ports, &world.payments);
    let figures = souk_payments::Figures::default();
    let response = souk_payments::handle(request, &ports, &[&stripe], &figures, log).await;
    let status = response.status();
    if status.is_server_error() && status != http::StatusCode::SERVICE_UNAVAILABLE {
        world.fail(
            "the payments function is never at a loss",
            status.to_string(),
        );
    }
    response
}

struct Ports(Rc<World>);

impl OriginClient for Ports {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let answer = self.0.ask_origin(self.0.plan.edges, request).await;
        answer.map_err(|_| PortError::Transient("lost".to_owned()))
    }
}

impl OutboundHttp for Ports {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let world = &self.0;
        let lost = || PortError::Transient("the provider did not answer".to_owned());
        world.travel().await;
        if world.goes_wrong(world.plan.lost_requests) {
            return Err(lost());
        }
        let reply = world.provider.answer(&request, world.executor.now_ms());
        world.travel().await;
        if world.goes_wrong(world.plan.lost_replies) {
            return Err(lost());
        }
        reply.response.ok_or_else(lost)
    }
}

impl Clock for Ports {
    fn now_ms(&self) -> i64 {
        self.0.executor.now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        self.0.executor.sleep(ms.into()).await;
    }
}

impl Randomness for Ports {
    fn random_bytes(&self) -> [u8; 16] {
        self.0.random_bytes()
    }
}

async fn ask<T: DeserializeOwned>(
    world: &Rc<World>,
    path: &str,
    message: &impl Serialize,
) -> Result<T, Lost> {
    let body = serde_json::to_vec(message).expect("plain structs");
    let request = Request::post(path).body(Bytes::from(body)).expect("a path");
    let response = world.call(Node::Payments, request).await?;
    match response.status().is_success() {
        true => serde_json::from_slice(response.body()).map_err(|_| Lost),
        false => Err(Lost),
    }
}

/// A shopper goes to the provider's page, pays there or not, and comes back or not.
pub(crate) async fn pay(world: &Rc<World>, receipt: &Receipt) {
    let begin = BeginPayment {
        order: receipt.id.clone(),
        return_url: "https://shop.example/paid?order=1".to_owned(),
        cancel_url: "https://shop.example/order".to_owned(),
        locale: "en".to_owned(),
    };
    for _ in 0..4 {
        match ask(world, BEGIN_PATH, &begin).await {
            Ok(BeginReply::Open { .. }) => break,
            Ok(BeginReply::NotPayable { record }) => return seen::record(world, &record),
            Ok(reply @ (BeginReply::UnknownOrder | BeginReply::Off)) => {
                return world.fail("acknowledged survives", format!("{receipt:?}: {reply:?}"));
            }
            Ok(BeginReply::Refused { .. }) => return,
            Err(Lost) => world.executor.sleep(world.random.between(100, 5_000)).await,
        }
    }
    // Most pay at once; some leave the page open for longer than their units are held.
    let think_ms = match world.random.chance(800) {
        true => world.random.between(1_000, 120_000),
        false => world.random.between(1_000, 25 * 60 * 1_000),
    };
    world.executor.sleep(think_ms).await;
    let now_ms = world.executor.now_ms();
    let pages = world.provider.open_pages_of(&receipt.id, now_ms);
    if pages.is_empty() {
        return;
    }
    let page = world.random.pick(&pages);
    let card = *world.random.pick(&[
        CardBehaviour::Pays,
        CardBehaviour::Pays,
        CardBehaviour::Pays,
        // Often: most shoppers try another card, and only what is left unpaid is an event.
        CardBehaviour::Declined,
        CardBehaviour::Declined,
        CardBehaviour::FailsCapture,
        CardBehaviour::RefundsSlowly,
        CardBehaviour::FailsRefund,
    ]);
    world.note(|| format!("shopper pays {} with a card that {card:?}", receipt.id));
    world.provider.pay(page, card, now_ms);
    if world.random.chance(500) {
        let returned = ShopperReturned {
            order: receipt.id.clone(),
            session: page.clone(),
            shop: "https://shop.example".to_owned(),
        };
        let _: Result<ReturnedReply, Lost> = ask(world, RETURNED_PATH, &returned).await;
    }
}

/// Delivers what the provider has to tell, for ever.
pub(crate) async fn tell_all(world: Rc<World>) {
    // There are days on which all of its news come after the hold is over.
    let is_slow = world.random.chance(300);
    loop {
        for event in world.provider.take_events(world.executor.now_ms()) {
            for _ in 0..1 + world.random.below(2) {
                let (task, body) = (Rc::clone(&world), event.body.clone());
                let late_ms = match is_slow || world.random.chance(200) {
                    true => world.random.between(1, 60 * 60 * 1_000),
                    false => world.random.between(1, 20_000),
                };
                world.executor.spawn(Node::Outside, async move {
                    task.executor.sleep(late_ms).await;
                    deliver(&task, body).await;
                });
            }
        }
        world
            .executor
            .sleep(world.random.between(500, 10_000))
            .await;
    }
}

async fn deliver(world: &Rc<World>, body: String) {
    for delivery in 1..=DELIVERIES_MAX {
        let signature = world
            .provider
            .signature(body.as_bytes(), world.executor.now_ms());
        let request = Request::post(WEBHOOK_PATH)
            .header(SIGNATURE_HEADER, signature)
            .body(Bytes::from(body.clone()))
            .expect("a request");
        let answer = world.call(Node::Payments, request).await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        let pause_ms = world.random.between(1_000, 5_000) << delivery.min(9);
        world.executor.sleep(pause_ms).await;
    }
}
