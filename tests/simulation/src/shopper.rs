//! Shoppers: they place orders, send them again when they hear nothing, pay, cancel, look.

use std::rc::Rc;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use souk_protocol::origin::{Action, Actor, CHANGES_PATH, ChangeOrder, ChangeReply, PaymentMethod};
use souk_protocol::public::{Address, Customer};

use crate::executor::Node;
use crate::provider;
use crate::seen::{self, Receipt, Submission, Wish};
use crate::sold_out_holds;
use crate::world::{Lost, World};

/// What every shopper is called.
pub(crate) const NAME: &str = "Li Na";

/// What became of an attempt to place an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is placed.
    Placed(Receipt),
    /// It is not: the kind of the problem.
    Refused(String),
    /// A SKU is under a sold-out hold.
    OnSoldOutHold,
    /// The key belongs to another wish.
    KeyReused,
}

impl Wish {
    /// What chance wants.
    pub(crate) fn draw(world: &World) -> Self {
        use PaymentMethod as M;
        let random = &world.random;
        let line = || {
            let sku = random.index(world.plan.skus);
            let quantity = u32::try_from(random.between(1, 4)).expect("small");
            (format!("sku-{sku}"), quantity)
        };
        Self {
            lines: (0..random.between(1, 3)).map(|_| line()).collect(),
            method: *random.pick(&[M::OnDelivery, M::Transfer, M::Card, M::Card]),
        }
    }
}

/// One shopper's day.
pub(crate) async fn shop(world: Rc<World>, number: usize) {
    for turn in 0..world.plan.orders_each {
        world.executor.sleep(world.random.between(0, 300_000)).await;
        let key = format!("key-{number}-{turn}");
        let wish = Wish::draw(&world);
        let Ok(Answer::Placed(receipt)) = place(&world, &key, &wish, 6).await else {
            continue;
        };
        if world.random.chance(200) {
            let other = Wish {
                lines: vec![("sku-0".to_owned(), 5)],
                ..wish.clone()
            };
            // A sold-out hold refuses as well, and does not know that key: see
            // `sold_out_holds::check`.
            if let Ok(answer @ (Answer::Placed(_) | Answer::Refused(_))) =
                place(&world, &key, &other, 3).await
            {
                world.fail("a key belongs to one content", format!("{key}: {answer:?}"));
            }
        }
        after(&world, &key, &wish, &receipt).await;
    }
}

/// What shoppers do with an order that they have.
async fn after(world: &Rc<World>, key: &str, wish: &Wish, receipt: &Receipt) {
    if wish.method == PaymentMethod::Card && world.random.chance(850) {
        world.executor.sleep(world.random.between(0, 60_000)).await;
        let (task, receipt) = (Rc::clone(world), receipt.clone());
        // A shopper on the provider's page may go on in the shop beside it.
        world.start(async move { provider::pay(&task, &receipt).await });
    }
    if world.random.chance(250) {
        world.executor.sleep(world.random.between(0, 60_000)).await;
        let line = world.random.index(wish.lines.len());
        let most = i64::from(wish.lines[line].1);
        let quantity = u32::try_from(world.random.between(0, most)).expect("small");
        change(world, receipt, Action::SetQuantity { line, quantity }).await;
    }
    if world.random.chance(200) {
        world.executor.sleep(world.random.between(0, 60_000)).await;
        cancel(world, receipt).await;
    }
    if world.random.chance(300) {
        world.executor.sleep(world.random.between(0, 600_000)).await;
        ask_again(world, key, wish).await;
    }
    let found = seen::look(world, &receipt.id).await;
    if found == Ok(None) {
        world.fail(
            "acknowledged survives",
            format!("{key}: {} is gone", receipt.id),
        );
    }
}

/// The same again gives the same order, which `seen::placed` checks.
pub(crate) async fn ask_again(world: &Rc<World>, key: &str, wish: &Wish) {
    match place(world, key, wish, 3).await {
        Ok(Answer::Placed(_)) | Err(Lost) => {}
        Ok(answer) => world.fail("acknowledged survives", format!("{key}: {answer:?}")),
    }
}

pub(crate) async fn cancel(world: &Rc<World>, receipt: &Receipt) {
    let reason = "changed my mind".to_owned();
    change(world, receipt, Action::Cancel { reason }).await;
}

/// Changes an order of the shopper's own.
async fn change(world: &Rc<World>, receipt: &Receipt, action: Action) {
    let key = match action {
        // Keys are the client's own choice, also those that the shop itself uses elsewhere.
        Action::Cancel { .. } => *world.random.pick(&["changed my mind", "expire"]),
        _ => "fewer",
    };
    let asked = ChangeOrder {
        key: key.to_owned(),
        order: receipt.id.clone(),
        by: Actor::Shopper,
        by_name: None,
        action,
    };
    world.note(|| format!("shopper changes {}: {:?}", receipt.id, asked.action));
    match world.insist(CHANGES_PATH, Some(&asked), 4).await {
        Ok(ChangeReply::Done { record } | ChangeReply::Already { record }) => {
            seen::record(world, &record);
        }
        Ok(ChangeReply::Illegal { .. }) | Err(Lost) => {}
        Ok(reply @ (ChangeReply::UnknownOrder | ChangeReply::KeyUsedForOtherChange)) => {
            world.fail(
                "a shopper may change an order of their own",
                format!("{reply:?}"),
            );
        }
    }
}

/// Places an order, with the same key until there is an answer, at most so often.
pub(crate) async fn place(
    world: &Rc<World>,
    key: &str,
    wish: &Wish,
    attempts: u32,
) -> Result<Answer, Lost> {
    let submission = Submission {
        wish: wish.clone(),
        placed: None,
        is_unknown: false,
    };
    world
        .seen
        .borrow_mut()
        .submissions
        .entry(key.to_owned())
        .or_insert(submission);
    for attempt in 1..=attempts {
        let answer = order(world, key, wish).await;
        world.note(|| format!("shopper sends {key} {:?}: {answer:?}", wish.lines));
        if let Ok(answer) = answer {
            if let Answer::Placed(receipt) = &answer {
                seen::placed(world, key, receipt);
            }
            return Ok(answer);
        }
        if let Some(submission) = world.seen.borrow_mut().submissions.get_mut(key) {
            submission.is_unknown = true;
        }
        let pause = world.random.between(100, 1_000) << attempt.min(6);
        world.executor.sleep(pause).await;
    }
    Err(Lost)
}

/// One attempt through the public API of some instance.
async fn order(world: &Rc<World>, key: &str, wish: &Wish) -> Result<Answer, Lost> {
    let lines: Vec<_> = wish
        .lines
        .iter()
        .map(|(sku, quantity)| json!({"sku": sku, "quantity": quantity}))
        .collect();
    let method = match wish.method {
        PaymentMethod::OnDelivery => "on_delivery",
        PaymentMethod::Transfer => "transfer",
        PaymentMethod::Card => "card",
    };
    let customer = customer();
    let body = json!({
        "lines": lines, "customer": customer.0, "shipping_address": customer.1,
        "delivery": "standard", "payment": {"method": method},
    });
    let own = souk_storefront::key_of_client(EMAIL, key);
    world.seen.borrow_mut().sent.insert(own, key.to_owned());
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/orders")
        .header("host", "shop.localhost")
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Bytes::from(body.to_string()))
        .expect("a request");
    let edge = world.random.index(world.plan.edges);
    let response = world.call(Node::Edge(edge), request).await?;
    let status = response.status().as_u16();
    let said: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let kind = text("type");
    match (status, kind.trim_start_matches("/problems/")) {
        (200 | 201, _) => Ok(Answer::Placed(Receipt {
            id: text("id"),
            token: text("token"),
            total: said["total"]["amount"].as_i64().unwrap_or_default(),
        })),
        (409 | 422, "idempotency-key-reused") => Ok(Answer::KeyReused),
        // While clocks are too far apart a sold-out hold proves nothing. It is over soon.
        (409, "sold-out") if response.headers().contains_key(sold_out_holds::DOUBT) => {
            world
                .executor
                .sleep(souk_stock_signals::sold_out_hold::DURATION_MS)
                .await;
            Err(Lost)
        }
        (409, "sold-out") if response.headers().contains_key("retry-after") => {
            Ok(Answer::OnSoldOutHold)
        }
        (_, kind @ ("sold-out" | "price-changed" | "unknown-sku")) => {
            Ok(Answer::Refused(kind.to_owned()))
        }
        (503, _) => Err(Lost),
        _ => {
            world.fail(
                "the storefront answers a good order",
                format!("{key}: {status} {said}"),
            );
            Err(Lost)
        }
    }
}

/// Of every shopper.
pub(crate) const EMAIL: &str = "li.na@example.com";

fn customer() -> (Customer, Address) {
    let customer = Customer {
        name: NAME.to_owned(),
        email: EMAIL.to_owned(),
    };
    let address = Address {
        country: "CN".to_owned(),
        region: "Zhejiang".to_owned(),
        city: "Hangzhou".to_owned(),
        postal_code: "310000".to_owned(),
        line1: "1 West Lake Road".to_owned(),
        line2: String::new(),
    };
    (customer, address)
}
