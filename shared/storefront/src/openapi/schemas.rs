//! The shapes: derived from the protocol, narrowed by the constants that the code itself obeys.

use serde::Serialize;
use serde_json::{Map, Value, json};
use souk_domain::{LINES_MAX, OrderId, QUANTITY_MAX, Sku, Slug};
use souk_insights::LIST_MAX;
use souk_protocol::origin;
use souk_protocol::{limits, problem, public, quotes, recommendations, search};
use souk_room::view::{POLL_S_MAX, POLL_S_MIN};
use souk_room::{Left, State, TicketState};
use souk_shop::ContentKind;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::insights::{ChosenBy, Kind};

/// Control characters but the ends of lines, for a character class: no text may have one.
const CONTROL: &str = r"\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f";

/// The same with the ends of lines, for a text of one line.
const CONTROL_OR_BREAK: &str = r"\x00-\x1f\x7f-\x9f\u2028\u2029";

/// A text that may be empty.
fn text() -> String {
    format!("^[^{CONTROL}]*$")
}

/// A text of one line that may be empty.
fn line() -> String {
    format!("^[^{CONTROL_OR_BREAK}]*$")
}

/// A text of one line with something other than white space.
fn not_blank() -> String {
    let none = CONTROL_OR_BREAK;
    format!(r"^[^{none}]*[^\s{none}][^{none}]*$")
}

fn add<T: ToSchema>(into: &mut Map<String, Value>) {
    let mut all: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut all);
    for (name, schema) in all {
        into.insert(
            name,
            serde_json::to_value(schema).expect("a schema is JSON"),
        );
    }
}

/// The schemas of everything public.
pub(crate) fn schemas() -> Value {
    let mut schemas = Map::new();
    add::<public::Shop>(&mut schemas);
    add::<public::Status>(&mut schemas);
    add::<public::Sale>(&mut schemas);
    add::<public::TicketRequest>(&mut schemas);
    add::<public::Ticket>(&mut schemas);
    add::<public::ProductPage>(&mut schemas);
    add::<public::DocumentPage>(&mut schemas);
    add::<search::SearchPage>(&mut schemas);
    add::<search::Suggestions>(&mut schemas);
    add::<search::HelpAnswers>(&mut schemas);
    add::<recommendations::Recommendations>(&mut schemas);
    add::<quotes::QuoteRequest>(&mut schemas);
    add::<quotes::Quote>(&mut schemas);
    add::<public::OrderRequest>(&mut schemas);
    add::<public::OrderChangeRequest>(&mut schemas);
    add::<public::Order>(&mut schemas);
    add::<public::AcceptedOrder>(&mut schemas);
    add::<public::PaymentPage>(&mut schemas);
    add::<problem::Problem>(&mut schemas);
    let mut schemas = Value::Object(schemas);
    narrow_requests(&mut schemas);
    narrow_responses(&mut schemas);
    schemas
}

/// Adds keywords to a member that the derive has named; a misspelt one fails.
fn narrow(schemas: &mut Value, schema: &str, member: &str, keywords: Value) {
    let pointer = format!("/{schema}/properties/{member}");
    let node = schemas
        .pointer_mut(&pointer)
        .unwrap_or_else(|| panic!("there is no {pointer}"));
    let node = node.as_object_mut().expect("a schema is an object");
    let Value::Object(keywords) = keywords else {
        panic!("keywords are an object");
    };
    node.extend(keywords);
}

/// The name under which a value of an enumeration travels.
fn name_of(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("a name is JSON")
}

/// The form of a language tag (RFC 5646, 2.1), as a pattern.
pub(crate) const LANGUAGE_TAG: &str = "[A-Za-z]{2,8}(-[0-9A-Za-z]{1,8})*";

fn narrow_requests(schemas: &mut Value) {
    let lines = json!({"minItems": 1, "maxItems": LINES_MAX});
    narrow(schemas, "OrderRequest", "lines", lines);
    narrow(
        schemas,
        "OrderRequest",
        "note",
        json!({"maxLength": limits::NOTE_CHARS_MAX, "pattern": text()}),
    );
    let language = json!({
        "maxLength": limits::LANGUAGE_BYTES_MAX,
        "pattern": format!("^{LANGUAGE_TAG}$"),
    });
    narrow(schemas, "OrderRequest", "language", language);
    let sku = json!({"minLength": 1, "maxLength": Sku::BYTES_MAX, "pattern": r"\S"});
    narrow(schemas, "OrderRequestLine", "sku", sku);
    let quantity = json!({"minimum": 1, "maximum": QUANTITY_MAX});
    narrow(schemas, "OrderRequestLine", "quantity", quantity);

    let name = json!({"minLength": 1, "maxLength": limits::NAME_CHARS_MAX, "pattern": not_blank()});
    narrow(schemas, "Customer", "name", name);
    // RFC 5322 defines what an address is; no pattern does.
    let email = json!({"maxLength": limits::EMAIL_CHARS_MAX, "format": "email"});
    narrow(schemas, "Customer", "email", email.clone());
    narrow(schemas, "TicketRequest", "email", email);

    let line_max = limits::ADDRESS_LINE_CHARS_MAX;
    narrow(
        schemas,
        "Address",
        "country",
        json!({"pattern": "^[A-Z]{2}$"}),
    );
    let street = json!({"minLength": 1, "maxLength": line_max, "pattern": not_blank()});
    narrow(schemas, "Address", "line1", street);
    // Whether a city may be empty depends on the country.
    let city = json!({"maxLength": line_max, "pattern": line()});
    narrow(schemas, "Address", "city", city);
    for member in ["region", "line2"] {
        let other = json!({"maxLength": line_max, "pattern": line(), "default": ""});
        narrow(schemas, "Address", member, other);
    }
    let postal_max = limits::POSTAL_CODE_CHARS_MAX;
    let postal_code = json!({"maxLength": postal_max, "pattern": line(), "default": ""});
    narrow(schemas, "Address", "postal_code", postal_code);

    narrow(schemas, "Order", "delivery", json!({"minLength": 1}));
    for schema in ["OrderRequest", "QuoteRequest"] {
        let id = json!({"minLength": 1, "maxLength": limits::TERM_ID_BYTES_MAX});
        narrow(schemas, schema, "delivery", id.clone());
        narrow(schemas, schema, "pickup_point", id.clone());
        narrow(schemas, schema, "market", id);
        let code = json!({
            "type": "string", "maxLength": limits::CODE_CHARS_MAX, "pattern": not_blank(),
        });
        let codes = json!({"maxItems": limits::CODES_MAX, "items": code});
        narrow(schemas, schema, "codes", codes);
    }
    narrow_quotes(schemas);
    let methods = [
        origin::PaymentMethod::OnDelivery,
        origin::PaymentMethod::Transfer,
        origin::PaymentMethod::Card,
    ]
    .map(name_of);
    for schema in ["Payment", "OrderPayment"] {
        narrow(schemas, schema, "method", json!({"enum": methods}));
    }
    let items = json!({"items": {"type": "string", "enum": methods}});
    narrow(schemas, "Shop", "payment_methods", items);
    narrow(schemas, "Shop", "languages", json!({"minItems": 1}));
    for schema in ["Money", "Shop"] {
        let code = json!({"pattern": "^[A-Z]{3}$"});
        narrow(schemas, schema, "currency", code);
    }
}

fn narrow_quotes(schemas: &mut Value) {
    let actions = ["cancel", "set_quantity", "set_address"];
    narrow(
        schemas,
        "OrderChangeRequest",
        "action",
        json!({"enum": actions}),
    );
    let lines = json!({"minItems": 1, "maxItems": LINES_MAX});
    narrow(schemas, "QuoteRequest", "lines", lines);
    narrow(schemas, "QuoteRequest", "points", json!({"enum": [0]}));
    let sku = json!({"minLength": 1, "maxLength": Sku::BYTES_MAX, "pattern": r"\S"});
    narrow(schemas, "QuoteRequestLine", "sku", sku);
    let quantity = json!({"minimum": 1, "maximum": QUANTITY_MAX});
    narrow(schemas, "QuoteRequestLine", "quantity", quantity);
    for schema in ["QuoteRequestLine", "OrderRequestLine"] {
        let given = json!({"anyOf": [{"type": "string"}, {"const": true}]});
        narrow(
            schemas,
            schema,
            "options",
            json!({"additionalProperties": given}),
        );
    }
    narrow(
        schemas,
        "QuotePlace",
        "country",
        json!({"pattern": "^[A-Z]{2}$"}),
    );
    let line_max = limits::ADDRESS_LINE_CHARS_MAX;
    let region = json!({"maxLength": line_max, "pattern": line(), "default": ""});
    narrow(schemas, "QuotePlace", "region", region);
    let postal_max = limits::POSTAL_CODE_CHARS_MAX;
    let postal_code = json!({"maxLength": postal_max, "pattern": line(), "default": ""});
    narrow(schemas, "QuotePlace", "postal_code", postal_code);
    narrow(
        schemas,
        "Quote",
        "expires_at",
        json!({"format": "date-time"}),
    );
    narrow(
        schemas,
        "Quote",
        "currency",
        json!({"pattern": "^[A-Z]{3}$"}),
    );
    let classes = ["line", "order", "delivery"];
    narrow(schemas, "Adjustment", "class", json!({"enum": classes}));
}

fn narrow_sales(schemas: &mut Value) {
    let states = [
        State::Announced,
        State::Gathering,
        State::Open,
        State::Paused,
        State::Resting,
        State::SoldOut,
        State::Over,
    ]
    .map(State::name);
    narrow(schemas, "Sale", "state", json!({"enum": states}));
    let states = [
        TicketState::Gathering,
        TicketState::Waiting,
        TicketState::Called,
        TicketState::Missed,
        TicketState::SoldOut,
        TicketState::Over,
    ]
    .map(TicketState::name);
    narrow(schemas, "Ticket", "state", json!({"enum": states}));
    let left = [Left::Plenty, Left::Few, Left::None].map(Left::name);
    narrow(schemas, "SaleItem", "left", json!({"enum": left}));
    let digits = json!({"pattern": "^[0-9a-f]{64}$"});
    for member in ["commitment", "key"] {
        narrow(schemas, "SaleDraw", member, digits.clone());
        narrow(schemas, "PreviousDraw", member, digits.clone());
    }
    let rank = json!({"pattern": "^[01]-[0-9a-f]{16}$"});
    narrow(schemas, "Ticket", "rank", rank);
    let seconds = json!({"minimum": POLL_S_MIN, "maximum": POLL_S_MAX});
    narrow(schemas, "Ticket", "poll_after_s", seconds);
}

fn narrow_responses(schemas: &mut Value) {
    narrow_sales(schemas);
    let kinds = json!(["text", "choice", "flag"]);
    narrow(schemas, "LineOption", "kind", json!({"enum": kinds}));
    let states = [
        origin::Status::AwaitingPayment,
        origin::Status::Confirmed,
        origin::Status::Allocated,
        origin::Status::Shipped,
        origin::Status::Delivered,
        origin::Status::Returned,
        origin::Status::Cancelled,
        origin::Status::Expired,
    ]
    .map(name_of);
    narrow(
        schemas,
        "Market",
        "tax",
        json!({"enum": ["included", "added"]}),
    );
    for schema in ["Order", "AcceptedOrder"] {
        narrow(schemas, schema, "status", json!({"enum": states}));
    }
    for member in ["status_url", "events_url"] {
        let path = json!({"format": "uri-reference"});
        narrow(schemas, "AcceptedOrder", member, path);
    }
    let paid = [
        "due",
        "authorised",
        "paid",
        "partly_refunded",
        "refunded",
        "none",
    ];
    narrow(schemas, "OrderPayment", "status", json!({"enum": paid}));
    for (schema, member) in [("OrderPayment", "pay_url"), ("PaymentPage", "url")] {
        narrow(schemas, schema, member, json!({"format": "uri"}));
    }
    let id = json!({"pattern": "^[0-9A-Za-z-]+$", "maxLength": OrderId::BYTES_MAX});
    for schema in ["Order", "AcceptedOrder"] {
        narrow(schemas, schema, "id", id.clone());
    }
    narrow(
        schemas,
        "Order",
        "placed_at",
        json!({"format": "date-time"}),
    );
    narrow(
        schemas,
        "Order",
        "lines",
        json!({"minItems": 1, "maxItems": LINES_MAX}),
    );
    narrow(
        schemas,
        "Product",
        "slug",
        json!({"maxLength": Slug::BYTES_MAX}),
    );
    narrow(schemas, "Product", "variants", json!({"minItems": 1}));
    for page in ["ProductPage", "DocumentPage"] {
        let items = json!({"maxItems": limits::PAGE_ITEMS_MAX});
        narrow(schemas, page, "items", items);
    }
    let kinds = Kind::ALL.map(Kind::name);
    narrow(schemas, "Recommendations", "kind", json!({"enum": kinds}));
    let sources = ChosenBy::ALL.map(ChosenBy::name);
    narrow(
        schemas,
        "Recommendations",
        "source",
        json!({"enum": sources}),
    );
    let items = json!({"maxItems": LIST_MAX});
    narrow(schemas, "Recommendations", "items", items);
    let kinds = ContentKind::ALL.map(ContentKind::name);
    narrow(schemas, "Document", "kind", json!({"enum": kinds}));
    narrow(schemas, "Document", "url", json!({"format": "uri"}));
    for member in ["published_at", "modified_at"] {
        narrow(schemas, "Document", member, json!({"format": "date-time"}));
    }
    let kinds = problem::ProblemKind::ALL.map(|kind| problem::Problem::new(kind).kind);
    narrow(
        schemas,
        "Problem",
        "type",
        json!({"format": "uri-reference", "examples": kinds}),
    );
    narrow(
        schemas,
        "Problem",
        "status",
        json!({"minimum": 400, "maximum": 599}),
    );
}
