//! Orders that are priced by terms, in a shop of several shards: uses of promotions are counted on one
//! of them, and a shard that is new knows the terms.

use http::StatusCode;
use souk_contract::prices::{PRICE, encoded, facts, offer, quote, set_terms, terms};
use souk_pricing::Terms;
use souk_protocol::origin::{
    self, Action, DefineOffers, PriceLedger, PromotionRefusal, ReadPrices, SubmitOrder, SubmitReply,
};
use souk_sharding::layout;

use crate::shop::{SKUS, Shop, UNITS, order};

/// A shop of several shards, in which these terms are published.
fn open(shards: u16, terms: &Terms) -> Shop {
    let shop = Shop::of(shards, &[]);
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: SKUS.map(|sku| offer(&facts(sku, PRICE), UNITS)).into(),
        withdrawn: Vec::new(),
    };
    let (status, _) = shop.send("POST", origin::OFFERS_PATH, &offers);
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = shop.send("POST", origin::TERMS_PATH, &set_terms(terms));
    assert_eq!(status, StatusCode::NO_CONTENT);
    shop
}

/// An order of one unit whose buyer was shown half of its price.
fn quoted(shop: &Shop, terms: &Terms, key: &str, sku: &str, limited: bool) -> SubmitOrder {
    let mut submit = order(key, &[(sku, 1)]);
    submit.lines[0].facts = Some(encoded(&facts(sku, PRICE)));
    submit.quote = Some(quote(terms, shop.now_ms.get(), limited));
    submit
}

/// A SKU that shard 0 does not own, of so many shards.
fn elsewhere(shards: u16) -> &'static str {
    let mut skus = SKUS.into_iter();
    let found = skus.find(|sku| layout::place_by_hash(sku, shards) != 0);
    found.expect("three shards own six SKUs")
}

fn id(reply: SubmitReply) -> String {
    match reply {
        SubmitReply::Accepted { order, .. } => order.id,
        other => panic!("not accepted: {other:?}"),
    }
}

#[test]
fn uses_of_a_promotion_are_counted_for_all_shards_together() {
    let terms = terms(Some(2));
    let shop = open(3, &terms);
    let buy = |key: &str, sku: &str| -> SubmitReply {
        let submit = quoted(&shop, &terms, key, sku, true);
        shop.ask(origin::ORDERS_PATH, &submit)
    };
    let first = id(buy("a", SKUS[0]));
    let second = id(buy("b", elsewhere(3)));
    for id in [&first, &second] {
        assert_eq!(layout::home_of(id), layout::USES_SHARD);
    }
    let used_up = SubmitReply::PromotionUnavailable {
        promotion: "half".to_owned(),
        reason: PromotionRefusal::UsedUp,
    };
    for (key, sku) in ["c", "d", "e", "f"].into_iter().zip(SKUS) {
        assert_eq!(buy(key, sku), used_up, "{sku}");
    }
    let cancel = Action::Cancel {
        reason: "changed my mind".to_owned(),
    };
    shop.change(&second, cancel);
    id(buy("g", SKUS[2]));
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn a_key_that_belongs_to_another_shard_uses_no_promotion() {
    let terms = terms(Some(2));
    let shop = open(3, &terms);
    let sku = elsewhere(3);
    // It was tried with an order that costs something else.
    let mut other = quoted(&shop, &terms, "k", sku, false);
    other.quote.as_mut().expect("a quote").total += 1;
    let refused: SubmitReply = shop.ask(origin::ORDERS_PATH, &other);
    let total = Some(PRICE / 2);
    assert_eq!(refused, SubmitReply::QuoteChanged { total });
    let submit = quoted(&shop, &terms, "k", sku, true);
    let refused: SubmitReply = shop.ask(origin::ORDERS_PATH, &submit);
    assert_eq!(refused, SubmitReply::ExistsWithDifferentContent);
    // An edge that does not say that it uses a promotion is wrong.
    let wrong = quoted(&shop, &terms, "l", sku, false);
    let (status, _) = shop.send("POST", origin::ORDERS_PATH, &wrong);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    shop.assert_the_books_balance();
}

#[test]
fn a_shard_that_is_new_knows_the_terms_and_the_facts_of_its_offers() {
    let terms = terms(None);
    let shop = open(1, &terms);
    shop.grow(3);
    let sku = elsewhere(3);
    let submit = quoted(&shop, &terms, "k", sku, false);
    let placed = id(shop.ask(origin::ORDERS_PATH, &submit));
    assert_eq!(layout::home_of(&placed), layout::place_by_hash(sku, 3));
    shop.assert_the_books_balance();
}

/// The whole ledger of some SKUs, by moments and amounts.
fn ledger(shop: &Shop, skus: &[&str]) -> Vec<(String, i64, Option<i64>)> {
    let mut asked = ReadPrices {
        skus: skus.iter().map(|&sku| sku.to_owned()).collect(),
        after: String::new(),
    };
    let mut found = Vec::new();
    loop {
        let page: PriceLedger = shop.ask(origin::PRICES_PATH, &asked);
        let records = page.records.into_iter();
        found.extend(records.map(|one| {
            let price = one.prices[0].timeline[0].1;
            (one.sku, one.recorded_ms, price)
        }));
        match page.after {
            Some(after) => asked.after = after,
            None => break,
        }
    }
    found.sort_unstable();
    found
}

#[test]
fn the_ledger_of_prices_is_whole_when_skus_have_moved_to_a_new_shard() {
    let shop = open(2, &terms(None));
    let (first_ms, second_ms) = (shop.now_ms.get(), shop.now_ms.get() + 1_000);
    shop.grow(3);
    shop.now_ms.set(second_ms);
    let moved = SKUS
        .into_iter()
        .find(|sku| layout::place_by_hash(sku, 3) == 2)
        .expect("the new shard owns one");
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![offer(&facts(moved, PRICE - 1), UNITS)],
        withdrawn: Vec::new(),
    };
    let (status, _) = shop.send("POST", origin::OFFERS_PATH, &offers);
    assert_eq!(status, StatusCode::NO_CONTENT);
    let mut expected: Vec<_> = SKUS
        .map(|sku| (sku.to_owned(), first_ms, Some(PRICE)))
        .into();
    expected.push((moved.to_owned(), second_ms, Some(PRICE - 1)));
    expected.sort_unstable();
    assert_eq!(ledger(&shop, &SKUS), expected);
}
