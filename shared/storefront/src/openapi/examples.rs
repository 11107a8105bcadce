//! Examples, made of the types themselves so that they cannot be wrong.

use std::collections::BTreeMap;

use souk_operations::{Setting, Switch};
use souk_protocol::options::LineOption;
use souk_protocol::origin::PromotionRefusal;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::public::{
    AcceptedOrder, Address, Contact, Customer, Document, DocumentPage, Image, Market, Money, Order,
    OrderChangeRequest, OrderEvent, OrderLine, OrderPayment, OrderRequest, OrderRequestLine,
    Payment, PaymentPage, PreviousDraw, Product, ProductPage, PulseStatus, Sale, SaleDraw,
    SaleItem, Shop, Status, Ticket, TicketRequest, Variant,
};
use souk_protocol::quotes::{
    Adjustment, Allocation, DeliveryOption, NotApplied, PickupPoint, Quote, QuotePlace,
    QuoteRequest, QuoteRequestLine, QuotedLine, TaxPart, Taxes,
};
use souk_protocol::recommendations::Recommendations;
use souk_protocol::search::{
    Correction, FoundArticle, FoundProduct, HelpAnswer, HelpAnswers, RelatedType, SearchFacet,
    SearchFacetValue, SearchPage, SuggestedPage, SuggestedProduct, SuggestedType, Suggestions,
    Understood,
};

const SKU: &str = "MUG-RED-S";

fn usd(amount: i64) -> Money {
    Money {
        amount,
        currency: "USD".to_owned(),
    }
}

pub(crate) fn product() -> Product {
    let options = [("Colour", "Red"), ("Size", "Small")];
    Product {
        slug: "stoneware-mug".to_owned(),
        title: "Stoneware mug".to_owned(),
        description_html: Some("<p>Thrown by hand.</p>".to_owned()),
        vendor: "Kiln & Sons".to_owned(),
        product_type: "Mug".to_owned(),
        tags: vec!["kitchen".to_owned()],
        collections: vec!["tea".to_owned()],
        images: vec![Image {
            url: "/media/4f1c2b7a9d3e5f60718293a4b5c6d7e8.svg".to_owned(),
            alt: "A red mug".to_owned(),
            width: 1200,
            height: 900,
        }],
        variants: vec![Variant {
            sku: SKU.to_owned(),
            title: "Red / Small".to_owned(),
            options: BTreeMap::from(
                options.map(|(name, value)| (name.to_owned(), value.to_owned())),
            ),
            price: usd(1299),
            compare_at_price: Some(usd(1599)),
            prior_price: Some(usd(1499)),
            merchant_sku: None,
            barcode: Some("4006381333931".to_owned()),
            available: true,
            custom_options: vec![line_option()],
        }],
    }
}

fn line_option() -> LineOption {
    LineOption {
        id: "engraving".to_owned(),
        title: "Engraving".to_owned(),
        kind: "text".to_owned(),
        required: false,
        max_length: Some(20),
        choices: Vec::new(),
        surcharge: 500,
        lead_days: 2,
    }
}

pub(crate) fn product_page() -> ProductPage {
    let card = Product {
        description_html: None,
        ..product()
    };
    ProductPage {
        items: vec![card],
        next: Some("MS4xLmZlYXR1cmVkLjI0".to_owned()),
    }
}

pub(crate) fn shop() -> Shop {
    Shop {
        name: "Kiln & Sons".to_owned(),
        languages: vec!["en".to_owned(), "zh".to_owned()],
        currency: "USD".to_owned(),
        markets: vec![
            market("world", "", "USD", &[]),
            market("eu", "eu", "EUR", &["DE", "FR"]),
        ],
        payment_methods: vec!["card".to_owned(), "on_delivery".to_owned()],
        contact: Contact {
            email: Some("hello@shop.example".to_owned()),
            phone: None,
        },
        catalogue_version: 7,
    }
}

/// A sale.
pub(crate) fn sale() -> Sale {
    let dollars = |amount| Money {
        amount,
        currency: "USD".to_owned(),
    };
    Sale {
        id: "drop".to_owned(),
        title: "The drop".to_owned(),
        state: "open".to_owned(),
        opens_at: "2026-11-11T16:00:00Z".to_owned(),
        closes_at: "2026-11-11T18:00:00Z".to_owned(),
        now: "2026-11-11T16:00:05Z".to_owned(),
        identity: "email".to_owned(),
        items: vec![SaleItem {
            sku: "TEA-250".to_owned(),
            sold_as: "sale:drop:TEA-250".to_owned(),
            slug: "tea".to_owned(),
            title: "Tea".to_owned(),
            price: dollars(990),
            compare_at_price: Some(dollars(1490)),
            limit: 1,
            left: "plenty".to_owned(),
        }],
        draw: Some(SaleDraw {
            commitment: "9f".repeat(32),
            key: None,
        }),
        previous_draw: Some(PreviousDraw {
            opens_at: "2026-11-10T16:00:00Z".to_owned(),
            commitment: "7a".repeat(32),
            key: "3c".repeat(32),
        }),
    }
}

/// What a client asks for.
pub(crate) fn ticket_request() -> TicketRequest {
    TicketRequest {
        email: Some("lilei@example.com".to_owned()),
    }
}

/// A place in the waiting room of a sale whose turn it is.
pub(crate) fn ticket() -> Ticket {
    let code = "mXQ5tWm0mJ1cV9Zl3b2d1A";
    Ticket {
        ticket: "A".repeat(58),
        seed: "AAECAwQFBgcICQoLDA0ODw".to_owned(),
        rank: Some("0-3f2a1b0c4d5e6f70".to_owned()),
        state: "called".to_owned(),
        ahead: None,
        eta_s: None,
        poll_after_s: 10,
        orders_path: Some(format!("/api/v1/sales/drop/orders/{code}")),
    }
}

/// How the shop stands.
pub(crate) fn status() -> Status {
    let switches = Switch::ALL.iter().map(|&switch| {
        let state = match switch {
            Switch::Suggestions | Switch::Recommendations => Setting::Off,
            Switch::Filters => Setting::Reduced,
            _ => Setting::On,
        };
        (switch.name().to_owned(), state.name().to_owned())
    });
    Status {
        level: 2,
        switches: switches.collect(),
        pulse: Some(PulseStatus {
            stamp: 4711,
            age_ms: 850,
        }),
    }
}

fn market(id: &str, path: &str, currency: &str, countries: &[&str]) -> Market {
    Market {
        id: id.to_owned(),
        path: path.to_owned(),
        currency: currency.to_owned(),
        countries: countries.iter().map(|&code| code.to_owned()).collect(),
        languages: Vec::new(),
        tax: "included".to_owned(),
    }
}

pub(crate) fn document() -> Document {
    Document {
        kind: "blog".to_owned(),
        slug: "brewing-green-tea".to_owned(),
        title: "Brewing green tea".to_owned(),
        summary: "Cooler water, shorter steeps.".to_owned(),
        tags: vec!["guides".to_owned()],
        language: "en".to_owned(),
        url: "https://shop.example/blog/brewing-green-tea".to_owned(),
        published_at: Some("2026-11-11T08:00:00Z".to_owned()),
        modified_at: Some("2026-11-12T09:30:00Z".to_owned()),
        revision: "4f1c2b7a9d3e5f60718293a4b5c6d7e8".to_owned(),
        html: Some("<p>Warm the pot first.</p>".to_owned()),
        products: Some(vec![product()]),
    }
}

pub(crate) fn document_page() -> DocumentPage {
    let item = Document {
        html: None,
        products: None,
        ..document()
    };
    DocumentPage {
        items: vec![item],
        next: Some("Yy4xLmJsb2cuMjQ".to_owned()),
    }
}

fn article() -> FoundArticle {
    let Document {
        kind,
        slug,
        title,
        url,
        ..
    } = document();
    FoundArticle {
        kind,
        slug,
        title,
        url,
    }
}

pub(crate) fn search_page() -> SearchPage {
    let page = product_page();
    let items = page.items.iter().map(|product| FoundProduct {
        product: product.clone(),
        highlight: vec![[10, 13]],
    });
    SearchPage {
        query: Understood {
            text: "mgu".to_owned(),
            used: "mug".to_owned(),
            corrections: vec![Correction {
                from: "mgu".to_owned(),
                to: "mug".to_owned(),
                kind: "typo".to_owned(),
            }],
            relaxed: false,
            dropped: Vec::new(),
        },
        items: items.collect(),
        total: 25,
        next: Some("czEuNy4yNC40ZjFjMmI3YTlkM2U1ZjYw".to_owned()),
        facets: Some(vec![SearchFacet {
            parameter: "option.Colour".to_owned(),
            label: "Colour".to_owned(),
            values: vec![SearchFacetValue {
                value: "Red".to_owned(),
                text: "Red".to_owned(),
                count: 12,
                chosen: false,
            }],
        }]),
        counts_exact: true,
        related: vec![RelatedType {
            product_type: "Lid".to_owned(),
            text: "Lid".to_owned(),
            query: "Lid".to_owned(),
            total: 3,
            items: page.items,
        }],
        articles: vec![article()],
        suggestions: Vec::new(),
        redirect: None,
        catalogue_version: 7,
        insights_version: None,
    }
}

pub(crate) fn recommendations() -> Recommendations {
    Recommendations {
        items: product_page().items,
        kind: "together".to_owned(),
        source: "baskets".to_owned(),
    }
}

pub(crate) fn suggestions() -> Suggestions {
    let product = product();
    Suggestions {
        query: "mu".to_owned(),
        queries: vec!["mug".to_owned()],
        products: vec![SuggestedProduct {
            url: format!("https://shop.example/products/{}", product.slug),
            slug: product.slug,
            title: product.title,
            price: usd(1299),
            image: Some(product.images[0].url.clone()),
        }],
        collections: vec![SuggestedPage {
            slug: "tea".to_owned(),
            title: "Tea".to_owned(),
            url: "https://shop.example/collections/tea".to_owned(),
        }],
        types: vec![SuggestedType {
            value: "Mug".to_owned(),
            text: "Mug".to_owned(),
        }],
        articles: vec![article()],
    }
}

pub(crate) fn help_answers() -> HelpAnswers {
    HelpAnswers {
        items: vec![HelpAnswer {
            slug: "when-does-a-parcel-arrive".to_owned(),
            title: "When does a parcel arrive?".to_owned(),
            excerpt: "Two days after it was sent.".to_owned(),
            url: "https://shop.example/help/when-does-a-parcel-arrive".to_owned(),
        }],
    }
}

fn customer() -> Customer {
    Customer {
        name: "Li Lei".to_owned(),
        email: "lilei@example.com".to_owned(),
    }
}

fn address() -> Address {
    Address {
        country: "CN".to_owned(),
        region: "Zhejiang".to_owned(),
        city: "Hangzhou".to_owned(),
        postal_code: "310000".to_owned(),
        line1: "1 Wensan Road".to_owned(),
        line2: String::new(),
    }
}

fn payment() -> Payment {
    Payment {
        method: "on_delivery".to_owned(),
    }
}

/// A code of the examples.
const CODE: &str = "WELCOME10";

pub(crate) fn quote_request() -> QuoteRequest {
    QuoteRequest {
        market: Some("us".to_owned()),
        lines: vec![QuoteRequestLine {
            sku: SKU.to_owned(),
            quantity: 2,
            options: BTreeMap::new(),
        }],
        codes: vec![CODE.to_owned(), "SUMMER".to_owned()],
        points: 0,
        place: Some(QuotePlace {
            country: "US".to_owned(),
            region: "NY".to_owned(),
            postal_code: "12207".to_owned(),
        }),
        delivery: Some("standard".to_owned()),
        pickup_point: None,
    }
}

pub(crate) fn quote() -> Quote {
    Quote {
        quote: Some("AAAAAAAAABoAAAGgb0jUAA.c2lnbmVkIGJ5IHRoZSBzaG9w".to_owned()),
        expires_at: Some("2026-11-11T00:15:00Z".to_owned()),
        market: "us".to_owned(),
        currency: "USD".to_owned(),
        lines: vec![QuotedLine {
            sku: SKU.to_owned(),
            quantity: 2,
            unit_price: 1299,
            subtotal: 2598,
            discount: 260,
            total: 2338,
            options: Vec::new(),
        }],
        adjustments: vec![Adjustment {
            promotion: "welcome".to_owned(),
            title: "10 % off your order".to_owned(),
            code: Some(CODE.to_owned()),
            class: "order".to_owned(),
            amount: 260,
            allocations: vec![Allocation {
                line: Some(0),
                delivery: false,
                amount: 260,
            }],
        }],
        not_applied: vec![NotApplied {
            promotion: None,
            code: Some("SUMMER".to_owned()),
            reason: "ended".to_owned(),
        }],
        delivery_options: vec![
            DeliveryOption {
                id: "standard".to_owned(),
                title: "Standard".to_owned(),
                price: 500,
                days: Some([2, 5]),
                points: Vec::new(),
            },
            DeliveryOption {
                id: "pickup".to_owned(),
                title: "Collect in our shop".to_owned(),
                price: 0,
                days: None,
                points: vec![PickupPoint {
                    id: "shop".to_owned(),
                    title: "Our shop".to_owned(),
                    address: vec!["1 Main Street".to_owned(), "Albany, NY 12207".to_owned()],
                }],
            },
        ],
        subtotal: 2598,
        shipping: 500,
        tax: Taxes {
            included: true,
            total: 109,
            parts: vec![TaxPart {
                name: "State tax".to_owned(),
                percent: "4".to_owned(),
                base: 2729,
                amount: 109,
            }],
        },
        duty: None,
        total: 2838,
        due: 2838,
    }
}

pub(crate) fn order_request() -> OrderRequest {
    OrderRequest {
        lines: vec![OrderRequestLine {
            sku: SKU.to_owned(),
            quantity: 2,
            unit_price: Some(usd(1299)),
            options: BTreeMap::new(),
        }],
        customer: customer(),
        shipping_address: address(),
        delivery: "standard".to_owned(),
        pickup_point: None,
        payment: payment(),
        market: None,
        codes: vec![CODE.to_owned()],
        quote: quote().quote,
        language: Some("en".to_owned()),
        note: None,
    }
}

pub(crate) fn accepted_order() -> AcceptedOrder {
    let Order {
        id, token, status, ..
    } = order();
    AcceptedOrder {
        status_url: format!("/api/v1/orders/{id}?token={token}"),
        events_url: format!("/api/v1/orders/{id}/events?token={token}"),
        id,
        token,
        status,
    }
}

pub(crate) fn order() -> Order {
    Order {
        id: "018BCFE5680-0101010101".to_owned(),
        token: "5f2b8c0d9e1a4b7c8d6e3f2a1b0c9d8e".to_owned(),
        status: "confirmed".to_owned(),
        placed_at: "2026-11-11T00:00:01Z".to_owned(),
        lines: vec![OrderLine {
            sku: SKU.to_owned(),
            title: "Stoneware mug – Red / Small".to_owned(),
            quantity: 2,
            unit_price: usd(1299),
            discount: Some(usd(260)),
            backordered: 0,
            options: Vec::new(),
        }],
        subtotal: usd(2598),
        shipping: usd(500),
        total: usd(2838),
        market: Some("us".to_owned()),
        adjustments: quote().adjustments,
        tax: Some(quote().tax),
        duty: None,
        customer: customer(),
        shipping_address: address(),
        delivery: "standard".to_owned(),
        delivery_title: Some("Standard".to_owned()),
        pickup_point: None,
        payment: OrderPayment {
            method: "card".to_owned(),
            status: "paid".to_owned(),
            pay_url: None,
        },
        note: None,
        held_until: None,
        paid: Some(usd(2838)),
        refunded: None,
        history: vec![OrderEvent {
            at: "2026-11-12T09:30:00Z".to_owned(),
            event: "shipped".to_owned(),
            amount: None,
            line: None,
            quantity: None,
            reason: None,
            carrier: Some("SF Express".to_owned()),
            tracking: Some("SF1234567890".to_owned()),
        }],
    }
}

pub(crate) fn order_change() -> OrderChangeRequest {
    OrderChangeRequest {
        action: "set_quantity".to_owned(),
        line: Some(0),
        quantity: Some(1),
        address: None,
    }
}

pub(crate) fn payment_page() -> PaymentPage {
    PaymentPage {
        url: "https://pay.example/orders/a1b2c3".to_owned(),
    }
}

/// A problem as the shop would answer it, with this status.
pub(crate) fn problem(kind: ProblemKind, status: u16) -> Problem {
    let problem = Problem::new(kind).with_status(status);
    let error = |pointer: &str, detail: &str| FieldError {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    };
    match kind {
        ProblemKind::SoldOut => Problem {
            sku: Some(SKU.to_owned()),
            available: Some(0),
            ..problem.detail(format!("'{SKU}' is sold out"))
        },
        ProblemKind::LimitExceeded => Problem {
            sku: Some(SKU.to_owned()),
            limit: Some("units_per_line".to_owned()),
            allowed: Some(20),
            ..problem.detail(format!("an order may have 20 units of '{SKU}' at most"))
        },
        ProblemKind::PriceChanged => Problem {
            quote: serde_json::to_value(quote()).ok().map(Box::new),
            ..problem.detail("the order costs something else now; confirm it")
        },
        ProblemKind::UnknownSku => Problem {
            sku: Some(SKU.to_owned()),
            ..problem.detail(format!("the shop does not sell '{SKU}'"))
        },
        ProblemKind::InvalidRequest => Problem {
            errors: vec![match status {
                422 => error(
                    "/lines/0/quantity",
                    "must be a whole number from 1 to 10000",
                ),
                404 => error("?collection", "there is no collection 'none'"),
                _ => error("?limit", "must be a whole number from 1 to 100"),
            }],
            ..problem
        },
        ProblemKind::PromotionUnavailable => Problem {
            promotion: Some("welcome".into()),
            reason: Some(PromotionRefusal::UsedUp),
            quote: serde_json::to_value(quote()).ok().map(Box::new),
            ..problem.detail("the promotion 'welcome' cannot be used")
        },
        ProblemKind::TermsChanged
        | ProblemKind::NotOpen
        | ProblemKind::SaleOver
        | ProblemKind::NotYourTurn
        | ProblemKind::TicketInvalid
        | ProblemKind::TurnMissed
        | ProblemKind::DeliveryUnavailable
        | ProblemKind::NotEditable
        | ProblemKind::IdempotencyKeyReused
        | ProblemKind::IdempotencyKeyMissing
        | ProblemKind::BodyTooLarge
        | ProblemKind::UnsupportedMediaType
        | ProblemKind::CursorExpired
        | ProblemKind::NotFound
        | ProblemKind::MethodNotAllowed
        | ProblemKind::QuotaExceeded
        | ProblemKind::ChallengeRequired
        | ProblemKind::Unauthorized
        | ProblemKind::Conflict
        | ProblemKind::Unavailable
        | ProblemKind::OutcomeUnknown
        | ProblemKind::OrderingClosed
        | ProblemKind::SwitchedOff
        | ProblemKind::Unsupported
        | ProblemKind::Internal => problem,
    }
}
