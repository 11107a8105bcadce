//! What the usher of a waiting room asks of the stores, and an order with a ticket.

use souk_domain::Currency;
use souk_order_store::pricing::{Priced, PricedLine};
use souk_order_store::{NewOrder, Price, SaleUse, Store, SubmitReply, Terms};
use souk_protocol::origin::{DefineOffers, OfferDefinition, ReadSession, SaleTicket, StoredLine};

use crate::shop::order;

/// The session of which there are orders with tickets before anything is explained.
pub(crate) const SESSION: u32 = 7;
/// What is sold in it.
pub(crate) const OF_SALE: &str = "sale:drop:tea";

/// Ten units of it.
pub(crate) async fn define_sale<S: Store>(store: &S) {
    let offer = OfferDefinition {
        sku: OF_SALE.to_owned(),
        title: "Tea".to_owned(),
        slug: String::new(),
        unit_price: 100,
        backorder: false,
        initial_units: 10,
        facts: vec!["stamp".to_owned()],
        prices: Vec::new(),
    };
    let offers = DefineOffers {
        currency: "USD".to_owned(),
        offers: vec![offer],
        withdrawn: Vec::new(),
    };
    store.define_offers(&offers, 1).await.expect("good offers");
}

/// What the usher of a waiting room makes of the stores, and an order with a ticket.
pub(crate) async fn sale_paths<S: Store>(store: &S, mut after: impl AsyncFnMut(&str)) {
    let mut submit = order("by ticket", &[0]);
    submit.lines[0].sku = OF_SALE.to_owned();
    submit.ticket = Some(Box::new(SaleTicket {
        session: SESSION,
        rank: "0-0000000000000001".to_owned(),
        seed: "A".repeat(22),
    }));
    let new = NewOrder {
        submit: &submit,
        now_ms: 6,
        terms: &Terms::DEFAULT,
        price: &of_sale(),
    };
    let reply = store.submit(new).await.expect("a reply");
    assert!(matches!(reply, SubmitReply::Accepted { .. }), "{reply:?}");
    after("an order with a ticket").await;
    let asked = ReadSession {
        session: SESSION,
        skus: vec![OF_SALE.to_owned()],
        after: 9_900,
    };
    let standing = store.read_session(&asked, 7).await.expect("a session");
    assert_eq!(standing.levels[0].available, 9);
    assert_eq!(standing.orders.len(), 101);
    after("a session").await;
    assert_eq!(store.forget_session(2, 50).await, Ok(0));
    after("a look for old sessions").await;
}

/// One unit of what is sold in the session.
fn of_sale() -> Price {
    let stored = StoredLine {
        sku: OF_SALE.to_owned(),
        title: "Tea".to_owned(),
        slug: None,
        quantity: 1,
        unit_price: 100,
        backordered: 0,
        discount: 0,
        tax: 0,
        duty: 0,
    };
    Price::Quoted(Box::new(Priced {
        currency: Currency::USD,
        lines: vec![PricedLine {
            stamp: "stamp".to_owned(),
            stored,
        }],
        shipping: 0,
        total: 100,
        breakdown: None,
        delivery_title: None,
        place: None,
        limited: Vec::new(),
        of_sale: vec![SaleUse {
            session: SESSION,
            sku: OF_SALE.to_owned(),
            units: 1,
            limit: 9,
        }],
        pay_within_ms: None,
    }))
}
