//! Terms of prices for the tests: two markets, deliveries by zone, tax that is added, promotions.

use souk_catalogue::{Catalogue, Hash, Publish};
use souk_domain::Currency;
use souk_pricing::{
    Action, Amount, Amounts, Area, Class, CodeHash, Cut, Days, DeliveryRate, Market, Method,
    MethodKind, Minimum, Percent, Promotion, Run, TaxMode, TaxRate, Terms, Title, Zone,
};

use super::world::DAWN_MS;

fn title(own: &str, zh: &str) -> Title {
    Title {
        own: own.to_owned(),
        others: vec![("zh".to_owned(), zh.to_owned())],
    }
}

fn usd(minor: i64) -> Amounts {
    let currency = Currency::USD;
    Amounts(vec![Amount { currency, minor }])
}

fn market(id: &str, countries: &[&str], tax: TaxMode) -> Market {
    let plain = Terms::plain(id, Currency::USD, "UTC", Vec::new());
    let market = plain.markets.into_iter().next().expect("one market");
    Market {
        path: if id == "us" { "" } else { id }.to_owned(),
        countries: countries.iter().map(|&code| code.to_owned()).collect(),
        tax,
        ..market
    }
}

fn method(id: &str, names: Title, minor: i64, far_minor: i64, days: Option<Days>) -> Method {
    let rate = |zone, minor| DeliveryRate {
        zone,
        amount: usd(minor),
        ..DeliveryRate::default()
    };
    Method {
        id: id.to_owned(),
        title: names,
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days,
        rates: vec![rate(None, minor), rate(Some(0), far_minor)],
        points: Vec::new(),
    }
}

fn percent_off(id: &str, code: Option<&str>, until_ms: Option<i64>) -> Promotion {
    Promotion {
        id: id.to_owned(),
        title: title("10 % off your order", "全单九折"),
        class: Class::Order,
        runs: vec![Run {
            market: 0,
            from_ms: None,
            until_ms,
        }],
        tiers: Vec::new(),
        priority: 0,
        group: None,
        is_exclusive: false,
        stacks_with: vec![Class::Line, Class::Order, Class::Delivery],
        codes: code.map(|code| vec![CodeHash::of(code)]),
        when: Minimum::default(),
        products: None,
        action: Action::Cut(Cut::Percent(Percent::parse("10").expect("a percentage"))),
        discount_max: Amounts::default(),
        uses_max: None,
        uses_per_buyer_max: None,
    }
}

/// The terms. Delivery to Alaska costs more, New York has a tax, `WELCOME10` takes 10 % off, `OLD` is
/// over, `BIG` needs 1,000 USD.
pub(crate) fn terms() -> Terms {
    let days = |min, max| Some(Days { min, max });
    Terms {
        markets: vec![
            market("us", &["US", "CN"], TaxMode::Added),
            market("eu", &["DE"], TaxMode::Included),
        ],
        zones: vec![Zone {
            id: "far".to_owned(),
            area: Area {
                countries: vec!["US".to_owned()],
                regions: vec!["AK".to_owned()],
                postal: Vec::new(),
            },
        }],
        methods: vec![
            method(
                "standard",
                title("Standard", "标准"),
                500,
                1_900,
                days(2, 5),
            ),
            method(
                "express",
                title("Express", "加急"),
                1_500,
                3_900,
                days(1, 1),
            ),
        ],
        rates: vec![TaxRate {
            name: "State tax".to_owned(),
            percent: Percent::parse("4").expect("a percentage"),
            area: Area {
                countries: vec!["US".to_owned()],
                regions: vec!["NY".to_owned()],
                postal: Vec::new(),
            },
            ..TaxRate::default()
        }],
        promotions: vec![
            percent_off("welcome", Some("WELCOME10"), None),
            percent_off("old", Some("OLD"), Some(DAWN_MS)),
            Promotion {
                when: Minimum {
                    subtotal: usd(100_000),
                    units: 0,
                },
                ..percent_off("big", Some("BIG"), None)
            },
        ],
        ..Terms::default()
    }
}

/// The same catalogue with terms, whose markets the pages show.
pub(crate) fn with_terms(mut catalogue: Catalogue, terms: &Terms) -> Catalogue {
    let blob = terms.encode().expect("few terms");
    let shop = catalogue.shop.as_mut().expect("the catalogue has a shop");
    shop.pricing = Some(Hash::of(&blob));
    shop.blobs.push(blob);
    catalogue.publish = Some(Publish {
        markets: terms.markets.clone(),
        at_ms: DAWN_MS,
    });
    catalogue
}
