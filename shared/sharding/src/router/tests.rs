//! The router over stores with scripted answers.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::StatusCode;
use serde::Serialize;
use souk_protocol::origin::{ChangeReply, Claim, Message, Queue};
use souk_protocol::shards::{
    Grow, GrowReply, GrowthRound, MoreShards, SHARDS_PARAMETER, ShardsReport,
};

use super::*;
use crate::layout::name_order;

type Answered = Result<Response<Bytes>, PortError>;

/// Stores of which one does not answer, with messages on some of them.
#[derive(Default)]
struct Stores {
    silent: Option<Address>,
    /// How many shards there are; 0: as many as the router believes.
    shards: u16,
    /// How many there are to be.
    growing_to: Option<u16>,
    /// How many requests must be under way before any is answered.
    together: usize,
    under_way: Cell<usize>,
    most_under_way: Cell<usize>,
    messages: RefCell<BTreeMap<Address, u32>>,
    asked: RefCell<Vec<Address>>,
    /// Steps in which shard 1 has something left to give.
    left: Cell<u32>,
}

/// Stores of so many shards.
fn of(shards: u16) -> Stores {
    Stores {
        shards,
        ..Stores::default()
    }
}

impl Stores {
    fn answer(&self, to: Address, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let mut query = form_urlencoded::parse(query.as_bytes());
        let routed = query.find(|(name, _)| name == SHARDS_PARAMETER);
        let routed = routed.map(|(_, number)| number.parse::<u16>().expect("a number"));
        let is_shard = matches!(to, Address::Shard(_));
        assert_eq!(routed.is_some(), is_shard, "{to:?}");
        let layout = Layout {
            shards: self.shards,
            growing_to: self.growing_to,
        };
        let is_of_shards = request.uri().path().starts_with(shards::LAYOUT_PATH);
        if !is_of_shards && routed.is_some_and(|routed| routed < layout.all()) {
            let mut refusal = json(&MoreShards { layout });
            *refusal.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            return refusal;
        }
        match request.uri().path() {
            origin::CLAIM_PATH => json(&self.claim(to, request)),
            origin::CHANGES_PATH => json(&<ChangeReply>::UnknownOrder),
            shards::LAYOUT_PATH => json(&ShardsReport {
                layout,
                deployed: 1,
            }),
            shards::BEGIN_GROWTH_PATH => json(&GrowReply::Growing {
                layout,
                round: GrowthRound::default(),
                done: 0,
            }),
            shards::END_GROWTH_PATH => json(&Layout {
                shards: layout.all(),
                growing_to: None,
            }),
            shards::GROWTH_ROUND_PATH => json(&GrowthRound {
                skus: 1,
                keys: 2,
                more: self.left.get() > 0 && to == Address::Shard(1),
            }),
            _ => json(&TickReport::default()),
        }
    }

    fn claim(&self, from: Address, request: &Request<Bytes>) -> Vec<Message> {
        let claim: Claim = serde_json::from_slice(request.body()).expect("a claim");
        assert!(claim.limit > 0, "nothing is asked for");
        let mut messages = self.messages.borrow_mut();
        let left = messages.entry(from).or_default();
        let count = claim.limit.min(*left);
        *left -= count;
        let message = |number: u32| Message {
            id: number.into(),
            order: from.name(),
            sequence: 0,
            attempts: 1,
            news: None,
        };
        (0..count).map(message).collect()
    }
}

impl ShardClient for Stores {
    async fn ask(&self, to: Address, request: Request<Bytes>) -> Answered {
        self.asked.borrow_mut().push(to);
        let (now, together) = (self.under_way.get() + 1, self.together);
        self.under_way.set(now);
        self.most_under_way.set(self.most_under_way.get().max(now));
        let all_here = |context: &mut Context<'_>| {
            if self.most_under_way.get() >= together {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        };
        std::future::poll_fn(all_here).await;
        self.under_way.set(self.under_way.get() - 1);
        match self.silent == Some(to) {
            true => Err(PortError::Transient("silent".to_owned())),
            false => Ok(self.answer(to, &request)),
        }
    }
}

impl Clock for Stores {
    fn now_ms(&self) -> i64 {
        1
    }

    async fn pause_ms(&self, _: u32) {}
}

/// Sends by a router that knows of so many shards.
fn send(stores: &Stores, shards: u16, path: &str, message: &impl Serialize) -> Answered {
    let known = Known(Cell::new(Some(open(shards))));
    send_knowing(&known, stores, shards, path, message)
}

fn open(shards: u16) -> Layout {
    Layout {
        shards,
        growing_to: None,
    }
}

fn send_knowing(
    known: &Known,
    stores: &Stores,
    shards: u16,
    path: &str,
    message: &impl Serialize,
) -> Answered {
    let router = Router::new(stores, known, shards);
    answered(router.send(post(path, message)))
}

fn answered(sent: impl Future<Output = Answered>) -> Answered {
    let mut sent = pin!(sent);
    // More looks than any of these needs.
    for _ in 0..1_000 {
        if let Poll::Ready(answered) = sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answered;
        }
    }
    panic!("stores wait for each other that are asked one after the other")
}

fn claim(limit: u32) -> Claim {
    Claim {
        queue: Queue::Payments,
        limit,
        visibility_ms: 30_000,
        order: None,
    }
}

/// Which stores send messages, and how many.
fn claimed(stores: &Stores, shards: u16, limit: u32) -> BTreeMap<String, usize> {
    let answer = send(stores, shards, origin::CLAIM_PATH, &claim(limit)).expect("an answer");
    let messages: Vec<Message> = serde_json::from_slice(answer.body()).expect("messages");
    let mut counts = BTreeMap::new();
    for message in messages {
        *counts.entry(message.order).or_default() += 1;
    }
    counts
}

#[test]
fn a_tick_wakes_every_shard_that_answers() {
    let silent = Some(Address::Shard(1));
    let stores = Stores { silent, ..of(3) };
    assert!(send(&stores, 3, origin::TICK_PATH, &()).is_err());
    assert_eq!(stores.asked.take(), [0, 1, 2].map(Address::Shard));
}

#[test]
fn one_shard_gets_everything_as_it_is() {
    let stores = Stores::default();
    for path in [origin::ORDERS_PATH, origin::OFFERS_PATH, origin::TICK_PATH] {
        assert!(send(&stores, 1, path, &()).is_ok(), "{path}");
        assert_eq!(stores.asked.take(), [Address::Shard(0)], "{path}");
    }
}

#[test]
fn the_storefront_reaches_what_it_asks_for_and_nothing_else() {
    let stores = of(3);
    let known = Known(Cell::new(Some(open(3))));
    let send = |path: &str| {
        let router = Router::new(&stores, &known, 3);
        answered(router.send_of_shop(post(path, &())))
    };
    let record = format!("{}?id={}", origin::RECORD_PATH, name_order("8Z-AB", 2));
    for (path, shard) in [(record.as_str(), 2), (origin::PUBLICATIONS_PATH, 0)] {
        assert!(send(path).is_ok(), "{path}");
        assert_eq!(stores.asked.take(), [Address::Shard(shard)], "{path}");
    }
    let change = BTreeMap::from([("order", name_order("8Z-AB", 2))]);
    let router = Router::new(&stores, &known, 3);
    let changed = answered(router.send_of_shop(post(origin::CHANGES_PATH, &change)));
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(stores.asked.take(), [Address::Shard(2)]);
    for path in [
        origin::TICK_PATH,
        origin::CLAIM_PATH,
        origin::SETTLE_PATH,
        shards::GROW_PATH,
    ] {
        let answer = send(path);
        assert!(matches!(answer, Err(PortError::Unsupported(_))), "{path}");
        assert!(stores.asked.take().is_empty(), "{path}");
    }
}

#[test]
fn payments_reach_what_they_ask_for_and_nothing_else() {
    let stores = of(3);
    let known = Known(Cell::new(Some(open(3))));
    let router = Router::new(&stores, &known, 3);
    let settlements = post(origin::SETTLE_PATH, &[(); 0]);
    assert!(answered(router.send_of_payments(settlements)).is_ok());
    let claimed = post(origin::CLAIM_PATH, &claim(9));
    assert!(answered(router.send_of_payments(claimed)).is_ok());
    assert_eq!(stores.asked.take(), [1, 2, 0].map(Address::Shard));
    for path in [origin::ORDERS_PATH, origin::TICK_PATH, shards::GROW_PATH] {
        let answer = answered(router.send_of_payments(post(path, &())));
        assert!(matches!(answer, Err(PortError::Unsupported(_))), "{path}");
        assert!(stores.asked.take().is_empty(), "{path}");
    }
}

#[test]
fn ushers_ask_how_a_session_stands_and_nothing_else() {
    let stores = of(3);
    let known = Known(Cell::new(Some(open(3))));
    let router = Router::new(&stores, &known, 3);
    let asked = answered(router.send_of_usher(post(origin::SESSION_PATH, &())));
    assert!(asked.is_ok(), "{asked:?}");
    assert_eq!(stores.asked.take(), [Address::Shard(0)]);
    for path in [origin::ORDERS_PATH, origin::TICK_PATH, shards::GROW_PATH] {
        let answer = answered(router.send_of_usher(post(path, &())));
        assert!(matches!(answer, Err(PortError::Unsupported(_))), "{path}");
        assert!(stores.asked.take().is_empty(), "{path}");
    }
}

#[test]
fn shards_are_asked_at_the_same_time() {
    for path in [origin::TICK_PATH, origin::CLAIM_PATH] {
        let stores = Stores {
            together: 7,
            ..Stores::default()
        };
        assert!(send(&stores, 7, path, &claim(100)).is_ok(), "{path}");
        assert_eq!(stores.most_under_way.get(), 7, "{path}");
    }
}

#[test]
fn a_thousand_shards_take_turns() {
    let stores = Stores {
        together: 32,
        ..Stores::default()
    };
    assert!(send(&stores, 1_024, origin::TICK_PATH, &()).is_ok());
    assert_eq!(stores.most_under_way.get(), 32);
    assert_eq!(stores.asked.borrow().len(), 1_024);
}

#[test]
fn a_claim_gets_what_there_is_and_never_more_than_it_wants() {
    let of = |counts: &[(u16, u32)]| Stores {
        messages: RefCell::new(
            counts
                .iter()
                .map(|&(shard, count)| (Address::Shard(shard), count))
                .collect(),
        ),
        ..Stores::default()
    };
    // All on one shard: it is asked again for what the others lack.
    assert_eq!(
        claimed(&of(&[(2, 50)]), 4, 40),
        [("origin-2".to_owned(), 40)].into()
    );
    assert_eq!(
        claimed(&of(&[(2, 50)]), 4, 60),
        [("origin-2".to_owned(), 50)].into()
    );
    // More than is wanted on each.
    let shares = claimed(&of(&[(0, 9), (1, 9), (2, 9)]), 3, 10);
    assert_eq!(shares.values().sum::<usize>(), 10);
    assert!(shares.values().all(|&share| share >= 3), "{shares:?}");
    // More shards than messages are wanted.
    assert_eq!(
        claimed(&of(&[(5, 9)]), 9, 2),
        [("origin-5".to_owned(), 2)].into()
    );
}

#[test]
fn what_some_shards_give_is_not_kept_back_because_another_is_silent() {
    let stores = Stores {
        silent: Some(Address::Shard(1)),
        messages: RefCell::new([(Address::Shard(2), 3)].into()),
        ..Stores::default()
    };
    assert_eq!(claimed(&stores, 3, 9), [("origin-2".to_owned(), 3)].into());
    assert!(send(&stores, 3, origin::CLAIM_PATH, &claim(9)).is_err());
}

#[test]
fn the_number_in_the_settings_is_not_what_counts() {
    let stores = of(3);
    for deployed in [1, 2, 5] {
        let known = Known::default();
        let tick = || send_knowing(&known, &stores, deployed, origin::TICK_PATH, &());
        assert!(tick().is_ok());
        // Shard 0 is asked first, for what is wanted or for how many there are.
        let asked = stores.asked.take();
        assert_eq!(asked, [0, 0, 1, 2].map(Address::Shard), "{deployed}");
        // From then on it knows.
        assert!(tick().is_ok());
        assert_eq!(stores.asked.take(), [0, 1, 2].map(Address::Shard));
    }
}

#[test]
fn no_key_gets_a_home_while_the_shop_grows() {
    let stores = Stores {
        growing_to: Some(3),
        ..of(1)
    };
    let receipt = StockReceipt {
        by_name: None,
        key: "box".to_owned(),
        home: None,
        lines: Vec::new(),
        reason: "counted".to_owned(),
    };
    // A router that knows of three from elsewhere, and would ask a store of keys.
    let known = Known::default();
    assert!(send_knowing(&known, &stores, 1, origin::TICK_PATH, &()).is_ok());
    stores.asked.take();
    let answer = send_knowing(&known, &stores, 1, origin::RECEIPTS_PATH, &receipt);
    assert_eq!(answer.expect("an answer").status(), StatusCode::LOCKED);
    assert_eq!(stores.asked.take(), [Address::Shard(0)]);
}

#[test]
fn growing_ends_when_no_shard_has_anything_left_and_not_before() {
    let stores = Stores {
        growing_to: Some(3),
        left: Cell::new(1),
        ..of(1)
    };
    let grow = || {
        let answer = send(&stores, 1, shards::GROW_PATH, &Grow { to: 3 }).expect("an answer");
        serde_json::from_slice::<GrowReply>(answer.body()).expect("a reply")
    };
    let GrowReply::Growing { round, done, .. } = grow() else {
        panic!("shard 1 has something left");
    };
    assert_eq!((round.skus, round.keys, done), (3, 6, 2));
    assert_eq!(stores.asked.take(), [0, 0, 1, 2].map(Address::Shard));
    stores.left.set(0);
    assert_eq!(grow(), GrowReply::Grown { layout: open(3) });
    // It begins, asks all, ends, and sends the final layout to all.
    let asked = [0, 0, 1, 2, 0, 0, 1, 2].map(Address::Shard);
    assert_eq!(stores.asked.take(), asked);
}
