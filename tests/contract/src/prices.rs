//! A shop with terms of prices, for tests of the origin: half off, as often as is said.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_domain::Currency;
use souk_pricing::{
    Action, Amount, Amounts, Class, Cut, DeliveryRate, Facts, MarketPrices, Method, MethodKind,
    Minimum, Percent, Price, Promotion, Run, Terms, Title,
};
use souk_protocol::origin::{
    OfferDefinition, OfferPrice, OfferPrices, OrderQuote, PaymentMethod, PriceTerms,
    PublishedTerms, QuotePlace, SetTerms,
};

/// The price of a unit, in minor units.
pub const PRICE: i64 = 1_000;

/// Nothing for the delivery, and half off as often as is said.
pub fn terms(uses_max: Option<u32>) -> Terms {
    let currency = Currency::USD;
    let title = || Title {
        own: "Half".to_owned(),
        others: Vec::new(),
    };
    let standard = Method {
        id: "standard".to_owned(),
        title: title(),
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(vec![Amount { currency, minor: 0 }]),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    };
    let half = Promotion {
        id: "half".to_owned(),
        title: title(),
        class: Class::Order,
        runs: vec![Run::default()],
        tiers: Vec::new(),
        priority: 0,
        group: None,
        is_exclusive: false,
        stacks_with: Vec::new(),
        codes: None,
        when: Minimum::default(),
        products: None,
        action: Action::Cut(Cut::Percent(Percent::parse("50").expect("a percentage"))),
        discount_max: Amounts::default(),
        uses_max,
        uses_per_buyer_max: None,
    };
    Terms {
        promotions: vec![half],
        ..Terms::plain("main", currency, "UTC", vec![standard])
    }
}

/// What is known of a SKU at this price.
pub fn facts(sku: &str, price: i64) -> Facts {
    Facts {
        sku: sku.to_owned(),
        prices: vec![MarketPrices {
            market: "main".to_owned(),
            timeline: vec![Price {
                from_ms: 0,
                minor: Some(price),
                ..Price::default()
            }],
        }],
        ..Facts::default()
    }
}

/// An offer that may be sold with these facts.
pub fn offer(facts: &Facts, initial_units: i64) -> OfferDefinition {
    OfferDefinition {
        sku: facts.sku.clone(),
        title: facts.sku.clone(),
        slug: String::new(),
        unit_price: PRICE,
        backorder: false,
        initial_units,
        facts: vec![facts.stamp().to_string()],
        prices: facts.prices.iter().map(recorded).collect(),
    }
}

/// Prices as the ledger records them.
fn recorded(prices: &MarketPrices) -> OfferPrices {
    let timeline = prices.timeline.iter();
    OfferPrices {
        market: prices.market.clone(),
        currency: Currency::USD.code().to_owned(),
        timeline: timeline
            .map(|one| OfferPrice(one.from_ms, one.minor, one.compare_at_minor))
            .collect(),
    }
}

/// What a version with these terms says.
pub fn set_terms(terms: &Terms) -> SetTerms {
    SetTerms {
        orders: PublishedTerms {
            stamp: "orders".to_owned(),
            payment_methods: vec![PaymentMethod::OnDelivery],
            express_fee: None,
            card_hold_ms: 1,
            transfer_hold_ms: 1,
        },
        prices: Some(PriceTerms {
            stamp: terms.stamp().to_string(),
            blob: STANDARD.encode(terms.encode().expect("small terms")),
        }),
        revoked: Vec::new(),
    }
}

/// The quote of an order of one unit at [`PRICE`].
pub fn quote(terms: &Terms, at_ms: i64, limited: bool) -> Box<OrderQuote> {
    Box::new(OrderQuote {
        pickup_point: None,
        terms: terms.stamp().to_string(),
        at_ms,
        market: "main".to_owned(),
        place: QuotePlace::default(),
        codes: Vec::new(),
        total: PRICE / 2,
        without: Vec::new(),
        limited,
    })
}

/// Facts as a line of an order has them.
pub fn encoded(facts: &Facts) -> String {
    STANDARD.encode(facts.encode())
}
