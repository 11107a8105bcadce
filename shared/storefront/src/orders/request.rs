//! From what a buyer says to a [`SubmitOrder`]: every rule that needs no stock is checked here.

use std::collections::BTreeMap;

use email_address::{EmailAddress, Options};
use souk_domain::{Currency, LINES_MAX, OrderId, Quantity};
use souk_protocol::limits;
use souk_protocol::origin::{AskedBy, OrderDetails, PaymentMethod, SubmitLine, SubmitOrder};
use souk_protocol::problem::FieldError;
use souk_protocol::public::OrderRequest;

use crate::orders::address;
use crate::orders::errors::Errors;
use crate::pricing::checks::{check_line, check_line_count, check_terms};
use crate::pricing::{Wanted, WantedLine, place_of};

/// What the edge adds to an order: its key and its number.
#[derive(Debug, Clone)]
pub(crate) struct OrderNames {
    pub(crate) key: String,
    pub(crate) id: String,
}

impl OrderNames {
    /// Those of a new order: its number sorts by time and cannot be guessed.
    pub(crate) fn new(key: String, now_ms: i64, random: [u8; 16]) -> Self {
        let time = OrderId::first_of(now_ms);
        let random = u64::from_be_bytes(random[..8].try_into().expect("eight bytes")) >> 24;
        let id = format!("{time}-{random:010X}");
        Self { key, id }
    }
}

/// Where an order has its address.
const ADDRESS: &str = "/shipping_address";

/// Checks an order that a shopper typed and completes it: as [`check`], and the address has what a
/// courier of its country asks for. A client of the API may know its addresses better.
///
/// # Errors
/// Every place that breaks a rule, as JSON Pointers.
pub(crate) fn check_form(
    request: &OrderRequest,
    names: OrderNames,
    offered: &Offered,
) -> Result<SubmitOrder, Vec<FieldError>> {
    let mut errors = Errors::default();
    address::check_by_country(ADDRESS, &request.shipping_address, &mut errors);
    let checked = check(request, names, offered);
    match checked {
        Ok(submit) if errors.0.is_empty() => Ok(submit),
        Ok(_) => Err(errors.0),
        Err(mut broken) => {
            broken.append(&mut errors.0);
            Err(broken)
        }
    }
}

/// How orders can be paid now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Offered {
    /// Methods of payment, in the shop's order.
    pub(crate) methods: Vec<PaymentMethod>,
}

impl Offered {
    fn find(&self, name: &str) -> Option<PaymentMethod> {
        let mut methods = self.methods.iter().copied();
        methods.find(|&method| name_of(method) == name)
    }

    /// Whether there is a method of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The names of the methods, in the shop's order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.methods.iter().map(|&method| name_of(method))
    }

    /// The name of the first method; empty where there is none.
    pub(crate) fn first(&self) -> &'static str {
        self.methods.first().map_or("", |&method| name_of(method))
    }
}

/// As the API, the forms and `shop.toml` have it.
pub(crate) fn name_of(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::OnDelivery => "on_delivery",
        PaymentMethod::Transfer => "transfer",
        PaymentMethod::Card => "card",
    }
}

/// Checks an order and completes it. What the fingerprint is made of lacks the text of the quote: an
/// order that is repeated with another one is the same order.
///
/// # Errors
/// Every place that breaks a rule, as JSON Pointers.
pub(crate) fn check(
    request: &OrderRequest,
    names: OrderNames,
    offered: &Offered,
) -> Result<SubmitOrder, Vec<FieldError>> {
    let mut errors = Errors::default();
    let (lines, currency) = check_lines(request, &mut errors);
    check_people(request, &mut errors);
    check_terms(
        request.market.as_deref(),
        Some(&request.delivery),
        request.pickup_point.as_deref(),
        &request.codes,
        &mut errors,
    );
    let payment = offered.find(&request.payment.method).or_else(|| {
        let names: Vec<_> = offered
            .methods
            .iter()
            .map(|&method| format!("'{}'", name_of(method)))
            .collect();
        let why = match request.payment.method.as_str() {
            "card" => "the shop takes no cards: ",
            _ => "",
        };
        let detail = match names.as_slice() {
            [] => "the shop takes no orders at the moment".to_owned(),
            names => format!("{why}must be {}", names.join(" or ")),
        };
        errors.add("/payment/method", detail)
    });
    let (Some(payment), true) = (payment, errors.0.is_empty()) else {
        return Err(errors.0);
    };
    let details = OrderDetails {
        customer: request.customer.clone(),
        shipping_address: address::stored(&request.shipping_address),
        delivery: request.delivery.clone(),
        payment,
        language: request.language.clone(),
        note: request.note.clone(),
        texts: BTreeMap::new(),
    };
    let said = OrderRequest {
        quote: None,
        ..request.clone()
    };
    let said = serde_json::to_vec(&said).expect("plain structs with text keys become JSON");
    Ok(SubmitOrder {
        terms: None,
        asked_by: AskedBy::default(),
        payment_min: None,
        home: None,
        key: names.key,
        fingerprint: blake3::hash(&said).to_hex()[..32].to_owned(),
        id: names.id,
        currency: currency.map(|currency| currency.code().to_owned()),
        lines,
        details,
        quote: None,
        ticket: None,
    })
}

/// What has to be priced of an order that was checked.
pub(crate) fn wanted(request: &OrderRequest, submit: &SubmitOrder) -> Wanted {
    let lines = submit.lines.iter().zip(&request.lines);
    let lines = lines.filter_map(|(line, asked)| {
        Some(WantedLine {
            sku: line.sku.clone(),
            quantity: Quantity::new(line.quantity).ok()?,
            options: asked.options.clone(),
        })
    });
    let address = &submit.details.shipping_address;
    Wanted {
        market: request.market.clone(),
        lines: lines.collect(),
        codes: request.codes.clone(),
        place: Some(place_of(
            &address.country,
            &address.region,
            &address.postal_code,
        )),
        delivery: Some(request.delivery.clone()),
        pickup_point: request.pickup_point.clone(),
        without: Vec::new(),
    }
}

fn check_lines(request: &OrderRequest, errors: &mut Errors) -> (Vec<SubmitLine>, Option<Currency>) {
    check_line_count(request.lines.len(), errors);
    let mut currency = None;
    let mut lines = Vec::with_capacity(request.lines.len());
    for (place, line) in request.lines.iter().enumerate().take(LINES_MAX) {
        let at = |member: &str| format!("/lines/{place}/{member}");
        let checked = check_line(place, &line.sku, line.quantity, errors);
        if let Some(price) = &line.unit_price {
            match Currency::parse(&price.currency) {
                Ok(found) if currency.is_none_or(|known| known == found) => currency = Some(found),
                Ok(_) => drop(errors.add::<()>(at("unit_price/currency"), "differs between lines")),
                Err(error) => drop(errors.add::<()>(at("unit_price/currency"), error.to_string())),
            }
        }
        lines.extend(checked.map(|(sku, quantity)| SubmitLine {
            sku,
            quantity: quantity.units(),
            expected_price: line.unit_price.as_ref().map(|price| price.amount),
            facts: None,
            options: BTreeMap::new(),
        }));
    }
    (lines, currency)
}

fn check_people(request: &OrderRequest, errors: &mut Errors) {
    let customer = &request.customer;
    let (name_max, email_max) = (limits::NAME_CHARS_MAX, limits::EMAIL_CHARS_MAX);
    errors.line("/customer/name", &customer.name, true, name_max);
    errors.line("/customer/email", &customer.email, true, email_max);
    if !customer.email.trim().is_empty() && !is_email(&customer.email) {
        errors.add::<()>(
            "/customer/email",
            "is not an e-mail address such as name@example.com",
        );
    }
    address::check(ADDRESS, &request.shipping_address, errors);
    if let Some(note) = &request.note {
        errors.text("/note", note, false, limits::NOTE_CHARS_MAX);
    }
    if let Some(tag) = &request.language
        && !is_language(tag)
    {
        let detail = "is not a BCP 47 language tag such as en or zh-Hans";
        errors.add::<()>("/language", detail);
    }
}

/// Whether a message could be sent there: an address of RFC 5322 at a host with a dot, without the
/// forms that no shopper types (a name in front, a quoted part, an IP address). Whether
/// it exists only a message can tell.
pub(crate) fn is_email(text: &str) -> bool {
    let options = Options::default()
        .with_required_tld()
        .without_display_text()
        .without_domain_literal();
    let is_plain = !text.starts_with('"') && !text.contains(char::is_whitespace);
    is_plain && EmailAddress::parse_with_options(text, options).is_ok()
}

/// Whether a text has the form of a language tag (RFC 5646, 2.1): subtags of one to eight letters and
/// digits with hyphens between them, the first one of letters alone.
fn is_language(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let is_first = |text: &str| {
        (2..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let is_next = |text: &str| {
        (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.len() <= limits::LANGUAGE_BYTES_MAX
        && subtags.next().is_some_and(is_first)
        && subtags.all(is_next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use souk_protocol::problem::Problem;

    fn read(body: &[u8]) -> Result<OrderRequest, Problem> {
        crate::http::json::read(body)
    }

    fn order() -> Value {
        json!({
            "lines": [{"sku": "MUG-1", "quantity": 2}],
            "customer": {"name": "Li Lei", "email": "lilei@example.com"},
            "shipping_address": {"country": "CN", "region": "Zhejiang", "city": "Hangzhou",
                "postal_code": "310000", "line1": "1 Wensan Road", "line2": ""},
            "delivery": "standard",
            "payment": {"method": "on_delivery"}
        })
    }

    /// A shop that takes no cards.
    fn offered() -> Offered {
        Offered {
            methods: vec![PaymentMethod::OnDelivery, PaymentMethod::Transfer],
        }
    }

    fn names() -> OrderNames {
        OrderNames::new("key".into(), 1_700_000_000_000, [1; 16])
    }

    #[test]
    fn a_good_order_passes() {
        let request = read(order().to_string().as_bytes()).unwrap();
        let submit = check(&request, names(), &offered()).unwrap();
        assert_eq!(submit.lines[0].quantity, 2);
        // Milliseconds since 1970 in eleven hexadecimal digits, then five random bytes.
        assert_eq!(submit.id, "18BCFE56800-0101010101");
        assert!(souk_domain::OrderId::parse(&submit.id).is_ok());
    }

    #[test]
    fn every_wrong_place_is_named() {
        let cases = [
            ("/lines", json!([]), "/lines"),
            ("/lines/0/sku", json!(" "), "/lines/0/sku"),
            ("/lines/0/quantity", json!(0), "/lines/0/quantity"),
            ("/lines/0/quantity", json!(-1), "/lines/0/quantity"),
            ("/lines/0/quantity", json!(10_001), "/lines/0/quantity"),
            ("/lines/0/quantity", json!(1.5), "/lines/0/quantity"),
            ("/lines/0/quantity", json!("2"), "/lines/0/quantity"),
            ("/lines/0/colour", json!("red"), "/lines/0/colour"),
            ("/customer/name", json!(""), "/customer/name"),
            ("/customer/name", json!("x".repeat(201)), "/customer/name"),
            ("/customer/name", json!("a\u{0}b"), "/customer/name"),
            (
                "/customer/name",
                json!("T\r\nBcc: x@y.example"),
                "/customer/name",
            ),
            ("/customer/email", json!("no address"), "/customer/email"),
            ("/customer/email", json!("a@b"), "/customer/email"),
            (
                "/shipping_address/country",
                json!("China"),
                "/shipping_address/country",
            ),
            (
                "/shipping_address/country",
                json!("ZZ"),
                "/shipping_address/country",
            ),
            (
                "/shipping_address/line1",
                json!("  "),
                "/shipping_address/line1",
            ),
            (
                "/shipping_address/city",
                json!(null),
                "/shipping_address/city",
            ),
            ("/delivery", json!(""), "/delivery"),
            ("/pickup_point", json!(""), "/pickup_point"),
            ("/market", json!("x".repeat(101)), "/market"),
            ("/codes", json!(["a", "b\n"]), "/codes/1"),
            (
                "/lines/0/options",
                json!({"text": 1}),
                "/lines/0/options/text",
            ),
            ("/payment/method", json!("card"), "/payment/method"),
            ("/note", json!("x".repeat(1001)), "/note"),
            ("/language", json!("english language"), "/language"),
            ("/language", json!(""), "/language"),
            ("/language", json!("zh_Hans"), "/language"),
        ];
        for (place, value, pointer) in cases {
            let mut order = order();
            match order.pointer_mut(place) {
                Some(found) => *found = value.clone(),
                None => {
                    let (parent, name) = place.rsplit_once('/').unwrap();
                    let parent = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                    parent.insert(name.to_owned(), value.clone());
                }
            }
            let errors = match read(order.to_string().as_bytes()) {
                Err(problem) => {
                    assert_eq!(problem.status, 422, "{place} = {value}");
                    problem.errors
                }
                Ok(request) => check(&request, names(), &offered()).expect_err(place),
            };
            assert_eq!(errors[0].pointer, pointer, "{place} = {value}: {errors:?}");
        }
    }

    #[test]
    fn people_are_asked_for_what_a_courier_needs_and_clients_are_not() {
        let cases = [
            ("region", " ", "region"),
            ("postal_code", "", "postal_code"),
            ("postal_code", "31000", "postal_code"),
            ("country", "US", "postal_code"),
        ];
        for (member, value, wrong) in cases {
            let mut order = order();
            order["shipping_address"][member] = json!(value);
            let request = read(order.to_string().as_bytes()).unwrap();
            assert!(
                check(&request, names(), &offered()).is_ok(),
                "{member} = {value}"
            );
            let errors = check_form(&request, names(), &offered()).unwrap_err();
            let pointer = format!("/shipping_address/{wrong}");
            assert_eq!(errors[0].pointer, pointer, "{member} = {value}: {errors:?}");
        }
    }

    #[test]
    fn only_a_note_may_have_line_breaks() {
        let of_one_line = [
            "/customer/name",
            "/customer/email",
            "/shipping_address/region",
            "/shipping_address/city",
            "/shipping_address/postal_code",
            "/shipping_address/line1",
            "/shipping_address/line2",
        ];
        for line_break in ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"] {
            for place in of_one_line {
                let mut order = order();
                *order.pointer_mut(place).unwrap() = json!(format!("1{line_break}2"));
                let request = read(order.to_string().as_bytes()).unwrap();
                let errors = check(&request, names(), &offered()).expect_err(place);
                assert_eq!(errors[0].pointer, place, "{line_break:?}");
            }
        }
        let mut order = order();
        order["note"] = json!("Ring twice.\r\nThen wait.");
        let request = read(order.to_string().as_bytes()).unwrap();
        assert!(check(&request, names(), &offered()).is_ok());
    }

    #[test]
    fn an_address_is_one_that_a_message_could_be_sent_to() {
        let cases = [
            ("name@example.com", true),
            ("first.last+tag@sub.example.com", true),
            ("用户@例子.中国", true),
            ("o'hara@example.com", true),
            ("name", false),
            ("name@", false),
            ("@example.com", false),
            ("name@host", false),
            ("name@example..com", false),
            ("name@.example.com", false),
            ("na me@example.com", false),
            ("name@exam\u{3000}ple.com", false),
            ("a@b@example.com", false),
            (" name@example.com", false),
            ("Name <name@example.com>", false),
            ("\"name\"@example.com", false),
            ("name@[127.0.0.1]", false),
            ("name@-example.com", false),
            ("name..twice@example.com", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_email(text), expected, "{text}");
        }
    }

    #[test]
    fn an_array_is_not_taken_for_an_object() {
        let cases = [
            ("/customer", json!(["n", "e@example.com"]), "/customer"),
            ("/lines/0", json!(["MUG-1", 1]), "/lines/0"),
            ("/payment", json!(["on_delivery"]), "/payment"),
        ];
        for (place, value, pointer) in cases {
            let mut order = order();
            *order.pointer_mut(place).unwrap() = value;
            let problem = read(order.to_string().as_bytes()).unwrap_err();
            assert_eq!(
                (problem.status, problem.errors[0].pointer.as_str()),
                (422, pointer)
            );
        }
    }

    #[test]
    fn what_is_no_json_is_400() {
        for body in ["", "{", "[", "nonsense", "{\"lines\":", "{\"lines\":7,"] {
            assert_eq!(read(body.as_bytes()).unwrap_err().status, 400, "{body}");
        }
        let two = format!("{} {}", order(), order());
        assert_eq!(read(two.as_bytes()).unwrap_err().status, 400);
    }
}
