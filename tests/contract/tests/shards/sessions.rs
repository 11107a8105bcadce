//! Sessions with a waiting room in a shop of several shards: orders of tickets are counted and listed on
//! one of them, where the units of the sale are.

use http::StatusCode;
use souk_contract::prices::{PRICE, encoded, facts, offer, quote, set_terms, terms};
use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::{
    self, DefineOffers, ReadSession, SaleTicket, SessionStanding, SubmitOrder, SubmitReply,
};
use souk_sharding::{Address, layout};

use crate::shop::{SKUS, Shop, UNITS, order};

const TEA: &str = "sale:drop:tea";
const SESSION: u32 = 7;

fn tea() -> Facts {
    Facts {
        sale: Some(OfSale {
            sale: "drop".to_owned(),
            session: SESSION,
            opens_at_ms: 0,
            closes_at_ms: i64::MAX,
            limit: 9,
            pay_within_ms: None,
        }),
        ..facts(TEA, PRICE)
    }
}

/// A shop of one shard that has a sale beside what it always sells.
fn open() -> Shop {
    let shop = Shop::of(1, &[]);
    let mut all: Vec<_> = SKUS.map(|sku| offer(&facts(sku, PRICE), UNITS)).into();
    all.push(offer(&tea(), UNITS));
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: all,
        withdrawn: Vec::new(),
    };
    let (status, _) = shop.send("POST", origin::OFFERS_PATH, &offers);
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = shop.send("POST", origin::TERMS_PATH, &set_terms(&terms(None)));
    assert_eq!(status, StatusCode::NO_CONTENT);
    shop
}

/// An order of something that is always sold, and then a unit of the sale, with the ticket at a place.
fn both(shop: &Shop, key: &str, sku: &str, place: u8) -> SubmitOrder {
    let mut submit = order(key, &[(sku, 1), (TEA, 1)]);
    submit.lines[0].facts = Some(encoded(&facts(sku, PRICE)));
    submit.lines[1].facts = Some(encoded(&tea()));
    let mut shown = quote(&terms(None), shop.now_ms.get(), true);
    shown.total = PRICE;
    submit.quote = Some(shown);
    submit.ticket = Some(Box::new(SaleTicket {
        session: SESSION,
        rank: rank(place),
        seed: "A".repeat(22),
    }));
    submit
}

fn rank(place: u8) -> String {
    format!("1-{place:016x}")
}

#[test]
fn a_session_is_whole_however_many_shards_there_are() {
    let shop = open();
    let buy = |key: &str, sku: &str, place: u8| -> SubmitReply {
        shop.ask(origin::ORDERS_PATH, &both(&shop, key, sku, place))
    };
    let id = |reply: SubmitReply| match reply {
        SubmitReply::Accepted { order, .. } => order.id,
        other => panic!("not accepted: {other:?}"),
    };
    id(buy("a", SKUS[0], 9));
    shop.grow(3);
    for (key, (place, sku)) in ["b", "c", "d", "e"].into_iter().zip((1..).zip(SKUS)) {
        assert_eq!(
            layout::home_of(&id(buy(key, sku, place))),
            layout::USES_SHARD
        );
    }
    let refused = buy("f", SKUS[5], 9);
    assert!(
        matches!(&refused, SubmitReply::LimitExceeded { limit, .. } if limit == "sale_orders_per_ticket"),
        "{refused:?}"
    );
    let asked = ReadSession {
        session: SESSION,
        skus: vec![TEA.to_owned()],
        after: 0,
    };
    shop.asked.borrow_mut().clear();
    let SessionStanding { levels, orders } = shop.ask(origin::SESSION_PATH, &asked);
    assert_eq!(
        (levels[0].supplied, levels[0].available),
        (UNITS, UNITS - 5)
    );
    let ranks: Vec<_> = orders
        .iter()
        .map(|one| (one.rank.clone(), one.units))
        .collect();
    assert_eq!(ranks, [9, 1, 2, 3, 4].map(|place| (rank(place), 1)));
    assert_eq!(
        shop.asked_for(origin::SESSION_PATH),
        [Address::Shard(layout::USES_SHARD)]
    );
    shop.rest();
    shop.assert_the_books_balance();
}

#[test]
fn an_order_with_a_ticket_says_that_it_is_counted_on_one_shard() {
    let shop = open();
    shop.grow(3);
    let mut skus = SKUS.into_iter();
    let sku = skus.find(|sku| layout::place_by_hash(sku, 3) != layout::USES_SHARD);
    let mut wrong = both(&shop, "a", sku.expect("three shards own six SKUs"), 1);
    wrong.quote.as_mut().expect("a quote").limited = false;
    let (status, _) = shop.send("POST", origin::ORDERS_PATH, &wrong);
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    shop.assert_the_books_balance();
}
