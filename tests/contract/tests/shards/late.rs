//! Home shards that were about to book units when the owner's time limit passed.

use bytes::Bytes;
use http::Request;
use souk_contract::block_on;
use souk_order_store::{Arrival, NewOrder, ShardStore, Terms};
use souk_protocol::shards::{PULL_PATH, Pull, PullReply};
use souk_sharding::{Address, ShardClient};

use crate::shop::{SKUS, Shop, UNITS, apart, stored_order};

#[test]
fn units_that_their_owner_took_back_are_not_booked_by_a_home_that_comes_too_late() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    let (owner, home) = (shop.owner(other), shop.owner(first));
    // The home has asked, and was given units.
    let pull = Pull {
        transfer: "late".to_owned(),
        key: "a".to_owned(),
        sku: other.to_owned(),
        units: 4,
        to: home,
    };
    let body = Bytes::from(serde_json::to_vec(&pull).unwrap());
    let request = Request::post(PULL_PATH).body(body).unwrap();
    let answer = block_on(ShardClient::ask(&shop, Address::Shard(owner), request)).unwrap();
    let reply: PullReply = serde_json::from_slice(answer.body()).unwrap();
    let PullReply::Gone { offer, .. } = reply else {
        panic!("{reply:?}");
    };
    // It takes its time, and the owner asks what became of them.
    shop.rest();
    shop.assert_available(other, UNITS);
    // Now it goes on with what it was given.
    let arrival = Arrival {
        transfer: pull.transfer,
        sku: other.to_owned(),
        units: 4,
        available: UNITS,
        offer,
    };
    let submit = stored_order("a", &[(first, 1), (other, 4)]);
    let new = NewOrder {
        submit: &submit,
        now_ms: shop.now_ms.get(),
        terms: &Terms::DEFAULT,
        price: &souk_order_store::Price::OfOffers,
    };
    let store = shop.store(Address::Shard(home));
    let placed = block_on(store.submit_with(new, &[arrival])).unwrap();
    assert_eq!(placed, None, "the order asks again");
    shop.rest();
    shop.assert_available(other, UNITS);
    shop.assert_available(first, UNITS);
    shop.assert_the_books_balance();
}
