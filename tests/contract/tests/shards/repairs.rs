//! Repairs of an origin of several shards: each of them has an account of a SKU that orders there
//! have, and repairs its own part.

use bytes::Bytes;
use http::Request;
use souk_contract::block_on;
use souk_protocol::origin::{
    self, AuditReport, Drift, DriftKind, Queue, REPAIRS_PATH, ReceiptLine, ReceiptReply, Repair,
    RepairBooks, RepairReply, StockReceipt, Subject,
};
use souk_sharding::{Address, ShardClient, layout};

use crate::shop::{SKUS, Shop, UNITS, apart};

fn of_sku(key: &str, sku: &str) -> RepairBooks {
    RepairBooks {
        by_name: None,
        key: key.to_owned(),
        home: None,
        subject: Subject::Sku(sku.to_owned()),
        reason: "the audit named it".to_owned(),
        preview: false,
    }
}

fn of_order(key: &str, order: &str) -> RepairBooks {
    RepairBooks {
        subject: Subject::Order(order.to_owned()),
        ..of_sku(key, "")
    }
}

fn receive(shop: &Shop, key: &str, sku: &str, units: i64) -> ReceiptReply {
    let receipt = StockReceipt {
        by_name: None,
        key: key.to_owned(),
        home: None,
        lines: vec![ReceiptLine {
            sku: sku.to_owned(),
            units,
        }],
        reason: "counted".to_owned(),
    };
    shop.ask(origin::RECEIPTS_PATH, &receipt)
}

fn repair(shop: &Shop, asked: &RepairBooks) -> RepairReply {
    shop.ask(REPAIRS_PATH, asked)
}

fn done(shop: &Shop, asked: &RepairBooks) -> Repair {
    match repair(shop, asked) {
        RepairReply::Done { repair } => repair,
        other => panic!("not repaired: {other:?}"),
    }
}

fn damage(shop: &Shop, shard: u16, sql: &str) {
    shop.store(Address::Shard(shard));
    let stores = shop.stores.borrow();
    stores[&Address::Shard(shard)].0.run(sql);
}

fn drift(shop: &Shop) -> Vec<Drift> {
    let report: AuditReport = shop.get(origin::AUDIT_PATH);
    report.drift
}

/// A shop with an order that has units of another shard; the shard where it lives, and that one.
fn with_a_guest(units: u32) -> (Shop, &'static str, u16, u16) {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    shop.accept("a", &[(first, 1), (other, units)]);
    shop.rest();
    let (home, owner) = (shop.owner(first), shop.owner(other));
    (shop, other, home, owner)
}

/// Five units too many where the SKU is sold, one sale too many where an order has it.
fn damage_both(shop: &Shop, home: u16, owner: u16, sku: &str) {
    let supplied = "UPDATE stock SET supplied = supplied + 5, available = available + 5";
    damage(shop, owner, &format!("{supplied} WHERE sku = '{sku}'"));
    let sold = "UPDATE stock SET supplied = supplied + 1, sold = sold + 1";
    damage(shop, home, &format!("{sold} WHERE sku = '{sku}'"));
}

#[test]
fn every_shard_repairs_its_own_part() {
    let (shop, sku, home, owner) = with_a_guest(3);
    damage_both(&shop, home, owner, sku);
    for shard in [home, owner] {
        let said = |one: &Drift| {
            one.kind == DriftKind::Ledger && one.shard == Some(shard) && one.subject == sku
        };
        assert!(drift(&shop).iter().any(said), "shard {shard}");
    }
    let asked = of_sku("r", sku);
    let repair = done(&shop, &asked);
    let mut shards: Vec<_> = repair.accounts.iter().map(|one| one.shard).collect();
    shards.sort_unstable();
    let mut both = [Some(home), Some(owner)];
    both.sort_unstable();
    assert_eq!(shards, both);
    assert_eq!(drift(&shop), Vec::new());
    let account = shop.account(sku);
    let units = (account.supplied, account.available, account.sold);
    assert_eq!(units, (UNITS, UNITS - 3, 3));
    assert_eq!(self::repair(&shop, &asked), RepairReply::Already { repair });
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn a_repair_that_reached_some_shards_is_completed_by_the_same_key() {
    let (shop, sku, home, owner) = with_a_guest(3);
    damage_both(&shop, home, owner, sku);
    let mut asked = of_sku("r", sku);
    asked.home = Some(owner);
    let body = Bytes::from(serde_json::to_vec(&asked).unwrap());
    let request = Request::post(REPAIRS_PATH).body(body).unwrap();
    let answer = block_on(ShardClient::ask(&shop, Address::Shard(owner), request)).unwrap();
    let reply: RepairReply = serde_json::from_slice(answer.body()).unwrap();
    assert!(matches!(reply, RepairReply::Done { .. }), "{reply:?}");
    assert_eq!(drift(&shop).len(), 2);
    asked.home = None;
    assert_eq!(done(&shop, &asked).accounts.len(), 2);
    shop.assert_the_books_balance();
    shop.assert_available(sku, UNITS - 3);
}

#[test]
fn units_that_a_shard_has_lost_come_from_the_owner() {
    let (shop, sku, home, owner) = with_a_guest(3);
    let lost = format!("DELETE FROM stock_movement WHERE sku = '{sku}' AND kind = 'arrive'");
    damage(&shop, home, &lost);
    let mut asked = of_sku("r", sku);
    asked.preview = true;
    let RepairReply::Would { repair } = repair(&shop, &asked) else {
        panic!("it can be repaired");
    };
    assert_eq!(repair.brought, 3);
    shop.assert_available(sku, UNITS - 3);
    asked.preview = false;
    assert_eq!(done(&shop, &asked).brought, 3);
    shop.rest();
    shop.assert_the_books_balance();
    let account = shop.account(sku);
    let units = (account.supplied, account.available, account.sold);
    assert_eq!(units, (UNITS - 3, UNITS - 6, 3));
    assert_eq!(shop.owner(sku), owner);
}

#[test]
fn what_the_owner_has_not_either_has_to_come_in_first() {
    let (shop, sku, home, _) = with_a_guest(8);
    let lost = format!("DELETE FROM stock_movement WHERE sku = '{sku}' AND kind = 'arrive'");
    damage(&shop, home, &lost);
    let before = (drift(&shop), shop.account(sku));
    let asked = of_sku("r", sku);
    for preview in [true, false] {
        let asked = RepairBooks {
            preview,
            ..asked.clone()
        };
        let reply = repair(&shop, &asked);
        let (sku, units) = (sku.to_owned(), 8);
        assert_eq!(reply, RepairReply::Short { sku, units });
    }
    shop.rest();
    assert_eq!((drift(&shop), shop.account(sku)), before);
    let counted = receive(&shop, "count", sku, 6);
    assert!(matches!(counted, ReceiptReply::Done { .. }), "{counted:?}");
    shop.rest();
    done(&shop, &asked);
    shop.rest();
    shop.assert_the_books_balance();
    let account = shop.account(sku);
    let units = (account.supplied, account.available, account.sold);
    assert_eq!(units, (8, 0, 8));
}

#[test]
fn an_order_is_told_again_where_it_lives() {
    let shop = Shop::of(3, &SKUS);
    let sku = SKUS.into_iter().find(|sku| shop.owner(sku) > 0);
    let id = shop.accept("a", &[(sku.expect("not all of them are there"), 1)]);
    let home = layout::home_of(&id);
    damage(&shop, home, "DELETE FROM message");
    let lost = Drift {
        shard: Some(home),
        kind: DriftKind::Outbox,
        subject: id.clone(),
        found: Vec::new(),
        expected: Vec::new(),
    };
    assert_eq!(drift(&shop), [lost]);
    let repair = done(&shop, &of_order("r", &id));
    let told: Vec<_> = repair.messages.iter().map(|one| one.queue).collect();
    assert_eq!(told, [Queue::BackOffice]);
    shop.assert_the_books_balance();
    for unknown in [
        "18BCFE56800-0000000000",
        "18BCFE56800-0000000000-2",
        "a-b-9",
    ] {
        let reply = self::repair(&shop, &of_order(unknown, unknown));
        assert_eq!(reply, RepairReply::Unknown, "{unknown}");
    }
}

#[test]
fn a_key_stands_for_one_repair_on_all_shards() {
    let (shop, sku, ..) = with_a_guest(3);
    let id = shop.accept("b", &[(sku, 1)]);
    assert!(done(&shop, &of_sku("r", sku)).is_empty());
    for other in SKUS.into_iter().filter(|other| *other != sku) {
        let reply = repair(&shop, &of_sku("r", other));
        assert_eq!(reply, RepairReply::KeyUsedForSomethingElse, "{other}");
        let reply = receive(&shop, "r", other, 1);
        assert_eq!(reply, ReceiptReply::KeyUsedForOtherReceipt, "{other}");
        receive(&shop, &format!("of {other}"), other, 1);
        let reply = repair(&shop, &of_order(&format!("of {other}"), &id));
        assert_eq!(reply, RepairReply::KeyUsedForSomethingElse, "{other}");
    }
    let reply = repair(&shop, &of_order("r", &id));
    assert_eq!(reply, RepairReply::KeyUsedForSomethingElse);
    assert_eq!(repair(&shop, &of_sku("s", "coffee")), RepairReply::Unknown);
    shop.assert_the_books_balance();
}

#[test]
fn a_shop_of_one_shard_names_none() {
    let shop = Shop::of(1, &SKUS);
    let edit = "UPDATE stock SET supplied = supplied + 1, available = available + 1";
    damage(&shop, 0, &format!("{edit} WHERE sku = '{}'", SKUS[0]));
    let repair = done(&shop, &of_sku("r", SKUS[0]));
    assert_eq!(repair.accounts[0].shard, None);
    assert_eq!(repair.accounts[0].after.available, UNITS);
    shop.assert_the_books_balance();
}
