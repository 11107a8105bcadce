//! Messages that come to a shard that they were not meant for, as from an edge that was deployed with
//! another number of shards.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Serialize;
use souk_contract::block_on;
use souk_protocol::origin::{ORDERS_PATH, RECEIPTS_PATH, ReceiptLine, StockReceipt};
use souk_sharding::{Address, ShardClient};

use crate::shop::{SKUS, Shop, UNITS, order};

fn send(shop: &Shop, shard: u16, path: &str, message: &impl Serialize) -> StatusCode {
    let body = Bytes::from(serde_json::to_vec(message).expect("a plain struct"));
    let request = Request::post(path).body(body).expect("a request");
    let answer = block_on(ShardClient::ask(shop, Address::Shard(shard), request));
    answer.expect("every store answers").status()
}

#[test]
fn a_key_is_used_on_the_shard_that_is_its_home_and_nowhere_else() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS[0];
    let home = shop.owner(sku);
    let mut submit = order("a", &[(sku, 1)]);
    submit.home = Some(home);
    let receipt = StockReceipt {
        by_name: None,
        home: Some(home),
        key: "box".to_owned(),
        lines: vec![ReceiptLine {
            sku: sku.to_owned(),
            units: 5,
        }],
        reason: "counted".to_owned(),
    };
    for elsewhere in (0..3).filter(|&shard| shard != home) {
        let refused = send(&shop, elsewhere, ORDERS_PATH, &submit);
        assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
        let refused = send(&shop, elsewhere, RECEIPTS_PATH, &receipt);
        assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    }
    shop.rest();
    shop.assert_available(sku, UNITS);
    assert_eq!(send(&shop, home, ORDERS_PATH, &submit), StatusCode::OK);
    assert_eq!(send(&shop, home, RECEIPTS_PATH, &receipt), StatusCode::OK);
    shop.assert_available(sku, UNITS - 1 + 5);
    shop.assert_the_books_balance();
}
