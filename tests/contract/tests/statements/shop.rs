//! What there is before anything is counted, and orders.

use souk_order_store::{NewOrder, Price, Store, SubmitOrder, SubmitReply, Terms};
use souk_protocol::origin::{
    DefineOffers, OfferDefinition, OrderDetails, PaymentMethod, SubmitLine,
};
use souk_protocol::public::{Address, Customer};

/// SKUs and orders that are there before anything is explained.
pub(crate) const ROWS: usize = 10_000;

pub(crate) fn sku(n: usize) -> String {
    format!("sku-{n:05}")
}

pub(crate) fn order(key: &str, lines: &[usize]) -> SubmitOrder {
    let line = |&n: &usize| SubmitLine {
        sku: sku(n),
        quantity: 1,
        expected_price: None,
        facts: None,
        options: Default::default(),
    };
    SubmitOrder {
        terms: None,
        asked_by: Default::default(),
        payment_min: None,
        home: None,
        key: key.to_owned(),
        fingerprint: format!("content of {key}"),
        id: format!("number-of-{key}"),
        currency: None,
        lines: lines.iter().map(line).collect(),
        details: OrderDetails {
            customer: Customer {
                name: "Li Na".to_owned(),
                email: "li.na@example.com".to_owned(),
            },
            shipping_address: Address {
                country: "CN".to_owned(),
                region: String::new(),
                city: "Hangzhou".to_owned(),
                postal_code: String::new(),
                line1: "1 West Lake Road".to_owned(),
                line2: String::new(),
            },
            delivery: "standard".to_owned(),
            payment: PaymentMethod::OnDelivery,
            language: None,
            note: None,
            texts: Default::default(),
        }
        .unsealed(),
        quote: None,
        ticket: None,
    }
}

pub(crate) async fn submit<S: Store>(store: &S, submit: &SubmitOrder) -> SubmitReply {
    let order = NewOrder {
        submit,
        now_ms: 1,
        terms: &Terms::DEFAULT,
        price: &Price::OfOffers,
    };
    store.submit(order).await.expect("a reply")
}

pub(crate) async fn stock_up<S: Store>(store: &S) {
    for start in (0..ROWS).step_by(1_000) {
        let offer = |n| OfferDefinition {
            sku: sku(n),
            title: format!("Title {n}"),
            slug: format!("slug-{n}"),
            unit_price: 100,
            backorder: false,
            initial_units: 1_000,
            facts: Vec::new(),
            prices: Vec::new(),
        };
        let offers = DefineOffers {
            currency: "USD".to_owned(),
            offers: (start..start + 1_000).map(offer).collect(),
            withdrawn: Vec::new(),
        };
        store
            .define_offers(&offers, 1)
            .await
            .expect("the offers are fine");
    }
}
