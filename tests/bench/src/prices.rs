//! Rows of prices: quotes, and orders that use promotions.
//!
//! - `quote`: a cart of one line, as JSON, beside a hello.
//! - `quote-promotions`: a cart of 100 lines by 200 promotions, beside the same cart without any. Its
//!   note says what the promotions cost in the function.
//! - `checkout-page`: the page of the checkout, beside a hello.
//! - `order-with-terms`: orders that are priced by terms, beside orders by the prices of their offers.
//! - `order-limited`: orders with one of 200 codes whose uses are counted, beside orders without a code.
//! - `order-one-code`: the same with one code for everybody.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use souk_catalogue::{Catalogue, FactsContext, Hash, Publish, ShopBlobs};
use souk_domain::{Currency, LINES_MAX};
use souk_pricing::{
    Action, Amount, Amounts, Class, CodeHash, Cut, DeliveryRate, Method, MethodKind, Minimum,
    Percent, Promotion, Run, Terms, Title,
};
use souk_shop::Shop as Settings;

use crate::bench::{Bench, Compared, Host, Platform, Side};
use crate::connection::Connection;
use crate::load::{Pace, Target};
use crate::orders::SKUS;
use crate::report::Row;
use crate::server::Server;
use crate::shop::{Staff, catalogue, order_body};

const NAMES: [&str; 6] = [
    "quote",
    "quote-promotions",
    "checkout-page",
    "order-with-terms",
    "order-limited",
    "order-one-code",
];
const MARKET: &str = "main";
/// Promotions of the terms.
const PROMOTIONS: usize = 200;
/// What a quote reaches of a hello.
const QUOTE_GOAL: f64 = 0.4;
/// What an order by terms reaches of one by the prices of its offers.
const TERMS_GOAL: f64 = 0.95;
/// What an order with one of many codes reaches of one without.
const LIMITED_GOAL: f64 = 0.85;
/// What an order with the code that everybody has reaches of one without, on PostgreSQL.
const ONE_CODE_GOAL: f64 = 0.6;

/// Measures prices on one platform.
///
/// # Errors
/// When a server does not come up or answer.
pub(crate) async fn rows(bench: &Bench, platform: Platform) -> Result<()> {
    if !bench.wants_any(platform, &NAMES) {
        return Ok(());
    }
    let [quote, promotions, checkout, with_terms, limited, one_code] =
        NAMES.map(|name| format!("{}/{name}", platform.name()));
    let plain = open(bench, platform, Some(&[])).await?;
    if platform != Platform::Postgres {
        let floor = bench.start(platform, Side::Floor).await?;
        let hello = Target::reads(&floor.server, vec!["/".to_owned()]);
        if bench.wants(&quote) {
            let one = quotes(&plain.server, 1);
            let limit = ("hello", &hello);
            bench.add(
                bench
                    .throughput(&quote, limit, &one, Some(QUOTE_GOAL))
                    .await?,
            );
        }
        if bench.wants(&checkout) {
            let page = checkout_page(&plain.server).await?;
            bench.add(
                bench
                    .throughput(&checkout, ("hello", &hello), &page, None)
                    .await?,
            );
        }
        if bench.wants(&promotions) {
            bench.add(by_promotions(bench, platform, &promotions, &plain).await?);
        }
    }
    if bench.wants(&with_terms) {
        let bare = open(bench, platform, None).await?;
        let by_offers = orders(&bare.server, "by-offers", |_| None);
        let by_terms = orders(&plain.server, "by-terms", |_| None);
        let limit = ("prices of offers", &by_offers);
        bench.add(
            bench
                .throughput(&with_terms, limit, &by_terms, Some(TERMS_GOAL))
                .await?,
        );
    }
    if !bench.wants(&limited) && !bench.wants(&one_code) {
        return Ok(());
    }
    let counted: Vec<_> = (0..PROMOTIONS).map(counted).collect();
    let counted = open(bench, platform, Some(&counted)).await?;
    let without = orders(&counted.server, "without", |_| None);
    let many = orders(&counted.server, "limited", |number| {
        Some(code(
            usize::try_from(number).unwrap_or_default() % PROMOTIONS,
        ))
    });
    let one = orders(&counted.server, "one-code", |_| Some(code(0)));
    let one_goal = (platform == Platform::Postgres).then_some(ONE_CODE_GOAL);
    for (id, target, goal) in [
        (limited, many, Some(LIMITED_GOAL)),
        (one_code, one, one_goal),
    ] {
        if bench.wants(&id) {
            let limit = ("without a code", &without);
            bench.add(bench.throughput(&id, limit, &target, goal).await?);
        }
    }
    Ok(())
}

/// A cart with as many lines as possible, with and without promotions. Nothing waits for anything, so
/// the difference of the processor time is what the promotions cost in the function.
async fn by_promotions(bench: &Bench, platform: Platform, id: &str, plain: &Host) -> Result<Row> {
    let free: Vec<_> = (0..PROMOTIONS).map(free).collect();
    let shop = open(bench, platform, Some(&free)).await?;
    let [bare, full] = [plain, &shop].map(|host| quotes(&host.server, LINES_MAX));
    let compared = bench.compare(&bare, &full, Pace::Closed).await;
    let Compared { floor, shop, ratio } = compared.with_context(|| id.to_owned())?;
    let ms = |us: f64| us / 1_000.0;
    Ok(Row {
        cpu_us: None,
        id: id.to_owned(),
        value: ms(shop.cpu_us),
        unit: "ms of processor".to_owned(),
        limit: Some(ms(floor.cpu_us)),
        limit_is: "without promotions".to_owned(),
        ratio: Some(ratio),
        goal: None,
        note: format!(
            "{PROMOTIONS} promotions on {LINES_MAX} lines cost {:.2} ms; the goal is 1 ms",
            ms(shop.cpu_us - floor.cpu_us)
        ),
    })
}

/// A shop with these promotions; `None`: one without terms of prices.
async fn open(bench: &Bench, platform: Platform, promotions: Option<&[Promotion]>) -> Result<Host> {
    let host = bench.start(platform, Side::Shop).await?;
    let mut goods = catalogue(usize::try_from(SKUS)?);
    if let Some(promotions) = promotions {
        put_terms(&mut goods, &terms(promotions))?;
    }
    let mut staff = Staff::new(host.server.staff);
    staff.publish(&goods, &goods.products).await?;
    Ok(host)
}

fn terms(promotions: &[Promotion]) -> Terms {
    let amount = Amount {
        currency: Currency::USD,
        minor: 500,
    };
    let standard = Method {
        id: "standard".to_owned(),
        title: title("Standard"),
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(vec![amount]),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    };
    Terms {
        promotions: promotions.to_vec(),
        ..Terms::plain(MARKET, Currency::USD, "UTC", vec![standard])
    }
}

fn put_terms(goods: &mut Catalogue, terms: &Terms) -> Result<()> {
    let settings = Settings::plain();
    let blob = terms.encode()?;
    goods.shop = Some(ShopBlobs {
        settings: settings.encode(),
        terms: settings.terms().to_json(),
        pricing: Some(Hash::of(&blob)),
        blobs: vec![settings.encode(), blob],
        ..ShopBlobs::default()
    });
    goods.publish = Some(Publish {
        markets: terms.markets.clone(),
        at_ms: 0,
    });
    Ok(())
}

/// What the facts of offers depend on; `None` where the catalogue has no terms.
pub(crate) fn facts_context(goods: &Catalogue) -> Option<FactsContext<'static>> {
    goods.publish.as_ref()?;
    Some(FactsContext {
        languages: &["en"],
        market: MARKET,
    })
}

fn title(own: &str) -> Title {
    Title {
        own: own.to_owned(),
        others: Vec::new(),
    }
}

fn code(number: usize) -> String {
    format!("CODE-{number}")
}

/// One that needs no code. Every other one combines with the others.
fn free(number: usize) -> Promotion {
    let combines = number.is_multiple_of(2);
    Promotion {
        id: format!("free-{number}"),
        title: title("Less"),
        class: if combines { Class::Line } else { Class::Order },
        runs: vec![Run {
            market: 0,
            from_ms: None,
            until_ms: None,
        }],
        tiers: Vec::new(),
        priority: 0,
        group: None,
        is_exclusive: false,
        stacks_with: match combines {
            true => vec![Class::Line, Class::Order],
            false => Vec::new(),
        },
        codes: None,
        when: Minimum::default(),
        products: None,
        action: Action::Cut(Cut::Percent(Percent::parse("0.1").expect("a percentage"))),
        discount_max: Amounts::default(),
        uses_max: None,
        uses_per_buyer_max: None,
    }
}

/// One with a code whose uses are counted.
fn counted(number: usize) -> Promotion {
    Promotion {
        id: format!("counted-{number}"),
        codes: Some(vec![CodeHash::of(&code(number))]),
        uses_max: Some(u32::MAX),
        ..free(number)
    }
}

/// Quotes of carts with so many lines of three units each.
fn quotes(server: &Server, lines: usize) -> Target {
    let address = server.address;
    let lines = (0..lines).map(|line| format!(r#"{{"sku":"SKU-{line}-0","quantity":3}}"#));
    let lines: Vec<_> = lines.collect();
    let body = format!(
        r#"{{"lines":[{}],"place":{{"country":"CN"}},"delivery":"standard"}}"#,
        lines.join(",")
    );
    Target::new(server, move |_, into| {
        write_post(address, "/api/v1/quotes", "", &body, into);
    })
}

/// Orders of one unit, of all SKUs in turn, each with its code if it has one. The name is unique to
/// them: their keys begin with it.
fn orders(
    server: &Server,
    name: &'static str,
    code: impl Fn(u64) -> Option<String> + 'static,
) -> Target {
    let address = server.address;
    Target::new(server, move |number, into| {
        let mut body = order_body(&format!("SKU-{}-0", number % SKUS));
        if let Some(code) = code(number) {
            body.insert_str(1, &format!(r#""codes":["{code}"],"#));
        }
        let key = format!("idempotency-key: {name}-{number}\r\n");
        write_post(address, "/api/v1/orders", &key, &body, into);
    })
}

/// The checkout with a product in the cart.
async fn checkout_page(server: &Server) -> Result<Target> {
    let address = server.address;
    let form = "action=add&product=product-7&sku=SKU-7-0&quantity=1";
    let request = format!(
        "POST /cart HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut connection = Connection::open(address).await?;
    let answer = connection.send(request.as_bytes()).await?;
    let cookie = answer.cookie.context("the shop has set no cookie")?;
    Ok(Target::new(server, move |_, into| {
        let request =
            format!("GET /checkout HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
        into.extend_from_slice(request.as_bytes());
    }))
}

/// Writes a request with a body of JSON; `headers` end with a line break where there are some.
fn write_post(address: SocketAddr, path: &str, headers: &str, body: &str, into: &mut Vec<u8>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\n\r\n",
        body.len()
    );
    into.extend_from_slice(head.as_bytes());
    into.extend_from_slice(body.as_bytes());
}
