//! SKUs that move more than once.

use souk_contract::block_on;
use souk_origin::shards::{ShardStore, Whereabouts};
use souk_protocol::shards::{PINS_PATH, Pin, PinReply};
use souk_sharding::{Address, layout};

use crate::shop::{SKUS, Shop, UNITS};

#[test]
fn a_sku_moves_as_often_as_staff_want_it() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let place = shop.owner(sku);
    let away = (place + 1) % 3;
    for (turn, target) in [away, place, away, place, away].into_iter().enumerate() {
        let pin = Pin {
            sku: sku.to_owned(),
            shard: Some(target),
        };
        let reply: PinReply = shop.ask(PINS_PATH, &pin);
        assert_eq!(reply, PinReply::Done, "move {turn}");
        // What the router knows of the layout is old by then.
        shop.now_ms.set(shop.now_ms.get() + 60_000);
        let id = shop.accept(&format!("key-{turn}"), &[(sku, 1)]);
        assert_eq!(layout::home_of(&id), target, "move {turn}");
        let left = UNITS - 1 - i64::try_from(turn).unwrap();
        shop.assert_available(sku, left);
        let store = shop.store(Address::Shard(target));
        let owner = block_on(store.whereabouts(&[sku.to_owned()])).unwrap();
        assert_eq!(owner, [Whereabouts::Here], "move {turn}");
    }
    shop.rest();
    shop.assert_the_books_balance();
}
