//! An origin of several shards, on SQLite as in a Durable Object: what is asked goes through the
//! router, and what shards ask each other is answered at once.
//!
//! Not here: what happens when messages are lost or shards die (`tests/simulation`), the objects
//! themselves (`tests/e2e`).

mod astray;
mod away;
mod carts;
mod growth;
mod late;
mod prices;
mod repairs;
mod sessions;
mod shop;
mod sold_out_holds;

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_contract::block_on;
use souk_order_store::Terms;
use souk_protocol::origin::{
    self, Action, ChangeReply, DefineOffers, OfferDefinition, PaymentMethod, ReceiptLine,
    ReceiptReply, StockReceipt, SubmitReply,
};
use souk_protocol::shards::{self, Pull, PullReply};
use souk_sharding::{Address, ShardClient, layout};

use shop::{SKUS, Shop, UNITS, apart, order};

#[test]
fn one_shard_is_asked_once_and_nothing_else() {
    let shop = Shop::of(1, &SKUS);
    shop.asked.borrow_mut().clear();
    shop.accept("a", &[(SKUS[0], 1), (SKUS[1], 1)]);
    let asked = shop.asked.take();
    assert_eq!(asked, [(Address::Shard(0), origin::ORDERS_PATH.to_owned())]);
}

#[test]
fn an_order_lives_on_the_shard_of_its_first_line_with_units_of_others() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let id = shop.accept("a", &[(first, 2), (other, 3)]);
    assert_eq!(layout::home_of(&id), shop.owner(first));
    shop.assert_available(first, UNITS - 2);
    shop.assert_available(other, UNITS - 3);
    shop.rest();
    let account = shop.account(other);
    assert_eq!((account.supplied, account.sold), (UNITS, 3));
    shop.assert_the_books_balance();
}

#[test]
fn the_last_unit_of_another_shard_sells_once() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let ten = u32::try_from(UNITS).unwrap();
    shop.accept("a", &[(first, 1), (other, ten)]);
    let refused = shop.buy("b", &[(first, 1), (other, 1)]);
    let sold_out = SubmitReply::SoldOut {
        sku: other.to_owned(),
        available: 0,
        sold_out_until_ms: None,
    };
    assert_eq!(refused, sold_out);
    assert_eq!(shop.buy("c", &[(other, 1)]), sold_out);
    shop.assert_available(first, UNITS - 1);
}

#[test]
fn units_for_a_refused_order_come_back() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let refused = shop.buy("a", &[(first, 11), (other, 4)]);
    assert!(
        matches!(refused, SubmitReply::SoldOut { .. }),
        "{refused:?}"
    );
    shop.rest();
    shop.assert_available(other, UNITS);
    shop.assert_the_books_balance();
}

#[test]
fn units_whose_order_was_never_placed_come_back_and_are_never_booked() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    // What the home asks for before it dies.
    let (owner, home) = (shop.owner(other), shop.owner(first));
    let key = "a";
    let name = blake3::hash(key.as_bytes()).to_hex();
    let pull = Pull {
        transfer: format!("{owner}:{}:0:4:{other}", &name[..32]),
        key: key.to_owned(),
        sku: other.to_owned(),
        units: 4,
        to: home,
    };
    let body = Bytes::from(serde_json::to_vec(&pull).unwrap());
    let request = Request::post(shards::PULL_PATH).body(body).unwrap();
    let answer = block_on(ShardClient::ask(&shop, Address::Shard(owner), request)).unwrap();
    let reply: PullReply = serde_json::from_slice(answer.body()).unwrap();
    assert!(
        matches!(reply, PullReply::Gone { units: 4, .. }),
        "{reply:?}"
    );
    shop.assert_available(other, UNITS - 4);
    shop.rest();
    shop.assert_available(other, UNITS);
    // The same order comes late: it takes units of its own.
    shop.accept(key, &[(first, 1), (other, 4)]);
    shop.rest();
    let account = shop.account(other);
    assert_eq!(
        (account.supplied, account.available, account.sold),
        (UNITS, UNITS - 4, 4)
    );
    shop.assert_the_books_balance();
}

#[test]
fn a_key_is_recognised_whatever_comes_first_the_next_time() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let id = shop.accept("a", &[(first, 1)]);
    let again = shop.buy("a", &[(first, 1)]);
    assert!(
        matches!(&again, SubmitReply::Exists { order } if order.id == id),
        "{again:?}"
    );
    let misused = shop.buy("a", &[(other, 1)]);
    assert_eq!(misused, SubmitReply::ExistsWithDifferentContent);
    shop.assert_available(other, UNITS);
}

#[test]
fn a_refused_key_may_be_used_for_something_else() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let refused = shop.buy("a", &[(first, 11)]);
    assert!(matches!(refused, SubmitReply::SoldOut { .. }));
    // It lives where its key was first used, far from its units.
    let id = shop.accept("a", &[(other, 2)]);
    assert_eq!(layout::home_of(&id), shop.owner(first));
    shop.rest();
    shop.assert_available(other, UNITS - 2);
    shop.assert_the_books_balance();
}

#[test]
fn a_sku_without_offer_is_unknown_on_every_shard() {
    let shop = Shop::of(3, &SKUS);
    for (number, sku) in SKUS.iter().enumerate() {
        let reply = shop.buy(&format!("key-{number}"), &[(sku, 1), ("coffee", 1)]);
        let unknown = SubmitReply::UnknownSku {
            sku: "coffee".to_owned(),
        };
        assert_eq!(reply, unknown);
    }
    shop.rest();
    for sku in SKUS {
        shop.assert_available(sku, UNITS);
    }
}

#[test]
fn units_of_a_cancelled_order_go_home() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let ten = u32::try_from(UNITS).unwrap();
    let id = shop.accept("a", &[(first, 1), (other, ten)]);
    let reason = "not wanted".to_owned();
    let reply = shop.change(&id, Action::Cancel { reason });
    assert!(matches!(reply, ChangeReply::Done { .. }), "{reply:?}");
    shop.rest();
    shop.accept("b", &[(other, ten)]);
    shop.rest();
    shop.assert_available(first, UNITS);
    shop.assert_available(other, 0);
    shop.assert_the_books_balance();
}

#[test]
fn an_order_that_has_no_home_is_asked_to_come_back() {
    let shop = Shop::of(3, &SKUS);
    let body = Bytes::from(serde_json::to_vec(&order("a", &[(SKUS[0], 1)])).unwrap());
    let request = Request::post(origin::ORDERS_PATH).body(body).unwrap();
    let answer = block_on(ShardClient::ask(&shop, Address::Shard(0), request)).unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn a_receipt_counts_once() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let receipt = |key: &str, lines: &[(&str, i64)]| StockReceipt {
        by_name: None,
        key: key.to_owned(),
        home: None,
        lines: lines
            .iter()
            .map(|&(sku, units)| ReceiptLine {
                sku: sku.to_owned(),
                units,
            })
            .collect(),
        reason: "counted".to_owned(),
    };
    let both = receipt("r", &[(first, 5), (other, -4)]);
    let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &both);
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &both);
    assert!(matches!(reply, ReceiptReply::Done { .. }), "{reply:?}");
    shop.rest();
    assert_eq!(shop.account(first).supplied, UNITS + 5);
    assert_eq!(shop.account(other).supplied, UNITS - 4);
    let too_many_here = receipt("t", &[(first, -99), (other, -1)]);
    let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &too_many_here);
    let too_few = ReceiptReply::TooFew {
        sku: first.to_owned(),
        available: UNITS + 5,
    };
    assert_eq!(reply, too_few);
    shop.rest();
    let reused = receipt("r", &[(first, 5)]);
    let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &reused);
    assert_eq!(reply, ReceiptReply::KeyUsedForOtherReceipt);
    let too_many = receipt("s", &[(first, 1), (other, -7)]);
    let reply: ReceiptReply = shop.ask(origin::RECEIPTS_PATH, &too_many);
    let too_few = ReceiptReply::TooFew {
        sku: other.to_owned(),
        available: 6,
    };
    assert_eq!(reply, too_few);
    shop.rest();
    assert_eq!(shop.account(first).supplied, UNITS + 5);
    shop.assert_available(other, 6);
    shop.assert_the_books_balance();
}

#[test]
fn an_order_that_is_paid_late_gets_its_units_from_other_shards() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let mut transfer = order("a", &[(first, 1), (other, 2)]);
    transfer.details.payment = PaymentMethod::Transfer;
    let reply: SubmitReply = shop.ask(origin::ORDERS_PATH, &transfer);
    let SubmitReply::Accepted { order, .. } = reply else {
        panic!("{reply:?}");
    };
    shop.rest();
    shop.now_ms
        .set(shop.now_ms.get() + Terms::DEFAULT.transfer_hold_ms);
    shop.rest();
    shop.assert_available(other, UNITS);
    let paid = Action::ReceivePayment {
        amount: order.total,
        reference: "bank".to_owned(),
    };
    let ChangeReply::Done { record } = shop.change(&order.id, paid) else {
        panic!("the transfer is booked");
    };
    assert_eq!(record.progress.status, origin::Status::Confirmed);
    shop.rest();
    let account = shop.account(other);
    assert_eq!((account.available, account.sold), (UNITS - 2, 2));
    shop.assert_the_books_balance();
}

#[test]
fn a_sku_is_defined_and_withdrawn_by_its_owner_alone() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let elsewhere = Address::Shard((shop.owner(sku) + 1) % 3);
    let offer = OfferDefinition {
        sku: sku.to_owned(),
        title: "Another title".to_owned(),
        slug: "another".to_owned(),
        unit_price: 1,
        backorder: false,
        initial_units: UNITS,
        facts: Vec::new(),
        prices: Vec::new(),
    };
    for (offers, withdrawn) in [(vec![offer], vec![]), (vec![], vec![sku.to_owned()])] {
        let define = DefineOffers {
            currency: "USD".to_owned(),
            offers,
            withdrawn,
        };
        let body = Bytes::from(serde_json::to_vec(&define).unwrap());
        let request = Request::post(origin::OFFERS_PATH).body(body).unwrap();
        let answer = block_on(ShardClient::ask(&shop, elsewhere, request)).unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    shop.accept("a", &[(sku, 1)]);
    assert_eq!(shop.account(sku).supplied, UNITS);
}
